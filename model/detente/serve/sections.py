"""The pages that show sections of the report as of today's files: the outcomes, and what to watch."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import Response

from detente.analysis.reminders import Reminder, reminders
from detente.case.clock import today
from detente.dossier import Dossier
from detente.report.calendar import to_calendar
from detente.report.prose import capital, count, date
from detente.report.tables import Column, Table, table
from detente.serve.web import Visit, draw

if TYPE_CHECKING:
    import datetime as dt


def show_outcomes(visit: Visit) -> Response:
    """Show what may happen, and when."""
    from detente.report.names import election
    from detente.report.sections import outcomes
    from detente.report.specs import Document, figures_of

    _, forecast = visit.case, visit.snapshot.forecast
    section = outcomes.build(Dossier(forecast))
    doc = Document(forecast, election(forecast), (), ())
    return visit.page("outcomes.j2", doc=doc, s=section, drawn=draw(figures_of(section)))


def show_watch(visit: Visit) -> Response:
    """Show what is due, and what would change our mind."""
    _, day = visit.case, today()
    due = reminders(visit.record, day)
    return visit.page("watch.j2", due=_table(visit, due, day) if due else None, today=date(day))


def show_ranking(visit: Visit) -> Response:
    """Show what would be most informative: section 6 of the report, as of today's files."""
    from detente.analysis.watch import watch
    from detente.report.sections.watch import build

    snapshot = visit.snapshot
    section = build(Dossier(snapshot.forecast, watch=watch(snapshot.sound())))
    drawn = draw((section.dumbbell,) if section is not None else ())
    if visit.is_fragment:
        return visit.part("ranking.j2", s=section, drawn=drawn)
    return visit.page("ranking_page.j2", s=section, drawn=drawn)


def send_calendar(visit: Visit) -> Response:
    """Send what is dated as a calendar file."""
    record, day = visit.record, today()
    headers = {"Content-Disposition": f'attachment; filename="{record.id}.ics"'}
    calendar = to_calendar(record, reminders(record, day), day)
    return Response(calendar, media_type="text/calendar; charset=utf-8", headers=headers)


def _table(visit: Visit, due: tuple[Reminder, ...], day: dt.date) -> Table[Reminder]:
    """Return what is dated, soonest first; an indicator leads to the form that reports it as seen."""

    def form(one: Reminder) -> str:
        return f"{visit.address('news')}?{urlencode({'seen': one.id})}" if one.kind == "indicator" else ""

    return table(
        "What is dated, soonest first",
        due,
        Column("What", lambda one: (one.text, f"{capital(one.kind)}, {_standing(one, day)}"), address=form),
        Column("By", lambda one: one.day, "date"),
    )


def _standing(one: Reminder, day: dt.date) -> str:
    """Say how far off a day is."""
    away = (one.day - day).days
    return {
        "overdue": f"overdue by {count(-away, 'day')}",
        "due": "due today",
        "ahead": f"due in {count(away, 'day')}",
    }[one.standing(day)]
