"""The parts of the page of panels, one for each part of the model, and what its constants were fitted to."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING

from detente.case.priors import MEASURED
from detente.case.ranges import TAIL_DF, WIDTH_LOG_SD, WIDTH_MEDIAN
from detente.case.reference_class import HALF_LIFE_YEARS
from detente.crowd import LOG_ODDS, MEAN, MEDIAN
from detente.evaluation.pooled import OURS
from detente.report.figures.curves import reliability_diagram
from detente.report.interval_tables import METHODS, fit_table, standings_table
from detente.report.poll_tables import SCORES_NOTE, errors_table, scores_table
from detente.report.prose import count, listed, percent
from detente.report.score_tables import SCORE, explanation_comparison, explanation_standings, exponent_number
from detente.report.set_scores import SPAN, band_words, exponent_span
from detente.report.specs import Figure
from detente.report.tables import COUNT, NUMBER, REASON, SHORT, Column, Columns, Table, decimals, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from detente.evaluation.explanations import ExplanationScores
    from detente.evaluation.panels.gather import EvidencePanel, Panels, ResultPlaces
    from detente.evaluation.panels.intervals import IntervalPanel
    from detente.evaluation.panels.poll_backtest import PollPanel
    from detente.evaluation.panels.seldom import Seldom
    from detente.evaluation.panels.waits import WaitPanel
    from detente.evaluation.pooled import CrowdPanel
    from detente.evaluation.sets.score import ItemBand
    from detente.report.specs import Block

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
THREE = decimals("{:.3f}")
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
    return Figure(name, title, description, partial(reliability_diagram, said, came, low, high), note=PICTURE)


def evidence_part(panel: EvidencePanel) -> Iterator[Block]:
    """Yield the part on evidence alone."""
    default, learned = panel.default, panel.learned
    yield (
        f"{count(default.questions, 'patient')} in {count(default.scores.groups, 'disease')}, {default.items:,} "
        "features seen, or looked for and absent. Which of five diseases is it, if experts state how often each "
        "feature is seen under each? Each feature is an item of evidence by itself."
    )
    yield dataclasses.replace(
        explanation_standings(default.scores),
        caption=f"With the default discrimination, {default.discrimination.mean:g} (sd {default.discrimination.sd:g})",
    )
    yield explanation_comparison(default.scores)
    yield dataclasses.replace(
        explanation_standings(learned.scores),
        caption="With the discrimination that the other patients teach, ten parts of whole diseases",
    )
    yield (
        f"From all of them it learns {learned.learned.mean:g} (sd {learned.learned.sd:g}). The log score, in nats, is "
        "minus the logarithm of the probability of the disease that the patient had: lower is better. Tempered naive "
        "Bayes has one exponent, fitted on the other parts."
    )
    yield _items_table(learned.by_items)
    yield (
        "The exponent is the power to which the probabilities, made to sum to 1 again, would have scored best: 1 if "
        "they are calibrated, below 1 if they are overconfident."
    )
    own, shared = default.scores.standings[0].log, panel.cluster.scores.standings[0].log
    yield (
        f"With all features of a patient in one cluster, the correlation as by default, the log score is {shared:.3f}; "
        f"with each alone it is {own:.3f}. "
        f"Nobody judged this cluster to be one; raised to the power "
        f"{exponent_number(panel.cluster.scores.exponent.value)} its probabilities would have scored best."
    )
    yield _explained("evidence", "default discrimination", default.scores)
    yield _explained("evidence-learned", "discrimination learned from the other patients", learned.scores)


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
        Column("Items", lambda row: band_words(row[0]), SHORT),
        Column("Patients", lambda row: row[0].questions, COUNT),
        Column("Log score", lambda row: row[0].log, SCORE),
        Column("Exponent", lambda row: exponent_number(row[0].exponent.value), NUMBER),
        Column("90% interval", lambda row: exponent_span(row[0].exponent), NUMBER),
        Column("learned: log score", lambda row: row[1].log, SCORE),
        Column("exponent", lambda row: exponent_number(row[1].exponent.value), NUMBER),
        Column("90% interval", lambda row: exponent_span(row[1].exponent), NUMBER),
    )


def ranges_part(panel: IntervalPanel) -> Iterator[Block]:
    """Yield the part on stated ranges."""
    fit = panel.fit
    studies = f" in {count(fit.studies, 'study', 'studies')}" if fit.studies > 1 else ""
    yield (
        f"{count(fit.answers, 'answer')} of {count(fit.assessors, 'expert')}{studies}: a low, a middle and a high for "
        f"a quantity whose true value is known. The stated ranges held {percent(fit.held)} of the truths."
    )
    yield fit_table(fit)
    yield standings_table(panel)
    yield (
        "“Four of them as the model has it” is what a forecast uses of an assessor of whom nothing is known. The log "
        "score is minus the mean log density of the error, in standard deviations of a range taken at its word; it is "
        "over 100 where some truths lay so far out that normal distributions call them all but impossible."
    )
    for row in (row for row in panel.standings if row.method in {"four_widths", "at_word"}):
        yield _picture(
            f"ranges-{row.method.replace('_', '-')}",
            f"Central intervals and how many truths they held: {METHODS[row.method]}",
            f"Central intervals of 50%, 80% and 90%, {METHODS[row.method]}, and the share of true values inside.",
            [(one.level, one.held, *one.interval) for one in row.coverage],
        )


def seldom_part(statements: Sequence[Seldom]) -> Iterator[Block]:
    """Yield the part on small stated probabilities."""
    yield (
        "What was stated below .1, the mean probability that the model makes of it, and the share that came. For waits "
        "the statement is that of the best simple rule, with a range from a third to three times its pace."
    )
    yield table(
        "Stated below .1",
        statements,
        Column("Stated by", lambda row: SAID.get(row.name, f"a simple rule, of waits: {panel_name(row.name)}")),
        Column("Statements", lambda row: row.statements, COUNT),
        Column("Groups", lambda row: row.groups, COUNT),
        Column("Stated", lambda row: row.stated, THREE),
        Column("Used", lambda row: row.used, THREE),
        Column("Came", lambda row: row.came, THREE),
        Column("90% interval", lambda row: row.came_interval, SPAN),
    )


def crowds_part(panels: Sequence[CrowdPanel]) -> Iterator[Block]:
    """Yield the part on several people's probabilities, pooled."""
    if not panels:
        return
    yield (
        "What several people gave, pooled: each question by what the answers to the others teach of the factor that "
        "log odds are multiplied by, of a lean, and of whom to trust. Brier scores; lower is better."
    )

    pools = {OURS: "Pool", MEAN: "Mean", MEDIAN: "Median", LOG_ODDS: "Mean of log odds"}

    def score(pool: str, row: CrowdPanel) -> float:
        return next(one.brier for one in row.scores if one.pool == pool)

    yield table(
        "Pools of probabilities, by round",
        panels,
        Column("Round", lambda row: panel_name(row.round)),
        Column("Questions", lambda row: row.questions, COUNT),
        Column("People", lambda row: row.people, COUNT),
        Columns(pools, pools.__getitem__, score, THREE),
        Column("Over the best", lambda row: row.ratio, THREE),
        Column("90% interval", lambda row: row.ratio_interval, SPAN),
        Column("Factor", lambda row: row.factor, decimals("{:.2f}")),
    )


def waits_part(wait_panels: Sequence[WaitPanel]) -> Iterator[Block]:
    """Yield the part on waiting times."""
    yield (
        "On every 1 January from the tenth wait on: of the waits that begin in the year after it, and of those under "
        "way on it, which will have ended after a month, a quarter, half a year, one, two and five years? Each is "
        "predicted from what was known on the day."
    )
    rows = [(panel.name, scores) for panel in wait_panels for scores in panel.scores]
    yield table(
        "The class alone and the simple rule that is best afterwards",
        rows,
        Column("Waits", lambda row: f"{panel_name(row[0])}, {row[1].asked or 'all'}"),
        Column("Questions", lambda row: row[1].questions, COUNT),
        Column("Groups", lambda row: row[1].groups, COUNT),
        Column("Ours", lambda row: row[1].of("class").log_score, THREE),
        Column("Best rule", lambda row: row[1].best_simple.log_score, THREE),
        Column("", lambda row: RULES[row[1].best_simple.method]),
        Column("Ours / rule", lambda row: row[1].best_simple.ratio, THREE),
        Column("90% interval", lambda row: row[1].best_simple.ratio_interval, SPAN),
    )
    standings = [(panel.name, row) for panel in wait_panels for row in panel.scores[0].standings]
    yield table(
        "Every rule, all questions",
        standings,
        Column("Waits", lambda row: panel_name(row[0])),
        Column("Rule", lambda row: RULES[row[1].method]),
        Column("Log score", lambda row: row[1].log_score, THREE),
        Column("Ours / rule", lambda row: None if row[1].method == "class" else row[1].ratio, THREE),
        Column("90% interval", lambda row: None if row[1].method == "class" else row[1].ratio_interval, SPAN),
    )
    yield (
        "Log scores in nats, lower is better; every rule's probabilities are held between .01 and .99, since a count "
        "says 0 and 1. The ignorant assessor states .05, .5 and .95 within a year for every step: the whole case "
        "should then say what the class says."
    )
    for panel in wait_panels:
        yield _picture(
            f"waits-{panel.name.replace('_', '-')}",
            f"Probabilities that a wait has ended, and how many had: {panel_name(panel.name)}",
            f"Probabilities of the class alone by tenths, {panel_name(panel.name)}, and the share of waits that had "
            "ended.",
            [(row.said, row.came, *row.interval) for row in panel.scores[0].bins],
        )


def polls_part(panel: PollPanel, places: Sequence[ResultPlaces]) -> Iterator[Block]:
    """Yield the part on polls."""
    yield (
        f"{count(panel.polls, 'poll')} of {count(panel.contests, 'contest')} on {count(panel.days, 'day')} of votes. A "
        "contest whose polls are all of the last three weeks is forecast once; every other one 14, 30, 60, 90, 120, "
        "180, 270 and 365 days before the vote. How polls err is learned from the votes of all other days."
    )
    yield scores_table(panel.scores)
    yield SCORES_NOTE
    for row in panel.scores:
        if row.days < FEW_DAYS:
            yield f"{row.group}: {count(row.days, 'day')} of votes are too few for an interval that can be relied on."
    yield errors_table(panel)
    yield "Standard deviations in points of the two-way share; in brackets 90% intervals, by whole days of votes."
    for number, group in enumerate(places):
        yield _picture(
            f"polls-{number + 1}",
            f"Where results fell in their forecasts: {group.group}",
            f"For each tenth of the forecast distribution the share of {count(group.forecasts, 'result')} below it: "
            f"{group.group}.",
            [
                ((n + 1) / (len(group.share) + 1), share, *bounds)
                for n, (share, bounds) in enumerate(zip(group.share, group.interval, strict=True))
            ],
        )


def fitted_part(panels: Panels) -> Iterator[Block]:
    """Yield what each constant was fitted to."""
    rows: list[ConstantRow] = []
    if panels.evidence is not None:
        rows += [
            (
                f"Discrimination, {MEASURED.mean:g} (sd {MEASURED.sd:g})",
                "2",
                "set beside what these diagnoses teach",
                "in-sample with the default, on these diagnoses; cross-validated by disease once it is learned",
            ),
            ("Exponent of tempered naive Bayes", "1", "the diagnoses", "cross-validated by disease"),
        ]
    if panels.intervals is not None:
        rows.append(
            (
                f"Widths of ranges: {WIDTH_MEDIAN:g}, {WIDTH_LOG_SD:g}, {TAIL_DF:g}",
                "3",
                "answers of experts",
                "all three fitted anew without the study, or the assessor, that is scored",
            )
        )
    if panels.seldom:
        rows.append(("Small probabilities", "0", "nothing", "the stated middle is used, by construction"))
    if panels.crowds:
        rows.append(
            ("Factor, lean and weights of a pool", "3", "the other questions", "each question left out; priors stated")
        )
    if panels.waits:
        rows += [
            (
                f"Half-life of a member, {HALF_LIFE_YEARS:g} years",
                "1",
                "missions and crises begun before 1990",
                "in-sample in this one number, on these waits; all else is learned from earlier waits only",
            ),
            ("Weight of the class in a whole case", "0", "nothing", "follows from the stated range and the members"),
        ]
    if panels.polls is not None:
        rows.append(
            (
                "House, shared error, walk, excess, design effect, degrees of freedom",
                "6 for each kind of vote",
                "polls of past votes",
                "fitted anew without the day of votes that is scored",
            )
        )
    yield table(
        "What was fitted, and on what",
        rows,
        Column("Constant", lambda row: row[0]),
        Column("Parameters", lambda row: row[1], SHORT),
        Column("Fitted on", lambda row: row[2]),
        Column("So its figures are", lambda row: row[3], REASON),
    )
    if panels.sources:
        yield f"Read were {listed(list(panels.sources))}; panels.json has their digests and every figure of this page."
