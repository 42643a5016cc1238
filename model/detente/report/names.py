"""What things are called: explanations, winners, outcomes, and the numbers that an assessor stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detente.report.prose import Chance, chance, date, interval, listed, moves, name

if TYPE_CHECKING:
    from detente.forecast.result import Forecast, Interval, OutcomeForecast

ANOTHER_LEADS = "lead"
"""The effect of a tipping point that another hypothesis leads."""
BEFORE_ELECTION = ".before_election"
STATED = {
    "likelihood": "chance of",
    "correlation": "correlation in",
    "discrimination": "discrimination",
    "prior": "prior weight of",
    "reliability": "reliability of grade",
    "credibility": "credibility of grade",
    "intensity": "pace of",
    "coupling": "coupling",
    "persistence": "persistence",
    "assumed_mass": "mass taken for intervals",
    "election": "chance that wins:",
    "polls": "polls:",
    "outside_view": "weight of the outside view",
}


@dataclass(frozen=True)
class HypothesisView:
    """One hypothesis; ``look`` is its place among the colours and hatches."""

    id: str
    name: str
    statement: str
    prior: Chance
    posterior: Chance
    bounds: Interval
    leading: bool
    look: int

    @property
    def moves(self) -> str:
        """How far it moves, as a predicate."""
        return moves(self.bounds)

    @property
    def interval(self) -> str:
        """How far it moves, as a table shows it."""
        return interval(self.bounds)


def hypotheses(forecast: Forecast) -> tuple[HypothesisView, ...]:
    """Return the hypotheses, likeliest first."""
    views = [
        HypothesisView(
            key, name(key), found.statement, chance(found.prior), chance(found.posterior, found.term, found.mcse),
            found.interval, leading=key == forecast.leading, look=look,
        )
        for look, (key, found) in enumerate(forecast.hypotheses.items())
    ]  # fmt: skip
    return tuple(sorted(views, key=lambda view: (not view.leading, -view.posterior.probability)))


def lead_name(forecast: Forecast) -> str:
    """Name the leading hypothesis."""
    return name(forecast.leading)


def rivals(forecast: Forecast) -> str:
    """Name what the evidence against the leading hypothesis speaks for."""
    others = [name(key) for key in forecast.hypotheses if key != forecast.leading]
    return listed(others) if len(others) == 1 else "the others"


@dataclass(frozen=True)
class ElectionView:
    """The election, if there is one: ``ahead`` of the cut-off, decided, or held while the ``counting`` goes on."""

    state: Literal["none", "ahead", "counting", "past"]
    date: str
    winner: str


def election(forecast: Forecast) -> ElectionView:
    """Tell whether there is an election, and on which side of it the cut-off lies."""
    if forecast.election_date is None or not forecast.election:
        return ElectionView("none", "", "")
    day = date(forecast.election_date)
    winner = forecast.inputs.winner
    if winner is not None and winner in forecast.election:
        return ElectionView("past", day, forecast.election[winner].label)
    return ElectionView("counting" if forecast.inputs.is_counting else "ahead", day, "")


def winner_label(forecast: Forecast, winner: str) -> str:
    """Return how a winner is called, or its id in words."""
    return forecast.election[winner].label if winner in forecast.election else name(winner)


def regime_name(forecast: Forecast, regime: str) -> str:
    """Say when a stated pace holds."""
    if regime == "before":
        return "before the election" if forecast.election_date else "at any time"
    return f"after: {winner_label(forecast, regime.removeprefix('after:'))}"


def settled(outcome: OutcomeForecast) -> str:
    """Say that an outcome is no longer open, or nothing while it is."""
    if outcome.happened is not None:
        return f"happened on {date(outcome.happened)}"
    return "" if outcome.possible else "can no longer happen"


def headline_name(headline: str) -> str:
    """Name a headline, such as ``leaders met before the election``."""
    if headline.endswith(BEFORE_ELECTION):
        return f"“{name(headline.removesuffix(BEFORE_ELECTION))}” before the election"
    return f"“{name(headline)}”"


def joined_name(identifier: str) -> str:
    """Name what colons and arrows join."""
    parts = [part.replace(">", " → ").replace("=", " at ") for part in identifier.split(":")]
    return ", ".join(
        " ".join(name(word) if word.replace("_", "").isalnum() else word for word in part.split()) for part in parts
    )


def stated_name(kind: str, identifier: str) -> str:
    """Name an elicited number, such as ``chance of kalin warning, if sincere``."""
    lead = STATED[kind]
    if kind == "likelihood":
        item, _, hypothesis = identifier.partition(":")
        return f"{lead} {name(item)}, if {name(hypothesis)}"
    if kind == "intensity":
        _, step, hypothesis, *regime = identifier.split(":")
        _, _, target = step.partition(">")
        when = "" if not regime else ", before the election" if len(regime) == 1 else f", after {name(regime[1])} wins"
        return f"{lead} {name(target)}, if {name(hypothesis)}{when}"
    if kind == "coupling":
        _, step, when = identifier.split(":")
        return f"{lead} {joined_name(step)}, {joined_name(when)}"
    if kind in {"discrimination", "persistence", "assumed_mass", "outside_view"}:
        return lead
    return f"{lead} {name(identifier) if kind not in {'reliability', 'credibility'} else identifier}"


def parameter_name(key: str) -> str:
    """Return a parameter's name in words.

    >>> parameter_name("step_effect[ladder:ministers_met>leaders_met]")
    'step effect: ladder: ministers met → leaders met'
    """
    return name(key.removesuffix("]").replace("[", ": ").replace(":", ": ").replace(":  ", ": ").replace(">", " → "))
