"""Typed results as values that the json module can write, and what such a file says, read back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from msgspec import Struct

DEEPEST = 30
"""How deep results nest at most; none comes near it."""
LONGEST = 24
"""Digits of a number that are quoted."""
HALF = r"[\ud800-\udfff]"
"""Half of a pair of surrogates: an escape can say it, and no encoding has it."""
LARGEST = 1e30
"""No quantity of a result comes near it."""
STEERING = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What JSON may hold as it is, and what would steer a terminal, break a line or turn the text after it about."""
PLAIN = frozenset({str, int, float, bool, type(None)})
"""What the json module writes as it is."""
DEEP, AT_ONCE = 3, 1000
"""How far down a value is put into words part by part, and how many parts of it at once."""
ROUNDING = 1e-9
"""How far beyond 0 or 1 a probability may be that was averaged or added up."""


def jsonable(value: Any) -> Any:  # noqa: ANN401 - whatever a result holds
    """Return structs, dataclasses, tuples, dates and NumPy numbers as such values, without None fields."""
    if type(value) in PLAIN:
        return value
    if (names := _names(value)) is not None:
        return {n: jsonable(v) for n in names if (v := getattr(value, n)) is not None}
    if isinstance(value, str | bool | int) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key): jsonable(v) for key, v in value.items()}
    if isinstance(value, tuple | list):
        return [jsonable(v) for v in value]
    return value.isoformat() if isinstance(value, dt.date) else float(value)


def json_text(contents: object) -> str:
    r"""Return the text of a file: letters of every script as they are, and what would steer a terminal escaped.

    >>> print(json_text(["Åland", "\x9b31m"]), end="")
    [
     "Åland",
     "\u009b31m"
    ]
    """
    return _whole(jsonable(contents))


def sealed_text(contents: Mapping[str, Any], seal: str) -> str:
    """Return the text of a file, with the digest of the rest in its last field, which ``seal`` names."""
    plain = jsonable(contents)
    plain[seal] = hashlib.sha256(_encoder(None).encode(plain).encode()).hexdigest()
    return _whole(plain)


def json_pieces(contents: object) -> Iterator[str]:
    """Yield the same piece by piece, so that a large result is nowhere whole; values as :func:`jsonable` takes them."""
    yield from map(_escaped, _pieces(contents, 1, 0))
    yield "\n"


def _whole(plain: object) -> str:
    return _escaped(_encoder(1).encode(plain)) + "\n"


def _escaped(text: str) -> str:
    return STEERING.sub(lambda letter: f"\\u{ord(letter[0]):04x}", text)


def digest_of(contents: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a file says, however it is spaced and ordered."""
    said = hashlib.sha256()
    for piece in _pieces(contents, None, 0):
        said.update(piece.encode())
    return said.hexdigest()


def _pieces(value: Any, indent: int | None, depth: int) -> Iterator[str]:  # noqa: ANN401 - whatever a result holds
    """Yield the text of a value ``depth`` objects or lists down, its keys sorted where it is not indented."""
    dump = _encoder(indent).encode
    parts: Any = value
    if (names := _names(value)) is not None:
        parts = {name: part for name in names if (part := getattr(value, name)) is not None}
    is_object = isinstance(parts, Mapping)
    if depth == DEEP or not parts or not (is_object or isinstance(parts, tuple | list)):
        yield dump(jsonable(value)).replace("\n", "\n" + " " * depth)
        return
    # Objects near the top are taken apart; of what there are many, some at a time are put into words.
    keys = sorted(parts, key=str) if is_object and indent is None else list(parts) if is_object else range(len(parts))
    between, opened = ("," if indent else ", "), "{" if is_object else "["
    yield opened
    if is_object and depth < DEEP - 1 and len(parts) <= AT_ONCE:
        for place, key in enumerate(keys):
            yield f"{between * (place > 0)}{_line(indent, depth + 1)}{json.dumps(str(key), ensure_ascii=False)}: "
            yield from _pieces(parts[key], indent, depth + 1)
    else:
        for first in range(0, len(parts), AT_ONCE):
            some = keys[first : first + AT_ONCE]
            one = {str(key): jsonable(parts[key]) for key in some} if is_object else [jsonable(parts[k]) for k in some]
            text = dump(one)[1 : -2 if indent else -1].replace("\n", "\n" + " " * depth)
            yield between * (first > 0) + text
    yield _line(indent, depth) + ("}" if is_object else "]")


@cache
def _encoder(indent: int | None) -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=False, indent=indent, sort_keys=indent is None)


def _names(value: object) -> tuple[str, ...] | None:
    """Return the names of the fields of an object; None if it has none."""
    return _fields(type(value))  # type: ignore[arg-type] # mypy holds no class for hashable


def _line(indent: int | None, depth: int) -> str:
    return "" if indent is None else "\n" + " " * depth


@cache
def _fields(kind: type) -> tuple[str, ...] | None:
    """Return the names of a class's fields; None if it has none."""
    if issubclass(kind, Struct):
        return kind.__struct_fields__
    return tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else None


def parsed(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return what a file of ours says.

    Raises
    ------
    ValueError
        It is not JSON as :func:`jsonable` writes it: a key stands twice, a number is none or beyond any quantity, or it
        is nested too deep.  The message has the line, or the place.
    """
    try:
        contents = json.loads(text, object_pairs_hook=_mapping)
    except RecursionError:
        raise ValueError("nested too deep") from None
    escapes = "\\u" in text
    waiting: list[tuple[str, Any, int]] = [("", contents, 0)]
    while waiting:
        place, part, depth = waiting.pop()
        if isinstance(part, (dict, list)):
            if depth == DEEPEST:
                raise ValueError(f"{place[:60]}: nested too deep")
            named = part.items() if isinstance(part, dict) else enumerate(part)
            if escapes and isinstance(part, dict) and re.search(HALF, "".join(part)):
                raise ValueError(f"{place[:60]}: has half of a character in a key")
            waiting += [(f"{place}.{name}" if place else str(name), one, depth + 1) for name, one in named]
        elif isinstance(part, (int, float)) and not -LARGEST <= part <= LARGEST:
            raise ValueError(f"{place}: must be a number of ordinary size (got {_short(part)})")
        elif isinstance(part, str) and escapes and re.search(HALF, part):
            raise ValueError(f"{place[:60]}: has half of a character")
    return contents


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its pairs; one with a key twice was merged badly."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:60]!r} stands twice")
    return made


def _short(number: float) -> str:
    text = str(number)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
