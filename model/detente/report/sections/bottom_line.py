"""Section 1, the bottom line: the leading hypothesis as number, word and range; confidence in its own sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.change import ChangeView
from detente.report.change import build as build_change
from detente.report.confidence import Confidence, Level, Reason, confidence
from detente.report.figures.dots import DOTS, EstimativeScale, HundredDots, ScaleRow, hundredths
from detente.report.prose import MCSE_SHOWN, cardinal, count, listed, percent, points
from detente.report.specs import Column, Figure, table
from detente.report.views import HypothesisView, hypotheses

if TYPE_CHECKING:
    from detente.dossier import Dossier


@dataclass(frozen=True)
class ConfidenceView:
    """Confidence, worded: the first reason for a low one (the rule in the method has all), and what moves it most."""

    level: Level
    reason: Reason | None
    by_prior: bool
    parts: str
    move: str
    mover: str
    weak: str
    groups: str
    prior: str
    break_even: str


@dataclass(frozen=True)
class BottomLine:
    """The answer."""

    leading: HypothesisView
    number: str
    tied: tuple[str, ...]
    has_evidence: bool
    change: ChangeView | None
    confidence: ConfidenceView
    statements: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]


def build(dossier: Dossier) -> BottomLine:
    """Build the bottom line."""
    forecast = dossier.forecast
    views = hypotheses(forecast)
    return BottomLine(
        leading=views[0],
        number=cardinal(len(views)),
        tied=_tied(views),
        has_evidence=bool(forecast.evidence or forecast.records),
        change=build_change(dossier),
        confidence=_confidence(confidence(forecast, dossier.sensitivity)),
        statements=tuple((view.name, view.statement) for view in views),
        figures=(_scale(views), _icons(views)),
    )


def _confidence(found: Confidence) -> ConfidenceView:
    return ConfidenceView(
        level=found.level,
        reason=next(iter(found.reasons), None),
        by_prior=found.prior_width > found.width / 2,
        parts=found.parts,
        move=points(found.largest_move),
        mover=found.mover,
        weak=percent(found.weak_share),
        groups=count(found.groups, "group"),
        prior=percent(found.prior),
        break_even=percent(found.break_even),
    )


def _tied(views: tuple[HypothesisView, ...]) -> tuple[str, ...]:
    """Return the names of those that share the lead to within half a point; none where one leads."""
    best = views[0].posterior.probability
    tied = tuple(view.name for view in views if best - view.posterior.probability < MCSE_SHOWN)
    return tied if len(tied) > 1 else ()


def _scale(views: tuple[HypothesisView, ...]) -> Figure:
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
                f"“{v.name}”: {v.posterior.number}, {v.moves}; before the evidence {v.prior.number}." for v in views
            )
        ),
        drawing=EstimativeScale(
            tuple(
                ScaleRow(v.name, v.posterior.number, v.posterior.probability, v.bounds, v.prior.probability, v.look)
                for v in views
            )
        ),
        note="Symbol: now. Line: before the evidence. Pale bar: how far it moves.",
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


def _icons(views: tuple[HypothesisView, ...]) -> Figure:
    counts = hundredths([v.posterior.probability for v in views])
    shares = tuple((v.name, count, v.look) for v, count in zip(views, counts, strict=True))
    return Figure(
        name="icons",
        title=f"“{views[0].name}” is {_as_likely(counts[0])} marked balls from {DOTS}",
        description=f"{DOTS} dots, of which " + listed([f"{n} stand for “{name}”" for name, n, _ in shares]) + ".",
        drawing=HundredDots(shares),
    )


def _as_likely(dots: int) -> str:
    return f"as likely as drawing one of {dots}" if dots < DOTS else f"likelier than drawing one of {DOTS - 1}"
