"""The election from its polls, within section 5: how many, what they come to, and how far they may all be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.case.polls import INCUMBENT
from detente.report.figures.series import PollTrend
from detente.report.prose import cardinal, count, date, percent
from detente.report.specs import Column, Figure, Table, table
from detente.report.views import winner_label

if TYPE_CHECKING:
    from detente.forecast.election import PollForecast
    from detente.forecast.result import Forecast

ROWS = 6


@dataclass(frozen=True)
class Polls:
    """What the polls say; ``figure`` is None where there are too few of them."""

    usable: str
    wanted: str
    share: str
    low: str
    high: str
    bias: str
    because: str
    figure: Figure | None


def build(forecast: Forecast) -> Polls | None:
    """Word the polls, or nothing where the case has none to lean on."""
    found, stated = forecast.polls, forecast.inputs.priors.polls
    if found is None or stated is None:
        return None
    interval = found.interval or (0.0, 0.0)
    return Polls(
        usable=count(found.usable, "poll"),
        wanted=cardinal(found.wanted),
        share=_share(found.share or 0.0),
        low=_share(interval[0]),
        high=_share(interval[1]),
        bias=f"{100 * stated.bias_sd:g}",
        because=stated.because,
        figure=_figure(forecast, found) if found.points else None,
    )


def _figure(forecast: Forecast, found: PollForecast) -> Figure:
    assert found.share is not None  # noqa: S101 - there are points
    assert found.share_sd is not None  # noqa: S101 - as above
    assert found.probability is not None  # noqa: S101 - as above
    assert forecast.election_date is not None  # noqa: S101 - polls are of an election
    wins = percent(found.probability)
    label = winner_label(forecast, INCUMBENT)
    return Figure(
        name="polls",
        title=f"{label}: {wins}, by {count(found.usable, 'poll')} of {count(found.houses, 'house')}",
        description=(
            f"Each of {count(found.usable, 'poll')} as a circle: the share of the two leading candidates’ vote that "
            "goes to the incumbent. A line with a band shows their level without the leans of their houses, "
            f"{_share(found.level[0])} on {date(found.days[0])} and {_share(found.level[-1])} on "
            f"{date(found.days[-1])}. Beside it the share on election day, {_share(found.share)} at its middle; the "
            f"part above one half is {wins}."
        ),
        note="Circles: polls, house leans still in them. Line and band: their level without the leans, and its 90 % "
        "interval. On the right: election day, with the error that all polls may share.",
        drawing=PollTrend(
            points=tuple((point.day, point.share) for point in found.points),
            days=found.days,
            level=found.level,
            low=found.low,
            high=found.high,
            election=forecast.election_date,
            share=found.share,
            share_sd=found.share_sd,
            wins=f"wins: {wins}",
            loses=f"loses: {percent(1 - found.probability)}",
        ),
        data=_table(found),
    )


def _table(found: PollForecast) -> Table:
    last = len(found.days) - 1
    kept = sorted({round(last * step / ROWS) for step in range(ROWS + 1)})
    rows = tuple(
        (date(found.days[i]), _share(found.level[i]), f"{_share(found.low[i])} to {_share(found.high[i])}")
        for i in kept
    )
    columns = (Column("Day", "short"), Column("Level", "number"), Column("90 %", "number"))
    return table("The incumbent’s share of the two, as polls would show it without their houses’ leans", columns, rows)


def _share(value: float) -> str:
    """Return a share with one decimal: a point is a lot here."""
    return f"{100 * value:.1f} %"
