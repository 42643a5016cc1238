"""Steps of which the month or the year is known and not the day, by whose days bear on each other.

The likelihood of a record with such steps is summed over the days on which they may have happened.  A day bears on what
is at risk until the step and from it on: the transitions into and out of its state, and those that a coupling with that
state speeds up.  Steps that bear on one transition are summed over together, others apart.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from detente.frozen import Immutable

if TYPE_CHECKING:
    from detente.case.processes import Event
    from detente.case.schema import Case

type Visit = tuple[str, str, int]
"""A process, a state of it, and how often it had been in that state before."""

MOST_DAYS = 40_000
"""Combinations of days that are summed over at most: three steps known by month are fewer, two known by year more."""


class Undated(Immutable):
    """Steps that are summed over together, and the transitions (indices) whose risk depends on their days.

    ``visits`` are those that the steps begin.  The first of the transitions leads to the first of the steps.
    """

    visits: tuple[Visit, ...]
    events: tuple[Event, ...]
    transitions: tuple[int, ...]

    @property
    def combinations(self) -> int:
        """How many combinations of their days there are, in whatever order."""
        return math.prod((event.last - event.first).days + 1 for event in self.events)


def numbered(case: Case, process_id: str) -> tuple[tuple[Visit, Event], ...]:
    """Return the steps of a process on record at the cut-off in order, each with the visit that it begins."""
    before = Counter([case.process(process_id).start.state])
    steps = []
    for event in case.history(process_id):
        steps.append(((process_id, event.state, before[event.state]), event))
        before[event.state] += 1
    return tuple(steps)


def undated(case: Case) -> tuple[Undated, ...]:
    """Return the steps on record at the cut-off whose day is not known, in groups."""
    steps = [(visit, event) for process in case.processes for visit, event in numbered(case, process.id)]
    groups: list[tuple[list[tuple[Visit, Event]], set[int]]] = []
    for visit, event in (step for step in steps if not step[1].has_day):
        members, rows = [(visit, event)], _bears_on(case, event)
        for group in [group for group in groups if group[1] & rows]:
            groups.remove(group)
            members, rows = [*group[0], *members], group[1] | rows
        groups.append((members, rows))
    merged = []
    for members, rows in groups:
        made = next(
            row
            for row in sorted(rows)
            if (step := case.transitions[row]).target == members[0][1].state and step.process == members[0][1].process
        )
        visits, events = zip(*members, strict=True)
        merged.append(Undated(visits, events, (made, *sorted(rows - {made}))))
    return tuple(merged)


def _bears_on(case: Case, event: Event) -> set[int]:
    """Return the transitions whose risk depends on the day of a step, whichever state it came from."""
    process = case.process(event.process)
    sources = {step.source for step in process.transitions if step.target == event.state} | {event.state}
    coupled = {
        (rule.process, rule.to)
        for rule in case.priors.couplings
        if rule.when.process == process.id and not process.beyond[rule.when.reached].isdisjoint(sources)
    }
    return {
        row
        for row, step in enumerate(case.transitions)
        if (step.process == process.id and step.source in sources) or (step.process, step.target) in coupled
    }
