"""The waits of a reference class in the PyMC model, and the level of the intensities they speak for.

Waits are exponential, with a pace of each member's own that is Gamma distributed and integrated out (Lomax).  Only
steps that some member made have a class.  The level is a number the model is given, worked out here by quadrature along
the axes of the posterior's curvature at its mode: what happens in the case does not teach the class.

References
----------
Clayton, D. G. (1978), A model for association in bivariate life tables.  Biometrika 65 (Gamma frailty).
Tierney, L. and Kadane, J. B. (1986), Accurate approximations for posterior moments and marginal densities.  JASA 81
(whose curvature at the mode sets the scale here).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from scipy.optimize import minimize

from detente.case.election import BEFORE
from detente.case.reference_class import PACE_LOG_SD, PACE_MEDIAN_DAYS, SHAPE_LOG_SD
from detente.elicitation import log_intensity, log_normal_location, widths_of

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from detente.case.intensities import Intensity
    from detente.case.processes import Process, Transition
    from detente.case.reference_class import Member
    from detente.case.schema import Case
    from detente.elicitation import Widths

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

NODES, REACH, STEP, AGAIN = 181, 14.0, 1e-3, 2
"""Points along each axis, their reach in standard deviations, the step of the second differences at the mode, and how
often the axes are laid again."""


@dataclass(frozen=True)
class ClassData:
    """The waits of the class that is leaned on.

    ``steps`` are the transitions that members made.  Of each wait, (wait,): ``days`` that it lasted at least; ``made``,
    1 where it ended in the step on that day; ``more``, within how many further days it ended, 0 where that day is known
    or it was cut short; and ``step``, an index into ``steps``.
    """

    steps: tuple[str, ...]
    days: Floats
    made: Floats
    more: Floats
    step: Integers


def class_data(case: Case) -> ClassData:
    """Collect the waits of the members of ``case``'s class; empty where there is none to lean on."""
    view = case.priors.outside_view
    rows: dict[str, list[tuple[int, bool, int]]] = {step.id: [] for step in case.transitions}
    if view is not None and view.weight > 0:
        for member in case.reference_class:
            if member.reference_class == view.reference_class and member.start < case.information_cutoff:
                for process in case.processes:
                    for step, days, made, more in _sojourns(member.as_of(case.information_cutoff), process):
                        rows[step.id].append((days, made, more))
    kept = {step: waits for step, waits in rows.items() if any(made or more for _, made, more in waits)}
    flat = [(*wait, index) for index, waits in enumerate(kept.values()) for wait in waits]
    table = np.array(flat, dtype=float).reshape(-1, 4)
    return ClassData(tuple(kept), table[:, 0], table[:, 1], table[:, 2], step=table[:, 3].astype(np.int64))


def add_class(data: ClassData) -> None:
    """Add the class to the model in whose context this is called: ``class_pace`` and ``class_shape`` (class_step)."""
    # How fast its members are on average, and how alike; both standard normal on their own scales.
    pace = pm.Normal("class_pace", 0, 1, dims="class_step")
    shape = pm.Normal("class_shape", 0, 1, dims="class_step")
    step = pm.Data("class_wait_step", data.step, dims="class_wait")
    days, made, more = (
        pm.Data(f"class_{name}", getattr(data, name), dims="class_wait") for name in ("days", "made", "more")
    )
    log_shape = (SHAPE_LOG_SD * shape)[step]
    log_rate = log_shape + np.log(PACE_MEDIAN_DAYS) - (PACE_LOG_SD * pace)[step]
    longer = pt.log1p(days / pt.exp(log_rate))
    waits = made * (log_shape - log_rate - longer) - pt.exp(log_shape) * longer
    # Of one that ended within some more days: that it did, given that it had lasted so long.
    further = pt.exp(log_shape) * pt.log1p(pt.switch(more > 0, more, 1.0) / (pt.exp(log_rate) + days))
    pm.Potential("class_waits", (waits + pt.switch(more > 0, pt.log(-pt.expm1(-further)), 0.0)).sum())


def moved_levels(case: Case) -> Floats | None:
    """Return what the class adds to each log intensity, (width, transition, 1, regime); None without a class."""
    data, view = class_data(case), case.priors.outside_view
    if view is None or not data.steps:
        return None
    regimes, hypotheses, share = case.regimes, case.hypothesis_ids, case.priors.centre_weights
    widths = widths_of(case)
    added = np.zeros((widths.deviations.size, len(case.transitions), 1, len(regimes)))
    for row, step in enumerate(case.transitions):
        if step.id not in data.steps:
            continue
        mine = data.step == data.steps.index(step.id)
        nodes = _posterior_nodes(tuple(data.days[mine]), tuple(data.made[mine]), tuple(data.more[mine]))
        for column, regime in enumerate(regimes):
            already = _days_before(case, step, regime)
            gaps = [share[h] * _gap(case.intensity(step, h, regime), nodes, already, widths) for h in hypotheses]
            added[:, row, 0, column] = view.weight * np.sum(gaps, axis=0) / sum(share.values())
    return added


def chance_at(draws: tuple[Floats, Floats], within: float, waited: float) -> tuple[Floats, Floats]:
    """Return P(wait > waited) and P(wait > waited + within) at draws of ``class_pace`` and ``class_shape``."""
    alpha = np.exp(SHAPE_LOG_SD * draws[1])
    rate = alpha * PACE_MEDIAN_DAYS / np.exp(PACE_LOG_SD * draws[0])
    return (1 + waited / rate) ** -alpha, (1 + (waited + within) / rate) ** -alpha


def _gap(stated: Intensity, nodes: tuple[Floats, Floats, Floats], already: int, widths: Widths) -> Floats:
    """Return how far the log intensity that has the class's chance, as unsure as ours, lies above it, (width,)."""
    pace, shape, weight = nodes
    before, after = chance_at((pace, shape), stated.within_days, already)
    of_class = 1 - (weight * after).sum() / (weight * before).sum()
    ours, spread = log_intensity([stated], np.ones(1), widths)
    return log_normal_location(np.full(spread.shape[0], of_class), spread[:, 0]) - ours[:, 0]


@lru_cache(maxsize=256)
def _posterior_nodes(
    days: tuple[float, ...], made: tuple[float, ...], more: tuple[float, ...]
) -> tuple[Floats, Floats, Floats]:
    """Return nodes of standardized pace and shape, and their posterior weights; replicates share one class."""

    def log_density(point: Floats) -> Floats:
        pace, shape = point[0], point[1]
        log_shape = SHAPE_LOG_SD * shape
        log_rate = log_shape + np.log(PACE_MEDIAN_DAYS) - PACE_LOG_SD * pace
        longer = np.log1p(np.multiply.outer(np.array(days), np.exp(-log_rate)))
        hazard = np.tensordot(np.array(made), log_shape - log_rate - longer, axes=1)
        stays = np.exp(log_shape) * longer.sum(axis=0)
        for lasted, further in ((d, m) for d, m in zip(days, more, strict=True) if m > 0):
            hazard = hazard + np.log(-np.expm1(-np.exp(log_shape) * np.log1p(further / (np.exp(log_rate) + lasted))))
        return hazard - stays - 0.5 * (pace**2 + shape**2)

    mode = minimize(lambda point: -log_density(point), np.zeros(2), method="BFGS").x
    corners = STEP * np.array([[1.0, 1, -1, -1, 1, -1, 0, 0, 0], [1, -1, 1, -1, 0, 0, 1, -1, 0]])
    near = log_density(mode[:, None] + corners)
    across = (near[0] - near[1] - near[2] + near[3]) / 4
    curvature = -np.array([[near[4] + near[5] - 2 * near[8], across], [across, near[6] + near[7] - 2 * near[8]]])
    root = np.linalg.inv(np.linalg.cholesky(curvature / STEP**2)).T
    line = np.linspace(-REACH, REACH, NODES)
    square = np.array(np.meshgrid(line, line)).reshape(2, -1)

    def weigh(center: Floats, root: Floats) -> tuple[Floats, Floats]:
        at = center[:, None] + root @ square
        log_weight = log_density(at)
        weight = np.exp(log_weight - log_weight.max())
        return at, weight / weight.sum()

    at, weight = weigh(mode, root)
    for _ in range(AGAIN):  # short waits give the posterior a long tail: lay the axes along what it spreads over
        center = at @ weight
        off = at - center[:, None]
        at, weight = weigh(center, np.linalg.cholesky((weight * off) @ off.T))
    return at[0], at[1], weight


def _days_before(case: Case, step: Transition, regime: str) -> int:
    """Return the days spent in the step's source when the record began to score them in the regime."""
    start = case.process(step.process).start
    arrivals = [event.date for event in (*start.passed, *case.history(step.process)) if event.state == step.source]
    arrivals += [start.date] * (start.state == step.source)
    if not arrivals:
        return 0
    since = min(arrivals).toordinal()
    begins = [since, start.date.toordinal()]
    if regime != BEFORE and case.voting_day is not None:
        begins.append(case.voting_day.toordinal() - 1)
    return max(begins) - since


def _sojourns(member: Member, process: Process) -> list[tuple[Transition, int, bool, int]]:
    """Follow a member through a process: each step it waited for, for how many days, whether it was made then.

    The last number says within how many more days it was made, where its day is not known exactly.  The states a member
    is known to have been in are taken in order of the last day on which they may have been entered, and on one day in
    the order of the process.  What was entered and left on one day was waited in for less than a day.
    """
    order = _in_order(process)
    dates = {state: days for state in order if (days := _arrival(member, process, state)) is not None}
    visited = sorted(dates, key=lambda state: (dates[state][-1], order.index(state)))
    sojourns = []
    for place, state in enumerate(visited):
        onward = [step for step in process.successors(state) if step.target in member.reached]
        targets = {step.target for step in onward}
        if targets & set(visited[:place]):
            continue
        following = next((later for later in visited[place:] if later in targets), None)
        end = dates[following] if following else (member.followed_until,) * 2
        least = max((end[0] - dates[state][-1]).days, 0)
        more = max((end[-1] - dates[state][0]).days, 1) - least
        for step in onward:
            made = step.target == following
            if made or least > 0:
                sojourns.append((step, least, made and more == 0, more if made else 0))
    return sojourns


def _arrival(member: Member, process: Process, state: str) -> tuple[dt.date, dt.date] | None:
    """Return between which days a member first was in a state, or in one that cannot be reached without it."""
    if state == _began(process):
        return member.start, member.start
    if state not in member.reached:
        return None
    without = _reachable(process, state)
    elsewhere = {other for other in process.states if other not in without}
    latest = {other: day for other, day in member.reached.items() if day and other in elsewhere}
    if not latest:
        return None
    soonest = min(latest, key=lambda other: (latest[other], member.earliest.get(other, latest[other])))
    first = member.earliest.get(soonest, latest[soonest])
    if state in latest and (own := member.earliest.get(state, latest[state])) <= latest[soonest]:
        first = own
    return max(member.start, first), max(member.start, latest[soonest])


def _reachable(process: Process, avoided: str) -> set[str]:
    """Return the states that can be reached from the start without passing through one of them."""
    reached, queue = {_began(process)}, [_began(process)]
    for here in queue:
        for step in process.successors(here):
            if step.target != avoided and step.target not in reached:
                reached.add(step.target)
                queue.append(step.target)
    return reached


def _began(process: Process) -> str:
    """Return the state of the process's first day; a clock that was started anew remembers what it passed."""
    return [*(event.state for event in process.start.passed), process.start.state][0]


def _in_order(process: Process) -> list[str]:
    """Return the states so that each comes after those that lead to it."""
    sorter: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(process.states, ()))
    for step in process.transitions:
        sorter.add(step.target, step.source)
    return list(sorter.static_order())
