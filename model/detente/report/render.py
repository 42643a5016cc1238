"""Render a forecast: one self-contained HTML page, its Markdown twin, and the figures.

Each section is one template for both formats; what differs (a table, a paragraph, a link) are the macros of the
format.  Everything that comes from a case is escaped on its way in: by autoescape in HTML, and by a finalizer of the
same reach in Markdown.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from detente.report import markdown, prose
from detente.report.tables import to_markdown, to_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from detente.dossier import Dossier
    from detente.report.blocks import Page
    from detente.report.specs import Document, Figure, Section

_TEMPLATES = Path(__file__).parent / "templates"
WORDS = (
    prose.percent, prose.date, prose.count, prose.cardinal, prose.points, prose.decimal_points, prose.decibans,
    prose.factor, prose.interval, prose.between, prose.name, prose.listed, prose.tenths, prose.capital, prose.on,
    prose.web_address,
)  # fmt: skip
"""What templates call to put numbers into words."""


@dataclass(frozen=True)
class Rendered:
    """A finished report: the bytes of each file by its path in the run folder."""

    files: Mapping[str, bytes]


def render(dossier: Dossier) -> Rendered:
    """Render everything: ``report.html``, ``report.md`` and ``figures/*.svg``."""
    from detente.report.document import document

    made = document(dossier)
    figures = draw(made.figures)
    files = {
        "report.html": to_html(made, figures).encode(),
        "report.md": markdown_twin(made).encode(),
        **{f"figures/{name}.svg": svg.encode() for name, svg in figures.items()},
    }
    return Rendered(MappingProxyType(files))


def render_brief(dossier: Dossier, elsewhere: str = "") -> Rendered:
    """Render the brief, which is the report's first page: ``brief.html``, ``brief.md`` and the figures in them.

    ``elsewhere`` is where the rest of the report stands, for links; without it they are words.
    """
    from detente.report.document import BRIEF, document, figures_of

    made = document(dossier)
    shown = tuple(section for section in made.sections if section.id in BRIEF)
    figures = draw(figure for section in shown for figure in figures_of(section.spec))
    html = {"doc": made, "shown": shown, "drawn": figures, "script": None, "elsewhere": elsewhere}
    files = {
        "brief.html": page("report.j2", html).encode(),
        "brief.md": markdown_twin(made, shown).encode(),
        **{f"figures/{name}.svg": svg.encode() for name, svg in figures.items()},
    }
    return Rendered(MappingProxyType(files))


def draw(figures: Iterable[Figure]) -> dict[str, Markup]:
    """Draw figures; the keys are their names."""
    from detente.report.figures import to_svg

    return {figure.name: Markup(to_svg(figure)) for figure in figures}  # noqa: S704 - escaped by figures.svg


def to_html(made: Document, figures: Mapping[str, Markup]) -> str:
    """Return the page, figures, style sheet and script included."""
    evidence = made.see("evidence")
    script = _script() if evidence is not None and evidence.spec.switches else None
    return page("report.j2", {"doc": made, "shown": made.sections, "drawn": figures, "script": script, "elsewhere": ""})


def template_text(name: str) -> str:
    """Return a text that stands beside the templates."""
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def page(template: str, content: Mapping[str, Any]) -> str:
    """Return an HTML page with the style sheet in it."""
    style = Markup(template_text("html/style.css"))  # noqa: S704 - ours
    return _environment("html").get_template(template).render(style=style, **content)


def to_topics_page(made: Page, version: str, figures: Mapping[str, Markup] | None = None) -> str:
    """Return a page of topics as HTML; ``figures`` are drawn ones by name."""
    return page("topics.j2", {"page_of": made, "version": version, "drawn": figures or {}})


def to_topics_markdown(made: Page) -> str:
    """Return a page of topics in Markdown, with figures as files beside it."""
    return to_score_markdown({"page_of": made}, "topics.j2")


def markdown_twin(made: Document, shown: Sequence[Section] | None = None) -> str:
    """Return the Markdown twin, which shows the figures as files beside it; ``shown`` are its sections, or all."""
    text = _environment("markdown").get_template("report.j2").render(doc=made, shown=shown or made.sections)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def to_score_markdown(content: Mapping[str, Any], template: str = "score.j2") -> str:
    """Return what is said of a scoring, with figures as files beside it; ``set.j2`` is the template for a set."""
    text = _environment("markdown").get_template(template).render(**content)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@dataclass(frozen=True)
class Script:
    """The page's one script, and the source by which the content security policy lets it, and no other, run."""

    text: Markup
    source: str


@cache
def _script() -> Script:
    text = template_text("html/what_if.js")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Script(Markup(text), f"sha256-{digest}")  # noqa: S704 - ours


def script_source() -> str:
    """Return the source by which a report's content security policy names its script."""
    return _script().source


@cache
def _environment(format_: str) -> Environment:
    return environment(format_)


def environment(format_: str, *more: Path) -> Environment:
    """Return the templates of a format, ``html`` or ``markdown``, with those of other folders before them."""
    html = format_ == "html"
    made = Environment(
        loader=FileSystemLoader([*more, _TEMPLATES / format_, _TEMPLATES]),
        autoescape=True,
        finalize=_cleaned if html else markdown.text,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update({word.__name__: word for word in WORDS})
    if html:
        made.filters.update(line=_line, page=to_page)
    else:
        made.filters.update(
            line=markdown.line,
            table=to_markdown,
            address=markdown.address,
            verbatim=markdown.verbatim,
        )
    return made


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - whatever a template puts out
    """Clean what autoescape will escape."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else prose.clean(value)


def _line(text: str) -> Markup:
    """Put a block of template text on one line."""
    return Markup(" ".join(text.split()))  # noqa: S704 - a block of a template, escaped inside
