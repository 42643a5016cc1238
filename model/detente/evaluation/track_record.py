"""How past forecasts of a case did once it was known what happened: questions, scores, and simpler answers beside ours.

The objects are what ``detente score`` finds, and what a report is told of it; a forecast never uses them.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads the annotations when a run is read back
from collections.abc import Mapping  # noqa: TC003 - as above
from dataclasses import dataclass

from detente.evaluation.questions import Question  # noqa: TC001 - pydantic reads the annotations of a run
from detente.scoring import CLIP, ReliabilityCurve

Bounds = tuple[float, float]

RELIABLE_FROM = 30
"""Resolved questions from which on a reliability diagram shows more than chance."""

OURS = "detente"
UNIFORM = "uniform"
OUTSIDE = "outside_view"
NO_CHANGE = "no_change"
INDEPENDENT = "independent_evidence"
LAST_POLL = "last_poll"
OTHERS = "other_forecasters"

DESCRIPTIONS: Mapping[str, str] = {
    OURS: "the whole model, by the exact engine",
    UNIFORM: "the same for each answer",
    OUTSIDE: "the reference class alone, for one that has waited as long; silent on what the class has no dates of",
    NO_CHANGE: f"nothing more will happen: {100 * CLIP:g}% for any change",
    INDEPENDENT: "items as if independent, middles as if certain, nothing learned from the waiting or from outside",
    LAST_POLL: "the polls of the latest day of publication, at their sampling error alone; on the election only",
    OTHERS: "the mean of the latest number of each forecaster in external_forecasts.csv; on the election only",
}
"""Forecasters in the order in which they are shown."""


@dataclass(frozen=True)
class Performance:
    """One forecaster on one question: scores averaged over the days on which both it and ours gave a forecast.

    ``brier`` is in [0, 1] for a question of yes or no and in [0, 2] for one of several categories, ``log`` in nats,
    ``ranked`` the ranked probability score where categories are ordered.  ``ours_...`` are our scores on the same days;
    ``first_...`` those of the first day alone, None where it had nothing to say then.
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
    """A question and how each forecaster did on it, ours first; empty where it is void or pending.

    ``days`` counts those on which we gave a forecast for it.
    """

    question: Question
    days: int
    performances: tuple[Performance, ...]

    @property
    def counts(self) -> bool:
        """Whether it enters the means: its window has closed, and there is a forecast of it."""
        return self.question.is_resolved and bool(self.performances)

    def of(self, forecaster: str) -> Performance | None:
        """Return how one forecaster did."""
        return next((found for found in self.performances if found.forecaster == forecaster), None)


@dataclass(frozen=True)
class Standing:
    """One forecaster beside ours on the questions that both answered: means over questions, each counting once.

    ``skill`` is ours against it, 1 - S_ours / S_its, None where its score is 0.  The intervals (90%) are of
    ``ours_brier - brier``: negative where ours is better; one from questions drawn anew, one from whole processes.
    ``first_...`` are those of the first forecasts alone.
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
class Coverage:
    """How many questions were resolved, void or pending; days are summed over those resolved."""

    resolved: int
    void: int
    pending: int
    days_open: int
    days_scored: int


@dataclass(frozen=True)
class TrackRecord:
    """The scores of one case, or of several taken together.

    ``overall`` is of the questions of yes or no; those of several categories stand in ``questions`` alone, for they ask
    again what the others ask.  ``horizon`` is the last of the cases'; scored were
    the forecasts of the days from ``start`` to ``end``.  ``reliability`` is None below :data:`RELIABLE_FROM` questions.
    """

    titles: Mapping[str, str]
    start: dt.date
    end: dt.date
    horizon: dt.date
    questions: tuple[QuestionScore, ...]
    coverage: Coverage
    overall: tuple[Standing, ...]
    reliability: ReliabilityCurve | None = None

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
        return tuple(row for row in self.questions if row.counts and row.question.categories)

    @property
    def early(self) -> tuple[QuestionScore, ...]:
        """The questions answered before their window closed, which do not count yet."""
        return tuple(row for row in self.questions if row.question.status == "early")

    @property
    def processes(self) -> int:
        """How many processes, elections among them, the questions of yes or no are about."""
        return len({(row.question.case, row.question.group) for row in self.binary})

    def standing(self, forecaster: str) -> Standing | None:
        """Return where one forecaster stands overall."""
        return next((found for found in self.overall if found.forecaster == forecaster), None)
