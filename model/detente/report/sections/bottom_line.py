"""Section 1, the bottom line: the leading hypothesis as number, word and range; confidence in its own sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.confidence import Confidence, confidence
from detente.report.figures.dots import DOTS, EstimativeScale, HundredDots, ScaleRow, hundredths
from detente.report.names import HypothesisView, hypotheses
from detente.report.prose import MCSE_SHOWN, listed, name
from detente.report.specs import Figure
from detente.report.tables import NUMBER, Column, table

if TYPE_CHECKING:
    import datetime as dt

    from detente.analysis.attribution import Contribution
    from detente.dossier import Dossier

MOVERS = 2
LEAST = 0.0005
"""A move below a twentieth of a point is none worth a name."""


@dataclass(frozen=True)
class Change:
    """How far the leading hypothesis moved since an update, by the exact answer, and the largest movers."""

    since: dt.date
    difference: float
    movers: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class BottomLine:
    """The answer."""

    hypotheses: tuple[HypothesisView, ...]
    tied: tuple[str, ...]
    has_evidence: bool
    change: Change | None
    confidence: Confidence
    figures: tuple[Figure, ...]

    @property
    def leading(self) -> HypothesisView:
        """The likeliest."""
        return self.hypotheses[0]

    @property
    def statements(self) -> tuple[tuple[str, str], ...]:
        """Each explanation with its statement."""
        return tuple((view.name, view.statement) for view in self.hypotheses)


def build(dossier: Dossier) -> BottomLine:
    """Build the bottom line."""
    forecast = dossier.forecast
    views = hypotheses(forecast)
    return BottomLine(
        hypotheses=views,
        tied=_tied(views),
        has_evidence=bool(forecast.evidence or forecast.records),
        change=_change(dossier),
        confidence=confidence(forecast, dossier.sensitivity),
        figures=(_scale(views), _icons(views)),
    )


def _tied(views: tuple[HypothesisView, ...]) -> tuple[str, ...]:
    """Return the names of those that share the lead to within half a point; none where one leads."""
    best = views[0].posterior.probability
    tied = tuple(view.name for view in views if best - view.posterior.probability < MCSE_SHOWN)
    return tied if len(tied) > 1 else ()


def _change(dossier: Dossier) -> Change | None:
    """Return what changed since the run before an update; nothing for a run that no update made."""
    forecast, change, lead = dossier.forecast, dossier.change, dossier.forecast.leading
    if change is None:
        return None
    ranked = sorted(change.contributions, key=lambda move: -abs(move.hypotheses[lead]))[:MOVERS]
    return Change(
        since=change.since,
        difference=forecast.hypotheses[lead].exact - change.hypotheses[lead],
        movers=tuple((_mover(move), move.hypotheses[lead]) for move in ranked if abs(move.hypotheses[lead]) >= LEAST),
    )


def _mover(move: Contribution) -> str:
    named = {
        "time": "the time that passed",
        "priors": "the edited priors",
        "question": "the changed question",
        "polls": "the polls",
        "silent": f"{name(move.id)}, which has not come",
        "withdrawn": f"{name(move.id)}, withdrawn",
        "schedule": "the election's date",
    }
    return named.get(move.kind, name(move.id) if move.id else "the rest")


def _scale(views: tuple[HypothesisView, ...]) -> Figure:
    lead = views[0]
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
            views,
            Column("Hypothesis", lambda view: view.name),
            Column("Before", lambda view: view.prior.number, NUMBER),
            Column("Now", lambda view: view.posterior.number, NUMBER),
            Column("Moves", lambda view: view.interval, NUMBER),
            Column("In words", lambda view: f"{view.posterior.word} ({view.posterior.span})"),
        ),
    )


def _icons(views: tuple[HypothesisView, ...]) -> Figure:
    counts = hundredths([v.posterior.probability for v in views])
    shares = tuple((v.name, count, v.look) for v, count in zip(views, counts, strict=True))
    likely = (
        f"as likely as drawing one of {counts[0]}" if counts[0] < DOTS else f"likelier than drawing one of {DOTS - 1}"
    )
    return Figure(
        name="icons",
        title=f"“{views[0].name}” is {likely} marked balls from {DOTS}",
        description=f"{DOTS} dots, of which " + listed([f"{n} stand for “{name}”" for name, n, _ in shares]) + ".",
        drawing=HundredDots(shares),
    )
