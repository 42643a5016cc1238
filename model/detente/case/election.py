"""The election that divides time into regimes: its dates as they were announced, and who may win it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Annotated, Final

from msgspec import Meta

from detente.case.columns import Frozen, InFile, Row
from detente.case.values import Date, Id, Text

BEFORE: Final = "before"
"""The regime in force until the day before the election."""
ELECTION: Final = "election"
"""The process name under which a winner stands in ``events.csv``; no process may have it."""


def after(winner: str) -> str:
    """Name the regime that follows the election when ``winner`` wins it."""
    return f"after:{winner}"


def election_day(schedule: Sequence[tuple[dt.date, dt.date]]) -> dt.date | None:
    """Return the first day that was, on that day, the scheduled election day; of (known from, date) pairs.

    A vote that is moved beforehand takes its windows along; a later round reopens nothing.

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


class ScheduledElection(Frozen):
    """The election date that was public from ``known_from`` on."""

    known_from: Annotated[Date, InFile("From which day on the date was public.", "2025-06-01")]
    date: Annotated[Date, InFile("The day of the vote, of its first round where there are several.", "2026-06-14")]

    @classmethod
    def rules(cls, row: Row[ScheduledElection]) -> None:
        """Check that the date was not over when it became known."""
        stated = row.item
        if row.sound("known_from", "date") and stated.date < stated.known_from:
            row.add(
                f"{row.path}.date: must not be earlier than known_from, {stated.known_from} (got {stated.date})",
                at="date",
            )


class Winner(Frozen):
    """One way the election can end."""

    id: Annotated[Id, InFile("Its name in the tables.", "government")]
    label: Annotated[Text, InFile("What prose calls it.", "The government is re-elected")]


class Election(Frozen):
    """The election that divides time into regimes, with the record of what date was known when."""

    schedule: Annotated[
        tuple[ScheduledElection, ...],
        InFile(
            "Which date was public from when: a forecast as of an earlier day uses what was known then.",
            empty="must name at least one date",
        ),
        Meta(min_length=1),
    ]
    winners: Annotated[tuple[Winner, ...], InFile("The ways in which it can end."), Meta(min_length=2)]

    @property
    def date(self) -> dt.date:
        """The date as last announced (after :meth:`CaseRecord.as_of`: as known at the cut-off)."""
        return max(self.schedule, key=lambda row: row.known_from).date

    @property
    def voting_day(self) -> dt.date | None:
        """The first day that was, on that day, the scheduled one (:func:`election_day`)."""
        return election_day([(row.known_from, row.date) for row in self.schedule])


def check_schedule(rows: Iterable[Row[ScheduledElection]]) -> bool:
    """Check that no two dates are known from one day."""
    lines: dict[dt.date, int] = {}
    is_sound = True
    for row in rows:
        if not row.sound("known_from"):
            continue
        day = row.item.known_from
        if day in lines:
            row.add(f"{row.path}.known_from: {day} is a duplicate of line {lines[day]}", at="known_from")
            is_sound = False
        lines.setdefault(day, row.line)
    return is_sound
