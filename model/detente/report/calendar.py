"""Reminders as a calendar (iCalendar, RFC 5545): a day's event each, with an alarm on the day before."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from detente.report.prose import capital, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from detente.analysis.reminders import Reminder
    from detente.case import CaseRecord

LONGEST = 75
"""Octets of a line; a longer one goes on after a line end and a blank."""


def to_calendar(case: CaseRecord, due: Iterable[Reminder], as_of: dt.date) -> bytes:
    """Return the calendar; the same reminders as of the same day give the same bytes."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//detente//watch//EN", "CALSCALE:GREGORIAN"]
    for one in due:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{case.id}-{one.kind}-{one.id.replace(':', '-')}@detente",
            f"DTSTAMP:{as_of:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{one.day + dt.timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(f'{case.id}: {capital(one.text)}')}",
            f"DESCRIPTION:{_text(f'{capital(one.kind)} of the case {case.id}. Then: {one.remedy}')}",
            "TRANSP:TRANSPARENT",
            *("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_text(one.text)}", "TRIGGER:-P1D", "END:VALARM"),
            "END:VEVENT",
        ]
    return "".join(part for line in [*lines, "END:VCALENDAR"] for part in _folded(line)).encode()


def _text(value: str) -> str:
    """Escape a text as the format asks."""
    plain = " ".join(clean(value).split())
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> Iterator[str]:
    """Yield the pieces of a line, none of more octets than it may have, and no letter torn."""
    piece, room = "", LONGEST
    for letter in line:
        if len((piece + letter).encode()) > room:
            yield f"{piece}\r\n"
            piece, room = " ", LONGEST
        piece += letter
    yield f"{piece}\r\n"
