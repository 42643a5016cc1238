"""How polls err: as ``priors.yaml`` states it, and where it does not, as votes that are past have taught."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from detente.case.columns import Frozen, InFile, Row
from detente.case.values import Id, NotNegative, Positive, Text, Whole

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
    kind_sd: Mapping[Id, NotNegative] = Field(default_factory=dict)
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
        Positive | None, InFile("Multiplies the sampling variance; 1 is simple random sampling.", "1.5"), Field(ge=1)
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
    ] = Field(default_factory=dict)
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
        kept = {name: value for name in PollPriors.model_fields if (value := getattr(self, name)) is not None}
        if "bias_sd" in kept:
            kept.setdefault("degrees", None)
        return PollPriors.read({**dict(learned_errors(self.vote)), **kept})
