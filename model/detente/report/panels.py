"""The page of panels: each part of the model on real questions whose answers are known, beside simpler rules."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from detente import __version__
from detente.case.calibration import TAIL_DF, WIDTH_LOG_SD, WIDTH_MEDIAN
from detente.case.priors import MEASURED
from detente.case.reference_class import HALF_LIFE_YEARS
from detente.jsonable import jsonable
from detente.report.blocks import Heading, Page, Topic
from detente.report.explanation_tables import explanation_comparison, explanation_standings, exponent_number
from detente.report.figures.curves import ReliabilityDiagram
from detente.report.interval_tables import METHODS, fit_table, standings_table
from detente.report.poll_tables import SCORES_NOTE, errors_table, scores_table
from detente.report.prose import capital, cardinal, count, listed, percent
from detente.report.render import draw, to_topics_markdown, to_topics_page
from detente.report.score_tables import SCORE
from detente.report.set_scores import band_words, exponent_span
from detente.report.specs import Figure
from detente.report.tables import COUNT, NUMBER, REASON, SHORT, Column, Table, decimals, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from detente.evaluation.explanations import ExplanationScores
    from detente.evaluation.panels.gather import Bounds, EvidencePanel, Missing, Panels, Places, Reached
    from detente.evaluation.panels.intervals import IntervalPanel, IntervalStanding
    from detente.evaluation.panels.poll_backtest import PollPanel
    from detente.evaluation.panels.seldom import Seldom
    from detente.evaluation.panels.waits import WaitPanel, WaitStanding
    from detente.evaluation.sets.score import ItemBand
    from detente.report.blocks import Block

    Bands = tuple[ItemBand, ItemBand]
    Fitted = tuple[str, str, str, str]

SCHEMA_VERSION = 1
TITLES = {
    "diagnoses": "Evidence alone",
    "intervals": "Stated ranges",
    "three_points": "Small stated probabilities",
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
}
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
DRAWN = {
    "stated": "defaults",
    "left out": "left out",
    "cross-validated": "cross-validated",
    "out of time": "out of time",
}
SHARES = frozenset({"intervals", "polls_held"})
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
LEVELS = "Intervals are 90%, from resampling whole groups"
PICTURE = (
    "On the dashed line what is said comes true as often as it says; the band is the 90% interval, by whole groups."
)
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


def render_panels(found: Panels) -> Mapping[str, bytes]:
    """Return the files of the page by name: ``index.html``, ``index.md``, ``panels.json`` and the figures."""
    made = panels_page(found)
    figures = draw(made.figures)
    return {
        "index.html": to_topics_page(made, __version__, figures).encode(),
        "index.md": to_topics_markdown(made).encode(),
        "panels.json": f"{json.dumps(panels_json(found), ensure_ascii=False, indent=1)}\n".encode(),
        **{f"figures/{name}.svg": svg.encode() for name, svg in figures.items()},
    }


def panels_json(found: Panels) -> dict[str, Any]:
    """Return every figure by name."""
    contents = jsonable(dataclasses.replace(found, polls=None))
    constants = {
        "discrimination": [MEASURED.mean, MEASURED.sd],
        "widths": [WIDTH_MEDIAN, WIDTH_LOG_SD, TAIL_DF],
        "half_life_years": HALF_LIFE_YEARS,
    }
    polls = {} if found.polls is None else {"polls": found.polls.to_json()}
    return {"schema": SCHEMA_VERSION, **contents, **polls, "constants": constants}


def panels_page(found: Panels) -> Page:
    """Return the page."""
    topics = [Topic("wanted", "What is wanted, and what was reached", tuple(_summary(found)))]
    if found.evidence is not None:
        topics.append(Topic("evidence", TITLES["diagnoses"], tuple(_evidence(found.evidence))))
    if found.intervals is not None:
        topics.append(Topic("ranges", TITLES["intervals"], tuple(_intervals(found.intervals))))
    if found.seldom:
        topics.append(Topic("small", TITLES["three_points"], tuple(_seldom(found.seldom))))
    if found.waits:
        topics.append(Topic("waits", TITLES["waits"], tuple(_waits(found.waits))))
    if found.polls is not None:
        topics.append(Topic("polls", TITLES["polls"], tuple(_polls(found.polls, found.poll_places))))
    topics.append(Topic("fitted", "What was fitted where", tuple(_fitted(found))))
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


def summary_lines(found: Panels) -> Iterator[str | Table[Any]]:
    """Yield what a terminal shows."""
    for one in found.missing:
        yield missing_words(one)
    if found.reached:
        yield reached_table(found.reached)


def missing_words(one: Missing) -> str:
    """Say what was left out."""
    if one.empty:
        return f"{TITLES[one.file]}: left out, since {one.file}.csv has too few rows to predict any from earlier ones."
    if one.file == "three_points":
        return "There is no three_points.csv or three_points.csv.gz: small probabilities are shown without claims."
    return f"{TITLES[one.file]}: left out, since there is no {one.file}.csv or {one.file}.csv.gz."


def _summary(found: Panels) -> Iterator[Block]:
    met = sum(row.is_met for row in found.reached)
    if found.reached:
        verb = "is" if met == 1 else "are"
        yield (
            f"{capital(cardinal(met))} of {count(len(found.reached), 'figure')} {verb} where wanted. {LEVELS}: "
            "patients with one disease, studies, countries, crises, claims, days of votes."
        )
        yield reached_table(found.reached)
        yield (
            "“Defaults” are the constants that a new case starts from. “Cross-validated”: learned from nine tenths of "
            "the groups, scored on the last. “Left out”: fitted without the study or the day of votes that is scored. "
            "“Out of time”: predicted from what was known on the day. The last part says what the defaults were fitted "
            "to: on that very table their figures are in-sample, and flatter them a little."
        )
        yield from _missed(found.reached)
    for one in found.missing:
        yield missing_words(one)


def _missed(reached: Sequence[Reached]) -> Iterator[Block]:
    missed = [row for row in reached if not row.is_met]
    if not missed:
        return
    yield Heading("Where it falls short")
    for row in missed:
        within = "reaches" if _overlaps(row) else "does not reach"
        interval = "" if row.interval is None else f"; its 90% interval {within} what is wanted"
        yield (
            f"{capital(_name(row.of))}, {FIGURES[row.kind]}: {_value(row, row.value)}, wanted {_wanted(row)}{interval}."
        )
    for kind in dict.fromkeys(row.kind.removesuffix("_learned") for row in missed):
        if kind in MISSED:
            yield MISSED[kind]


def reached_table(reached: Sequence[Reached]) -> Table[Reached]:
    """Return what was reached beside what is wanted."""
    return table(
        "Wanted and reached",
        reached,
        Column("Figure", lambda row: FIGURES[row.kind]),
        Column("Of", lambda row: _name(row.of)),
        Column("n", lambda row: row.questions, COUNT),
        Column("Wanted", _wanted, NUMBER),
        Column("Reached", lambda row: _value(row, row.value), NUMBER),
        Column("90% interval", _interval, NUMBER),
        Column("Met", lambda row: "yes" if row.is_met else "no", SHORT),
        Column("Constants", lambda row: DRAWN[row.drawn], SHORT),
    )


def _name(of: str) -> str:
    return NAMES.get(of, of.replace("_", " "))


def _value(row: Reached, value: float) -> str:
    if row.kind in SHARES:
        return percent(value)
    return exponent_number(value) if row.kind.startswith("exponent") else f"{value:.3f}"


def _wanted(row: Reached) -> str:
    low, high = row.wanted
    if low is None or high is None:
        return f"at most {high:.2f}"
    return f"{percent(low)} to {percent(high)}" if row.kind in SHARES else f"{low:.2f} to {high:.2f}"


def _interval(row: Reached) -> str | None:
    if row.interval is None:
        return None
    low, high = ("no bound" if bound is None else _value(row, bound) for bound in row.interval)
    return f"{low} to {high}"


def _overlaps(row: Reached) -> bool:
    def below(low: float | None, high: float | None) -> bool:
        return low is None or high is None or low <= high

    bounds: Bounds = row.interval or (None, None)
    return below(bounds[0], row.wanted[1]) and below(row.wanted[0], bounds[1])


def _picture(name: str, title: str, description: str, points: Sequence[tuple[float, float, float, float]]) -> Figure:
    """Return a calibration picture of points: what was said, what came, and the interval of that."""
    said, came, low, high = zip(*points, strict=True)
    return Figure(name, title, description, ReliabilityDiagram(said, came, low, high), note=PICTURE)


def _evidence(found: EvidencePanel) -> Iterator[Block]:
    default, learned = found.default, found.learned
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
    own, shared = default.scores.standings[0].log, found.cluster.scores.standings[0].log
    yield (
        f"With all features of a patient in one cluster, the correlation as by default, the log score is {shared:.3f}; "
        f"with each alone it is {own:.3f}. "
        f"Nobody judged this cluster to be one; raised to the power "
        f"{exponent_number(found.cluster.scores.exponent.value)} its probabilities would have scored best."
    )
    yield _explained("evidence", "default discrimination", default.scores)
    yield _explained("evidence-learned", "discrimination learned from the other patients", learned.scores)


def _explained(name: str, what: str, scores: ExplanationScores) -> Figure:
    bounds = ((row, row.interval or (row.came, row.came)) for row in scores.bins)
    return _picture(
        name,
        f"Probabilities of a disease, {what}, and how often it was that one",
        f"Every probability given to a candidate disease, by tenths, {what}, beside the share that was right.",
        [(row.mean, row.came, *interval) for row, interval in bounds],
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


def _intervals(found: IntervalPanel) -> Iterator[Block]:
    fit = found.fit
    studies = f" in {count(fit.studies, 'study', 'studies')}" if fit.studies > 1 else ""
    yield (
        f"{count(fit.answers, 'answer')} of {count(fit.assessors, 'expert')}{studies}: a low, a middle and a high for "
        f"a quantity whose true value is known. The stated ranges held {percent(fit.held)} of the truths."
    )
    yield fit_table(fit)
    yield dataclasses.replace(
        standings_table(found), caption="Central intervals that held the truth, with what is left out of the fit"
    )
    yield (
        "“Four of them as the model has it” is what a forecast uses of an assessor of whom nothing is known. The log "
        "score is minus the mean log density of the error, in standard deviations of a range taken at its word; it is "
        "over 100 where some truths lay so far out that normal distributions call them all but impossible."
    )
    for row in found.standings:
        if row.method in {"four_widths", "at_word"}:
            yield _coverage(row)


def _coverage(row: IntervalStanding) -> Figure:
    return _picture(
        f"ranges-{row.method.replace('_', '-')}",
        f"Central intervals and how many truths they held: {METHODS[row.method]}",
        f"Central intervals of 50%, 80% and 90%, {METHODS[row.method]}, and the share of true values inside.",
        [(one.level, one.held, *one.interval) for one in row.coverage],
    )


SAID = {
    "claims": "people, of claims: as the chance of a step within a year",
    "features": "experts, of features of the disease the patient has: at discrimination 1",
    "steps": "a simple rule, of a step that ends a wait: all waits",
}


def _seldom(found: Sequence[Seldom]) -> Iterator[Block]:
    yield (
        "What was stated below .1, the mean probability that the model makes of it, and the share that came. For waits "
        "the statement is that of the best simple rule, with a range from a third to three times its pace."
    )
    yield table(
        "Stated below .1",
        found,
        Column("Stated by", lambda row: SAID.get(row.name, f"a simple rule, of waits: {_name(row.name)}")),
        Column("Statements", lambda row: row.statements, COUNT),
        Column("Groups", lambda row: row.groups, COUNT),
        Column("Stated", lambda row: row.stated, THREE),
        Column("Used", lambda row: row.used, THREE),
        Column("Came", lambda row: row.came, THREE),
        Column("90% interval", lambda row: "{:.3f} to {:.3f}".format(*row.came_interval), NUMBER),
    )


def _waits(found: Sequence[WaitPanel]) -> Iterator[Block]:
    yield (
        "On every 1 January from the tenth wait on: of the waits that begin in the year after it, and of those under "
        "way on it, which will have ended after a month, a quarter, half a year, one, two and five years? Each is "
        "predicted from what was known on the day."
    )
    rows = [(panel.name, scores) for panel in found for scores in panel.scores]
    yield table(
        "The class alone and the simple rule that is best afterwards",
        rows,
        Column("Waits", lambda row: f"{_name(row[0])}, {row[1].asked or 'all'}"),
        Column("Questions", lambda row: row[1].questions, COUNT),
        Column("Groups", lambda row: row[1].groups, COUNT),
        Column("Ours", lambda row: row[1].of("class").log_score, THREE),
        Column("Best rule", lambda row: row[1].best_simple.log_score, THREE),
        Column("", lambda row: RULES[row[1].best_simple.method]),
        Column("Ours / rule", lambda row: row[1].best_simple.ratio, THREE),
        Column("90% interval", lambda row: "{:.3f} to {:.3f}".format(*row[1].best_simple.ratio_interval), NUMBER),
    )
    standings = [(panel.name, row) for panel in found for row in panel.scores[0].standings]
    yield table(
        "Every rule, all questions",
        standings,
        Column("Waits", lambda row: _name(row[0])),
        Column("Rule", lambda row: RULES[row[1].method]),
        Column("Log score", lambda row: row[1].log_score, THREE),
        Column("Ours / rule", lambda row: None if row[1].method == "class" else row[1].ratio, THREE),
        Column("90% interval", _over_rule, NUMBER),
    )
    yield (
        "Log scores in nats, lower is better; every rule's probabilities are held between .01 and .99, since a count "
        "says 0 and 1. The ignorant assessor states .05, .5 and .95 within a year for every step: the whole case "
        "should then say what the class says."
    )
    for panel in found:
        yield _picture(
            f"waits-{panel.name.replace('_', '-')}",
            f"Probabilities that a wait has ended, and how many had: {_name(panel.name)}",
            f"Probabilities of the class alone by tenths, {_name(panel.name)}, and the share of waits that had ended.",
            [(row.said, row.came, *row.interval) for row in panel.scores[0].bins],
        )


def _over_rule(row: tuple[str, WaitStanding]) -> str | None:
    return None if row[1].method == "class" else "{:.3f} to {:.3f}".format(*row[1].ratio_interval)


def _polls(found: PollPanel, places: Sequence[Places]) -> Iterator[Block]:
    yield (
        f"{count(found.polls, 'poll')} of {count(found.contests, 'contest')} on {count(found.days, 'day')} of votes. A "
        "contest whose polls are all of the last three weeks is forecast once; every other one 14, 30, 60, 90, 120, "
        "180, 270 and 365 days before the vote. How polls err is learned from the votes of all other days."
    )
    yield scores_table(found.scores)
    yield SCORES_NOTE
    for row in found.scores:
        if row.days < FEW_DAYS:
            yield f"{row.group}: {count(row.days, 'day')} of votes are too few for an interval that can be relied on."
    yield errors_table(found)
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


def _fitted(found: Panels) -> Iterator[Block]:
    rows: list[Fitted] = []
    if found.evidence is not None:
        rows += [
            (
                f"Discrimination, {MEASURED.mean:g} (sd {MEASURED.sd:g})",
                "2",
                "set beside what these diagnoses teach",
                "in-sample with the default, on these diagnoses; cross-validated by disease once it is learned",
            ),
            ("Exponent of tempered naive Bayes", "1", "the diagnoses", "cross-validated by disease"),
        ]
    if found.intervals is not None:
        rows.append(
            (
                f"Widths of ranges: {WIDTH_MEDIAN:g}, {WIDTH_LOG_SD:g}, {TAIL_DF:g}",
                "3",
                "answers of experts",
                "all three fitted anew without the study, or the assessor, that is scored",
            )
        )
    if found.seldom:
        rows.append(("Small probabilities", "0", "nothing", "the stated middle is used, by construction"))
    if found.waits:
        rows += [
            (
                f"Half-life of a member, {HALF_LIFE_YEARS:g} years",
                "1",
                "missions and crises begun before 1990",
                "in-sample in this one number, on these waits; all else is learned from earlier waits only",
            ),
            ("Weight of the class in a whole case", "0", "nothing", "follows from the stated range and the members"),
        ]
    if found.polls is not None:
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
    if found.sources:
        yield f"Read were {listed(list(found.sources))}; panels.json has their digests and every figure of this page."
