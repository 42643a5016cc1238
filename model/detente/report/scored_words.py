"""Scores put into words and tables: what section 10 of a report and a scoring's own files share."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from detente.evaluation.track_record import (
    INDEPENDENT,
    LAST_POLL,
    NO_CHANGE,
    OTHERS,
    OURS,
    OUTSIDE,
    RELIABLE_FROM,
    UNIFORM,
)
from detente.report.prose import count, date, listed, name, percent
from detente.report.worded import Cell, Column, Group, Table, table

if TYPE_CHECKING:
    from detente.evaluation.questions import Question
    from detente.evaluation.track_record import Bounds, Performance, QuestionScore, Standing, TrackRecord

NAMES = {
    OURS: "this forecast",
    UNIFORM: "uniform",
    OUTSIDE: "outside view alone",
    NO_CHANGE: "no change",
    INDEPENDENT: "independent evidence",
    LAST_POLL: "last poll",
    OTHERS: "other forecasters",
}
BESIDE = (NO_CHANGE, INDEPENDENT, OUTSIDE)
"""Those beside ours in the table of questions; even odds always score the same, others speak of the election alone."""
NEVER = "The explanations are not scored: nothing that can happen says which of them held, so that none ever resolves."


def loss(score: float | None) -> str:
    """Return a score with three decimals.

    >>> loss(0.0442), loss(0.0001), loss(0.0), loss(None)
    ('0.044', '<0.001', '0.000', '–')
    """
    if score is None:
        return "–"
    return "<0.001" if 0 < score < 0.0005 else f"{score:.3f}"  # noqa: PLR2004 - rounds to nothing


def difference(value: float) -> str:
    """Return a signed difference of scores.

    >>> difference(0.0098), difference(-0.1877), difference(0.0001)
    ('+0.010', '−0.188', '0.000')
    """
    text = f"{abs(value):.3f}"
    return text if text == "0.000" else ("+" if value > 0 else "−") + text


def skilled(value: float | None) -> str:
    """Return a skill in whole percents.

    >>> skilled(0.7507), skilled(-0.283), skilled(-3.39), skilled(None)
    ('+75 %', '−28 %', '< −100 %', '–')
    """
    if value is None:
        return "–"
    if value < -1:  # so far below its reference how far says nothing
        return "< −100 %"
    size = round(abs(100 * value))
    return f"{'' if not size else '+' if value > 0 else '−'}{size} %"


def resolved_words(record: TrackRecord) -> str:
    """Say how many questions there were and what became of them."""
    found = record.coverage
    left = [f"{found.void} void"] if found.void else []
    left += [f"{found.pending} still pending"] if found.pending else []
    verb = "is" if found.void + found.pending == 1 else "are"
    apart = f"; {listed(left)} {verb} counted here and left out of the scores" if left else ""
    days = (
        f"On {found.days_scored:,} of the {found.days_open:,} days on which a resolved one was open there is a forecast"
    )
    return f"Of {count(found.questions, 'question')} {found.resolved:,} are resolved{apart}. {days}."


def size_words(record: TrackRecord) -> str:
    """Say what the number of questions allows."""
    number = len(record.binary)
    asked = f"{count(number, 'question')} of yes or no {'is' if number == 1 else 'are'} resolved"
    about = f"about {count(record.processes, 'process', 'processes')}"
    if record.reliability is None:
        return (
            f"{asked}, {about}: too few for a reliability diagram, which below about {RELIABLE_FROM} shows chance. "
            "Windows of one outcome overlap and outcomes of one process hang together: they count for fewer still."
        )
    return (
        f"{asked}, {about}. The reliability diagram has one forecast a question, the first: those of its other days "
        "are nearly the same. Questions about one process hang together, so that the band is rather too narrow."
    )


def better_words(record: TrackRecord) -> str:
    """Say which simpler answers did better than ours where both answered, over all and on single outcomes."""
    others = [row for row in record.overall if row.forecaster != OURS]
    if not others:
        return ""
    better = [row for row in others if row.brier < row.ours_brier]
    ranked = [
        f"{NAMES[r.forecaster]} ({loss(r.brier)} against our {loss(r.ours_brier)}, {on_questions(r)})" for r in better
    ]
    said = (
        f"Better than this forecast on the questions that both answered: {listed(ranked)}."
        if better
        else "No simpler answer did better than this forecast on the questions that both answered."
    )
    counts = {row.forecaster: _outcomes_won(record, row.forecaster) for row in others if row not in better}
    some = [f"{NAMES[who]} on {won} of {count(of, 'outcome')}" for who, (won, of) in counts.items() if won]
    return f"{said} Not over all, but on single outcomes: {listed(some)}." if some else said


def _outcomes_won(record: TrackRecord, forecaster: str) -> tuple[int, int]:
    """Return on how many outcomes another forecaster did better than ours, and of how many it spoke."""
    ahead: dict[tuple[str, str], float] = {}
    for row in record.binary:
        if (found := row.of(forecaster)) is not None:
            key = row.question.case, row.question.outcome
            ahead[key] = ahead.get(key, 0.0) + found.ours_brier - found.brier
    return sum(value > 0 for value in ahead.values()), len(ahead)


def on_questions(row: Standing) -> str:
    """Say on how many questions somebody stands beside us."""
    return f"on {count(row.questions, 'question')}"


def standings_table(record: TrackRecord) -> Table:
    """Return where everybody stands, each beside ours on the same questions and days."""
    columns = (
        Column("Forecaster"),
        Column("Questions", "number"),
        Column("Brier", "number"),
        Column("Our skill", "number"),
        Column("Ours less its, 90 %", "number"),
        Column("Log", "number"),
        Column("First day, Brier", "number"),
    )
    return table(
        "Mean scores over questions, each averaged over its days", columns, tuple(map(_standing, record.overall))
    )


def _standing(row: Standing) -> tuple[Cell, ...]:
    ours = row.forecaster == OURS

    def beside(theirs: float | None, own: float | None) -> Cell:
        return loss(theirs) if ours else (loss(theirs), f"ours {loss(own)}")

    return (
        NAMES[row.forecaster],
        (f"{row.questions:,}", count(row.days, "day")),
        beside(row.brier, row.ours_brier),
        "" if ours else skilled(row.brier_skill),
        "" if ours else bounds_words(row.by_process, row.processes),
        beside(row.log, row.ours_log),
        beside(row.first_brier, row.ours_first_brier),
    )


def bounds_words(bounds: Bounds, groups: int) -> str:
    """Return an interval of a difference; one group of questions has none."""
    return f"{difference(bounds[0])} to {difference(bounds[1])}" if groups > 1 else "–"


def outcomes_table(record: TrackRecord) -> Table:
    """Return the mean Brier scores by outcome, over its windows."""
    grouped: dict[tuple[str, str], list[QuestionScore]] = {}
    for row in record.binary:
        grouped.setdefault((row.question.case, row.question.label), []).append(row)
    who = [standing.forecaster for standing in record.overall]
    rows = []
    for (case, label), members in grouped.items():
        scores = [[done.brier for row in members if (done := row.of(name)) is not None] for name in who]
        head: Cell = (label, case) if len(record.cases) > 1 else label
        rows.append((head, *(loss(sum(found) / len(found)) if found else "–" for found in scores)))
    columns = (Column("Outcome"), *(Column(NAMES[name], "number") for name in who))
    return table("Mean Brier score by outcome, over its windows", columns, tuple(rows))


def questions_table(record: TrackRecord) -> Table:
    """Return every question of yes or no, by outcome, beside those who gave an answer to any."""
    beside = tuple(who for who in BESIDE if any(row.of(who) for row in record.questions))
    columns = (
        Column("Window"),
        Column("Answer"),
        Column("Average forecast", "number"),
        Column("Brier", "number"),
        *(Column(f"{NAMES[who]}", "number") for who in beside),
    )
    grouped: dict[tuple[str, str], list[QuestionScore]] = {}
    for row in record.questions:
        if not row.question.categories:
            grouped.setdefault((row.question.case, row.question.label), []).append(row)
    groups = tuple(
        Group(tuple(_question(row, record, beside) for row in rows), label, case if len(record.cases) > 1 else "")
        for (case, label), rows in grouped.items()
    )
    return Table("Every question, and the Brier scores averaged over its days", columns, groups)


def _question(row: QuestionScore, record: TrackRecord, beside: tuple[str, ...]) -> tuple[Cell, ...]:
    ours = row.of(OURS)
    days: Cell = (
        (window_words(row.question, record), count(row.days, "day")) if ours else window_words(row.question, record)
    )
    if ours is None:
        return (days, answer_words(row.question), *("–",) * (2 + len(beside)))
    return (
        days,
        answer_words(row.question),
        (percent(ours.mean[0]), f"{percent(ours.first[0])} at first") if ours.first else percent(ours.mean[0]),
        loss(ours.brier),
        *(loss(found.brier) if (found := row.of(who)) else "–" for who in beside),
    )


def window_words(question: Question, record: TrackRecord) -> str:
    """Return a question's window."""
    if question.window.startswith("by:"):
        return f"by {date(dt.date.fromisoformat(question.window.removeprefix('by:')))}"
    whole = f"by {date(record.horizon)}" if len(record.cases) == 1 else "by the horizon"
    return {
        "before_election": "before the election",
        "after_election": "after it, had it not come before",
        "horizon": whole,
        "winner": "at the election",
        "state": whole,
    }[question.window]


def answer_words(question: Question) -> str:
    """Return how a question was resolved, and when."""
    if question.status == "pending" or question.answer is None:
        return question.status
    if question.categories:
        return name(question.categories[question.answer])
    return f"yes, on {date(question.resolved_on)}" if question.answer and question.resolved_on else "no"


def kinds_table(record: TrackRecord) -> Table | None:
    """Return the questions of several categories, with the multi-category Brier and the ranked probability score."""
    if not record.kinds:
        return None
    columns = (
        Column("Forecaster"),
        Column("Chance given to it, first day", "number"),
        Column("On average", "number"),
        Column("Brier (0 to 2)", "number"),
        Column("Ranked probability", "number"),
        Column("Log", "number"),
    )
    groups = tuple(
        Group(
            tuple(_kind(found, row.question.answer or 0) for found in row.performances),
            row.question.label,
            f"in this order: {listed([name(kind) for kind in row.question.categories])}; "
            f"it came to “{answer_words(row.question)}”",
        )
        for row in record.kinds
    )
    return Table("Kinds that exclude each other, as one question", columns, groups)


def _kind(found: Performance, answer: int) -> tuple[Cell, ...]:
    return (
        NAMES[found.forecaster],
        percent(found.first[answer]) if found.first else "–",
        percent(found.mean[answer]),
        loss(found.brier),
        loss(found.ranked),
        loss(found.log),
    )
