"""Collect what is wrong with the files of a case, so that all of it can be said at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

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
