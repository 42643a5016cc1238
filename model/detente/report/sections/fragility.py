"""Sections 3 and 7: how fragile the answer is, and what it would be if a key assumption were wrong."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from detente.report.figures.curves import SweepPanel, sweeps
from detente.report.names import (
    ANOTHER_LEADS,
    as_headline,
    cause_name,
    conflict_words,
    hypotheses,
    label,
    labels,
    lead_name,
    stated_name,
    stated_value,
)
from detente.report.prose import capital, decibans, listed, name, percent, tenths
from detente.report.specs import Figure
from detente.report.tables import Column, Group, by_key, grouped, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from detente.analysis.results import LeftOut, Sensitivity, TippingPoint
    from detente.case import Case
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

    Replaced = tuple[str, str, float]

CAUSES = 3
FOR = 3
ENDS = {
    "discrimination": "Stated contrasts are overstated by a common factor",
    "prior": "The prior is as stated",
    "persistence": "Uncertainty about a pace is partly common to all explanations and times",
    "assumed_mass": "Stated 90% intervals hold the truth less often than they claim",
    "outside_view": "The reference class is like this case",
    "election": "The prior of the winners is as stated",
}
EVEN = 0.5


def build(dossier: Dossier) -> SimpleNamespace | None:
    """Build the section, where the run has worked out how fragile the answer is.

    ``removals`` are parts and the answer without each, ``tips`` the smallest single change of each kind that tips the
    answer, ``causes`` shares of variance.
    """
    forecast = dossier.forecast
    sensitivity = dossier.sensitivity
    if sensitivity is None:
        return None
    lead, place = forecast.leading, sensitivity.place(forecast.leading)
    tips = sorted(sensitivity.tipping, key=lambda tip: tip.distance)
    removals = [row for kind in ("item", "cluster", "actor") for row in left_out(sensitivity, kind, place, 1)]
    shares = sorted(sensitivity.variance.shares, key=lambda row: -row.index[place])[:CAUSES]
    shown = as_headline(forecast)
    return SimpleNamespace(
        leading=lead_name(forecast),
        prior=forecast.hypotheses[lead].prior,
        break_even=break_even(forecast),
        removals=tuple((_part(row), shown.worded(row.values[place])) for row in removals),
        turns=any(row.values[place] < max(row.values[: len(forecast.hypotheses)]) for row in sensitivity.left_out),
        tips=tuple(
            (*tip_words(tip, forecast.inputs), "" if tip.effect == ANOTHER_LEADS else tip.effect)
            for kind in ("likelihood", "correlation", "grade")
            for tip in [tip for tip in tips if tip.kind == kind][:1]
        ),
        causes=tuple((cause_name(row), max(0.0, row.index[place])) for row in shares),
        curve=_curve(forecast),
    )


def _part(row: LeftOut) -> str:
    return f"every item that names {row.id}" if row.kind == "actor" else f"the heaviest {row.kind} (“{name(row.id)}”)"


def break_even(forecast: Forecast) -> float:
    """Return the prior at which the evidence leaves the leading explanation at one half."""
    lead = forecast.hypotheses[forecast.leading]
    weight = _odds(lead.posterior) / _odds(lead.prior)
    return 1 / (1 + weight)


def left_out(sensitivity: Sensitivity, kind: str, place: int, most: int) -> tuple[LeftOut, ...]:
    """Return what of one kind moves a headline most when it is left out."""
    rows = (row for row in sensitivity.left_out if row.kind == kind)
    return tuple(sorted(rows, key=lambda row: -abs(row.values[place] - sensitivity.base[place]))[:most])


_DECIMALS = ("{:.2f}".format, "{:.4f}".format)


def tip_words(row: TippingPoint, case: Case) -> tuple[str, str, str]:
    """Return what would have to change, from what, and to what."""
    if row.kind == "grade":
        grades = {item.id: item.grade for item in case.evidence}
        return f"the grade of “{name(row.id)}”", grades[row.id], row.label
    what = f"the {stated_name(row.kind, row.id, labels(case))}"
    shown: tuple[Callable[[float], str], ...] = (percent, tenths) if row.kind == "likelihood" else _DECIMALS
    for told in shown:
        if told(row.stated) != told(row.at):
            return what, told(row.stated), told(row.at)
    return what, shown[0](row.stated), "a little more" if row.at > row.stated else "a little less"


def _curve(forecast: Forecast) -> Figure:
    view, lead = hypotheses(forecast)[0], forecast.hypotheses[forecast.leading]
    prior, answer = lead.prior, lead.posterior
    weight = _odds(answer) / _odds(prior)
    points = tuple((w, weight * _odds(w) / (1 + weight * _odds(w))) for w in (k / 50 for k in range(1, 50)))
    line, even = ((0.0, 0.0), *points, (1.0, 1.0)), break_even(forecast)
    return Figure(
        name="prior-posterior",
        title=f"{capital(view.name)}: prior {percent(prior)}, break-even prior {percent(even)}",
        description=(
            f"The posterior of {view.name} for every prior. The evidence bends the curve "
            f"{'up' if weight >= 1 else 'down'} from the diagonal. The dot is at the prior used, {percent(prior)}."
        ),
        drawing=sweeps(
            (SweepPanel("posterior, by the prior", line, (prior, answer), even, in_percent=True),), view.look
        ),
        data=table(
            "Prior and posterior",
            points[4::5],
            Column("Prior", lambda point: point[0], "percent"),
            Column("Posterior", lambda point: point[1], "percent"),
        ),
    )


def _odds(probability: float) -> float:
    return probability / (1 - probability) if probability < 1 else float("inf")


def alternatives(dossier: Dossier) -> SimpleNamespace | None:
    """Build the section, where the run has worked out how fragile the answer is."""
    forecast = dossier.forecast
    sensitivity = dossier.sensitivity
    if sensitivity is None:
        return None
    place, lead = sensitivity.place(forecast.leading), lead_name(forecast)
    return SimpleNamespace(
        leading=lead,
        now=as_headline(forecast).worded(sensitivity.base[place]),
        others=tuple(_alternative(forecast, h) for h in forecast.hypotheses if h != forecast.leading),
        assumptions=grouped(
            "Key assumptions, and the answer if one of them is replaced",
            _by_assumption(_replaced(forecast, sensitivity, place)),
            Column("Instead of the assumption", lambda row: capital(row[1])),
            Column(capital(lead), lambda row: row[2], as_headline(forecast)),
        ),
        verdict=conflict_words(sensitivity.conflict),
    )


def _by_assumption(replaced: Iterable[Replaced]) -> list[Group[Replaced]]:
    """Gather what replaces each assumption below it; stated numbers come first, by how much they matter."""
    return [Group(rows, assumption) for assumption, rows in by_key(replaced, lambda row: row[0]).items()]


def _alternative(forecast: Forecast, hypothesis: str) -> tuple[str, str, float, str]:
    """Return an explanation that does not lead, its statement and probability, and what speaks for it."""
    stands = forecast.hypotheses[hypothesis]
    weights = sorted(((-w.weight_db[hypothesis], name(w.id)) for w in forecast.evidence), key=lambda pair: pair[0])
    support = [f"“{item}” ({decibans(-weight)} dB)" for weight, item in weights[:FOR] if weight < 0]
    return label(forecast, hypothesis), stands.statement, stands.posterior, listed(support)


def _replaced(forecast: Forecast, sensitivity: Sensitivity, place: int) -> Iterator[Replaced]:
    """Yield an assumption, what is put in its place, and the answer then."""
    called = labels(forecast.inputs)
    for row in sensitivity.tornado:
        if row.kind in ENDS:
            for value, values in ((row.low, row.at_low), (row.high, row.at_high)):
                changed, stated = stated_value(row.kind, value), stated_value(row.kind, row.mid)
                if changed != stated:
                    instead = f"{stated_name(row.kind, row.id, called)} {changed} instead of {stated}"
                    yield ENDS[row.kind], instead, values[place]
    parameters = {sweep.parameter: sweep for sweep in sensitivity.sweeps}
    if (sweep := parameters.get("correlation")) is not None:
        assumption = "Items that share a cause partly repeat each other"
        yield assumption, "every item is independent", sweep.values[0][place]
        yield assumption, "every further item only repeats the first", sweep.values[-1][place]
    if (sweep := parameters.get("reliability")) is not None:
        assumption = "A source is believed according to its grade"
        yield assumption, "every report is fully believed", sweep.values[-1][place]
        halved = sweep.values[sweep.grid.index(0.5)][place]
        yield assumption, "half the weight of every report is dropped", halved
    if forecast.model_steps:
        assumption, first = "Weak items do not simply add up", forecast.model_steps[0]
        yield assumption, "independent evidence, taken at face value", first.posterior[forecast.leading]
    for kind, words in (("cluster", "without “{}”"), ("actor", "without every item that names {}")):
        for gone in left_out(sensitivity, kind, place, 1):
            label = gone.id if kind == "actor" else name(gone.id)
            yield "No single cluster or actor carries the answer", words.format(label), gone.values[place]
