"""What panels taught, on a terminal: how polls err, how wide stated ranges really are; and what polls say of a vote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detente.report.prose import capital, count, date, decimal_points, percent, tenths, whole
from detente.report.tables import Column, Columns, Table, decimals, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from detente.case.polls import PollPriors
    from detente.evaluation.panels.interval_fit import Estimate, WidthFit
    from detente.evaluation.panels.intervals import IntervalPanel, IntervalStanding
    from detente.evaluation.panels.poll_backtest import PollPanel, PollScore
    from detente.evaluation.panels.poll_fit import PollErrors
    from detente.forecast.election import HouseEffect, PollAnswer

    Named = tuple[str, PollErrors]
    ConstantRow = tuple[str, Estimate, Callable[[float], str]]

OTHER = "any other"
NUMBERS = {"house_sd": "House", "bias_sd": "Shared", "walk_sd": "A day", "excess_sd": "Excess"}
SCORES_NOTE = (
    "CRPS in points of the two-way share, lower is better; each forecast uses errors learned from the votes of other "
    "days. Mean of polls: normal, with the root mean square error that the mean had on other days at that lead. "
    "Newest: the same from the polls of the last three weeks. In brackets 90% intervals, by whole days of votes."
)
METHODS = {
    "learned": "learned widths",
    "four_widths": "learned widths, four of them as the model has it",
    "sixty_five": "read as 65% ranges, errors normal",
    "at_word": "taken at their word, errors normal",
}
LEFT = {"study": "its study", "assessor": "the assessor", "nothing": "–"}
HUGE = 100.0
"""A log score from which on its size says only that some truths were all but impossible."""


def poll_panel_parts(panel: PollPanel) -> Iterator[str | Table[Any]]:
    """Yield what was learned, the block for priors.yaml, and the scores out of sample."""
    yield (f"{count(panel.polls, 'poll')} of {count(panel.contests, 'contest')} on {count(panel.days, 'day')} of votes")
    yield errors_table(panel)
    yield "Standard deviations in points of the two-way share; in brackets 90% intervals, by whole days of votes."
    yield scores_table(panel.scores)
    yield SCORES_NOTE
    kinds = [*panel.learned.items(), (OTHER, panel.other)]
    yield "\n".join(["For priors.yaml:", *(block(kind, errors.priors) for kind, errors in kinds)])


def errors_table(panel: PollPanel) -> Table[Named]:
    """Return how polls err by kind of vote."""

    def points(name: str, row: Named) -> str:
        low, high = row[1].interval(name)
        return f"{100 * row[1].values[name]:.2f} ({100 * low:.2f}–{100 * high:.2f})"

    return table(
        "How polls err",
        [*((kind or "all", errors) for kind, errors in panel.learned.items()), (OTHER, panel.other)],
        Column("Kind of vote", lambda row: row[0]),
        Column("Days", lambda row: len(row[1].days), "count"),
        Column("Polls", lambda row: row[1].polls, "count"),
        Columns(NUMBERS, NUMBERS.__getitem__, points, "number"),
        Column("Design effect", lambda row: row[1].values["design_effect"], decimals("{:.2f}")),
        Column("Degrees", lambda row: row[1].degrees, decimals("{:.0f}")),
    )


def scores_table(scores: Sequence[PollScore]) -> Table[PollScore]:
    """Return how forecasts of past votes did, beside the mean of the polls."""

    def ratio(value: float, bounds: tuple[float, float]) -> str:
        return f"{value:.3f} ({bounds[0]:.2f}–{bounds[1]:.2f})"

    def held(row: PollScore) -> str:
        return f"{percent(row.held)} ({percent(row.held_interval[0])}–{percent(row.held_interval[1])})"

    two = decimals("{:.2f}")
    return table(
        "Forecasts of votes they were not learned from",
        scores,
        Column("Group", lambda row: row.group),
        Column("Days", lambda row: row.days, "count"),
        Column("Contests", lambda row: row.contests, "count"),
        Column("Forecasts", lambda row: row.forecasts, "count"),
        Column("CRPS", lambda row: row.crps, two),
        Column("Mean of polls", lambda row: row.yardstick, two),
        Column("Ours / mean", lambda row: ratio(row.ratio, row.ratio_interval), "number"),
        Column("Ours / newest", lambda row: ratio(row.sharper, row.sharper_interval), "number"),
        Column("90% held", held, "number"),
    )


def block(kind: str, errors: PollPriors) -> str:
    """Return errors as priors.yaml states them.

    >>> from detente.case.polls import LEARNED
    >>> print(block("governor", LEARNED["governor"]).splitlines()[1])
    polls: {house_sd: 0.0181, bias_sd: 0.0247, walk_sd: 0.0042, excess_sd: 0.0026, design_effect: 1.05, degrees: 28,
    """
    names = ("house_sd", "bias_sd", "walk_sd", "excess_sd", "design_effect", "degrees")
    numbers = ", ".join(f"{name}: {getattr(errors, name):g}" for name in names)
    return f'# {kind or "all"}\npolls: {{{numbers},\n  because: "{errors.because}"}}'


def answer_parts(answer: PollAnswer) -> Iterator[str | Table[Any]]:
    """Yield what polls say of one vote."""
    forecast, errors = answer.forecast, answer.errors

    def lean(row: HouseEffect) -> str:
        return " to ".join(decimal_points(row.lean + side * row.sd, signed=True) for side in (-1.645, 1.645))

    yield (
        f"{answer.what}: {tenths(answer.share)} on {date(answer.vote)}, from {count(answer.polls, 'poll')} by "
        f"{count(len(answer.houses), 'house')} known on {date(answer.as_of)}"
    )
    for level, (low, high) in answer.intervals.items():
        yield f"  {percent(level)} interval: {100 * low:.1f}% to {100 * high:.1f}%"
    yield f"  probability of more than half: {percent(answer.probability)}"
    yield (
        f"Without the error that all polls may share, and change still to come, the polls stand at "
        f"{tenths(forecast.level[-1])} on {date(forecast.days[-1])} (90% interval {100 * forecast.low[-1]:.1f}% to "
        f"{100 * forecast.high[-1]:.1f}%)."
    )
    yield (
        f"Errors, in points: shared {100 * errors.bias_sd:g}, house {100 * errors.house_sd:g}, a day "
        f"{100 * errors.walk_sd:g}, excess {100 * errors.excess_sd:g}. "
        f"{capital(errors.because.rstrip('.'))}."
    )
    yield from answer.notes
    yield table(
        "Houses, the weightiest first",
        answer.houses,
        Column("House", lambda row: row.name),
        Column("Polls", lambda row: row.polls, "count"),
        Column("Lean, points", lambda row: decimal_points(row.lean, signed=True), "number"),
        Column("90% interval", lean, "number"),
        Column("Weight", lambda row: row.weight, decimals("{:.0%}")),
    )


def interval_parts(panel: IntervalPanel, other: str = "") -> Iterator[str | Table[Any]]:
    """Yield the fit and the standings; ``other`` names the answers that were scored, where they are not the fitted."""
    fit = panel.fit
    studies = f" in {count(fit.studies, 'study', 'studies')}" if fit.studies > 1 else ""
    yield (
        f"{count(fit.answers, 'answer')} of {count(fit.assessors, 'assessor')}{studies}{other}: the stated ranges held "
        f"{percent(fit.held)} of the truths"
    )
    yield fit_table(fit)
    yield standings_table(panel)
    group = "studies" if panel.resampled == "study" else "assessors"
    yield (
        f"Intervals are 90%, from resampling whole {group}. The log score is minus the mean log density of the error, "
        "in standard deviations of a range taken at its word: lower is better."
    )


def fit_table(fit: WidthFit) -> Table[ConstantRow]:
    """Return what was fitted, with its uncertainty."""
    two = "{:.2f}".format
    rows: tuple[ConstantRow, ...] = (
        ("a 90% range holds, of an assessor not yet known", fit.mass, percent),
        ("ranges are too narrow by a factor of (median)", fit.median, two),
        ("spread of its logarithm between assessors", fit.log_sd, two),
        ("degrees of freedom of the errors", fit.df, two),
        ("questions that tell as much of an assessor", fit.worth, "{:.1f}".format),
    )
    return table(
        "How wide stated ranges really are",
        rows,
        Column("", lambda row: row[0]),
        Column("Estimate", lambda row: row[2](row[1].value), "number"),
        Column("90% interval", lambda row: " to ".join(map(row[2], row[1].interval)), "number"),
    )


def standings_table(panel: IntervalPanel) -> Table[IntervalStanding]:
    """Return how often intervals held the truth, and the log scores."""
    from detente.evaluation.panels.intervals import LEVELS

    def held(level: float, row: IntervalStanding) -> str:
        one = next(one for one in row.coverage if one.level == level)
        return f"{percent(one.held)} ({whole(one.interval[0])}–{whole(one.interval[1])}%)"

    return table(
        "Central intervals that held the truth, with what is left out of the fit",
        panel.standings,
        Column("Ranges", lambda row: METHODS[row.method]),
        Column("Left out", lambda row: LEFT[row.left_out], "short"),
        Column("Known of the assessor", lambda row: row.known, "short"),
        Columns(LEVELS, lambda level: f"{percent(level)} held", held, "number"),
        Column("Log score", lambda row: "over 100" if row.log_score > HUGE else f"{row.log_score:.3f}", "number"),
    )
