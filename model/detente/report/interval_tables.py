"""How wide stated ranges really are: what was fitted to a panel and how it did on answers left out, on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detente.evaluation.panels.intervals import LEVELS
from detente.report.prose import count, percent, whole
from detente.report.tables import Column, Columns, Table, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from detente.evaluation.panels.interval_fit import Estimate, WidthFit
    from detente.evaluation.panels.intervals import IntervalPanel, IntervalStanding

METHODS = {
    "learned": "learned widths",
    "four_widths": "learned widths, four of them as the model has it",
    "sixty_five": "read as 65% ranges, errors normal",
    "at_word": "taken at their word, errors normal",
}
LEFT = {"study": "its study", "assessor": "the assessor", "nothing": "–"}
HUGE = 100.0
"""A log score from which on its size says only that some truths were all but impossible."""


type ConstantRow = tuple[str, Estimate, Callable[[float], str]]
"""What was fitted, in words; its estimate; and how that is written."""


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
