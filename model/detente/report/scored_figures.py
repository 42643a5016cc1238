"""The figures of a scoring: everybody's score beside ours, and the reliability diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.evaluation.track_record import OURS
from detente.report import scored_words as words
from detente.report.figures.curves import ReliabilityDiagram
from detente.report.figures.dots import Pair, Pairs
from detente.report.prose import cardinal, count, percent
from detente.report.specs import Figure
from detente.report.worded import Column, table

if TYPE_CHECKING:
    from detente.evaluation.track_record import TrackRecord


def score_figure(record: TrackRecord) -> Figure | None:
    """Return the figure of everybody's mean Brier score beside ours; nothing where there is nobody beside us."""
    rows = [row for row in record.overall if row.forecaster != OURS]
    own = record.standing(OURS)
    if not rows or own is None:
        return None
    won = sum(row.ours_brier < row.brier for row in rows)
    if len(rows) == 1:
        title = f"{'Ahead of' if won else 'Behind'} the one simpler answer; Brier score {words.loss(own.brier)}"
    else:
        beaten = "none" if not won else "all" if won == len(rows) else cardinal(won)
        title = f"Ahead of {beaten} of {cardinal(len(rows))} simpler answers; Brier score {words.loss(own.brier)}"
    return Figure(
        name="track-record",
        title=title,
        description="Mean Brier score, less is better, ours and theirs on the same questions and days: "
        + "; ".join(
            f"{words.NAMES[r.forecaster]}, {words.loss(r.ours_brier)} and {words.loss(r.brier)} {words.on_questions(r)}"
            for r in rows
        )
        + ".",
        drawing=Pairs(
            tuple(
                Pair(
                    f"{words.NAMES[r.forecaster]} ({r.questions})",
                    (r.ours_brier, r.brier),
                    (words.loss(r.ours_brier), words.loss(r.brier)),
                )
                for r in rows
            ),
            ("this forecast", "the other"),
            are_scores=True,
        ),
        note="Mean Brier score where both gave a forecast: 0 is perfect, even odds 0.25. In brackets: questions.",
    )


def reliability_figure(record: TrackRecord) -> Figure | None:
    """Return the reliability diagram, where there are questions enough for one."""
    found = record.reliability
    if found is None:
        return None
    off = sum(not low <= p <= high for p, low, high in zip(found.recalibrated, found.low, found.high, strict=True))
    off_by = words.loss(found.miscalibration)
    where = "stays within" if not off else "leaves"
    return Figure(
        name="reliability",
        title=f"The curve {where} the band of a calibrated forecaster; miscalibration {off_by}",
        description=(
            f"Reliability of {count(sum(found.count), 'first forecast')}: miscalibration {off_by}, "
            f"discrimination {words.loss(found.discrimination)}, uncertainty {words.loss(found.uncertainty)}; the "
            "Brier score is miscalibration less discrimination plus uncertainty."
        ),
        drawing=ReliabilityDiagram(found.probability, found.recalibrated, found.low, found.high),
        note=(
            "Isotonic regression of the answers on the forecasts. Shaded: where 90 % of curves lie if forecasts are "
            "right. A tick is a forecast."
        ),
        data=table(
            "Forecast, and the share that came about",
            (
                Column("Forecast", "number"),
                Column("Questions", "number"),
                Column("Came about", "number"),
                Column("Band"),
            ),
            tuple(
                (percent(p), str(n), percent(share), f"{percent(low)} to {percent(high)}")
                for p, n, share, low, high in zip(
                    found.probability, found.count, found.recalibrated, found.low, found.high, strict=True
                )
            ),
        ),
    )
