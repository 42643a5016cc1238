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
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from detente.case.phases import part_of
from detente.exact.counting import COUNTED, count
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
    from detente.exact.counting import Counts, UndatedCounts
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
    counts: Counts
    taught: Taught | None

    @cached_property
    def steps(self) -> tuple[Steps, ...]:
        """The log intensities, for each width that ranges may have (equally likely), and the record."""
        case, counts = self.case, self.counts
        moved, narrower = self.taught.by_regime(case) if self.taught else (0.0, 1.0)
        matters = any(group.winner is not None for group in counts.undated)
        log_winner = np.log(np.maximum([*known_winners(case).values()], TINY)) if matters else np.zeros(0)
        return tuple(
            Steps(
                location=at,
                spread=sd,
                happened=counts.happened,
                exposure=counts.exposure,
                constant=counts.constant,
                weights=weights_of(case),
                persistence=case.priors.persistence,
                at_once=np.array([part_of(regime) in case.occasion_ids for regime in case.regimes]),
                undated=counts.undated,
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
        counts = self.counts if before.couplings == case.priors.couplings else count(case)
        return Reading(case, stated, counts, teach(case, stated, waits, like))


def _class_of(view: OutsideViewPrior) -> tuple[str, float]:
    """Return what the waits of a class depend on."""
    return view.reference_class, view.half_life


def read_record(case: Case) -> Reading:
    """Turn stated probabilities into log intensities, and the record into counts."""
    stated = stated_intensities(case)
    return Reading(case, stated, count(case), teach(case, stated, waits_by_step(case)))


def read_steps(case: Case) -> tuple[Steps, ...]:
    """Return log intensities, for each width that ranges may have, and the record in counts."""
    return read_record(case).steps


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
            for name in COUNTED:
                rows[list(group.rows)] |= (np.abs(getattr(group, name) - getattr(again, name)) > SAME).any()
        for name in ("location", "spread", *COUNTED):
            differs = np.abs(getattr(one, name) - getattr(other, name)) > SAME
            rows |= differs.reshape(rows.size, -1).any(axis=1)
    return tuple(map(int, np.flatnonzero(rows)))


def rows_of(case: Case) -> list[list[int]]:
    """Return the transitions (index) of each process."""
    return [[row for row, step in enumerate(case.transitions) if step.process == one.id] for one in case.processes]


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
    """Return log P(record of these transitions | h, gamma), shape (gamma, hypothesis)."""
    return over_winners(widths, [marginal_by_winner(widths, transitions, gamma)])


def marginal_by_winner(widths: tuple[Steps, ...], transitions: Iterable[int], gamma: Floats) -> Floats:
    """Return log P(record of these transitions | h, w, gamma), (winner, gamma, hypothesis); one row if no w matters.

    Transitions whose risk depends on what is not known count, all together, with the one to the first such step.
    """
    steps = widths[0]
    total = np.zeros((gamma.size, steps.weights.size))
    of_winner = np.zeros((max(1, steps.log_winner.size), *total.shape))
    for row in transitions:
        total = total + transition_marginal(widths, row, gamma)
        for place, group in enumerate(steps.undated):
            if group.rows[0] != row:
                continue
            table = undated_marginals(widths, place, gamma)
            if group.winner is None:
                total = total + log_sum_exp(table, axis=0)
            else:
                of_winner += [log_sum_exp(table[group.winner == winner], axis=0) for winner in range(len(of_winner))]
    return total + of_winner


def over_winners(widths: tuple[Steps, ...], tables: Sequence[Floats]) -> Floats:
    """Return log P(record | h, gamma), (gamma, hypothesis), from parts of it by winner (:func:`marginal_by_winner`)."""
    by_winner = sum(tables[1:], tables[0])
    return log_sum_exp(by_winner + widths[0].log_winner[:, None, None], axis=0) if widths[0].by_winner else by_winner[0]


def with_and_without(widths: tuple[Steps, ...], tables: Sequence[Floats]) -> tuple[list[Floats], list[Floats]]:
    """Return what each part of a record adds to those before it, and what leaving it out takes away.

    ``tables`` are the parts by winner (:func:`marginal_by_winner`); the results (gamma, hypothesis).  The two are the
    same unless parts have a winner in common who is not known.
    """
    if not widths[0].by_winner:
        apart = [over_winners(widths, [table]) for table in tables]
        return apart, apart
    nothing = np.zeros_like(tables[0])
    so_far = [over_winners(widths, [nothing, *tables[:end]]) for end in range(len(tables) + 1)]
    others = [over_winners(widths, [nothing, *tables[:place], *tables[place + 1 :]]) for place in range(len(tables))]
    return [after - before for before, after in pairwise(so_far)], [so_far[-1] - rest for rest in others]


def winner_marginals(widths: tuple[Steps, ...], gamma: Floats) -> Floats:
    """Return log P(w) P(record | h, w, gamma), (winner, gamma, hypothesis), of what depends on who has won."""
    rows = [widths[0].undated[place].rows[0] for place in widths[0].by_winner]
    return marginal_by_winner(widths, rows, gamma) + widths[0].log_winner[:, None, None]


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
