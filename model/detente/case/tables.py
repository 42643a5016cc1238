"""Read a CSV table into records: header by name, every faulty cell noted with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from detente.case.findings import Findings
from detente.case.records import REQUIRED, Field, Record
from detente.case.values import InvalidError
from detente.errors import quoted, suggestion

_NO_LINES: dict[str, int] = {}


def read_table(text: str, fields: Sequence[Field], findings: Findings) -> tuple[Record, ...] | None:
    """Return the rows of a table, or None where its header (or its quoting) makes them unreadable.

    Blank lines, and rows of nothing but commas as a spreadsheet leaves them, are no rows.
    """
    rows = _rows(text, findings)
    if rows is None:
        return None
    if not rows:
        header = ",".join(field.name for field in fields if not field.may_lack)
        findings.add(1, f"the file is empty: its first line must be {header}")
        return None
    (header_line, heads), *body = rows
    columns = _columns(heads, header_line, fields, findings)
    if columns is None:
        return None
    plan = [(field.name, columns[field.name], field.read, field.default) for field in fields if field.name in columns]
    absent = {field.name: field.default for field in fields if field.name not in columns}
    records = []
    for line, cells in body:
        if len(cells) != len(heads):
            many = len(cells) > len(heads)
            remedy = "put a text with a comma in double quotes" if many else "add the missing commas"
            findings.add(line, f"the row has {len(cells)} cells and the header {len(heads)}: {remedy}")
            records.append(Record(line, {}, _NO_LINES))
            continue
        values = dict(absent)
        for name, column, read, default in plan:
            cell = cells[column].strip()
            if not cell:
                if default is REQUIRED:
                    findings.add(line, f"{name}: must not be blank")
                else:
                    values[name] = default
                continue
            try:
                values[name] = read(cell) if read else cell
            except InvalidError as error:
                findings.wrong(line, name, str(error), cell)
        records.append(Record(line, values, _NO_LINES))
    return tuple(records)


def _rows(text: str, findings: Findings) -> list[tuple[int, list[str]]] | None:
    """Split the text into rows, each with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        findings.add(line, _explain(str(error)))
        return None
    return rows


def _explain(error: str) -> str:
    if "field larger than" in error:
        return f"a cell is longer than {csv.field_size_limit()} characters: shorten it, or close its double quotes"
    if "unexpected end of data" in error:
        return "a double quote is opened here and never closed"
    return 'a double quote inside a cell must be doubled (""), and the cell put in double quotes'


def _columns(header: list[str], line: int, fields: Sequence[Field], findings: Findings) -> dict[str, int] | None:
    """Find the place of each field in the header; None where one is missing, unknown or there twice."""
    wanted = [field.name for field in fields]
    found = [name.strip() for name in header]
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(found) == 1 and separator in found[0]:
            findings.add(line, f"columns are separated by {name}: save the table as CSV with commas")
            return None
    faults = False
    for name in dict.fromkeys(found):
        if not name:
            findings.add(line, "a column has no name")
        elif name not in wanted:
            findings.add(line, f"unknown column {quoted(name)}{suggestion(name, wanted)}")
        elif found.count(name) > 1:
            findings.add(line, f"the column {quoted(name)} is there {found.count(name)} times")
        else:
            continue
        faults = True
    for field in fields:
        if field.name not in found and not field.may_lack:
            findings.add(line, f"the column {quoted(field.name)} is missing")
            faults = True
    return None if faults else {name: found.index(name) for name in wanted if name in found}
