"""The page of the outcomes: section 5 of the report, as of today's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.dossier import Dossier
from detente.serve.figures import draw

if TYPE_CHECKING:
    from starlette.responses import Response

    from detente.serve.web import Visit


def show(visit: Visit) -> Response:
    """Show what may happen, and when."""
    from detente.report.names import election
    from detente.report.sections import outcomes
    from detente.report.specs import Document

    if visit.snapshot.case is None:
        return visit.page("unreadable.j2")
    forecast = visit.snapshot.forecast
    section = outcomes.build(Dossier(forecast))
    figures = section.figures if section is not None else ()
    polls = section.polls.figure if section is not None and section.polls is not None else None
    return visit.page(
        "outcomes.j2",
        doc=Document(forecast, election(forecast), (), ()),
        s=section,
        drawn=draw((*figures, *([polls] if polls else []))),
    )
