"""Section 1, the bottom line: the leading hypothesis as number, word and range; confidence in its own sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.confidence import LOW_WIDTH, Level, confidence
from detente.report.figures.scale import ScaleBar, ScaleRow
from detente.report.prose import MCSE_SHOWN, cardinal, percent, points
from detente.report.specs import Column, Figure, table
from detente.report.views import HypothesisView, hypotheses

if TYPE_CHECKING:
    from detente.forecast.result import Forecast


@dataclass(frozen=True)
class ConfidenceView:
    """Confidence, worded; ``mover`` is what moves the answer most when it is left out."""

    level: Level
    wide: bool
    move: str
    mover: str
    weak: str
    answer_changes: bool
    computed: bool


@dataclass(frozen=True)
class BottomLine:
    """The answer."""

    leading: HypothesisView
    number: str
    tied: tuple[str, ...]
    has_evidence: bool
    confidence: ConfidenceView
    statements: tuple[tuple[str, str], ...]
    figure: Figure


def build(forecast: Forecast) -> BottomLine:
    """Build the bottom line."""
    views, found = hypotheses(forecast), confidence(forecast)
    return BottomLine(
        leading=views[0],
        number=cardinal(len(views)),
        tied=_tied(views),
        has_evidence=bool(forecast.evidence or forecast.records),
        confidence=ConfidenceView(
            level=found.level,
            wide=found.width > LOW_WIDTH,
            move=points(found.largest_move),
            mover=found.mover,
            weak=percent(found.weak_share),
            answer_changes=found.answer_changes,
            computed=found.computed,
        ),
        statements=tuple((view.name, view.statement) for view in views),
        figure=_figure(views),
    )


def _tied(views: tuple[HypothesisView, ...]) -> tuple[str, ...]:
    """Return the names of those that share the lead to within half a point; none where one leads."""
    best = views[0].posterior.probability
    tied = tuple(view.name for view in views if best - view.posterior.probability < MCSE_SHOWN)
    return tied if len(tied) > 1 else ()


def _figure(views: tuple[HypothesisView, ...]) -> Figure:
    lead = views[0]
    rows = tuple(
        (v.name, v.prior.number, v.posterior.number, v.interval, f"{v.posterior.word} ({v.posterior.span})")
        for v in views
    )
    return Figure(
        name="hypotheses",
        title=f"“{lead.name}” stands at {lead.posterior.number}: {lead.posterior.word} ({lead.posterior.span})",
        description=(
            "Each hypothesis on the scale of estimative words from 0 to 100 %. "
            + " ".join(
                f"“{v.name}”: {v.posterior.number}, moving {v.between}, before the evidence {v.prior.number}."
                for v in views
            )
        ),
        drawing=ScaleBar(
            tuple(
                ScaleRow(v.name, v.posterior.number, v.posterior.probability, v.bounds, v.prior.probability, v.look)
                for v in views
            )
        ),
        note="Symbol: now. Upright line: before the evidence. Pale bar: how far the number moves.",
        data=table(
            "The hypotheses before and after the evidence",
            (
                Column("Hypothesis"),
                Column("Before", "number"),
                Column("Now", "number"),
                Column("Moves", "number"),
                Column("In words"),
            ),
            rows,
        ),
    )
