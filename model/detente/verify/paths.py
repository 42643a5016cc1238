"""Simulated paths of a case's processes, one jump at a time: the recorded past, and a future to be forecast.

Paths run in continuous time, in which a day ends at its own number; the record keeps the nearest whole day in the same
regime.  With an intensity of
``lambda`` a day, the model's likelihood of such a record is accurate to the order of ``lambda / 4`` in the first and
last half day of a regime, and of ``lambda^2`` elsewhere.

References
----------
Gillespie, D. T. (1977), Exact stochastic simulation of coupled chemical reactions.  J. Physical Chemistry 81.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from detente.case.election import BEFORE, ELECTION, after
from detente.case.processes import Event
from detente.case.windows import occurrence
from detente.verify.likelihood import multiplier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from detente.case.processes import Transition
    from detente.case.schema import Case

    Floats = NDArray[np.float64]

CLAIM = "simulated"


def simulate_record(case: Case, intensity: Callable[[Case], Floats], hypothesis: int, rng: np.random.Generator) -> Case:
    """Return ``case`` with the record of its processes simulated up to the cut-off; the winner stays as recorded.

    ``intensity`` returns the log intensities, (transition, hypothesis, regime), given the record so far: where a
    reference class is used, the intensity after the election depends on how long a state had been occupied.
    """
    cutoff = case.information_cutoff
    decided = tuple(event for event in case.events if event.process == ELECTION)
    recorded = {(event.process, event.state): event for event in case.events if event.process != ELECTION}
    case = case.changed(events=decided)
    if not case.processes:
        return case
    eve = case.election_eve or dt.date.max
    state = {process.id: process.start.state for process in case.processes}
    first = min(process.start.date for process in case.processes)
    spans = [(BEFORE, first, min(cutoff, eve), first)]
    if eve < cutoff and case.winner:
        start = max(first, eve)
        spans.append((after(case.winner), start, cutoff, max(first, start + dt.timedelta(days=1))))
    for regime, start, end, earliest in spans:
        rates = np.exp(intensity(case)[:, hypothesis, case.regimes.index(regime)])
        jumps = run(case, rates, state, float(start.toordinal()), float(end.toordinal()), rng)
        days = (min(max(round(time), earliest.toordinal()), end.toordinal()) for time, _ in jumps)
        events = tuple(
            _event(step, dt.date.fromordinal(day), recorded.get((step.process, step.target)), cutoff)
            for day, (_, step) in zip(days, jumps, strict=True)
        )
        case = case.changed(events=(*case.events, *events))
    return case


def simulate_future(case: Case, log_intensity: Floats, winner: str, rng: np.random.Generator) -> Mapping[str, float]:
    """Return when each outcome occurs by the horizon, in days as of :meth:`datetime.date.toordinal`.

    Minus infinity if it has occurred already, infinity if it does not; ``log_intensity`` is (transition, regime).
    """
    cutoff, horizon = case.information_cutoff.toordinal(), float(case.horizon.toordinal())
    eve = float(case.election_eve.toordinal()) if case.election_eve else None
    state = {process.id: case.state(process.id) for process in case.processes}
    visited = {
        (outcome.process, outcome.state): -np.inf for outcome in case.outcomes if occurrence(case, outcome) is not None
    }
    spans = [(BEFORE, float(cutoff), horizon)]
    if eve is not None:
        spans = [(BEFORE, float(cutoff), min(eve, horizon)), (after(winner), max(eve, cutoff), horizon)]
    for regime, start, end in spans:
        if start < end:
            rates = np.exp(log_intensity[:, case.regimes.index(regime)])
            for time, step in run(case, rates, state, start, end, rng):
                visited.setdefault((step.process, step.target), time)
    return {outcome.id: visited.get((outcome.process, outcome.state), np.inf) for outcome in case.outcomes}


def run(
    case: Case, rates: Floats, state: dict[str, str], start: float, end: float, rng: np.random.Generator
) -> list[tuple[float, Transition]]:
    """Run all processes from ``start`` to ``end`` in days, updating ``state``; return the jumps with their times.

    ``rates`` (transition,) are per day.  A process that has not begun waits for its first day.
    """
    begun = {process.id: float(process.start.date.toordinal()) for process in case.processes}
    jumps, time = [], start
    while time < end:
        stop = min([end, *(day for day in begun.values() if day > time)])
        active = [
            (step, float(rates[row]) * multiplier(case, step, state))
            for row, step in enumerate(case.transitions)
            if state[step.process] == step.source and begun[step.process] <= time
        ]
        total = sum(rate for _, rate in active)
        wait = rng.exponential() / total if total > 0 else np.inf
        if time + wait >= stop:
            time = stop
            continue
        time += wait
        edge = rng.random() * total
        step = active[-1][0]
        for candidate, rate in active:
            edge -= rate
            if edge < 0:
                step = candidate
                break
        state[step.process] = step.target
        jumps.append((time, step))
    return jumps


def _event(step: Transition, day: dt.date, recorded: Event | None, cutoff: dt.date) -> Event:
    """Return a step of a day; if its like is recorded by month or year, so is it, and nothing else is known of it."""
    event = Event(date=day, process=step.process, state=step.target, source=CLAIM, claim=CLAIM)
    if recorded is None or recorded.has_day:
        return event
    return event.model_copy(update={"precision": recorded.precision, "known_from": cutoff})
