"""Read a CSV table into rows: header by name, every faulty cell noted with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from detente.case.columns import REQUIRED, Frozen, Row, Spec, specs
from detente.case.findings import Findings
from detente.case.values import InvalidError, Reader
from detente.errors import quoted, suggestion


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
    table = _split(text, findings)
    if table is None:
        return None
    fields = (*specs(kind), *extra)
    if not table:
        header = ",".join(spec.name for spec in fields if not spec.column.may_lack)
        findings.add(1, f"the file is empty: its first line must be {header}")
        return None
    (header_line, heads), *body = table
    places = _columns(heads, header_line, fields, findings)
    if places is None:
        return None
    plan = [
        (spec.field, spec.name, spec.reader.read, spec.default, places[spec.name])
        for spec in fields
        if spec.name in places
    ]
    beyond = [spec.field for spec in extra]
    rows = []
    for line, cells in body:
        values: dict[str, Any] = {}
        unread = {spec.field for spec in fields}
        if len(cells) == len(heads):
            values, unread = _read_cells(cells, plan, line, findings)
        else:
            many = len(cells) > len(heads)
            remedy = "put text that contains a comma in double quotes" if many else "add the missing commas"
            findings.add(line, f"the row has {len(cells)} cells and the header {len(heads)}: {remedy}")
        more = {field: values.pop(field) for field in beyond if field in values}
        rows.append(Row(kind.read(values, unread), findings, line, faulty=unread, extra=more))
    for row in rows:
        kind.rules(row)
    return tuple(rows)


def _read_cells(
    cells: Sequence[str], plan: Sequence[tuple[str, str, Reader, object, int]], line: int, findings: Findings
) -> tuple[dict[str, Any], set[str]]:
    """Read the cells of one row: values by field, and the fields that could not be read."""
    values, unread = {}, set()
    for field, name, read, default, place in plan:
        cell = cells[place].strip()
        if cell:
            try:
                values[field] = read(cell)
            except InvalidError as error:
                findings.wrong(line, name, str(error), cell)
                unread.add(field)
        elif default is REQUIRED:
            findings.add(line, f"{name}: must not be blank")
            unread.add(field)
        else:
            values[field] = default
    return values, unread


def _split(text: str, findings: Findings) -> list[tuple[int, list[str]]] | None:
    """Split the text into rows of cells, each with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    table = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                table.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        findings.add(line, _explain(str(error)))
        return None
    return table


def _explain(error: str) -> str:
    if "field larger than" in error:
        return f"a cell is longer than {csv.field_size_limit()} characters: shorten it, or close its double quotes"
    if "unexpected end of data" in error:
        return "a double quote is opened here and never closed"
    return 'a double quote inside a cell must be doubled (""), and the cell put in double quotes'


def _columns(heads: list[str], line: int, fields: Sequence[Spec], findings: Findings) -> dict[str, int] | None:
    """Find the place of each column in the header; None where one is missing, unknown or there twice."""
    wanted = [spec.name for spec in fields]
    names = [name.strip() for name in heads]
    for separator, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and separator in names[0]:
            findings.add(line, f"columns are separated by {called}: save the table as CSV with commas")
            return None
    faults = False
    for name in dict.fromkeys(names):
        if not name:
            findings.add(line, "a column has no name")
        elif name not in wanted:
            findings.add(line, f"unknown column {quoted(name)}{suggestion(name, wanted)}")
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
