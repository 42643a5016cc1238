"""The waits of a reference class in the PyMC model, and the level of the intensities they speak for.

Waits are exponential, at a pace that all members have and one of each member's own on top of it, Gamma distributed and
integrated out.  Only steps that some member made have a class.  The level is a number the model is given, worked out
here by quadrature along the axes of the posterior's curvature at its mode: what happens in the case does not teach the
class.

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
from scipy.special import ndtr

from detente.case.election import BEFORE
from detente.case.phases import main_regime, part_of
from detente.case.processes import Event
from detente.case.reference_class import PACE_LOG_SD, PACE_MEDIAN_DAYS, SHAPE_LOG_SD
from detente.elicitation import log_intensity, log_normal_chance, log_normal_location, widths_of
from detente.graph.data import shares

if TYPE_CHECKING:
    import datetime as dt

    from detente.arrays import Floats, Integers
    from detente.case.processes import Process, Transition
    from detente.case.reference_class import Member
    from detente.case.schema import Case

    Nodes = tuple[Floats, Floats, Floats, Floats]
    """Points of the posterior: the pace all members have, shape and rate of the Gamma on top of it, and the weight."""

NODES, COARSE, REACH, STEP, AGAIN = 45, 23, 20.0, 1e-3, 2
"""Points along each axis at the end and before, their reach in standard deviations, the step of the second differences
at the mode, and how often the axes are laid again."""
TOGETHER = 4096
"""Points at which the density is worked out at once: so few stay in the processor's cache."""
DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class ClassData:
    """The waits of the class that is leaned on.

    ``steps`` are the transitions that members made.  Of each wait, (wait,): ``days`` that it lasted at least; ``made``,
    1 where it ended in the step on that day; ``more``, within how many further days it ended, 0 where that day is known
    or it was cut short; ``weight``, how much it counts; and ``step``, an index into ``steps``.
    """

    steps: tuple[str, ...]
    days: Floats
    made: Floats
    more: Floats
    weight: Floats
    step: Integers


def class_data(case: Case) -> ClassData:
    """Collect the waits of the members of ``case``'s class; empty where there is none to lean on."""
    view = case.priors.outside_view
    rows: dict[str, list[tuple[int, bool, int, float]]] = {step.id: [] for step in case.transitions}
    if view is not None and view.weight != 0:
        for member in case.reference_class:
            if member.reference_class == view.reference_class and member.start < case.information_cutoff:
                age = (case.information_cutoff - member.start).days / DAYS_A_YEAR
                weight = float(np.exp2(-age / view.half_life))
                for process in case.processes:
                    for step, days, made, more in _sojourns(member.as_of(case.information_cutoff), process):
                        rows[step.id].append((days, made, more, weight))
    kept = {step: waits for step, waits in rows.items() if any(made or more for _, made, more, _ in waits)}
    flat = [(*wait, index) for index, waits in enumerate(kept.values()) for wait in waits]
    table = np.array(flat, dtype=float).reshape(-1, 5)
    lasted, ended, further, counts, place = table.T
    return ClassData(tuple(kept), lasted, ended, further, counts, place.astype(np.int64))


def add_class(data: ClassData) -> None:
    """Add the class to the model in whose context this is called: its three parameters, each (class_step,)."""
    # How fast its members are on average, how alike, and how much of the pace all have; all standard normal.
    pace, shape, floor = (pm.Normal(f"class_{name}", 0, 1, dims="class_step") for name in ("pace", "shape", "floor"))
    step = pm.Data("class_wait_step", data.step, dims="class_wait")
    days, made, more, weight = (
        pm.Data(f"class_{name}", getattr(data, name), dims="class_wait") for name in ("days", "made", "more", "weight")
    )
    alpha, mean = pt.exp(SHAPE_LOG_SD * shape)[step], (pt.exp(PACE_LOG_SD * pace) / PACE_MEDIAN_DAYS)[step]
    least, own = mean * _normal_below(floor)[step], mean * _normal_below(-floor)[step]
    rate = alpha / own
    waits = made * pt.log(least + alpha / (rate + days)) - least * days - alpha * pt.log1p(days / rate)
    # Of one that ended within some more days: that it did, given that it had lasted so long.
    some = pt.switch(more > 0, more, 1.0)
    further = least * some + alpha * pt.log1p(some / (rate + days))
    waits += pt.switch(more > 0, pt.log(-pt.expm1(-further)), 0.0)
    pm.Potential("class_waits", (weight * waits).sum())


def moved_levels(case: Case) -> tuple[Floats, Floats] | None:
    """Return what the class adds to each log intensity and what it multiplies its spread by; None without a class.

    Shapes (width, transition, 1, regime) and (transition, 1, regime).
    """
    data, view = class_data(case), case.priors.outside_view
    if view is None or not data.steps:
        return None
    hypotheses, share, widths = case.hypothesis_ids, shares(case), widths_of(case)
    added = np.zeros((widths.deviations.size, len(case.transitions), 1, len(case.regimes)))
    factor = np.ones(added.shape[1:])
    for row, step in enumerate(case.transitions):
        if step.id not in data.steps:
            continue
        mine = data.step == data.steps.index(step.id)
        columns = (data.days, data.made, data.more, data.weight)
        nodes = _posterior_nodes(*(tuple(map(float, column[mine])) for column in columns))
        for column, name in enumerate(case.regimes):
            if part_of(name) in case.occasion_ids:
                continue  # the class does not speak of occasions
            regime = main_regime(name)  # its phases are moved as the regime is
            already = np.array(_days_before(case, step, regime))[:, None]
            stated = [(part, case.intensity(step, h, regime)) for part, h in zip(share, hypotheses, strict=True)]
            within = np.exp(np.sum([part * np.log(one.within_days) for part, one in stated]))
            read = [(part, *log_intensity([one], np.array([one.within_days / within]), widths)) for part, one in stated]
            ours = np.log(np.sum([part * np.exp(location[:, 0]) for part, location, _ in read], axis=0))
            variance = np.sum([part * spread[:, 0] ** 2 for part, _, spread in read], axis=0)
            lean = view.weight
            living, after = (_still_waiting(nodes, days) for days in (already, already + float(within)))
            if lean is None:
                tau = (_width(nodes, already, living) ** 2 + view.apart**2) ** 0.5
                lean = float(variance.mean() / (variance.mean() + tau**2))
                factor[row, 0, column] = (1 - lean) ** 0.5
            of_class = 1 - after.sum() / living.sum()
            hazards = [np.log(-np.log1p(-chance)) for chance in (log_normal_chance(ours, variance**0.5), of_class)]
            pooled = -np.expm1(-np.exp((1 - lean) * hazards[0] + lean * hazards[1]))
            there = log_normal_location(pooled, variance**0.5 * factor[row, 0, column])
            added[:, row, 0, column] = there - ours
    return added, factor


def _still_waiting(nodes: Nodes, days: Floats | Integers) -> Floats:
    """Return what the nodes weigh by members that have waited so long, (days, 1) by node."""
    least, alpha, rate, weight = nodes
    return np.asarray(weight * (np.exp(-least * days) * (1 + days / rate) ** -alpha))


def _natural(pace: Floats, shape: Floats, floor: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the pace all members have, and the shape and the rate of the Gamma on top of it."""
    alpha, mean = np.exp(SHAPE_LOG_SD * shape), np.exp(PACE_LOG_SD * pace) / PACE_MEDIAN_DAYS
    return mean * ndtr(floor), alpha, alpha / (mean * ndtr(-floor))


def _normal_below(x: pt.TensorVariable) -> pt.TensorVariable:
    return pt.erfc(-x / np.sqrt(2)) / 2


def _width(nodes: Nodes, already: Integers, living: Floats) -> float:
    """Return the standard deviation of the log pace of a member that waited so long, (days, 1) each as likely.

    A member's is that of the log-normal as uneven as its Gamma; the variance of the log mean over the nodes is added.
    """
    least, alpha, rate, _ = nodes
    living = living / living.sum()
    own = alpha / (rate + already)
    unevenness = np.log1p(own**2 / alpha / (least + own) ** 2)
    level = np.log(least + own)
    middle = (living * level).sum()
    return float(np.sqrt((living * (unevenness + level**2)).sum() - middle**2))


@lru_cache(maxsize=256)
def _posterior_nodes(
    days: tuple[float, ...], made: tuple[float, ...], more: tuple[float, ...], counts: tuple[float, ...]
) -> Nodes:
    """Return nodes of the posterior; replicates share one class."""

    def log_density(point: Floats) -> Floats:
        least, alpha, rate = _natural(*point)
        total = -0.5 * (point**2).sum(axis=0)
        for lasted, ended, further, count in zip(days, made, more, counts, strict=True):
            waits = -least * lasted - alpha * np.log1p(lasted / rate)
            if ended:
                waits = waits + np.log(least + alpha / (rate + lasted))
            if further:
                waits = waits + np.log(-np.expm1(-least * further - alpha * np.log1p(further / (rate + lasted))))
            total = total + count * waits
        return total

    mode = minimize(lambda point: -log_density(point), np.zeros(3), method="BFGS").x
    steps = STEP * np.eye(3)
    curvature = np.empty((3, 3))
    for i, j in np.ndindex(3, 3):
        corners = [mode + a * steps[i] + b * steps[j] for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
        near = [log_density(corner) for corner in corners]
        curvature[i, j] = -(near[0] - near[1] - near[2] + near[3]) / (4 * STEP**2)
    root = np.linalg.inv(np.linalg.cholesky(curvature)).T

    def weigh(center: Floats, root: Floats, count: int) -> tuple[Floats, Floats]:
        # Closer together near the center than in the tails, which short waits make long.
        even = np.linspace(-np.arcsinh(REACH), np.arcsinh(REACH), count)
        lines = np.sinh(even), np.log(np.cosh(even))
        place, apart = (np.array(np.meshgrid(line, line, line)).reshape(3, -1) for line in lines)
        at = center[:, None] + root @ place
        parts = np.array_split(at, 1 + count**3 // TOGETHER, axis=1)
        log_weight = np.concatenate([log_density(part) for part in parts]) + apart.sum(axis=0)
        weight = np.exp(log_weight - log_weight.max())
        return at, weight / weight.sum()

    at, weight = weigh(mode, root, COARSE)
    for count in (*[COARSE] * (AGAIN - 1), NODES):
        center = at @ weight
        off = at - center[:, None]
        at, weight = weigh(center, np.linalg.cholesky((weight * off) @ off.T), count)
    return (*_natural(*at), weight)


def _days_before(case: Case, step: Transition, regime: str) -> list[int]:
    """Return the days spent in the step's source when the record began to score them in the regime.

    One number, or those of each day on which the source may have been entered.
    """
    start = case.process(step.process).start
    # A clock that was started anew goes on in the state that it was in.
    begun = (Event(date=start.date, process=step.process, state=start.state),)
    path = [*start.passed, *(begun if not start.passed else ()), *case.history(step.process)]
    arrivals = [(event.first.toordinal(), event.last.toordinal()) for event in path if event.state == step.source]
    if not arrivals:
        return [0]
    begins = start.date.toordinal()
    if regime != BEFORE and case.voting_day is not None:
        begins = max(begins, case.voting_day.toordinal() - 1)
    first, last = arrivals[-1]
    return [max(begins - day, 0) for day in range(first, last + 1)]


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
        onward = [step for step in process.onward(state) if step.target in member.reached]
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
        return member.began
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
    return max(member.began[0], first), max(member.began[0], latest[soonest])


def _reachable(process: Process, avoided: str) -> set[str]:
    """Return the states that can be reached from the start without passing through one of them."""
    reached, queue = {_began(process)}, [_began(process)]
    for here in queue:
        for step in process.onward(here):
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
    for step in (step for step in process.transitions if step not in process.returns):
        sorter.add(step.target, step.source)
    return list(sorter.static_order())
