"""Polls of earlier votes with their results, which poll errors are learned from; and the contest polls are asked about.

One row a poll: the two leading shares ``a`` and ``b`` and the two-way share of ``a`` that came out.  The checks are
those of a case's own polls, with two differences that large public collections need: a house spelt in two ways is read
as one, and two leading parties may have less than half of the vote between them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from detente.case.columns import Frozen, InFile, Row, objects
from detente.case.days import InvalidError
from detente.case.files import read_compressed
from detente.case.findings import Findings
from detente.case.polls import PER_CENT, Poll, check_poll, check_polls, house, is_learned, waves
from detente.case.tables import names_in_header, read_table
from detente.case.values import Date, Note, Percentage, Probability, Reads, Text, whole
from detente.errors import CaseError, DetenteError, quoted, suggestion

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path


def sample_size(value: str) -> int:
    """Read a whole number above 0, which spreadsheets may have written with a decimal point.

    >>> sample_size("709.0")
    709
    """
    try:
        return whole(value.removesuffix(".0"))
    except InvalidError:
        raise InvalidError("must be a whole number greater than 0, or blank if not published") from None


class PastPoll(Frozen):
    """One poll of a vote that is past, or of one to come, where ``result`` is blank."""

    panel: Annotated[Note, InFile("The collection it is from; scores are shown by it.", "senate", may_lack=True)] = ""
    race: Annotated[Note, InFile("Names the contest, where several are decided on a day.", "ohio", may_lack=True)] = ""
    kind: Annotated[
        Note, InFile("The kind of vote; each has errors of its own.", "national_parliament", may_lack=True)
    ] = ""
    year: Annotated[Note, InFile("Year of the vote; not used.", "2013", may_lack=True)] = ""
    vote: Annotated[
        Date | None, InFile("Day of the vote; `detente poll --vote` may say it instead.", "2013-09-22", may_lack=True)
    ] = None
    pollster: Annotated[Text, InFile("Who asked.", "House")]
    start: Annotated[Date, InFile("First day of the field work.", "2013-09-01")]
    end: Annotated[Date, InFile("Last day of the field work.", "2013-09-05")]
    n: Annotated[
        int | None, Reads(sample_size, "whole number above 0", is_number=True), InFile("Number of respondents.", "1200")
    ] = None
    a: Annotated[Percentage, InFile("Share of one of the two, in percent as published.", "39")]
    b: Annotated[Percentage, InFile("Share of the other, in percent as published.", "26.5")]
    result: Annotated[
        Probability | None, InFile("What a had of the votes of the two, between 0 and 1.", "0.6176", may_lack=True)
    ] = None

    @classmethod
    def rules(cls, row: Row[PastPoll]) -> None:
        """Check that it ends after it starts and not after the vote, and that its shares are percentages."""
        poll = row.item
        check_poll(row, ("a", "b"))
        if row.sound("vote", "end") and poll.vote is not None and poll.end > poll.vote:
            row.add(f"end: must not be later than the vote, {poll.vote} (got {poll.end})", at="end")


@dataclass(frozen=True)
class PastVote:
    """A contest, its polls by date (field work counted once) and the two-way share that came out, if it is past."""

    panel: str
    race: str
    kind: str
    date: dt.date
    result: float | None
    polls: tuple[Poll, ...]


@dataclass(frozen=True)
class PollTable:
    """What was read: the contests, and in words what was not taken as it stood."""

    votes: tuple[PastVote, ...]
    notes: tuple[str, ...]


def read_past_polls(path: Path, *, results: bool = True, day: dt.date | None = None) -> PollTable:
    """Read a table of polls, CSV or gzipped CSV; with ``results`` every contest must have its result.

    ``day`` is that of the vote where the table does not say it.

    Raises
    ------
    CaseError
        If the table has problems: all of them, each with its line.
    """
    findings = Findings(str(path))
    rows = read_table(text, PastPoll, findings) if (text := read_compressed(path, findings)) is not None else None
    contests: dict[tuple[object, ...], list[Row[PastPoll]]] = {}
    dated = any(not row.sound("vote") or row.item.vote for row in rows or ())
    if rows and not dated and day is None:
        findings.add(1, "the table does not say when the vote is: add a column vote, or --vote to `detente poll`")
    for row in rows or ():
        poll = row.item
        if dated and row.sound("vote") and poll.vote is None and day is None:
            row.add("vote: must not be blank", at="vote")
        elif row.sound("panel", "race", "kind", "vote"):
            contests.setdefault((poll.panel, poll.race, poll.kind, poll.vote or day), []).append(row)
    for members in contests.values():
        _check_result(members, needed=results)
    if rows is not None and not rows:
        findings.add(0, "the table has no polls")
    if findings.problems or rows is None:
        raise CaseError(findings.problems)
    spelt: dict[str, Counter[str]] = {}
    for row in rows:
        spelt.setdefault(house(row.item.pollster), Counter())[row.item.pollster] += 1
    votes = tuple(_vote([row.item for row in members], spelt, day) for members in contests.values())
    return PollTable(votes, tuple(_notes(spelt, len(rows) - sum(len(vote.polls) for vote in votes))))


def _check_result(rows: Sequence[Row[PastPoll]], *, needed: bool) -> None:
    """Check that a contest has one result."""
    first = rows[0]
    for row in rows:
        if not row.sound("result"):
            continue
        if row.item.result is None and needed:
            row.add("result: must not be blank: errors are learned from votes with a result")
        elif first.sound("result") and row.item.result != first.item.result:
            row.add(f"result: line {first.line} has {first.item.result} for this contest (got {row.item.result})")


def _vote(polls: Sequence[PastPoll], spelt: dict[str, Counter[str]], day: dt.date | None) -> PastVote:
    one = polls[0]
    date = one.vote or day
    assert date is not None  # noqa: S101 - a contest without a day is a problem, and none is left
    kept = waves(
        Poll.read(
            {
                "pollster": spelt[house(poll.pollster)].most_common(1)[0][0],
                "start": poll.start,
                "end": poll.end,
                "sample_size": poll.n,
                "incumbent": poll.a,
                "opponent": poll.b,
            }
        )
        for poll in polls
    )
    by_date = tuple(sorted(kept, key=lambda poll: (poll.middle, poll.pollster)))
    return PastVote(one.panel, one.race, one.kind, date, one.result, by_date)


def _notes(spelt: dict[str, Counter[str]], repeated: int) -> list[str]:
    several = [names for names in spelt.values() if len(names) > 1]
    notes = []
    if several:
        example = " and ".join(quoted(name) for name in sorted(several[0])[:2])
        notes.append(f"{len(several)} houses are spelt in several ways, as {example}: each is read as one house")
    if repeated:
        notes.append(f"{repeated} polls overlap the field work of another of their house: each day counts once")
    return notes


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
        A table with the columns of a case's polls.csv, or of :class:`PastPoll`.
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
        polls = tuple(poll.changed(opponent=PER_CENT - poll.incumbent) for poll in polls)
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
    return polls, (f"the polls ask different questions ({kinds}): `--errors-of CASE` tells them apart",)


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
