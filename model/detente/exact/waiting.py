"""How long the members of a reference class waited for a step: exponential waits with Gamma frailty, on a grid.

    pace_i = c + Gamma(shape a, rate b);   P(wait > t) = exp(-c t) (b / (b + t))^a

with ``m = c + a / b`` the mean pace, ``c = phi m`` what all members have in common, and ``log m``, ``log a`` and the
probit of phi normal a priori: a constant hazard at one end (phi = 1), a Lomax distribution at the other (phi = 0).  A
member whose wait had not ended when it was last followed counts with P(wait > t), one whose wait ended between two days
with the difference of the two; each counts with a weight that falls by half every so many years.  For one that has
waited t already, the chance of the step within a further T is ``1 - E[P(wait > t + T)] / E[P(wait > t)]``, the mean
taken over the posterior of the parameters.

References
----------
Lomax, K. S. (1954), Business failures: another example of the analysis of failure data.  JASA 49.
Hougaard, P. (1984), Life table methods for heterogeneous populations.  Biometrika 71 (frailty among survivors).
Vaupel, J. W., Manton, K. G. and Stallard, E. (1979), The impact of heterogeneity in individual frailty on the dynamics
of mortality.  Demography 16.
Kahneman, D. and Lovallo, D. (1993), Timid choices and bold forecasts.  Management Science 39 (the outside view).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtr

from detente.case.election import BEFORE
from detente.case.phases import main_regime, part_of
from detente.case.reference_class import PACE_LOG_SD, PACE_MEDIAN_DAYS, SHAPE_LOG_SD
from detente.case.windows import visits
from detente.exact.evidence import weights_of
from detente.exact.intensities import locate, mean_chance, mean_pace, stated_intensities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from detente.case.processes import Process, Transition
    from detente.case.reference_class import Member
    from detente.case.schema import Case
    from detente.exact.intensities import Stated

    Floats = NDArray[np.float64]

type Span = tuple[dt.date, dt.date]
"""The first and the last day on which something may have happened."""

REACH, COARSE, ROUNDS = 7.0, 15, 3
"""Standard deviations of the prior, either way, in which the posterior is looked for, points along each axis, times."""
POINTS = (61, 31, 41)
"""Points along each axis of the final grid: pace, shape and floor."""
YEAR = 365.25
TOGETHER = 32_768
"""Values worked out in one array: so few stay in the processor's cache."""
DROP = 32.0
"""Log density below the mode from which on nothing is left of the posterior."""


class Wait(NamedTuple):
    """Days after which and by which a wait ended, one day twice if it is known, infinity if it was cut short.

    ``weight`` is how much it counts in the likelihood.
    """

    after: float
    by: float
    weight: float = 1.0


@dataclass(frozen=True)
class WaitPosterior:
    """The posterior of a class's waiting times on a grid, each (cells,): ``weight`` sums to 1.

    ``floor`` is the pace c that all members have, ``shape`` and ``rate`` are those of the Gamma on top of it.  They
    follow from ``points``, (cells, 3): the standardized log of the mean pace, log shape, and probit of c's share of it.
    ``known`` remembers chances and spreads: of the cases that differ in one judgement all ask for the same.
    """

    points: Floats
    floor: Floats
    shape: Floats
    rate: Floats
    weight: Floats
    known: dict[tuple[float, ...], float] = field(default_factory=dict, compare=False, repr=False)

    def __getstate__(self) -> dict[str, object]:
        """Pack a copy of what is remembered, which another thread may be adding to."""
        return {**self.__dict__, "known": dict(self.known)}

    def still_waiting(self, days: float | Floats) -> Floats:
        """Return P(wait > days) in each cell."""
        return np.exp(-self.floor * days - self.shape * np.log1p(days / self.rate))

    def chance(self, within: float, waited: float | Sequence[float] = 0.0) -> float:
        """Return the chance of the step within so many days, for one that has waited so many, or any of several."""
        gone = np.atleast_1d(waited)
        key = float(within), *gone
        if key not in self.known:
            before = sum(self.still_waiting(days) @ self.weight for days in gone)
            after = sum(self.still_waiting(days + within) @ self.weight for days in gone)
            self.known[key] = float(1 - after / before)
        return self.known[key]

    def spread(self, waited: float | Sequence[float] = 0.0) -> float:
        """Return the standard deviation of the log pace of a new member that has waited so long, or as any of several.

        Between members it is that of the log-normal with the same coefficient of variation, which the heavy tail of
        slow members does not rule; what is not known of their mean pace comes on top.
        """
        gone = np.atleast_1d(waited)[:, None]
        key = np.inf, *gone.ravel()
        if key not in self.known:
            weight = self.weight * self.still_waiting(gone)
            weight /= weight.sum()
            mean = self.floor + self.shape / (self.rate + gone)
            between = np.log1p(self.shape / (self.rate + gone) ** 2 / mean**2)
            unsure = (np.log(mean) - (weight * np.log(mean)).sum()) ** 2
            self.known[key] = float(np.sqrt((weight * (between + unsure)).sum()))
        return self.known[key]

    def share(self, days: float, probabilities: tuple[float, ...], waited: float = 0.0) -> tuple[float, ...]:
        """Return quantiles of the share that makes the step within so many days, of those who have waited so many."""
        left = self.still_waiting(waited)
        made = 1 - np.exp(-self.floor * days - self.shape * np.log1p(days / (self.rate + waited)))
        order = np.argsort(made)
        below = np.cumsum((self.weight * left)[order])
        below /= below[-1]
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
    for member, weight in _members(case, reference_class):
        entered, there = (entry(member, process, through, name) for name in (source, state))
        if entered is not None and state in member.reached:
            end = there or (member.followed_until, member.followed_until)
            waits += between(entered, end, weight, made=there is not None)
    return tuple(sorted(waits))


def entry(member: Member, process: Process, through: dict[str, frozenset[str]], state: str) -> Span | None:
    """Return when a member entered a state: no later than any state to which every path leads through it."""
    if state == origin(process):
        return member.began
    if state not in member.reached:
        return None
    known = [span for other in member.reached if state in through.get(other, ()) and (span := member.span(other))]
    if not known:
        return None
    first, last = min(known, key=lambda span: span[::-1])
    own = member.span(state)
    if own is not None and own[0] <= last:
        first = own[0]
    return max(first, member.began[0]), max(last, member.began[0])


def between(entered: Span, left: Span, weight: float, *, made: bool) -> list[Wait]:
    """Return the wait from one day to another, each known within bounds; nothing where it says nothing."""
    after, by = max(0, (left[0] - entered[1]).days), (left[1] - entered[0]).days
    if left[1] < entered[1]:
        return []  # it was there before, by another path
    if not made:
        return [Wait(float(after), np.inf, weight)] if after else []
    return [Wait(float(after), float(max(by, 1)), weight)]


@lru_cache(maxsize=256)
def wait_posterior(waits: tuple[Wait, ...]) -> WaitPosterior:
    """Return the posterior of the waiting times, coarse grids first and then a fine one where there is something."""
    low, high, coarse = np.full(3, -REACH), np.full(3, REACH), (COARSE,) * 3
    everywhere = np.ones(coarse, dtype=bool)
    for _ in range(ROUNDS):
        axes = _axes(low, high, coarse)
        log_density = _log_density(axes, everywhere, waits)
        there = np.nonzero(log_density.reshape(coarse) > log_density.max() - DROP)
        ends = [(axis.ravel()[at.min()], axis.ravel()[at.max()]) for axis, at in zip(axes, there, strict=True)]
        gap, (first, last) = (high - low) / (COARSE - 1), np.transpose(ends)
        low, high = np.maximum(first - gap, -REACH), np.minimum(last + gap, REACH)
    log_density = _log_density(_axes(low, high, coarse), everywhere, waits)
    highest = _highest_around(log_density.reshape(coarse))
    nearest = np.ix_(*(np.rint(np.linspace(0, COARSE - 1, count)).astype(int) for count in POINTS))
    axes, chosen = _axes(low, high, POINTS), highest[nearest] > highest.max() - DROP
    log_density = _log_density(axes, chosen, waits)
    kept = log_density > log_density.max() - DROP
    chosen[chosen] = kept
    weight = np.exp(log_density[kept] - log_density.max())
    floor, shape, rate = _at(_parameters(*axes), chosen)
    points = np.stack(_at(axes, chosen), axis=1)
    return WaitPosterior(points=points, floor=floor, shape=shape, rate=rate, weight=weight / weight.sum())


class Taught(NamedTuple):
    """What the outside view adds to the level of each intensity, and what it multiplies its spread by.

    ``moved`` (width, transition, 1, regime) and ``narrower`` (transition, 1, regime), main regimes alone; ``waits`` are
    those of the class, for each transition that some member of it has made.
    """

    waits: Mapping[Transition, tuple[Wait, ...]]
    moved: Floats
    narrower: Floats

    def by_regime(self, case: Case) -> tuple[Floats, Floats]:
        """Return both for all regimes: what moves a regime moves its phases alike; of occasions nothing is taught."""
        of = [case.main_regimes.index(main_regime(regime)) for regime in case.regimes]
        is_taught = np.array([part_of(regime) not in case.occasion_ids for regime in case.regimes])
        return np.where(is_taught, self.moved[..., of], 0.0), np.where(is_taught, self.narrower[..., of], 1.0)


def levels(case: Case) -> tuple[Floats, Floats] | None:
    """Return what the outside view adds to the level of each intensity, and what it multiplies its spread by.

    Their shapes are (width, transition, 1, regime) and (transition, 1, regime).  None where no class is leaned on.
    """
    taught = teach(case, stated_intensities(case), waits_by_step(case))
    return taught.by_regime(case) if taught else None


def teach(
    case: Case,
    stated: Stated,
    waits: Mapping[Transition, tuple[Wait, ...]],
    like: tuple[Case, Stated, Taught] | None = None,
) -> Taught | None:
    """Return what the outside view does to each intensity; None where there is no class to lean on.

    What was stated and the class are two readings of one log intensity: with sigma^2 the variance of the first (its
    mean over the hypotheses and over the widths that ranges may have) and tau^2 that of a new member of the class, the
    chance at the level moves ``w = sigma^2 / (sigma^2 + tau^2)`` of the way to the class's, on the scale of log hazards
    and within the days for which ours is stated (their geometric mean over hypotheses), and the spread shrinks by
    ``sqrt(1 - w)``.  How far the case may lie apart from the class counts in tau.  So the chance that is used lies
    between the two.  Where the case states w, the spreads stay.

    What the record scores itself, the days since a regime began, is not counted as waiting: the class is taken as it
    was on the day the state was entered, or the regime began.  Transitions of which all this is as in ``like``, a case
    with the same facts, are not worked out again.
    """
    view = case.priors.outside_view
    if view is None or not waits:
        return None
    main = len(case.main_regimes)
    ours, spread, days = (part[..., :main] for part in stated[:3])
    share = weights_of(case)
    moved = np.zeros((len(ours), len(case.transitions), 1, main))
    narrower = np.ones(moved.shape[1:])
    kept = _taught_alike(case, stated, waits, like)
    if like is not None and kept.any():
        moved[:, kept], narrower[kept] = like[2].moved[:, kept], like[2].narrower[kept]
    for row, step in enumerate(case.transitions):
        if step in waits and not kept[row]:
            posterior = wait_posterior(waits[step])
            weight = np.full(main, view.weight, dtype=float)
            if view.weight is None:
                weight = weights_of_class(case, step, posterior, spread[:, row])
                narrower[row, 0] = np.sqrt(1 - weight)
            level, width = mean_pace(ours[:, row], share), np.sqrt(np.einsum("h,khg->kg", share, spread[:, row] ** 2))
            within = np.exp(np.einsum("h,hg->g", share, np.log(days[row])))
            chance, of_class = mean_chance(level + np.log(within), width), class_chances(case, step, posterior, within)
            pooled = (1 - weight) * _log_hazard(chance) + weight * _log_hazard(of_class)
            there = locate(-np.expm1(-np.exp(pooled)), width * narrower[row, 0]) - np.log(within)
            moved[:, row, 0] = there - level
    return Taught(waits, moved, narrower)


def _taught_alike(
    case: Case,
    stated: Stated,
    waits: Mapping[Transition, tuple[Wait, ...]],
    like: tuple[Case, Stated, Taught] | None,
) -> NDArray[np.bool_]:
    """Tell of which transitions (transition,) the outside view does the same as in a case with the same facts."""
    none = np.zeros(len(case.transitions), dtype=bool)
    if like is None or like[2].waits is not waits or like[1].eta.shape != stated.eta.shape:
        return none
    before = like[0].priors
    if (before.outside_view, before.centre_weights) != (case.priors.outside_view, case.priors.centre_weights):
        return none
    alike = np.all([(one == other).all(axis=(0, 2, 3)) for one, other in zip(like[1][:2], stated[:2], strict=True)], 0)
    return np.asarray(alike & (like[1].days == stated.days).all(axis=(1, 2)))


def class_spread(case: Case, step: Transition, posterior: WaitPosterior) -> Floats:
    """Return tau, the spread of the log pace that the class lends this case, from where each regime finds it."""
    view = case.priors.outside_view
    apart = view.apart if view else 0.0
    return np.array(
        [np.hypot(posterior.spread(waited_before(case, step, regime)), apart) for regime in case.main_regimes]
    )


def weights_of_class(case: Case, step: Transition, posterior: WaitPosterior, spread: Floats) -> Floats:
    """Return w of a step, (regime,), from the stated spreads ``spread`` (width, hypothesis, regime)."""
    ours = weights_of(case) @ (spread**2).mean(axis=0)
    return ours / (ours + class_spread(case, step, posterior) ** 2)


def _log_hazard(chance: Floats) -> Floats:
    return np.log(-np.log1p(-chance))


def class_chances(case: Case, step: Transition, posterior: WaitPosterior, days: Floats) -> Floats:
    """Return the class's chance of a step within ``days`` (regime,), from where each regime finds it."""
    waited = [waited_before(case, step, regime) for regime in case.main_regimes]
    return np.array([posterior.chance(within, days_waited) for within, days_waited in zip(days, waited, strict=True)])


def steps_with_class(case: Case) -> tuple[Transition, ...]:
    """Return the transitions that some member of the class leaned on has made; none where nothing is leaned on."""
    return tuple(waits_by_step(case))


def waited_before(case: Case, step: Transition, regime: str) -> tuple[int, ...]:
    """Return for how many days the step's source had been occupied when the record began to score it in the regime.

    That is when the regime began, or later the state was entered, or the process's clock was started anew.  There are
    several numbers where the day on which the state was entered is not known.
    """
    start, waited = case.process(step.process).start.date, []
    for entered in occupied_since(case, step.process, step.source):
        scored = max(entered, start)
        if regime != BEFORE and case.election_eve is not None:
            scored = max(scored, case.election_eve)
        waited.append((scored - entered).days)
    return tuple(waited) or (0,)


def occupied_since(case: Case, process_id: str, state: str) -> tuple[dt.date, ...]:
    """Return the days on which the process may have entered a state, for the last time; none if it has not.

    Also before its clock was started anew.
    """
    path = visits(case, process_id)
    came = [path[0], *(now for was, now in pairwise(path) if was.state != now.state)]  # a clock may be started anew
    entries = [event for event in came if event.state == state]
    if not entries:
        return ()
    entry = entries[-1]
    return tuple(entry.first + dt.timedelta(days=day) for day in range((entry.last - entry.first).days + 1))


def origin(process: Process) -> str:
    """Return the state in which the process began, before its clock was ever started anew."""
    return process.start.passed[0].state if process.start.passed else process.start.state


def waits_by_step(case: Case) -> dict[Transition, tuple[Wait, ...]]:
    """Return how long the class leaned on waited for each transition that some member of it has made."""
    view = case.priors.outside_view
    if view is None or view.weight == 0:
        return {}
    members = _members(case, view.reference_class)
    waits = {
        step: _waits(members, process, step)
        for process in case.processes
        for state in process.states
        for step in process.onward(state)
    }
    return {step: rows for step, rows in waits.items() if any(wait.by < np.inf for wait in rows)}


def _waits(members: tuple[tuple[Member, float], ...], process: Process, step: Transition) -> tuple[Wait, ...]:
    through = _passed(process)
    waits = []
    for member, weight in members:
        if step.target not in member.reached:
            continue
        entered = entry(member, process, through, step.source)
        if entered is None:
            continue
        others = {s.target: entry(member, process, through, s.target) for s in process.onward(step.source)}
        spans = {state: span for state, span in others.items() if span is not None}
        left = min(spans.values(), key=lambda span: span[::-1], default=(member.followed_until, member.followed_until))
        # Of several states entered on one day, the path leads through the one that comes first.
        earlier = [state for state, span in spans.items() if span[1] == left[1] and state != step.target]
        is_first = step.target in spans and spans[step.target][1] == left[1]
        made = is_first and not any(step.target in process.beyond[state] for state in earlier)
        waits += between(entered, spans[step.target] if made else left, weight, made=made)
    return tuple(sorted(waits))


def _members(case: Case, reference_class: str) -> tuple[tuple[Member, float], ...]:
    """Return the members of a class as known at the cut-off, each with its weight."""
    cutoff, view = case.information_cutoff, case.priors.outside_view
    half_life = view.half_life if view else np.inf
    return tuple(
        (member.as_of(cutoff), weight_at(cutoff, member.start, half_life))
        for member in case.reference_class
        if member.reference_class == reference_class and member.start < cutoff
    )


def weight_at(cutoff: dt.date, start: dt.date, half_life: float) -> float:
    """Return how much a member counts that many years after its waiting began; half after ``half_life`` years."""
    return float(0.5 ** ((cutoff - start).days / YEAR / half_life))


def _passed(process: Process) -> dict[str, frozenset[str]]:
    """Return, for each state, the states that every path from the start to it leads through, itself included."""
    first = origin(process)
    passed = {first: frozenset({first})}

    def lead(state: str) -> None:
        for step in process.onward(state):
            here = passed[state] | {step.target}
            known = passed.get(step.target)
            passed[step.target] = here if known is None else known & here
            if passed[step.target] != known:
                lead(step.target)

    lead(first)
    return passed


def _parameters(pace: Floats, shape: Floats, floor: Floats) -> tuple[Floats, Floats, Floats]:
    """Return c, a and b at the standardized log of the mean pace, log shape and probit of the floor's share."""
    mean, alpha = np.exp(PACE_LOG_SD * pace) / PACE_MEDIAN_DAYS, np.exp(SHAPE_LOG_SD * shape)
    return mean * ndtr(floor), alpha, alpha / (mean * ndtr(-floor))


def _axes(low: Floats, high: Floats, counts: tuple[int, ...]) -> tuple[Floats, ...]:
    """Return the axes of an even lattice of standardized parameters, each along its own dimension."""
    lines = [np.linspace(float(a), float(b), count) for a, b, count in zip(low, high, counts, strict=True)]
    return np.ix_(*lines)


def _at(values: Sequence[Floats], chosen: NDArray[np.bool_]) -> list[Floats]:
    """Return what is had along the axes of a lattice at its chosen cells, (cells,) each."""
    return [np.broadcast_to(part, chosen.shape)[chosen] for part in values]


def _highest_around(cube: Floats) -> Floats:
    """Return the highest value at each place of a cube and its neighbours."""
    for axis in range(cube.ndim):
        along = np.moveaxis(cube, axis, 0)
        highest = along.copy()
        highest[1:] = np.maximum(highest[1:], along[:-1])
        highest[:-1] = np.maximum(highest[:-1], along[1:])
        cube = np.moveaxis(highest, 0, axis)
    return cube


def _log_density(axes: tuple[Floats, ...], chosen: NDArray[np.bool_], waits: tuple[Wait, ...]) -> Floats:
    """Return the log posterior density at chosen cells of a lattice, (cells,), up to a constant."""
    pace, shape, floor = axes
    c, a, b, prior = _at([*_parameters(*axes), (pace**2 + shape**2 + floor**2) / 2], chosen)
    return _log_likelihood(c, a, b, waits) - prior


def _log_likelihood(floor: Floats, shape: Floats, rate: Floats, waits: tuple[Wait, ...]) -> Floats:
    """Return the log likelihood of waits at c, a and b, (cells,)."""
    waited: dict[float, float] = defaultdict(float)
    ended: dict[float, float] = defaultdict(float)
    between: list[tuple[float, float, float]] = []
    for wait, weight in _totals(waits).items():
        if wait.after < wait.by < np.inf:  # P(wait > after) - P(wait > by)
            between.append((wait.after, wait.by - wait.after, weight))
        elif wait.after == wait.by:
            ended[wait.after] += weight
        waited[wait.after] += weight
    days, weights = np.array([*waited.items()]).reshape(-1, 2).T
    ends, of_ends = np.array([*ended.items()]).reshape(-1, 2).T
    after, length, of_length = np.array(between).reshape(-1, 3).T
    total = -floor * (weights @ days)
    size = -(-TOGETHER // max(days.size, 1))
    for first in range(0, floor.size, size):
        c, a, b = (part[first : first + size] for part in (floor, shape, rate))
        here = total[first : first + size]
        here -= a * (weights @ np.log1p(days[:, None] / b))
        here += of_ends @ np.log(c + a / (b + ends[:, None]))
        within = a * np.log1p(length[:, None] / (b + after[:, None])) + c * length[:, None]
        here += of_length @ np.log(-np.expm1(-within))
    return total


def _totals(waits: tuple[Wait, ...]) -> dict[Wait, float]:
    """Return the total weight of equal waits."""
    totals: dict[Wait, float] = defaultdict(float)
    for after, by, weight in (Wait(*wait) for wait in waits):  # a plain pair counts once
        totals[Wait(after, by)] += weight
    return totals
