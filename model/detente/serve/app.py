"""The addresses of the workbench, each with the page that answers it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from detente.report.render import template_text
from detente.serve.jobs import Jobs
from detente.serve.web import STATIC, Handler, Site, Visit, endpoint, failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from detente.serve.desk import Desk

KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
SHIPPED = frozenset({"htmx.min.js", "workbench.js", "workbench.css"})
REPORT_STYLE = "report.css"
"""The style sheet of reports, which the pages share."""


def make_app(desk: Desk, report_bug: Callable[[Exception], str] = str) -> Starlette:
    """Return the workbench of a desk, without the guard that stands before it.

    ``report_bug`` is given what nobody foresaw, and returns the line that the page shows.
    """
    case = "/case/{case}"
    routes = [
        *_routes("GET", {
            "/": "overview.front",
            "/cases": "overview.show_cases",
            case: "overview.show",
            f"{case}/strip": "overview.strip",
            f"{case}/pulse": "overview.pulse",
            f"{case}/evidence": "evidence.show",
            f"{case}/evidence/{{item}}": "evidence.show_item",
            f"{case}/paces": "paces.show",
            f"{case}/paces/{{line:int}}": "paces.show_row",
            f"{case}/outcomes": "sections.show_outcomes",
            f"{case}/watch": "sections.show_watch",
            f"{case}/watch/ranking": "sections.show_ranking",
            f"{case}/watch/calendar.ics": "sections.send_calendar",
            f"{case}/news": "news.show",
            f"{case}/assessors": "assessors.show",
            f"{case}/runs": "runs.show",
            f"{case}/runs/job": "runs.progress",
            f"{case}/runs/{{folder}}/{{file}}": "runs.send",
            f"{case}/row/{{line:int}}/{{file:path}}": "editing.row",
        }),
        *_routes("POST", {
            f"{case}/preview": "editing.show_preview",
            f"{case}/write": "editing.save",
            f"{case}/undo": "editing.undo",
            f"{case}/news/effect": "news.show_effect",
            f"{case}/news/take-in": "news.take_in",
            f"{case}/runs/start": "runs.start",
            f"{case}/runs/cancel": "runs.cancel",
        }),
        Route("/static/{name}", _static),
        Route("/favicon.ico", _no_icon),
    ]  # fmt: skip

    async def bug(request: Request, error: Exception) -> Response:
        line = await run_in_threadpool(report_bug, error)
        return failure(Visit(request.app.state.site, request), line, 500)

    app = Starlette(routes=routes, exception_handlers={404: _missing, Exception: bug})
    app.state.site = Site(desk, Jobs())
    return app


def _routes(method: str, handlers: dict[str, str]) -> list[Route]:
    return [Route(path, endpoint(_handler(name)), methods=[method]) for path, name in handlers.items()]


def _handler(name: str) -> Handler:
    """Return a handler by its module and name; the module is imported when it is first asked for."""
    module, _, function = name.partition(".")

    def handler(visit: Visit) -> Response:
        answered: Handler = getattr(import_module(f"detente.serve.{module}"), function)
        return answered(visit)

    return handler


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name == REPORT_STYLE:
        return Response(await run_in_threadpool(template_text, "html/style.css"), media_type=KINDS[".css"])
    if name not in SHIPPED:
        return await _missing(request)
    path = STATIC / name
    return FileResponse(path, media_type=KINDS[path.suffix])


async def _no_icon(request: Request) -> Response:
    """Answer what browsers ask for by themselves: there is none."""
    del request
    return Response(status_code=204)


async def _missing(request: Request, error: Exception | None = None) -> Response:
    del error
    return await endpoint(_handler("overview.missing"))(request)
