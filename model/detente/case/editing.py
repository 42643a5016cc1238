"""Edit the files of a case in place: what is not changed keeps every byte, comments and layout included.

YAML documents: replace a value or a block, add to a list or a mapping.  CSV tables: append rows, or withdraw some.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from detente.case.dialect import MARK, decimal, in_commas
from detente.case.documents import OLD_BREAKS

REPLACED = "replaced_on"
RETRACTED = ("retracted_on", "retracted_because")

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = re.compile(r"[A-Za-z][^:#\n\r\x85\u2028\u2029]*")
_ESCAPED = {letter: f"\\u{letter:04x}" for letter in OLD_BREAKS}
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off"})


class Edit(NamedTuple):
    """A replacement of ``text[start:end]``."""

    start: int
    end: int
    new: str


def replace_value(text: str, path: Sequence[str], new: str) -> str:
    """Return the document with the scalar at a path replaced."""
    node = _find(_root(text), path)
    return _apply(text, [Edit(node.start_mark.index, node.end_mark.index, new)])


def value_at(text: str, path: Sequence[str]) -> str:
    """Return the scalar at a path of a document, as text."""
    return str(_find(_root(text), path).value)


def put_value(text: str, path: Sequence[str], new: str) -> str:
    """Return the document with the scalar at a path replaced, comments kept; keys that are missing are added."""
    node = _root(text)
    for depth, name in enumerate(path):
        present = next((value for key, value in node.value if key.value == name), None)
        if present is None:
            return _apply(text, [_new_pair(text, node, path[depth:], new)])
        node = present
    end = node.end_mark.index
    if node.style in {"|", ">"}:  # ends after its line end, and any blank lines
        end = node.start_mark.index + len(text[node.start_mark.index : end].rstrip())
    return _apply(text, [Edit(node.start_mark.index, end, new)])


def _new_pair(text: str, node: Any, path: Sequence[str], new: str) -> Edit:  # noqa: ANN401 - the library has no types
    """Put a value at a path into a mapping that lacks its first key."""
    if node.flow_style:
        return _into_flow(text, node, [f"{': {'.join(path)}: {new}{'}' * (len(path) - 1)}"])
    indent = node.start_mark.column
    above = [f"{' ' * (indent + 2 * depth)}{name}:" for depth, name in enumerate(path[:-1])]
    return _after(text, node, [*above, f"{' ' * (indent + 2 * (len(path) - 1))}{path[-1]}: {new}"])


def has_key(text: str, key: str) -> bool:
    """Tell whether a document has a top-level key."""
    return any(name.value == key for name, _ in _root(text).value)


def header_of(content: bytes) -> bytes:
    """Return the header of a table, with its byte order mark and its line end."""
    return "".join(body + end for _, body, end, is_head in _lines(content.decode()) if is_head).encode()


def add_to_list(text: str, path: Sequence[str], rows: Sequence[str]) -> str:
    """Return the document with rows, written in flow style, added at the end of the list at a path."""
    node = _find(_root(text), path)
    if node.flow_style:
        return _apply(text, [_into_flow(text, node, rows)])
    indent = " " * node.start_mark.column
    return _apply(text, [_after(text, node, [f"{indent}- {row}" for row in rows])])


def add_to_mapping(text: str, key: str, pairs: Mapping[str, str]) -> str:
    """Return the document with pairs added to the top-level mapping of a key, which is made where there is none."""
    root = _root(text)
    node = next((value for name, value in root.value if name.value == key), None)
    if root.flow_style and node is None:
        inside = ", ".join(f"{name}: {quoted_text(value)}" for name, value in pairs.items())
        return _apply(text, [_into_flow(text, root, [f"{key}: {{{inside}}}"])])
    if node is None:
        return _apply(text, [_after(text, root, [f"{key}:", *_block(pairs, 2)])])
    if isinstance(node, yaml.ScalarNode):  # nothing, or null
        edit = _after(text, node, _block(pairs, 2))
        return _apply(text, [edit, Edit(node.start_mark.index, node.end_mark.index, "")])
    if node.flow_style:
        return _apply(
            text, [_into_flow(text, node, [f"{name}: {quoted_text(value)}" for name, value in pairs.items()])]
        )
    return _apply(text, [_after(text, node, _block(pairs, node.start_mark.column))])


def replace_block(text: str, key: str, lines: Sequence[str]) -> str:
    """Return the document with the top-level pair of a key replaced by other lines, or by none; else they are added.

    What stands inside the pair goes with it, comments too; what stands around it stays.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    pair = next(((name, value) for name, value in _root(text).value if name.value == key), None)
    if pair is None:
        return text.rstrip("\r\n") + end + "".join(f"{end}{line}" for line in lines) + end if lines else text
    start, place = pair[0].start_mark.index, _after(text, pair[1], ()).start
    if not lines:
        place += len(end) if text.startswith(end, place) else 0
    return _apply(text, [Edit(start, place, end.join(lines))])


def quoted_text(value: str) -> str:
    """Write a text in double quotes."""
    return json.dumps(value, ensure_ascii=False).translate(_ESCAPED)


def _root(text: str) -> Any:  # noqa: ANN401 - the library has no types
    return yaml.compose(text.translate(OLD_BREAKS), Loader=_LOADER)


def _find(node: Any, path: Sequence[str]) -> Any:  # noqa: ANN401 - as above
    for name in path:
        node = next(value for key, value in node.value if key.value == name)
    return node


def _block(pairs: Mapping[str, str], indent: int) -> list[str]:
    return [f"{' ' * indent}{name}: {_scalar(value)}" for name, value in pairs.items()]


def _scalar(value: str) -> str:
    """Write a text plain where that is safe in a block, else in double quotes."""
    safe = _PLAIN.fullmatch(value) and value == value.strip() and value.lower() not in _WORDS
    return value if safe else quoted_text(value)


def _after(text: str, node: Any, lines: Sequence[str]) -> Edit:  # noqa: ANN401 - the library has no types
    """Put lines after the last line of a node."""
    last = node
    while isinstance(last, yaml.CollectionNode) and not last.flow_style and last.value:
        last = last.value[-1][1] if isinstance(last, yaml.MappingNode) else last.value[-1]
    place = last.end_mark.index
    if getattr(last, "style", None) in {"|", ">"}:  # ends after its line end, and any blank lines
        place = last.start_mark.index + len(text[last.start_mark.index : place].rstrip())
    else:
        place = min(stop for mark in "\r\n" if (stop := text.find(mark, place)) >= 0 or (stop := len(text)))
    end = "\r\n" if "\r\n" in text else "\n"
    return Edit(place, place, "".join(end + line for line in lines))


def _into_flow(text: str, node: Any, parts: Sequence[str]) -> Edit:  # noqa: ANN401 - the library has no types
    """Put parts before the bracket that closes a node in flow style."""
    place = node.end_mark.index - 1
    before = text[node.start_mark.index : place].rstrip()
    place = node.start_mark.index + len(before)
    comma = ", " if node.value and not before.endswith(",") else " " if node.value else ""
    return Edit(place, place, comma + ", ".join(parts))


def _apply(text: str, edits: Sequence[Edit]) -> str:
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


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


def replace_rows(
    content: bytes | None, columns: Mapping[str, bool], keys: Sequence[str], rows: Sequence[Mapping[str, object]]
) -> bytes:
    r"""Return a table with rows in place of those with the same key, or at its end; the rest keeps every byte.

    Examples
    --------
    >>> replace_rows(b"id,mid\na,0.5\nb,0.6\n", {"id": True, "mid": True}, ["id"], [{"id": "a", "mid": "0.7"}])
    b'id,mid\na,0.7\nb,0.6\n'
    """
    if content is None:
        return append_rows(content, columns, rows)
    said = [name for name in columns if any(row.get(name) not in {None, ""} for row in rows)]
    text = widen(content, said).decode()
    new = {tuple(_cell(row.get(name)) for name in keys): row for row in rows}
    header, parts = _header(text), []
    for cells, body, end, is_head in _lines(text):
        row = dict(zip(header, cells, strict=False)) if cells and not is_head else {}
        given = new.pop(tuple(row.get(name, "").strip() for name in keys), None) if row else None
        parts.append(body + end if given is None else _row([given.get(name) for name in header], end or "\n"))
    return append_rows("".join(parts).encode(), columns, [*new.values()])


def withdraw_rows(content: bytes, withdrawn: Mapping[str, tuple[dt.date, str]]) -> bytes:
    """Return the register with some items, by id, marked as retracted: on which day and why."""
    changes: dict[tuple[str, ...], Mapping[str, object]]
    changes = {(item,): dict(zip(RETRACTED, given, strict=True)) for item, given in withdrawn.items()}
    return amend_rows(content, ("id",), changes)


def amend_rows(content: bytes, keys: Sequence[str], changes: Mapping[tuple[str, ...], Mapping[str, object]]) -> bytes:
    """Return a table with some cells changed, of the rows with a key in whose place no corrected row stands.

    Parameters
    ----------
    content
        The table.
    keys
        The columns of the key; one that the table lacks is blank.
    changes
        By key, the new cells by column; a column that the table lacks is added at its right.
    """
    text = widen(content, list(dict.fromkeys(name for given in changes.values() for name in given))).decode()
    header, parts = _header(text), []
    for cells, body, end, is_head in _lines(text):
        row = dict(zip(header, cells, strict=True)) if cells and not is_head else {}
        given = changes.get(tuple(row.get(name, "").strip() for name in keys)) if row else None
        if given is not None and not row.get(REPLACED, "").strip():
            parts.append(_row([given.get(name, cell) for name, cell in row.items()], end))
        else:
            parts.append(body + end)
    return "".join(parts).encode()


def row_at(content: bytes, line: int) -> dict[str, str] | None:
    """Return the cells, by column, of the row that begins on a line of a table; None where none does, or it is odd."""
    return next((cells for first, cells in rows_of(content) if first == line), None)


def rows_of(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line on which each row of a table begins, and its cells by column; odd rows are left out."""
    text = content.decode()
    header = _header(text)
    for first, (cells, _, _, is_head) in _numbered(text):
        if not is_head and len(cells) == len(header):
            yield first, dict(zip(header, cells, strict=True))


def line_of(content: bytes, cells: Mapping[str, str]) -> int:
    """Return the line on which the only row with these cells begins; 0 where there is none, or several."""
    lines = [first for first, row in rows_of(content) if row == cells]
    return lines[0] if len(lines) == 1 else 0


def amend_row(content: bytes, line: int, cells: Mapping[str, str]) -> bytes:
    """Return a table with some cells changed of the row that begins on a line; every other row keeps its bytes.

    A column that the table lacks is added at its right where the new cell says something.
    """
    text = widen(content, [name for name, value in cells.items() if value]).decode()
    header, parts = _header(text), []
    for first, (row, body, end, _) in _numbered(text):
        is_it = first == line
        parts.append(
            _row([cells.get(name, cell) for name, cell in zip(header, row, strict=True)], end) if is_it else body + end
        )
    return "".join(parts).encode()


def drop_rows(content: bytes, column: str, value: str) -> bytes:
    """Return a table without the rows that have a value in a column."""
    text = content.decode()
    header = _header(text)
    place = header.index(column)
    kept = [
        body + end
        for cells, body, end, is_head in _lines(text)
        if is_head or len(cells) != len(header) or cells[place].strip() != value
    ]
    return "".join(kept).encode()


def _numbered(text: str) -> Iterator[tuple[int, tuple[list[str], str, str, bool]]]:
    """Yield the line on which each row begins, and the row as :func:`_lines` has it."""
    line = 1
    for row in _lines(text):
        yield line, row
        line += len(io.StringIO(row[1] + row[2], newline="").readlines())


def widen(content: bytes, names: Sequence[str]) -> bytes:
    """Return a table with the columns of these names that it lacks, blank, at its right."""
    text = in_commas(content.decode())
    header = _header(text)
    missing = [name for name in names if name not in header]
    if not missing:
        return text.encode()
    named = "".join(f",{name}" for name in missing)
    more = [(named if is_head else "," * len(missing)) if cells else "" for cells, _, _, is_head in _lines(text)]
    return "".join(body + new + end for (_, body, end, _), new in zip(_lines(text), more, strict=True)).encode()


def _header(text: str) -> list[str]:
    return [name.strip() for name in next(cells for cells, _, _, is_head in _lines(text) if is_head)]


def _lines(text: str) -> list[tuple[list[str], str, str, bool]]:
    """Return each row's cells (none in a row of nothing), its own text, its line end, and whether it is the header.

    A byte order mark belongs to the first row's text and to none of its cells.
    """
    plain = text.removeprefix(MARK)
    mark = text[: len(text) - len(plain)]
    lines = list(io.StringIO(plain, newline=""))
    reader, first, seen = csv.reader(lines), 0, False
    parts = []
    for cells in reader:
        raw, first = "".join(lines[first : reader.line_num]), reader.line_num
        body = raw.rstrip("\r\n")
        end = raw[len(body) :]
        body, mark = mark + body, ""
        is_blank = not any(cell.strip() for cell in cells)
        parts.append(([] if is_blank else cells, body, end, not is_blank and not seen))
        seen = seen or not is_blank
    return parts


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
    return decimal(value) if isinstance(value, float) else str(value)


def _line_end(text: str) -> str:
    first = next(iter(io.StringIO(text, newline="")), "\n")
    return first[len(first.rstrip("\r\n")) :] or "\n"
