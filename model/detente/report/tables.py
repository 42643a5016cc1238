"""One table, four writers: a page, Markdown, a terminal and CSV all take the same columns.

A column is a heading, an accessor and a kind, kept together.  The accessor takes the object that a row is about and
returns the value: a probability, a date, a number, a text, or several lines of text.  The kind, one of :data:`KINDS` by
its name or one of the column's own, decides the wording, the alignment, and what CSV gets: the raw number, the date in
ISO form.  A value of None is a dash for people and nothing in CSV; a value that is text already, in whatever kind of
column, stands as it is.

    table(
        "Who wins the election",
        winners,
        Column("Winner", lambda winner: winner.label),
        Column("Probability", lambda winner: winner.probability, "percent"),
        Column("90% interval", lambda winner: winner.interval, "interval", key="interval"),
    )

:class:`Columns` is a column for each of several keys, and None in place of a column is none.  ``table`` takes rows,
``grouped`` takes groups of rows under headings.  ``to_page`` and ``to_markdown`` return escaped
markup, ``to_terminal`` what rich prints, ``to_text`` the same as plain lines, and ``to_csv`` the file.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup, escape

from detente.case.dialect import decimal
from detente.report import markdown
from detente.report.prose import clean, date, decibans, decimal_points, interval, percent, short, tenths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rich.table import Table as RichTable

Cell = str | tuple[str, ...]
"""What a reader sees in one place: a text, or several lines."""
WIDE_COLUMNS, WIDE_HEADINGS = 4, 40
"""A table of this many columns whose headings together have more letters is too wide for a telephone."""
TERMINAL_WIDTH = 80
FORMULA = frozenset("=+-@\t\r")
"""Letters with which a formula may begin in a spreadsheet."""
REPEATED = 4096
"""Texts of cells whose escaped form is remembered: most columns repeat a few."""
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?(e[-+]?\d+)?")


@dataclass(frozen=True)
class Kind:
    """What a column holds.

    ``layout`` is words, something short that must not be broken, numbers, or reasons: a reason is a sentence or more,
    and on a narrow page it gets a line of its own.  ``worded`` puts a value into words, ``raw`` makes of it what CSV
    gets.
    """

    layout: Literal["text", "short", "number", "reason"]
    worded: Callable[[Any], Cell] = str
    raw: Callable[[Any], object] = lambda value: value


type KindName = Literal[
    "text", "short", "reason", "number", "count", "percent", "tenths", "thousandths", "points", "interval",
    "decibans", "date", "iso_date",
]  # fmt: skip
KINDS: Mapping[KindName, Kind] = {
    "text": Kind("text"),
    "short": Kind("short"),
    "reason": Kind("reason"),
    "number": Kind("number"),
    "count": Kind("number", "{:,}".format),
    "percent": Kind("number", percent),
    "tenths": Kind("number", tenths),
    "thousandths": Kind("number", "{:.3f}".format),
    "points": Kind("number", lambda difference: decimal_points(difference, signed=True)),
    "interval": Kind("number", interval, lambda bounds: f"{bounds[0]} {bounds[1]}"),
    "decibans": Kind("number", decibans),
    "date": Kind("short", date),
    "iso_date": Kind("short", dt.date.isoformat),
}
"""What columns hold, by name; tenths are percents with one decimal, for tables about small changes of exact numbers."""


def decimals(pattern: str) -> Kind:
    """Return a kind of number that is shown by a format, such as ``{:.2f}``, and kept whole in CSV."""
    return Kind("number", pattern.format)


def fixed(digits: int) -> Kind:
    """Return a kind of number that CSV, too, gets with so many decimals."""
    shown = f"{{:.{digits}f}}".format
    return Kind("number", shown, shown)


@dataclass(frozen=True)
class Column[Row]:
    """A column: its heading, how a row's value is read, and what it holds.

    ``key`` is its name in CSV, where that is not the heading.  On a terminal a text longer than ``limit`` is cut, and
    the column is never narrower than ``least``.  On a page the cell leads to the ``address`` of its row, where it has
    one.
    """

    heading: str
    value: Callable[[Row], object]
    kind: Kind | KindName = "text"
    key: str = ""
    limit: int = 0
    least: int | None = None
    address: Callable[[Row], str] | None = None

    @cached_property
    def holds(self) -> Kind:
        """What it holds, where it is told by a name too."""
        return KINDS[self.kind] if isinstance(self.kind, str) else self.kind

    def cell(self, row: Row) -> Cell:
        """Return what a reader sees."""
        value = self.value(row)
        if value is None:
            return "–"
        if isinstance(value, str) or (isinstance(value, tuple) and any(isinstance(part, str) for part in value)):
            return value
        return self.holds.worded(value)

    def raw(self, row: Row) -> object:
        """Return what CSV gets."""
        value = self.value(row)
        if value is None or isinstance(value, str):
            text = value or ""
            # Spreadsheets run what begins like a formula; an apostrophe in front makes it the text that it is.
            return f"'{text}" if text[:1] in FORMULA and not _NUMBER.fullmatch(text) else text
        return self.holds.raw(value)


@dataclass(frozen=True)
class Columns[Row, Key]:
    """A column for each of several keys, of one kind: its heading, and how its value is read off a row."""

    keys: Iterable[Key]
    heading: Callable[[Key], str]
    value: Callable[[Key, Row], object]
    kind: Kind | KindName = "text"

    def __iter__(self) -> Iterator[Column[Row]]:
        return (Column(self.heading(key), partial(self.value, key), self.kind) for key in self.keys)


type Given[Row] = Column[Row] | Columns[Row, Any] | None
"""What a table is given for a place among its columns."""
PAGE = "the page"
"""What a link to the page where something was reported is called."""


@dataclass(frozen=True, slots=True)
class Group[Row]:
    """Rows that belong together, under a heading of their own if they have one.

    ``address`` is that of the page that the note is about: a web address, or empty.
    """

    rows: tuple[Row, ...]
    heading: str = ""
    note: str = ""
    address: str = ""


@dataclass(frozen=True)
class Table[Row]:
    """A table with a caption; the first cell of each row is its heading."""

    caption: str
    columns: tuple[Column[Row], ...]
    groups: tuple[Group[Row], ...]

    @property
    def size(self) -> int:
        """Number of rows."""
        return sum(len(group.rows) for group in self.groups)

    def cells(self, row: Row) -> tuple[Cell, ...]:
        """Return what a reader sees of one row."""
        return tuple(column.cell(row) for column in self.columns)

    def stacks(self) -> bool:
        """Tell whether a narrow page shows each row as a block: for reasons, several lines, or wide headings."""
        return (
            any(column.holds.layout == "reason" for column in self.columns)
            or any(not isinstance(cell, str) for group in self.groups for row in group.rows for cell in self.cells(row))
            or (
                len(self.columns) >= WIDE_COLUMNS
                and sum(len(column.heading) for column in self.columns) > WIDE_HEADINGS
            )
        )


def table[Row](caption: str, rows: Iterable[Row], *columns: Given[Row]) -> Table[Row]:
    """Return a table of one group."""
    return grouped(caption, (Group(tuple(rows)),), *columns)


def grouped[Row](caption: str, groups: Iterable[Group[Row]], *columns: Given[Row]) -> Table[Row]:
    """Return a table whose rows stand in groups."""
    given = ((one,) if isinstance(one, Column) else one for one in columns if one is not None)
    return Table(caption, tuple(column for one in given for column in one), tuple(groups))


def by_key[Key, Row](rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, tuple[Row, ...]]:
    """Return rows by a key, both in the order in which they come."""
    members: dict[Key, list[Row]] = {}
    for row in rows:
        members.setdefault(key(row), []).append(row)
    return {name: tuple(of) for name, of in members.items()}


def to_page(shown: Table[Any], style: str = "") -> Markup:
    """Return the table as HTML, in a region that scrolls by itself; every text is escaped."""
    return Markup("".join(page_lines(shown, style)))  # noqa: S704 - every text is escaped


def page_lines(shown: Table[Any], style: str = "") -> Iterator[str]:
    """Yield the same line by line."""
    stacks = shown.stacks()
    classes = f"{style}{' stacks' if stacks else ''}"
    heads = "".join(
        f'<th scope="col" class="{c.holds.layout}" dir="auto">{_html(c.heading)}</th>' for c in shown.columns
    )
    caption = _html(shown.caption)
    yield f'<div class="scroll" role="region" tabindex="0" aria-label="{caption}">\n'
    yield f'<table class="{classes}">\n' if classes else "<table>\n"
    yield f"<caption>{caption}</caption>\n<thead><tr>{heads}</tr></thead>\n"
    tags = [_tags(place, column, stacks=stacks) for place, column in enumerate(shown.columns)]
    for group in shown.groups:
        yield "<tbody>\n"
        if group.heading:
            link = f' · <a href="{_html(group.address)}" rel="noopener noreferrer">{PAGE}</a>' if group.address else ""
            note = f'<span class="note" dir="auto">{_html(group.note)}{link}</span>' if group.note else ""
            yield (
                f'<tr class="group"><th scope="rowgroup" colspan="{len(shown.columns)}">'
                f'<span class="line" dir="auto">{_html(group.heading)}</span>{note}</th></tr>\n'
            )
        for row in group.rows:
            cells = (
                f"{opening}{_page_cell(column.cell(row), column.address(row) if column.address else '')}{closing}"
                for column, (opening, closing) in zip(shown.columns, tags, strict=True)
            )
            yield f"<tr>{''.join(cells)}</tr>\n"
        yield "</tbody>\n"
    yield "</table></div>\n"


def _tags(place: int, column: Column[Any], *, stacks: bool) -> tuple[str, str]:
    """Return what stands before and after the content of each cell of a column."""
    layout = column.holds.layout
    if not place:
        return f'<th scope="row" class="{layout}" dir="auto">', "</th>"
    label = f' data-label="{_html(column.heading)}"' if stacks and layout != "reason" else ""
    direction = ' dir="auto"' if layout in {"text", "reason"} else ""
    return f'<td class="{layout}"{label}{direction}>', "</td>"


def _page_cell(cell: Cell, address: str) -> str:
    first, *others = (_html(part) for part in ((cell,) if isinstance(cell, str) else cell))
    if address:
        first = f'<a href="{_html(address)}">{first}</a>'
    if isinstance(cell, str):
        return first
    spans = [f'<span class="line first" dir="auto">{first}</span>']
    return "".join([*spans, *(f'<span class="line" dir="auto">{other}</span>' for other in others)])


@lru_cache(maxsize=REPEATED, typed=True)
def _html(text: str) -> str:
    return str(escape(clean(text)))


def to_markdown(shown: Table[Any]) -> Markup:
    """Return the table in Markdown, without its caption; the headings of groups become rows in bold."""
    return Markup("".join(markdown_lines(shown)))  # noqa: S704 - every cell is escaped


def markdown_lines(shown: Table[Any]) -> Iterator[str]:
    """Yield the same line by line, each after the first with the line end before it."""
    heads = " | ".join(_markdown(column.heading) for column in shown.columns)
    rules = " | ".join("---:" if column.holds.layout == "number" else "---" for column in shown.columns)
    yield f"| {heads} |\n| {rules} |"
    empty = " |" * (len(shown.columns) - 1)
    for group in shown.groups:
        if group.heading:
            link = f" · [{PAGE}](<{markdown.address(group.address)}>)" if group.address else ""
            note = f"<br>{_markdown(group.note)}{link}" if group.note else ""
            yield f"\n| **{_markdown(group.heading)}**{note} |{empty}"
        for row in group.rows:
            cells = ((cell,) if isinstance(cell, str) else cell for cell in shown.cells(row))
            yield f"\n| {' | '.join('<br>'.join(map(_markdown, cell)) for cell in cells)} |"


@lru_cache(maxsize=REPEATED, typed=True)
def _markdown(text: str) -> str:
    return str(markdown.text(text))


def to_terminal(shown: Table[Any], *, expand: bool = False, rule: bool = True) -> RichTable:
    """Return the table for a rich console, without its caption: the first column gets what room there is.

    With ``expand`` it is as wide as it may be; with ``rule`` there is a line under the headings.  Text from cases is
    never read as markup.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as RichTable
    from rich.text import Text

    printed = RichTable(box=SIMPLE_HEAD if rule else None, pad_edge=False, show_edge=False, expand=expand)
    for place, column in enumerate(shown.columns):
        layout = column.holds.layout
        printed.add_column(
            Text(column.heading),
            justify="right" if layout == "number" else "left",
            no_wrap=layout in {"number", "short"},
            ratio=1 if expand and not place else None,
            min_width=column.least,
        )
    for group in shown.groups:
        if group.heading:
            printed.add_row(Text(clean(group.heading), style="bold"))
        for row in group.rows:
            cells = zip(shown.columns, shown.cells(row), strict=True)
            printed.add_row(*(Text(_line(cell, column.limit)) for column, cell in cells))
    return printed


def _line(cell: Cell, limit: int) -> str:
    text = cell if isinstance(cell, str) else ", ".join(cell)
    indent = " " * (len(text) - len(text.lstrip(" ")))
    line = clean(text.lstrip(" "))
    return indent + (short(line, limit) if limit else line)


def to_text(shown: Table[Any], width: int = TERMINAL_WIDTH, *, rule: bool = True) -> str:
    """Return the table as plain lines of at most ``width`` columns."""
    from rich.console import Console

    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False, emoji=False)
    with console.capture() as captured:
        console.print(to_terminal(shown, rule=rule))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def to_csv(shown: Table[Any]) -> str:
    """Return the table as CSV with raw values, without its caption and the headings of its groups."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.key or column.heading for column in shown.columns])
    for group in shown.groups:
        raw = ([column.raw(row) for column in shown.columns] for row in group.rows)
        # A number is written as no spreadsheet takes its point for a mark of thousands.
        writer.writerows([decimal(value) if isinstance(value, float) else value for value in row] for row in raw)
    return text.getvalue()
