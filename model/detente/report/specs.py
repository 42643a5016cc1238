"""What templates are given: frozen tables, figures and sections, with every number already worded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from detente.report.sections.front import Front

Cell = str | tuple[str, ...]
"""A table cell: a text, or several lines."""


@dataclass(frozen=True)
class Column:
    """A column's heading, and what it holds: words, something short that must not be broken, or numbers."""

    label: str
    kind: Literal["text", "short", "number"] = "text"


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
    data: Table | None = None
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A numbered section: ``id`` names its template and its anchor, ``spec`` is what its builder made."""

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
        """Return the section of that id, or None where this report has none."""
        return next((section for section in self.sections if section.id == section_id), None)
