"""Section 5, what may happen: each outcome in each window, its curve, and the same under each winner and hypothesis.

Two outcomes compete when neither state can be reached from the other: a progressive process that visits one never
visits the other, so that their probabilities add up.  Competing outcomes are drawn stacked, rungs as lines.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from detente.case.polls import INCUMBENT
from detente.case.windows import by_deadline
from detente.report.figures.series import BANDS, Incidence, cumulative_incidence, poll_trend
from detente.report.history import since_the_first
from detente.report.names import election, label, settled, winner_label
from detente.report.prose import (
    between,
    capital,
    cardinal,
    chance,
    count,
    date,
    interval,
    listed,
    name,
    percent,
    tenths,
    window_chance,
)
from detente.report.sections.outside_view import moved_far
from detente.report.specs import Figure
from detente.report.tables import Cell, Column, Columns, Group, Table, by_key, grouped, table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from detente.dossier import Dossier
    from detente.forecast.result import Curve, Forecast, OutcomeForecast, WindowForecast, WinnerForecast

    Outcomes = tuple[OutcomeForecast, ...]
    Charted = tuple[tuple[OutcomeForecast, Curve], ...]
    InWindow = tuple[OutcomeForecast, WindowForecast]

    from detente.forecast.election import PollForecast

SHOWN = 4
"""As many areas or lines as there are looks that can be told apart; the rest is in the tables."""
POINTS, ROWS = 60, 5


def build(dossier: Dossier) -> SimpleNamespace | None:
    """Build the section, or nothing for a case without outcomes."""
    forecast = dossier.forecast
    outcomes = tuple(forecast.outcomes.values())
    if not outcomes:
        return None
    ruled = [outcome for outcome in outcomes if outcome.resolution]
    resolution = table(
        "How each outcome is resolved",
        ruled,
        Column("Outcome", lambda outcome: outcome.label),
        Column("Rule", lambda outcome: outcome.resolution, "reason"),
    )
    return SimpleNamespace(
        open=any(not settled(outcome) for outcome in outcomes),
        winners=_winners(forecast),
        polls=_polls(forecast),
        settled=tuple(outcome for outcome in outcomes if outcome.happened),
        windows=_windows(forecast),
        moved=moved_far(forecast),
        figures=tuple(_curves(forecast)),
        over_time=since_the_first(forecast, dossier.history),
        conditional=tuple(_conditional(forecast)),
        has_winners=any(outcome.horizon.by_winner for outcome in outcomes),
        resolution=resolution if ruled else None,
    )


def by_process(forecast: Forecast) -> dict[str, Outcomes]:
    """Return the outcomes of each process."""
    return by_key(forecast.outcomes.values(), lambda outcome: outcome.process)


def competing(forecast: Forecast, outcomes: Outcomes) -> tuple[Outcomes, Outcomes]:
    """Return the outcomes of a process that compete with all its others, and the rest; one alone competes with none."""
    reach = forecast.inputs.process(outcomes[0].process).reach
    first = tuple(one for one in outcomes if one.asks is None)
    apart = tuple(
        one
        for one in first
        if all(
            one.state not in reach[other.state] and other.state not in reach[one.state]
            for other in first
            if other is not one
        )
    )
    if len(apart) == 1:
        return (), outcomes
    return apart, tuple(outcome for outcome in outcomes if outcome not in apart)


def ends(forecast: Forecast, outcomes: Outcomes) -> Outcomes:
    """Return the outcomes of one process beyond which none of the others lies."""

    def is_beyond(other: OutcomeForecast, one: OutcomeForecast) -> bool:
        return other.state != one.state and other.state in forecast.inputs.process(one.process).reach[one.state]

    return tuple(one for one in outcomes if not any(is_beyond(other, one) for other in outcomes))


def windows(forecast: Forecast) -> tuple[tuple[str, str], ...]:
    """Return the windows this forecast has, with their headings."""
    days = (*forecast.inputs.deadlines_ahead, forecast.horizon)
    by = [(by_deadline(day), f"By {date(day)}") for day in days[:-1]] + [("horizon", f"By {date(days[-1])}")]
    if not any(outcome.before_election for outcome in forecast.outcomes.values()):
        return tuple(by)
    return (("before_election", "Before the election"), ("after_election", "After it, if not before it"), *by)


def _winners(forecast: Forecast) -> Table[tuple[str, WinnerForecast]] | None:
    """Return who wins the election; once the record of days after the vote bears on it, also what it was without."""
    if election(forecast).state not in {"ahead", "counting"}:
        return None
    is_since_vote, case, polls = bool(forecast.inputs.open_winners), forecast.inputs, forecast.polls
    source, without = "As stated", case.priors.election.weights if case.priors.election else {}
    if polls is not None and polls.probability is not None:
        source = "By the polls alone"
        without = {w: polls.probability if w == INCUMBENT else 1 - polls.probability for w in case.winner_ids}
    return table(
        "Who wins the election",
        forecast.election.items(),
        Column("Winner", lambda row: row[1].label),
        Column(source, lambda row: without.get(row[0]), "percent") if is_since_vote else None,
        Column(
            "With the record since the vote" if is_since_vote else "Probability",
            lambda row: chance(row[1].probability, mcse=row[1].mcse).full,
        ),
        Column("90% interval", lambda row: row[1].interval, "interval"),
    )


def _windows(forecast: Forecast) -> Table[OutcomeForecast]:
    def cell(window: tuple[str, str], outcome: OutcomeForecast) -> Cell | None:
        if settled(outcome) or window[0] not in outcome.windows:
            return settled(outcome) or None
        answer = outcome.windows[window[0]]
        worded = window_chance(answer)
        return worded.number, f"{worded.word} ({worded.span})", f"90%: {interval(answer.interval)}"

    only_one = "competing outcomes: only one of them can come first"
    return grouped(
        "Each outcome: probability, word with its range, and 90% credible interval",
        (
            Group(members, capital(name(process)), only_one if competing(forecast, members)[0] == members else "")
            for process, members in by_process(forecast).items()
        ),
        Column(
            "Outcome", lambda outcome: (outcome.label, "asked of each date itself") if outcome.asks else outcome.label
        ),
        Columns(windows(forecast), lambda window: window[1], cell),
    )


def _conditional(forecast: Forecast) -> Iterator[Table[InWindow]]:
    """Yield, for each window, the outcomes under each hypothesis and each winner."""
    for window, heading in windows(forecast):
        pairs = [(o, o.windows[window]) for o in forecast.outcomes.values() if not settled(o) and window in o.windows]
        winners = tuple(dict.fromkeys(key for _, chance in pairs for key in chance.by_winner))
        if pairs:
            yield table(
                f"{heading}: each outcome if one explanation{' or one winner' if winners else ''} were certain",
                pairs,
                Column("Outcome", lambda pair: pair[0].label),
                Columns(
                    forecast.hypotheses,
                    lambda h: capital(label(forecast, h)),
                    lambda h, pair: pair[1].by_hypothesis.get(h),
                    "percent",
                ),
                Columns(
                    winners,
                    lambda w: winner_label(forecast.inputs, w),
                    lambda w, pair: pair[1].by_winner.get(w),
                    "percent",
                ),
            )


def _curves(forecast: Forecast) -> Iterator[Figure]:
    """Yield a figure for each process's competing outcomes, one for its rungs, and one for what holds on a date."""
    for process, members in by_process(forecast).items():
        apart, rungs = competing(forecast, members)
        if charted := _charted(apart):
            yield _curve(forecast, process, charted, stacked=True)
        for asked in (tuple(rung for rung in rungs if not rung.asks), tuple(rung for rung in rungs if rung.asks)):
            if charted := _charted(asked):
                yield _curve(forecast, process, charted, stacked=False)


def _charted(outcomes: Outcomes) -> Charted:
    """Return the outcomes still open that have a curve, likeliest first."""
    still = [(o, o.curve) for o in outcomes if not settled(o) and o.curve is not None and len(o.curve.dates) > 1]
    return tuple(sorted(still, key=lambda pair: -pair[0].horizon.probability))


def _curve(forecast: Forecast, process: str, charted: Charted, *, stacked: bool) -> Figure:
    dates, shown, horizon = charted[0][1].dates, charted[:SHOWN], date(forecast.horizon)
    is_current = bool(charted[0][0].asks)
    kept = _thinned(dates, forecast.election_date, POINTS)
    lines = tuple(
        Incidence(
            outcome.label,
            window_chance(outcome.horizon).number,
            *(tuple(line[i] for i in kept) for line in (curve.mean, curve.low, curve.high)),
        )
        for outcome, curve in shown
    )

    return Figure(
        name=f"incidence-{'competing-' if stacked else 'on-the-day-' if is_current else ''}{process}",
        title=_finding(forecast, charted, horizon, stacked=stacked),
        description=(
            f"Probability that each outcome {'holds on' if is_current else 'has happened by'} each date, "
            f"from {date(dates[0])} to {horizon}"
            f"{', stacked, since only one can come first' if stacked else ''}. "
            + listed(
                [
                    f"{o.label}: {percent(o.horizon.probability)} (90% credible interval {between(o.horizon.interval)})"
                    for o, _ in shown
                ]
            )
            + "."
        ),
        note=_note(len(charted), stacked=stacked),
        drawing=cumulative_incidence(tuple(dates[i] for i in kept), lines, forecast.election_date, stacked=stacked),
        data=table(
            "Probability by date",
            _thinned(dates, forecast.election_date, ROWS),
            Column("On" if is_current else "By", lambda place: dates[place], "date"),
            Columns(charted, lambda pair: pair[0].label, lambda pair, place: pair[1].mean[place], "percent"),
        ),
    )


def _finding(forecast: Forecast, charted: Charted, horizon: str, *, stacked: bool) -> str:
    outcomes = tuple(outcome for outcome, _ in charted)
    first, *rest = [f"{outcome.label}, {window_chance(outcome.horizon).number}" for outcome in outcomes]
    if not stacked:
        last = [text for text, end in zip(rest, outcomes[1:], strict=True) if end in ends(forecast, outcomes)]
        return f"{'On' if outcomes[0].asks else 'By'} {horizon}: {'; '.join([first, *last])}"
    if not rest:
        return f"The only competing outcome still open, by {horizon}: {first}"
    total = percent(min(1.0, sum(outcome.horizon.probability for outcome in outcomes)))
    return f"{total} that one of {cardinal(len(outcomes))} competing outcomes happens by {horizon}; likeliest: {first}"


def _note(outcomes: int, *, stacked: bool) -> str:
    if outcomes > SHOWN:
        return f"Not drawn: the {count(outcomes - SHOWN, 'outcome')} least likely, which are in the tables."
    if stacked:
        return "Stacked: only one of these can come first, so their probabilities add up."
    return "Bands: 90% credible intervals." if outcomes <= BANDS else ""


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


POLL_ROWS = 6


def _polls(forecast: Forecast) -> SimpleNamespace | None:
    """Build what is said of the polls, or nothing where the case has none; too few have no figure."""
    polls, stated = forecast.polls, forecast.inputs.priors.polls
    if polls is None or stated is None:
        return None
    drawn, is_since_vote = None, bool(forecast.inputs.open_winners)  # the record since then bears on the winner too
    if polls.points and forecast.election_date is not None:
        alone = "By the polls alone, " * is_since_vote
        drawn = poll_figure(polls, forecast.election_date, alone + winner_label(forecast.inputs, INCUMBENT))
    return SimpleNamespace(forecast=polls, stated=stated, figure=drawn, is_since_vote=is_since_vote)


def poll_figure(
    forecast: PollForecast, vote: dt.date, subject: str, share: str = "the incumbent’s two-way share"
) -> Figure:
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
        drawing=poll_trend(
            forecast,
            vote,
            forecast.share,
            forecast.share_sd,
            wins=f"wins: {wins}",
            loses=f"loses: {percent(1 - forecast.probability)}",
        ),
        data=table(
            f"{capital(share)}, without house effects",
            sorted({round(last * step / POLL_ROWS) for step in range(POLL_ROWS + 1)}),
            Column("Day", lambda place: forecast.days[place], "date"),
            Column("Share", lambda place: forecast.level[place], "tenths"),
            Column(
                "90% interval",
                lambda place: f"{100 * forecast.low[place]:.1f}–{tenths(forecast.high[place])}",
                "number",
            ),
        ),
    )
