"""What would change the answer: the prior at which it crosses a line, and the smallest change of one number.

With the other hypotheses in their proportions, the posterior odds of h are its prior odds times a ratio L that the
evidence fixes: the judgements stay centred where they were stated.  So any headline is
``(w c a + (1 - w) d b) / (w c + (1 - w) d)`` of the weight w of h: linear over linear, and
``w = d (line - b) / (d (line - b) + c (a - line))``.

Each likelihood, correlation and grade is changed alone, in both directions, until another hypothesis leads or the
target crosses an edge of its estimative word.  The crossing nearest to the stated value is found for all changes of
some items together, by Chandrupatla's method.

References
----------
Chandrupatla, T. R. (1997), A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function
without using derivatives.  Advances in Engineering Software 28.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from detente.analysis.results import BreakEven, TippingPoint
from detente.estimative import ICD_203, term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from detente.analysis.reweighting import Basis
    from detente.arrays import Floats, Integers
    from detente.case.evidence import EvidenceItem
    from detente.case.schema import Case

    type Margins = Callable[[Floats], Floats]
    """Maps headlines (..., headline) to the margin of each effect (..., effect), negative once it has happened."""

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


def tipping(basis: Basis, target: str, of_items: Iterable[TippingPoint] | None = None) -> tuple[TippingPoint, ...]:
    """Return every single change that tips the answer, by kind and then the smallest first.

    ``of_items`` are those of the items, if they are known.
    """
    if of_items is None:
        of_items = chain.from_iterable(map(tipping_of_items(basis, target), basis.batches))
    points = [*of_items, *_correlations(basis, *_margins(basis, target))]
    return tuple(sorted(points, key=lambda row: (row.kind, row.distance, row.id, row.effect)))


def tipping_of_items(basis: Basis, target: str) -> Callable[[tuple[EvidenceItem, ...]], Iterator[TippingPoint]]:
    """Return the function that yields each single change of one of some items of a cluster that tips the answer."""
    effects, margins = _margins(basis, target)
    begin = margins(basis.weigh(basis.total))

    def of_items(items: tuple[EvidenceItem, ...]) -> Iterator[TippingPoint]:
        yield from _likelihoods(basis, items, effects, margins, begin)
        yield from _grades(basis, items, effects, margins, begin)

    return of_items


def _margins(basis: Basis, target: str) -> tuple[tuple[str, ...], Margins]:
    """Return the effects: the target takes the estimative word below, or above; another leads; and their margins."""
    base = basis.weigh(basis.total)
    width, place = len(basis.case.hypotheses), basis.headlines.index(target)
    lead = int(np.argmax(base[:width]))
    others = [k for k in range(width) if k != lead]
    edges = list(_edges(float(base[place])))

    def margins(values: Floats) -> Floats:
        room = [way * (line - values[..., place]) for line, _, way in edges]
        return np.stack([*room, values[..., lead] - values[..., others].max(axis=-1)], axis=-1)

    return (*(beyond for _, beyond, _ in edges), "lead"), margins


def _first_crossings(
    at: Callable[[Integers, Floats], Floats], start: Floats, stops: Floats, margins: Margins, begin: Floats
) -> Iterator[tuple[int, int, float]]:
    """Yield path, effect and place of each first crossing on paths from ``start`` (path,) over ``stops`` (path, stop).

    ``at`` maps paths and places on them to headlines; ``begin`` (effect,) are the margins at the start.
    """
    places = np.concatenate([start[:, None], stops], axis=1)
    room = margins(at(np.repeat(np.arange(start.size), stops.shape[1]), stops.ravel())).reshape(*stops.shape, -1)
    room = np.concatenate([np.broadcast_to(begin, (start.size, 1, begin.size)), room], axis=1)
    path, effect = np.nonzero((begin > 0) & (room <= 0).any(axis=1))
    stop = (room[path, :, effect] <= 0).argmax(axis=1)
    behind, beyond = ((places[path, k], room[path, k, effect]) for k in (stop - 1, stop))

    def margin(rows: Integers, x: Floats) -> Floats:
        return np.asarray(margins(at(path[rows], x))[np.arange(rows.size), effect[rows]])

    yield from zip(path.tolist(), effect.tolist(), _roots(margin, *behind, *beyond).tolist(), strict=True)


def _roots(margin: Callable[[Integers, Floats], Floats], a: Floats, at_a: Floats, b: Floats, at_b: Floats) -> Floats:
    """Return a root of each of some functions between a and b, where they have either sign.

    ``margin`` maps numbers of functions and places to values.  A root is returned once both ends are within twice
    :data:`PRECISION` of each other, and no step is shorter than that precision: however near to 0 a flat function
    comes, no root is where its sign stays.
    """
    root, rows, share = np.empty(a.size), np.arange(a.size), at_a / (at_a - at_b)
    while True:
        is_last = (np.abs(b - a) < 2 * PRECISION) | (at_a == 0) | (at_b == 0)
        root[rows[is_last]] = (a + at_a / (at_a - at_b) * (b - a))[is_last]
        rows, a, at_a, b, at_b, share = (part[~is_last] for part in (rows, a, at_a, b, at_b, share))
        if not rows.size:
            return root
        least = PRECISION / np.abs(b - a)
        x = a + np.clip(share, least, 1 - least) * (b - a)
        value = margin(rows, x)
        stays = (value > 0) == (at_a > 0)
        b, at_b, c, at_c = (np.where(stays, *pair) for pair in ((b, a), (at_b, at_a), (a, b), (at_a, at_b)))
        a, at_a = x, value
        with np.errstate(divide="ignore", invalid="ignore"):
            place, height = (a - b) / (c - b), (at_a - at_b) / (at_c - at_b)
            curved = at_a / (at_b - at_a) * at_c / (at_b - at_c)
            curved += (c - a) / (b - a) * at_a / (at_c - at_a) * at_b / (at_c - at_b)
        share = np.where((height**2 < place) & ((1 - height) ** 2 < 1 - place), curved, 0.5)


def _likelihoods(
    basis: Basis, items: tuple[EvidenceItem, ...], effects: Sequence[str], margins: Margins, begin: Floats
) -> Iterator[TippingPoint]:
    names, change = basis.case.hypothesis_ids, basis.change(items)
    item_of, of_path, end = (index.ravel() for index in np.indices((len(items), len(names), 2)))
    start = change.stated.location[item_of, of_path]
    stops = np.linspace(start, np.array([-REACH, REACH])[end], PROBITS, axis=1)[:, 1:]

    def at(path: Integers, probit: Floats) -> Floats:
        return basis.weigh(change.at(item_of[path], of_path[path], probit))

    for path, effect, probit in _first_crossings(at, start, stops, margins, begin):
        item, hypothesis = items[item_of[path]].id, names[of_path[path]]
        stated = basis.case.likelihoods[item][hypothesis]
        half = float(ndtri(stated.high) - ndtri(stated.low)) / 2
        yield TippingPoint(
            kind="likelihood",
            id=f"{item}:{hypothesis}",
            effect=effects[effect],
            stated=stated.mid,
            at=float(ndtr(probit)),
            distance=abs(probit - float(start[path])) / half,
            unit="half_interval",
        )


def _correlations(basis: Basis, effects: Sequence[str], margins: Margins) -> Iterator[TippingPoint]:
    for cluster in basis.cluster.values():
        prior = basis.case.priors.cluster_correlation(cluster.id)

        def at(_path: Integers, values: Floats, name: str = cluster.id) -> Floats:
            return basis.weigh(np.stack([basis.correlated((name,), float(value)) for value in values]))

        start = np.array([prior.mean])
        begin = margins(at(np.zeros(1, dtype=int), start))[0]
        below = [value for value in reversed(CORRELATIONS) if value < prior.mean]
        above = [value for value in CORRELATIONS if value > prior.mean]
        for stops in filter(None, (below, above)):
            for _, effect, value in _first_crossings(at, start, np.array([stops]), margins, begin):
                yield TippingPoint(
                    kind="correlation",
                    id=cluster.id,
                    effect=effects[effect],
                    stated=prior.mean,
                    at=value,
                    distance=abs(value - prior.mean) / prior.sd if prior.sd else abs(value - prior.mean),
                    unit="standard_deviation" if prior.sd else "difference",
                )


def _grades(
    basis: Basis, items: tuple[EvidenceItem, ...], effects: Sequence[str], margins: Margins, begin: Floats
) -> Iterator[TippingPoint]:
    """Change the letter or the digit of the grade of each item; the fewest steps to each effect."""
    change = basis.change(items)
    grades = [sorted(_other_grades(basis.case, item), key=lambda grade: (grade[2], grade[0])) for item in items]
    which = np.repeat(np.arange(len(items)), [len(row) for row in grades])
    room = margins(basis.weigh(change.trusted(which, np.array([trust for row in grades for _, trust, _ in row]))))
    for place, item in enumerate(items):
        own, stated = room[which == place], float(change.stated.trust[place])
        for effect in np.flatnonzero((begin > 0) & (own <= 0).any(axis=0)).tolist():
            label, trust, steps = grades[place][int((own[:, effect] <= 0).argmax())]
            yield TippingPoint("grade", item.id, effects[effect], stated, trust, steps, "step", label)


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
