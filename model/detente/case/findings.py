"""What is wrong with the files of a case, collected so that all of it is said at once, and where each part stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from detente.errors import LONGEST_QUOTE, Problem, quoted, suggestion

SUGGESTIONS_A_FILE = 25
LARGEST_VOCABULARY = 1000


@dataclass
class Findings:
    """The problems of one file; several files may share one list."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    suggested: int = 0

    def add(self, line: int, message: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(self.file, line, message))

    def beside(self, other: Findings, line: int) -> str:
        """Return how to call a line of another file, or of this one."""
        return f"line {line}" if other.file == self.file else f"{other.file}:{line}"

    def wrong(self, line: int, name: str, rule: str, text: str) -> None:
        """Note a value that breaks the rule of its field."""
        self.add(line, f"{name}: {rule} (got {quoted(text)})")

    def unknown(self, line: int, message: str, text: str, known: Collection[str]) -> None:
        """Note a name that is not among the known ones, with the nearest of those.

        Looking for the nearest is slow: a file full of unknown names has enough of it after a while.
        """
        near = ""
        if self.suggested < SUGGESTIONS_A_FILE and len(known) <= LARGEST_VOCABULARY and len(text) <= LONGEST_QUOTE:
            self.suggested += 1
            near = suggestion(text, tuple(known))
        self.add(line, f"{message} {quoted(text)}{near}")


class Place(NamedTuple):
    """A file, relative to the workspace, and a line in it."""

    file: str
    line: int = 0


@dataclass(frozen=True)
class Places:
    """Places by kind of part and id: ``("evidence", "summit")``, ``("likelihood", "summit", "tactic")``."""

    files: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[tuple[str, ...], tuple[str, int]] = field(default_factory=dict)

    def of(self, *key: str, file: str = "case.yaml") -> Place:
        """Return where a part stands; without a line where that is not known."""
        name, line = self.lines.get(key, (file, 0))
        return Place(self.files.get(name, name), line)
