"""Append rows to a CSV table, or withdraw one, and leave every other byte of it as it is."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
RETRACTED = ("retracted_on", "retracted_because")


def append_rows(content: bytes | None, columns: Mapping[str, bool], rows: Sequence[Mapping[str, object]]) -> bytes:
    r"""Return a table with rows added at its end.

    Parameters
    ----------
    content
        The table; None makes a new one.
    columns
        Its columns, in the order of a new table, and whether each must be there; one that need not is added at the
        right where a row has something to say in it.  Each row follows the order of the header.
    rows
        By column, as Python values; what a row lacks is blank.

    Examples
    --------
    >>> append_rows(b"b,a", {"a": True, "b": True}, [{"a": "x, y", "b": 0.5}])
    b'b,a\n0.5,"x, y"\n'
    """
    if content is None:
        content = (",".join(name for name, required in columns.items() if required) + "\n").encode()
    said = [name for name in columns if any(row.get(name) not in {None, ""} for row in rows)]
    text = widen(content, said).decode()
    end, header = _line_end(text), _header(text)
    gap = "" if text.endswith(("\n", "\r")) else end
    return (text + gap + "".join(_row([row.get(name) for name in header], end) for row in rows)).encode()


def withdraw_rows(content: bytes, withdrawn: Mapping[str, tuple[dt.date, str]]) -> bytes:
    """Return the register with some items, by id, marked as retracted: on which day and why."""
    text = widen(content, RETRACTED).decode()
    header, parts = _header(text), []
    for cells, body, end, is_head in _rows(text):
        item = cells[header.index("id")].strip() if cells and not is_head else None
        if item is not None and item in withdrawn:
            given = dict(zip(RETRACTED, withdrawn[item], strict=True))
            parts.append(_row([given.get(name, cell) for name, cell in zip(header, cells, strict=True)], end))
        else:
            parts.append(body + end)
    return "".join(parts).encode()


def widen(content: bytes, names: Sequence[str]) -> bytes:
    """Return a table with the columns of these names that it lacks, blank, at its right."""
    text = content.decode()
    header = _header(text)
    missing = [name for name in names if name not in header]
    if not missing:
        return content
    named = "".join(f",{name}" for name in missing)
    more = [(named if is_head else "," * len(missing)) if cells else "" for cells, _, _, is_head in _rows(text)]
    return "".join(body + new + end for (_, body, end, _), new in zip(_rows(text), more, strict=True)).encode()


def _header(text: str) -> list[str]:
    return [name.strip().removeprefix(MARK) for name in next(cells for cells, _, _, is_head in _rows(text) if is_head)]


def _rows(text: str) -> list[tuple[list[str], str, str, bool]]:
    """Return each row's cells (none in a row of nothing), its own text, its line end, and whether it is the header."""
    lines = list(io.StringIO(text, newline=""))
    reader, first, seen = csv.reader(lines), 0, False
    found = []
    for cells in reader:
        raw, first = "".join(lines[first : reader.line_num]), reader.line_num
        body = raw.rstrip("\r\n")
        is_blank = not any(cell.strip() for cell in cells)
        found.append(([] if is_blank else cells, body, raw[len(body) :], not is_blank and not seen))
        seen = seen or not is_blank
    return found


def _row(cells: Sequence[object], end: str) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator=end).writerow([_cell(cell) for cell in cells])
    return line.getvalue()


def _cell(value: object) -> str:
    """Write a value as the loader reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _line_end(text: str) -> str:
    """Return the line end of the first line."""
    first = next(iter(io.StringIO(text, newline="")), "\n")
    return first[len(first.rstrip("\r\n")) :] or "\n"
