"""Phases and occasions: stretches of days with a pace of their own, and named days.

A phase divides a regime: ``before/last_month`` is what holds in the regime ``before`` during the phase ``last_month``.
It is a stretch between two dates, or so many days before or after a named day: the election, or an occasion.  Both move
with their schedules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Annotated

from detente.case.columns import InFile, Labelled, Row
from detente.case.election import BEFORE, ELECTION, ScheduledElection, check_schedule, election_day
from detente.case.values import Date, Id, Text, Whole
from detente.errors import quoted

if TYPE_CHECKING:
    from detente.case.question import CaseFile, Declared

type Stretch = tuple[dt.date, dt.date]
"""The first and the last day of a phase; of an occasion, its day twice."""

SEPARATOR = "/"
LONGEST = 36500
"""Days that a phase around a named day may last."""


def within(regime: str, part: str) -> str:
    """Name the part of a regime that a phase or an occasion makes.

    >>> within("before", "last_month")
    'before/last_month'
    """
    return f"{regime}{SEPARATOR}{part}"


def main_regime(name: str) -> str:
    """Return the regime that a name is of, or whose part.

    >>> main_regime("after:incumbent/honeymoon")
    'after:incumbent'
    """
    return name.partition(SEPARATOR)[0]


def part_of(name: str) -> str | None:
    """Return the phase or occasion that a name is of, None for a whole regime."""
    return name.partition(SEPARATOR)[2] or None


class Phase(Labelled):
    """A stretch of days with a pace of its own, for the steps that state one: between dates, or around a named day."""

    id: Annotated[Id, InFile("Its name in the tables.", "last_month")]
    label: Annotated[
        Text, InFile("What prose calls it; left out: the words of its id.", "the last month before the vote")
    ] = ""
    first: Annotated[
        Date | None,
        InFile("Its first day; left out: it has held as long as the record goes.", "2026-04-01", name="from"),
    ] = None
    until: Annotated[Date | None, InFile("Its last day; left out, where `from` is there: it lasts.", "2026-05-14")] = (
        None
    )
    days: Annotated[Whole | None, InFile("How many days it lasts, before or after a named day.", "30")] = None
    before: Annotated[
        Id | None,
        InFile("election, or an occasion: it is the days before that day, which is not one of them.", "election"),
    ] = None
    after: Annotated[Id | None, InFile("The same the other way: that day is the first of them.", "river_summit")] = None

    @classmethod
    def rules(cls, row: Row[Phase]) -> None:
        """Check that it is either between dates or around a named day."""
        phase = row.item
        if not row.sound("first", "until", "days", "before", "after"):
            return
        is_dated, is_named = bool(phase.first or phase.until), bool(phase.before or phase.after)
        if is_dated is (is_named or phase.days is not None):
            row.add(f"{row.path}: give either `from`, `until` or both, or `days` with `before` or `after`")
        elif not is_dated and (phase.days is None or bool(phase.before) is bool(phase.after)):
            row.add(f"{row.path}: give `days`, and the day they are counted from with `before` or `after`")
        elif phase.days is not None and phase.days > LONGEST:
            row.add(f"{row.path}.days: must be at most {LONGEST} (got {phase.days})", at="days")
        elif phase.first and phase.until and phase.until < phase.first:
            row.add(f"{row.path}.until: must not be earlier than from, {phase.first} (got {phase.until})", at="until")

    @property
    def named_day(self) -> str | None:
        """The election or the occasion it is counted from, if it is."""
        return self.before or self.after

    def stretch(self, named: Mapping[str, dt.date]) -> Stretch | None:
        """Return its first and last day, given the named days that are known; None while it has none."""
        if self.named_day is None or self.days is None:
            return self.first or dt.date.min, self.until or dt.date.max
        day = named.get(self.named_day)
        if day is None:
            return None
        first = day.toordinal() - (self.days if self.before else 0)
        last = min(first + self.days - 1, dt.date.max.toordinal())
        return dt.date.fromordinal(max(first, 1)), dt.date.fromordinal(max(last, 1))


class ScheduledOccasion(ScheduledElection):
    """The date of an occasion that was public from ``known_from`` on."""

    known_from: Annotated[Date, InFile("From which day on the date was public.", "2026-03-20")]
    date: Annotated[Date, InFile("The day it is held.", "2026-05-12")]


class Occasion(Labelled):
    """A day with a name, fixed beforehand: a summit, a vote in parliament, a deadline."""

    id: Annotated[Id, InFile("Its name in the tables.", "river_summit")]
    label: Annotated[Text, InFile("What prose calls it; left out: the words of its id.", "the river summit")] = ""
    schedule: Annotated[tuple[ScheduledOccasion, ...], InFile("Which date was public from when; a later row moves it.")]
    cancelled_on: Annotated[
        Date | None, InFile("The day from which it was known that it would not be held.", "2026-05-01")
    ] = None

    @classmethod
    def rules(cls, row: Row[Occasion]) -> None:
        """Check that it has a date; as of an earlier day, or once called off, it has none."""
        if row.sound("schedule") and not row.item.schedule:
            row.add(f"{row.path}.schedule: must name at least one date", at="schedule")
        elif row.sound("schedule", "cancelled_on") and row.item.cancelled_on is not None:
            days = [part.item.known_from for _, part in row.all("schedule") if part.sound("known_from")]
            if days and row.item.cancelled_on <= min(days):
                rule = f"must be later than the first known_from, {min(days)}"
                row.add(f"{row.path}.cancelled_on: {rule} (got {row.item.cancelled_on})", at="cancelled_on")

    @property
    def date(self) -> dt.date | None:
        """The day it is held: the first that was, on that day, the scheduled one; None where there is none."""
        return election_day([(row.known_from, row.date) for row in self.schedule])

    def as_of(self, cutoff: dt.date) -> Occasion:
        """Return the occasion as it was known on a day: without a date before it was announced or once called off."""
        is_off = self.cancelled_on is not None and self.cancelled_on <= cutoff and self.held_before_cancelled is None
        known = tuple(row for row in self.schedule if row.known_from <= cutoff and not is_off)
        return self.changed(schedule=known, cancelled_on=None)

    @property
    def held_before_cancelled(self) -> dt.date | None:
        """The day it was held on, where it was called off only after that; else None."""
        if (off := self.cancelled_on) is None:
            return None
        day = election_day([(row.known_from, row.date) for row in self.schedule if row.known_from < off])
        return day if day is not None and day < off else None


def check_phases(row: Row[CaseFile], declared: Declared) -> None:
    """Check phases and occasions by themselves: their names, the days they are counted from, their schedules."""
    occasions, phases = dict(row.all("occasions")), dict(row.all("phases"))
    for name, part in phases.items():
        if name in occasions:
            part.add(f"phases.id: {quoted(name)} is an occasion already, on line {occasions[name].line}", at="id")
        for field in ("before", "after"):
            day = getattr(part.item, field, None)
            if day is None or "occasions" in declared.faulty:
                continue
            if day == ELECTION and not declared.has_election and "election" not in declared.faulty:
                part.add(f"phases.{field}: case.yaml declares no election", at=field)
            elif day not in {ELECTION, *occasions}:
                known = (*([ELECTION] if declared.has_election else []), *occasions)
                part.unknown(f"phases.{field}: case.yaml declares no occasion", day, known, at=field)
    for name, part in occasions.items():
        if name == ELECTION:
            part.add(f"occasions.id: no occasion may be called {ELECTION}: phases use that name for the vote", at="id")
        check_schedule(scheduled for _, scheduled in part.all("schedule"))


def stretches_known(declared: Declared) -> Iterator[Mapping[str, Stretch]]:
    """Yield the days of every phase and occasion as they were known, each time that a schedule changed."""
    occasions = {occasion.id: occasion for occasion in declared.case.occasions}
    changes = {row.known_from for row in declared.schedule}
    for occasion in occasions.values():
        changes |= {row.known_from for row in occasion.schedule}
        if occasion.cancelled_on is not None:
            changes.add(occasion.cancelled_on)
    for day in sorted(changes) or [dt.date.max]:
        vote = [(row.known_from, row.date) for row in declared.schedule if row.known_from <= day]
        named = {ELECTION: election_day(vote), **{name: one.as_of(day).date for name, one in occasions.items()}}
        dated = {name: date for name, date in named.items() if date is not None}
        spans = {phase.id: span for phase in declared.case.phases if (span := phase.stretch(dated)) is not None}
        yield {**spans, **{name: (date, date) for name, date in dated.items()}}


def regimes_met(declared: Declared, part: str) -> tuple[str, ...]:
    """Return the regimes into which a phase or an occasion may fall, by any of the dates that were ever scheduled."""
    later = tuple(f"after:{winner}" for winner in declared.winners)
    met: set[str] = set()
    for known in stretches_known(declared):
        span, vote = known.get(part), known.get(ELECTION)
        if span is not None:
            met |= {BEFORE} if vote is None or span[0] < vote[0] else set()
            met |= set(later) if vote is not None and span[1] >= vote[0] else set()
    return tuple(regime for regime in (BEFORE, *later) if regime in met)


def overlapping(declared: Declared, parts: Iterable[str]) -> tuple[str, str] | None:
    """Return two of several phases, or of several occasions, that share a day by some schedule; None if none do."""
    chosen = tuple(parts)
    for known in stretches_known(declared):
        for one, other in combinations([part for part in chosen if part in known], 2):
            if known[one][0] <= known[other][1] and known[other][0] <= known[one][1]:
                return one, other
    return None
