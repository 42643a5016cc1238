"""Edit a YAML document in place: what is not changed keeps every byte, comments and layout included."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = re.compile(r"[A-Za-z][^:#\n\r]*")
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
    return json.dumps(value, ensure_ascii=False)


def _root(text: str) -> Any:  # noqa: ANN401 - the library has no types
    return yaml.compose(text, Loader=_LOADER)


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
        place = min(found for mark in "\r\n" if (found := text.find(mark, place)) >= 0 or (found := len(text)))
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
