"""The three tables of a set of questions, and the priors that its questions share: what each field holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Final

from detente.case.columns import Frozen, InFile, Row, specs
from detente.case.days import InvalidError
from detente.case.evidence import EvidenceItem
from detente.case.likelihoods import BECAUSE, LikelihoodRow
from detente.case.priors import BetaPrior, DiscriminationPart, Priors, WeightedPrior
from detente.case.values import (
    Credibility,
    Date,
    Fraction,
    Id,
    Note,
    Reads,
    Reliability,
    Text,
    as_shares,
    fraction,
    identifier,
)

QUESTIONS, EVIDENCE, LIKELIHOODS, SHARED_PRIORS = "questions.csv", "evidence.csv", "likelihoods.csv", "priors.yaml"
BETWEEN: Final = "|"
"""What stands between the members of a list in a cell."""
TWO = 2


def ids(text: str) -> tuple[str, ...]:
    """Read ids with a bar between them.

    >>> ids("settle | show")
    ('settle', 'show')
    """
    return tuple(identifier(part.strip()) for part in text.split(BETWEEN))


def shares(text: str) -> tuple[float, ...]:
    """Read numbers from 0 to 1 with a bar between them.

    >>> shares("0.25|0.75")
    (0.25, 0.75)
    """
    read = tuple(fraction(part.strip()) for part in text.split(BETWEEN))
    if not all(0 < share < 1 for share in read):
        raise InvalidError("each must be greater than 0 and less than 1")
    return read


class SetQuestion(Frozen):
    """One question of a set: which of its hypotheses is true."""

    id: Annotated[Text, InFile("Its name, which stands in the column `question` of the other two tables.", "q17")]
    hypotheses: Annotated[
        tuple[str, ...],
        Reads(ids, f"ids with {BETWEEN} between them"),
        InFile("Ids of its hypotheses, of which exactly one is true.", "settle|show"),
    ]
    truth: Annotated[Id | None, InFile("The one that was true; blank: not known, and not scored.", "show")] = None
    group: Annotated[
        Text | None,
        InFile(
            "Questions of one group depend on each other, and are left out and drawn again together; blank: none does.",
            "river_talks",
            may_lack=True,
        ),
    ] = None
    weights: Annotated[
        tuple[float, ...] | None,
        Reads(shares, f"numbers with {BETWEEN} between them"),
        InFile("Prior probabilities, in the order of the hypotheses; blank: even.", "0.4|0.6", may_lack=True),
    ] = None

    @classmethod
    def rules(cls, row: Row[SetQuestion]) -> None:
        """Check that the hypotheses differ, and that truth and weights are theirs."""
        if not row.sound("hypotheses"):
            return
        names = row.item.hypotheses
        if len(set(names)) < len(names) or len(names) < TWO:
            row.add(f'hypotheses: must be two or more different ids (got "{BETWEEN.join(names)}")')
        if row.sound("truth") and row.item.truth is not None and row.item.truth not in names:
            row.unknown("truth: is none of the hypotheses:", row.item.truth, names)
        weights = row.item.weights if row.sound("weights") else None
        if weights is not None and len(weights) != len(names):
            row.add(f"weights: must be as many as the hypotheses, {len(names)} (got {len(weights)})")
        elif weights is not None and as_shares(weights) is None:
            row.add(f"weights: must sum to 1 (got {sum(weights):.10g}): weights are not rescaled")

    @property
    def even_or_stated(self) -> dict[str, float]:
        """The prior probability of each hypothesis."""
        even = (1 / len(self.hypotheses),) * len(self.hypotheses)
        weights = (as_shares(self.weights) or self.weights) if self.weights else even
        return dict(zip(self.hypotheses, weights, strict=True))


OF_QUESTION = InFile("Id of the question; rows in the order of questions.csv, those of a question together.", "q17")


class SetItem(EvidenceItem):
    """An item of evidence of one question."""

    question: Annotated[Text, OF_QUESTION]
    date: Annotated[Date | None, InFile("When it became known; for readers.", "2026-02-20", may_lack=True)] = None  # type: ignore[assignment] # filled
    cluster: Annotated[
        Id | None,
        InFile("The cause it shares with others of the question; blank if none.", "announcements", may_lack=True),
    ] = None
    reliability: Annotated[
        Reliability, InFile("Of the source: Admiralty letter, A (best) to E, F unknown.", "B", may_lack=True)
    ] = "A"
    credibility: Annotated[
        Credibility, InFile("Of the report: Admiralty digit, 1 (best) to 5, 6 unknown.", "2", may_lack=True)
    ] = 1
    actor: Annotated[Note, InFile("Who acted.", "Arvenian foreign ministry", may_lack=True)] = ""
    source: Annotated[Note, InFile("Where it was reported.", "Gazette", may_lack=True)] = ""
    locator: Annotated[Note, InFile("Where in the source.", "p3", may_lack=True)] = ""
    claim: Annotated[Note, InFile("What is claimed.", "Arvenia named its envoys.", may_lack=True)] = ""
    expected_by: Annotated[
        Date | None, InFile("The day by which it was expected; for readers.", "2026-02-28", may_lack=True)
    ] = None
    retracted_on: dt.date | None = None
    retracted_because: Text | None = None
    known_from: dt.date | None = None
    replaced_on: dt.date | None = None

    def as_item(self) -> EvidenceItem:
        """Return the item as a case has it."""
        return EvidenceItem.read(self.fields(EvidenceItem) | {"date": self.date or dt.date.min, "expected_by": None})


class SetLikelihood(LikelihoodRow):
    """One row of a set's ``likelihoods.csv``."""

    question: Annotated[Text, OF_QUESTION]
    because: Annotated[Note, InFile(BECAUSE.doc, BECAUSE.example, may_lack=True)] = ""
    assessor: None = None
    round: int = 1
    revised_on: dt.date | None = None


OF_LETTER, OF_DIGIT = (
    next(spec.column.example for spec in specs(Priors) if spec.field == name) for name in ("reliability", "credibility")
)


class SetPriors(Priors):
    """The priors that all questions of a set share; what is left out is as in a new case."""

    hypotheses: WeightedPrior | None = None  # type: ignore[assignment] # each question has its own
    discrimination: Annotated[
        BetaPrior | None, InFile("How much of a stated contrast between hypotheses is real.", kind=DiscriminationPart)
    ] = None  # type: ignore[assignment] # filled, as are the next two
    reliability: Annotated[
        Mapping[Reliability, Fraction] | None, InFile("Chance that a source of each letter is right.", OF_LETTER)
    ] = None  # type: ignore[assignment]
    credibility: Annotated[
        Mapping[Credibility, Fraction] | None, InFile("The same for a report of each digit.", OF_DIGIT)
    ] = None  # type: ignore[assignment]
    persistence: float = 0.5
    election: None = None
    couplings: tuple[()] = ()
    polls: None = None
    outside_view: None = None
    baseline: None = None


TABLES: Mapping[str, type[Frozen]] = {QUESTIONS: SetQuestion, EVIDENCE: SetItem, LIKELIHOODS: SetLikelihood}
