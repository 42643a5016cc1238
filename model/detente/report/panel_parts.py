"""The parts of the page of panels, one for each part of the model, and what its constants were fitted to."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import TYPE_CHECKING

from detente.case.priors import MEASURED
from detente.case.ranges import TAIL_DF, WIDTH_LOG_SD, WIDTH_MEDIAN
from detente.case.reference_class import HALF_LIFE_YEARS
from detente.crowd import LOG_ODDS, MEAN, MEDIAN
from detente.evaluation.pooled import OURS, CrowdPanel
from detente.report.figures.curves import reliability_diagram
from detente.report.panel_tables import METHODS, SCORES_NOTE, errors_table, fit_table, scores_table, standings_table
from detente.report.prose import count
from detente.report.score_tables import SCORE, explanation_comparison, explanation_standings, exponent_number
from detente.report.set_scores import SPAN, band_words, exponent_span
from detente.report.specs import Figure
from detente.report.tables import Column, Columns, Table, decimals, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from detente.evaluation.explanations import ExplanationScores
    from detente.evaluation.panels.gather import EvidencePanel, Panels
    from detente.evaluation.panels.intervals import IntervalPanel
    from detente.evaluation.panels.seldom import Seldom
    from detente.evaluation.panels.waits import WaitPanel
    from detente.evaluation.sets.score import ItemBand

    Bands = tuple[ItemBand, ItemBand]
    ConstantRow = tuple[str, str, str, str]

NAMES = {
    "diagnoses": "diagnoses",
    "intervals": "stated ranges",
    "claims": "claims",
    "features": "features",
    "steps": "steps of all waits",
    "us_missions": "closed missions",
    "icb_crises": "crises",
}
"""Panels by the name that their table has for them; any other keeps its name."""
RULES = {
    "class": "the class alone (ours)",
    "ageless": "the same, members of any age alike",
    "whole": "whole case, ignorant assessor",
    "constant": "constant hazard",
    "counted": "Kaplan–Meier",
    "weibull": "Weibull",
}
FEW_DAYS = 5
PICTURE = (
    "On the dashed line what is said comes true as often as it says; the band is the 90% interval, by whole groups."
)
SAID = {
    "claims": "people, of claims: as the chance of a step within a year",
    "features": "experts, of features of the disease the patient has: at discrimination 1",
    "steps": "a simple rule, of a step that ends a wait: all waits",
}


def panel_name(of: str) -> str:
    """Return what prose calls a panel."""
    return NAMES.get(of, of.replace("_", " "))


def _picture(name: str, title: str, description: str, points: Sequence[tuple[float, float, float, float]]) -> Figure:
    """Return a calibration picture of points: what was said, what came, and the interval of that."""
    said, came, low, high = zip(*points, strict=True)
    return Figure(name, title, description, reliability_diagram(said, came, low, high), note=PICTURE)


def evidence(panel: EvidencePanel) -> SimpleNamespace:
    """Build the part on evidence alone."""
    default, learned = panel.default, panel.learned
    return SimpleNamespace(
        panel=panel,
        by_default=dataclasses.replace(
            explanation_standings(default.scores),
            caption=f"With the default discrimination, {default.discrimination.mean:g} "
            f"(sd {default.discrimination.sd:g})",
        ),
        comparison=explanation_comparison(default.scores),
        by_learned=dataclasses.replace(
            explanation_standings(learned.scores),
            caption="With the discrimination that the other patients teach, ten parts of whole diseases",
        ),
        items=_items_table(learned.by_items),
        exponent=exponent_number(panel.cluster.scores.exponent.value),
        figures=(
            _explained("evidence", "default discrimination", default.scores),
            _explained("evidence-learned", "discrimination learned from the other patients", learned.scores),
        ),
    )


def _explained(name: str, what: str, scores: ExplanationScores) -> Figure:
    return _picture(
        name,
        f"Probabilities of a disease, {what}, and how often it was that one",
        f"Every probability given to a candidate disease, by tenths, {what}, beside the share that was right.",
        [(row.mean, row.came, *(row.interval or (row.came, row.came))) for row in scores.bins],
    )


def _items_table(bands: Sequence[Bands]) -> Table[Bands]:
    return table(
        "By the number of items, with the default discrimination and with the learned",
        bands,
        Column("Items", lambda row: band_words(row[0]), "short"),
        Column("Patients", lambda row: row[0].questions, "count"),
        Column("Log score", lambda row: row[0].log, SCORE),
        Column("Exponent", lambda row: exponent_number(row[0].exponent.value), "number"),
        Column("90% interval", lambda row: exponent_span(row[0].exponent), "number"),
        Column("learned: log score", lambda row: row[1].log, SCORE),
        Column("exponent", lambda row: exponent_number(row[1].exponent.value), "number"),
        Column("90% interval", lambda row: exponent_span(row[1].exponent), "number"),
    )


def ranges(panel: IntervalPanel) -> SimpleNamespace:
    """Build the part on stated ranges."""
    figures = tuple(
        _picture(
            f"ranges-{row.method.replace('_', '-')}",
            f"Central intervals and how many truths they held: {METHODS[row.method]}",
            f"Central intervals of 50%, 80% and 90%, {METHODS[row.method]}, and the share of true values inside.",
            [(one.level, one.held, *one.interval) for one in row.coverage],
        )
        for row in panel.standings
        if row.method in {"four_widths", "at_word"}
    )
    return SimpleNamespace(
        fit=panel.fit, fitted=fit_table(panel.fit), standings=standings_table(panel), figures=figures
    )


def small(panels: Panels) -> SimpleNamespace:
    """Build the part on small stated probabilities, and on several people's, pooled."""
    return SimpleNamespace(
        seldom=_seldom_table(panels.seldom), crowds=_crowds_table(panels.crowds) if panels.crowds else None
    )


def _seldom_table(statements: Sequence[Seldom]) -> Table[Seldom]:
    return table(
        "Stated below .1",
        statements,
        Column("Stated by", lambda row: SAID.get(row.name, f"a simple rule, of waits: {panel_name(row.name)}")),
        Column("Statements", lambda row: row.statements, "count"),
        Column("Groups", lambda row: row.groups, "count"),
        Column("Stated", lambda row: row.stated, "thousandths"),
        Column("Used", lambda row: row.used, "thousandths"),
        Column("Came", lambda row: row.came, "thousandths"),
        Column("90% interval", lambda row: row.came_interval, SPAN),
    )


def _crowds_table(panels: Sequence[CrowdPanel]) -> Table[CrowdPanel]:
    pools = {OURS: "Pool", MEAN: "Mean", MEDIAN: "Median", LOG_ODDS: "Mean of log odds"}

    def score(pool: str, row: CrowdPanel) -> float:
        return next(one.brier for one in row.scores if one.pool == pool)

    return table(
        "Pools of probabilities, by round",
        panels,
        Column("Round", lambda row: panel_name(row.round)),
        Column("Questions", lambda row: row.questions, "count"),
        Column("People", lambda row: row.people, "count"),
        Columns(pools, pools.__getitem__, score, "thousandths"),
        Column("Over the best", lambda row: row.ratio, "thousandths"),
        Column("90% interval", lambda row: row.ratio_interval, SPAN),
        Column("Factor", lambda row: row.factor, decimals("{:.2f}")),
    )


def waits(panels: Sequence[WaitPanel]) -> SimpleNamespace:
    """Build the part on waiting times."""
    best = table(
        "The class alone and the simple rule that is best afterwards",
        [(panel.name, scores) for panel in panels for scores in panel.scores],
        Column("Waits", lambda row: f"{panel_name(row[0])}, {row[1].asked or 'all'}"),
        Column("Questions", lambda row: row[1].questions, "count"),
        Column("Groups", lambda row: row[1].groups, "count"),
        Column("Ours", lambda row: row[1].of("class").log_score, "thousandths"),
        Column("Best rule", lambda row: row[1].best_simple.log_score, "thousandths"),
        Column("", lambda row: RULES[row[1].best_simple.method]),
        Column("Ours / rule", lambda row: row[1].best_simple.ratio, "thousandths"),
        Column("90% interval", lambda row: row[1].best_simple.ratio_interval, SPAN),
    )
    every = table(
        "Every rule, all questions",
        [(panel.name, row) for panel in panels for row in panel.scores[0].standings],
        Column("Waits", lambda row: panel_name(row[0])),
        Column("Rule", lambda row: RULES[row[1].method]),
        Column("Log score", lambda row: row[1].log_score, "thousandths"),
        Column("Ours / rule", lambda row: None if row[1].method == "class" else row[1].ratio, "thousandths"),
        Column("90% interval", lambda row: None if row[1].method == "class" else row[1].ratio_interval, SPAN),
    )
    figures = tuple(
        _picture(
            f"waits-{panel.name.replace('_', '-')}",
            f"Probabilities that a wait has ended, and how many had: {panel_name(panel.name)}",
            f"Probabilities of the class alone by tenths, {panel_name(panel.name)}, and the share of waits that had "
            "ended.",
            [(row.said, row.came, *row.interval) for row in panel.scores[0].bins],
        )
        for panel in panels
    )
    return SimpleNamespace(best=best, every=every, figures=figures)


def polls(panels: Panels) -> SimpleNamespace | None:
    """Build the part on polls, where there are some."""
    if panels.polls is None:
        return None
    figures = tuple(
        _picture(
            f"polls-{number}",
            f"Where results fell in their forecasts: {group.group}",
            f"For each tenth of the forecast distribution the share of {count(group.forecasts, 'result')} below it: "
            f"{group.group}.",
            [
                ((n + 1) / (len(group.share) + 1), share, *bounds)
                for n, (share, bounds) in enumerate(zip(group.share, group.interval, strict=True))
            ],
        )
        for number, group in enumerate(panels.poll_places, 1)
    )
    return SimpleNamespace(
        panel=panels.polls,
        scores=scores_table(panels.polls.scores),
        note=SCORES_NOTE,
        few=FEW_DAYS,
        errors=errors_table(panels.polls),
        figures=figures,
    )


def fitted(panels: Panels) -> SimpleNamespace:
    """Build what each constant was fitted to."""
    constants = table(
        "What was fitted, and on what",
        _constants(panels),
        Column("Constant", lambda row: row[0]),
        Column("Parameters", lambda row: row[1], "short"),
        Column("Fitted on", lambda row: row[2]),
        Column("So its figures are", lambda row: row[3], "reason"),
    )
    return SimpleNamespace(constants=constants, sources=tuple(panels.sources))


def _constants(panels: Panels) -> Iterator[ConstantRow]:
    if panels.evidence is not None:
        yield (
            f"Discrimination, {MEASURED.mean:g} (sd {MEASURED.sd:g})",
            "2",
            "set beside what these diagnoses teach",
            "in-sample with the default, on these diagnoses; cross-validated by disease once it is learned",
        )
        yield "Exponent of tempered naive Bayes", "1", "the diagnoses", "cross-validated by disease"
    if panels.intervals is not None:
        yield (
            f"Widths of ranges: {WIDTH_MEDIAN:g}, {WIDTH_LOG_SD:g}, {TAIL_DF:g}",
            "3",
            "answers of experts",
            "all three fitted anew without the study, or the assessor, that is scored",
        )
    if panels.seldom:
        yield "Small probabilities", "0", "nothing", "the stated middle is used, by construction"
    if panels.crowds:
        yield "Factor, lean and weights of a pool", "3", "the other questions", "each question left out; priors stated"
    if panels.waits:
        yield (
            f"Half-life of a member, {HALF_LIFE_YEARS:g} years",
            "1",
            "missions and crises begun before 1990",
            "in-sample in this one number, on these waits; all else is learned from earlier waits only",
        )
        yield "Weight of the class in a whole case", "0", "nothing", "follows from the stated range and the members"
    if panels.polls is not None:
        yield (
            "House, shared error, walk, excess, design effect, degrees of freedom",
            "6 for each kind of vote",
            "polls of past votes",
            "fitted anew without the day of votes that is scored",
        )
