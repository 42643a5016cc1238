"""The one contest that a table of polls is asked about, in the columns of a case or of a collection of past votes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.case.columns import objects
from detente.case.files import read_compressed
from detente.case.findings import Findings
from detente.case.past_polls import PastVote, read_past_polls
from detente.case.poll_errors import is_learned
from detente.case.polls import PER_CENT, Poll, check_polls
from detente.case.tables import names_in_header, read_table
from detente.errors import CaseError, DetenteError, quoted, suggestion

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

LISTED = 5


class PollQuestionError(DetenteError):
    """A table of polls that does not say what is asked."""


@dataclass(frozen=True)
class PollQuestion:
    """Polls of one contest: ``what`` their share is of, in words; the kind of vote, blank if it is not known."""

    polls: tuple[Poll, ...]
    vote: dt.date
    kind: str
    what: str
    notes: tuple[str, ...]


def read_question(
    path: Path, *, vote: dt.date | None = None, race: str | None = None, of_all: bool = False
) -> PollQuestion:
    """Read the polls of one contest.

    Parameters
    ----------
    path
        A table with the columns of a case's polls.csv, or of :class:`detente.case.past_polls.PastPoll`.
    vote, race
        Day of the vote, and which contest, where the table does not say or has several.
    of_all
        Whether the first share is taken against all the rest, and not against the second alone.

    Raises
    ------
    CaseError
        If the table has problems: all of them, each with its line.
    PollQuestionError
        If the day of the vote or the contest is not given.
    """
    findings = Findings(str(path))
    text = read_compressed(path, findings)
    notes: tuple[str, ...] = ()
    kind = ""
    if text is None:
        raise CaseError(findings.problems)
    if "incumbent" in names_in_header(text):
        polls, notes = _of_case(text, findings)
        name = "incumbent"
        if vote is None:
            raise PollQuestionError(f"{path}: the table does not say when the vote is: add --vote DATE")
        if race is not None:
            raise PollQuestionError(f"{path}: the table has one contest: leave out --race")
    else:
        past_polls = read_past_polls(path, results=False, day=vote)
        contest = _chosen(path, past_polls.votes, vote, race)
        polls, vote, kind, notes, name = contest.polls, contest.date, contest.kind, past_polls.notes, "a"
        if kind and not is_learned(kind):
            notes = (
                *notes,
                f"no errors were learned for votes of the kind {quoted(kind)}: those of all kinds are used",
            )
    if of_all:
        polls = tuple(poll.model_copy(update={"opponent": PER_CENT - poll.incumbent}) for poll in polls)
        what = f"Share of {name} of all votes"
    else:
        what = f"Two-way share of {name}"
    return PollQuestion(polls, vote, kind, what, notes)


def _of_case(text: str, findings: Findings) -> tuple[tuple[Poll, ...], tuple[str, ...]]:
    """Return the polls of a table like a case's, and in words what cannot be used of them."""
    rows = read_table(text, Poll, findings)
    if rows is not None:
        check_polls(rows)
    if rows is not None and not rows:
        findings.add(0, "the table has no polls")
    if findings.problems or rows is None:
        raise CaseError(findings.problems)
    polls = objects(rows)
    asked = sorted({poll.kind for poll in polls if poll.kind})
    if len(asked) <= 1:
        return polls, ()
    kinds = ", ".join(asked)
    return polls, (f"the polls ask different questions ({kinds}): only --errors-of a case tells them apart",)


def _chosen(path: Path, votes: tuple[PastVote, ...], day: dt.date | None, race: str | None) -> PastVote:
    """Return the contest that was asked for; its name may be left out where there is one."""
    here = [vote for vote in votes if day is None or vote.date == day]
    if race is not None:
        named = [vote for vote in here if vote.race == race]
        if not named:
            raise PollQuestionError(
                f"{path}: there is no contest {quoted(race)}{suggestion(race, [vote.race for vote in here])}"
            )
        here = named
    if len(here) == 1:
        return here[0]
    if not here:
        raise PollQuestionError(f"{path}: there is no vote on {day}")
    some = ", ".join(f"{_named(vote)}{vote.date}" for vote in here[:LISTED])
    more = ", ..." if len(here) > LISTED else ""
    several = len({vote.race for vote in here}) > 1, len({vote.date for vote in here}) > 1
    options = [option for option, helps in zip(("--race", "--vote"), several, strict=True) if helps]
    remedy = f"choose with {' or '.join(options)}" if options else "keep the rows of one in the table"
    raise PollQuestionError(f"{path}: the table has {len(here)} contests ({some}{more}): {remedy}")


def _named(vote: PastVote) -> str:
    name = vote.race or vote.kind or vote.panel
    return f"{name} on " if name else ""
