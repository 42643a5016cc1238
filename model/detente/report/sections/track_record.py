"""Section 10, the track record: the scores of past forecasts in sentences, tables and figures.

This forecast is said to be ahead of a benchmark, or behind it, only where the interval of the difference leaves zero.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from detente.evaluation.track_record import DESCRIPTIONS, OURS, RELIABLE_FROM, Standing, TrackRecord
from detente.report.figures.curves import reliability_diagram
from detente.report.figures.dots import Pair, pairs
from detente.report.prose import cardinal, count, date, listed, name, percent
from detente.report.score_tables import (
    NAMES,
    calibration_table,
    early_table,
    explanation_comparison,
    explanation_standings,
    exponent_words,
    kinds_table,
    outcomes_table,
    questions_table,
    score,
    standings_table,
)
from detente.report.specs import Figure
from detente.report.tables import Column, Table, table

if TYPE_CHECKING:
    from detente.dossier import Dossier

NEVER = "The explanations are not scored: nothing on record settles which of them was true."


def build(dossier: Dossier) -> SimpleNamespace | None:
    """Build the section, or nothing where the case has not been scored."""
    record, forecast = dossier.track_record, dossier.forecast
    if record is None:
        return None
    return build_record(record, stale=not record.is_of(forecast.case, forecast.inputs_sha256))


def build_record(record: TrackRecord, *, stale: bool = False) -> SimpleNamespace:
    """Build what is said of a track record, in section 10 and in a scoring's own file."""
    return SimpleNamespace(
        stale=stale,
        dates=scored_dates(record),
        coverage=resolved_words(record),
        comparison=comparison_words(record),
        size=size_words(record),
        never=never_words(record),
        truths=truth_words(record),
        explanations=explanation_tables(record),
        figure=_score_figure(record),
        reliability=_reliability_figure(record),
        standings=standings_table(record) if record.overall else None,
        outcomes=outcomes_table(record) if record.binary else None,
        questions=questions_table(record) if record.binary else None,
        early=early_table(record),
        kinds=kinds_table(record),
        forecasters=tuple((NAMES[who], text) for who, text in DESCRIPTIONS.items() if record.standing(who)),
    )


def never_words(record: TrackRecord) -> str:
    """Say of how many cases it is not known which explanation was true."""
    known, cases = len(record.truths), len(record.cases)
    if not known:
        return NEVER
    if known == cases:
        return ""
    return f"Of {cases} cases, {known} {'has' if known == 1 else 'have'} an explanation known to be true."


def truth_words(record: TrackRecord) -> str:
    """Say which explanation proved true, how probable it was, and how these probabilities compare."""
    scores = record.explanations
    if scores is None:
        return ""
    sentences = []
    for row in record.truths:
        question, ours = row.question, row.of(OURS)
        if ours is None or question.answer is None or question.resolved_on is None:
            continue
        first = f", {percent(ours.first[question.answer])} on the first day" if ours.first else ""
        where = f"{question.case}: it" if len(record.cases) > 1 else "It"
        label = (question.labels or tuple(map(name, question.categories)))[question.answer]
        sentences.append(
            f"{where} became known on {date(question.resolved_on)} that the true explanation was {label}. Its "
            f"probability was {percent(ours.mean[question.answer])} on average over {count(ours.days, 'day')}{first}."
        )
    sentences.append(explanation_comparison(scores))
    sentences.append(exponent_words(scores.exponent, scores.questions))
    return " ".join(filter(None, sentences))


def explanation_tables(record: TrackRecord) -> tuple[Table[Any], ...]:
    """Return where everybody stands on which explanation was true, and the calibration of ours."""
    scores = record.explanations
    return () if scores is None else (explanation_standings(scores), calibration_table(scores))


def scored_dates(record: TrackRecord) -> str:
    """Return the days whose forecasts were scored."""
    first, last = date(record.start), date(record.end)
    return first if first == last else f"each day from {first} to {last}"


def resolved_words(record: TrackRecord) -> str:
    """Say how many questions there were and what became of them."""
    coverage, early = record.coverage, len(record.early)
    left = [f"{coverage.void} void"] if coverage.void else []
    left += [f"{early} answered before the window closed"] if early else []
    left += [f"{coverage.pending} pending"] if coverage.pending else []
    apart = f"; left out of the scores: {listed(left)}" if left else ""
    return (
        f"{coverage.resolved:,} of {count(len(record.questions), 'question')} "
        f"{'is' if coverage.resolved == 1 else 'are'} resolved{apart}. "
        f"There is a forecast for {coverage.days_scored:,} of the {coverage.days_open:,} days on which a resolved "
        "question was open."
    )


def size_words(record: TrackRecord) -> str:
    """Say what the number of questions allows."""
    number = len(record.binary)
    if not number:
        return ""
    resolved = f"{number:,} yes-or-no {'question is' if number == 1 else 'questions are'} resolved"
    about = f"about {count(record.processes, 'process', 'processes')}"
    if record.reliability is None:
        return (
            f"{resolved}, {about}: too few for a reliability diagram, which needs about {RELIABLE_FROM} to show more "
            "than chance. Windows of one outcome overlap, and outcomes of one process depend on each other, so the "
            "effective number is smaller still."
        )
    return (
        f"{resolved}, {about}. The reliability diagram takes each question's first forecast only: those of later days "
        "are nearly the same. Questions about one process depend on each other, so the band is too narrow if anything."
    )


def comparison_words(record: TrackRecord) -> str:
    """Say which benchmarks this forecast is ahead of, behind, and level with, and how single outcomes went."""
    others = _others(record)
    if not others:
        return ""
    sentences: list[str] = []
    for relation in ("ahead of", "behind", "level with"):
        against = [
            f"{NAMES[row.forecaster]} ({score(row.ours_brier)} against {score(row.brier)}, "
            f"{count(row.questions, 'question')})"
            for row in others
            if _relation(row) == relation
        ]
        if against:
            sentences.append(f"{'It' if sentences else 'This forecast'} is {relation} {listed(against)}.")
    if alone := [NAMES[row.forecaster] for row in others if not _relation(row)]:
        sentences.append(f"The questions that {listed(alone)} answered are about one process: too few to compare.")
    won = {NAMES[row.forecaster]: _outcomes_won(record, row.forecaster) for row in others if _relation(row) != "behind"}
    if some := [f"by {who} on {better} of {of}" for who, (better, of) in won.items() if better]:
        sentences.append(f"Outcome by outcome, this forecast is beaten {listed(some)}.")
    return " ".join(sentences)


def _relation(row: Standing) -> str:
    """Return how this forecast stands to another: ahead or behind only where the interval leaves zero."""
    if row.processes <= 1:
        return ""
    low, high = row.by_process
    return "ahead of" if high < 0 else "behind" if low > 0 else "level with"


def _others(record: TrackRecord) -> list[Standing]:
    return [row for row in record.overall if row.forecaster != OURS]


def _outcomes_won(record: TrackRecord, forecaster: str) -> tuple[int, int]:
    """Return on how many outcomes another forecaster did better than ours, and of how many it spoke."""
    ahead: dict[tuple[str, str], float] = {}
    for row in record.binary:
        if (theirs := row.of(forecaster)) is not None:
            key = row.question.case, row.question.outcome
            ahead[key] = ahead.get(key, 0.0) + theirs.ours_brier - theirs.brier
    return sum(value > 0 for value in ahead.values()), len(ahead)


def _score_figure(record: TrackRecord) -> Figure | None:
    """Return the figure of everybody's mean Brier score beside ours; nothing where there is nobody beside us."""
    rows, own = _others(record), record.standing(OURS)
    if not rows or own is None:
        return None
    relations = Counter(map(_relation, rows))
    parts = [
        f"{relation} {cardinal(relations[relation])}" for relation in ("ahead of", "behind") if relations[relation]
    ]
    benchmarks = "one benchmark" if len(rows) == 1 else f"{cardinal(len(rows))} benchmarks"
    standing = f"{listed(parts)} of {benchmarks}" if parts else "no benchmark is clearly ahead or behind"
    return Figure(
        name="track-record",
        title=f"Brier score {score(own.brier)} (lower is better): {standing}",
        description="Mean Brier score of this forecast and of each benchmark on the same questions and days: "
        + "; ".join(
            f"{NAMES[r.forecaster]}, {score(r.ours_brier)} against {score(r.brier)} on {count(r.questions, 'question')}"
            for r in rows
        )
        + ".",
        drawing=pairs(
            tuple(
                Pair(
                    f"{NAMES[r.forecaster]} ({r.questions})",
                    (r.ours_brier, r.brier),
                    (score(r.ours_brier), score(r.brier)),
                )
                for r in rows
            ),
            ("this forecast", "the benchmark"),
            are_scores=True,
        ),
        note="Mean Brier score where both gave a forecast; even odds score 0.25. In brackets: number of questions.",
    )


def _reliability_figure(record: TrackRecord) -> Figure | None:
    """Return the reliability diagram, where there are questions enough for one."""
    curve = record.reliability
    if curve is None:
        return None
    points = tuple(zip(curve.probability, curve.count, curve.recalibrated, curve.low, curve.high, strict=True))
    off = sum(not low <= p <= high for _, _, p, low, high in points)
    off_by = score(curve.miscalibration)
    return Figure(
        name="reliability",
        title=(
            f"The curve {'leaves' if off else 'stays within'} the band of a calibrated forecaster: "
            f"miscalibration {off_by}"
        ),
        description=(
            f"Reliability of {count(sum(curve.count), 'first forecast')}: miscalibration {off_by}, "
            f"discrimination {score(curve.discrimination)}, uncertainty {score(curve.uncertainty)}; the "
            "Brier score is miscalibration − discrimination + uncertainty."
        ),
        drawing=reliability_diagram(curve.probability, curve.recalibrated, curve.low, curve.high),
        note=(
            "Isotonic regression of the answers on the forecasts. Shaded: the 90% band of a calibrated forecaster. "
            "Each tick is a forecast."
        ),
        data=table(
            "Forecast probability and observed frequency",
            [tuple(block) for _, block in groupby(points, key=lambda point: point[2])],
            Column("Forecasts", lambda block: (block[0][0], block[-1][0]), "interval"),
            Column("Questions", lambda block: sum(point[1] for point in block), "count"),
            Column("Observed", lambda block: block[0][2], "percent"),
            Column("90% band", lambda block: (block[0][3], block[-1][4]), "interval"),
        ),
    )
