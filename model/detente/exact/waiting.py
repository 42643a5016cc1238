"""How long the members of a reference class waited for a step: exponential waits with Gamma frailty, on a grid.

    pace_i ~ Gamma(shape, rate b);   P(wait > t) = (b / (b + t))^shape      (Lomax)

with ``log(shape / b)``, the log of the mean pace, and ``log shape`` normal a priori.  A member whose wait had not ended
when it was last followed counts with P(wait > t), one whose wait ended between two days with the difference of the two.
For one that has waited t already, the chance of the step within a further T is ``1 - E[P(wait > t + T)] / E[P(wait >
t)]``, the mean taken over the posterior of both parameters.

References
----------
Lomax, K. S. (1954), Business failures: another example of the analysis of failure data.  JASA 49.
Vaupel, J. W., Manton, K. G. and Stallard, E. (1979), The impact of heterogeneity in individual frailty on the dynamics
of mortality.  Demography 16.
Kahneman, D. and Lovallo, D. (1993), Timid choices and bold forecasts.  Management Science 39 (the outside view).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from detente.case.election import BEFORE
from detente.case.reference_class import PACE_LOG_SD, PACE_MEDIAN_DAYS, SHAPE_LOG_SD
from detente.exact.evidence import weights_of
from detente.exact.intensities import locate, stated_intensities

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from detente.case.processes import Process, Transition
    from detente.case.reference_class import Member
    from detente.case.schema import Case

    Floats = NDArray[np.float64]

type Wait = tuple[float, float]
"""Days after which and by which a wait ended: one day twice if it is known, infinity if the wait was cut short."""
type Span = tuple[dt.date, dt.date]
"""The first and the last day on which something may have happened."""

REACH, COARSE = 7.0, 29
"""Standard deviations of the prior, either way, in which the posterior is looked for, and points along each axis."""
POINTS, FOR_QUANTILES = 61, 121
"""Points along each axis of the final grid: means converge like the trapezoid rule, quantiles only with the cells."""
TOGETHER = 64
"""Waits worked out in one array."""
DROP = 45.0
"""Log density below the mode from which on nothing is left of the posterior."""


@dataclass(frozen=True)
class WaitPosterior:
    """The posterior of a class's waiting times on a grid: ``shape``, ``rate`` and ``weight`` (sum 1), each (cells,)."""

    shape: Floats
    rate: Floats
    weight: Floats

    def still_waiting(self, days: float) -> Floats:
        """Return P(wait > days) in each cell."""
        return np.exp(-self.shape * np.log1p(days / self.rate))

    def chance(self, within: float, waited: float = 0.0) -> float:
        """Return the chance of the step within so many days, for one that has waited so many."""
        return float(1 - self.weight @ self.still_waiting(waited + within) / (self.weight @ self.still_waiting(waited)))

    def share(self, days: float, probabilities: tuple[float, ...]) -> tuple[float, ...]:
        """Return quantiles of the share of the class that has made the step within so many days."""
        made = 1 - self.still_waiting(days)
        order = np.argsort(made)
        below = np.cumsum(self.weight[order])
        return tuple(float(made[order][min(int(np.searchsorted(below, p)), made.size - 1)]) for p in probabilities)


def class_waits(case: Case, step: Transition, reference_class: str) -> tuple[Wait, ...]:
    """Return how long the members of a class waited in the step's source until they made it, or did something else.

    A wait of no days ended within one; one whose days are known by month or year ended between two of them.
    """
    return _waits(_members(case, reference_class), case.process(step.process), step)


def rung_waits(case: Case, process: Process, source: str, state: str, reference_class: str) -> tuple[Wait, ...]:
    """Return how long the members of a class were in, or beyond, one state until they were in another, by any path."""
    through = _passed(process)
    waits = []
    for member in _members(case, reference_class):
        entered, there = (entry(member, process, through, name) for name in (source, state))
        if entered is not None and state in member.reached:
            end = there or (member.followed_until, member.followed_until)
            waits += _between(entered, end, made=there is not None)
    return tuple(sorted(waits))


def entry(member: Member, process: Process, through: dict[str, frozenset[str]], state: str) -> Span | None:
    """Return when a member entered a state: no later than any state to which every path leads through it."""
    if state == origin(process):
        return member.start, member.start
    if state not in member.reached:
        return None
    known = [span for other in member.reached if state in through.get(other, ()) and (span := member.span(other))]
    if not known:
        return None
    first, last = min(known, key=lambda span: span[::-1])
    own = member.span(state)
    if own is not None and own[0] <= last:
        first = own[0]
    return max(first, member.start), max(last, member.start)


def _between(entered: Span, left: Span, *, made: bool) -> list[Wait]:
    """Return the wait from one day to another, each known within bounds; nothing where it says nothing."""
    after, by = max(0, (left[0] - entered[1]).days), (left[1] - entered[0]).days
    if left[1] < entered[1]:
        return []  # it was there before, by another path
    if not made:
        return [(float(after), np.inf)] if after else []
    return [(float(after), float(max(by, 1)))]


@lru_cache(maxsize=256)
def wait_posterior(waits: tuple[Wait, ...], count: int = POINTS) -> WaitPosterior:
    """Return the posterior of the waiting times, a coarse grid first and then one where there is something.

    ``count`` points along each axis are plenty for chances; shares want :data:`FOR_QUANTILES`.
    """
    low, high = np.full(2, -REACH), np.full(2, REACH)
    for _ in range(2):
        points, log_density = _grid(low, high, COARSE, waits)
        gap = (high - low) / (COARSE - 1)
        low, high = points[log_density > -DROP].min(axis=0) - gap, points[log_density > -DROP].max(axis=0) + gap
    points, log_density = _grid(low, high, count, waits)
    kept = points[log_density > -DROP]
    weight = np.exp(log_density[log_density > -DROP])
    shape = np.exp(SHAPE_LOG_SD * kept[:, 1])
    rate = shape * PACE_MEDIAN_DAYS * np.exp(-PACE_LOG_SD * kept[:, 0])
    return WaitPosterior(shape=shape, rate=rate, weight=weight / weight.sum())


def levels(case: Case, stated: tuple[Floats, Floats, Floats] | None = None) -> Floats | None:
    """Return by how much the outside view moves the level of each intensity, (width, transition, 1, regime).

    The class's level is the location that has its chance within the days for which ours is stated, as unsure as ours;
    on the log scale ours is moved a fraction of the way.  What the record scores itself, the days since a regime began,
    is not counted as waiting: the class is taken as it was on the day the state was entered, or the regime began.
    None where there is no class to lean on.  ``stated`` is what :func:`stated_intensities` returns, if it is known.
    """
    view, waits = case.priors.outside_view, _waits_by_step(case)
    if view is None or not waits:
        return None
    ours, spread, days = stated or stated_intensities(case)
    rows = [row for row, step in enumerate(case.transitions) if step in waits]
    steps = [case.transitions[row] for row in rows]
    chance = [
        class_chances(case, step, wait_posterior(waits[step]), days[row]) for row, step in zip(rows, steps, strict=True)
    ]
    theirs = locate(np.broadcast_to(chance, ours[:, rows].shape), spread[:, rows]) - np.log(days[rows])
    moved = np.zeros((len(ours), len(case.transitions), 1, len(case.regimes)))
    moved[:, rows, 0] = view.weight * np.einsum("h,kthg->ktg", weights_of(case), theirs - ours[:, rows])
    return moved


def class_chances(case: Case, step: Transition, found: WaitPosterior, days: Floats) -> Floats:
    """Return the class's chance of a step within ``days`` (hypothesis, regime), from where each regime finds it."""
    waited = [waited_before(case, step, regime) for regime in case.regimes]
    return np.array([[found.chance(within, w) for within, w in zip(row, waited, strict=True)] for row in days])


def steps_with_class(case: Case) -> tuple[Transition, ...]:
    """Return the transitions that some member of the class leaned on has made; none where nothing is leaned on."""
    return tuple(_waits_by_step(case))


def waited_before(case: Case, step: Transition, regime: str) -> int:
    """Return for how many days the step's source had been occupied when the record began to score it in the regime.

    That is when the regime began, or later the state was entered, or the process's clock was started anew.
    """
    entered = occupied_since(case, step.process, step.source)
    if entered is None:
        return 0
    start = case.process(step.process).start
    scored = max(entered, start.date)
    if regime != BEFORE and case.election_eve is not None:
        scored = max(scored, case.election_eve)
    return (scored - entered).days


def occupied_since(case: Case, process_id: str, state: str) -> dt.date | None:
    """Return when the process entered a state, None if it has not; also before its clock was started anew."""
    start = case.process(process_id).start
    entries = [(e.state, e.date) for e in start.passed] + [(start.state, start.date)]
    entries += [(event.state, event.date) for event in case.history(process_id)]
    return next((day for name, day in entries if name == state), None)


def origin(process: Process) -> str:
    """Return the state in which the process began, before its clock was ever started anew."""
    return process.start.passed[0].state if process.start.passed else process.start.state


def _waits_by_step(case: Case) -> dict[Transition, tuple[Wait, ...]]:
    """Return how long the class leaned on waited for each transition that some member of it has made."""
    view = case.priors.outside_view
    if view is None or view.weight == 0:
        return {}
    members = _members(case, view.reference_class)
    waits = {step: _waits(members, process, step) for process in case.processes for step in process.transitions}
    return {step: rows for step, rows in waits.items() if any(by < np.inf for _, by in rows)}


def _waits(members: tuple[Member, ...], process: Process, step: Transition) -> tuple[Wait, ...]:
    through = _passed(process)
    waits = []
    for member in members:
        if step.target not in member.reached:
            continue
        entered = entry(member, process, through, step.source)
        if entered is None:
            continue
        others = {s.target: entry(member, process, through, s.target) for s in process.successors(step.source)}
        spans = {state: span for state, span in others.items() if span is not None}
        left = min(spans.values(), key=lambda span: span[::-1], default=(member.followed_until, member.followed_until))
        # Of several states entered on one day, the path leads through the one that comes first.
        earlier = [state for state, span in spans.items() if span[1] == left[1] and state != step.target]
        is_first = step.target in spans and spans[step.target][1] == left[1]
        made = is_first and not any(step.target in process.beyond[state] for state in earlier)
        waits += _between(entered, spans[step.target] if made else left, made=made)
    return tuple(sorted(waits))


def _members(case: Case, reference_class: str) -> tuple[Member, ...]:
    """Return the members of a class, as known at the cut-off."""
    cutoff = case.information_cutoff
    named = (member for member in case.reference_class if member.reference_class == reference_class)
    return tuple(member.as_of(cutoff) for member in named if member.start < cutoff)


def _passed(process: Process) -> dict[str, frozenset[str]]:
    """Return, for each state, the states that every path from the start to it leads through, itself included."""
    first = origin(process)
    passed = {first: frozenset({first})}

    def lead(state: str) -> None:
        for step in process.successors(state):
            here = passed[state] | {step.target}
            known = passed.get(step.target)
            passed[step.target] = here if known is None else known & here
            if passed[step.target] != known:
                lead(step.target)

    lead(first)
    return passed


def _grid(low: Floats, high: Floats, count: int, waits: tuple[Wait, ...]) -> tuple[Floats, Floats]:
    """Return an even grid of standardized (log pace, log shape), (cells, 2), and the log density less its largest."""
    axes = [np.linspace(float(a), float(b), count) for a, b in zip(low, high, strict=True)]
    pace, shape = (axis.ravel() for axis in np.meshgrid(*axes))
    log_density = _log_posterior(pace, shape, waits)
    return np.stack([pace, shape], axis=1), log_density - log_density.max()


def _log_posterior(pace: Floats, shape: Floats, waits: tuple[Wait, ...]) -> Floats:
    """Return the log posterior density at standardized log pace and log shape, up to a constant, (cells,)."""
    alpha = np.exp(SHAPE_LOG_SD * shape)
    rate = alpha * PACE_MEDIAN_DAYS * np.exp(-PACE_LOG_SD * pace)
    between = Counter((after, by) for after, by in waits if after < by < np.inf)
    number = Counter(after for after, by in waits if (after, by) not in between)
    made = Counter(after for after, by in waits if after == by)
    days = sorted(number)
    weights = np.array([(number[day], made[day]) for day in days], dtype=float).reshape(-1, 2).T
    total = made.total() * (PACE_LOG_SD * pace - np.log(PACE_MEDIAN_DAYS)) - (pace**2 + shape**2) / 2
    for first in range(0, len(days), TOGETHER):
        here = slice(first, first + TOGETHER)
        waited, ended = weights[:, here] @ np.log1p(np.array(days[here])[:, None] / rate)
        total -= alpha * waited + ended
    for (after, by), count in between.items():  # P(wait > after) - P(wait > by)
        until, since = alpha * np.log1p(by / rate), alpha * np.log1p(after / rate)
        total += count * (np.log(-np.expm1(since - until)) - since)
    return np.asarray(total)
