"""Simulated paths of a case's processes, one jump at a time: the recorded past, and a future to be forecast.

Paths run in continuous time, in which a day ends at its own number; the record keeps the nearest whole day in the same
regime and phase, and an occasion moves a process at the end of its day.  With an intensity of
``lambda`` a day, the model's likelihood of such a record is accurate to the order of ``lambda / 4`` in the first and
last half day of a regime, and of ``lambda^2`` elsewhere.

References
----------
Gillespie, D. T. (1977), Exact stochastic simulation of coupled chemical reactions.  J. Physical Chemistry 81.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from detente.case.election import BEFORE, ELECTION, after
from detente.case.processes import Event, Transition
from detente.case.windows import occurrence
from detente.verify.tally import multiplier

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from detente.arrays import Floats
    from detente.case.schema import Case


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
        rates = np.exp(intensity(case)[:, hypothesis])
        events: list[Event] = []
        for first_day, last_day in _legs(case, start.toordinal(), end.toordinal()):
            jumps = _run_leg(case, rates, regime, state, (first_day, last_day), rng)
            least = max(earliest.toordinal(), first_day + (first_day > start.toordinal()))
            days = [min(max(round(time), least), last_day) for time, _ in jumps]
            events += [
                _event(step, dt.date.fromordinal(day), recorded.get((step.process, step.target)), cutoff)
                for day, (_, step) in zip(days, jumps, strict=True)
            ]
        case = case.changed(events=(*case.events, *events))
    return case


class SimulatedFuture(NamedTuple):
    """A simulated future: when each outcome first occurs, and the state of each process at the end of some days.

    Times are in days as of :meth:`datetime.date.toordinal`: minus infinity where an outcome has occurred already,
    infinity where it does not by the horizon.
    """

    first: Mapping[str, float]
    states: Mapping[dt.date, Mapping[str, str]]


def simulate_future(
    case: Case, log_intensity: Floats, winner: str, ask: Collection[dt.date], rng: np.random.Generator
) -> SimulatedFuture:
    """Simulate the time up to the horizon; ``log_intensity`` is (transition, regime), ``ask`` days to keep."""
    cutoff, horizon = case.information_cutoff.toordinal(), float(case.horizon.toordinal())
    eve = float(case.election_eve.toordinal()) if case.election_eve else None
    state = {process.id: case.state(process.id) for process in case.processes}
    visited = {
        (outcome.process, outcome.state): -np.inf for outcome in case.outcomes if occurrence(case, outcome) is not None
    }
    states: dict[dt.date, dict[str, str]] = {}
    spans = [(BEFORE, float(cutoff), horizon)]
    if eve is not None:
        spans = [(BEFORE, float(cutoff), min(eve, horizon)), (after(winner), max(eve, cutoff), horizon)]
    for regime, start, end in spans:
        if start < end:
            for leg in _legs(case, int(start), int(end), [day.toordinal() for day in ask]):
                for time, step in _run_leg(case, np.exp(log_intensity), regime, state, leg, rng):
                    visited.setdefault((step.process, step.target), time)
                states[dt.date.fromordinal(leg[1])] = dict(state)
    first = {outcome.id: visited.get((outcome.process, outcome.state), np.inf) for outcome in case.outcomes}
    return SimulatedFuture(first, {day: states.get(day, {}) for day in ask})


def _legs(case: Case, start: int, end: int, more: Collection[int] = ()) -> list[tuple[int, int]]:
    """Cut the days after ``start`` up to ``end`` by phases, before and after each occasion, and at some more."""
    if start >= end:
        return []
    named = [case.days_of(name) for name in (*(one.id for one in case.phases), *case.occasion_ids)]
    cuts = {*more} | {edge for span in named if span for edge in (span[0].toordinal() - 1, span[1].toordinal())}
    return list(pairwise(sorted({start, end} | {edge for edge in cuts if start < edge < end})))


def _run_leg(
    case: Case, rates: Floats, regime: str, state: dict[str, str], leg: tuple[int, int], rng: np.random.Generator
) -> list[tuple[float, Transition]]:
    """Run all processes over days of one pace, and over the occasions of the last; ``rates`` (transition, regime)."""
    column = {name: place for place, name in enumerate(case.regimes)}
    day, pace = dt.date.fromordinal(leg[1]), np.zeros(len(rates))
    for row, step in enumerate(case.transitions):
        stated = case.pace_on(step, regime, day)
        pace[row] = 0.0 if stated is None else rates[row, column[stated]]
    jumps = run(case, pace, state, float(leg[0]), float(leg[1]), rng)
    for process in case.processes:
        for row, step in enumerate(case.transitions):
            stated = case.occasion_on(step, regime, day)
            if stated is None or step.process != process.id or state[process.id] != step.source:
                continue
            if process.start.date < day and rng.random() < -np.expm1(
                -rates[row, column[stated]] * multiplier(case, step, state)
            ):
                state[process.id] = step.target
                jumps.append((float(leg[1]), step))
                break
    return jumps


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
    return event.changed(precision=recorded.precision, known_from=cutoff)
