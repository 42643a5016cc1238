"""How long the members of a reference class waited for the steps of a case's processes, each with its weight.

A wait begins with the entry into a step's source and ends with the step, or with what happened instead; one that goes
on is cut short where the member was last followed.  Days known by month or year give waits known within bounds.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from detente.exact.waiting import Wait

if TYPE_CHECKING:
    from detente.case.processes import Process, Transition
    from detente.case.reference_class import Member
    from detente.case.schema import Case

type Span = tuple[dt.date, dt.date]
"""The first and the last day on which something may have happened."""

type Entered = list[tuple[Member, float, dict[str, Span | None]]]
"""The members of a class, each with its weight and when it entered each state of a process."""

YEAR = 365.25


def class_waits(case: Case, step: Transition, reference_class: str) -> tuple[Wait, ...]:
    """Return how long the members of a class waited in the step's source until they made it, or did something else.

    A wait of no days ended within one; one whose days are known by month or year ended between two of them.
    """
    process = case.process(step.process)
    return _waits(_entered(_members(case, reference_class), process), process, step)


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


def waits_by_step(case: Case) -> dict[Transition, tuple[Wait, ...]]:
    """Return how long the class leaned on waited for each transition that some member of it has made."""
    view = case.priors.outside_view
    if view is None or view.weight == 0:
        return {}
    members = _members(case, view.reference_class)
    waits: dict[Transition, tuple[Wait, ...]] = {}
    for process in case.processes:
        entered = _entered(members, process)
        waits |= {step: _waits(entered, process, step) for state in process.states for step in process.onward(state)}
    return {step: rows for step, rows in waits.items() if any(wait.by < np.inf for wait in rows)}


def _entered(members: tuple[tuple[Member, float], ...], process: Process) -> Entered:
    """Return when the members of a class entered the states of a process."""
    through = _passed(process)
    return [
        (member, weight, {state: entry(member, process, through, state) for state in process.states})
        for member, weight in members
    ]


def _waits(members: Entered, process: Process, step: Transition) -> tuple[Wait, ...]:
    waits = []
    for member, weight, at in members:
        if step.target not in member.reached:
            continue
        entered = at[step.source]
        if entered is None:
            continue
        others = {s.target: at[s.target] for s in process.onward(step.source)}
        spans = {state: span for state, span in others.items() if span is not None}
        left = min(spans.values(), key=lambda span: span[::-1], default=(member.followed_until, member.followed_until))
        # Of several states entered on one day, the path leads through the one that comes first.
        earlier = [state for state, span in spans.items() if span[1] == left[1] and state != step.target]
        is_first = step.target in spans and spans[step.target][1] == left[1]
        made = is_first and not any(step.target in process.beyond[state] for state in earlier)
        waits += between(entered, spans[step.target] if made else left, weight, made=made)
    return tuple(sorted(waits))


def between(entered: Span, left: Span, weight: float, *, made: bool) -> list[Wait]:
    """Return the wait from one day to another, each known within bounds; nothing where it says nothing."""
    after, by = max(0, (left[0] - entered[1]).days), (left[1] - entered[0]).days
    if left[1] < entered[1]:
        return []  # it was there before, by another path
    if not made:
        return [Wait(float(after), np.inf, weight)] if after else []
    return [Wait(float(after), float(max(by, 1)), weight)]


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


def origin(process: Process) -> str:
    """Return the state in which the process began, before its clock was ever started anew."""
    return process.start.passed[0].state if process.start.passed else process.start.state


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
