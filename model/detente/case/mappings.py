"""Read the entries of a YAML document into rows, as the columns of a class ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from detente.case.columns import (
    NOTHING,
    REQUIRED,
    UNREAD,
    Frozen,
    InFile,
    Listed,
    Mapped,
    Nested,
    Row,
    Scalar,
    Shape,
    specs,
    unique,
)
from detente.case.documents import Entry
from detente.case.values import Reads, identifier
from detente.errors import quoted

ID = Reads(identifier, "id")


def read_mapping[T: Frozen](
    entry: Entry, kind: type[T], given: Mapping[str, Any] = NOTHING, shared: Mapping[str, Any] = NOTHING
) -> Row[T]:
    """Read a mapping with known keys as an object; unknown and missing keys are problems.

    Parameters
    ----------
    entry
        The mapping.
    kind
        Its class.
    given
        Fields that its place states, so that no key may.
    shared
        Fields that may be left to the document as a whole, and what that says; UNREAD where that is unknown.
    """
    fields = [spec for spec in specs(kind) if spec.field not in given]
    entries = entry.mapping()
    values, parts, faulty = dict(given), {}, {name for name, value in given.items() if value is UNREAD}
    if entry.node.kind == "pairs":
        entry.refuse_unknown(entries, [spec.name for spec in fields])
    else:
        faulty |= {spec.field for spec in fields}
        fields = []
    before = "." if entry.path else ""
    for spec in fields:
        default = shared.get(spec.field, spec.default)
        part = entries.get(spec.name)
        if part is None and default is REQUIRED:
            entry.findings.add(entry.line, f"{entry.path}{before}{spec.name}: is missing")
            value, inner, is_sound = UNREAD, NOTHING, False
        elif part is None or (part.is_null and default is not REQUIRED):
            value, inner, is_sound = default, NOTHING, default is not UNREAD
        else:
            known = len(part.findings.problems)
            value, inner = read_shape(part, spec.shape, spec.column, default)
            is_sound = value is not UNREAD and len(part.findings.problems) == known
        if value is not UNREAD:
            values[spec.field] = value
        if inner:
            parts[spec.field] = inner
        if not is_sound:
            faulty.add(spec.field)
    values = {name: value for name, value in values.items() if value is not UNREAD}
    absent = [name for name in faulty if name not in values]
    lines = {spec.field: entries[spec.name].line for spec in fields if spec.name in entries}
    row = Row(kind.read(values, absent), entry.findings, entry.line, entry.path, lines, parts, faulty)
    kind.rules(row)
    return row


def read_shape(
    entry: Entry, shape: Shape, column: InFile, default: object = REQUIRED
) -> tuple[Any, Mapping[str, Row[Any]]]:
    """Read what stands at an entry: its value as far as it could be read, and the rows it consists of."""
    if isinstance(shape, Scalar):
        return entry.read(shape.reads, default), NOTHING
    if isinstance(shape, Nested):
        row = read_mapping(entry, shape.kind)
        return row.item, {"": row}
    if isinstance(shape, Mapped):
        rows = _mapped(entry, shape, column)
        read = shape.key.read if shape.every and shape.key else str
        return {read(name): row.item for name, row in rows.items()}, rows
    if isinstance(shape, Listed):
        if shape.keyed:  # a mapping from id to the rest of an object
            parts = _allowed(entry, ID, column).items()
            rows = {name: shape.of.kind.read_under(name, part) for name, part in parts}  # type: ignore[union-attr] # only an object is keyed
        else:
            rows = _listed(entry, shape, column)
        return tuple(row.item for row in rows.values() if row.sound("id")), rows
    return entry, NOTHING


def _member(entry: Entry, shape: Shape, column: InFile) -> Row[Any] | None:
    """Read one member of a list or mapping; None for a value that cannot be read."""
    if isinstance(shape, Nested):
        return read_mapping(entry, shape.kind)
    value, _ = read_shape(entry, shape, column)
    return None if value is UNREAD else Row(value, entry.findings, entry.line, entry.path)


def _listed(entry: Entry, shape: Listed, column: InFile) -> dict[str, Row[Any]]:
    """Read a list: by the ids or the values of its members, of which none may stand twice, else by their places."""
    members = list(entry.items())
    read = [(member, row) for member in members if (row := _member(member, shape.of, column))]
    rows: dict[str, Row[Any]] = {}
    if isinstance(shape.of, Nested) and "id" in shape.of.kind.__struct_fields__:
        rows = unique(row for _, row in read)
    elif isinstance(shape.of, Scalar):
        for member, row in read:
            if (name := str(row.item)) in rows:
                shown = quoted(name) if isinstance(row.item, str) else name
                member.add(f"{shown} is a duplicate of line {rows[name].line}")
            rows.setdefault(name, row)
    else:
        rows = {str(place): row for place, (_, row) in enumerate(read)}
    if entry.is_list and len(members) < shape.fewest:
        entry.add(column.empty or f"must have at least {shape.fewest} entries (got {len(members)})")
    return rows


def _mapped(entry: Entry, shape: Mapped, column: InFile) -> dict[str, Row[Any]]:
    """Read a mapping; where all its keys are given, each must be there."""
    entries = _allowed(entry, None if shape.every else shape.key, column)
    if shape.every and entries:
        entry.refuse_unknown(entries, shape.every)
        if missing := [key for key in shape.every if key not in entries]:
            span = f"{shape.every[0]} to {shape.every[-1]}"
            entry.add(f"must give a number for each of {span} (missing: {', '.join(missing)})")
        entries = {key: entries[key] for key in shape.every if key in entries}
    rows = {name: _member(part, shape.of, column) for name, part in entries.items()}
    return {name: row for name, row in rows.items() if row is not None}


def _allowed(entry: Entry, key: Reads | None, column: InFile) -> dict[str, Entry]:
    """Return the entries of a mapping whose keys can be read, less those with a key that is reserved."""
    entries = entry.names(key) if key else entry.mapping()
    for name in column.reserved.keys() & entries.keys():
        entries.pop(name).add(column.reserved[name])
    return entries
