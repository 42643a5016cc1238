"""The headlines with one number changed: to its low and high (the tornado), or over its range (a sweep).

Only what the number affects is computed again.  Where it affects the processes, few draws are projected with and
without the change, and the difference is added to the answer on many: common random numbers make the difference far
more precise than either.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from detente.analysis.conditional import chances, condition_outcomes, recondition_outcomes
from detente.analysis.results import Sweep, Swing
from detente.analysis.reweighting import Basis, headlines_of
from detente.analysis.sensitivity.elicited import DEFAULT, Elicited, applied, elicited, using_default
from detente.exact.reading import Reading, read_record
from detente.projection import lumped_chains

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from detente.analysis.conditional import ConditionalOutcomes
    from detente.analysis.reweighting import Basis
    from detente.arrays import Floats
    from detente.case.evidence import EvidenceItem
    from detente.case.schema import Case
    from detente.exact.reading import Steps


FEWER_LANES = 100
CHUNKS = 12
PROCESSES = ("intensity", "coupling", "persistence", "outside_view", "assumed_mass")
ELECTION = ("election", "polls")
GRADES = ("reliability", "credibility")
AT_ONCE = ("likelihood", *GRADES)


@dataclass(frozen=True)
class Bench:
    """What swings are measured against: the basis, conditional outcomes on fewer lanes, and the headlines on each.

    ``reading`` is what the case says of its transitions, None without any.
    """

    basis: Basis
    reading: Reading | None
    fewer: ConditionalOutcomes
    base: Floats
    base_fewer: Floats


def set_up(basis: Basis) -> Bench:
    """Return the bench of a basis."""
    fewer = condition_outcomes(basis.case, basis.conditional.random_seed, FEWER_LANES, basis.closed_form.factors.steps)
    reading = read_record(basis.case) if basis.case.transitions else None
    return Bench(basis, reading, fewer, basis.weigh(basis.total), basis.weigh(basis.total, conditional=fewer))


def tornado(
    bench: Bench,
    target: str,
    executor: Executor | None = None,
    each_batch: Callable[[tuple[EvidenceItem, ...]], None] = lambda _: None,
) -> tuple[Swing, ...]:
    """Return the swing of every elicited number, the largest swing of the target first.

    ``each_batch`` is called with items of one cluster while what the others say beside each is at hand.
    """
    numbers = elicited(bench.basis.case)
    slow = [number for number in numbers if _is_of_record(bench.basis, number)]
    quick = [number for number in numbers if not _is_of_record(bench.basis, number) and number.kind not in AT_ONCE]
    swings = list(_spread(bench, slow, executor))
    swings += [swing(bench, number) for number in quick]
    swings += _likelihoods(bench.basis, [number for number in numbers if number.kind == "likelihood"], each_batch)
    swings += _grades(bench.basis, [number for number in numbers if number.kind in GRADES])
    place = bench.basis.headlines.index(target)
    return tuple(sorted(swings, key=lambda row: (-row.span(place, float(bench.base[place])), row.kind, row.id)))


def swing(bench: Bench, number: Elicited) -> Swing:
    """Return the headlines at one number's low and high."""
    if number.kind == "intensity":
        ends = _intensity(bench, number, (number.low, number.high))
    else:
        ends = [moved(bench, number, value) for value in (number.low, number.high)]
    return _swing(number, *ends)


def _swing(number: Elicited, *ends: Floats) -> Swing:
    low, high = (tuple(map(float, end)) for end in ends)
    return Swing(number.kind, number.id, number.low, number.mid, number.high, number.range, low, high)


def moved(bench: Bench, number: Elicited, value: float) -> Floats:
    """Return the headlines with ``number`` at ``value``."""
    if number.kind == "intensity":
        return _intensity(bench, number, (value,))[0]
    if _is_of_record(bench.basis, number):
        return _difference(bench, _driven(bench, applied(bench.basis.case, number, value)))
    return _quickly(bench.basis, number, value)


def _is_of_record(basis: Basis, number: Elicited) -> bool:
    """Tell whether a number bears on the record: P(winner) does once there are days after a vote that is not called."""
    return number.kind in PROCESSES or (number.kind in ELECTION and basis.closed_form.winner.shape[1] > 0)


def _quickly(basis: Basis, number: Elicited, value: float) -> Floats:
    """Return the headlines for a number that does not affect the processes."""
    case, log_prior, total, conditional = basis.case, None, basis.total, None
    match number.kind:
        case "discrimination":
            return basis.at(value)
        case "likelihood":
            (total,) = _judged(basis, (basis.evidence[number.place[0]],), [number], [value])
        case "correlation":
            total = basis.correlated(using_default(case) if number.id == DEFAULT else number.place, value)
        case "prior":
            weights = applied(case, number, value).priors.hypotheses.weights
            log_prior = np.log([weights[h] for h in case.hypothesis_ids])
        case "election" | "polls":
            winner = chances(applied(case, number, value))
            conditional = dataclasses.replace(basis.conditional, winner=winner)
        case _:  # the grades
            (total,) = basis.trusting([applied(case, number, value)])
    return basis.weigh(total, log_prior=log_prior, conditional=conditional)


def _likelihoods(
    basis: Basis, numbers: Sequence[Elicited], each_batch: Callable[[tuple[EvidenceItem, ...]], None]
) -> Iterator[Swing]:
    """Yield the swings of likelihoods, those of several items of one cluster worked out together."""
    by_item = {name: list(group) for name, group in groupby(numbers, lambda number: number.place[0])}
    for items in basis.batches:
        own = [number for item in items for number in by_item[item.id]]
        values = [value for number in own for value in (number.low, number.high)]
        ends = iter(basis.weigh(_judged(basis, items, [number for number in own for _ in range(2)], values)))
        yield from (_swing(number, next(ends), next(ends)) for number in own)
        each_batch(items)


def _grades(basis: Basis, numbers: Sequence[Elicited]) -> Iterator[Swing]:
    """Yield the swings of what grades stand for, all worked out together."""
    cases = [applied(basis.case, number, value) for number in numbers for value in (number.low, number.high)]
    ends = iter(basis.weigh(basis.trusting(cases)))
    yield from (_swing(number, next(ends), next(ends)) for number in numbers)


def _judged(
    basis: Basis, items: tuple[EvidenceItem, ...], numbers: Sequence[Elicited], values: Sequence[float]
) -> Floats:
    """Return the total with another best guess for each of the likelihoods of some items, as wide in probits."""
    names, row = basis.case.hypothesis_ids, {item.id: place for place, item in enumerate(items)}
    which, hypothesis = np.array([(row[number.place[0]], names.index(number.place[1])) for number in numbers]).T
    return basis.change(items).at(which, hypothesis, ndtri(values))


def _spread(bench: Bench, numbers: list[Elicited], executor: Executor | None) -> Iterator[Swing]:
    """Yield many swings, computed in chunks of mixed cost if there is an executor."""
    if executor is None or not numbers:
        yield from (swing(bench, number) for number in numbers)
        return
    chunks = [numbers[start::CHUNKS] for start in range(min(CHUNKS, len(numbers)))]
    for future in [executor.submit(_several, bench, chunk) for chunk in chunks]:
        yield from future.result()


def _several(bench: Bench, numbers: list[Elicited]) -> list[Swing]:
    return [swing(bench, number) for number in numbers]


def _difference(bench: Bench, fewer: Floats) -> Floats:
    return np.clip(bench.base + fewer - bench.base_fewer, 0.0, 1.0)


def _driven(bench: Bench, case: Case) -> Floats:
    """Return the headlines of a case with other processes, on fewer lanes."""
    basis = bench.basis
    if case.priors.assumed_mass != basis.case.priors.assumed_mass:  # it moves items too, and the noise
        return headlines_of(case, condition_outcomes(case, basis.conditional.random_seed, FEWER_LANES))
    steps = _steps(bench, case)
    chains = None if case.priors.couplings == basis.case.priors.couplings else lumped_chains(case)
    (conditional,) = recondition_outcomes(bench.fewer, (steps,), chains)
    return basis.weigh(basis.recorded(steps), conditional=conditional)


def _steps(bench: Bench, case: Case) -> tuple[Steps, ...]:
    """Return the intensities and the record of the case judged otherwise."""
    return bench.reading.rejudged(case).steps if bench.reading else ()


def _intensity(bench: Bench, number: Elicited, values: Sequence[float]) -> list[Floats]:
    """Return the headlines with one intensity at each value; through the common centre it affects every hypothesis."""
    basis = bench.basis
    case = basis.case
    variants = [_steps(bench, applied(case, number, value)) for value in values]
    headlines = []
    for steps, conditional in zip(variants, recondition_outcomes(bench.fewer, variants), strict=True):
        headlines.append(_difference(bench, basis.weigh(basis.recorded(steps), conditional=conditional)))
    return headlines


PRIORS = tuple(round(0.05 * k, 2) for k in range(1, 20))
GAMMAS = tuple(round(0.1 * k, 1) for k in range(11))
RHOS = (0.001, *(round(0.1 * k, 1) for k in range(1, 10)), 0.97)
KEPT = tuple(round(0.1 * k, 1) for k in range(11))


def sweeps(basis: Basis, hypothesis: str) -> tuple[Sweep, ...]:
    """Return the sweeps; that of the prior is over the weight of ``hypothesis``, the others in proportion."""
    prior = basis.case.priors.hypotheses.weights[hypothesis]
    gamma = basis.case.priors.discrimination.mean
    along = [
        Sweep("prior", PRIORS, _rows(_priors(basis, hypothesis)), prior, hypothesis),
        Sweep("discrimination", GAMMAS, _rows(map(basis.at, GAMMAS)), gamma),
    ]
    if basis.cluster:
        values = (basis.weigh(basis.correlated(basis.cluster, rho)) for rho in RHOS)
        along.append(Sweep("correlation", RHOS, _rows(values)))
    if basis.case.evidence_in_force:
        along.append(Sweep("reliability", KEPT, _rows(_kept(basis))))
    return tuple(along)


def _priors(basis: Basis, hypothesis: str) -> list[Floats]:
    index = basis.case.hypothesis_ids.index(hypothesis)
    weights = np.exp(basis.log_prior)
    headlines = []
    for weight in PRIORS:
        moved = weights * (1 - weight) / (1 - weights[index])
        moved[index] = weight
        headlines.append(basis.weigh(basis.total, log_prior=np.log(moved)))
    return headlines


def _kept(basis: Basis) -> Floats:
    """Return the headlines with every source as reliable as each share, and every report as credible as its source."""
    priors = basis.case.priors
    tables = [
        {"reliability": dict.fromkeys(priors.reliability, share), "credibility": dict.fromkeys(priors.credibility, 1.0)}
        for share in KEPT
    ]
    return basis.weigh(basis.trusting([basis.case.changed(priors=priors.changed(**table)) for table in tables]))


def _rows(values: object) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(float, row)) for row in values)  # type: ignore[attr-defined]
