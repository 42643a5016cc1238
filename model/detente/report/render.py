"""Render a forecast: one self-contained HTML page, its Markdown twin, and the figures.

Each section is one template for both formats; what differs (a table, a paragraph, a link) are the macros of the
format.  Everything that comes from a case is escaped on its way in: by autoescape in HTML, and by a finalizer of the
same reach in Markdown.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from markupsafe import Markup

from detente.report import markdown, prose
from detente.report.tables import Table, markdown_lines, page_lines, to_markdown, to_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jinja2.runtime import Context

    from detente.dossier import Dossier
    from detente.report.specs import Document, Figure, Section

_TEMPLATES = Path(__file__).parent / "templates"
WORDS = (
    prose.percent, prose.date, prose.count, prose.cardinal, prose.points, prose.decimal_points, prose.decibans,
    prose.factor, prose.interval, prose.between, prose.name, prose.listed, prose.tenths, prose.capital, prose.on,
    prose.web_address, prose.chance,
)  # fmt: skip
"""What templates call to put numbers into words."""
SCRIPT = "html/what_if.js"
"""The one script of a report."""
LARGE = 1000
"""Rows from which on a table is spelt out as it is written, and is nowhere whole."""
_PLACE = re.compile("\x00(\\d+)\x00")
"""Where such a table belongs; no text of a case has such a letter once it is cleaned."""

type Later = list[Iterator[str]]
"""The lines of the large tables of a page, in the order of their places."""


def render(dossier: Dossier) -> dict[str, bytes]:
    """Render everything, by its path in the run folder: ``report.html``, ``report.md`` and ``figures/*.svg``."""
    return {path: b"".join(pieces) for path, pieces in rendering(dossier)}


def rendering(dossier: Dossier) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the same file by file and piece by piece."""
    from detente.report.document import document

    made = document(dossier)
    figures = draw(made.figures)
    tables: Later = []
    yield "report.html", _spelt_out(to_html(made, figures, tables), tables)
    tables = []
    yield "report.md", _spelt_out(markdown_twin(made, later=tables), tables)
    for name, svg in figures.items():
        yield f"figures/{name}.svg", iter((svg.encode(),))


def _spelt_out(text: str, tables: Later) -> Iterator[bytes]:
    """Yield a page with its large tables in their places."""
    for place, part in enumerate(_PLACE.split(text)):
        if place % 2:
            yield from (line.encode() for line in tables[int(part)])
        else:
            yield part.encode()


def render_brief(dossier: Dossier, elsewhere: str = "") -> dict[str, bytes]:
    """Render the brief, which is the report's first page: ``brief.html``, ``brief.md`` and the figures in them.

    ``elsewhere`` is where the rest of the report stands, for links; without it they are words.
    """
    from detente.report.document import BRIEF, document
    from detente.report.specs import figures_of

    made = document(dossier)
    shown = tuple(section for section in made.sections if section.id in BRIEF)
    figures = draw(figure for section in shown for figure in figures_of(section.spec))
    brief = page("report.j2", doc=made, shown=shown, drawn=figures, script="", elsewhere=elsewhere)
    return to_files("brief", brief, markdown_twin(made, shown), figures)


def to_files(name: str, html: str, text: str, figures: Mapping[str, Markup]) -> dict[str, bytes]:
    """Return a page, its Markdown twin and its figures as files by path."""
    drawn = {f"figures/{figure}.svg": svg for figure, svg in figures.items()}
    return {path: content.encode() for path, content in {f"{name}.html": html, f"{name}.md": text, **drawn}.items()}


def draw(figures: Iterable[Figure]) -> dict[str, Markup]:
    """Draw figures; the keys are their names."""
    from detente.report.figures import to_svg

    return {figure.name: Markup(to_svg(figure)) for figure in figures}  # noqa: S704 - escaped by figures.svg


def to_html(made: Document, figures: Mapping[str, Markup], later: Later | None = None) -> str:
    """Return the page, figures, style sheet and script included; ``later`` takes what is to be spelt out after it."""
    evidence = made.see("evidence")
    has_switches = evidence is not None and evidence.spec.switches
    script = Markup(template_text(SCRIPT)) if has_switches else ""  # noqa: S704 - ours
    source = script_source()
    content = {"doc": made, "shown": made.sections, "drawn": figures, "script": script, "source": source}
    return page("report.j2", **content, elsewhere="", later=later)


def template_text(name: str) -> str:
    """Return a text that stands beside the templates."""
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def page(template: str, **content: Any) -> str:  # noqa: ANN401 - what the template takes
    """Return an HTML page with the style sheet in it."""
    style = Markup(template_text("html/style.css"))  # noqa: S704 - ours
    return environment("html").get_template(template).render(style=style, **content)


def markdown_page(template: str, **content: Any) -> str:  # noqa: ANN401 - as above
    """Return a page in Markdown, which shows figures as files beside it."""
    text = environment("markdown").get_template(template).render(**content)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def markdown_twin(made: Document, shown: Sequence[Section] | None = None, later: Later | None = None) -> str:
    """Return the Markdown twin of a report; ``shown`` are its sections, or all, and ``later`` as of :func:`to_html`."""
    return markdown_page("report.j2", doc=made, shown=shown or made.sections, later=later)


@cache
def script_source() -> str:
    """Return the source by which a report's content security policy lets its one script, and no other, run."""
    digest = base64.b64encode(hashlib.sha256(template_text(SCRIPT).encode()).digest()).decode()
    return f"sha256-{digest}"


@cache
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
        made.filters.update(line=_line, page=_page)
    else:
        made.filters.update(line=markdown.line, table=_table, address=markdown.address, verbatim=markdown.verbatim)
    return made


@pass_context
def _page(context: Context, shown: Table[Any], style: str = "") -> Markup:
    """Put a table on a page."""
    return _place(context, shown, page_lines(shown, style)) or to_page(shown, style)


@pass_context
def _table(context: Context, shown: Table[Any]) -> Markup:
    """Put a table into Markdown, where it stands between blank lines."""
    return _place(context, shown, markdown_lines(shown)) or to_markdown(shown)


def _place(context: Context, shown: Table[Any], lines: Iterator[str]) -> Markup | None:
    """Return the place of a table whose lines are to be spelt out later; None if it is not one of those."""
    later: Later | None = context.get("later")
    if later is None or shown.size < LARGE:
        return None
    later.append(lines)
    return Markup(f"\x00{len(later) - 1}\x00")  # noqa: S704 - a number


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - whatever a template puts out
    """Clean what autoescape will escape."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else prose.clean(value)


def _line(text: str) -> Markup:
    """Put a block of template text on one line."""
    return Markup(" ".join(text.split()))  # noqa: S704 - a block of a template, escaped inside
