"""What templates are given: frozen tables, figures and sections, with every number already worded."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal, Protocol

from detente.report import tables
from detente.report.tables import Table as New

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from detente.report.sections.front import Front

Cell = str | tuple[str, ...]
"""A table cell: a text, or several lines."""


WIDE_COLUMNS, WIDE_HEADINGS = 4, 40
"""A table of this many columns whose headings together have more letters is too wide for a telephone."""


@dataclass(frozen=True)
class Column:
    """A column's heading, and what it holds: words, something short that must not be broken, numbers, or reasons.

    A reason is a sentence or more: on a narrow page it gets a line of its own.
    """

    label: str
    kind: Literal["text", "short", "number", "reason"] = "text"


@dataclass(frozen=True)
class Group:
    """Rows that belong together, under a heading of their own if they have one."""

    rows: tuple[tuple[Cell, ...], ...]
    heading: str = ""
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first cell of each row is its heading."""

    caption: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]

    @property
    def size(self) -> int:
        """Number of rows."""
        return sum(len(group.rows) for group in self.groups)

    @property
    def stacks(self) -> bool:
        """Whether a narrow page shows each row as a block of its own: for reasons, several lines, or wide headings."""
        cells = (cell for group in self.groups for row in group.rows for cell in row)
        return (
            any(column.kind == "reason" for column in self.columns)
            or any(not isinstance(cell, str) for cell in cells)
            or (len(self.columns) >= WIDE_COLUMNS and sum(len(column.label) for column in self.columns) > WIDE_HEADINGS)
        )


def to_new(old: Table) -> New[tuple[Cell, ...]]:
    """Return a table whose rows are worded already as one of the new kind, until every module names its accessors."""
    columns = tuple(
        tables.Column[tuple[Cell, ...]](column.label, itemgetter(place), tables.Kind(column.kind))
        for place, column in enumerate(old.columns)
    )
    return New(old.caption, columns, tuple(tables.Group(group.rows, group.heading, group.note) for group in old.groups))


def table(caption: str, columns: tuple[Column, ...], rows: tuple[tuple[Cell, ...], ...]) -> Table:
    """Return a table of one group."""
    return Table(caption, columns, (Group(rows),))


class Drawing(Protocol):
    """What a figure shows, as data; it knows how to draw itself."""

    def draw(self) -> Canvas:
        """Return the matplotlib figure."""
        ...


@dataclass(frozen=True)
class Figure:
    """A figure: file name, a title that says the finding, a description for those who cannot see it, data, a key."""

    name: str
    title: str
    description: str
    drawing: Drawing
    data: Table | New[Any] | None = None
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A numbered section: ``id`` names its template and its anchor.

    ``spec`` is what its builder made, None where its input does not exist.
    """

    id: str
    number: str
    title: str
    spec: Any

    @property
    def label(self) -> str:
        """How the text refers to it."""
        return f"annex {self.number}" if self.number.isalpha() else f"section {self.number}"


@dataclass(frozen=True)
class Document:
    """The whole report."""

    front: Front
    sections: tuple[Section, ...]
    figures: tuple[Figure, ...]

    def see(self, section_id: str) -> Section | None:
        """Return the section of that id to refer to, or None where it has nothing to say."""
        return next((s for s in self.sections if s.id == section_id and s.spec is not None), None)
