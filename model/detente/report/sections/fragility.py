"""Section 3, how fragile: what the number rests on, and how sceptical one must be to read it otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.curves import SweepPanel, Sweeps
from detente.report.fragility_words import WAYS, named
from detente.report.prose import name, percent
from detente.report.specs import Column, Figure, table
from detente.report.views import hypotheses

if TYPE_CHECKING:
    from detente.analysis.results import LeftOut, Sensitivity, TippingPoint
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

SHOWN = 3


@dataclass(frozen=True)
class Removal:
    """The answer without something."""

    kind: str
    name: str
    number: str


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
    """What the answer rests on."""

    leading: str
    now: str
    prior: str
    break_even: str
    removals: tuple[Removal, ...]
    turns: bool
    tips: tuple[Tip, ...]
    causes: tuple[tuple[str, str], ...]
    verdict: str
    curve: Figure


def build(dossier: Dossier) -> Fragility | None:
    """Build the section, where the run has worked out how fragile the answer is."""
    forecast = dossier.forecast
    found = dossier.sensitivity
    if found is None:
        return None
    lead = forecast.leading
    place = found.place(lead)
    even = next((row.prior for row in found.break_even if (row.target, row.line) == (lead, 0.5)), None)
    removals = [row for kind in ("item", "cluster", "actor") if (row := largest(found, kind, place))]
    width = len(forecast.hypotheses)
    turns = any(max(range(width), key=lambda h: row.values[h]) != place for row in found.left_out)
    causes = sorted(found.variance.shares, key=lambda row: -row.index[place])[:SHOWN]
    return Fragility(
        leading=name(lead),
        now=percent(found.base[place]),
        prior=percent(forecast.hypotheses[lead].prior),
        break_even="" if even is None else percent(even),
        removals=tuple(
            Removal(row.kind, row.id if row.kind == "actor" else name(row.id), percent(row.values[place]))
            for row in removals
        ),
        turns=turns,
        tips=tuple(_tip(tip) for kind in ("likelihood", "correlation", "grade") if (tip := _nearest(found, kind))),
        causes=tuple((named(row.cause), percent(max(0.0, row.index[place]))) for row in causes),
        verdict=found.conflict.verdict,
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
    return Tip(row.kind, named(row.id), stated, row.label or at, row.effect == WAYS, row.effect)


def _curve(forecast: Forecast, found: Sensitivity, place: int) -> Figure:
    view = hypotheses(forecast)[0]
    prior = forecast.hypotheses[forecast.leading].prior
    weight = _odds(found.base[place]) / _odds(prior)
    points = tuple((w, weight * _odds(w) / (1 + weight * _odds(w))) for w in (k / 50 for k in range(1, 50)))
    rows = tuple((percent(w), percent(p)) for w, p in points[4::5])
    return Figure(
        name="prior-posterior",
        title=f"A prior of {percent(1 / (1 + weight))} for “{view.name}” would make it even",
        description=(
            f"The probability of “{view.name}” after the evidence for every probability before it: from the diagonal "
            f"the evidence bends the curve {'up' if weight >= 1 else 'down'}. "
            f"The dot is the prior used, {percent(prior)}."
        ),
        drawing=Sweeps(
            (
                SweepPanel(
                    "before the evidence → after, %", ((0.0, 0.0), *points, (1.0, 1.0)), (prior, found.base[place])
                ),
            ),
            view.look,
        ),
        data=table("Prior and posterior", (Column("Before", "number"), Column("After", "number")), rows),
    )


def _odds(probability: float) -> float:
    return probability / (1 - probability) if probability < 1 else float("inf")
