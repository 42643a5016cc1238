"""Polls of the election."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from detente.case.columns import Frozen, InFile, Row
from detente.case.values import Date, Id, Note, Percentage, Text, Whole
from detente.errors import quoted

if TYPE_CHECKING:
    from detente.case.poll_errors import PollPart
    from detente.case.question import Declared

INCUMBENT = "incumbent"
"""The winner whose share the polls' column of that name gives; the case's other winner is the opponent."""
FEWEST_POLLS = 3
"""With fewer the stated weights of the winners say more than the polls do."""
PER_CENT = 100
LEAST, MOST = 50, 102
"""What the two shares of a poll may add up to: rounding may bring them above 100, and third candidates below it."""


class Poll(Frozen):
    """One poll of the election, percentages as published.

    ``kind`` is the kind of question asked, None where the polls are all of one kind.  ``sample_size`` is None where it
    was not published.
    """

    pollster: Annotated[Text, InFile("Who asked.", "House")]
    start: Annotated[Date, InFile("First day of the field work.", "2026-02-01")]
    end: Annotated[Date, InFile("Last day of the field work.", "2026-02-05")]
    published: Annotated[
        Date | None, InFile("When it became known; blank: the last day of the field work.", "2026-02-07")
    ] = None
    sample_size: Annotated[Whole | None, InFile("Number of respondents; blank if not published.", "1200")] = None
    kind: Annotated[
        Id | None,
        InFile("The kind of question asked, which polls.kind_sd of priors.yaml must know.", "duel", may_lack=True),
    ] = None
    incumbent: Annotated[Percentage, InFile("Share of the winner called incumbent, in percent as published.", "44.5")]
    opponent: Annotated[Percentage, InFile("Share of the other winner, in percent as published.", "45")]
    source: Annotated[Note, InFile("Where it was published.", "https://example.org/poll")] = ""
    known_from: Annotated[
        Date | None,
        InFile("The day from which a correction was known; blank: its publication.", "2026-02-08", may_lack=True),
    ] = None
    replaced_on: Annotated[
        Date | None, InFile("The day from which a corrected row stands in its place.", "2026-03-05", may_lack=True)
    ] = None

    @classmethod
    def rules(cls, row: Row[Poll]) -> None:
        """Check that it ends after it starts, is published after it ends, and shares out at most the whole."""
        poll = row.item
        check_poll(row, ("incumbent", "opponent"), LEAST)
        if row.sound("end", "published") and poll.published is not None and poll.published < poll.end:
            message = f"published: must not be earlier than end, {poll.end} (got {poll.published})"
            row.add(message, at="published")

    @property
    def known_on(self) -> dt.date:
        """The day it became public: that of the correction it is, its publication, else the end of its field work."""
        return self.known_from or self.published or self.end

    @property
    def middle(self) -> dt.date:
        """The day its answers are of: the middle of its field work, rounded down."""
        return self.start + (self.end - self.start) // 2


def check_poll(row: Row[Any], names: tuple[str, str], least: float = 0) -> None:
    """Check that a poll ends after it starts, and that its two shares are percentages of no more than the whole."""
    poll, named = row.item, ", ".join(names)
    if row.sound("start", "end") and poll.end < poll.start:
        row.add(f"end: must not be earlier than start, {poll.start} (got {poll.end})", at="end")
    if row.sound(*names):
        one, other = shares = tuple(getattr(poll, name) for name in names)
        if min(shares) < 1:
            percents = " and ".join(f"{PER_CENT * share:g}" if share < 1 else f"{share:g}" for share in shares)
            row.add(f"{named}: must be percentages, {percents} (got {one:g} and {other:g})")
        elif not least <= one + other <= MOST:
            rule = f"between {least} and {MOST}" if least else f"at most {MOST}"
            row.add(f"{named}: must add up to {rule} percent (got {one + other:g})")


def house(pollster: str) -> str:
    """Return what spellings of one pollster have in common: its letters and digits, without case and accents.

    >>> house("Yöneylem"), house("MetroPOLL"), house("Metro Poll, Inc.")
    ('yoneylem', 'metropoll', 'metropollinc')
    """
    plain = unicodedata.normalize("NFKD", pollster.replace("\N{LATIN SMALL LETTER DOTLESS I}", "i")).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def waves(polls: Iterable[Poll]) -> tuple[Poll, ...]:
    """Return the polls of which each day of field work of one house, for one kind of question, counts once.

    Of polls that overlap the one with the shorter field work is kept, of equally long ones the later.
    """
    kept: dict[tuple[str, str | None], list[Poll]] = {}
    for poll in sorted(polls, key=lambda one: (one.end - one.start, -one.end.toordinal())):
        same = kept.setdefault((house(poll.pollster), poll.kind), [])
        if all(poll.end < one.start or one.end < poll.start for one in same):
            same.append(poll)
    return tuple(poll for same in kept.values() for poll in same)


def check_polls(rows: Iterable[Row[Poll]]) -> None:
    """Check that no poll is listed twice, by whatever source, and that a house has one spelling."""
    spelt: dict[str, Row[Poll]] = {}
    listed: dict[tuple[object, ...], Row[Poll]] = {}
    for row in rows:
        if not row.sound("pollster"):
            continue
        poll = row.item
        first = spelt.setdefault(house(poll.pollster), row)
        if first.item.pollster != poll.pollster:
            other = quoted(first.item.pollster)
            row.add(f"pollster: {quoted(poll.pollster)} is {other} on line {first.line}: use one spelling")
        if not row.sound("start", "end", "kind", "incumbent", "opponent"):
            continue
        key = house(poll.pollster), poll.start, poll.end, poll.kind
        if key not in listed:
            listed[key] = row
            continue
        same = listed[key]
        if (same.item.incumbent, same.item.opponent) == (poll.incumbent, poll.opponent):
            row.add(f"duplicate of line {same.line}: one poll counts once, whatever its sources")
        else:
            stated = f"{same.item.incumbent:g} and {same.item.opponent:g}"
            row.add(f"incumbent, opponent: line {same.line} has {stated} for this poll: keep one of the two")


def check_poll_model(polls: Iterable[Row[Poll]], stated: Row[PollPart] | None, line: int, declared: Declared) -> None:
    """Check that the case has the contest that polls are of, and that every kind of question has its deviation."""
    if stated is None or declared.faulty & {"election", "winners"}:
        return
    if not declared.has_election:
        stated.findings.add(line, "polls: case.yaml declares no election: delete the block")
    elif len(declared.winners) == 2 and INCUMBENT not in declared.winners:  # noqa: PLR2004 - more are not forecast
        rule = f"one of the winners must have the id {INCUMBENT}, whose share polls.csv gives"
        stated.findings.add(line, f"polls: {rule} (got {', '.join(declared.winners)})")
    check_kinds(polls, getattr(stated.item, "kind_sd", {}), stated.findings.file)


def check_kinds(rows: Iterable[Row[Poll]], kinds: Mapping[str, float], file: str, part: str = "") -> None:
    """Check that every kind of question has its deviation in the priors; ``part`` is where the rows stand."""
    for row in rows:
        if row.sound("kind") and row.item.kind is not None and row.item.kind not in kinds:
            row.unknown(f"{part}kind: {file} gives no polls.kind_sd for", row.item.kind, kinds)
