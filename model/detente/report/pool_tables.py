"""Pooled probabilities in tables and sentences: the questions, the pools and their scores, the people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detente.crowd import LOG_ODDS, MEAN, MEDIAN, ROUNDS, SKILL, WIDTH
from detente.evaluation.pooled import OURS, PersonWeight, PoolAnswer, PoolScore, QuestionPool
from detente.report.prose import count, listed, percent
from detente.report.tables import Column, Kind, Table, decimals, fixed, table

if TYPE_CHECKING:
    from collections.abc import Iterator


NAMES = {
    OURS: "pool (this command)",
    MEAN: "mean",
    MEDIAN: "median",
    LOG_ODDS: "mean of log odds",
    SKILL: "log odds weighted by past performance",
    WIDTH: "log odds weighted by the width of ranges",
    ROUNDS: "log odds averaged over a person's rounds",
}
FEW = 10
"""Fewer answered questions than this teach next to nothing of people."""
DIGITS = 6
SHOWN = 12
"""People that a terminal lists."""


def _signed(value: float) -> str:
    return f"{value:+.4f}".replace("-", "−")


SIGNED = Kind("number", _signed)


def pool_parts(answer: PoolAnswer) -> Iterator[str | Table[Any]]:
    """Yield what a terminal shows."""
    which = f", round {answer.round.removeprefix('round_')}" if answer.round else ""
    yield (
        f"{count(len(answer.questions), 'question')}, {count(len(answer.people), 'person', 'people')}{which}; "
        f"{answer.answered or 'none'} of the questions answered."
    )
    yield from answer.notes
    yield ""
    yield question_table(answer)
    yield ""
    yield learned(answer)
    if answer.scores:
        yield ""
        yield score_table(answer)
        yield ""
        yield choice(answer)
    if answer.answered >= FEW and any(row.weight != 1 for row in answer.people):
        yield ""
        yield people_table(answer)


def learned(answer: PoolAnswer) -> str:
    """Say by which factor log odds are multiplied, where that comes from, and which pools count."""
    weights = listed([f"{NAMES[name]} {percent(weight)}" for name, weight in answer.pools.items()])
    if not answer.answered:
        return (
            f"No question is answered, so nothing is learned of these people: log odds are multiplied by "
            f"{answer.factor:.2f}, what groups of their size need on average (90% interval {_range(answer)}). "
            f"Weights: {weights}."
        )
    return (
        f"Log odds are multiplied by {answer.factor:.2f} (90% interval {_range(answer)}; before the answers "
        f"{answer.prior_factor:.2f}); the probability that the pools need no sharpening is "
        f"{percent(answer.as_it_stands)}. Weights: {weights}."
    )


def _range(answer: PoolAnswer) -> str:
    low, high = answer.factor_interval
    return f"{low:.2f} to {high:.2f}"


def choice(answer: PoolAnswer) -> str:
    """Say which pools the answered questions tell apart, and how many would be needed for the rest."""
    asked = count(answer.answered, "answered question")
    if not answer.level:
        behind = [row for row in answer.scores if row.interval and row.interval[1] < 0]
        ahead = [row for row in answer.scores if row.interval and row.interval[0] > 0]
        parts = [f"behind this pool: {_names(behind)}"] if behind else []
        parts += [f"ahead of it: {_names(ahead)}"] if ahead else []
        return f"{asked}: {'; '.join(parts)}."
    level = listed([NAMES[name] for name in answer.level])
    needed = answer.needed or 0
    more = f"; if the difference stays, about {needed:,} would tell" if needed > answer.answered else ""
    verb = "is" if answer.answered == 1 else "are"
    return f"{asked} {verb} too few to choose between this pool and the {level}{more}."


def _names(rows: list[PoolScore]) -> str:
    return listed([NAMES[row.pool] for row in rows])


def question_table(answer: PoolAnswer) -> Table[QuestionPool]:
    """Return the questions with every pool."""
    return table(
        "Probability of yes; left out: by what the other answers teach" if answer.answered else "Probability of yes",
        answer.questions,
        Column("Question", lambda row: row.question, limit=40),
        Column("People", lambda row: row.people, "count"),
        Column("Pool", lambda row: row.probability, "percent"),
        Column("90% interval", lambda row: row.interval, "interval"),
        Column("Mean", lambda row: row.mean, "percent"),
        Column("Median", lambda row: row.median, "percent"),
        Column("Log odds", lambda row: row.log_odds, "percent"),
        Column("Left out", lambda row: row.left_out, "percent") if answer.answered else None,
        Column("Answer", _answer) if answer.answered else None,
    )


def _answer(row: QuestionPool) -> str | None:
    return None if row.outcome is None else "yes" if row.outcome else "no"


def csv_table(answer: PoolAnswer) -> Table[QuestionPool]:
    """Return the questions as a program reads them."""
    digits = fixed(DIGITS)
    return table(
        "",
        answer.questions,
        Column("question", lambda row: row.question),
        Column("people", lambda row: row.people),
        Column("probability", lambda row: row.probability, digits),
        Column("low_90", lambda row: row.interval[0], digits),
        Column("high_90", lambda row: row.interval[1], digits),
        Column("mean", lambda row: row.mean, digits),
        Column("median", lambda row: row.median, digits),
        Column("log_odds", lambda row: row.log_odds, digits),
        Column("left_out", lambda row: row.left_out, digits),
        Column("outcome", _answer),
    )


def score_table(answer: PoolAnswer) -> Table[PoolScore]:
    """Return the scores of the pools on answered questions."""
    return table(
        "Scores on answered questions, each left out in turn (lower is better)",
        answer.scores,
        Column("Pool", lambda row: NAMES[row.pool]),
        Column("Brier", lambda row: row.brier, decimals("{:.4f}")),
        Column("Log score", lambda row: row.log_score, "thousandths"),
        Column("Difference", lambda row: row.difference, SIGNED),
        Column(
            "90% interval", lambda row: row.interval, Kind("text", lambda bounds: " to ".join(map(_signed, bounds)))
        ),
    )


def people_table(answer: PoolAnswer) -> Table[PersonWeight]:
    """Return the weightiest people."""
    rows = sorted(answer.people, key=lambda row: -row.weight)
    more = f", the first {SHOWN} of {len(rows)}" if len(rows) > SHOWN else ""
    return table(
        f"Weight by past performance{more}",
        rows[:SHOWN],
        Column("Person", lambda row: row.person, limit=40),
        Column("Answered", lambda row: row.answered, "count"),
        Column("Brier over the others'", lambda row: row.excess, SIGNED),
        Column("Weight", lambda row: row.weight, decimals("{:.2f}")),
    )
