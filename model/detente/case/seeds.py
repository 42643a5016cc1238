"""The frozen objects of ``seeds/<case>/``: hypotheses, election, processes, outcomes, evidence, events, resolutions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pydantic import Field

from detente.case.frozen import Frozen, Id, Text

BEFORE = "before"
"""The regime in force until the day before the election."""

Reliability = Literal["A", "B", "C", "D", "E", "F"]
Credibility = Literal[1, 2, 3, 4, 5, 6]


def after(winner: str) -> str:
    """Name the regime that follows the election when ``winner`` wins it."""
    return f"after:{winner}"


def words(name: str) -> str:
    """Return an id as words, its underscores and hyphens spaces."""
    return name.replace("_", " ").replace("-", " ")


def election_day(schedule: Sequence[tuple[dt.date, dt.date]]) -> dt.date | None:
    """Return the first day that was, on that day, the scheduled election day; of (known from, date) pairs.

    A vote that is moved beforehand takes its windows along; a later round reopens nothing.

    Examples
    --------
    >>> day = dt.date
    >>> election_day([(day(2030, 1, 1), day(2030, 6, 18)), (day(2030, 2, 1), day(2030, 5, 14))])
    datetime.date(2030, 5, 14)
    >>> election_day([(day(2030, 2, 1), day(2030, 5, 14)), (day(2030, 5, 15), day(2030, 5, 28))])
    datetime.date(2030, 5, 14)
    """
    rows = sorted(schedule)
    for (known, date), replaced in zip(rows, [*(known for known, _ in rows[1:]), dt.date.max], strict=False):
        if known <= date < replaced:
            return date
    return None


class Source(Frozen):
    """Where the question was taken from."""

    title: Text
    publisher: Text
    date: dt.date
    url: Text | None = None


class Hypothesis(Frozen):
    """One of the exclusive and exhaustive explanations; prose calls it by its label, else by the words of its id."""

    id: Id
    label: Text = Field(default_factory=lambda fields: words(fields["id"]))
    statement: Text


class ScheduledElection(Frozen):
    """The election date that was public from ``known_from`` on."""

    known_from: dt.date
    date: dt.date


class Winner(Frozen):
    """One way the election can end."""

    id: Id
    label: Text


class Election(Frozen):
    """The election that divides time into regimes, with the record of what date was known when."""

    schedule: tuple[ScheduledElection, ...] = Field(min_length=1)
    winners: tuple[Winner, ...] = Field(min_length=2)

    @property
    def date(self) -> dt.date:
        """The date as last announced (after :meth:`Case.as_of`: as known at the cut-off)."""
        return max(self.schedule, key=lambda row: row.known_from).date

    @property
    def voting_day(self) -> dt.date | None:
        """The first day that was, on that day, the scheduled one (:func:`election_day`)."""
        return election_day([(row.known_from, row.date) for row in self.schedule])


class ProcessStart(Frozen):
    """The state a process is known to have been in, and since when.

    ``passed`` are the states on record before, where the clock was started anew.
    """

    state: Id
    date: dt.date
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
    """A progressive (acyclic) multi-state process: states, the steps between them, and where it started."""

    id: Id
    states: tuple[Id, ...] = Field(min_length=2)
    start: ProcessStart
    transitions: tuple[Transition, ...] = Field(min_length=1)

    def successors(self, state: str) -> tuple[Transition, ...]:
        """Return the transitions that leave ``state``."""
        return tuple(step for step in self.transitions if step.source == state)

    @cached_property
    def beyond(self) -> Mapping[str, frozenset[str]]:
        """For each state, the states "in, or beyond" it: itself and all that can be reached from it."""
        reach: dict[str, frozenset[str]] = {}

        def visit(state: str) -> frozenset[str]:
            if state not in reach:
                reach[state] = frozenset({state}).union(*(visit(step.target) for step in self.successors(state)))
            return reach[state]

        for state in self.states:
            visit(state)
        return reach


class Outcome(Frozen):
    """A question about the future, whether ``process`` has visited ``state`` by a date."""

    id: Id
    label: Text
    process: Id
    state: Id
    resolution: Text | None = None


class EvidenceItem(Frozen):
    """One dated indicator: seen, or looked for and absent; withdrawn from ``retracted_on`` on."""

    id: Id
    date: dt.date
    cluster: Id | None = None
    observed: bool
    reliability: Reliability
    credibility: Credibility
    actor: str
    source: Text
    locator: str
    claim: Text
    expected_by: dt.date | None = None
    retracted_on: dt.date | None = None
    retracted_because: Text | None = None

    @property
    def grade(self) -> str:
        """The Admiralty grade, such as ``B2``."""
        return f"{self.reliability}{self.credibility}"

    def in_force(self, cutoff: dt.date) -> bool:
        """Tell whether the item counts at ``cutoff``: a dated silence speaks only once its date has passed."""
        if self.date > cutoff or (self.retracted_on is not None and self.retracted_on <= cutoff):
            return False
        return self.observed or self.expected_by is None or cutoff > self.expected_by

    def as_of(self, cutoff: dt.date) -> EvidenceItem:
        """Return the item as it stood on ``cutoff``: a later retraction was not known."""
        if self.retracted_on is None or self.retracted_on <= cutoff:
            return self
        return self.model_copy(update={"retracted_on": None, "retracted_because": None})


@dataclass(frozen=True)
class Cluster:
    """Items in force that share a cause; an item that shares none with another makes a group without an ``id``."""

    id: str | None
    items: tuple[EvidenceItem, ...]

    @property
    def name(self) -> str:
        """The id of the cause, or that of the only item."""
        return self.id or self.items[0].id


class Event(Frozen):
    """A transition that happened, or (``process`` = ``election``) the election's winner."""

    date: dt.date
    process: Id
    state: Id
    source: str
    claim: str


class Resolution(Frozen):
    """How an outcome's question was settled for one window; ``date`` is when it was, and known from then on."""

    outcome: Id
    window: str
    resolution: Literal["yes", "no", "void"]
    date: dt.date
    source: str
