"""Which outcomes are still open, and which of a process exclude each other, so that they can be added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.report.prose import date

if TYPE_CHECKING:
    from detente.forecast.result import Forecast, OutcomeForecast

Outcomes = tuple["OutcomeForecast", ...]


def competing(forecast: Forecast, process: str) -> tuple[Outcomes, Outcomes]:
    """Return the outcomes of a process that compete with all its others, and the rest.

    Two outcomes compete when neither state can be reached from the other: a progressive process that visits one
    never visits the other.  One outcome alone competes with nothing.
    """
    outcomes = [outcome for outcome in forecast.outcomes.values() if outcome.process == process]
    beyond = forecast.inputs.process(process).beyond
    kinds = tuple(
        one
        for one in outcomes
        if all(
            one.state not in beyond[other.state] and other.state not in beyond[one.state]
            for other in outcomes
            if other is not one
        )
    )
    if len(kinds) < 2:  # noqa: PLR2004 - nothing to compete with
        return (), tuple(outcomes)
    return kinds, tuple(outcome for outcome in outcomes if outcome not in kinds)


def ends(forecast: Forecast, outcomes: Outcomes) -> Outcomes:
    """Return the outcomes of one process beyond which none of the others lies."""
    if not outcomes:
        return ()
    beyond = forecast.inputs.process(outcomes[0].process).beyond
    return tuple(
        one
        for one in outcomes
        if not any(other.state != one.state and other.state in beyond[one.state] for other in outcomes)
    )


def settled(outcome: OutcomeForecast) -> str:
    """Say that an outcome is no longer open, or nothing while it is."""
    if outcome.happened is not None:
        return f"happened on {date(outcome.happened)}"
    return "" if outcome.possible else "can no longer happen"
