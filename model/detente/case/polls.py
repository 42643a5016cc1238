"""Polls of the election, and how they err: as ``priors.yaml`` states it, else as votes that are past have taught."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from detente.case.columns import Frozen, InFile, Row
from detente.case.values import Date, Id, Note, NotNegative, Percentage, Positive, Text, Whole
from detente.errors import quoted

if TYPE_CHECKING:
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


DIFFUSE = 1.0
"""Deviation of the share when the polls begin, a hundred points: it pulls no poll towards one half."""
UNSTATED_SAMPLE = 1000
"""Respondents of a poll that does not say how many it had."""
LEAST_DEGREES = 2
"""A Student t of so few degrees of freedom, or fewer, has no variance."""
MOST_SD, MOST_WALK_SD = 0.25, 0.02
"""The largest deviations of a share that are believed, and of what voters change in a day; others are in points."""
DEVIATIONS = ("house_sd", "bias_sd", "walk_sd", "excess_sd", "start_sd")

VoteKind = Literal[
    "president", "governor", "senator", "representative", "national_parliament", "regional_parliament", "other"
]


class PollPriors(Frozen):
    """How polls err, as standard deviations of the incumbent's two-way share (0.01 is one point); see `PollPart`."""

    house_sd: Positive
    bias_sd: NotNegative
    walk_sd: Positive
    excess_sd: NotNegative
    start_sd: Positive = DIFFUSE
    design_effect: Positive = 1.0
    degrees: Positive | None = None
    unstated_sample: Whole = UNSTATED_SAMPLE
    kind_sd: Mapping[Id, NotNegative] = {}
    because: Text


def _learned(polls: int, contests: int, days: int, of: str, *errors: float, degrees: float | None) -> PollPriors:
    house, bias, walk, excess, design = errors
    because = f"Learned from {polls:,} polls of {contests:,} contests on {days} days of {of}."
    return PollPriors.read(
        {
            "house_sd": house,
            "bias_sd": bias,
            "walk_sd": walk,
            "excess_sd": excess,
            "design_effect": design,
            "degrees": degrees and float(degrees),
            "because": because,
        }
    )


LEARNED: Mapping[str, PollPriors] = {
    "president": _learned(
        4237, 289, 4, "votes on the President of the United States by state, 2000 to 2012",
        0.0104, 0.013, 0.0027, 0.0023, 1.01, degrees=5,
    ),
    "governor": _learned(
        1359, 230, 25, "votes on American governors, 1998 to 2014", 0.0181, 0.0247, 0.0042, 0.0026, 1.05, degrees=28
    ),
    "senator": _learned(
        1896, 278, 15, "votes on American senators, 1998 to 2014", 0.0175, 0.0252, 0.0046, 0.0022, 1.04, degrees=18
    ),
    "representative": _learned(
        1250, 581, 33, "votes on American representatives, 1998 to 2014",
        0.0192, 0.0255, 0.0034, 0.0041, 1.24, degrees=40,
    ),
    "national_parliament": _learned(
        1392, 17, 17, "German national votes, 1953 to 2013", 0.0099, 0.026, 0.0028, 0.0012, 1.02, degrees=17
    ),
    "regional_parliament": _learned(
        734, 48, 38, "German regional votes, 1994 to 2014", 0.0121, 0.0413, 0.0032, 0.002, 1.04, degrees=40
    ),
    "other": _learned(
        10868, 1443, 102, "American and German votes of six kinds, 1953 to 2014; each kind counts once",
        0.014, 0.0246, 0.0034, 0.0023, 1.04, degrees=6,
    ),
}  # fmt: skip
"""How polls err by kind of vote, from `detente calibrate --polls` on public collections (see reports/panels).

Out of sample these errors score 4 to 10% better than the mean of the polls with the error that it had on other votes,
and their 90% intervals hold 86 to 93% of results.
"""
NAMED_IN_PANELS: Mapping[str, str] = {
    "Pres-G": "president",
    "Gov-G": "governor",
    "Sen-G": "senator",
    "House-G": "representative",
    "bundestag": "national_parliament",
    "landtag": "regional_parliament",
}
"""The kinds of vote under the names that public collections of polls have for them."""


def is_learned(kind: str) -> bool:
    """Return whether votes of a kind have taught how polls err."""
    return NAMED_IN_PANELS.get(kind, kind) in LEARNED


def learned_errors(kind: str) -> PollPriors:
    """Return how polls of a kind of vote err: as learned, or as with any other kind where it is not known."""
    return LEARNED.get(NAMED_IN_PANELS.get(kind, kind), LEARNED["other"])


class PollPart(Frozen):
    """How polls err as ``priors.yaml`` has it: what it leaves out is as with other votes of the kind."""

    vote: Annotated[
        VoteKind, InFile("The kind of vote; what is left out below is what such votes have taught.", "president")
    ] = "other"
    house_sd: Annotated[Positive | None, InFile("Of a pollster's lasting lean.", "0.02")] = None
    bias_sd: Annotated[NotNegative | None, InFile("Of the error that all polls of the election share.", "0.03")] = None
    walk_sd: Annotated[Positive | None, InFile("Of what voters change in a day.", "0.002")] = None
    excess_sd: Annotated[NotNegative | None, InFile("Of what a poll errs beyond sampling.", "0.01")] = None
    start_sd: Annotated[
        Positive, InFile("Of the share around one half when the polls begin; 1 leaves it to the polls.", "1")
    ] = DIFFUSE
    design_effect: Annotated[
        Positive | None, InFile("Multiplies the sampling variance; 1 is simple random sampling.", "1.5")
    ] = None
    degrees: Annotated[
        Positive | None,
        InFile(
            "Degrees of freedom of the Student t of what polls cannot show: about the number of earlier votes that "
            "bias_sd is known from; normal if bias_sd is stated without.",
            "5",
        ),
    ] = None
    unstated_sample: Annotated[Whole, InFile("Stands in for a sample size that was not published.", "1000")] = (
        UNSTATED_SAMPLE
    )
    kind_sd: Annotated[
        Mapping[Id, NotNegative],
        InFile(
            "Of the difference between each kind of question and the contest itself; 0: it is that contest.",
            "{duel: 0, first_round: 0.02}",
        ),
    ] = {}
    because: Annotated[Text, InFile("The reason.", "The last four elections.")]

    @classmethod
    def rules(cls, row: Row[PollPart]) -> None:
        """Check that deviations are shares and not points, and that the design effect is possible."""
        given = {name: getattr(row.item, name) for name in DEVIATIONS if row.sound(name)}
        stated = {name: sd for name, sd in given.items() if sd is not None}
        stated |= {f"kind_sd.{kind}": sd for kind, sd in getattr(row.item, "kind_sd", {}).items()}
        for name, sd in stated.items():
            most = {"walk_sd": MOST_WALK_SD, "start_sd": DIFFUSE}.get(name, MOST_SD)
            if sd > most:
                rule = f"must be a share of at most {most:g}: two points are 0.02"
                row.add(f"{row.path}.{name}: {rule} (got {sd:g})", at=name.partition(".")[0])
        if row.sound("degrees") and row.item.degrees is not None and row.item.degrees <= LEAST_DEGREES:
            rule = f"must be greater than {LEAST_DEGREES:g}: with fewer the deviation is infinite"
            row.add(f"{row.path}.degrees: {rule} (got {row.item.degrees:g})", at="degrees")
        design = row.item.design_effect if row.sound("design_effect") else None
        if design is not None and design < 1:
            rule = "must be at least 1, which is simple random sampling"
            row.add(f"{row.path}.design_effect: {rule} (got {design:g})", at="design_effect")

    def settled(self) -> PollPriors:
        """Return the errors stated, and where they are not, those that votes of the kind have taught."""
        kept = {name: value for name in PollPriors.__struct_fields__ if (value := getattr(self, name)) is not None}
        if "bias_sd" in kept:
            kept.setdefault("degrees", None)
        return learned_errors(self.vote).changed(**kept)
