"""Section 7, alternatives and key assumptions: what speaks for the others, and the answer if an assumption is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.fragility_words import moved_number
from detente.report.prose import decibans, listed, name, percent
from detente.report.sections.fragility import largest
from detente.report.specs import Column, Table, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.analysis.results import Sensitivity, Sweep
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

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
class Alternative:
    """An explanation that does not lead, and what speaks for it."""

    name: str
    statement: str
    number: str
    support: str


@dataclass(frozen=True)
class Alternatives:
    """The section."""

    leading: str
    now: str
    others: tuple[Alternative, ...]
    assumptions: Table
    verdict: str


def build(dossier: Dossier) -> Alternatives | None:
    """Build the section, where the run has worked out how fragile the answer is."""
    forecast = dossier.forecast
    found = dossier.sensitivity
    if found is None:
        return None
    place = found.place(forecast.leading)
    columns = (Column("Assumption"), Column("If instead"), Column(f"{name(forecast.leading)} then", "number"))
    return Alternatives(
        leading=name(forecast.leading),
        now=percent(found.base[place]),
        others=tuple(_alternative(forecast, h) for h in forecast.hypotheses if h != forecast.leading),
        assumptions=table(
            "Key assumptions, and the answer if one is wrong", columns, tuple(_rows(forecast, found, place))
        ),
        verdict=found.conflict.verdict,
    )


def _alternative(forecast: Forecast, hypothesis: str) -> Alternative:
    stands = forecast.hypotheses[hypothesis]
    strongest = sorted(forecast.evidence, key=lambda row: -row.weight_db[hypothesis])[:FOR]
    support = [
        f"“{name(w.id)}” ({decibans(w.weight_db[hypothesis])} dB)" for w in strongest if w.weight_db[hypothesis] > 0
    ]
    return Alternative(
        name(hypothesis), stands.statement, percent(stands.posterior), listed(support) if support else ""
    )


def _rows(forecast: Forecast, found: Sensitivity, place: int) -> Iterator[tuple[str, str, str]]:
    for row in found.tornado:
        if row.kind in ENDS:
            for value, values in ((row.low, row.at_low), (row.high, row.at_high)):
                yield (
                    ENDS[row.kind],
                    f"{moved_number(row.kind, row.id)} {value:.2g} (stated {row.mid:.2g})",
                    percent(values[place]),
                )
    dials = {sweep.dial: sweep for sweep in found.sweeps}
    if "correlation" in dials:
        assumption = "Items that share a cause repeat each other in part"
        yield assumption, "each stands alone", _end(dials["correlation"], 0, place)
        yield assumption, "each but repeats the first", _end(dials["correlation"], -1, place)
    if "reliability" in dials:
        assumption = "Sources are to be trusted by their grade"
        yield assumption, "every report wholly believed", _end(dials["reliability"], -1, place)
        yield assumption, "half of each report discounted", percent(_at(dials["reliability"], 0.5, place))
    if forecast.model_steps:
        first = forecast.model_steps[0]
        yield "Weak items do not simply add up", first.name, percent(first.posterior[forecast.leading])
    for kind, words in (("cluster", "all of “{}” left out"), ("actor", "all that names “{}” left out")):
        if gone := largest(found, kind, place):
            label = gone.id if kind == "actor" else name(gone.id)
            yield "No single cause or voice carries the answer", words.format(label), percent(gone.values[place])


def _end(sweep: Sweep, index: int, place: int) -> str:
    return percent(sweep.values[index][place])


def _at(sweep: Sweep, value: float, place: int) -> float:
    return sweep.values[sweep.grid.index(value)][place]
