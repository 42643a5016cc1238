"""Scores in tables and sentences: of outcomes, of competing outcomes, and of explanations known to be true."""

from __future__ import annotations

import datetime as dt
from operator import attrgetter
from typing import TYPE_CHECKING

from detente.evaluation.explanations import EXPONENTS, CalibrationBin, ExplanationScores, ExplanationStanding, Exponent
from detente.evaluation.track_record import (
    INDEPENDENT,
    LAST_POLL,
    NAIVE,
    NO_CHANGE,
    OTHERS,
    OURS,
    OUTSIDE,
    PRIOR,
    RELIABLE_FROM,
    STATED,
    TEMPERED,
    UNIFORM,
)  # fmt: skip
from detente.report.prose import count, date, listed, name, percent, signed_number
from detente.report.tables import Cell, Column, Columns, Group, Kind, Table, by_key, grouped, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from detente.evaluation.questions import Question
    from detente.evaluation.track_record import Performance, QuestionScore, Standing, TrackRecord

NAMES = {
    OURS: "this forecast",
    UNIFORM: "uniform",
    OUTSIDE: "outside view alone",
    NO_CHANGE: "no change",
    INDEPENDENT: "independent evidence",
    LAST_POLL: "last poll",
    OTHERS: "other forecasters",
}
WINDOWS = {
    "before_election": "before the election",
    "after_election": "after the election, if not before",
    "horizon": "",
    "winner": "at the election",
    "state": "",
}
"""What a window is called; nothing where it ends with the horizon."""
BESIDE = (NO_CHANGE, INDEPENDENT, OUTSIDE)
"""Those beside ours in the table of questions; even odds always score the same, others speak of the election alone."""


def score(value: float | None) -> str:
    """Return a score with three decimals.

    >>> score(0.0442), score(0.0001), score(0.0), score(None)
    ('0.044', '<0.001', '0.000', '–')
    """
    if value is None:
        return "–"
    return "<0.001" if 0 < value < 0.0005 else f"{value:.3f}"  # noqa: PLR2004 - rounds to nothing


def skill(value: float | None) -> str:
    """Return a skill in whole percents.

    >>> skill(0.7507), skill(-0.283), skill(-3.39), skill(None)
    ('+75%', '−28%', '< −100%', '–')
    """
    if value is None:
        return "–"
    if value < -1:  # so far below its reference how far says nothing
        return "< −100%"
    size = round(abs(100 * value))
    return f"{'' if not size else '+' if value > 0 else '−'}{size}%"


SCORE = Kind("number", score)
SKILL = Kind("number", skill)
FORECASTERS = NAMES | {
    STATED: "the stated discrimination",
    PRIOR: "prior",
    NAIVE: "naive Bayes",
    TEMPERED: "tempered naive Bayes",
}
BOUNDS = Kind("number", lambda bounds: " to ".join(signed_number(bound, 3) for bound in bounds))


def score_interval(row: Standing) -> str:
    """Return the interval of the difference in Brier score, this forecast's less another's.

    One process has none.
    """
    if row.forecaster == OURS:
        return ""
    low, high = row.by_process
    return f"{signed_number(low, 3)} to {signed_number(high, 3)}" if row.processes > 1 else "–"


def standings_table(record: TrackRecord) -> Table[Standing]:
    """Return where everybody stands, each beside ours on the same questions and days."""

    def beside(key: str) -> Callable[[Standing], Cell]:
        theirs, ours = attrgetter(key), attrgetter(f"ours_{key}")
        return lambda r: score(theirs(r)) if r.forecaster == OURS else (score(theirs(r)), f"ours {score(ours(r))}")

    return table(
        "Mean scores over questions, each averaged over its days; lower is better",
        record.overall,
        Column("Forecaster", lambda r: NAMES[r.forecaster]),
        Column("Questions", lambda r: (f"{r.questions:,}", count(r.days, "day")), "number"),
        Column("Brier score", beside("brier"), "number"),
        Column("Skill of this forecast", lambda r: "" if r.forecaster == OURS else r.brier_skill, SKILL),
        Column("Difference in Brier score (90% interval)", score_interval, "number"),
        Column("Log score", beside("log"), "number"),
        Column("Brier, first day", beside("first_brier"), "number"),
    )


def outcomes_table(record: TrackRecord) -> Table[Group[QuestionScore]]:
    """Return the mean Brier scores by outcome, over its windows."""

    def mean(row: Standing, outcome: Group[QuestionScore]) -> float | None:
        scores = [theirs.brier for one in outcome.rows if (theirs := one.of(row.forecaster)) is not None]
        return sum(scores) / len(scores) if scores else None

    return table(
        "Mean Brier score by outcome, over its windows",
        _by_outcome(record, record.binary),
        Column("Outcome", lambda outcome: (outcome.heading, outcome.note) if outcome.note else outcome.heading),
        Columns(record.overall, lambda row: NAMES[row.forecaster], mean, SCORE),
    )


def _by_outcome(record: TrackRecord, rows: tuple[QuestionScore, ...]) -> list[Group[QuestionScore]]:
    """Return questions by outcome, the case named where there are several."""
    several = len(record.cases) > 1
    members = by_key(rows, lambda row: (row.question.case, row.question.label))
    return [Group(asked, label, case if several else "") for (case, label), asked in members.items()]


def questions_table(record: TrackRecord) -> Table[QuestionScore]:
    """Return the yes-no questions that count or may yet, by outcome, beside those who gave an answer to any."""
    asked = tuple(row for row in record.questions if row.question.status != "early" and not row.question.categories)
    return _questions(record, asked, "Every question, with Brier scores averaged over its days")


def early_table(record: TrackRecord) -> Table[QuestionScore] | None:
    """Return the yes-no questions answered before their window closed; None where there are none."""
    title = "Answered before the window closed, and therefore not in the scores"
    rows = tuple(row for row in record.early if not row.question.categories)
    return _questions(record, rows, title) if rows else None


def _questions(record: TrackRecord, rows: tuple[QuestionScore, ...], title: str) -> Table[QuestionScore]:
    """Return questions, by outcome, beside those who gave an answer to any."""

    def window(row: QuestionScore) -> Cell:
        text = window_words(row.question, record)
        return (text, count(row.days, "day")) if row.of(OURS) else text

    def average(row: QuestionScore) -> Cell | None:
        ours = row.of(OURS)
        if ours is None or ours.first is None:
            return None if ours is None else percent(ours.mean[0])
        return percent(ours.mean[0]), f"{percent(ours.first[0])} on the first day"

    def brier(forecaster: str, row: QuestionScore) -> float | None:
        return theirs.brier if row.of(OURS) and (theirs := row.of(forecaster)) else None

    beside = [who for who in BESIDE if any(row.of(who) for row in record.questions)]
    return grouped(
        title,
        _by_outcome(record, rows),
        Column("Window", window),
        Column("Answer", lambda row: answer_words(row.question)),
        Column("Average forecast", average, "number"),
        Columns((OURS, *beside), lambda who: "Brier" if who == OURS else NAMES[who], brier, SCORE),
    )


def window_words(question: Question, record: TrackRecord) -> str:
    """Return a question's window."""
    if question.window.startswith("by:"):
        return f"by {date(dt.date.fromisoformat(question.window.removeprefix('by:')))}"
    whole = f"by {date(record.horizon)}" if len(record.cases) == 1 else "by the horizon"
    return WINDOWS[question.window] or whole


def answer_words(question: Question) -> str:
    """Return how a question was resolved, and when."""
    if question.status == "pending" or question.answer is None:
        return question.status
    if question.categories:
        return name(question.categories[question.answer])
    return f"yes, on {date(question.resolved_on)}" if question.answer and question.resolved_on else "no"


def kinds_table(record: TrackRecord) -> Table[tuple[Performance, int]] | None:
    """Return the questions of several categories, with the multi-category Brier and the ranked probability score."""
    if not record.kinds:
        return None
    return grouped(
        "Competing outcomes as one question",
        (
            Group(
                tuple((theirs, row.question.answer or 0) for theirs in row.performances),
                row.question.label,
                f"{'In order' if row.question.ordered else 'Categories'}: "
                f"{listed([name(category) for category in row.question.categories])}. "
                f"Answer: {answer_words(row.question)}.",
            )
            for row in record.kinds
        ),
        Column("Forecaster", lambda row: NAMES[row[0].forecaster]),
        Column("Probability of the answer, first day", lambda row: row[0].first and row[0].first[row[1]], "percent"),
        Column("Average", lambda row: row[0].mean[row[1]], "percent"),
        Column("Brier score (0 to 2)", lambda row: row[0].brier, SCORE),
        Column("Ranked probability score", lambda row: row[0].ranked, SCORE),
        Column("Log score", lambda row: row[0].log, SCORE),
    )


def explanation_standings(scores: ExplanationScores) -> Table[ExplanationStanding]:
    """Return where everybody stands on which explanation was true."""
    return table(
        "Which explanation was true: log and Brier score (0 to 2), differences with 90% intervals; lower is better",
        scores.standings,
        Column("Forecaster", lambda row: FORECASTERS[row.forecaster], "short"),
        Column("Log", lambda row: row.log, SCORE),
        Column("Ours less theirs", lambda row: row.log_difference or "", BOUNDS),
        Column("Brier", lambda row: row.brier, SCORE),
        Column("Ours less theirs", lambda row: row.brier_difference or "", BOUNDS),
        Column("Likeliest right", lambda row: row.top, "percent"),
    )


def calibration_table(scores: ExplanationScores) -> Table[CalibrationBin]:
    """Return how often explanations were true that were given a probability, by bins."""
    return table(
        "Calibration: every probability given to an explanation, and how often that one was true",
        scores.bins,
        Column("Probability", lambda row: _span(row.low, row.high), "number"),
        Column("Forecasts", lambda row: row.count, "count"),
        Column("Mean forecast", lambda row: row.mean, "percent"),
        Column("Was true", lambda row: row.came, "percent"),
        Column("90% interval", lambda row: row.interval, Kind("number", lambda pair: _span(*pair))),
    )


def _span(low: float, high: float) -> str:
    return f"{100 * low:.0f}–{100 * high:.0f}%"


def explanation_comparison(scores: ExplanationScores) -> str:
    """Say which benchmarks these probabilities are ahead of, behind, and level with, by the log score."""
    sentences: list[str] = []
    others = [row for row in scores.standings if row.forecaster != OURS]
    for relation in ("ahead of", "behind", "level with"):
        against = [
            f"{FORECASTERS[row.forecaster]} ({score(row.ours_log)} against {score(row.log)})"
            for row in others
            if row.relation == relation
        ]
        if against:
            start = "It" if sentences else "By the log score, this forecast"
            sentences.append(f"{start} is {relation} {listed(against)}.")
    if sentences or not others:
        return " ".join(sentences)
    against = [f"{score(row.log)} for {FORECASTERS[row.forecaster]}" for row in others]
    own = others[0].ours_log
    return (
        f"The log score of the explanation that was true is {score(own)}, against {listed(against)}; one question is "
        "too few to call it ahead or behind."
    )


def exponent_number(value: float) -> str:
    """Return an exponent with two decimals, or that it lies beyond those that were tried.

    >>> exponent_number(0.4512), exponent_number(20.0)
    ('0.45', '20 or more')
    """
    if value >= EXPONENTS[-2]:
        return f"{EXPONENTS[-1]:.0f} or more"
    return f"{EXPONENTS[0]:.2f} or less" if value <= EXPONENTS[1] else f"{value:.2f}"


def exponent_words(exponent: Exponent, questions: int) -> str:
    """Say how sure the probabilities are, against how sure they should have been."""
    if exponent.interval is None:
        return (
            "Nothing can be said of calibration: that takes two groups of questions, and probabilities other than 50%."
        )
    low, high = exponent.interval
    verdict = (
        "they are overconfident"
        if high < 1
        else "they are not confident enough"
        if low > 1
        else f"{count(questions, 'question')} are too few to say more"
        if questions < RELIABLE_FROM
        else f"as far as {count(questions, 'question')} can tell, they are calibrated"
    )
    return (
        f"Raised to the power {exponent_number(exponent.value)} (90% interval {exponent_number(low)} to "
        f"{exponent_number(high)}) and made to sum to 1 again, these probabilities would have scored best, "
        f"{score(exponent.log)}: {verdict}."
    )
