"""P(hypothesis) over time, where the case has been forecast before: a figure for section 5 and for the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.report.figures.series import Line, Timeline
from detente.report.prose import cardinal, date, name, percent, points
from detente.report.specs import Figure
from detente.report.worded import Column, table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from detente.dossier import PastRun
    from detente.forecast.result import Forecast

    Dated = tuple[dt.date, Mapping[str, float]]


def build(forecast: Forecast, history: Sequence[PastRun]) -> Figure | None:
    """Build the figure from the earlier runs and this one, or nothing where this is the first."""
    now = {key: found.posterior for key, found in forecast.hypotheses.items()}
    past: list[Dated] = [(run.as_of, run.hypotheses) for run in history]
    return over_time([*past, (forecast.as_of, now)], forecast.leading, forecast.election_date)


def over_time(runs: Sequence[Dated], leading: str, election_date: dt.date | None = None) -> Figure | None:
    """Return the lines of every hypothesis over the runs, oldest first; nothing for fewer than two dates."""
    dated = dict(runs)
    if len(dated) < 2:  # noqa: PLR2004 - no line through one point
        return None
    days, ids = sorted(dated), list(runs[-1][1])
    first, last = dated[days[0]].get(leading, 0.0), dated[days[-1]][leading]
    lines = tuple(Line(name(key), tuple(dated[day].get(key, 0.0) for day in days)) for key in ids)
    change = last - first
    way = "stands where it stood" if abs(change) < 0.005 else f"{'up' if change > 0 else 'down'} {points(change)}"  # noqa: PLR2004
    return Figure(
        name="over-time",
        title=f"“{name(leading)}” over {cardinal(len(days))} forecasts: {percent(last)}, {way} since {date(days[0])}",
        description=(
            f"Probability of each hypothesis in the forecasts from {date(days[0])} to {date(days[-1])}. "
            + " ".join(
                f"“{line.label}”: from {percent(line.values[0])} to {percent(line.values[-1])}." for line in lines
            )
        ),
        drawing=Timeline(tuple(days), lines, (election_date, "election") if election_date else None),
        data=table(
            "Probability of each hypothesis, forecast by forecast",
            (Column("As of", "short"), *(Column(name(key), "number") for key in ids)),
            tuple((date(day), *(percent(dated[day].get(key, 0.0)) for key in ids)) for day in days),
        ),
    )
