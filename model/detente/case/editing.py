"""Edit the files of a case in place: what is not changed keeps every byte, comments and layout included.

YAML documents: replace a value or a block, add to a list or a mapping.  CSV tables: append rows, or withdraw some.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from detente.case.dialect import decimal, in_commas, raw_rows, written_row
from detente.case.documents import OLD_BREAKS, without_old_breaks

REPLACED = "replaced_on"
RETRACTED = ("retracted_on", "retracted_because")

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = re.compile(r"[A-Za-z][^:#\n\r\x85\u2028\u2029]*")
_ESCAPED = {ord(letter): f"\\u{ord(letter):04x}" for letter in OLD_BREAKS}
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
    return "".join(row.text + row.end for row in raw_rows(content.decode()) if row.is_head).encode()


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
    return yaml.compose(without_old_breaks(text), Loader=_LOADER)


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
    first = next(iter(io.StringIO(text, newline="")), "\n")
    end, header = first[len(first.rstrip("\r\n")) :] or "\n", _header(text)
    gap = "" if text.endswith(("\n", "\r")) else end
    return (text + gap + "".join(_row(header, row, end) for row in rows)).encode()


def replace_rows(
    content: bytes | None, columns: Mapping[str, bool], keys: Sequence[str], rows: Sequence[Mapping[str, object]]
) -> bytes:
    r"""Return a table with rows in place of those with the same key, or at its end; the rest keeps every byte.

    >>> replace_rows(b"id,mid\na,0.5\nb,0.6\n", {"id": True, "mid": True}, ["id"], [{"id": "a", "mid": "0.7"}])
    b'id,mid\na,0.7\nb,0.6\n'
    """
    if content is None:
        return append_rows(content, columns, rows)
    said = [name for name in columns if any(row.get(name) not in {None, ""} for row in rows)]
    text = widen(content, said).decode()
    new = {tuple(_cell(row.get(name)) for name in keys): row for row in rows}
    kept = _rewritten(text, lambda _, row: new.pop(tuple(row.get(name, "").strip() for name in keys), None))
    return append_rows(kept, columns, [*new.values()])


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

    def changed(_: int, row: dict[str, str]) -> Mapping[str, object] | None:
        given = changes.get(tuple(row.get(name, "").strip() for name in keys))
        return None if given is None or row.get(REPLACED, "").strip() else {**row, **given}

    return _rewritten(text, changed)


def row_at(content: bytes, line: int) -> dict[str, str] | None:
    """Return the cells, by column, of the row that begins on a line of a table; None where none does, or it is odd."""
    return next((cells for first, cells in rows_of(content) if first == line), None)


def rows_of(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line on which each row of a table begins, and its cells by column; odd rows are left out."""
    text = content.decode()
    header = _header(text)
    for row in raw_rows(text):
        if not row.is_head and len(row.cells) == len(header):
            yield row.line, dict(zip(header, row.cells, strict=True))


def line_of(content: bytes, cells: Mapping[str, str]) -> int:
    """Return the line on which the only row with these cells begins; 0 where there is none, or several."""
    lines = [first for first, row in rows_of(content) if row == cells]
    return lines[0] if len(lines) == 1 else 0


def amend_row(content: bytes, line: int, cells: Mapping[str, str]) -> bytes:
    """Return a table with some cells changed of the row that begins on a line; every other row keeps its bytes.

    A column that the table lacks is added at its right where the new cell says something.
    """
    text = widen(content, [name for name, value in cells.items() if value]).decode()
    return _rewritten(text, lambda first, row: {**row, **cells} if first == line else None)


def drop_rows(content: bytes, column: str, value: str) -> bytes:
    """Return a table without the rows that have a value in a column."""
    text = content.decode()
    header = _header(text)
    place = header.index(column)
    kept = [
        row.text + row.end
        for row in raw_rows(text)
        if row.is_head or len(row.cells) != len(header) or row.cells[place].strip() != value
    ]
    return "".join(kept).encode()


def _rewritten(text: str, change: Callable[[int, dict[str, str]], Mapping[str, object] | None]) -> bytes:
    """Return a table in which ``change``, given line and cells of a row, says its new cells; None keeps its bytes."""
    header, parts = _header(text), []
    for row in raw_rows(text):
        cells = dict(zip(header, row.cells, strict=False))
        new = change(row.line, cells) if cells and not row.is_head else None
        parts.append(row.text + row.end if new is None else _row(header, new, row.end))
    return "".join(parts).encode()


def widen(content: bytes, names: Sequence[str]) -> bytes:
    """Return a table with the columns of these names that it lacks, blank, at its right."""
    text = in_commas(content.decode())
    header = _header(text)
    missing = [name for name in names if name not in header]
    if not missing:
        return text.encode()
    more = "".join(f",{name}" for name in missing), "," * len(missing)
    return "".join(
        row.text + (more[0] if row.is_head else more[1] if row.cells else "") + row.end for row in raw_rows(text)
    ).encode()


def _header(text: str) -> list[str]:
    return [name.strip() for name in next(row.cells for row in raw_rows(text) if row.is_head)]


def _row(header: Sequence[str], row: Mapping[str, object], end: str) -> str:
    return written_row((_cell(row.get(name)) for name in header), end)


def _cell(value: object) -> str:
    """Write a value as the loader reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return decimal(value) if isinstance(value, float) else str(value)
