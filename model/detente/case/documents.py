"""Take a YAML 1.2 document apart, into entries that know their lines.

The YAML library only takes the text apart (libyaml's events: a fifteenth of the time a parser in Python takes).  It
resolves nothing: a scalar stays the text it is until its field reads it.  So ``no`` is a word, ``1e-3`` a number, a tag
is refused, and a key that stands twice is found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from detente.case.columns import REQUIRED, UNREAD, read_text
from detente.case.findings import Findings
from detente.case.values import Reads
from detente.errors import quoted

DEEPEST = 20
MOST_REPEATED = 100_000
"""Values that aliases (`*name`) may repeat in all: a short file can stand for more than any machine reads."""
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
OLD_BREAKS = "\x85\u2028\u2029"
"""YAML 1.1 broke lines at these, and libyaml still does; in YAML 1.2 they are letters like others."""
UNSEEN = "; nothing else in this file is checked until that is mended"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _RefusedError(Exception):
    """Something YAML has and a case may not hold, at a line."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class Node(NamedTuple):
    """A piece of a document: ``kind`` is ``scalar``, ``list`` or ``pairs``."""

    kind: str
    line: int
    text: str = ""
    plain: bool = True
    parts: tuple[Node, ...] = ()

    def __str__(self) -> str:
        return {"scalar": quoted(self.text), "list": "a list", "pairs": "`key: value` pairs"}[self.kind]


class Entry(NamedTuple):
    """A node with its place: its path (``election.schedule``), the line of its key, and the findings it reports to."""

    node: Node
    path: str
    line: int
    findings: Findings

    @property
    def is_null(self) -> bool:
        """Whether nothing stands here."""
        return self.node.kind == "scalar" and self.node.plain and self.node.text in NULLS

    @property
    def is_list(self) -> bool:
        """Whether a list stands here."""
        return self.node.kind == "list"

    def add(self, message: str) -> None:
        """Note a problem at this entry."""
        self.findings.add(self.line, f"{self.path}: {message}" if self.path else message)

    def mapping(self) -> dict[str, Entry]:
        """Return the entries of a mapping by key; a key that stands twice is a problem."""
        if self.node.kind != "pairs":
            self._expected("must hold `key: value` pairs")
            return {}
        entries: dict[str, Entry] = {}
        parts = self.node.parts
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            if key.kind != "scalar":
                self.findings.add(key.line, f"{self.path or 'the document'}: a key must be a word (got {key})")
                continue
            path = f"{self.path}.{key.text}" if self.path else key.text
            if key.text in entries:
                self.findings.add(key.line, f"{path}: duplicate key, first on line {entries[key.text].line}")
            else:
                entries[key.text] = Entry(value, path, key.line, self.findings)
        return entries

    def names(self, reads: Reads) -> dict[str, Entry]:
        """Return the entries of a mapping whose keys are names the reader accepts."""
        return {
            key: value
            for key, value in self.mapping().items()
            if read_text(reads, key, REQUIRED, value.line, value.path, self.findings) is not UNREAD
        }

    def items(self) -> Iterator[Entry]:
        """Yield the entries of a list."""
        if self.node.kind == "list":
            for node in self.node.parts:
                yield Entry(node, self.path, node.line, self.findings)
        else:
            self._expected("must be a list")

    def read(self, reads: Reads, default: Any = REQUIRED) -> Any:  # noqa: ANN401 - typed by the reader
        """Read a single value; note what is wrong and return UNREAD where it cannot be read."""
        if self.node.kind != "scalar":
            self.add(f"must be a single value (got {self.node})")
            return UNREAD
        text = "" if self.is_null else self.node.text.strip()
        if text and not self.node.plain and reads.is_number:
            self.add(f"must be a number, without quotes (got {quoted(text)})")
            return UNREAD
        return read_text(reads, text, default, self.line, self.path, self.findings)

    def refuse_unknown(self, entries: Mapping[str, Entry], known: Collection[str]) -> None:
        """Note the keys that are not among the known ones."""
        where = f"{self.path}: " if self.path else ""
        for name, entry in entries.items():
            if name not in known:
                self.findings.unknown(entry.line, f"{where}unknown key", name, known)

    def _expected(self, rule: str) -> None:
        self.add("must not be blank" if self.is_null else f"{rule} (got {self.node})")


def without_old_breaks(text: str) -> str:
    """Return a text with a space in place of each old break."""
    for mark in OLD_BREAKS:
        text = text.replace(mark, " ")
    return text


def read_document(text: str, findings: Findings) -> Entry | None:
    """Take a document apart; None, with one problem, where it is no YAML, or empty."""
    try:
        node = _compose(yaml.parse(without_old_breaks(text), Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        last = text.count("\n") + (not text.endswith("\n"))  # what never ends is noticed beyond it
        line = min(mark.line + 1, last) if mark else 0
        opened = error.context_mark.line + 1 if error.context_mark else line
        context = f"{error.context} (begun on line {opened})" if opened < line and error.context else error.context
        parts = [part for part in (context, error.problem) if part]
        findings.add(line, f"not valid YAML: {_advise(' '.join(parts))}{UNSEEN}")
    except yaml.YAMLError as error:
        findings.add(0, f"not valid YAML: {str(error).splitlines()[0]}{UNSEEN}")
    except _RefusedError as error:
        findings.add(error.line, str(error))
    else:
        if node is not None:
            return Entry(node, "", node.line, findings)
        findings.add(1, "the file is empty")
    return None


def first_anchor(text: str) -> tuple[int, str] | None:
    """Return the line and the name of the first anchor (``&name``) of a document; None where it has none."""
    try:
        for event in yaml.parse(without_old_breaks(text), Loader=_LOADER):
            anchor = getattr(event, "anchor", None)
            if anchor:
                return event.start_mark.line + 1, anchor
    except yaml.YAMLError:  # said where the document is read
        pass
    return None


def _compose(events: Iterator[Any]) -> Node | None:
    """Build the tree of the one document among the parser's events, without recursion."""
    anchors: dict[str, Node] = {}
    sizes: dict[int, int] = {}
    repeated = 0
    root: list[Node] = []
    above: list[tuple[Any, list[Node]]] = []
    documents = 0
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _RefusedError(line, "a second YAML document begins here (---): a file must hold only one")
        elif isinstance(event, yaml.CollectionStartEvent):
            _refuse_tag(event, line)
            if len(above) == DEEPEST:
                raise _RefusedError(line, f"lists and pairs are nested more than {DEEPEST} deep")
            above.append((event, []))
        elif isinstance(event, (yaml.CollectionEndEvent, yaml.NodeEvent)):
            opening, parts = above.pop() if isinstance(event, yaml.CollectionEndEvent) else (event, [])
            node = _node(opening, parts, anchors)
            if isinstance(event, yaml.AliasEvent):
                repeated += sizes[id(node)]
                if repeated > MOST_REPEATED:
                    raise _RefusedError(
                        line, f"aliases repeat more than {MOST_REPEATED:,} values: write out what is meant"
                    )
            else:
                sizes[id(node)] = 1 + sum(sizes[id(part)] for part in node.parts)
            (above[-1][1] if above else root).append(node)
    return root[0] if root else None


def _node(event: Any, parts: Sequence[Node], anchors: dict[str, Node]) -> Node:  # noqa: ANN401 - the library has no types
    """Make the node that an event began, and remember it if it has an anchor."""
    line = event.start_mark.line + 1
    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in anchors:
            raise _RefusedError(line, f"*{event.anchor} refers to nothing: no &{event.anchor} ends before it")
        return anchors[event.anchor]
    if isinstance(event, yaml.ScalarEvent):
        _refuse_tag(event, line)
        node = Node("scalar", line, event.value, plain=not event.style)
    else:
        node = Node("pairs" if isinstance(event, yaml.MappingStartEvent) else "list", line, parts=tuple(parts))
    if event.anchor:
        anchors[event.anchor] = node
    return node


def _refuse_tag(event: Any, line: int) -> None:  # noqa: ANN401 - the library has no types
    if event.tag and event.tag != "!":
        raise _RefusedError(line, f"YAML tags are not allowed (got {quoted(event.tag)}): delete it")


def _advise(problem: str) -> str:
    """Add a remedy to the parser's words where they are hard to understand."""
    if "mapping values are not allowed" in problem:
        return f"{problem} (put text that contains a colon in quotes, and check the indentation)"
    if "cannot start any token" in problem:
        return f"{problem} (indent with spaces, not tabs; put text that begins with @, ` or % in quotes)"
    return problem
