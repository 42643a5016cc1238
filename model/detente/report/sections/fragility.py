"""Sections 3 and 7: how fragile the answer is, and what it would be if a key assumption were wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.codes import cause_name, conflict_verdict, step_name
from detente.report.figures.curves import SweepPanel, Sweeps
from detente.report.names import ANOTHER_LEADS, hypotheses, joined_name, lead_name, stated_name
from detente.report.prose import decibans, listed, name, percent
from detente.report.specs import Figure
from detente.report.tables import PERCENT, Column, Table, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.analysis.results import LeftOut, Sensitivity, TippingPoint
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

CAUSES = 3
FOR = 3
ENDS = {
    "discrimination": "Stated contrasts mean what they say, save for a general discount",
    "prior": "Before the evidence the explanations weigh what they were given",
    "persistence": "What slows a step is lasting in part",
    "assumed_mass": "Stated 90 % intervals hold less than they claim",
    "outside_view": "The reference class has something to say",
    "election": "The election stands as given",
}


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
        causes=tuple((cause_name(row), max(0.0, row.index[place])) for row in shares),
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
    line, even = ((0.0, 0.0), *points, (1.0, 1.0)), 1 / (1 + weight)
    return Figure(
        name="prior-posterior",
        title=f"A prior of {percent(even)} for “{view.name}” would make it even",
        description=(
            f"The probability of “{view.name}” after the evidence for every probability before it: from the diagonal "
            f"the evidence bends the curve {'up' if weight >= 1 else 'down'}. "
            f"The dot is the prior used, {percent(prior)}."
        ),
        drawing=Sweeps(
            (SweepPanel("after the evidence, by the prior", line, (prior, answer), even, in_percent=True),), view.look
        ),
        data=table(
            "Prior and posterior",
            points[4::5],
            Column("Before", lambda point: point[0], PERCENT),
            Column("After", lambda point: point[1], PERCENT),
        ),
    )


def _odds(probability: float) -> float:
    return probability / (1 - probability) if probability < 1 else float("inf")


@dataclass(frozen=True)
class Alternative:
    """An explanation that does not lead, and what speaks for it."""

    name: str
    statement: str
    probability: float
    support: str


@dataclass(frozen=True)
class Dropped:
    """An assumption, what is put in its place, and the answer then."""

    assumption: str
    instead: str
    answer: float


@dataclass(frozen=True)
class Alternatives:
    """The section."""

    leading: str
    now: float
    others: tuple[Alternative, ...]
    assumptions: Table[Dropped]
    verdict: str


def alternatives(dossier: Dossier) -> Alternatives | None:
    """Build the section, where the run has worked out how fragile the answer is."""
    forecast = dossier.forecast
    found = dossier.sensitivity
    if found is None:
        return None
    place, lead = found.place(forecast.leading), lead_name(forecast)
    return Alternatives(
        leading=lead,
        now=found.base[place],
        others=tuple(_alternative(forecast, h) for h in forecast.hypotheses if h != forecast.leading),
        assumptions=table(
            "Key assumptions, and the answer if one is wrong",
            _dropped(forecast, found, place),
            Column("Assumption", lambda row: row.assumption),
            Column("If instead", lambda row: row.instead),
            Column(f"{lead} then", lambda row: row.answer, PERCENT),
        ),
        verdict=conflict_verdict(found.conflict),
    )


def _alternative(forecast: Forecast, hypothesis: str) -> Alternative:
    stands = forecast.hypotheses[hypothesis]
    weights = sorted(((-w.weight_db[hypothesis], name(w.id)) for w in forecast.evidence), key=lambda pair: pair[0])
    support = [f"“{item}” ({decibans(-weight)} dB)" for weight, item in weights[:FOR] if weight < 0]
    return Alternative(name(hypothesis), stands.statement, stands.posterior, listed(support))


def _dropped(forecast: Forecast, found: Sensitivity, place: int) -> Iterator[Dropped]:
    for row in found.tornado:
        if row.kind in ENDS:
            for value, values in ((row.low, row.at_low), (row.high, row.at_high)):
                instead = f"{stated_name(row.kind, row.id)} {value:.2g} (stated {row.mid:.2g})"
                yield Dropped(ENDS[row.kind], instead, values[place])
    swept = {sweep.parameter: sweep for sweep in found.sweeps}
    if (sweep := swept.get("correlation")) is not None:
        assumption = "Items that share a cause repeat each other in part"
        yield Dropped(assumption, "each stands alone", sweep.values[0][place])
        yield Dropped(assumption, "each but repeats the first", sweep.values[-1][place])
    if (sweep := swept.get("reliability")) is not None:
        assumption = "Sources are to be trusted by their grade"
        yield Dropped(assumption, "every report wholly believed", sweep.values[-1][place])
        yield Dropped(assumption, "half of each report discounted", sweep.values[sweep.grid.index(0.5)][place])
    if forecast.model_steps:
        first = forecast.model_steps[0]
        yield Dropped("Weak items do not simply add up", step_name(first.name), first.posterior[forecast.leading])
    for kind, words in (("cluster", "all of “{}” left out"), ("actor", "all that names “{}” left out")):
        if gone := largest(found, kind, place):
            label = gone.id if kind == "actor" else name(gone.id)
            yield Dropped("No single cause or voice carries the answer", words.format(label), gone.values[place])
