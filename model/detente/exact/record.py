"""The marginal likelihood of the recorded history: transitions made, and days on which none was.

``m_t(h, gamma) = int phi(u) prod_g int phi(v) lambda^d exp(-lambda E) dv du`` by the trapezoid rule in both, and the
mean of that over the widths which the stated ranges may have: one for a transition, under all hypotheses and regimes.
Exposure E is counted here interval by interval between the dates on which anything changed.  A day is at risk from the
evening before to its own, and belongs to the regime that holds on it.

Where only the month or the year of a step is known, the product over transitions is summed over the days on which it
may have happened (:mod:`detente.case.undated`): ``sum_a prod_t m_t^a(h, gamma)``, d and E being those of each day.
After a vote that is not called, the record is a mixture over its winners, ``sum_w P(w) prod_t m_t^w(h, gamma)``, the
days after the vote being all in one of the regimes that they bring.

References
----------
Andersen, P. K. and Keiding, N. (2002), Multi-state models for event history analysis.  Stat. Methods Med. Res. 11.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np

from detente.case.phases import part_of
from detente.case.undated import undated
from detente.exact.counting import combinations, count
from detente.exact.evidence import weights_of
from detente.exact.intensities import Stated, mean_pace, stated_intensities
from detente.exact.members import waits_by_step
from detente.exact.polls import known_winners
from detente.exact.quadrature import interpolate, line, log_normal_weights, log_sum_exp
from detente.exact.teaching import Taught, teach

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from detente.arrays import Flags, Floats, Integers
    from detente.case.processes import Transition
    from detente.case.reference_class import OutsideViewPrior
    from detente.case.schema import Case
    from detente.exact.waiting import Wait

REACH = 12.0
HALF = 0.5
TABLE_STEP, TABLE_POINTS = 0.1, 10
"""Spacing of the table over log intensities, and the points a value between two of them is interpolated from."""
REMEMBERED = 8192
"""Grids that are kept."""
SAME = 1e-13
"""Difference up to which two stated numbers, or counts, are one."""
TINY = np.finfo(float).tiny
"""The least that the probability of a winner is taken for."""
TOGETHER = 10_000_000
"""Likelihoods of draws at days that are not known, worked out in one array."""


@dataclass(frozen=True)
class UndatedCounts:
    """Counted history at each combination of what is not known: the days of some steps, the winner of a vote, or both.

    ``rows`` are the transitions that they bear on, the first that to the first step; ``happened``, ``exposure`` and
    ``constant`` (combination, row, regime) as in :class:`Steps`.  ``winner`` (combination,) says under which winner
    (index) a combination is counted; None where it does not matter who has won.
    """

    rows: tuple[int, ...]
    happened: Floats
    exposure: Floats
    constant: Floats
    winner: Integers | None = None

    @cached_property
    def kinds(self) -> tuple[tuple[Integers, Integers], ...]:
        """For each row the first combination of each kind of counts, and the kind of each combination."""
        kinds = []
        for column in range(len(self.rows)):
            counts = np.concatenate([part[:, column] for part in (self.happened, self.exposure, self.constant)], axis=1)
            _, first, kind = np.unique(counts, axis=0, return_index=True, return_inverse=True)
            kinds.append((first, kind.ravel()))
        return tuple(kinds)

    def kind(self, column: int) -> Integers:
        """Return, for each combination, which of the transition's counts it has; several may have the same."""
        return self.kinds[column][1]


@dataclass(frozen=True)
class Steps:
    """Elicited intensities, their stated ranges of one width, and counted history.

    Shapes: ``location`` (eta, log of transitions a day) and ``spread`` (sigma), as the outside view leaves them
    (transition, hypothesis, regime); ``happened`` (d), ``exposure`` (E, coupling-weighted days) and ``constant`` (log
    multipliers of the transitions made) (transition, regime); ``weights`` (hypothesis,) of a mean over hypotheses.
    Of the regimes in ``at_once`` (regime,), which are occasions, lambda is the expected number on the day.
    Transitions that days or a winner not known bear on have their counts in ``undated`` and none here; ``log_winner``
    (winner,) is log P(winner) before the record, empty unless the winner matters to it.  ``over_v`` remembers, by
    transition, regime and counts, what :func:`given_u` needs, and ``variants`` what :meth:`held` returns.
    """

    location: Floats
    spread: Floats
    happened: Floats
    exposure: Floats
    constant: Floats
    weights: Floats
    persistence: float
    at_once: Flags
    undated: tuple[UndatedCounts, ...] = ()
    log_winner: Floats = field(default_factory=lambda: np.zeros(0))
    over_v: dict[tuple[float, ...], tuple[float, Floats]] = field(default_factory=dict, compare=False, repr=False)
    variants: dict[tuple[int, int], tuple[Steps, ...]] = field(default_factory=dict, compare=False, repr=False)

    def __getstate__(self) -> dict[str, object]:
        """Pack a copy of what is remembered, which another thread may be adding to."""
        return {**self.__dict__, "over_v": dict(self.over_v), "variants": dict(self.variants)}

    def log_intensity(self, gamma: Floats) -> Floats:
        """Return the location of log lambda at each gamma, shape (gamma, transition, hypothesis, regime)."""
        centre = mean_pace(self.location, self.weights)[:, None]
        return centre + gamma[:, None, None, None] * (self.location - centre)

    def located(self, transition: int, gamma: Floats) -> Floats:
        """Return the same for one transition, (gamma, hypothesis, regime)."""
        location = self.location[transition]
        centre = mean_pace(location, self.weights)
        return centre + gamma[:, None, None] * (location - centre)

    def recorded(self, transition: int) -> tuple[int, ...]:
        """Return the regimes in which the transition was at risk or made."""
        return self._recorded[transition]

    @cached_property
    def _recorded(self) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(map(int, np.flatnonzero(row))) for row in (self.exposure > 0) | (self.happened > 0))

    @property
    def is_undated(self) -> bool:
        """Whether counts depend on days that are not known, and not on the winner alone."""
        return any(group.winner is None or group.winner.size > self.log_winner.size for group in self.undated)

    @property
    def by_winner(self) -> tuple[int, ...]:
        """The groups (place in ``undated``) whose counts depend on who has won."""
        return tuple(place for place, group in enumerate(self.undated) if group.winner is not None)

    def held(self, group: int, column: int) -> tuple[Steps, ...]:
        """Return these with the counts of one transition of a group, for each kind that days not known allow."""
        if (group, column) not in self.variants:
            counts, made = self.undated[group], []
            row = counts.rows[column]
            for first in counts.kinds[column][0]:
                parts = {}
                for name in ("happened", "exposure", "constant"):
                    parts[name] = getattr(self, name).copy()
                    parts[name][row] = getattr(counts, name)[first, column]
                made.append(dataclasses.replace(self, **parts, undated=(), variants={}))
            self.variants[group, column] = tuple(made)
        return self.variants[group, column]


@dataclass(frozen=True)
class Reading:
    """What a case says of its transitions: as judged, as counted, and as the class that it leans on waited."""

    case: Case
    stated: Stated
    counted: tuple[Floats, Floats, Floats, tuple[UndatedCounts, ...]]
    taught: Taught | None

    @cached_property
    def steps(self) -> tuple[Steps, ...]:
        """The log intensities, for each width that ranges may have (equally likely), and the record."""
        case, (happened, exposure, constant, counts) = self.case, self.counted
        moved, narrower = self.taught.by_regime(case) if self.taught else (0.0, 1.0)
        matters = any(group.winner is not None for group in counts)
        log_winner = np.log(np.maximum([*known_winners(case).values()], TINY)) if matters else np.zeros(0)
        return tuple(
            Steps(
                location=at,
                spread=sd,
                happened=happened,
                exposure=exposure,
                constant=constant,
                weights=weights_of(case),
                persistence=case.priors.persistence,
                at_once=np.array([part_of(regime) in case.occasion_ids for regime in case.regimes]),
                undated=counts,
                log_winner=log_winner,
            )
            for at, sd in zip(self.stated.eta + moved, self.stated.sigma * narrower, strict=True)
        )

    def rejudged(self, case: Case) -> Reading:
        """Return the reading of a case with the same facts; what is judged alike is not worked out again."""
        stated, before = stated_intensities(case, self.stated), self.case.priors
        was, view = before.outside_view, case.priors.outside_view
        waits: Mapping[Transition, tuple[Wait, ...]] = {}
        if self.taught and was and view and view.weight != 0 and _class_of(was) == _class_of(view):
            waits = self.taught.waits
        elif view:
            waits = waits_by_step(case)
        like = (self.case, self.stated, self.taught) if self.taught else None
        counted = self.counted if before.couplings == case.priors.couplings else _counted(case)
        return Reading(case, stated, counted, teach(case, stated, waits, like))


def _class_of(view: OutsideViewPrior) -> tuple[str, float]:
    """Return what the waits of a class depend on."""
    return view.reference_class, view.half_life


def read_record(case: Case) -> Reading:
    """Turn stated probabilities into log intensities, and the record into counts."""
    stated = stated_intensities(case)
    return Reading(case, stated, _counted(case), teach(case, stated, waits_by_step(case)))


def read_steps(case: Case) -> tuple[Steps, ...]:
    """Return log intensities, for each width that ranges may have, and the record in counts."""
    return read_record(case).steps


def _counted(case: Case) -> tuple[Floats, Floats, Floats, tuple[UndatedCounts, ...]]:
    """Count the record: what happened, exposure, constant, and all three by days, or a winner, that are not known."""
    if winners := case.open_winners:
        return _by_winner([_counted(case.if_called(winner)) for winner in winners])
    groups = undated(case)
    combined = [combinations(case, group) for group in groups]
    first = {step: known[:1] for of_group in combined for step, known in of_group.items()}
    (happened,), (exposure,), (constant,) = count(case, first)
    counted = []
    for group, known in zip(groups, combined, strict=True):
        rows = list(group.transitions)
        made, days, factor = (part[:, rows] for part in count(case, first | known))
        counted.append(UndatedCounts(group.transitions, made, days, factor))
        for part in (happened, exposure, constant):
            part[rows] = 0.0
    return happened, exposure, constant, tuple(counted)


def _by_winner(
    counted: Sequence[tuple[Floats, Floats, Floats, tuple[UndatedCounts, ...]]],
) -> tuple[Floats, Floats, Floats, tuple[UndatedCounts, ...]]:
    """Join the counts of a record under each winner: transitions that are counted alike under all of them stay."""
    parts = [np.stack(part) for part in list(zip(*counted, strict=True))[:3]]  # (winner, transition, regime)
    differs = np.any([(part != part[0]).any(axis=(0, 2)) for part in parts], axis=0)
    groups = []
    for of_winner in zip(*(groups for *_, groups in counted), strict=True):
        winner = np.repeat(np.arange(len(counted)), of_winner[0].happened.shape[0])
        joined = [
            np.concatenate([getattr(g, name) for g in of_winner]) for name in ("happened", "exposure", "constant")
        ]
        split = [np.split(part, len(counted)) for part in joined]
        is_alike = all((here == of_all[0]).all() for of_all in split for here in of_all)
        made, days, factor = joined
        groups.append(of_winner[0] if is_alike else UndatedCounts(of_winner[0].rows, made, days, factor, winner))
    every = np.arange(len(counted))
    for row in map(int, np.flatnonzero(differs)):
        made, days, factor = (part[:, [row]] for part in parts)
        groups.append(UndatedCounts((row,), made, days, factor, every))
    for part in parts:
        part[:, differs] = 0.0
    return parts[0][0], parts[1][0], parts[2][0], tuple(groups)


def changed_rows(before: tuple[Steps, ...], after: tuple[Steps, ...]) -> tuple[int, ...]:
    """Return the transitions that are judged, or counted, differently; all where days are not known.

    Counts under each winner of a vote that is not called are compared; P(winner) is not.
    """
    rows = np.zeros(len(after[0].location), dtype=bool)
    for one, other in zip(before, after, strict=True):
        if one.persistence != other.persistence or one.is_undated or other.is_undated:
            return tuple(range(rows.size))
        if [group.rows for group in one.undated] != [group.rows for group in other.undated]:
            return tuple(range(rows.size))
        for group, again in zip(one.undated, other.undated, strict=True):
            for name in ("happened", "exposure", "constant"):
                rows[list(group.rows)] |= (np.abs(getattr(group, name) - getattr(again, name)) > SAME).any()
        for name in ("location", "spread", "happened", "exposure", "constant"):
            differs = np.abs(getattr(one, name) - getattr(other, name)) > SAME
            rows |= differs.reshape(rows.size, -1).any(axis=1)
    return tuple(map(int, np.flatnonzero(rows)))


@lru_cache(maxsize=REMEMBERED)
def grid(spread: float) -> Floats:
    """Return nodes for u and v, not to be written to: finer where a wide spread makes the integrand fall faster."""
    nodes = line(-REACH, REACH, 0.5 / np.sqrt(1 + 4 * spread + spread**2))
    nodes.flags.writeable = False
    return nodes


def log_sojourn(steps: Steps, transition: int, regime: int, log_intensity: Floats) -> Floats:
    """Return d log lambda - lambda E for one transition in one regime, elementwise.

    On an occasion, d log(1 - exp(-m lambda)) - lambda E, with m what couplings made of it.
    """
    made, days = steps.happened[transition, regime], steps.exposure[transition, regime]
    constant = steps.constant[transition, regime]
    with np.errstate(over="ignore"):
        if steps.at_once[regime]:
            return made * log_chance(log_intensity + constant) - np.exp(log_intensity) * days
        return made * log_intensity + constant - np.exp(log_intensity) * days


def log_chance(log_expected: Floats) -> Floats:
    """Return log(1 - exp(-x)) at log x: that of at least one event, where x are expected."""
    expected = np.exp(log_expected)
    small = expected < HALF
    few, many = np.where(small, np.maximum(expected, np.finfo(float).tiny), HALF), np.where(small, HALF, expected)
    return np.where(small, log_expected + np.log(-np.expm1(-few) / few), np.log1p(-np.exp(-many)))


def given_u(steps: Steps, transition: int, regime: int, location: Floats, u: Floats) -> Floats:
    """Return log of the integral over v at each u; ``location`` (..., hypothesis), the result (..., hypothesis, u).

    The integral depends on location and u through one number, so that it is worked out on a line and interpolated.
    """
    spread = steps.spread[transition, :, regime]
    at = location[..., None] + np.sqrt(steps.persistence) * spread[:, None] * u
    key = transition, regime, *(part[transition, regime] for part in (steps.happened, steps.exposure, steps.constant))
    if key not in steps.over_v:
        steps.over_v[key] = _integrate_v(steps, transition, regime)
    start, values = steps.over_v[key]
    return interpolate(start, TABLE_STEP, values, at, TABLE_POINTS)


def _integrate_v(steps: Steps, transition: int, regime: int) -> tuple[float, Floats]:
    """Return the first node, and log of the integral over v at nodes ``TABLE_STEP`` apart, (hypothesis, node)."""
    spread = steps.spread[transition, :, regime]
    ends = steps.located(transition, np.array([0.0, 1.0]))[:, :, regime]
    reach = np.sqrt(steps.persistence) * float(spread.max()) * REACH + TABLE_STEP * TABLE_POINTS
    x = np.arange(ends.min() - reach, ends.max() + reach + TABLE_STEP, TABLE_STEP)
    v = grid(float(spread.max()))
    shift = np.sqrt(1 - steps.persistence) * spread[:, None, None] * v
    sojourn = log_sojourn(steps, transition, regime, x[:, None] + shift)
    return float(x[0]), log_sum_exp(sojourn + log_normal_weights(v), axis=-1)


def transition_marginal(widths: tuple[Steps, ...], transition: int, gamma: Floats) -> Floats:
    """Return log m_t(h, gamma), shape (gamma, hypothesis)."""
    return log_sum_exp(by_width(widths, transition, gamma), axis=0) - np.log(len(widths))


def by_width(widths: tuple[Steps, ...], transition: int, gamma: Floats) -> Floats:
    """Return log m_t(h, gamma) given each width, shape (width, gamma, hypothesis)."""
    return np.stack([_integrate(steps, transition, gamma) for steps in widths])


def log_intensities(widths: tuple[Steps, ...], gamma: Floats, width: Integers, effect: Floats) -> Floats:
    """Return the log intensities of draws, shape (draw, transition, hypothesis, regime).

    ``gamma`` (draw,), the ``width`` (draw, transition) of the transition's ranges, and ``effect`` (draw, transition,
    hypothesis, regime), what u and v make together.
    """
    log_intensity = np.empty(effect.shape)
    for number, steps in enumerate(widths):
        place = width == number
        log_intensity[place] = (steps.log_intensity(gamma) + steps.spread * effect)[place]
    return log_intensity


def _integrate(steps: Steps, transition: int, gamma: Floats) -> Floats:
    location = steps.located(transition, gamma)
    regimes = steps.recorded(transition)
    if len(regimes) == 1:  # u and v only appear as one standard normal
        spread = steps.spread[transition, :, regimes[0]]
        x = grid(float(spread.max()))
        log_intensity = location[:, :, regimes[0], None] + spread[:, None] * x
        return log_sum_exp(log_sojourn(steps, transition, regimes[0], log_intensity) + log_normal_weights(x), axis=-1)
    u = grid(float(steps.spread[transition].max()))
    total = sum(given_u(steps, transition, g, location[:, :, g], u) for g in regimes)
    return log_sum_exp(total + log_normal_weights(u), axis=-1) if regimes else np.zeros(location.shape[:2])


def record_marginal(widths: tuple[Steps, ...], transitions: Iterable[int], gamma: Floats) -> Floats:
    """Return log P(record of these transitions | h, gamma), shape (gamma, hypothesis).

    Transitions whose risk depends on days that are not known count, all together, with the one to the first such step.
    """
    total, rows = np.zeros((gamma.size, widths[0].weights.size)), tuple(transitions)
    for row in rows:
        total = total + transition_marginal(widths, row, gamma)
        for place, group in enumerate(widths[0].undated):
            if group.rows[0] == row and group.winner is None:
                total = total + log_sum_exp(undated_marginals(widths, place, gamma), axis=0)
    of_winners = [place for place in widths[0].by_winner if widths[0].undated[place].rows[0] in rows]
    return total + log_sum_exp(winner_marginals(widths, gamma, of_winners), axis=0) if of_winners else total


def process_marginals(
    widths: tuple[Steps, ...], processes: Sequence[Sequence[int]], gamma: Floats
) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """Return what the record of each process adds to that of those before it, and what leaving it out takes away.

    ``processes`` has the transitions of each; the results (gamma, hypothesis).  The two are the same unless records
    have a winner in common who is not known.
    """
    apart = tuple(record_marginal(widths, rows, gamma) for rows in processes)
    if not widths[0].by_winner:
        return apart, apart
    so_far = [record_marginal(widths, chain(*processes[:end]), gamma) for end in range(len(processes) + 1)]
    added = tuple(after - before for before, after in pairwise(so_far))
    others = (chain(*processes[:place], *processes[place + 1 :]) for place in range(len(processes)))
    return added, tuple(so_far[-1] - record_marginal(widths, rows, gamma) for rows in others)


def winner_marginals(widths: tuple[Steps, ...], gamma: Floats, places: Iterable[int] | None = None) -> Floats:
    """Return log P(w) P(record | h, w, gamma), (winner, gamma, hypothesis), of what depends on who has won.

    That is the record of all groups that do, or of those at some ``places``.
    """
    total = np.tile(widths[0].log_winner[:, None, None], (1, gamma.size, widths[0].weights.size))
    for place in widths[0].by_winner if places is None else places:
        table, of = undated_marginals(widths, place, gamma), widths[0].undated[place].winner
        total += np.stack([log_sum_exp(table[of == winner], axis=0) for winner in range(len(total))])
    return total


def undated_marginals(widths: tuple[Steps, ...], place: int, gamma: Floats) -> Floats:
    """Return log P(record of a group's transitions | h, gamma) by the days of its steps, (days, gamma, hypothesis)."""
    group = widths[0].undated[place]
    total = np.zeros((group.happened.shape[0], gamma.size, widths[0].weights.size))
    for column, row in enumerate(group.rows):
        marginals = [transition_marginal(held, row, gamma) for held in held_kinds(widths, place, column)]
        total += np.array(marginals)[group.kind(column)]
    return total


def held_kinds(widths: tuple[Steps, ...], place: int, column: int) -> list[tuple[Steps, ...]]:
    """Return all widths with the counts of one transition of a group, for each kind that days not known allow."""
    return list(zip(*(steps.held(place, column) for steps in widths), strict=True))


def record_log_likelihood(steps: Steps, log_intensity: Floats) -> Floats:
    """Return log P(record | h, intensities), (draws, hypothesis); ``log_intensity`` (draws, transition, h, regime)."""
    by_winner = record_by_winner(steps, log_intensity)
    return by_winner[..., 0] if not steps.by_winner else log_sum_exp(by_winner + steps.log_winner, axis=2)


def record_by_winner(steps: Steps, log_intensity: Floats) -> Floats:
    """Return log P(record | h, w, intensities), (draws, hypothesis, winner); one column where no winner matters."""
    draws, transitions, width = log_intensity.shape[:3]
    total = np.zeros((draws, width))
    for t in range(transitions):
        for g in steps.recorded(t):
            total += log_sojourn(steps, t, g, log_intensity[:, t, :, g])
    of_winner = np.zeros((*total.shape, max(1, steps.log_winner.size)))
    for group in steps.undated:
        ordinary = ~steps.at_once
        made, constant = group.happened * ordinary, (group.constant * ordinary).sum(axis=(1, 2))[:, None, None]
        size = max(1, TOGETHER // (width * constant.size))
        for start in range(0, draws, size):
            here = log_intensity[start : start + size][:, list(group.rows)]
            with np.errstate(over="ignore"):
                rate = np.exp(here)
            table = np.tensordot(made, here, axes=((1, 2), (1, 3))) + constant
            table -= np.tensordot(group.exposure, rate, axes=((1, 2), (1, 3)))
            for row, g in zip(*np.nonzero((group.happened * ~ordinary).any(axis=0)), strict=True):
                expected = here[:, row, :, g] + group.constant[:, row, g][:, None, None]
                table += group.happened[:, row, g][:, None, None] * log_chance(expected)
            if group.winner is None:
                total[start : start + size] += log_sum_exp(table, axis=0)
                continue
            for winner in range(of_winner.shape[2]):
                of_winner[start : start + size, :, winner] += log_sum_exp(table[group.winner == winner], axis=0)
    return total[..., None] + of_winner
