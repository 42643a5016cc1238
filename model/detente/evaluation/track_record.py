"""The track record: the scores of past forecasts beside those of simpler benchmarks.

``detente score`` computes it and a report shows it; no forecast uses it.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - annotations are evaluated when a run is read back
from collections.abc import Mapping  # noqa: TC003 - as above
from dataclasses import dataclass, field

from detente.evaluation.explanations import ExplanationScores  # noqa: TC001 - as below
from detente.evaluation.questions import Question  # noqa: TC001 - as above
from detente.scoring import CLIP, Bounds, ReliabilityCurve

RELIABLE_FROM = 30
"""Number of resolved questions from which a reliability diagram shows more than chance."""

OURS = "detente"
UNIFORM = "uniform"
OUTSIDE = "outside_view"
NO_CHANGE = "no_change"
INDEPENDENT = "independent_evidence"
LAST_POLL = "last_poll"
OTHERS = "other_forecasters"
PRIOR = "prior"
NAIVE = "naive_bayes"
TEMPERED = "tempered_naive_bayes"
STATED = "as_stated"

DESCRIPTIONS: Mapping[str, str] = {
    OURS: "the whole model, by the exact engine",
    UNIFORM: "the same probability for every answer",
    OUTSIDE: "the reference class alone, given the time waited so far; no forecast where the class has no dates",
    NO_CHANGE: f"nothing more happens: {100 * CLIP:g}% for any change",
    INDEPENDENT: "independent items, best guesses taken as certain, nothing learned from the waiting or from outside",
    LAST_POLL: "the polls of the latest publication date, with sampling error alone; for the election only",
    OTHERS: "each forecaster's latest probability in external_forecasts.csv, pooled; for the election only",
}
"""The forecasters, in the order in which they are shown."""
EVERYBODY = (OURS, PRIOR, *(name for name in DESCRIPTIONS if name != OURS))
"""Every forecaster of a case's questions."""
OF_EXPLANATIONS: Mapping[str, str] = {
    OURS: DESCRIPTIONS[OURS],
    UNIFORM: "the same probability for every explanation",
    STATED: "the whole model with the discrimination that was stated, before anything was learned",
    PRIOR: "the probabilities before any evidence",
    NAIVE: "independent items, best guesses taken as certain",
    TEMPERED: "naive Bayes with its likelihood to the power that scores best on the other parts of the set",
}
"""The forecasters of which explanation is true, in the order in which they are shown."""


@dataclass(frozen=True)
class Performance:
    """One forecaster on one question: scores averaged over the days on which both it and our model gave a forecast.

    ``brier`` is in [0, 1] for a yes-no question and in [0, 2] for several categories, ``log`` is in nats, and
    ``ranked`` is the ranked probability score of ordered categories.  ``ours_...`` are our scores on the same days;
    ``first_...`` are those of the first day alone, None if the forecaster gave none then.
    """

    forecaster: str
    days: int
    mean: tuple[float, ...]
    brier: float
    log: float
    ours_brier: float
    ours_log: float
    ranked: float | None = None
    ours_ranked: float | None = None
    first: tuple[float, ...] | None = None
    first_brier: float | None = None
    first_log: float | None = None


@dataclass(frozen=True)
class QuestionScore:
    """A question and the performance of each forecaster, ours first; none while the answer is not known.

    ``days`` counts those on which our model gave a forecast.
    """

    question: Question
    days: int
    performances: tuple[Performance, ...]

    @property
    def counts(self) -> bool:
        """Whether it enters the mean scores: its window has closed, and it was forecast."""
        return self.question.is_resolved and bool(self.performances)

    def of(self, forecaster: str) -> Performance | None:
        """Return the performance of one forecaster."""
        return next((row for row in self.performances if row.forecaster == forecaster), None)


@dataclass(frozen=True)
class Standing:
    """The mean scores of one forecaster and of our model over the questions that both answered, equally weighted.

    The skills are 1 - ours / theirs, None where their score is 0.  The 90% intervals are those of the difference
    ``ours_brier - brier``, negative where ours is better, from resampling questions and whole processes.  ``first_...``
    are the means of the first forecasts alone.
    """

    forecaster: str
    questions: int
    processes: int
    days: int
    brier: float
    log: float
    ours_brier: float
    ours_log: float
    by_question: Bounds
    by_process: Bounds
    log_by_process: Bounds
    first_questions: int
    brier_skill: float | None = None
    log_skill: float | None = None
    first_brier: float | None = None
    first_log: float | None = None
    ours_first_brier: float | None = None
    ours_first_log: float | None = None


@dataclass(frozen=True)
class QuestionCounts:
    """Numbers of questions resolved, void and pending, and of days summed over those resolved."""

    resolved: int
    void: int
    pending: int
    days_open: int
    days_scored: int


@dataclass(frozen=True)
class TrackRecord:
    """The scores of one case, or of several taken together.

    ``overall`` covers the yes-no questions; those of several categories are in ``questions`` alone, since they repeat
    what the others ask.  ``horizon`` is the latest of the cases'.  The forecasts scored are those of the days from
    ``start`` to ``end``.  ``reliability`` is None below :data:`RELIABLE_FROM` questions, ``explanations`` where no case
    has a hypothesis known to be true.  ``inputs_sha256`` are the digests of the cases' inputs, less their bulletins.
    """

    titles: Mapping[str, str]
    start: dt.date
    end: dt.date
    horizon: dt.date
    questions: tuple[QuestionScore, ...]
    coverage: QuestionCounts
    overall: tuple[Standing, ...]
    reliability: ReliabilityCurve | None = None
    explanations: ExplanationScores | None = None
    inputs_sha256: Mapping[str, str] = field(default_factory=dict)

    def is_of(self, case: str, inputs_sha256: str) -> bool:
        """Tell whether a case still had these inputs when it was scored; so it is where that was not written down."""
        return self.inputs_sha256.get(case, inputs_sha256) == inputs_sha256

    @property
    def cases(self) -> tuple[str, ...]:
        """Ids of the cases."""
        return tuple(self.titles)

    @property
    def binary(self) -> tuple[QuestionScore, ...]:
        """The yes-no questions that count."""
        return tuple(row for row in self.questions if row.counts and not row.question.categories)

    @property
    def kinds(self) -> tuple[QuestionScore, ...]:
        """The questions of several categories that count."""
        return tuple(
            row for row in self.questions if row.counts and row.question.categories and not row.question.is_truth
        )

    @property
    def truths(self) -> tuple[QuestionScore, ...]:
        """The questions which hypothesis is true, of the cases where that is known."""
        return tuple(row for row in self.questions if row.counts and row.question.is_truth)

    @property
    def early(self) -> tuple[QuestionScore, ...]:
        """The questions answered before their window closed, which do not count yet."""
        return tuple(row for row in self.questions if row.question.status == "early")

    @property
    def processes(self) -> int:
        """Number of processes, elections included, that the yes-no questions are about."""
        return len({(row.question.case, row.question.group) for row in self.binary})

    def standing(self, forecaster: str) -> Standing | None:
        """Return the overall standing of one forecaster."""
        return next((row for row in self.overall if row.forecaster == forecaster), None)
