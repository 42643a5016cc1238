"""The election from its polls, within section 5: how many, what they come to, and how far they may all be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.case.polls import INCUMBENT
from detente.report.figures.series import PollTrend
from detente.report.names import winner_label
from detente.report.prose import capital, count, date, percent, tenths
from detente.report.specs import Figure
from detente.report.tables import DATE, NUMBER, TENTHS, Column, table

if TYPE_CHECKING:
    import datetime as dt

    from detente.case.poll_errors import PollPriors
    from detente.forecast.election import PollForecast
    from detente.forecast.result import Forecast

ROWS = 6


@dataclass(frozen=True)
class Polls:
    """What the polls say, to one decimal, for a point is a lot here; ``figure`` is None where there are too few."""

    forecast: PollForecast
    stated: PollPriors
    figure: Figure | None


def build(forecast: Forecast) -> Polls | None:
    """Word the polls, or nothing where the case has none to lean on."""
    polls, stated = forecast.polls, forecast.inputs.priors.polls
    if polls is None or stated is None:
        return None
    if not polls.points or forecast.election_date is None:
        return Polls(polls, stated, None)
    return Polls(polls, stated, figure(polls, forecast.election_date, winner_label(forecast.inputs, INCUMBENT)))


def figure(forecast: PollForecast, vote: dt.date, subject: str, share: str = "the incumbent’s two-way share") -> Figure:
    """Draw the polls, the trend, and the share on election day; ``subject`` is who wins, ``share`` of what."""
    assert forecast.share is not None  # noqa: S101 - there are points
    assert forecast.share_sd is not None  # noqa: S101 - as above
    assert forecast.probability is not None  # noqa: S101 - as above
    wins = percent(forecast.probability)
    last = len(forecast.days) - 1
    return Figure(
        name="polls",
        title=(
            f"{subject}: {wins}, from {count(forecast.usable, 'poll')} by {count(forecast.houses, 'polling house')}"
        ),
        description=(
            f"Each of {count(forecast.usable, 'poll')} as a circle: {share}. Line and band: the "
            f"trend without house effects, {tenths(forecast.level[0])} on {date(forecast.days[0])} and "
            f"{tenths(forecast.level[-1])} on {date(forecast.days[-1])}. On the right: the share on election day, with "
            f"a median of {tenths(forecast.share)}; {wins} of it lies above one half."
        ),
        note="Circles: polls as published. Line and band: the trend without house effects, and its 90% interval. "
        "On the right: election day, with the error that all polls may share.",
        drawing=PollTrend(
            points=tuple((point.day, point.share) for point in forecast.points),
            days=forecast.days,
            level=forecast.level,
            low=forecast.low,
            high=forecast.high,
            election=vote,
            share=forecast.share,
            share_sd=forecast.share_sd,
            degrees=forecast.degrees,
            wins=f"wins: {wins}",
            loses=f"loses: {percent(1 - forecast.probability)}",
        ),
        data=table(
            f"{capital(share)}, without house effects",
            sorted({round(last * step / ROWS) for step in range(ROWS + 1)}),
            Column("Day", lambda place: forecast.days[place], DATE),
            Column("Share", lambda place: forecast.level[place], TENTHS),
            Column(
                "90% interval", lambda place: f"{100 * forecast.low[place]:.1f}–{tenths(forecast.high[place])}", NUMBER
            ),
        ),
    )
