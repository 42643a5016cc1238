"""Scores in tables: where everybody stands, by outcome, by question, and over competing outcomes."""

from __future__ import annotations

import datetime as dt
from operator import attrgetter
from typing import TYPE_CHECKING

from detente.evaluation.track_record import INDEPENDENT, LAST_POLL, NO_CHANGE, OTHERS, OURS, OUTSIDE, UNIFORM
from detente.report.prose import count, date, listed, name, percent
from detente.report.tables import NUMBER, PERCENT, Cell, Column, Group, Kind, Table, grouped, table

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


def difference(value: float) -> str:
    """Return a signed difference of scores.

    >>> difference(0.0098), difference(-0.1877), difference(0.0001)
    ('+0.010', '−0.188', '0.000')
    """
    text = f"{abs(value):.3f}"
    return text if text == "0.000" else ("+" if value > 0 else "−") + text


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


def score_interval(row: Standing) -> str:
    """Return the interval of the difference in Brier score, this forecast's less another's.

    One process has none.
    """
    if row.forecaster == OURS:
        return ""
    low, high = row.by_process
    return f"{difference(low)} to {difference(high)}" if row.processes > 1 else "–"


def standings_table(record: TrackRecord) -> Table[Standing]:
    """Return where everybody stands, each beside ours on the same questions and days."""

    def beside(key: str) -> Callable[[Standing], Cell]:
        theirs, ours = attrgetter(key), attrgetter(f"ours_{key}")
        return lambda r: score(theirs(r)) if r.forecaster == OURS else (score(theirs(r)), f"ours {score(ours(r))}")

    return table(
        "Mean scores over questions, each averaged over its days; lower is better",
        record.overall,
        Column("Forecaster", lambda r: NAMES[r.forecaster]),
        Column("Questions", lambda r: (f"{r.questions:,}", count(r.days, "day")), NUMBER),
        Column("Brier score", beside("brier"), NUMBER),
        Column("Skill of this forecast", lambda r: "" if r.forecaster == OURS else r.brier_skill, SKILL),
        Column("Difference in Brier score (90% interval)", score_interval, NUMBER),
        Column("Log score", beside("log"), NUMBER),
        Column("Brier, first day", beside("first_brier"), NUMBER),
    )


def outcomes_table(record: TrackRecord) -> Table[Group[QuestionScore]]:
    """Return the mean Brier scores by outcome, over its windows."""

    def mean(forecaster: str) -> Callable[[Group[QuestionScore]], float | None]:
        def value(outcome: Group[QuestionScore]) -> float | None:
            scores = [theirs.brier for row in outcome.rows if (theirs := row.of(forecaster)) is not None]
            return sum(scores) / len(scores) if scores else None

        return value

    return table(
        "Mean Brier score by outcome, over its windows",
        _by_outcome(record, record.binary),
        Column("Outcome", lambda outcome: (outcome.heading, outcome.note) if outcome.note else outcome.heading),
        *(Column(NAMES[row.forecaster], mean(row.forecaster), SCORE) for row in record.overall),
    )


def _by_outcome(record: TrackRecord, rows: tuple[QuestionScore, ...]) -> list[Group[QuestionScore]]:
    """Return questions by outcome, the case named where there are several."""
    members: dict[tuple[str, str], list[QuestionScore]] = {}
    for row in rows:
        members.setdefault((row.question.case, row.question.label), []).append(row)
    several = len(record.cases) > 1
    return [Group(tuple(asked), label, case if several else "") for (case, label), asked in members.items()]


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

    def brier(forecaster: str) -> Callable[[QuestionScore], float | None]:
        return lambda row: theirs.brier if row.of(OURS) and (theirs := row.of(forecaster)) else None

    return grouped(
        title,
        _by_outcome(record, rows),
        Column("Window", window),
        Column("Answer", lambda row: answer_words(row.question)),
        Column("Average forecast", average, NUMBER),
        Column("Brier", brier(OURS), SCORE),
        *(Column(NAMES[who], brier(who), SCORE) for who in BESIDE if any(row.of(who) for row in record.questions)),
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
        Column("Probability of the answer, first day", lambda row: row[0].first and row[0].first[row[1]], PERCENT),
        Column("Average", lambda row: row[0].mean[row[1]], PERCENT),
        Column("Brier score (0 to 2)", lambda row: row[0].brier, SCORE),
        Column("Ranked probability score", lambda row: row[0].ranked, SCORE),
        Column("Log score", lambda row: row[0].log, SCORE),
    )
