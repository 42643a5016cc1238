"""The page of panels: each part of the model on real questions whose answers are known, beside simpler rules."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from detente import __version__
from detente.case.priors import MEASURED
from detente.case.ranges import TAIL_DF, WIDTH_LOG_SD, WIDTH_MEDIAN
from detente.case.reference_class import HALF_LIFE_YEARS
from detente.jsonable import json_text, jsonable
from detente.report.panel_parts import (
    crowds_part,
    evidence_part,
    fitted_part,
    panel_name,
    polls_part,
    ranges_part,
    seldom_part,
    waits_part,
)
from detente.report.prose import capital, cardinal, count, percent
from detente.report.render import draw, markdown_page, page, to_files
from detente.report.score_tables import exponent_number
from detente.report.specs import Heading, Page, Topic
from detente.report.tables import COUNT, NUMBER, SHORT, Column, Table, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from detente.evaluation.panels.gather import Missing, PanelFigure, Panels
    from detente.report.specs import Block

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
LEVELS = "Intervals are 90%, from resampling whole groups"
MISSED = {
    "exponent_many": (
        "The discrimination is one number for every case, and where many items were collected they repeat each other, "
        "which no number for the whole case can know. A cluster says so; here each item stands alone."
    ),
    "seldom": (
        "The model uses the stated middle as it stands, so that this ratio is that of the statements: how often "
        "what these people, experts and rules call improbable came true. Features are a case apart: experts "
        "state how many of all patients have them, and a report on a patient lists what was found."
    ),
    "waits": "The rule that is best is known only afterwards; the class alone is set beside whichever it is.",
    "cluster": (
        "The correlation of a cluster is stated and not learned. Items that repeat each other less than stated lose "
        "weight that they had earned."
    ),
}
"""Why a kind of figure may be outside of what is wanted."""


def render_panels(panels: Panels) -> Mapping[str, bytes]:
    """Return the files of the page by name: ``index.html``, ``index.md``, ``panels.json`` and the figures."""
    made = panels_page(panels)
    figures = draw(made.figures)
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
    topics = [Topic("wanted", "What is wanted, and what was reached", tuple(_summary(panels)))]
    if panels.evidence is not None:
        topics.append(Topic("evidence", TITLES["diagnoses"], tuple(evidence_part(panels.evidence))))
    if panels.intervals is not None:
        topics.append(Topic("ranges", TITLES["intervals"], tuple(ranges_part(panels.intervals))))
    if panels.seldom or panels.crowds:
        parts = (*seldom_part(panels.seldom), *crowds_part(panels.crowds))
        topics.append(Topic("small", TITLES["three_points"], parts))
    if panels.waits:
        topics.append(Topic("waits", TITLES["waits"], tuple(waits_part(panels.waits))))
    if panels.polls is not None:
        topics.append(Topic("polls", TITLES["polls"], tuple(polls_part(panels.polls, panels.poll_places))))
    topics.append(Topic("fitted", "What was fitted where", tuple(fitted_part(panels))))
    return Page(
        title="the panels",
        heading="Real questions with known answers",
        lede=(
            "Each part of the model on public tables of questions that others asked and answered, beside simple rules. "
            "Written by"
        ),
        command="make panels",
        parts="Parts",
        topics=tuple(topics),
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


def _summary(panels: Panels) -> Iterator[Block]:
    met = sum(row.is_met for row in panels.reached)
    if panels.reached:
        verb = "is" if met == 1 else "are"
        yield (
            f"{capital(cardinal(met))} of {count(len(panels.reached), 'figure')} {verb} where wanted. {LEVELS}: "
            "patients with one disease, studies, countries, crises, claims, days of votes."
        )
        yield reached_table(panels.reached)
        yield (
            "“Defaults” are the constants that a new case starts from. “Cross-validated”: learned from nine tenths of "
            "the groups, scored on the last. “Left out”: fitted without the study or the day of votes that is scored. "
            "“Out of time”: predicted from what was known on the day. The last part says what the defaults were fitted "
            "to: on that very table their figures are in-sample, and flatter them a little."
        )
        yield from _missed(panels.reached)
    for one in panels.missing:
        yield missing_words(one)


def _missed(reached: Sequence[PanelFigure]) -> Iterator[Block]:
    missed = [row for row in reached if not row.is_met]
    if not missed:
        return
    yield Heading("Where it falls short")
    for row in missed:
        within = "reaches" if _overlaps(row) else "does not reach"
        interval = "" if row.interval is None else f"; its 90% interval {within} what is wanted"
        yield (
            f"{capital(panel_name(row.of))}, {FIGURES[row.kind]}: {_value(row, row.value)}, wanted "
            f"{_wanted(row)}{interval}."
        )
    for kind in dict.fromkeys(row.kind.removesuffix("_learned") for row in missed):
        if kind in MISSED:
            yield MISSED[kind]


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
        Column("n", lambda row: row.questions, COUNT),
        Column("Wanted", _wanted, NUMBER),
        Column("Reached", lambda row: _value(row, row.value), NUMBER),
        Column("90% interval", interval, NUMBER),
        Column("Met", lambda row: "yes" if row.is_met else "no", SHORT),
        Column("Constants", lambda row: DRAWN[row.drawn], SHORT),
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
