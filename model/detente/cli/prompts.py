"""Questions at a terminal: each answer is checked as it comes, asked for again while it is wrong, and never lost.

An interview is a function that asks for what it needs, one :meth:`Interview.ask` an answer.  Answers are texts by key,
a path such as ``("likelihoods", "tactic", "low")``.  One comes from an option or a file where it is given there, else
from the draft of an earlier interview that was broken off, else from whoever sits at the terminal.  :func:`conduct`
goes through the questions once without putting any: so what is wrong with what was given, and what is missing where
nobody can be asked, is said before the first question.
"""

from __future__ import annotations

import datetime as dt
import sys
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from detente.cli.screen import say
from detente.errors import BulletinError, DetenteError, OutputError, Problem, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

type Key = tuple[str, ...]
type Check = Callable[[str], object]
"""Raises :class:`ValueError`, with the rule, for a text that will not do."""
type Reading = Callable[[str], str]
"""Returns a text as files have it."""
type Doubt = Callable[[str], str | None]
"""Says what is doubtful about an answer, which somebody must then confirm; None where nothing is."""


class Reply(NamedTuple):
    """A text that was given, and what gave it: an option, or a key on a line of a file."""

    text: str
    where: str
    line: int = 0
    key: str = ""

    def problem(self, rule: str) -> Problem:
        """Return what is wrong with it."""
        return Problem(self.where, self.line, f"{self.key}: {rule}" if self.key else rule)


BACK = "<"
"""What is typed to answer the questions that belong together once more."""


class BackError(Exception):
    """Somebody asks to answer once more what was answered last."""


class UnansweredError(DetenteError):
    """Something doubtful that nobody was there to confirm."""

    def __init__(self, doubts: Sequence[str]) -> None:
        """Say what is doubtful, and how to insist."""
        super().__init__("\n".join(f"{doubt}: if that is meant, add --yes" for doubt in doubts))


class InterviewFile:
    """The answers of an interview, kept in a file until what it is for is written.

    The file is YAML, a mapping for every level of the keys.  It is replaced whole after every answer, so that a crash
    leaves it with all but the last.
    """

    def __init__(self, path: Path) -> None:
        """Name the file; its folder is made with the first answer."""
        self.path = path
        self._is_said = False

    def read(self) -> dict[Key, str]:
        """Return the answers kept; none where there is no draft, or none that can be read."""
        import yaml

        try:
            kept = yaml.load(self.path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
        except (OSError, ValueError, RecursionError, yaml.YAMLError):
            return {}
        return dict(_flat(kept)) if isinstance(kept, dict) else {}

    def keep(self, answers: Mapping[Key, str]) -> None:
        """Write the answers so far; a folder that cannot be written is said once, and stops nothing."""
        from detente.case.writing import replace_files

        try:
            replace_files({self.path: draft_text(answers).encode()})
        except OutputError as error:
            if not self._is_said:
                say(f"{error}: if you stop now, the answers so far are lost", err=True)
            self._is_said = True

    @contextmanager
    def until_written(self) -> Iterator[None]:
        """Discard the draft once what the answers are for is written; where that fails, say where they are."""
        try:
            yield
        except (click.Abort, DetenteError):
            if self.path.exists():
                say(f"\nthe answers are kept in {self.path}: the same command goes on from there", err=True)
            raise
        self.discard()

    def discard(self) -> None:
        """Delete the draft, and its folder if nothing else is in it."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
            self.path.parent.rmdir()

    def set_aside(self) -> Path:
        """Rename the draft, so that another can be begun, and return where it is."""
        numbered = (self.path.with_stem(f"{self.path.stem}-{number}") for number in count(2))
        return self.path.rename(next(path for path in numbered if not path.exists()))


class Interview:
    """What was answered so far; what is given wrongly or not at all, where questions are not put.

    Attributes
    ----------
    answers
        By key, in the order asked.
    problems, missing, open
        Where :attr:`asks` is False: what is wrong with what was given, the options that were not, and whether there is
        more to ask that may be left out.
    doubts
        Answers that somebody should confirm, where :attr:`asks` is False.
    """

    def __init__(self, given: Mapping[Key, Reply], draft: InterviewFile | None = None, *, asks: bool = True) -> None:
        """Begin with what was given; ``asks`` tells whether there is somebody to be asked."""
        self.given, self.draft, self.asks = dict(given), draft, asks
        self.answers: dict[Key, str] = {}
        self.problems: list[Problem] = []
        self.missing: list[str] = []
        self.doubts: list[str] = []
        self.open = False

    def ask(
        self,
        key: Key,
        question: str,
        check: Check | None = None,
        *,
        option: str = "",
        default: str | None = None,
        doubt: Doubt | None = None,
        reads: Reading = str,
        may_go_back: bool = False,
    ) -> str:
        """Return the answer to a question, checked.

        Parameters
        ----------
        key
            What the answer is kept under.
        question
            What the terminal shows.
        check
            Raises :class:`ValueError`, with the rule, for a text that will not do; a blank one is never checked.
        option
            What gives the answer on the command line.
        default
            What an empty line stands for; blank where the answer may be left out, None where there must be one.
        doubt
            Says what is doubtful about an answer, which somebody must then confirm; None where nothing is.
        reads
            Returns what was typed as files have it.
        may_go_back
            Whether :data:`BACK` is an answer.

        Returns
        -------
        str
            The answer, without blanks around it; empty where nothing was given and nobody is asked.

        Raises
        ------
        BackError
            If it is to be answered once more what was answered last (:data:`BACK`).
        """
        may_be_blank = default is not None
        if key in self.given:
            text = self.given[key].text.strip()
            if self._will_do(text, check, doubt, may_be_blank=may_be_blank, given=self.given[key]):
                return self._kept(key, text)
            if not self.asks:
                return ""
        elif not self.asks:
            if default == "":
                self.open = True
            else:
                self.missing.append(option)
            return ""
        while True:
            typed: str = click.prompt(_shown(question), default=default, show_default=bool(default), err=True)
            text = reads(typed.strip())
            if may_go_back and text == BACK:
                raise BackError
            if self._will_do(text, check, doubt, may_be_blank=may_be_blank):
                return self._kept(key, text)

    def _will_do(
        self,
        text: str,
        check: Check | None,
        doubt: Doubt | None,
        *,
        may_be_blank: bool,
        given: Reply | None = None,
    ) -> bool:
        """Say what is wrong with an answer, or note it where questions are not put; have what is doubtful confirmed."""
        rule = _broken(text, check, may_be_blank=may_be_blank)
        if rule is None:
            return self._is_meant(text, doubt)
        rule = f"{rule} (got {quoted(text)})"
        if self.asks:
            say(f"  {given.problem(rule) if given else rule}", err=True)
        elif given:
            self.problems.append(given.problem(rule))
        return False

    def _is_meant(self, text: str, doubt: Doubt | None) -> bool:
        """Have what is doubtful about an answer confirmed."""
        about = doubt(text) if doubt is not None and text else None
        if about is not None and not self.asks:
            self.doubts.append(about)
        return about is None or not self.asks or click.confirm(f"  {_shown(about)}. Is that meant?", err=True)

    def _kept(self, key: Key, text: str) -> str:
        """Keep an answer, in the draft too."""
        self.answers[key] = text
        if self.draft is not None and self.asks:
            self.draft.keep({**{given: answer.text for given, answer in self.given.items()}, **self.answers})
        return text

    def again(self, keys: Iterable[Key]) -> None:
        """Forget the answers to some questions, so that they are put once more."""
        for key in keys:
            self.given.pop(key, None)
            self.answers.pop(key, None)

    def tell(self, text: str) -> None:
        """Say something between the questions."""
        if self.asks:
            say(text, err=True)


def conduct[T](
    questions: Callable[[Interview], T],
    given: Mapping[Key, Reply],
    draft: InterviewFile | None = None,
    *,
    yes: bool = False,
) -> T:
    """Go through an interview, with what is given and what an earlier draft has, and return what comes of it.

    Parameters
    ----------
    questions
        Asks for what it needs, and returns what it made of the answers.  Where questions are not put
        (:attr:`Interview.asks`) its result is dropped unless everything was given.
    given
        Answers from options or a file.
    draft
        Where answers are kept, until :meth:`InterviewFile.until_written` is left.
    yes
        Whether what is doubtful about what was given is meant.

    Raises
    ------
    BulletinError
        If something that a file gives is wrong.
    click.UsageError
        If only options are, or something is missing and the input is not a terminal.
    UnansweredError
        If something given is doubtful and the input is not a terminal.
    """
    rehearsal = Interview(given, asks=False)
    result = questions(rehearsal)
    if any(problem.line for problem in rehearsal.problems):
        raise BulletinError(rehearsal.problems)
    if rehearsal.problems:
        raise click.UsageError("\n".join(map(str, rehearsal.problems)))
    doubts = [] if yes else rehearsal.doubts
    if not sys.stdin.isatty():
        if rehearsal.missing:
            missing = ", ".join(dict.fromkeys(rehearsal.missing))
            raise click.UsageError(f"the input is not a terminal, so nobody can be asked: add {missing}")
        agree(doubts, yes=yes)
        return result
    if not rehearsal.missing and not rehearsal.open and not doubts:
        return result
    kept = _offered(draft) if draft is not None else {}
    return questions(Interview({**kept, **given}, draft))


def agree(doubts: Sequence[str], *, yes: bool) -> None:
    """Ask whether what is doubtful is meant, each on a line; nothing where there is no doubt, or ``yes`` was said.

    Raises
    ------
    UnansweredError
        If the input is not a terminal.
    click.Abort
        If it is not meant.
    """
    if not doubts or yes:
        return
    if not sys.stdin.isatty():
        raise UnansweredError(doubts)
    for doubt in doubts:
        click.confirm(f"{_shown(doubt)}. Is that meant?", abort=True, err=True)


def _broken(text: str, check: Check | None, *, may_be_blank: bool) -> str | None:
    """Return the rule that an answer breaks, if any."""
    if not text:
        return None if may_be_blank else "must not be blank"
    if any(not (letter.isprintable() or letter == "\t") for letter in text):
        return "must have no control characters: type it again"
    try:
        if check is not None:
            check(text)
    except ValueError as error:
        return str(error)
    return None


def _shown(question: str) -> str:
    """Return a question that cannot steer the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in question)


def _offered(draft: InterviewFile) -> dict[Key, Reply]:
    """Offer what an earlier interview left, and return it if it is taken; else it is set aside."""
    kept = draft.read()
    if not kept:
        return {}
    first = quoted(next(iter(kept.values())))
    day = dt.datetime.fromtimestamp(draft.path.stat().st_mtime, tz=dt.UTC).date()
    answers = f"{len(kept)} answer{'s' if len(kept) > 1 else ''}"
    say(f"A draft of {day} is here, with {answers}: {first} ({draft.path})", err=True)
    if click.confirm("Go on with it?", default=True, err=True):
        return {key: Reply(text, f"draft, {'.'.join(key)}") for key, text in kept.items()}
    say(f"It is kept as {draft.set_aside()}", err=True)
    return {}


def _flat(kept: Mapping[str, object], above: Key = ()) -> list[tuple[Key, str]]:
    answers: list[tuple[Key, str]] = []
    for name, value in kept.items():
        if isinstance(value, dict):
            answers += _flat(value, (*above, str(name)))
        elif isinstance(value, str):
            answers.append(((*above, str(name)), value))
    return answers


def draft_text(answers: Mapping[Key, str]) -> str:
    """Return answers as YAML, a level of the document for every part of their keys.

    Examples
    --------
    >>> print(draft_text({("claim",): "They met.", ("likelihoods", "show", "mid"): "0.4"}), end="")
    claim: They met.
    likelihoods:
      show:
        mid: '0.4'
    """
    import yaml

    kept: dict[str, Any] = {}
    for (*above, last), text in answers.items():
        inner = kept
        for level in above:
            inner = inner.setdefault(level, {})
        inner[last] = text
    return yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=sys.maxsize)
