"""When a wait will end by a class alone: lines and a table for a terminal, a picture, and a table of the curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detente.forecast.spells import QUARTERS, Ahead, WaitForecast
from detente.report.figures.series import Incidence, cumulative_incidence
from detente.report.prose import count, date, interval, listed, percent
from detente.report.specs import Figure
from detente.report.tables import Column, Table, fixed, table

if TYPE_CHECKING:
    from collections.abc import Iterator


MONTH, YEAR = 30.44, 365.25
TWO_MONTHS, TWO_YEARS = 61, 731
DIGITS = 6
EVER_SAME = 1000
"""Years of half-life from which on it is not spoken of."""


def wait_parts(forecast: WaitForecast) -> Iterator[str | Table[Any]]:
    """Yield what a terminal shows."""
    ageing = f"; each counts half after {forecast.half_life:g} years" if forecast.half_life < EVER_SAME else ""
    begun = f"{count(forecast.spells, 'spell')} begun before {date(forecast.as_of)}"
    yield f"{begun}, {forecast.ended} of them ended{ageing}."
    if forecast.waited:
        yield f"This one has lasted {length(forecast.waited)} by then."
    yield ""
    yield ahead_table(forecast)
    yield ""
    yield when(forecast)


def when(forecast: WaitForecast) -> str:
    """Say by when the wait has ended with probability 1/4, 1/2 and 3/4."""
    known = [
        f"within {length(days)} with a probability of {percent(probability)}"
        for days, probability in zip(forecast.quarters, QUARTERS, strict=True)
        if days is not None
    ]
    return f"It ends {listed(known)}." if known else "It is likelier than not to outlast a century."


def length(days: int) -> str:
    """Return a number of days in the unit that suits it.

    >>> length(45), length(200), length(1000)
    ('45 days', '6.6 months', '2.7 years')
    """
    if days < TWO_MONTHS:
        return count(days, "day")
    return f"{days / MONTH:.1f} months" if days < TWO_YEARS else f"{days / YEAR:.1f} years"


def ahead_table(forecast: WaitForecast) -> Table[Ahead]:
    """Return the days asked about."""
    return table(
        "Probability that the wait has ended",
        forecast.ahead,
        Column("By", lambda row: row.date, "date"),
        Column("Days", lambda row: row.days, "count"),
        Column("Probability", lambda row: row.probability, "percent"),
        Column("50% interval", lambda row: interval(row.half)),
        Column("90% interval", lambda row: interval(row.ninety)),
        Column("As counted", lambda row: row.counted, "percent"),
    )


def curve_table(forecast: WaitForecast) -> Table[Ahead]:
    """Return the curve as a program reads it."""
    return table(
        "",
        forecast.curve,
        Column("days", lambda row: row.days),
        Column("date", lambda row: row.date, "iso_date"),
        Column("probability", lambda row: row.probability, fixed(DIGITS)),
        Column("low_50", lambda row: row.half[0], fixed(DIGITS)),
        Column("high_50", lambda row: row.half[1], fixed(DIGITS)),
        Column("low_90", lambda row: row.ninety[0], fixed(DIGITS)),
        Column("high_90", lambda row: row.ninety[1], fixed(DIGITS)),
        Column("counted", lambda row: row.counted, fixed(DIGITS)),
    )


def wait_figure(forecast: WaitForecast) -> Figure:
    """Return the picture: the probability by each day with both intervals, and the share as counted."""
    curve, last = forecast.curve, forecast.ahead[-1]
    shown = [
        Incidence(
            "by the model (bands: 50% and 90%)",
            percent(last.probability),
            tuple(row.probability for row in curve),
            tuple(row.ninety[0] for row in curve),
            tuple(row.ninety[1] for row in curve),
            inner=(tuple(row.half[0] for row in curve), tuple(row.half[1] for row in curve)),
        )
    ]
    counted = tuple(row.counted for row in curve if row.counted is not None)
    if len(counted) == len(curve):
        shown.append(Incidence("as counted (Kaplan–Meier)", percent(counted[-1]), counted, counted, counted))
    return Figure(
        name="wait",
        title=f"By {date(last.date)} the wait has ended with a probability of {percent(last.probability)}",
        description=f"Probability that the wait has ended, from {date(forecast.as_of)} to {date(last.date)}, from "
        f"{count(forecast.spells, 'earlier spell')}. On the last day {percent(last.probability)}, 90% interval "
        f"{interval(last.ninety)}.",
        drawing=cumulative_incidence(tuple(row.date for row in curve), tuple(shown), None, stacked=False),
    )
