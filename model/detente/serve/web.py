"""What every page has in common: the visit it answers, the frame around it, its figures, and errors as pages."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from detente.case.locating import CaseNotFoundError
from detente.errors import ChangedOnDiskError, DetenteError
from detente.report.figures import to_svg
from detente.report.render import environment
from detente.serve.desk import DRAWS, Desk, Snapshot

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request

    from detente.case import Case, CaseLocation, CaseRecord
    from detente.report.specs import Figure
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
"""The pages of a case, beside that of the assessors: the last part of the address, and what the page is called."""


@dataclass(frozen=True)
class Site:
    """The workbench: the cases on the desk, the work in the background, and the templates."""

    desk: Desk
    jobs: Jobs

    @cached_property
    def templates(self) -> Environment:
        """The templates of the workbench, and behind them those of the report."""
        made = environment("html", TEMPLATES)
        made.filters.update(part=quote_part, kept=escape)  # escaped, its white space as it is
        made.globals["draws"] = DRAWS
        return made

    __hash__ = object.__hash__


class UnreadableError(Exception):
    """A page that has nothing to show while the files of the case have problems."""


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
    def case(self) -> Case:
        """The case as of its cut-off; it raises :class:`UnreadableError` where it cannot be forecast."""
        if self.snapshot.case is None:
            raise UnreadableError
        return self.snapshot.case

    @property
    def record(self) -> CaseRecord:
        """The whole case; it raises :class:`UnreadableError` where it cannot be read."""
        if self.snapshot.record is None:
            raise UnreadableError
        return self.snapshot.record

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
        record = self.snapshot.record
        panel = (("assessors", "Assessors"),) if record is not None and record.assessors else ()
        frame = {
            "snapshot": self.snapshot,
            "headline": self.snapshot.headline() if self.snapshot.is_answered else (),
            "title": record.title if record is not None else self.name,
            "pages": [(self.address(part) if part else self.address(), label) for part, label in (*PAGES, *panel)],
        }
        return self.part(template, status, **{**frame, **content})

    def part(self, template: str, status: int = 200, **content: Any) -> HTMLResponse:  # noqa: ANN401 - as above
        """Return a part of a page, without the frame."""
        can_write = self.desk.can_write(self.location)
        shared = {"visit": self, "can_write": can_write, "drawn": {}, "shown": (), "elsewhere": ""}
        return HTMLResponse(self.site.templates.get_template(template).render({**shared, **content}), status)

    def back(self, default: str) -> RedirectResponse:
        """Lead back to the page that a form names, if it is one of ours."""
        wanted = self.form.get("back", "")
        parts = urlsplit(wanted)
        is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
        return RedirectResponse(wanted if is_ours else default, 303)


type Handler = Callable[[Visit], Response]


def endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers a request with a handler, in a thread: reading and computing must not hold others up."""

    async def answer(request: Request) -> Response:
        visit = Visit(request.app.state.site, request)
        if request.method == "POST":
            form = await request.form(max_files=0)
            visit.form = {key: value for key, value in form.items() if isinstance(value, str)}
        return await run_in_threadpool(_answered, handler, visit)

    return answer


def _answered(handler: Handler, visit: Visit) -> Response:
    try:
        return handler(visit)
    except UnreadableError:
        return visit.page("unreadable.j2")
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


_STYLE = re.compile(r' style="([^"]*)"')
_FONT = re.compile(r"(?:(?P<weight>\d+|bold|normal)\s+)?(?P<size>[\d.]+px)\b")
PAGE_ONLY = frozenset({"max-width", "min-width"})
"""What says how wide a figure is on the page: the workbench's style sheet does."""


def draw(figures: Iterable[Figure]) -> dict[str, Markup]:
    """Draw figures for a page that allows no inline style: styles become attributes.  The keys are their names."""
    return {figure.name: Markup(_STYLE.sub(_attributes, to_svg(figure))) for figure in figures}  # noqa: S704 - escaped by report.figures.svg


def _attributes(style: re.Match[str]) -> str:
    """Turn ``style="fill: none; stroke-width: 2"`` into ``fill="none" stroke-width="2"``."""
    pairs = (part.partition(":") for part in style[1].split(";") if part.strip())
    attributes = []
    for name, _, value in ((key.strip(), colon, rest.strip()) for key, colon, rest in pairs):
        if name == "font" and (font := _FONT.search(value)):
            attributes += [
                f'font-size="{font["size"]}"',
                *([f'font-weight="{font["weight"]}"'] if font["weight"] else []),
            ]
        elif name not in PAGE_ONLY:
            attributes.append(f'{name}="{value}"')
    return "".join(f" {attribute}" for attribute in attributes)
