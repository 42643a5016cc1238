"""Scores of the explanations where it is known which was true: in tables and sentences, of a case and of a set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.evaluation.explanations import EXPONENTS
from detente.evaluation.track_record import NAIVE, OURS, PRIOR, RELIABLE_FROM, STATED, TEMPERED
from detente.report.prose import count, listed
from detente.report.score_tables import NAMES, SCORE, difference, score
from detente.report.tables import COUNT, NUMBER, PERCENT, SHORT, Column, Kind, Table, table

if TYPE_CHECKING:
    from detente.evaluation.explanations import Bounds, CalibrationBin, ExplanationScores, ExplanationStanding, Exponent

FORECASTERS = NAMES | {
    STATED: "the stated discrimination",
    PRIOR: "prior",
    NAIVE: "naive Bayes",
    TEMPERED: "tempered naive Bayes",
}
BOUNDS = Kind("number", lambda bounds: f"{difference(bounds[0])} to {difference(bounds[1])}")


def explanation_standings(scores: ExplanationScores) -> Table[ExplanationStanding]:
    """Return where everybody stands on which explanation was true."""

    def beside(values: Bounds | None) -> object:
        return "" if values is None else values

    return table(
        "Which explanation was true: log and Brier score (0 to 2), differences with 90% intervals; lower is better",
        scores.standings,
        Column("Forecaster", lambda row: FORECASTERS[row.forecaster], SHORT),
        Column("Log", lambda row: row.log, SCORE),
        Column("Ours less theirs", lambda row: beside(row.log_difference), BOUNDS),
        Column("Brier", lambda row: row.brier, SCORE),
        Column("Ours less theirs", lambda row: beside(row.brier_difference), BOUNDS),
        Column("Likeliest right", lambda row: row.top, PERCENT),
    )


def calibration_table(scores: ExplanationScores) -> Table[CalibrationBin]:
    """Return how often explanations were true that were given a probability, by bins."""
    return table(
        "Calibration: every probability given to an explanation, and how often that one was true",
        scores.bins,
        Column("Probability", lambda row: f"{100 * row.low:.0f}–{100 * row.high:.0f}%", NUMBER),
        Column("Forecasts", lambda row: row.count, COUNT),
        Column("Mean forecast", lambda row: row.mean, PERCENT),
        Column("Was true", lambda row: row.came, PERCENT),
        Column("90% interval", lambda row: "–" if row.interval is None else _span(row.interval), NUMBER),
    )


def _span(bounds: Bounds) -> str:
    return f"{100 * bounds[0]:.0f}–{100 * bounds[1]:.0f}%"


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
        return "With one question, one group of them, or even chances alone, nothing can be said of calibration."
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
