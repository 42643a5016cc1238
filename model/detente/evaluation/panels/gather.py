"""Every panel of a folder, proved: what the model reached on each, beside what is wanted of it.

A folder may hold ``diagnoses.csv``, ``intervals.csv``, ``waits.csv``, ``polls.csv`` and ``three_points.csv``, each of
them perhaps compressed (``.csv.gz``); what is not there is left out and named.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from detente.case.past_polls import read_past_polls
from detente.case.question_set import read_set
from detente.case.spells import read_panels
from detente.evaluation.explanations import Forecasts, log_scores
from detente.evaluation.panels.diagnoses import write_diagnoses
from detente.evaluation.panels.interval_fit import read_intervals
from detente.evaluation.panels.intervals import IntervalPanel, prove_widths
from detente.evaluation.panels.poll_backtest import PollForecastScore, PollPanel, prove_polls
from detente.evaluation.panels.seldom import CLAIMS, FEATURES, Seldom, pooled, prove_claims, prove_features
from detente.evaluation.panels.waits import WaitPanel, prove_waits
from detente.evaluation.pooled import CrowdPanel, prove_crowds
from detente.evaluation.sets import SetCalibration, SetScore, answer_set, calibrate_set, score_set
from detente.evaluation.track_record import OURS, TEMPERED
from detente.inference import Progress, silent
from detente.scoring import interval, resampled_means
from detente.settings import DEFAULT_RANDOM_SEED, versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Executor


type Bounds = tuple[float | None, float | None]
type File = Literal["diagnoses", "intervals", "three_points", "waits", "polls"]
type Drawn = Literal["left out", "cross-validated", "stated", "out of time"]

FILES: tuple[File, ...] = ("diagnoses", "intervals", "three_points", "waits", "polls")
MANY_ITEMS = 10
"""From so many items on, a question has many."""
STEPS = "steps"
JUDGED = (STEPS, CLAIMS, FEATURES)
"""Small statements of which something is wanted: of all waits together, not of one class of them."""
PLACES = tuple(n / 10 for n in range(1, 10))
NINETY = 0.9
AT_MOST_LEVEL: Bounds = (None, 1.0)
CALIBRATED: Bounds = (0.85, 1.15)
WANTED: Mapping[str, tuple[Bounds, Drawn]] = {
    "evidence": (AT_MOST_LEVEL, "stated"),
    "evidence_learned": ((None, 0.93), "cross-validated"),
    "exponent": (CALIBRATED, "stated"),
    "exponent_many": (CALIBRATED, "stated"),
    "exponent_learned": (CALIBRATED, "cross-validated"),
    "exponent_many_learned": (CALIBRATED, "cross-validated"),
    "cluster": (AT_MOST_LEVEL, "stated"),
    "intervals": ((0.87, 0.93), "left out"),
    "seldom": ((0.9, 1.1), "stated"),
    "waits": (AT_MOST_LEVEL, "out of time"),
    "whole": ((None, 1.05), "out of time"),
    "polls": ((None, 0.97), "left out"),
    "polls_held": ((0.85, 0.95), "left out"),
    "crowd": ((None, 0.95), "left out"),
}
"""By the kind of figure: what is wanted, at least and at most, and how it is got, with constants as stated or with some
learned from other answers."""


class Missing(NamedTuple):
    """A table that was not there, or taught nothing."""

    file: File
    empty: bool = False


@dataclass(frozen=True)
class PanelFigure:
    """A figure of a kind (:data:`WANTED`), ``of`` which panel, its 90% interval, and what is wanted of it."""

    kind: str
    of: str
    questions: int
    value: float
    interval: Bounds | None
    wanted: Bounds
    drawn: Drawn
    is_met: bool


@dataclass(frozen=True)
class Ratio:
    """A mean log score over another's, with its 90% interval by whole groups."""

    value: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class EvidencePanel:
    """Evidence alone: with the default priors, with what the other parts taught, and all items sharing one cause.

    ``ratio`` and ``ratio_learned`` are over tempered naive Bayes, ``ratio_cluster`` one cause over each item alone.
    """

    default: SetScore
    learned: SetCalibration
    cluster: SetScore
    ratio: Ratio
    ratio_learned: Ratio
    ratio_cluster: Ratio


@dataclass(frozen=True)
class ResultPlaces:
    """The share of results below each of nine places of their forecasts (:data:`PLACES`), with 90% intervals."""

    group: str
    forecasts: int
    share: tuple[float, ...]
    interval: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Panels:
    """What was found: a part for each table that was there, and the figures beside what is wanted."""

    missing: tuple[Missing, ...]
    sources: Mapping[str, str]
    reached: tuple[PanelFigure, ...]
    evidence: EvidencePanel | None
    intervals: IntervalPanel | None
    seldom: tuple[Seldom, ...]
    crowds: tuple[CrowdPanel, ...]
    waits: tuple[WaitPanel, ...]
    polls: PollPanel | None
    poll_places: tuple[ResultPlaces, ...]
    random_seed: int
    versions: Mapping[str, str]


def gather_panels(
    folder: Path,
    *,
    random_seed: int = DEFAULT_RANDOM_SEED,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> Panels:
    """Prove the model on every panel of a folder.

    Parameters
    ----------
    folder
        Where the tables are.
    random_seed
        Seed of resampling and of the parts of a cross-validation.
    executor
        Where to answer questions; None answers them here.
    progress
        Called with each stage and the finished share.

    Raises
    ------
    SetError, CaseError, CalibrationError, ScoringError
        If a table has problems, or too few rows to teach anything.
    """
    paths = {name: path for name in FILES if (path := _table(folder, name)) is not None}
    missing = [Missing(name) for name in FILES if name not in paths]
    evidence, intervals, polls = None, None, None
    seldom: list[Seldom | None] = []
    waits: list[WaitPanel] = []
    crowds: tuple[CrowdPanel, ...] = ()
    places: tuple[ResultPlaces, ...] = ()
    if "diagnoses" in paths:
        evidence, of_features = _evidence(paths["diagnoses"], random_seed, executor, progress)
        seldom.append(of_features)
    if "intervals" in paths:
        progress("fitting the widths of ranges", 0.0)
        intervals = prove_widths(read_intervals(paths["intervals"]), random_seed)
    if "three_points" in paths:
        seldom.append(prove_claims(paths["three_points"], random_seed))
        progress("pooling probabilities", 0.0)
        crowds = prove_crowds(paths["three_points"], random_seed)
    if "waits" in paths:
        classes = read_panels(paths["waits"])
        for number, (name, spells) in enumerate(classes.items()):
            progress("predicting waits", number / len(classes))
            waits.append(prove_waits(name, spells, random_seed))
        of_waits = [panel.seldom for panel in waits if panel.seldom is not None]
        seldom.append(pooled(STEPS, of_waits, random_seed))
        seldom += of_waits if len(of_waits) > 1 else []
        if not any(panel.scores for panel in waits):
            missing.append(Missing("waits", empty=True))
    if "polls" in paths:
        polls, places = _polls(paths["polls"], random_seed, progress)
    few = tuple(panel for panel in seldom if panel is not None)
    waits = [panel for panel in waits if panel.scores]
    return Panels(
        missing=tuple(missing),
        sources={path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths.values()},
        reached=(*_of_evidence(evidence), *_of_intervals(intervals), *_of_tables(few, crowds, waits, polls)),
        evidence=evidence,
        intervals=intervals,
        seldom=few,
        crowds=crowds,
        waits=tuple(waits),
        polls=polls,
        poll_places=places,
        random_seed=random_seed,
        versions=versions("exact"),
    )


def _table(folder: Path, name: str) -> Path | None:
    return next((path for ending in (".csv", ".csv.gz") if (path := folder / f"{name}{ending}").is_file()), None)


def _evidence(
    table: Path, random_seed: int, executor: Executor | None, tell: Progress
) -> tuple[EvidencePanel, Seldom | None]:
    with TemporaryDirectory() as scratch:
        alone, together = Path(scratch) / "diagnoses", Path(scratch) / "diagnoses-together"
        write_diagnoses(table, alone)
        write_diagnoses(table, together, one_cluster=True)
        alone_set, shared = read_set(alone), read_set(together)
        answers = answer_set(alone_set, with_tables=True, executor=executor, progress=tell)
        of_shared = answer_set(shared, executor=executor, progress=tell)
        few = prove_features(alone_set, random_seed)
    tell("learning the discrimination", 0.0)
    default, cluster = score_set(alone_set, answers, random_seed), score_set(shared, of_shared, random_seed)
    learned, by_forecaster = calibrate_set(alone_set, answers, random_seed=random_seed)
    own = default.by_forecaster[OURS]
    return EvidencePanel(
        default=replace(default.result, folder=table.name),
        learned=replace(learned, folder=table.name),
        cluster=replace(cluster.result, folder=table.name),
        ratio=_ratio(own, default.by_forecaster[TEMPERED], random_seed),
        ratio_learned=_ratio(by_forecaster[OURS], by_forecaster[TEMPERED], random_seed),
        ratio_cluster=_ratio(cluster.by_forecaster[OURS], own, random_seed),
    ), few


def _ratio(ours: Forecasts, theirs: Forecasts, random_seed: int) -> Ratio:
    scores = np.stack([log_scores(ours), log_scores(theirs)], axis=1)
    drawn = resampled_means(scores, ours.group, random_seed, ours.weight)
    means = scores.mean(axis=0)
    return Ratio(float(means[0] / means[1]), interval(drawn[:, 0] / drawn[:, 1]))


def _polls(table: Path, random_seed: int, tell: Progress) -> tuple[PollPanel, tuple[ResultPlaces, ...]]:
    tell("learning how polls err", 0.0)
    proof, made = prove_polls(read_past_polls(table).votes, random_seed, tell)
    groups = dict.fromkeys(one.group for one in made)
    return proof, tuple(_places(name, [one for one in made if one.group == name], random_seed) for name in groups)


def _places(group: str, made: Sequence[PollForecastScore], random_seed: int) -> ResultPlaces:
    below = np.array([[one.rank < place for place in PLACES] for one in made], dtype=float)
    drawn = resampled_means(below, np.array([one.vote.toordinal() for one in made]), random_seed)
    return ResultPlaces(
        group=group,
        forecasts=len(made),
        share=tuple(map(float, below.mean(axis=0))),
        interval=tuple(interval(drawn[:, column]) for column in range(len(PLACES))),
    )


def _reached(kind: str, of: str, questions: int, value: float, bounds: Bounds | None) -> PanelFigure:
    (low, high), drawn = WANTED[kind]
    is_met = (low is None or value >= low) and (high is None or value <= high)
    return PanelFigure(kind, of, questions, value, bounds, (low, high), drawn, is_met)


def _of_evidence(panel: EvidencePanel | None) -> Iterator[PanelFigure]:
    if panel is None:
        return
    default, learned, questions = panel.default, panel.learned, panel.default.questions
    yield _reached("evidence", "diagnoses", questions, panel.ratio.value, panel.ratio.interval)
    yield _reached("evidence_learned", "diagnoses", questions, panel.ratio_learned.value, panel.ratio_learned.interval)
    for ending, scores, bands in (
        ("", default.scores, default.by_items),
        ("_learned", learned.scores, tuple(after for _, after in learned.by_items)),
    ):
        exponent = scores.exponent
        yield _reached(f"exponent{ending}", "diagnoses", questions, exponent.value, exponent.interval)
        for band in bands:
            if band.fewest >= MANY_ITEMS:
                held = band.exponent
                yield _reached(f"exponent_many{ending}", "diagnoses", band.questions, held.value, held.interval)
    yield _reached("cluster", "diagnoses", questions, panel.ratio_cluster.value, panel.ratio_cluster.interval)


def _of_intervals(panel: IntervalPanel | None) -> Iterator[PanelFigure]:
    for row in () if panel is None else panel.standings:
        if row.method == "four_widths":
            ninety = next(one for one in row.coverage if one.level == NINETY)
            yield _reached("intervals", "intervals", panel.fit.answers if panel else 0, ninety.held, ninety.interval)


def _of_tables(
    statements: Sequence[Seldom], crowds: Sequence[CrowdPanel], waits: Sequence[WaitPanel], polls: PollPanel | None
) -> Iterator[PanelFigure]:
    for few in statements:
        if few.ratio is not None and few.name in JUDGED:
            yield _reached("seldom", few.name, few.statements, few.ratio, few.ratio_interval)
    for crowd in crowds:
        yield _reached("crowd", crowd.round or "crowd", crowd.questions, crowd.ratio, crowd.ratio_interval)
    for panel in waits:
        scores, best = panel.scores[0], panel.scores[0].best_simple
        yield _reached("waits", panel.name, scores.questions, best.ratio, best.ratio_interval)
    for panel in waits:
        scores, whole = panel.scores[0], panel.scores[0].of("whole")
        low, high = whole.ratio_interval
        over_class = whole.log_score / scores.of("class").log_score
        yield _reached("whole", panel.name, scores.questions, over_class, (1 / high, 1 / low))
    for row in () if polls is None else polls.scores:
        yield _reached("polls", row.group, row.forecasts, row.ratio, row.ratio_interval)
        yield _reached("polls_held", row.group, row.forecasts, row.held, row.held_interval)
