"""Change one row of one file of a case by hand: shown as a difference first, then written like any other change.

The text of the files is the truth.  An edit says which file it is of and which content it was made from, by digest:
where the file has another content by now, it is refused.  What an edit does not touch keeps every byte.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from detente.case import check_cutoff, read_record
from detente.case.dialect import MARK, as_share, plain
from detente.case.editing import amend_row, line_of, replace_value, row_at, value_at
from detente.case.files import paths
from detente.case.locating import place_of
from detente.case.transaction import alone, commit
from detente.case.writing import digest
from detente.errors import (
    BundledCaseError,
    CaseError,
    ChangedOnDiskError,
    CutoffError,
    DetenteError,
    Problem,
    WriteBackError,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from detente.case import CaseLocation, CaseRecord

CONTEXT = 1
"""Lines shown around a change."""
GAP = " …"
"""Stands between two places where lines differ."""
SHARES = frozenset({"low", "mid", "high", "weight", "probability"})
"""Columns in which per cent is understood too."""
_NUMBER = re.compile(r"[0-9]*\.?[0-9]+(e-?[0-9]+)?", re.ASCII)


class EditError(DetenteError):
    """An edit that the case cannot take: the problems that it would bring."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems."""
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class NoSuchRowError(DetenteError):
    """A row that a file does not have, or a value."""

    def __init__(self, path: Path, place: str) -> None:
        """Say what is missing."""
        super().__init__(f"{path}: has no {place} that can be edited in place")


@dataclass(frozen=True)
class RowEdit:
    """New cells of the row that begins on a line of a CSV file; ``was`` is the digest of the file as it was read."""

    file: str
    was: str
    line: int
    cells: Mapping[str, str]

    @property
    def place(self) -> str:
        """Where in the file."""
        return f"line {self.line}"

    def apply(self, content: bytes, path: Path) -> bytes:
        """Return the file with the edit; a cell that says the same stays as it is."""
        row = row_at(content, self.line)
        if row is None:
            raise NoSuchRowError(path, f"row on line {self.line}")
        typed = {name: value for name, value in self.cells.items() if value.strip() != row.get(name, "").strip()}
        new = {name: as_share(value) if name in SHARES else plain(value, name) for name, value in typed.items()}
        return amend_row(content, self.line, new) if new else content

    def onto(self, shown: bytes, now: bytes) -> RowEdit | None:
        """Return the edit for another content of the file; None where the row itself is not there as it was shown."""
        row = row_at(shown, self.line)
        line = line_of(now, row) if row is not None else 0
        return replace(self, was=digest(now), line=line) if line else None


@dataclass(frozen=True)
class ValueEdit:
    """New numbers of a YAML file by their paths, such as ``("hypotheses", "weights", "tactic")``."""

    file: str
    was: str
    values: Mapping[tuple[str, ...], str]

    @property
    def place(self) -> str:
        """Where in the file."""
        return ", ".join(".".join(path) for path in self.values)

    def apply(self, content: bytes, path: Path) -> bytes:
        """Return the file with the edit."""
        whole = content.decode()
        text = whole.removeprefix(MARK)
        for place, value in self.values.items():
            number = as_share(value)
            if not _NUMBER.fullmatch(number):
                raise EditError(
                    (Problem(self.file, 0, f"{'.'.join(place)}: must be a number such as 0.25 (got {quoted(value)})"),)
                )
            try:
                text = replace_value(text, place, number)
            except StopIteration:
                raise NoSuchRowError(path, ".".join(place)) from None
            except (AttributeError, TypeError, ValueError) as error:
                raise WriteBackError(path) from error
        return (MARK * whole.startswith(MARK) + text).encode()

    def onto(self, shown: bytes, now: bytes) -> ValueEdit | None:
        """Return the edit for another content of the file; None where a value itself is not there as it was shown."""
        before, after = (content.decode().removeprefix(MARK) for content in (shown, now))
        is_same = all(value_at(before, path) == value_at(after, path) for path in self.values)
        return replace(self, was=digest(now)) if is_same else None


type Edit = RowEdit | ValueEdit


@dataclass(frozen=True)
class Draft:
    """An edit not yet written: the file before and after it, and the whole case with it.

    ``record`` is None where the case cannot be read with it; ``problems`` are those that the edit brings.
    """

    edit: Edit
    path: Path
    before: bytes
    after: bytes
    record: CaseRecord | None
    problems: tuple[Problem, ...]

    @property
    def changes(self) -> bool:
        """Tell whether anything is different."""
        return self.before != self.after

    @property
    def seal(self) -> str:
        """The digest of the file with the edit."""
        return digest(self.after)

    def difference(self) -> tuple[str, ...]:
        """Return the lines that differ, each with ``-`` or ``+``, and one line around them."""
        return difference(self.before, self.after)


def path_of(location: CaseLocation, file: str) -> Path:
    """Return the path of a file of a case by its name.

    Raises
    ------
    NoSuchRowError
        If a case has no file of that name.
    """
    known = paths(location)
    if file not in known:
        raise NoSuchRowError(location.seeds, "file of that name")
    return known[file]


def difference(before: bytes, after: bytes) -> tuple[str, ...]:
    """Return the lines that differ between two contents, each with ``-`` or ``+``, and one line around them."""
    old, new = (content.decode(errors="replace").splitlines() for content in (before, after))
    lines = tuple(difflib.unified_diff(old, new, lineterm="", n=CONTEXT))[3:]
    return tuple(GAP if line.startswith("@@ ") else line for line in lines)


def draft(location: CaseLocation, edit: Edit) -> Draft:
    """Return what an edit would make of a case; nothing is written.

    Raises
    ------
    ChangedOnDiskError
        If the file has changed since it was read.
    NoSuchRowError
        If it has no such row or value.
    WriteBackError
        If it is laid out in a way that cannot be edited in place.
    """
    path = path_of(location, edit.file)
    try:
        before = path.read_bytes()
    except OSError:
        raise ChangedOnDiskError(path) from None
    if digest(before) != edit.was:
        raise ChangedOnDiskError(path)
    try:
        after = edit.apply(before, path)
    except UnicodeDecodeError as error:
        raise WriteBackError(path) from error
    record, problems = _read(location, {place_of(path, location)[1]: after})
    if problems and after != before:  # what was wrong before the edit is not its doing
        known = {(problem.file, problem.message) for problem in _read(location, {})[1]}
        problems = tuple(problem for problem in problems if (problem.file, problem.message) not in known)
    return Draft(edit, path, before, after, record, problems)


def carried(edit: Edit, shown: bytes, now: bytes) -> Edit | None:
    """Return an edit made from one content of a file for another; None where what it changes was changed itself."""
    try:
        return edit.onto(shown, now)
    except (StopIteration, AttributeError, TypeError, ValueError):
        return None


def write(location: CaseLocation, edit: Edit) -> Draft:
    """Write an edit, after any other change in progress, so that ``detente undo`` takes it back.

    Raises
    ------
    BundledCaseError
        If the case belongs to the program.
    EditError
        If it would bring problems that the case does not have.
    ChangedOnDiskError, NoSuchRowError, WriteBackError
        As :func:`draft`.
    OutputError
        If the file cannot be written.
    """
    if location.bundled:
        raise BundledCaseError(location.name)
    with alone(location):
        made = draft(location, edit)
        if made.problems:
            raise EditError(made.problems)
        if made.changes:
            commit(location, {made.path: made.after}, f"edit of {edit.file}, {edit.place}", read={made.path: edit.was})
    return made


def _read(location: CaseLocation, instead: Mapping[str, bytes]) -> tuple[CaseRecord | None, tuple[Problem, ...]]:
    """Read a case with other contents; None and the problems where that cannot be."""
    try:
        record, _ = read_record(location, instead)
        check_cutoff(record.as_of(record.information_cutoff))
    except CaseError as error:
        return None, error.problems
    except CutoffError as error:
        return None, tuple(Problem("", 0, line) for line in str(error).splitlines())
    return record, ()
