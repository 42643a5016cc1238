"""What would change the answer: the prior at which it crosses a line, and the smallest change of one number.

With the other hypotheses in their proportions, the posterior odds of h are its prior odds times a ratio L that the
evidence fixes: the judgements stay centred where they were stated.  So any headline is
``(w c a + (1 - w) d b) / (w c + (1 - w) d)`` of the weight w of h: linear over linear, and
``w = d (line - b) / (d (line - b) + c (a - line))``.

Each likelihood, correlation and grade is changed alone, in both directions, until another hypothesis leads or the
target crosses an edge of its estimative word; Brent's method finds the crossing nearest to the stated value.

References
----------
Brent, R. P. (1973), Algorithms for minimization without derivatives, chapter 4.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from detente.analysis.results import BreakEven, TippingPoint
from detente.analysis.reweighting import Basis
from detente.estimative import ICD_203, term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from detente.analysis.reweighting import Basis
    from detente.arrays import Floats
    from detente.case.evidence import EvidenceItem
    from detente.case.schema import Case
    from detente.exact.evidence import Items

    Margins = Callable[[Floats], dict[str, float]]

EVEN = "even"
"""What lies beyond one half."""


def break_even(basis: Basis, target: str) -> tuple[BreakEven, ...]:
    """Return, for the target, the priors at which it crosses one half and the edges of its word.

    They are priors of the target itself if it is a hypothesis, else of the leading hypothesis; the prior at which
    another hypothesis crosses one half is added.
    """
    names = basis.case.hypothesis_ids
    base = basis.weigh(basis.total)
    mover = target if target in names else names[int(np.argmax(base[: len(names)]))]
    edges = [(line, beyond) for line, beyond, _ in _edges(float(base[basis.headlines.index(target)]))]
    lines = [(mover, target, *edge) for edge in ((0.5, EVEN), *edges)]
    lines += [(name, name, 0.5, EVEN) for name in names if (name, target) != (mover, name)]
    stated = dict(zip(names, map(float, np.exp(basis.log_prior)), strict=True))
    return tuple(
        BreakEven(hypothesis, of, line, beyond, stated[hypothesis], prior_for(basis, hypothesis, of, line))
        for hypothesis, of, line, beyond in lines
    )


def prior_for(basis: Basis, hypothesis: str, target: str, line: float) -> float | None:
    """Return the prior weight of ``hypothesis`` at which ``target`` equals ``line``, if one between 0 and 1 does."""
    place, index = basis.headlines.index(target), basis.case.hypothesis_ids.index(hypothesis)
    given = np.zeros(len(basis.case.hypotheses))
    given[index] = 1.0
    with np.errstate(divide="ignore"):
        alone, rest = np.log(given), basis.log_prior + np.log(1 - given)
    a, b = (float(basis.weigh(basis.total, log_prior=weights)[place]) for weights in (alone, rest))
    posterior, prior = float(basis.weigh(basis.total)[index]), float(np.exp(basis.log_prior[index]))
    c, d = posterior / prior, (1 - posterior) / (1 - prior)
    below, above = d * (line - b), c * (a - line)
    if below * above <= 0:
        return None
    return below / (below + above)


def _edges(probability: float) -> Iterator[tuple[float, str, int]]:
    """Yield the edges of the estimative word of a probability, the word beyond each, and which way it lies (-1, 1)."""
    bands, word = ICD_203.bands, term(probability)
    place = next(place for place, band in enumerate(bands) if band.word == word)
    if place > 0:
        yield bands[place].low, bands[place - 1].word, -1
    if place < len(bands) - 1:
        yield bands[place].high, bands[place + 1].word, 1


REACH = 3.1
"""Likelihoods reach 0.001 and 0.999 (in probits)."""
CORRELATIONS = (0.001, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99)
PROBITS = 5
PRECISION = 1e-6
DOUBT = 0.02
"""A margin that is roughly so large is not crossed; on a rough grid probabilities are some thousandths off at worst."""


def tipping(basis: Basis, target: str) -> tuple[TippingPoint, ...]:
    """Return every single change that tips the answer, by kind and then the smallest first."""
    margins = _margins(basis, target)
    points = [*_likelihoods(basis, margins), *_correlations(basis, margins), *_grades(basis, margins)]
    return tuple(sorted(points, key=lambda row: (row.kind, row.distance, row.id)))


def _margins(basis: Basis, target: str) -> Margins:
    """Return a function from headlines to the margin of each effect (negative once it has happened).

    The effects: another hypothesis leads; the target takes the estimative word below, or above.
    """
    base = basis.weigh(basis.total)
    width, place = len(basis.case.hypotheses), basis.headlines.index(target)
    lead = int(np.argmax(base[:width]))
    others = [k for k in range(width) if k != lead]
    edges = [*_edges(float(base[place]))]

    def margins(values: Floats) -> dict[str, float]:
        room = {beyond: float(way * (line - values[place])) for line, beyond, way in edges}
        return {"lead": float(values[lead] - max(values[k] for k in others)), **room}

    return margins


def _first_crossings(
    at: Callable[[float], Floats],
    start: float,
    stops: list[float],
    margins: Margins,
    rough: Callable[[float], Floats] | None = None,
) -> Iterator[tuple[str, float]]:
    """Yield effect and place of each first crossing on the way from ``start`` over ``stops``.

    Where ``rough``, the headlines roughly, leaves no doubt that nothing has happened, ``at`` is not asked.
    """
    behind, open_effects = start, {effect for effect, margin in margins(at(start)).items() if margin > 0}
    for stop in stops:
        if not open_effects:
            return
        if rough is None or min(margins(rough(stop))[effect] for effect in open_effects) < DOUBT:
            now = margins(at(stop))
            for effect in sorted(open_effects):
                if now[effect] <= 0:
                    open_effects.discard(effect)
                    yield effect, float(brentq(lambda x, e=effect: margins(at(x))[e], behind, stop, xtol=PRECISION))
        behind = stop


def _likelihoods(basis: Basis, margins: Margins) -> Iterator[TippingPoint]:
    for item in basis.case.evidence_in_force:
        change, roughly = basis.item(item), basis.rough(item)
        items = change.stated
        for h, hypothesis in enumerate(basis.case.hypothesis_ids):
            start = float(items.location[0, h])
            at = lru_cache(partial(_at_probit, basis, change, items, h))
            stated = basis.case.likelihoods[item.id][hypothesis]
            half = float(ndtri(stated.high) - ndtri(stated.low)) / 2
            for end in (-REACH, REACH):
                stops = list(np.linspace(start, end, PROBITS)[1:])
                rough = partial(_at_probit, basis, roughly, items, h) if roughly else None
                for effect, probit in _first_crossings(at, start, stops, margins, rough):
                    yield TippingPoint(
                        kind="likelihood",
                        id=f"{item.id}:{hypothesis}",
                        effect=effect,
                        stated=stated.mid,
                        at=float(ndtr(probit)),
                        distance=abs(probit - start) / half,
                        unit="half_interval",
                    )


def _at_probit(basis: Basis, change: Callable[[Items], Floats], items: Items, h: int, probit: float) -> Floats:
    """Return the headlines with the best guess of a likelihood at a probit."""
    location = items.location.copy()
    location[0, h] = probit
    return basis.weigh(change(dataclasses.replace(items, location=location)))


def _correlations(basis: Basis, margins: Margins) -> Iterator[TippingPoint]:
    for cluster in basis.cluster.values():
        prior = basis.case.priors.cluster_correlation(cluster.id)
        at = partial(_at_correlation, basis, cluster.id)
        below = [value for value in reversed(CORRELATIONS) if value < prior.mean]
        above = [value for value in CORRELATIONS if value > prior.mean]
        for stops in (below, above):
            for effect, value in _first_crossings(at, prior.mean, stops, margins):
                yield TippingPoint(
                    kind="correlation",
                    id=cluster.id,
                    effect=effect,
                    stated=prior.mean,
                    at=value,
                    distance=abs(value - prior.mean) / prior.sd if prior.sd else abs(value - prior.mean),
                    unit="standard_deviation" if prior.sd else "difference",
                )


def _at_correlation(basis: Basis, cluster: str, value: float) -> Floats:
    return basis.weigh(basis.correlated((cluster,), value))


def _grades(basis: Basis, margins: Margins) -> Iterator[TippingPoint]:
    """Change the letter or the digit of each item's grade; the fewest steps to each effect."""
    start = margins(basis.weigh(basis.total))
    for item in basis.case.evidence_in_force:
        change = basis.item(item)
        items = change.stated
        nearest: dict[str, TippingPoint] = {}
        for label, trust, steps in sorted(_other_grades(basis.case, item), key=lambda grade: (grade[2], grade[0])):
            now = margins(basis.weigh(change.trusted(trust)))
            for effect, margin in now.items():
                if margin <= 0 < start[effect] and effect not in nearest:
                    stated = float(items.trust[0])
                    nearest[effect] = TippingPoint("grade", item.id, effect, stated, trust, steps, "step", label)
        yield from nearest.values()


def _other_grades(case: Case, item: EvidenceItem) -> Iterator[tuple[str, float, float]]:
    """Yield each grade that differs in letter or digit alone, its trust, and its distance in steps."""
    letters, digits = dict(case.priors.reliability), dict(case.priors.credibility)
    for letter, kept in letters.items():
        if letter != item.reliability:
            yield (
                f"{letter}{item.credibility}",
                kept * digits[item.credibility],
                _steps("ABCDE", letter, item.reliability),
            )
    for digit, kept in digits.items():
        if digit != item.credibility:
            steps = _steps("12345", str(digit), str(item.credibility))
            yield f"{item.reliability}{digit}", letters[item.reliability] * kept, steps


def _steps(scale: str, one: str, other: str) -> float:
    """Return how many steps apart two grades are; "cannot be judged" is one step from all."""
    return float(abs(scale.index(one) - scale.index(other))) if one in scale and other in scale else 1.0
