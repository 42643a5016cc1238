"""Section 10, the track record: the scores of past forecasts in sentences, tables and figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.evaluation.track_record import DESCRIPTIONS, OURS, RELIABLE_FROM
from detente.report.figures.curves import ReliabilityDiagram
from detente.report.figures.dots import Pair, Pairs
from detente.report.prose import cardinal, count, date, listed, percent
from detente.report.score_tables import (
    NAMES,
    early_table,
    kinds_table,
    outcomes_table,
    questions_table,
    score,
    standings_table,
)
from detente.report.specs import Figure
from detente.report.tables import COUNT, PERCENT, Column, Table, table

if TYPE_CHECKING:
    from detente.dossier import Dossier
    from detente.evaluation.track_record import Standing, TrackRecord

NEVER = "The explanations are not scored: nothing that can happen says which of them held, so that none ever resolves."


@dataclass(frozen=True)
class Record:
    """The scores in words, tables and figures; what there is nothing to say of is empty or None."""

    start: str
    end: str
    coverage: str
    better: str
    size: str
    never: str
    figure: Figure | None
    reliability: Figure | None
    standings: Table[Any]
    outcomes: Table[Any]
    questions: Table[Any]
    early: Table[Any] | None
    kinds: Table[Any] | None
    forecasters: tuple[tuple[str, str], ...]


def build(dossier: Dossier) -> Record | None:
    """Build the section, or nothing where the case has not been scored."""
    return None if dossier.track_record is None else build_record(dossier.track_record)


def build_record(record: TrackRecord) -> Record:
    """Build what is said of a track record, in section 10 and in a scoring's own file."""
    return Record(
        start=date(record.start),
        end=date(record.end),
        coverage=resolved_words(record),
        better=better_words(record),
        size=size_words(record),
        never=NEVER,
        figure=_score_figure(record),
        reliability=_reliability_figure(record),
        standings=standings_table(record),
        outcomes=outcomes_table(record),
        questions=questions_table(record),
        early=early_table(record),
        kinds=kinds_table(record),
        forecasters=tuple((NAMES[who], text) for who, text in DESCRIPTIONS.items() if record.standing(who)),
    )


def resolved_words(record: TrackRecord) -> str:
    """Say how many questions there were and what became of them."""
    coverage = record.coverage
    left = [f"{coverage.void} void"] if coverage.void else []
    left += [f"{len(record.early)} answered before the window closed"] if len(record.early) else []
    left += [f"{coverage.pending} still pending"] if coverage.pending else []
    verb = "is" if coverage.void + len(record.early) + coverage.pending == 1 else "are"
    apart = f"; {listed(left)} {verb} counted here and left out of the scores" if left else ""
    return (
        f"Of {count(len(record.questions), 'question')} {coverage.resolved:,} are resolved{apart}. "
        f"On {coverage.days_scored:,} of the {coverage.days_open:,} days on which a resolved one was open there is a "
        "forecast."
    )


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
    others = _others(record)
    if not others:
        return ""
    better = [row for row in others if row.brier < row.ours_brier]
    ranked = [
        f"{NAMES[r.forecaster]} ({score(r.brier)} against our {score(r.ours_brier)}, {_on_questions(r)})"
        for r in better
    ]
    overall = (
        f"Better than this forecast on the questions that both answered: {listed(ranked)}."
        if better
        else "No simpler answer did better than this forecast on the questions that both answered."
    )
    counts = {row.forecaster: _outcomes_won(record, row.forecaster) for row in others if row not in better}
    some = [f"{NAMES[who]} on {won} of {count(of, 'outcome')}" for who, (won, of) in counts.items() if won]
    return f"{overall} Not over all, but on single outcomes: {listed(some)}." if some else overall


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


def _on_questions(row: Standing) -> str:
    return f"on {count(row.questions, 'question')}"


def _score_figure(record: TrackRecord) -> Figure | None:
    """Return the figure of everybody's mean Brier score beside ours; nothing where there is nobody beside us."""
    rows, own = _others(record), record.standing(OURS)
    if not rows or own is None:
        return None
    won = sum(row.ours_brier < row.brier for row in rows)
    if len(rows) == 1:
        title = f"{'Ahead of' if won else 'Behind'} the one simpler answer; Brier score {score(own.brier)}"
    else:
        beaten = "none" if not won else "all" if won == len(rows) else cardinal(won)
        title = f"Ahead of {beaten} of {cardinal(len(rows))} simpler answers; Brier score {score(own.brier)}"
    return Figure(
        name="track-record",
        title=title,
        description="Mean Brier score, less is better, ours and theirs on the same questions and days: "
        + "; ".join(
            f"{NAMES[r.forecaster]}, {score(r.ours_brier)} and {score(r.brier)} {_on_questions(r)}" for r in rows
        )
        + ".",
        drawing=Pairs(
            tuple(
                Pair(
                    f"{NAMES[r.forecaster]} ({r.questions})",
                    (r.ours_brier, r.brier),
                    (score(r.ours_brier), score(r.brier)),
                )
                for r in rows
            ),
            ("this forecast", "the other"),
            are_scores=True,
        ),
        note="Mean Brier score where both gave a forecast: 0 is perfect, even odds 0.25. In brackets: questions.",
    )


def _reliability_figure(record: TrackRecord) -> Figure | None:
    """Return the reliability diagram, where there are questions enough for one."""
    curve = record.reliability
    if curve is None:
        return None
    bins = tuple(zip(curve.probability, curve.count, curve.recalibrated, curve.low, curve.high, strict=True))
    off = sum(not low <= p <= high for _, _, p, low, high in bins)
    off_by = score(curve.miscalibration)
    return Figure(
        name="reliability",
        title=f"The curve {'leaves' if off else 'stays within'} the band of a calibrated forecaster; "
        f"miscalibration {off_by}",
        description=(
            f"Reliability of {count(sum(curve.count), 'first forecast')}: miscalibration {off_by}, "
            f"discrimination {score(curve.discrimination)}, uncertainty {score(curve.uncertainty)}; the "
            "Brier score is miscalibration less discrimination plus uncertainty."
        ),
        drawing=ReliabilityDiagram(curve.probability, curve.recalibrated, curve.low, curve.high),
        note=(
            "Isotonic regression of the answers on the forecasts. Shaded: where 90% of curves lie if forecasts are "
            "right. A tick is a forecast."
        ),
        data=table(
            "Forecast, and the share that came about",
            bins,
            Column("Forecast", lambda row: row[0], PERCENT),
            Column("Questions", lambda row: row[1], COUNT),
            Column("Came about", lambda row: row[2], PERCENT),
            Column("Band", lambda row: f"{percent(row[3])} to {percent(row[4])}"),
        ),
    )
