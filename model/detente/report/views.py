"""What several sections need: each hypothesis and the election, ready to be talked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detente.report.prose import Chance, chance, date, interval, listed, moves, name

if TYPE_CHECKING:
    from detente.forecast.result import Forecast, Interval


@dataclass(frozen=True)
class HypothesisView:
    """One hypothesis; ``look`` is its place among the colours and hatches."""

    id: str
    name: str
    statement: str
    prior: Chance
    posterior: Chance
    bounds: Interval
    moves: str
    interval: str
    leading: bool
    look: int


def hypotheses(forecast: Forecast) -> tuple[HypothesisView, ...]:
    """Return the hypotheses, likeliest first."""
    views = [
        HypothesisView(
            id=key,
            name=name(key),
            statement=found.statement,
            prior=chance(found.prior),
            posterior=chance(found.posterior, found.term, found.mcse),
            bounds=found.interval,
            moves=moves(found.interval),
            interval=interval(found.interval),
            leading=key == forecast.leading,
            look=index,
        )
        for index, (key, found) in enumerate(forecast.hypotheses.items())
    ]
    return tuple(sorted(views, key=lambda view: (not view.leading, -view.posterior.probability)))


@dataclass(frozen=True)
class ElectionView:
    """The election, if there is one: ``ahead`` of the cut-off, or decided."""

    state: Literal["none", "ahead", "past"]
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
    return ElectionView("ahead", day, "")


def winner_label(forecast: Forecast, winner: str) -> str:
    """Return how a winner is called, or its id in words."""
    return forecast.election[winner].label if winner in forecast.election else name(winner)


def rivals(forecast: Forecast) -> str:
    """Name what the evidence against the leading hypothesis speaks for."""
    others = [name(key) for key in forecast.hypotheses if key != forecast.leading]
    return listed(others) if len(others) == 1 else "the others"


def against_look(forecast: Forecast) -> int:
    """Return the look of the strongest rival of the leading hypothesis."""
    return hypotheses(forecast)[1].look
