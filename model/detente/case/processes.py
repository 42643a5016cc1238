"""Processes: what may happen, as steps from state to state, and the steps that did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from msgspec import Meta

from detente.case.columns import Frozen, InFile, Row
from detente.case.days import Days, days_of
from detente.case.documents import Entry
from detente.case.election import ELECTION
from detente.case.findings import known_names
from detente.case.mappings import ID, read_mapping
from detente.case.values import Date, Dated, Id, Note
from detente.errors import quoted

if TYPE_CHECKING:
    from detente.case.question import Declared


class Unstated(str):
    """A precision that nobody stated: it is as the date is written."""

    __slots__ = ()


class Contradicted(str):
    """A precision that the date is written with, where a finer one was stated beside it."""

    __slots__ = ()


FINER: Final = {"day": 0, "month": 1, "year": 2}


class Event(Frozen):
    """A transition that happened, or (``process`` = ``election``) the election's winner.

    Of one whose ``precision`` is a month or a year it is not known on which of its days it happened: ``date`` is one of
    them, and nothing else.  ``earliest`` and ``latest`` are days that the rest of the record sets it as bounds.
    """

    date: Annotated[Dated, InFile("The day it happened, or the month or year if no more is known.", "2026-01-20")]
    process: Annotated[Id, InFile("The process that moved, or election.", "ladder")]
    state: Annotated[Id, InFile("The state it moved to, or the winner.", "ministers_met")]
    source: Annotated[Note, InFile("Where it was reported.", "Gazette of 21 January 2026")] = ""
    claim: Annotated[Note, InFile("What happened, in one sentence.", "The ministers met.")] = ""
    precision: Annotated[
        Literal["day", "month", "year"],
        InFile(
            "How well the date is known. month or year: it may have been any day of the one that the date "
            "lies in; a date written 2026-01 or 2026 says so by itself. Blank: as the date is written.",
            "month",
            may_lack=True,
        ),
    ] = Unstated("day")  # type: ignore[assignment]  # a text like another
    known_from: Annotated[
        Date | None,
        InFile(
            "The day from which it was known; blank: the day it happened, or the last of its month or year.",
            "2026-01-21",
            may_lack=True,
        ),
    ] = None
    replaced_on: Annotated[
        Date | None, InFile("The day from which a corrected row stands in its place.", "2026-03-05", may_lack=True)
    ] = None
    earliest: dt.date | None = None
    latest: dt.date | None = None

    @classmethod
    def read(cls, values: Mapping[str, Any], faulty: Collection[str] = ()) -> Self:
        """Build an event; a date that names a month or a year has that precision, and stands for its first day."""
        stated, precision = values.get("date"), values.get("precision")
        if isinstance(stated, dt.date) and precision in {"month", "year"}:
            stated = days_of(stated, precision)
        if isinstance(stated, Days):
            written = stated.precision or "day"
            wide = "year" if "year" in {written, precision} else "month"
            is_finer = precision is not None and not isinstance(precision, Unstated) and precision in FINER
            if is_finer and FINER[str(precision)] < FINER[written]:
                wide = Contradicted(written)
            values = {**values, "date": days_of(stated.first, wide).first, "precision": wide}
        return super().read(values, faulty)

    @classmethod
    def rules(cls, row: Row[Event]) -> None:
        """Check that it was not known before it happened, and that a winner's day is known."""
        event = row.item
        if not row.sound("date", "precision") or event.date is None:
            return
        if isinstance(event.precision, Contradicted):
            text = f"must not be finer than the date is written, {event.when}, which names a {event.precision}"
            row.add(f"precision: {text}: leave it blank, or write the date in full", at="precision")
        if row.sound("process") and event.process == ELECTION and not event.has_day:
            row.add(f"date: an election has its day: give it (got {event.when})", at="date")
        if row.sound("known_from") and event.known_from is not None and event.known_from < event.first:
            rule = f"must not be earlier than date, {event.when}"
            row.add(f"known_from: {rule} (got {event.known_from})", at="known_from")

    @property
    def has_day(self) -> bool:
        """Whether the day on which it happened is known."""
        return self.precision == "day"

    @property
    def when(self) -> str:
        """Its date as far as it is known, in ISO form."""
        return self.date.isoformat()[: {"year": 4, "month": 7, "day": 10}[self.precision]]

    @property
    def first(self) -> dt.date:
        """The first day on which it may have happened."""
        bounds = () if self.earliest is None else (self.earliest,)
        return max((days_of(self.date, self.precision).first, *bounds))

    @property
    def last(self) -> dt.date:
        """The last day on which it may have happened."""
        bounds = (day for day in (self.latest, self.known_from) if day is not None)
        return min((days_of(self.date, self.precision).last, *bounds)) if not self.has_day else self.date

    def not_before(self, day: dt.date) -> Event:
        """Return it as it counts for a clock that was started on a day: on that day, if it happened before."""
        if self.last <= day:
            return self.changed(date=day, precision="day")
        return self if self.has_day else self.changed(earliest=max(day, self.first))

    @property
    def known_on(self) -> dt.date:
        """The day from which it was known: a forecast as of an earlier one does not see it."""
        return self.known_from or days_of(self.date, self.precision).last


class ProcessStart(Frozen):
    """The state a process is known to have been in, and since when.

    ``passed`` are the states on record before, where the clock was started anew.
    """

    state: Annotated[Id, InFile("The state it was in.", "envoys_met")]
    date: Annotated[Date, InFile("Since when.", "2025-12-10")]
    passed: tuple[Event, ...] = ()


class Transition(Frozen):
    """A step of a process that can happen; hashable, so it can key tables."""

    process: Id
    source: Id
    target: Id

    @property
    def id(self) -> str:
        """A readable, unique label, ``process:from>to``."""
        return f"{self.process}:{self.source}>{self.target}"


class Process(Frozen):
    """A multi-state process: states, the steps between them, which may lead back, and where it started."""

    id: Id
    states: Annotated[tuple[Id, ...], Meta(min_length=2)]
    start: ProcessStart
    transitions: Annotated[tuple[Transition, ...], Meta(min_length=1)]

    def successors(self, state: str) -> tuple[Transition, ...]:
        """Return the transitions that leave ``state``."""
        return tuple(step for step in self.transitions if step.source == state)

    @cached_property
    def reach(self) -> Mapping[str, frozenset[str]]:
        """For each state, itself and every state that some path from it leads to."""
        return {state: _reach(state, self.transitions) for state in self.states}

    @cached_property
    def returns(self) -> frozenset[Transition]:
        """The steps that lead back: those of a cycle to a state that is listed before the one they leave."""
        place = {state: number for number, state in enumerate(self.states)}
        in_cycle = (step for step in self.transitions if step.source in self.reach[step.target])
        return frozenset(step for step in in_cycle if place[step.target] <= place[step.source])

    def onward(self, state: str) -> tuple[Transition, ...]:
        """Return the transitions that leave ``state`` and do not lead back."""
        return tuple(step for step in self.successors(state) if step not in self.returns)

    @cached_property
    def rank(self) -> Mapping[str, int]:
        """The place of each state in an order in which only returns lead back: steps of one day are taken in it."""
        graph: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(self.states, ()))
        for state in self.states:
            for step in self.onward(state):
                graph.add(step.target, step.source)
        return {state: place for place, state in enumerate(graph.static_order())}

    def in_order(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """Return its events as they happened; the days of one that has none are those that the others leave it."""
        ordered = self.sequence(events)
        if all(event.has_day for event in ordered):
            return ordered
        earliest, latest, bounded = self.start.date, dt.date.max, []
        for event in ordered:
            earliest = max(earliest, event.first)
            bounded.append(event if event.has_day else event.changed(earliest=earliest))
        for place, event in reversed(list(enumerate(bounded))):
            latest = min(latest, event.last)
            bounded[place] = event if event.has_day else event.changed(latest=latest)
        return tuple(bounded)

    def sequence(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """Return events as they are in the order in which they happened.

        Where nothing leads back that is the order of the process.  Else it is by date, and of those that may have been
        on one day a step that can be made from the state then comes first.
        """
        pending = sorted(events, key=lambda event: self.rank.get(event.state, 0))
        if not self.returns:
            return tuple(pending)
        pending.sort(key=lambda event: (event.last, event.first))
        here, ordered = self.start.state, []
        while pending:
            soonest = min(event.last for event in pending)
            possible = [event for event in pending if event.first <= soonest]
            onward = {step.target for step in self.successors(here)}
            event = next((event for event in possible if event.state in onward), possible[0])
            pending.remove(event)
            ordered.append(event)
            here = event.state
        return tuple(ordered)

    @cached_property
    def beyond(self) -> Mapping[str, frozenset[str]]:
        """For each state, the states "in, or beyond" it: itself and all that it leads to without a return."""
        onward = tuple(step for step in self.transitions if step not in self.returns)
        return {state: _reach(state, onward) for state in self.states}


def _reach(state: str, steps: Collection[Transition]) -> frozenset[str]:
    """Return a state and every state that a path of some steps leads to from it."""
    reached, queue = {state}, [state]
    for here in queue:
        new = [step.target for step in steps if step.source == here and step.target not in reached]
        reached |= set(new)
        queue += dict.fromkeys(new)
    return frozenset(reached)


class ProcessParts(Frozen):
    """A process as ``case.yaml`` has it, under its id."""

    states: Annotated[
        tuple[Id, ...],
        InFile("Its states; where steps lead back, from the first to the furthest.", "[envoys_met, ministers_met]"),
    ]
    start: Annotated[ProcessStart, InFile("Where it is known to have been.")]
    transitions: Annotated[
        tuple[Any, ...],
        InFile(
            "The steps that can happen, each [from, to]. They may form a cycle; a step of it to a state listed earlier "
            "leads back.",
            "[[envoys_met, ministers_met]]",
            form="[from, to]",
        ),
    ]

    @classmethod
    def read_under(cls, name: str, entry: Entry) -> Row[Process]:
        """Read the process of an id; it is faulty as a whole or not at all."""
        known = len(entry.findings.problems)
        row = read_mapping(entry, cls)
        states = {state: part.line for state, part in row.all("states")}
        for _, start in row.all("start"):
            if states and start.sound("state") and start.item.state not in states:
                start.unknown(f"{start.path}.state: `states` does not list", start.item.state, states, at="state")
        transitions: dict[tuple[str, str], int] = {}
        for _, part in row.all("transitions"):
            _add_transition(part.item, states, transitions)
        for field, count, least in (("states", len(states), 2), ("transitions", len(transitions), 1)):
            if count < least and len(entry.findings.problems) == known:
                row.add(f"{row.path}.{field}: must have at least {least} entries (got {count})", at=field)
        steps = tuple(Transition.read({"process": name, "source": a, "target": b}) for a, b in transitions)
        values = {"id": name, "states": tuple(states), "start": getattr(row.item, "start", None), "transitions": steps}
        faulty: set[str] = {"states", "start", "transitions"} if len(entry.findings.problems) > known else set()
        return Row(Process.read(values), row.findings, row.line, row.path, row.lines, row.parts, faulty)


def check_events(rows: Iterable[Row[Event]], declared: Declared) -> None:
    """Check that each event is a declared step from the state its process was then in, or the election's winner."""
    paths: dict[str, list[Row[Event]]] = {}
    for row in rows:
        if not row.sound("process"):
            continue
        process = row.item.process
        if process == ELECTION and not declared.has_election and "election" not in declared.faulty:
            row.add("process: case.yaml declares no election")
        elif process != ELECTION and declared.lacks("processes", process):
            known = [*declared.processes, *([ELECTION] if declared.has_election else [])]
            row.unknown("process: case.yaml declares no process", process, known)
        elif row.sound("date", "state", "precision", "known_from"):
            paths.setdefault(process, []).append(row)
    for process, steps in paths.items():
        if process == ELECTION:
            _check_winner(sorted(steps, key=lambda row: row.item.date), declared)
        elif declared.knows_process(process):
            declaration = declared.processes[process]
            if declaration.returns:
                place = {id(event): n for n, event in enumerate(declaration.sequence(row.item for row in steps))}
                order = sorted(steps, key=lambda row: place[id(row.item)])
            else:
                rank, has_days = declaration.rank, all(row.item.has_day for row in steps)
                order = sorted(steps, key=lambda row: (row.item.date if has_days else 0, rank.get(row.item.state, 0)))
            _check_path(order, declaration)


def _check_winner(rows: Sequence[Row[Event]], declared: Declared) -> None:
    for row in rows:
        winner, day = row.item.state, row.item.date
        if "election" not in declared.faulty and declared.lacks("winners", winner):
            row.unknown("state: case.yaml declares no winner", winner, declared.winners)
        if row is not rows[0]:
            row.add(f"state: the election has a winner already, on line {rows[0].line}")
        if declared.faulty & {"election", "schedule"}:
            continue
        date = declared.election_date(day)
        if date is None:
            row.add(f"date: case.yaml gives no election date that was known by {day}: add it to election.schedule")
        elif row.item.last < date:
            row.add(f"date: must not be earlier than the election, {date} (got {day})")


def _check_path(rows: Sequence[Row[Event]], process: Process) -> None:
    """Follow a process through its events."""
    state, since, reached = process.start.state, process.start.date, f"the start of {process.id}"
    steps = {(step.source, step.target) for step in process.transitions}
    for row in rows:
        target, when = row.item.state, row.item.when
        if target not in process.states:
            row.unknown(f"state: {process.id} has no state", target, process.states, hint=known_names(process.states))
            return
        if row.item.last < since:
            row.add(f"date: must not be earlier than {reached}, {since} (got {when})")
        if (state, target) not in steps:
            on = f"on {when}" if row.item.has_day else f"in {when}"
            message = f"state: {process.id} was in {quoted(state)} {on}, and has no transition from there to"
            row.add(f"{message} {quoted(target)}: add it to case.yaml, or the step between to events.csv")
        if row.item.first > since:
            since, reached = row.item.first, f"its step to {quoted(target)}"
        state = target


def _add_transition(entry: Entry, states: Mapping[str, int], transitions: dict[tuple[str, str], int]) -> None:
    ends = [end.read(ID) for end in entry.items()]
    if len(ends) != 2:  # noqa: PLR2004 - from and to
        if entry.is_list:
            entry.add(f"a transition must be [from, to] (got {len(ends)} states)")
        return
    for end in ends:
        if isinstance(end, str) and states and end not in states:
            entry.findings.unknown(entry.line, f"{entry.path}: `states` does not list", end, states)
    if not all(end in states for end in ends):
        return
    pair = ends[0], ends[1]
    if pair[0] == pair[1]:
        entry.add(f"a transition must lead to another state (got {pair[0]} > {pair[1]})")
    elif pair in transitions:
        entry.add(f"{' > '.join(pair)} is a duplicate of line {transitions[pair]}")
    else:
        transitions[pair] = entry.line
