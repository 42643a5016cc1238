"""The page of the watch: what is due or overdue, what would be most informative, and a file for a calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

from detente.dossier import Dossier
from detente.report.names import labels
from detente.report.prose import capital, count, date, percent
from detente.report.tables import Column, Table, table
from detente.serve.figures import draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from detente.analysis.results import Watch
    from detente.case import Case
    from detente.case.watch import WatchItem
    from detente.serve.desk import Snapshot
    from detente.serve.web import Visit

SOON = 14
"""Days ahead that count as soon."""
FOLDED = 73
"""Octets of a line of a calendar file, the continuation's space left out (RFC 5545, 3.1)."""


@dataclass(frozen=True)
class Due:
    """An indicator of the case's own list, and how many days it is from its date."""

    item: WatchItem
    days: int

    @property
    def standing(self) -> str:
        """Say how far off it is."""
        if self.days < 0:
            return f"overdue by {count(-self.days, 'day')}"
        return "due today" if self.days == 0 else f"due in {count(self.days, 'day')}"


def show(visit: Visit) -> Response:
    """Show what is due, and what would change our mind."""
    case = visit.snapshot.case
    if case is None:
        return visit.page("unreadable.j2")
    listed = due(case, today())
    return visit.page("watch.j2", due=_table(visit, case, listed) if listed else None, soon=SOON, today=date(today()))


def show_ranking(visit: Visit) -> Response:
    """Show what would be most informative: section 6 of the report, as of today's files."""
    from detente.report.sections import watch

    snapshot = visit.snapshot
    forecast = snapshot.forecast
    section = watch.build(Dossier(forecast, watch=_ranked(snapshot)))
    figures = (section.dumbbell,) if section is not None else ()
    drawn = draw(figures)
    if visit.is_fragment:
        return visit.part("ranking.j2", s=section, drawn=drawn)
    return visit.page("ranking_page.j2", s=section, drawn=drawn)


def send_calendar(visit: Visit) -> Response:
    """Send the indicators as a calendar file."""
    case = visit.snapshot.sound()
    headers = {"Content-Disposition": f'attachment; filename="{case.id}-watch.ics"'}
    return Response(calendar(case), media_type="text/calendar; charset=utf-8", headers=headers)


def today() -> dt.date:
    """Return the day that it is here."""
    return dt.datetime.now().astimezone().date()


def due(case: Case, day: dt.date) -> list[Due]:
    """Return the indicators that are not items yet, by date."""
    items = {item.id for item in case.evidence}
    waiting = [Due(one, (one.by - day).days) for one in case.watch if one.id not in items]
    return sorted(waiting, key=lambda one: (one.item.by, one.item.id))


def _table(visit: Visit, case: Case, rows: list[Due]) -> Table[Due]:
    called = labels(case)
    return table(
        "Indicators on the list, by date",
        rows,
        Column(
            "Indicator",
            lambda row: (row.item.indicator, row.standing),
            address=lambda row: visit.address("news") + f"?seen={row.item.id}",
        ),
        Column("By", lambda row: date(row.item.by)),
        *(Column(f"Likelihood: {called[h]}", _likely(h)) for h in case.hypothesis_ids),
    )


def _likely(hypothesis: str) -> Callable[[Due], str]:
    return lambda row: percent(row.item.likelihoods[hypothesis].mid)


def _ranked(snapshot: Snapshot) -> Watch:
    from detente.analysis.watch import watch

    return watch(snapshot.sound())


def calendar(case: Case) -> str:
    """Return the indicators of a case as a calendar: one event of a day for each."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//detente//watch//EN"]
    for one in due(case, case.information_cutoff):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{case.id}-{one.item.id}@detente",
            f"DTSTAMP:{case.information_cutoff:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{one.item.by:%Y%m%d}",
            f"SUMMARY:{_text(capital(one.item.indicator))}",
            f"DESCRIPTION:{_text(case.title)}",
            "END:VEVENT",
        ]
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _fold(line))


def _text(value: str) -> str:
    for letter in ("\\", ";", ","):
        value = value.replace(letter, f"\\{letter}")
    return " ".join(value.split())


def _fold(line: str) -> list[str]:
    """Break a line so that none has more octets than calendars take."""
    parts, now = [], ""
    for letter in line:
        if len((now + letter).encode()) > FOLDED:
            parts.append(now)
            now = " "
        now += letter
    return [*parts, now]
