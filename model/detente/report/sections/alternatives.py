"""Section 7, alternatives and key assumptions: what speaks for the others, and the answer if an assumption is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.names import lead_name, stated_name
from detente.report.prose import decibans, listed, name
from detente.report.sections.fragility import largest
from detente.report.tables import PERCENT, Column, Table, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.analysis.results import Sensitivity
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


def build(dossier: Dossier) -> Alternatives | None:
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
        verdict=found.conflict.verdict,
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
    dials = {sweep.dial: sweep for sweep in found.sweeps}
    if (sweep := dials.get("correlation")) is not None:
        assumption = "Items that share a cause repeat each other in part"
        yield Dropped(assumption, "each stands alone", sweep.values[0][place])
        yield Dropped(assumption, "each but repeats the first", sweep.values[-1][place])
    if (sweep := dials.get("reliability")) is not None:
        assumption = "Sources are to be trusted by their grade"
        yield Dropped(assumption, "every report wholly believed", sweep.values[-1][place])
        yield Dropped(assumption, "half of each report discounted", sweep.values[sweep.grid.index(0.5)][place])
    if forecast.model_steps:
        first = forecast.model_steps[0]
        yield Dropped("Weak items do not simply add up", first.name, first.posterior[forecast.leading])
    for kind, words in (("cluster", "all of “{}” left out"), ("actor", "all that names “{}” left out")):
        if gone := largest(found, kind, place):
            label = gone.id if kind == "actor" else name(gone.id)
            yield Dropped("No single cause or voice carries the answer", words.format(label), gone.values[place])
