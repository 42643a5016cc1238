"""Read a CSV table into rows: header by name, every faulty cell noted with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from detente.case.columns import NOTHING, REQUIRED, Frozen, Row, Spec, specs
from detente.case.days import InvalidError
from detente.case.dialect import helps, rows_of
from detente.case.findings import Findings
from detente.case.values import Reader
from detente.errors import quoted, suggestion

MOST_KNOWN = 5000
"""Texts of one column whose reading is remembered."""
NO_FIELDS: AbstractSet[str] = frozenset()


class Layout[T: Frozen](NamedTuple):
    """Where a table's header puts each column: what each row is read as, and by which readers."""

    kind: type[T]
    heads: int
    plan: tuple[tuple[str, str, Reader, object, int], ...]
    fields: frozenset[str]
    beyond: tuple[str, ...]


def read_table[T: Frozen](
    text: str, kind: type[T], findings: Findings, extra: Sequence[Spec] = ()
) -> tuple[Row[T], ...] | None:
    """Return the rows of a table, or None where its header (or its quoting) makes them unreadable.

    Blank lines, and rows of nothing but commas as a spreadsheet leaves them, are no rows.

    Parameters
    ----------
    text
        The table.
    kind
        The class each row is read as.
    findings
        Where problems go.
    extra
        Columns beyond those of the class, kept in :attr:`Row.extra`.
    """
    known = len(findings.problems)
    table = split(io.StringIO(text, newline=""), findings)
    layout = read_header(table, kind, findings, extra)
    for _ in table:  # to the end, since a table that breaks off there is not read at all
        pass
    if layout is None or len(findings.problems) > known:
        return None
    table = split(io.StringIO(text, newline=""), findings)
    next(table)
    return read_rows(table, layout, findings)


def read_header[T: Frozen](
    table: Iterator[tuple[int, list[str]]], kind: type[T], findings: Findings, extra: Sequence[Spec] = ()
) -> Layout[T] | None:
    """Take the header off a table; None, and a problem, where it is missing or wrong."""
    known = len(findings.problems)
    line, heads = next(table, (0, []))
    if not heads:
        if len(findings.problems) == known:
            columns = ",".join(spec.name for spec in (*specs(kind), *extra) if not spec.column.may_lack)
            findings.add(1, f"the file is empty: its first line must be {columns}")
        return None
    return lay_out(heads, line, kind, findings, extra)


def lay_out[T: Frozen](
    heads: Sequence[str], line: int, kind: type[T], findings: Findings, extra: Sequence[Spec] = ()
) -> Layout[T] | None:
    """Find the columns of a class in a header; None, and a problem for each, where one is missing or unknown."""
    fields, names = (*specs(kind), *extra), [name.strip() for name in heads]
    # A column may be called by another name, where it is not there under its own.
    own = {other: spec.name for spec in fields for other in spec.column.also if spec.name not in names}
    places = _columns([own.get(name, name) for name in names], line, fields, findings)
    if places is None:
        return None
    plan = tuple(
        (spec.field, spec.name, spec.reader.read, spec.default, places[spec.name])
        for spec in fields
        if spec.name in places
    )
    return Layout(kind, len(heads), plan, frozenset(spec.field for spec in fields), tuple(spec.field for spec in extra))


def read_rows[T: Frozen](
    body: Iterable[tuple[int, list[str]]], layout: Layout[T], findings: Findings
) -> tuple[Row[T], ...]:
    """Read the rows of a table, each with its line."""
    rows = []
    known: tuple[dict[str, Any], ...] = tuple({} for _ in layout.plan)
    for line, cells in body:
        values: dict[str, Any] = {}
        unread: AbstractSet[str] = layout.fields
        if len(cells) == layout.heads:
            values, unread = _read_cells(cells, layout.plan, known, line, findings)
        else:
            many = len(cells) > layout.heads
            remedy = "put text that contains a comma in double quotes" if many else "add the missing commas"
            findings.add(line, f"the row has {len(cells)} cells and the header {layout.heads}: {remedy}")
        more = {field: values.pop(field) for field in layout.beyond if field in values}
        rows.append(Row(layout.kind.read(values, unread), findings, line, faulty=unread, extra=more or NOTHING))
    for row in rows:
        layout.kind.rules(row)
    return tuple(rows)


def _read_cells(
    cells: Sequence[str],
    plan: Sequence[tuple[str, str, Reader, object, int]],
    known: Sequence[dict[str, Any]],
    line: int,
    findings: Findings,
) -> tuple[dict[str, Any], AbstractSet[str]]:
    """Read the cells of one row: values by field, and the fields that could not be read.

    ``known`` has, column by column, what texts were read as before: most columns repeat a few.
    """
    values: dict[str, Any] = {}
    unread: set[str] = set()
    for (field, name, read, default, place), seen in zip(plan, known, strict=True):
        cell = cells[place].strip()
        if cell in seen:
            values[field] = seen[cell]
        elif cell:
            try:
                values[field] = read(cell)
            except InvalidError as error:
                remedy = f"; `detente tidy {findings.file}` does so throughout" if helps(cell, name) else ""
                findings.wrong(line, name, f"{error}{remedy}", cell)
                unread.add(field)
                continue
            if len(seen) < MOST_KNOWN:
                seen[cell] = values[field]
        elif default is REQUIRED:
            findings.add(line, f"{name}: must not be blank")
            unread.add(field)
        else:
            values[field] = default
    return values, unread or NO_FIELDS


def names_in_header(text: str) -> tuple[str, ...]:
    """Return the names of the columns of a table; none where its first row cannot be read."""
    table = split(io.StringIO(text, newline=""), Findings("", []))
    return tuple(name.strip() for name in next(table, (0, []))[1])


def split(lines: Iterable[str], findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Split lines into rows of cells, each with the line it begins on; end, with a problem, where they cannot be.

    A table that a spreadsheet saved with semicolons or tabs is read as it is (:mod:`detente.case.dialect`).
    """
    try:
        yield from rows_of(lines)
    except csv.Error as error:
        findings.add(getattr(error, "line", 1), _explain(str(error)))


def _explain(error: str) -> str:
    if "field larger than" in error:
        return f"a cell is longer than {csv.field_size_limit()} characters: shorten it, or close its double quotes"
    if "unexpected end of data" in error:
        return "a double quote is opened here and never closed"
    return 'a double quote inside a cell must be doubled (""), and the cell put in double quotes'


def _columns(names: list[str], line: int, fields: Sequence[Spec], findings: Findings) -> dict[str, int] | None:
    """Find the place of each column in the header; None where one is missing, unknown or there twice."""
    wanted = [spec.name for spec in fields]
    faults = False
    for name in dict.fromkeys(names):
        if not name:
            findings.add(line, "a column has no name")
        elif name not in wanted:
            findings.add(line, f"unknown column {quoted(name)}{suggestion(name, wanted) or _free(names, wanted)}")
        elif names.count(name) > 1:
            findings.add(line, f"duplicate column {quoted(name)} ({names.count(name)} times)")
        else:
            continue
        faults = True
    for spec in fields:
        if spec.name not in names and not spec.column.may_lack:
            findings.add(line, f"missing column {quoted(spec.name)}")
            faults = True
    return None if faults else {name: names.index(name) for name in wanted if name in names}


def _free(names: Sequence[str], wanted: Sequence[str]) -> str:
    """Say what becomes of a column that no table of the kind has."""
    free = [name for name in wanted if name not in names]
    return f": delete it, or rename it to the column you mean ({', '.join(free)})" if free else ": delete it"
