"""Scorecards: scores averaged over the days of each question, then over questions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente import scoring
from detente.evaluation.explanations import ExplanationScores, Forecasts, score_explanations
from detente.evaluation.track_record import (
    DESCRIPTIONS,
    EVERYBODY,
    INDEPENDENT,
    OURS,
    PRIOR,
    RELIABLE_FROM,
    UNIFORM,
    Performance,
    QuestionCounts,
    QuestionScore,
    Standing,
    TrackRecord,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from detente.arrays import Floats
    from detente.evaluation.forecasters import Probabilities
    from detente.evaluation.questions import Question


@dataclass(frozen=True)
class DailyForecasts:
    """The forecasts of one question, by forecaster and day, in order of days."""

    question: Question
    given: Mapping[str, Mapping[dt.date, Probabilities]]


@dataclass(frozen=True)
class Scorecard:
    """The scores of one case, or of several taken together.

    ``by_case`` and ``by_outcome`` hold the standings on the questions of each; ``series`` the daily forecasts.
    """

    record: TrackRecord
    by_case: Mapping[str, tuple[Standing, ...]]
    by_outcome: Mapping[str, tuple[Standing, ...]]
    series: tuple[DailyForecasts, ...]


def score_question(series: DailyForecasts) -> QuestionScore:
    """Score all forecasters on one question."""
    question, given = series.question, series.given
    ours = given.get(OURS, {})
    answered = question.answer is not None and ours
    return QuestionScore(
        question,
        len(ours),
        tuple(
            _perform(question, name, ours, given[name])
            for name in EVERYBODY
            if ours.keys() & given.get(name, {}).keys()
        )
        if answered
        else (),
    )


def _perform(
    question: Question,
    forecaster: str,
    ours: Mapping[dt.date, Probabilities],
    theirs: Mapping[dt.date, Probabilities],
) -> Performance:
    days = [day for day in ours if day in theirs]
    given = np.array([theirs[day] for day in days])  # the mean of a constant forecast must not change by rounding
    own = _scores(question, given)
    ref = _scores(question, np.array([ours[day] for day in days]))
    starts = days[0] == next(iter(ours))
    ranked = (float(own[2].mean()), float(ref[2].mean())) if question.ordered else (None, None)
    return Performance(
        forecaster=forecaster,
        days=len(days),
        mean=tuple(map(float, np.clip(given.mean(axis=0), given.min(axis=0), given.max(axis=0)))),
        brier=float(own[0].mean()),
        log=float(own[1].mean()),
        ours_brier=float(ref[0].mean()),
        ours_log=float(ref[1].mean()),
        ranked=ranked[0],
        ours_ranked=ranked[1],
        first=theirs[days[0]] if starts else None,
        first_brier=float(own[0][0]) if starts else None,
        first_log=float(own[1][0]) if starts else None,
    )


def _scores(question: Question, given: Floats) -> tuple[Floats, Floats, Floats]:
    """Return Brier, log and ranked probability score (where categories rank) of forecasts (days, categories)."""
    answer = question.answer
    assert answer is not None  # noqa: S101 - only resolved questions are scored
    if not question.categories:
        happened = np.full(len(given), answer)
        return scoring.brier_score(given[:, 0], happened), scoring.log_score(given[:, 0], happened), np.empty(0)
    given = given / given.sum(axis=1, keepdims=True)  # averages over draws may sum to a hair more than 1
    return (
        scoring.multicategory_brier_score(given, answer),
        -np.log(given[:, answer]) if question.is_truth else scoring.multicategory_log_score(given, answer),
        scoring.ranked_probability_score(given, answer) if question.ordered else np.empty(0),
    )


def standings(rows: Sequence[QuestionScore], random_seed: int) -> tuple[Standing, ...]:
    """Return the standing of each forecaster on yes-no questions, in the order in which they are shown."""
    standings = []
    for name in DESCRIPTIONS:
        pairs = [(row, performance) for row in rows if (performance := row.of(name)) is not None]
        if pairs:
            standings.append(_stand(name, pairs, random_seed))
    return tuple(standings)


def _stand(forecaster: str, pairs: Sequence[tuple[QuestionScore, Performance]], random_seed: int) -> Standing:
    groups = [(row.question.case, row.question.group) for row, _ in pairs]
    names = [(row.question.case, row.question.id) for row, _ in pairs]
    brier, log, ours_brier, ours_log = (
        np.array([getattr(done, name) for _, done in pairs]) for name in ("brier", "log", "ours_brier", "ours_log")
    )
    firsts = [(done, row.of(OURS)) for row, done in pairs if done.first is not None]
    return Standing(
        forecaster=forecaster,
        questions=len(pairs),
        processes=len(set(groups)),
        days=sum(done.days for _, done in pairs),
        brier=float(brier.mean()),
        log=float(log.mean()),
        ours_brier=float(ours_brier.mean()),
        ours_log=float(ours_log.mean()),
        brier_skill=scoring.skill(float(ours_brier.mean()), float(brier.mean())),
        log_skill=scoring.skill(float(ours_log.mean()), float(log.mean())),
        by_question=scoring.bootstrap_interval(ours_brier - brier, names, random_seed=random_seed),
        by_process=scoring.bootstrap_interval(ours_brier - brier, groups, random_seed=random_seed),
        log_by_process=scoring.bootstrap_interval(ours_log - log, groups, random_seed=random_seed),
        first_questions=len(firsts),
        first_brier=_mean(done.first_brier for done, _ in firsts),
        first_log=_mean(done.first_log for done, _ in firsts),
        ours_first_brier=_mean(ours.first_brier for _, ours in firsts if ours),
        ours_first_log=_mean(ours.first_log for _, ours in firsts if ours),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def first_reliability(rows: Sequence[QuestionScore], random_seed: int) -> scoring.ReliabilityCurve | None:
    """Return the reliability curve of the first forecast of each question; None with too few questions.

    Only the first forecast of each question enters: the later ones are nearly the same and would feign a larger sample.
    """
    pairs = [(ours.first[0], row.question.answer) for row in rows if (ours := row.of(OURS)) and ours.first]
    if len(pairs) < RELIABLE_FROM:
        return None
    probability, happened = zip(*pairs, strict=True)
    return scoring.reliability(probability, happened, random_seed=random_seed)


def tally(titles: Mapping[str, str], series: Sequence[DailyForecasts], horizon: dt.date, random_seed: int) -> Scorecard:
    """Score the questions of one case, or of several together."""
    rows = tuple(score_question(one) for one in series)
    binary = [row for row in rows if row.counts and not row.question.categories]
    outcomes = dict.fromkeys((row.question.case, row.question.outcome) for row in binary)
    days = [day for one in series for by_day in one.given.values() for day in by_day]
    record = TrackRecord(
        titles=titles,
        start=min(days),
        end=max(days),
        horizon=horizon,
        questions=rows,
        coverage=_coverage(rows),
        overall=standings(binary, random_seed),
        reliability=first_reliability(binary, random_seed),
        explanations=_explanations(series, random_seed),
    )
    return Scorecard(
        record=record,
        by_case={case: standings([row for row in binary if row.question.case == case], random_seed) for case in titles},
        by_outcome={
            f"{case}: {outcome}" if len(titles) > 1 else outcome: standings(
                [row for row in binary if (row.question.case, row.question.outcome) == (case, outcome)], random_seed
            )
            for case, outcome in outcomes
        },
        series=tuple(series),
    )


def _explanations(series: Sequence[DailyForecasts], random_seed: int) -> ExplanationScores | None:
    """Score P(hypothesis) over the days of each case where it is known which is true; a case counts once."""
    asked = [one for one in series if one.question.is_truth and one.given.get(OURS)]
    if not asked:
        return None
    width = max(len(one.question.categories) for one in asked)
    days = [len(one.given[OURS]) for one in asked]
    by_forecaster = {}
    for name in (OURS, UNIFORM, PRIOR, INDEPENDENT):
        given = np.zeros((sum(days), width))
        rows = [one.given[name][day] for one in asked for day in one.given[OURS]]
        for row, shares in enumerate(rows):
            given[row, : len(shares)] = np.array(shares) / sum(shares)
        with np.errstate(divide="ignore"):
            by_forecaster[name] = Forecasts(
                log_probability=np.log(given),
                truth=np.repeat([one.question.answer or 0 for one in asked], days),
                weight=np.repeat(1 / np.array(days), days),
                group=np.repeat(np.arange(len(asked)), days),
            )
    return score_explanations(OURS, by_forecaster, len(asked), random_seed)


def _coverage(rows: Sequence[QuestionScore]) -> QuestionCounts:
    counts = Counter(row.question.status for row in rows)
    resolved = [row for row in rows if row.question.is_resolved]
    return QuestionCounts(
        resolved=counts["resolved"],
        void=counts["void"],
        pending=counts["pending"],
        days_open=sum(row.question.days for row in resolved),
        days_scored=sum(row.days for row in resolved),
    )
