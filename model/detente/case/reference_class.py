"""The outside view: how other dyads moved, how far the assessor leans on them, and what other forecasters said."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from detente.case.columns import Frozen, InFile, Row, Scalar, Spec, specs
from detente.case.days import Days, days_or_dash, month
from detente.case.values import Date, Dated, Fraction, Id, Note, NotNegative, Positive, Probability, Reads, Text, YesNo
from detente.errors import quoted

if TYPE_CHECKING:
    from detente.case.question import Declared

PACE_MEDIAN_DAYS = 365.0
PACE_LOG_SD = 1.5
SHAPE_LOG_SD = 1.0
"""The prior of a class's waiting times, weak enough for a handful of members to overrule.

Every member has the pace of the slowest and, on top of it, one of its own, Gamma distributed: the longer one has
waited, the slower one probably is, down to the pace that all have.  The log of the mean pace is Normal(-log 365 days,
1.5), so that a tenfold pace either way is not excluded; the log of the Gamma's shape is Normal(0, 1), from paces that
are nearly alike to very unlike ones; the share of the mean pace that all have is uniform from 0 to 1.
"""
HALF_LIFE_YEARS = 25.0
"""The years after which a member counts half.

One number, fitted on two panels of waits that began before 1990, each wait predicted from those begun before it
(tests/half_life.py; reports/panels): 54 diplomatic missions of the United States and 787 parties to international
crises. Averaged within a country or a crisis, the log score of the waits gains 4.9 nats (+- 2.0) over weights that
never fall. It gains 3.8 at 40 years, 5.6 at 15, 5.3 at 10 and 2.7 at 5: a profile likelihood leaves 8 to 42 years open,
and in the longer half of that fewer members are thrown away.
"""
REACHED = InFile(
    "A column named like a state: the day it was reached, or the month or year; ? if on an unknown day while followed; "
    "blank if it was not; - where it does not apply. Reached on the day of the start, it was waited for less than a "
    "day; if there was nothing to wait for because the start is that step itself, write -.",
    "2001-06-01",
    may_lack=True,
)


class Member(Frozen):
    """One member of a reference class: when its waiting began, and which states it had reached by when.

    ``reached`` has an entry for every state that applies to the member: the day by which it was reached, or None while
    the member was followed and had not got there.  ``earliest`` has the first day on which it may have been reached,
    where that is another one; ``start`` is the day by which its waiting had begun, and ``start_earliest`` the first on
    which it may have.
    """

    reference_class: Annotated[Id, InFile("The class it belongs to.", "neighbours", name="class")]
    member: Annotated[Text, InFile("Who.", "Norland and Sudland")]
    start: Annotated[Dated, InFile("When its waiting began: the day, or the month or year.", "2001-01-01")]
    start_earliest: dt.date | None = None
    reached: Mapping[Id, dt.date | None] = {}
    earliest: Mapping[Id, dt.date] = {}
    followed_until: Annotated[Date, InFile("The last day it was followed.", "2003-01-01")]
    election: Annotated[
        YesNo | None,
        InFile("Whether a national election fell within a year of start; blank: nobody looked.", "yes", may_lack=True),
    ] = None
    election_support: Annotated[
        Literal["seen", "recall"] | None,
        InFile("Whether a page that says so was seen, or it rests on memory.", "seen", may_lack=True),
    ] = None
    source: Annotated[Note, InFile("Where that stands.", "Atlas, p. 7", may_lack=True)] = ""
    note: Annotated[Note, InFile("A remark.", "Known by month.", may_lack=True)] = ""

    @classmethod
    def read(cls, values: Mapping[str, Any], faulty: Collection[str] = ()) -> Self:
        """Build a member; one whose start is known by month or year began on any of its days."""
        stated = values.get("start")
        if isinstance(stated, Days):
            values = {**values, "start": stated.last, "start_earliest": stated.first}
        return super().read(values, faulty)

    @property
    def began(self) -> tuple[dt.date, dt.date]:
        """The first and the last day on which its waiting may have begun."""
        return self.start_earliest or self.start, self.start

    def as_of(self, cutoff: dt.date) -> Member:
        """Return what was known of the member on ``cutoff``: later dates are not there yet.

        A state that may or may not have been reached by then does not apply.
        """
        if self.followed_until <= cutoff and all(day is None or day <= cutoff for day in self.reached.values()):
            return self
        open_then = {state for state, day in self.earliest.items() if day <= cutoff < (self.reached[state] or cutoff)}
        known = {
            state: day if day and day <= cutoff else None
            for state, day in self.reached.items()
            if state not in open_then
        }
        return self.changed(reached=known, followed_until=min(self.followed_until, cutoff))

    def span(self, state: str) -> tuple[dt.date, dt.date] | None:
        """Return the first and the last day on which a state may have been reached; None if it was not."""
        day = self.reached.get(state)
        return None if day is None else (self.earliest.get(state, day), day)


class OutsideViewPrior(Frozen):
    """How far the level of each intensity is moved toward a reference class.

    Without a weight what was stated and the class are two readings of one intensity, weighed by their precision.
    """

    weight: Annotated[
        Fraction | None,
        InFile(
            "How far the levels move toward the class: 0 not at all, 1 all the way. Left out, the wider the stated "
            "ranges are beside the differences between members, the further.",
            "0.3",
        ),
    ] = None
    apart: Annotated[
        NotNegative,
        InFile(
            "How far this case may be from a member, as a standard deviation of the log pace beside the differences "
            "between members: 0 if it is one of them, 0.7 if it may well be twice as fast or slow. Not used with a "
            "weight.",
            "0.7",
        ),
    ] = 0.0
    half_life: Annotated[
        Positive,
        InFile(
            f"Years after which a member counts half; {HALF_LIFE_YEARS:g} if left out. A very large number makes all "
            "count alike.",
            "20",
        ),
    ] = HALF_LIFE_YEARS
    reference_class: Annotated[Id, InFile("The class of reference_class.csv.", "neighbours", name="class")]
    because: Annotated[Text, InFile("The reason.", "Their openings were like this one.")]


class ExternalForecast(Frozen):
    """What somebody else gave for a winner of the election, and the day on which it was known."""

    date: Annotated[Date, InFile("The day it was known.", "2026-02-01")]
    forecaster: Annotated[Text, InFile("Who gave it.", "A market")]
    winner: Annotated[Id, InFile("Id of the winner.", "challenger")]
    probability: Annotated[Probability, InFile("What was given.", "0.6")]
    source: Annotated[Note, InFile("Where it stands.", "Gazette of 1 February 2026")] = ""
    note: Annotated[Note, InFile("A remark.", "Known by month.", may_lack=True)] = ""


def state_columns(header: Iterable[str], declared: Declared) -> tuple[Spec, ...]:
    """Return the columns of a reference class with this header that hold when a state was reached.

    A state of one name in two processes has none, for nobody could tell which is meant.  Where case.yaml cannot be
    read for its processes, every other column may be one.
    """
    fixed = {spec.name for spec in specs(Member)}
    if "processes" in declared.faulty and not declared.processes:
        return specs_of_states(dict.fromkeys(name for name in header if name not in fixed))
    counts = Counter(state for process in declared.processes.values() for state in process.states)
    return specs_of_states(dict.fromkeys(name for name in header if counts[name] == 1 and name not in fixed))


def specs_of_states(states: Iterable[str]) -> tuple[Spec, ...]:
    """Return the columns that hold when states were reached."""
    shape = Scalar(Reads(days_or_dash, "date, month, year, ? or -"))
    return tuple(Spec(state, state, shape, None, REACHED) for state in states)


def check_reference_class(rows: Sequence[Row[Member]]) -> tuple[Member, ...]:
    """Check that each member stands once in its class and reached nothing after it was last followed; return them."""
    members = []
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        member = row.item
        if row.sound("reference_class", "member"):
            key = member.reference_class, member.member
            if key in seen:
                row.add(f"member: {quoted(member.member)} is a duplicate of line {seen[key]}")
            seen.setdefault(key, row.line)
        if row.sound("start", "followed_until") and member.followed_until < member.began[0]:
            row.add(f"followed_until: must not be earlier than start, {member.began[0]} (got {member.followed_until})")
        reached: dict[str, dt.date | None] = {state: None for state, days in row.extra.items() if days is None}
        earliest = {}
        for state, days in row.extra.items():
            if isinstance(days, Days) and row.sound("start", "followed_until"):
                first, last = _when(row, state, days)
                reached[state] = last
                if first < last:
                    earliest[state] = first
        known = {"reached": reached, "earliest": earliest}
        if row.sound("start", "followed_until"):  # it began before it got anywhere
            ends = (day for day in (member.start, member.followed_until, *reached.values()) if day is not None)
            known["start"] = max(min(ends), member.began[0])
        members.append(member.changed(**known))
    return tuple(members)


def _when(row: Row[Member], state: str, days: Days) -> tuple[dt.date, dt.date]:
    """Return between which days of its following a member reached a state, and note if it cannot have.

    A day before the start, in the month of the start, stands for that month: neither day is known better.
    """
    start, followed = row.item.began[0], row.item.followed_until
    if days.first > followed:
        row.add(f"{state}: must not be later than followed_until, {followed} (got {days.text})")
    last = days.last
    if last < start and days.text.startswith(f"{start:%Y-%m}"):
        last = month(start.year, start.month)[1]
    elif last < start:
        row.add(
            f"{state}: must not be earlier than start, {start} (got {days.text}): if only the month or year is known, "
            "write 2001-06 or 2001, and ? if not even that"
        )
    return min(max(days.first, start), max(last, start)), max(min(last, followed), start)


def check_outside_view(members: Iterable[Row[Member]] | None, stated: Row[OutsideViewPrior] | None) -> None:
    """Check that the class leaned on is in the table; ``members`` is None where the table could not be read."""
    if stated is None or members is None or not stated.sound("reference_class"):
        return
    known = dict.fromkeys(row.item.reference_class for row in members if row.sound("reference_class"))
    if stated.item.reference_class not in known:
        message = "outside_view.class: reference_class.csv has no class"
        stated.unknown(message, stated.item.reference_class, known, at="reference_class")


def check_external_forecasts(rows: Iterable[Row[ExternalForecast]], declared: Declared) -> None:
    """Check that each forecast is of a declared winner."""
    for row in rows:
        if not declared.has_election and "election" not in declared.faulty:
            row.add("winner: case.yaml declares no election")
        elif declared.has_election and row.sound("winner") and declared.lacks("winners", row.item.winner):
            row.unknown("winner: case.yaml declares no winner", row.item.winner, declared.winners)
