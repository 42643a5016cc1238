"""Section 3, how fragile: what the number rests on, and how sceptical one must be to read it otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.curves import SweepPanel, Sweeps
from detente.report.names import ANOTHER_LEADS, hypotheses, joined_name, lead_name
from detente.report.prose import name, percent
from detente.report.specs import Figure
from detente.report.tables import PERCENT, Column, table

if TYPE_CHECKING:
    from detente.analysis.results import LeftOut, Sensitivity, TippingPoint
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

CAUSES = 3


@dataclass(frozen=True)
class Tip:
    """The smallest single change of one kind that tips the answer."""

    kind: str
    name: str
    stated: str
    at: str
    leads: bool
    word: str


@dataclass(frozen=True)
class Fragility:
    """What the answer rests on.

    ``removals`` are kind, name and the answer without it, ``causes`` shares of the variance.
    """

    leading: str
    prior: float
    break_even: float | None
    removals: tuple[tuple[str, str, float], ...]
    turns: bool
    tips: tuple[Tip, ...]
    causes: tuple[tuple[str, float], ...]
    curve: Figure


def build(dossier: Dossier) -> Fragility | None:
    """Build the section, where the run has worked out how fragile the answer is."""
    forecast = dossier.forecast
    found = dossier.sensitivity
    if found is None:
        return None
    lead, place = forecast.leading, found.place(forecast.leading)
    removals = [row for kind in ("item", "cluster", "actor") if (row := largest(found, kind, place))]
    shares = sorted(found.variance.shares, key=lambda row: -row.index[place])[:CAUSES]
    return Fragility(
        leading=lead_name(forecast),
        prior=forecast.hypotheses[lead].prior,
        break_even=next((row.prior for row in found.break_even if (row.target, row.line) == (lead, 0.5)), None),
        removals=tuple(
            (row.kind, row.id if row.kind == "actor" else name(row.id), row.values[place]) for row in removals
        ),
        turns=any(row.values[place] < max(row.values[: len(forecast.hypotheses)]) for row in found.left_out),
        tips=tuple(_tip(tip) for kind in ("likelihood", "correlation", "grade") if (tip := _nearest(found, kind))),
        causes=tuple((joined_name(row.cause), max(0.0, row.index[place])) for row in shares),
        curve=_curve(forecast, found, place),
    )


def largest(found: Sensitivity, kind: str, place: int) -> LeftOut | None:
    """Return what moves a headline most when it is left out."""
    rows = [row for row in found.left_out if row.kind == kind]
    return max(rows, key=lambda row: abs(row.values[place] - found.base[place]), default=None)


def _nearest(found: Sensitivity, kind: str) -> TippingPoint | None:
    rows = [row for row in found.tipping if row.kind == kind]
    return min(rows, key=lambda row: row.distance, default=None)


def _tip(row: TippingPoint) -> Tip:
    stated, at = (percent(value) if row.kind == "likelihood" else f"{value:.2f}" for value in (row.stated, row.at))
    return Tip(row.kind, joined_name(row.id), stated, row.label or at, row.effect == ANOTHER_LEADS, row.effect)


def _curve(forecast: Forecast, found: Sensitivity, place: int) -> Figure:
    view, prior, answer = hypotheses(forecast)[0], forecast.hypotheses[forecast.leading].prior, found.base[place]
    weight = _odds(answer) / _odds(prior)
    points = tuple((w, weight * _odds(w) / (1 + weight * _odds(w))) for w in (k / 50 for k in range(1, 50)))
    line = ((0.0, 0.0), *points, (1.0, 1.0))
    return Figure(
        name="prior-posterior",
        title=f"A prior of {percent(1 / (1 + weight))} for “{view.name}” would make it even",
        description=(
            f"The probability of “{view.name}” after the evidence for every probability before it: from the diagonal "
            f"the evidence bends the curve {'up' if weight >= 1 else 'down'}. "
            f"The dot is the prior used, {percent(prior)}."
        ),
        drawing=Sweeps((SweepPanel("before the evidence → after, %", line, (prior, answer)),), view.look),
        data=table(
            "Prior and posterior",
            points[4::5],
            Column("Before", lambda point: point[0], PERCENT),
            Column("After", lambda point: point[1], PERCENT),
        ),
    )


def _odds(probability: float) -> float:
    return probability / (1 - probability) if probability < 1 else float("inf")
