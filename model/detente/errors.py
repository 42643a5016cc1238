"""What the user can mend, each error a class that builds its own sentence."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


EXIT_USER, EXIT_USAGE, EXIT_BUG, EXIT_DIAGNOSTICS, EXIT_INTERRUPTED = 1, 2, 3, 4, 130
EXIT_CODES = {
    0: "Done.",
    EXIT_USER: "Something in the input has to be mended: one line per problem on stderr, each with its remedy.",
    EXIT_USAGE: "The command was not understood: an unknown option, a missing argument, an impossible value.",
    EXIT_BUG: "A bug in detente: one line on stderr names a log file with the versions and the traceback.",
    EXIT_DIAGNOSTICS: "The run finished, but its diagnostics failed: what was written is marked as failed.",
    EXIT_INTERRUPTED: "Interrupted: nothing is left half-written.",
}
"""What each exit code says."""

LONGEST_QUOTE = 60
"""Longest piece of input that an error repeats, in letters."""
NAMED = 3
"""From so many times on, the same problem in one column is one line, with this many places."""
_REMEDY = r"^cell [A-Z]+\d+: |: (write|if it was) .*"
LEAST_PART = 3
"""Letters from which on what is a part of a name may be meant for it."""
LISTED = 20
"""Lines of a file that one message names."""
SHOWN = 100
"""Problems of a set that are named one by one."""


class DetenteError(Exception):
    """Base of every error the user can mend; its text is one line per problem."""

    def __reduce__(self) -> tuple[object, ...]:
        """Pack the finished sentence: another process could not build it from the sentence alone."""
        return (type(self).__new__, (type(self), *self.args), self.__dict__)


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with the input: where, what, and the remedy.

    ``file`` is relative to the workspace; ``line`` counts from 1, 0 where no line can be named.  Problems that one
    change of a case brings about have the same ``about``, which says what is the matter, and each its own ``remedy``,
    which its file follows: :func:`together` makes one of them.
    """

    file: str
    line: int
    message: str
    about: str = field(default="", compare=False)
    remedy: str = field(default="", compare=False)

    def __str__(self) -> str:
        """Render as ``file:line: message``."""
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


def together(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return problems in order, those about one thing as one that says everything that must follow, and where.

    >>> gone = 'case.yaml declares no hypothesis "show"'
    >>> places = [("likelihoods.csv", 3), ("likelihoods.csv", 5), ("priors.yaml", 4)]
    >>> (problem,) = together([Problem(file, line, gone, gone, "delete it in") for file, line in places])
    >>> print(problem.message)
    case.yaml declares no hypothesis "show": delete it in likelihoods.csv (lines 3, 5) and priors.yaml (line 4)
    """
    groups: dict[str, list[Problem]] = {}
    for problem in sorted(set(problems)):
        groups.setdefault(problem.about or str(problem), []).append(problem)
    return tuple(sorted(_one(group) if len(group) > 1 else group[0] for group in groups.values()))


def _one(group: Sequence[Problem]) -> Problem:
    """Return the one problem that several about the same thing are."""
    places: dict[str, dict[str, list[int]]] = {}
    for problem in group:
        places.setdefault(problem.remedy, {}).setdefault(problem.file, []).append(problem.line)
    parts = [f"{remedy} {_listed([_file(*place) for place in files.items()])}" for remedy, files in places.items()]
    near = next(filter(None, (problem.message.partition(problem.about)[2] for problem in group)), "")
    return Problem(group[0].file, group[0].line, f"{group[0].about}{near}: {'; '.join(parts)}")


def _file(file: str, lines: Sequence[int]) -> str:
    known = [line for line in lines if line]
    return f"{file} ({numbered(known, LISTED)})" if known else file


def numbered(lines: Sequence[int], most: int) -> str:
    """Return lines as text, so many at most.

    >>> numbered([4, 9, 9, 17, 20], 2)
    'lines 4, 9 and 2 more'
    """
    known = [str(line) for line in sorted(set(lines))]
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return f"{'lines' if len(known) > 1 else 'line'} {', '.join(known[:most])}{more}"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


class CaseError(DetenteError):
    """A case that cannot be read: every problem in every file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems, in order of file and line, each once."""
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(line for line, _ in told(self.problems)))


def told(problems: Sequence[Problem]) -> list[tuple[str, int]]:
    """Return a line for each problem, and how many it stands for: the same one in many rows of a column is said once.

    >>> rows = [Problem("likelihoods.csv", line, f'mid: must be a number (got "{line},5")') for line in range(2, 9)]
    >>> for line, _ in told(rows):
    ...     print(line)
    likelihoods.csv:2: mid: must be a number (got "2,5"); the same on 7 lines: 2, 3, 4, ...
    """
    alike: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        alike.setdefault((problem.file, _kind(problem.message)), []).append(problem)
    lines = []
    for group in alike.values():
        if len(group) < NAMED:
            lines += [(problem, str(problem), 1) for problem in group]
            continue
        places = ", ".join(str(problem.line) for problem in group[:NAMED])
        more = ", ..." if len(group) > NAMED else ""
        lines.append((group[0], f"{group[0]}; the same on {len(group):,} lines: {places}{more}", len(group)))
    return [(line, count) for _, line, count in sorted(lines)]


def _kind(message: str) -> str:
    """Return a message without what it repeats of the input, nor the remedy for just that."""
    rule, separator, _ = message.rpartition(" (got ")
    return re.sub(_REMEDY, "", rule) if separator else message


class SetError(CaseError):
    """A set that cannot be read: its problems, the first of them one by one, and how many more there are."""

    def __init__(self, problems: Sequence[Problem], more: int = 0) -> None:
        """Keep the problems, in order of file and line; ``more`` are those that were only counted."""
        super().__init__(problems)
        lines = told(self.problems)
        left = sum(count for _, count in lines[SHOWN:]) + more
        if left > 0:
            self.args = ("\n".join([*(line for line, _ in lines[:SHOWN]), f"and {left:,} more: mend these first"]),)


class BulletinError(CaseError):
    """A bulletin that cannot be taken in: every problem in it."""


class CutoffError(DetenteError):
    """A cut-off at which the case cannot be forecast."""


class BundledCaseError(DetenteError):
    """A change to a case that comes with the program."""

    def __init__(self, name: str) -> None:
        """Say how to get a copy of one's own."""
        super().__init__(
            f"{name} is bundled with detente and cannot be changed: copy it with `detente new my-case --example {name}`"
        )


class OutputError(DetenteError):
    """The result could not be written."""

    def __init__(self, path: Path, error: OSError) -> None:
        """Say what could not be written and why."""
        super().__init__(f"{path}: cannot write: {reason(error)}; nothing was changed")


class CacheError(DetenteError):
    """A folder for compiled densities that was named and cannot be written."""

    def __init__(self, variable: str, folder: Path) -> None:
        """Say where it was named."""
        super().__init__(f"{variable}: {folder}: compiled densities cannot be kept there: name a folder you may write")


class StreamError(DetenteError):
    """What a command printed could not be taken."""

    def __init__(self, error: OSError) -> None:
        """Say why."""
        super().__init__(f"the output cannot be written: {reason(error)}")


class ChangedOnDiskError(DetenteError):
    """A file that was changed between being read and being written."""

    def __init__(self, path: Path) -> None:
        """Say which, and how to go on."""
        self.path = path
        super().__init__(f"{path}: was changed on disk meanwhile: look at it and try again; nothing was changed")


class WriteBackError(DetenteError):
    """A file laid out in a way that cannot be edited in place."""

    def __init__(self, path: Path) -> None:
        """Say what helps."""
        super().__init__(
            f"{path}: cannot be edited in place (it has aliases, or an unusual layout): write it in plain blocks"
        )


class InSampleError(DetenteError):
    """A case to be scored with a discrimination that was learned from its own outcomes."""

    def __init__(self, case: str) -> None:
        """Say where that stands, and what to score instead."""
        super().__init__(
            f"{case}: its discrimination was learned from its own outcomes (priors.yaml, discrimination.learned_from): "
            "a score would flatter it; score it with the prior it had before"
        )


class InSampleSetError(DetenteError):
    """A set to be scored with a discrimination that was learned from it."""

    def __init__(self, name: str, folder: Path) -> None:
        """Say where that stands, and what scores it fairly."""
        super().__init__(
            f"{folder}: the discrimination was learned from {name} (priors.yaml, discrimination.learned_from): a score "
            "would flatter it: put the discrimination it had before in its place, and "
            f"`detente calibrate --set {folder}` scores each part with what the others teach"
        )


class CalibrationError(DetenteError):
    """Cases from whose outcomes nothing can be learned, or not again."""


class RollError(DetenteError):
    """Priors that were not carried forward."""


class IncomparableError(DetenteError):
    """Two runs of different questions."""

    def __init__(self, before: Sequence[str], after: Sequence[str], others: Sequence[str] = ()) -> None:
        """Name what each weighs, and ``others`` to compare with."""
        listed = f" (such as {', '.join(others)})" if others else ""
        super().__init__(
            f"the runs weigh different hypotheses ({', '.join(before)}; {', '.join(after)}): compare runs of one "
            f"case{listed}"
        )


class InterruptedUpdateError(DetenteError):
    """A file edited between an update that was interrupted and its completion."""

    def __init__(self, path: Path, journal: Path) -> None:
        """Say how to keep either version."""
        self.path = path
        super().__init__(
            f"{path}: was edited after an update was interrupted: to keep the edit, delete {journal}; "
            f"to keep the update, copy {path.name} from there"
        )


class DamagedJournalError(DetenteError):
    """The journal of an update that cannot be read."""

    def __init__(self, journal: Path) -> None:
        """Say how to go on."""
        super().__init__(f"{journal}: cannot be read: to keep the case as its files have it, delete that folder")


class NothingToUndoError(DetenteError):
    """No change of a case's files that can be taken back."""

    def __init__(self, case: str, edited: Path | None = None) -> None:
        """Say that there is none, or which file was edited since."""
        if edited is None:
            super().__init__(f"{case}: there is no change to take back")
        else:
            super().__init__(f"{edited}: has been edited since the last change: take it back by hand")


class SchedulerError(DetenteError):
    """A Dask cluster that cannot do the work."""

    def __init__(self, address: str, reason: str) -> None:
        """Name the address, and say why and what to do."""
        super().__init__(f"--scheduler {quoted(address)}: {reason}")


class WorkerError(DetenteError):
    """Work that ended every process that was given it."""

    def __init__(self) -> None:
        """Say what the likely reason is, and the remedy."""
        super().__init__(
            "worker processes were ended from outside, most likely for want of memory: take fewer --workers"
        )


class UnknownTargetError(DetenteError):
    """A quantity that the forecast does not have."""

    def __init__(self, target: str, known: Sequence[str]) -> None:
        """Name the quantities there are."""
        listed = ", ".join(known)
        super().__init__(
            f"there is no hypothesis or outcome {quoted(target)} (there are: {listed}){suggestion(target, known)}"
        )


def suggestion(value: str, known: Sequence[str]) -> str:
    """Return ``(did you mean `x`?)``, with a leading space, or an empty text where nothing is near."""
    near = get_close_matches(value, known, n=1, cutoff=0.6)
    if not near and len(value) >= LEAST_PART:
        near = [name for name in known if value.casefold() in name.casefold()][:1]
    return f" (did you mean `{near[0]}`?)" if near else ""


def absent(path: Path, what: str = "file") -> str:
    """Say that a file or folder is not there, and what may have been meant: one beside it, or another place."""
    home = path.absolute().parent
    if not home.is_dir():
        return f"there is no folder {home}: name a {what} that is there"
    try:
        there = (one for one in home.iterdir() if not one.name.startswith(".") and one.is_dir() == (what == "folder"))
        names = sorted(one.name for one in there)
    except OSError:
        return f"there is no such {what} in {home}"
    listed = f"{', '.join(names[:LISTED])}{' and more' if len(names) > LISTED else ''}" or "none"
    return f"there is no such {what} in {home}{suggestion(path.name, names) or f' ({what}s there: {listed})'}"


def reason(error: Exception) -> str:
    """Return why the system would not read or write, in small letters."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def _shown(letter: str) -> str:
    """Return a letter as it can be seen: white space as a space, a control character by its code."""
    if letter.isprintable() or letter in "\t\n\r":
        return letter
    return " " if unicodedata.category(letter) == "Zs" else letter.encode("unicode_escape").decode()


def quoted(text: str) -> str:
    r"""Quote a piece of input on one line, shortened where it is long; what cannot be seen is escaped.

    >>> print(quoted("two\nlines"))
    "two lines"
    >>> print(quoted("\x1b[31mred"))
    "\x1b[31mred"
    """
    flat = " ".join("".join(map(_shown, text)).split())
    return f'"{flat[: LONGEST_QUOTE - 1]}…"' if len(flat) > LONGEST_QUOTE else f'"{flat}"'
