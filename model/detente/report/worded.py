"""Tables whose rows are worded already, until every module names its accessors."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import Literal

from detente.report import tables
from detente.report.tables import Table as New

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
