"""The page of panels: each part of the model on real questions whose answers are known, beside simpler rules."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from detente import __version__
from detente.case.priors import MEASURED
from detente.case.ranges import TAIL_DF, WIDTH_LOG_SD, WIDTH_MEDIAN
from detente.case.reference_class import HALF_LIFE_YEARS
from detente.jsonable import json_text, jsonable
from detente.report import panel_parts
from detente.report.panel_parts import panel_name
from detente.report.prose import capital, percent
from detente.report.render import draw, markdown_page, page, to_files
from detente.report.score_tables import exponent_number
from detente.report.specs import Page, Topic, figures_of
from detente.report.tables import Column, Table, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from detente.evaluation.panels.gather import Missing, PanelFigure, Panels

SCHEMA_VERSION = 1
TITLES = {
    "diagnoses": "Evidence alone",
    "intervals": "Stated ranges",
    "three_points": "Small stated probabilities, and several people's pooled",
    "waits": "Waiting times",
    "polls": "Polls",
}
"""The part that each table is for."""
FIGURES = {
    "evidence": "log score over that of tempered naive Bayes, default priors",
    "evidence_learned": "log score over that of tempered naive Bayes, discrimination learned",
    "exponent": "exponent that would score best, default priors",
    "exponent_many": "exponent of ten items and more, default priors",
    "exponent_learned": "exponent that would score best, discrimination learned",
    "exponent_many_learned": "exponent of ten items and more, discrimination learned",
    "cluster": "log score with all items in one cluster, over items alone",
    "intervals": "share of truths inside 90% intervals",
    "seldom": "probability used over share that came, stated below .1",
    "waits": "log score of the class alone over the best simple rule",
    "whole": "log score with an ignorant assessor, over the class alone",
    "polls": "CRPS over that of the mean of the polls",
    "polls_held": "share of results inside 90% intervals",
    "crowd": "Brier score of the pool over the best of mean, median and mean of log odds",
}
DRAWN = {
    "stated": "defaults",
    "left out": "left out",
    "cross-validated": "cross-validated",
    "out of time": "out of time",
}
SHARES = frozenset({"intervals", "polls_held"})


def render_panels(panels: Panels) -> Mapping[str, bytes]:
    """Return the files of the page by name: ``index.html``, ``index.md``, ``panels.json`` and the figures."""
    made = panels_page(panels)
    figures = draw(figure for topic in made.topics for figure in figures_of(topic.spec))
    html = page("topics.j2", page_of=made, version=__version__, drawn=figures)
    numbers = {"panels.json": json_text(panels_json(panels)).encode()}
    return to_files("index", html, markdown_page("topics.j2", page_of=made), figures) | numbers


def panels_json(panels: Panels) -> dict[str, Any]:
    """Return every figure by name."""
    contents = jsonable(dataclasses.replace(panels, polls=None))
    constants = {
        "discrimination": [MEASURED.mean, MEASURED.sd],
        "widths": [WIDTH_MEDIAN, WIDTH_LOG_SD, TAIL_DF],
        "half_life_years": HALF_LIFE_YEARS,
    }
    polls = {} if panels.polls is None else {"polls": panels.polls.to_json()}
    return {"schema": SCHEMA_VERSION, **contents, **polls, "constants": constants}


def panels_page(panels: Panels) -> Page:
    """Return the page."""
    parts = {
        "wanted": ("What is wanted, and what was reached", _summary(panels)),
        "evidence": (TITLES["diagnoses"], panels.evidence and panel_parts.evidence(panels.evidence)),
        "ranges": (TITLES["intervals"], panels.intervals and panel_parts.ranges(panels.intervals)),
        "small": (TITLES["three_points"], panel_parts.small(panels) if panels.seldom or panels.crowds else None),
        "waits": (TITLES["waits"], panel_parts.waits(panels.waits) if panels.waits else None),
        "polls": (TITLES["polls"], panel_parts.polls(panels)),
        "fitted": ("What was fitted where", panel_parts.fitted(panels)),
    }
    return Page(
        title="the panels",
        heading="Real questions with known answers",
        lede=(
            "Each part of the model on public tables of questions that others asked and answered, beside simple rules. "
            "Written by"
        ),
        command="make panels",
        parts="Parts",
        topics=tuple(Topic(name, about, spec=spec) for name, (about, spec) in parts.items() if spec is not None),
    )


def summary_lines(panels: Panels) -> Iterator[str | Table[Any]]:
    """Yield what a terminal shows."""
    for one in panels.missing:
        yield missing_words(one)
    if panels.reached:
        yield reached_table(panels.reached)


def missing_words(one: Missing) -> str:
    """Say what was left out."""
    if one.empty:
        return f"{TITLES[one.file]}: left out, since {one.file}.csv has too few rows to predict any from earlier ones."
    if one.file == "three_points":
        return "There is no three_points.csv or three_points.csv.gz: small probabilities are shown without claims."
    return f"{TITLES[one.file]}: left out, since there is no {one.file}.csv or {one.file}.csv.gz."


def _summary(panels: Panels) -> SimpleNamespace:
    """Build what is wanted beside what was reached, and what of it falls short."""
    missed = [row for row in panels.reached if not row.is_met]
    return SimpleNamespace(
        met=sum(row.is_met for row in panels.reached),
        reached=reached_table(panels.reached) if panels.reached else None,
        missed=[
            SimpleNamespace(
                what=f"{capital(panel_name(row.of))}, {FIGURES[row.kind]}",
                value=_value(row, row.value),
                wanted=_wanted(row),
                within=None if row.interval is None else _overlaps(row),
            )
            for row in missed
        ],
        kinds=[*dict.fromkeys(row.kind.removesuffix("_learned") for row in missed)],
        missing=[missing_words(one) for one in panels.missing],
    )


def reached_table(reached: Sequence[PanelFigure]) -> Table[PanelFigure]:
    """Return what was reached beside what is wanted."""

    def interval(row: PanelFigure) -> str | None:
        bounds = ("no bound" if bound is None else _value(row, bound) for bound in row.interval or ())
        return " to ".join(bounds) or None

    return table(
        "Wanted and reached",
        reached,
        Column("Figure", lambda row: FIGURES[row.kind]),
        Column("Of", lambda row: panel_name(row.of)),
        Column("n", lambda row: row.questions, "count"),
        Column("Wanted", _wanted, "number"),
        Column("Reached", lambda row: _value(row, row.value), "number"),
        Column("90% interval", interval, "number"),
        Column("Met", lambda row: "yes" if row.is_met else "no", "short"),
        Column("Constants", lambda row: DRAWN[row.drawn], "short"),
    )


def _value(row: PanelFigure, value: float) -> str:
    if row.kind in SHARES:
        return percent(value)
    return exponent_number(value) if row.kind.startswith("exponent") else f"{value:.3f}"


def _wanted(row: PanelFigure) -> str:
    low, high = row.wanted
    if low is None or high is None:
        return f"at most {high:.2f}"
    return f"{percent(low)} to {percent(high)}" if row.kind in SHARES else f"{low:.2f} to {high:.2f}"


def _overlaps(row: PanelFigure) -> bool:
    low, high = row.interval or (None, None)
    pairs = ((low, row.wanted[1]), (row.wanted[0], high))
    return all(below is None or above is None or below <= above for below, above in pairs)
