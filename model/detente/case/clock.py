"""The wall clock: days that have not passed, and days so long ago that they are likely a slip of the pen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detente.case.bulletins import Bulletin
    from detente.case.schema import CaseRecord

LONG_AGO = 50
"""Years before the cut-off of a case from which on a date is likely a slip: `1926-03-05` for `2026-03-05`."""
DAYS_A_YEAR = 365.2425


def today() -> dt.date:
    """Return the day it is where the program runs."""
    return dt.datetime.now().astimezone().date()


def doubtful_day(what: str, day: dt.date, case: CaseRecord) -> str | None:
    """Say what is doubtful about the day from which something is said to be known; None where nothing is.

    Parameters
    ----------
    what
        What is of that day, as the sentence begins.
    day
        The day.
    case
        The case it is told to.
    """
    if day > (now := today()):
        return f"{what} is dated {day}, after today, {now}"
    years = int((case.information_cutoff - day).days / DAYS_A_YEAR)
    if years >= LONG_AGO:
        return f"{what} is dated {day}, {years} years before the cut-off, {case.information_cutoff}"
    return None


def doubtful_days(bulletin: Bulletin, case: CaseRecord) -> tuple[str, ...]:
    """Say what is doubtful about the dates of a bulletin and of what it brings."""
    return tuple(filter(None, (doubtful_day(what, day, case) for what, day in _days(bulletin))))


def counted_until(case: CaseRecord, cutoff: dt.date) -> dt.date:
    """Return the day up to which silence counts at a cut-off: none counts on days that have not passed.

    A day after today has passed, as far as the case goes, where something is on record of it or of a later one: so a
    replay of what is yet to come stands.
    """
    now = today()
    if cutoff <= now:
        return cutoff
    known = [item.known_on for item in case.evidence] + [event.known_on for event in case.events]
    known += [poll.known_on for poll in case.polls] + [process.start.date for process in case.processes]
    known += [item.retracted_on for item in case.evidence if item.retracted_on is not None]
    known += [row.known_from for row in case.election.schedule] if case.election is not None else []
    known += [row.until for row in case.earlier_likelihoods]
    return max([now, *(day for day in known if day <= cutoff)])


def _days(bulletin: Bulletin) -> Iterator[tuple[str, dt.date]]:
    yield "the bulletin", bulletin.date
    if bulletin.date > today():  # nothing in it is later, and it need not be said again
        return
    for item in bulletin.evidence:
        yield f"the item {item.id}", item.date
    for event in bulletin.events:
        yield f"the event {event.process} > {event.state}", event.first
    for poll in bulletin.polls:
        yield f"the poll of {poll.pollster}", poll.end
    for row in bulletin.schedule:
        yield "the election date", row.known_from
