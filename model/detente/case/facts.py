"""Read the facts of a case: ``case.yaml`` and the tables beside it, each file checked for itself."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Final, NamedTuple

from detente.case.documents import Entry
from detente.case.findings import Findings
from detente.case.records import Field, Record
from detente.case.values import (
    credibility,
    date_or_dash,
    identifier,
    iso_date,
    one_of,
    percentage,
    probability,
    reliability,
    text,
    web_address,
    whole,
    yes_no,
)
from detente.errors import quoted

ELECTION: Final = "election"
"""The process name under which a winner stands in ``events.csv``; no process may have it."""
DEFAULT: Final = "default"
"""The key of the correlation prior of every cluster without its own; no cluster may have it."""

CASE = (
    Field("case", identifier),
    Field("title", text),
    Field("question", text),
    Field("source", default=None),
    Field("information_cutoff", iso_date),
    Field("hypotheses"),
    Field("clusters", default=None),
    Field("election", default=None),
    Field("horizon", iso_date),
    Field("deadlines", default=None),
    Field("processes", default=None),
    Field("outcomes", default=None),
)
SOURCE = (Field("title", text), Field("publisher", text), Field("date", iso_date), Field("url", web_address, None))
HYPOTHESIS = (Field("id", identifier), Field("label", text, None), Field("statement", text))
ELECTION_PARTS = (Field("schedule"), Field("winners"))
SCHEDULED = (Field("known_from", iso_date), Field("date", iso_date))
WINNER = (Field("id", identifier), Field("label", text))
PROCESS = (Field("states"), Field("start"), Field("transitions"))
START = (Field("state", identifier), Field("date", iso_date))
OUTCOME = (
    Field("id", identifier),
    Field("label", text),
    Field("process", identifier),
    Field("state", identifier),
    Field("resolution", text, None),
)
EVIDENCE = (
    Field("id", identifier),
    Field("date", iso_date),
    Field("cluster", identifier, None),
    Field("observed", yes_no),
    Field("reliability", reliability),
    Field("credibility", credibility),
    Field("actor", text, ""),
    Field("source", text),
    Field("locator", text, ""),
    Field("claim", text),
    Field("expected_by", iso_date, None),
    Field("retracted_on", iso_date, None, may_lack=True),
    Field("retracted_because", text, None, may_lack=True),
)
EVENTS = (
    Field("date", iso_date),
    Field("process", identifier),
    Field("state", identifier),
    Field("source", text, ""),
    Field("claim", text, ""),
)
POLLS = (
    Field("pollster", text),
    Field("start", iso_date),
    Field("end", iso_date),
    Field("published", iso_date, None),
    Field("sample_size", whole, None),
    Field("kind", identifier, None, may_lack=True),
    Field("incumbent", percentage),
    Field("opponent", percentage),
    Field("source", text, ""),
)
REFERENCE_CLASS = (
    Field("class", identifier),
    Field("member", text),
    Field("start", iso_date),
    Field("followed_until", iso_date),
    Field("election", yes_no, None, may_lack=True),
    Field("election_support", one_of("seen", "recall"), None, may_lack=True),
    Field("source", text, "", may_lack=True),
    Field("note", text, "", may_lack=True),
)
"""The columns that every reference class has; those of the states are added by :func:`reference_class_fields`."""
EXTERNAL_FORECASTS = (
    Field("date", iso_date),
    Field("forecaster", text),
    Field("winner", identifier),
    Field("probability", probability),
    Field("source", text, ""),
    Field("note", text, "", may_lack=True),
)
RESOLUTIONS = (
    Field("outcome", identifier),
    Field("window", one_of("before_election", "after_election", "horizon")),
    Field("resolution", one_of("yes", "no", "void")),
    Field("date", iso_date),
    Field("source", text),
)


class ProcessDraft(NamedTuple):
    """A process as far as it could be read, states and transitions by line; ``whole`` if nothing is wrong with it."""

    line: int
    states: Mapping[str, int]
    start: Record
    transitions: Mapping[tuple[str, str], int]
    whole: bool


class CaseDraft(NamedTuple):
    """A ``case.yaml`` as far as it could be read; ``faulty`` names the parts with which something is wrong."""

    top: Record
    source: Record | None
    hypotheses: Mapping[str, Record]
    clusters: Mapping[str, Record]
    has_election: bool
    schedule: tuple[Record, ...]
    winners: Mapping[str, Record]
    deadlines: Mapping[dt.date, int]
    processes: Mapping[str, ProcessDraft]
    outcomes: Mapping[str, Record]
    faulty: frozenset[str]

    def names(self, part: str) -> Collection[str]:
        """Return the ids that a part declares."""
        declared: Collection[str] = getattr(self, part)
        return declared

    def lacks(self, part: str, name: str | None) -> bool:
        """Tell whether a name is certainly not declared: of a part that could not be read nothing is certain."""
        return name is not None and part not in self.faulty and name not in self.names(part)


def read_case(document: Entry) -> CaseDraft:
    """Read ``case.yaml``; what is wrong goes to the document's findings."""
    problems = document.findings.problems
    top = document.record(CASE)
    faulty = set()

    def part[T](name: str, parent: Record, read: Callable[[Entry], T], nothing: T) -> T:
        """Read one part, and remember whether that went well."""
        before = len(problems)
        entry = parent.get(name)
        result = nothing if entry is None else read(entry)
        if len(problems) > before or name not in parent.values:
            faulty.add(name)
        return result

    source = part("source", top, lambda entry: entry.record(SOURCE), None)
    nothing: dict[str, Record] = {}
    hypotheses = part("hypotheses", top, lambda entry: _listed(entry, HYPOTHESIS, at_least=2), nothing)
    clusters = part("clusters", top, read_clusters, nothing)
    election = part("election", top, lambda entry: entry.record(ELECTION_PARTS), None)
    halves = election or Record(0, {"schedule": None, "winners": None}, {})
    return CaseDraft(
        top=top,
        source=source,
        hypotheses=hypotheses,
        clusters=clusters,
        has_election=election is not None,
        schedule=part("schedule", halves, read_schedule, ()),
        winners=part("winners", halves, lambda entry: _listed(entry, WINNER, at_least=2), nothing),
        deadlines=part("deadlines", top, read_deadlines, {}),
        processes=part("processes", top, _processes, {}),
        outcomes=part("outcomes", top, lambda entry: _listed(entry, OUTCOME, at_least=0), nothing),
        faulty=frozenset(faulty),
    )


def read_deadlines(entry: Entry) -> dict[dt.date, int]:
    """Read the dates by which every outcome is forecast as well, each with its line."""
    found: dict[dt.date, int] = {}
    for item in entry.items():
        day = item.read(iso_date)
        if day in found:
            item.add(f"{day} is there already, on line {found[day]}")
        elif day is not None:
            found[day] = item.line
    return found


def reference_class_fields(header: str, case: CaseDraft) -> tuple[Field, ...]:
    """Return the columns of a reference class with this header: a column named like a state holds when it was reached.

    A state of that name in two processes has none, for nobody could tell which is meant.
    """
    counts = Counter(state for process in case.processes.values() for state in process.states)
    fixed = {field.name for field in REFERENCE_CLASS}
    named = [name.strip() for name in header.split(",")]
    states = [name for name in named if counts[name] == 1 and name not in fixed]
    return (*REFERENCE_CLASS, *(Field(state, date_or_dash, None) for state in dict.fromkeys(states)))


def unique(records: Iterable[Record], name: str, findings: Findings) -> dict[str, Record]:
    """Return the records by their id; one that stands twice is a problem."""
    found: dict[str, Record] = {}
    for record in records:
        value = record.get(name)
        if value is None:
            continue
        if value in found:
            findings.add(record.at(name), f"{name}: {quoted(value)} is there already, on line {found[value].line}")
        else:
            found[value] = record
    return found


def _listed(entry: Entry, fields: tuple[Field, ...], *, at_least: int) -> dict[str, Record]:
    """Read a list of mappings with an ``id``."""
    records = [item.record(fields) for item in entry.items()]
    if len(records) < at_least and entry.is_list:
        entry.add(f"must name at least {at_least} (got {len(records)})")
    return unique(records, "id", entry.findings)


def read_clusters(entry: Entry) -> dict[str, Record]:
    """Read clusters, and why the items of each share a cause."""
    found: dict[str, Record] = {}
    for name, value in entry.names(identifier).items():
        if name == DEFAULT:
            value.add(f"no cluster may be called {DEFAULT}: priors.yaml keeps that name for all the others")
        else:
            found[name] = Record(value.line, {"why": value.read(text)}, {})
    return found


def read_schedule(entry: Entry) -> tuple[Record, ...]:
    """Read which election date was known from when."""
    records = tuple(item.record(SCHEDULED) for item in entry.items())
    if not records and entry.is_list:
        entry.add("must name at least one date")
    lines: dict[object, int] = {}
    for record in records:
        day = record.get("known_from")
        if day in lines:
            line = record.at("known_from")
            entry.findings.add(line, f"{entry.path}.known_from: {day} is there already, on line {lines[day]}")
        elif day is not None:
            lines[day] = record.line
            if (date := record.get("date")) and date < day:
                message = f"{entry.path}.date: must not be before known_from, {day} (got {date})"
                entry.findings.add(record.at("date"), message)
    return records


def _processes(entry: Entry) -> dict[str, ProcessDraft]:
    found: dict[str, ProcessDraft] = {}
    for name, value in entry.names(identifier).items():
        if name == ELECTION:
            value.add(f"no process may be called {ELECTION}: events.csv keeps that name for the winner")
        else:
            found[name] = _process(value)
    return found


def _process(entry: Entry) -> ProcessDraft:
    findings = entry.findings
    before = len(findings.problems)
    parts = entry.record(PROCESS)
    states: dict[str, int] = {}
    for item in parts.get("states").items() if parts.get("states") else ():
        state = item.read(identifier)
        if state in states:
            item.add(f"{quoted(state)} is there already, on line {states[state]}")
        elif state is not None:
            states[state] = item.line
    start = parts.get("start").record(START) if parts.get("start") else Record(entry.line, {}, {})
    if states and start.get("state") is not None and start.get("state") not in states:
        message = f"{entry.path}.start.state: `states` has no state"
        findings.unknown(start.at("state"), message, start.get("state"), states)
    transitions: dict[tuple[str, str], int] = {}
    for item in parts.get("transitions").items() if parts.get("transitions") else ():
        _add_transition(item, states, transitions)
    for name, found, least in (("states", states, 2), ("transitions", transitions, 1)):
        if len(found) < least and len(findings.problems) == before:
            parts.get(name).add(f"must name at least {least} (got {len(found)})")
    if cycle := _cycle(states, transitions):
        line = transitions[cycle[-2], cycle[-1]]
        message = f"{entry.path}.transitions: must not lead back to a state left before ({' > '.join(cycle)})"
        findings.add(line, message)
    return ProcessDraft(entry.line, states, start, transitions, whole=len(findings.problems) == before)


def _add_transition(item: Entry, states: Mapping[str, int], transitions: dict[tuple[str, str], int]) -> None:
    ends = [end.read(identifier) for end in item.items()]
    if len(ends) != 2:  # noqa: PLR2004 - from and to
        if item.is_list:
            item.add(f"a transition is [from, to] (got {len(ends)} states)")
        return
    for end in ends:
        if end is not None and states and end not in states:
            item.findings.unknown(item.line, f"{item.path}: `states` has no state", end, states)
    if not all(end in states for end in ends):
        return
    pair = ends[0], ends[1]
    if pair in transitions:
        item.add(f"{' > '.join(pair)} is there already, on line {transitions[pair]}")
    else:
        transitions[pair] = item.line


def _cycle(states: Iterable[str], transitions: Iterable[tuple[str, str]]) -> Sequence[str]:
    """Return a cycle, its first state again at its end; empty where there is none."""
    graph: TopologicalSorter[str] = TopologicalSorter()
    for source, target in transitions:
        graph.add(target, source)
    try:
        graph.prepare()
    except CycleError as error:
        around: Sequence[str] = error.args[1][1:]
        first = next(around.index(state) for state in states if state in around)
        return [*around[first:], *around[:first], around[first]]
    return ()
