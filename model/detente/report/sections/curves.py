"""The curves of section 5: cumulative incidence of each process's outcomes, competing ones stacked, rungs as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.report.competing import competing, ends, settled
from detente.report.figures.series import BANDS, CumulativeIncidence, Incidence
from detente.report.prose import between, cardinal, count, date, listed, name, percent, window_chance
from detente.report.specs import Column, Figure, Table, table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from detente.forecast.result import Curve, Forecast, OutcomeForecast

    Charted = tuple[tuple[OutcomeForecast, Curve], ...]

SHOWN = 4
"""As many areas or lines as there are looks that can be told apart; the rest is in the tables."""
POINTS, ROWS = 60, 5


def incidence(forecast: Forecast) -> Iterator[Figure]:
    """Yield a figure for each process's competing outcomes, and one for its rungs."""
    for process in dict.fromkeys(outcome.process for outcome in forecast.outcomes.values()):
        kinds, rungs = competing(forecast, process)
        if charted := _charted(kinds):
            yield _figure(forecast, process, charted, stacked=True)
        if charted := _charted(rungs):
            yield _figure(forecast, process, charted, stacked=False)


def _charted(outcomes: tuple[OutcomeForecast, ...]) -> Charted:
    """Return the outcomes still open that have a curve, likeliest first."""
    still = [(o, o.curve) for o in outcomes if not settled(o) and o.curve is not None and len(o.curve.dates) > 1]
    return tuple(sorted(still, key=lambda pair: -pair[0].horizon.probability))


def _figure(forecast: Forecast, process: str, charted: Charted, *, stacked: bool) -> Figure:
    dates, shown, horizon = charted[0][1].dates, charted[:SHOWN], date(forecast.horizon)
    kept = _thinned(dates, forecast.election_date, POINTS)
    lines = tuple(
        Incidence(outcome.label, *(tuple(line[i] for i in kept) for line in (curve.mean, curve.low, curve.high)))
        for outcome, curve in shown
    )
    return Figure(
        name=f"incidence-{'competing-' if stacked else ''}{process}",
        title=f"{name(process).capitalize()}{_finding(forecast, charted, horizon, stacked=stacked)}",
        description=(
            f"Probability that each outcome has come about by each date, from {date(dates[0])} to {horizon}"
            f"{', stacked, since at most one can come first' if stacked else ''}. "
            + listed([f"{o.label}: {percent(o.horizon.probability)}, moving {_moves(o)}" for o, _ in shown])
            + "."
        ),
        note=_note(len(charted), stacked=stacked),
        drawing=CumulativeIncidence(tuple(dates[i] for i in kept), lines, forecast.election_date, stacked),
        data=_table(forecast, charted),
    )


def _finding(forecast: Forecast, charted: Charted, horizon: str, *, stacked: bool) -> str:
    outcomes = tuple(outcome for outcome, _ in charted)
    first, *rest = [f"{outcome.label}, {window_chance(outcome.horizon).number}" for outcome in outcomes]
    if not stacked:
        last = [text for text, end in zip(rest, outcomes[1:], strict=True) if end in ends(forecast, outcomes)]
        return f", by {horizon}: {'; '.join([first, *last])}"
    if not rest:
        return f": by {horizon} only one kind is still open: {first}"
    total = percent(min(1.0, sum(outcome.horizon.probability for outcome, _ in charted)))
    return f": {total} that one of {cardinal(len(charted))} kinds comes about by {horizon}; likeliest is {first}"


def _moves(outcome: OutcomeForecast) -> str:
    return between(outcome.horizon.interval)


def _note(outcomes: int, *, stacked: bool) -> str:
    if outcomes > SHOWN:
        return f"Not drawn: the {count(outcomes - SHOWN, 'outcome')} least likely, which the tables have."
    if stacked:
        return "Stacked: at most one of these can come first, so that the heights add up."
    return "Bands: how far each number moves within what the assessor leaves open." if outcomes <= BANDS else ""


def _table(forecast: Forecast, charted: Charted) -> Table:
    """Return the curves at about six dates."""
    dates = charted[0][1].dates
    kept = _thinned(dates, forecast.election_date, ROWS)
    rows = tuple((date(dates[i]), *(percent(curve.mean[i]) for _, curve in charted)) for i in kept)
    columns = (Column("By", "short"), *(Column(outcome.label, "number") for outcome, _ in charted))
    return table("Probability by date", columns, rows)


def _thinned(dates: tuple[dt.date, ...], election_date: dt.date | None, most: int) -> tuple[int, ...]:
    """Return about ``most`` places in a row of dates: the first, the last, the election, and some evenly between.

    A place right beside the election gives way to it.
    """
    last = len(dates) - 1
    kept = {round(last * step / most) for step in range(most + 1)}
    vote = next((i for i, day in enumerate(dates) if day == election_date), None)
    if vote is not None:
        near = last / most / 4
        kept = {i for i in kept if i in {0, last} or abs(i - vote) > near} | {vote}
    return tuple(sorted(kept))
