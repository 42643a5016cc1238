"""What every page has in common: the visit it answers, the frame around it, and errors as pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from detente.errors import CaseNotFoundError, ChangedOnDiskError, DetenteError
from detente.report.render import environment
from detente.serve.desk import DRAWS, Desk

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.datastructures import FormData
    from starlette.requests import Request

    from detente.case import CaseLocation
    from detente.serve.desk import Snapshot
    from detente.serve.jobs import Jobs

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
PAGES = (
    ("", "Case"),
    ("evidence", "Evidence"),
    ("paces", "Paces"),
    ("outcomes", "Outcomes"),
    ("watch", "Watch"),
    ("news", "News"),
    ("runs", "Runs"),
)
"""The pages of a case: the last part of the address, and what the page is called."""


@dataclass(frozen=True)
class Site:
    """The workbench: the cases on the desk, the work in the background, and the templates."""

    desk: Desk
    jobs: Jobs

    @cached_property
    def templates(self) -> Environment:
        """The templates of the workbench, and behind them those of the report."""
        made = environment("html", TEMPLATES)
        made.filters.update(part=quote_part, kept=_kept)
        made.globals["draws"] = DRAWS
        return made

    __hash__ = object.__hash__


@dataclass
class Visit:
    """One request: who asks for what, with which form."""

    site: Site
    request: Request
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        """The desk."""
        return self.site.desk

    @property
    def name(self) -> str:
        """The case that is asked for."""
        return str(self.request.path_params["case"])

    @cached_property
    def location(self) -> CaseLocation:
        """Where the case is."""
        return self.desk.locate(self.name)

    @cached_property
    def snapshot(self) -> Snapshot:
        """The case as its files have it now."""
        return self.desk.snapshot(self.name)

    @property
    def is_fragment(self) -> bool:
        """Tell whether htmx asks, for a part of a page."""
        return "hx-request" in self.request.headers

    def address(self, *parts: str) -> str:
        """Return the address of a page of the case."""
        return "/" + "/".join(("case", quote_part(self.name), *map(quote_part, parts)))

    def asked(self, key: str) -> str:
        """Return what the address asks for by a key."""
        return self.request.query_params.get(key, "").strip()

    def page(self, template: str, status: int = 200, **content: Any) -> HTMLResponse:  # noqa: ANN401 - what the template takes
        """Return a page of the case in its frame."""
        snapshot = self.snapshot
        record = snapshot.record
        shared = {
            "visit": self,
            "snapshot": snapshot,
            "title": record.title if record is not None else self.name,
            "pages": [(self.address(part) if part else self.address(), label) for part, label in pages_of(snapshot)],
            "can_write": self.desk.can_write(self.location),
            "drawn": {},
            "shown": (),
            "elsewhere": "",
        }
        text = self.site.templates.get_template(template).render({**shared, **content})
        return HTMLResponse(text, status)

    def part(self, template: str, **content: Any) -> HTMLResponse:  # noqa: ANN401 - as above
        """Return a part of a page, without the frame."""
        shared = {
            "visit": self,
            "can_write": self.desk.can_write(self.location),
            "drawn": {},
            "shown": (),
            "elsewhere": "",
        }
        return HTMLResponse(self.site.templates.get_template(template).render({**shared, **content}))

    def back(self, default: str) -> RedirectResponse:
        """Lead back to the page that a form names, if it is one of ours."""
        wanted = self.form.get("back", "")
        parts = urlsplit(wanted)
        is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
        return RedirectResponse(wanted if is_ours else default, 303)


def pages_of(snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """Return the pages of a case: that of the assessors where some are named."""
    has_panel = snapshot.record is not None and snapshot.record.assessors
    return (*PAGES, ("assessors", "Assessors")) if has_panel else PAGES


type Handler = Callable[[Visit], Response]


def endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers a request with a handler, in a thread: reading and computing must not hold others up."""

    async def answer(request: Request) -> Response:
        visit = Visit(request.app.state.site, request)
        if request.method == "POST":
            visit.form = _texts(await request.form(max_files=0))
        return await run_in_threadpool(_answered, handler, visit)

    return answer


def _answered(handler: Handler, visit: Visit) -> Response:
    try:
        return handler(visit)
    except DetenteError as error:
        status = 404 if isinstance(error, CaseNotFoundError) else 409 if isinstance(error, ChangedOnDiskError) else 400
        return failure(visit, str(error), status)


def failure(visit: Visit, message: str, status: int) -> HTMLResponse:
    """Return a page that says what is wrong, one line per problem."""
    template = visit.site.templates.get_template("failure.j2")
    home = visit.address() if "case" in visit.request.path_params and status != 404 else "/cases"  # noqa: PLR2004 - not found
    return HTMLResponse(template.render(lines=message.splitlines(), home=home, status=status), status)


def quote_part(text: str) -> str:
    """Return a text as one part of an address."""
    return quote(text, safe="")


def _texts(form: FormData) -> dict[str, str]:
    return {key: value for key, value in form.items() if isinstance(value, str)}


def _kept(text: str) -> Markup:
    """Return a text escaped, its white space as it is."""
    return escape(text)
