"""What is wrong with the files of a case, collected so that all of it is said at once, and where each part stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct, field

from detente.errors import LONGEST_QUOTE, Problem, quoted, suggestion
from detente.frozen import Immutable

if TYPE_CHECKING:
    from detente.case.schema import CaseRecord

SUGGESTIONS_A_FILE = 25
LARGEST_VOCABULARY = 1000


def known_names(known: Collection[str]) -> str:
    """Return a hint that lists the names there are, for :meth:`Findings.unknown`.

    >>> known_names(["offered", "signed"])
    ' (known: offered, signed)'
    """
    return f" (known: {', '.join(known)})" if known else ""


class Findings(Struct):
    """The problems of one file; several files may share one list."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    suggested: int = 0

    def add(self, line: int, message: str, about: str = "", remedy: str = "") -> None:
        """Note a problem; those about one thing are said together, each with its remedy."""
        self.problems.append(Problem(self.file, line, message, about, remedy))

    def beside(self, other: Findings, line: int) -> str:
        """Return how to call a line of another file, or of this one."""
        return f"line {line}" if other.file == self.file else f"{other.file}:{line}"

    def wrong(self, line: int, name: str, rule: str, text: str) -> None:
        """Note a value that breaks the rule of its field."""
        self.add(line, f"{name}: {rule} (got {quoted(text)})")

    def unknown(
        self, line: int, message: str, text: str, known: Collection[str], remedy: str = "", hint: str = ""
    ) -> None:
        """Note a name that is not among the known ones, with the nearest of those, or else a ``hint``.

        The rule is what ``message`` ends with, after the field; ``remedy`` is what to do where the name stands, by
        default to rename or delete it.

        Looking for the nearest is slow: a file full of unknown names has enough of it after a while.
        """
        near = ""
        if self.suggested < SUGGESTIONS_A_FILE and len(known) <= LARGEST_VOCABULARY and len(text) <= LONGEST_QUOTE:
            self.suggested += 1
            near = suggestion(text, tuple(known))
        rule = message.rpartition(": ")[2]
        about = f"{rule} {quoted(text)}"
        self.add(line, f"{message} {quoted(text)}{near or hint}", about, remedy or "rename or delete it in")


def now_called(new: Sequence[str]) -> str:
    """Return the hint that what is unknown may have the one new name there is."""
    return f" (if it is now `{new[0]}`, rename it there too)" if len(new) == 1 else ""


def nothing_said(what: str, new: Sequence[str]) -> str:
    """Say of what is declared that a case says nothing of it."""
    return f"nothing is said of the {what} {' and '.join(map(quoted, new))}"


NO_ELECTION = "case.yaml declares no election"
"""What everything has in common that is said of an election in a case that has none."""


def of_horizon(horizon: dt.date) -> str:
    """Return what everything that does not fit the horizon has in common: it may have been changed."""
    return f"the horizon is {horizon}"


class Place(NamedTuple):
    """A file, relative to the workspace, and a line in it."""

    file: str
    line: int = 0


type Advice = tuple[Place, str] | tuple[Place, str, str]
"""Where, what and, where there may be many like it, what ``detente check`` says of all of them after their number."""


HOMES: Final = {
    "evidence": "evidence.csv",
    "event": "events.csv",
    "pollster": "polls.csv",
    "class": "reference_class.csv",
    "likelihood": "likelihoods.csv",
    "intensity": "intensities.csv",
    "weight": "priors.csv",
    "coupling": "priors.yaml",
}
"""The file of each kind of part; the others stand in ``case.yaml``."""


class Places(Immutable):
    """Places by kind of part and id: ``("evidence", "summit")``, ``("likelihood", "summit", "tactic")``.

    ``beside`` is what is wrong with files that no forecast reads.
    """

    files: Mapping[str, str] = {}
    lines: Mapping[tuple[str, ...], tuple[str, int]] = {}
    beside: tuple[Problem, ...] = ()

    def of(self, *key: str) -> Place:
        """Return where a part stands; without a line where that is not known."""
        name, line = self.lines.get(key, (HOMES.get(key[0], "case.yaml"), 0))
        return Place(self.files.get(name, name), line)

    def whole(self, name: str) -> Place:
        """Return where a file is."""
        return Place(self.files.get(name, name))


type Rule = Callable[[CaseRecord, Places], Iterator[Advice]]
RULES: Final[list[Rule]] = []
"""What ``detente check`` looks for in a case, each by a function that yields its advice."""


def rule(look: Rule) -> Rule:
    """Make a function one of the rules."""
    RULES.append(look)
    return look
