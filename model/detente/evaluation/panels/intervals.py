"""Stated ranges proved on answers that were left out of the fit: how many truths they hold, and how they score.

Intervals of coverage and score resample whole studies.  Each study, and each assessor, is predicted with parameters
fitted without: one Newton step from those fitted to all (:mod:`detente.evaluation.panels.interval_fit`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri, stdtr

from detente.evaluation.panels.interval_fit import describe, fit, leave_out, panel_of, spread_nodes
from detente.exact.quadrature import log_sum_exp
from detente.exact.widths import STATED, WidthPrior, learned, log_student_t
from detente.scoring import Bounds, interval, resampled_means

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from detente.arrays import Floats, Integers
    from detente.evaluation.panels.interval_fit import PanelErrors, PanelQuestion, PeakFit, WidthFit


Left = Literal["study", "assessor", "nothing"]
Known = Literal["nothing", "earlier answers"]
Method = Literal["learned", "four_widths", "at_word", "sixty_five"]

LEVELS = (0.5, 0.8, 0.9)
FORMER_MASS = 0.65
"""What 90% ranges were taken to hold before they were measured."""
DECILES = 10


@dataclass(frozen=True)
class Coverage:
    """How often central intervals of a ``level`` held the truth, and the 90% interval of that."""

    level: float
    held: float
    interval: Bounds


@dataclass(frozen=True)
class IntervalStanding:
    """How well errors were predicted by a ``method``, with a study or an assessor left out of the fit.

    ``known`` is what was known of the assessor.  ``log_score`` is minus the mean log density of the error, in standard
    deviations of a range at its word: lower is better.  ``places`` counts where the truths fell in the predictive
    distribution, by tenths from the lowest: even if it is calibrated.
    """

    method: Method
    left_out: Left
    known: Known
    coverage: tuple[Coverage, ...]
    log_score: float
    log_interval: Bounds
    places: tuple[int, ...]


@dataclass(frozen=True)
class IntervalPanel:
    """The fit, and the standings out of sample; ``resampled`` is what was drawn again to get the intervals."""

    fit: WidthFit
    standings: tuple[IntervalStanding, ...]
    resampled: Literal["study", "assessor"]


def prove_widths(questions: Sequence[PanelQuestion], random_seed: int) -> IntervalPanel:
    """Fit, and predict each answer with its study, or its assessor, left out of the fit.

    Of an assessor either nothing is known, or the answers that come earlier in the table.

    Raises
    ------
    CalibrationError
        If there are too few answers.
    """
    panel = panel_of(questions)
    fitted = fit(panel)
    by_assessor = leave_out(fitted, np.arange(fitted.score.shape[0]))[panel.assessor]
    by_study = leave_out(fitted, panel.study_of)[panel.study]
    left: tuple[tuple[Left, Floats], ...] = (("assessor", by_assessor),)
    if len(np.unique(panel.study)) > 1:
        left = (("study", by_study), *left)
    return _proved(panel, fitted, left, random_seed)


def score_widths(prior: WidthPrior, questions: Sequence[PanelQuestion], random_seed: int) -> IntervalPanel:
    """Predict other answers than those that ``prior`` was fitted to; the fit shown is to these others."""
    panel = panel_of(questions)
    return _proved(panel, fit(panel), (("nothing", np.tile(np.log(prior), (panel.error.size, 1))),), random_seed)


def _proved(
    panel: PanelErrors, fitted: PeakFit, left: Sequence[tuple[Left, Floats]], random_seed: int
) -> IntervalPanel:
    """Predict every error with the parameters (answer, 3) of each fit that left something out."""
    many = len(np.unique(panel.study)) > 1
    group = panel.study if many else panel.assessor
    standings = [
        _standing(("learned", out, known), _predict(panel, theta, known), group, random_seed)
        for out, theta in left
        for known in ("nothing", "earlier answers")
    ]
    out, theta = left[0]
    standings.append(_standing(("four_widths", out, "nothing"), _by_widths(panel, theta), group, random_seed))
    standings += _constants(panel, group, random_seed)
    return IntervalPanel(describe(panel, fitted), tuple(standings), "study" if many else "assessor")


class _Predicted(NamedTuple):
    """Where each error fell in its predictive distribution, and the log density there, (answer,)."""

    place: Floats
    log_density: Floats


def _predict(panel: PanelErrors, theta: Floats, known: Known) -> _Predicted:
    """Predict every error with parameters of its own, (answer, 3)."""
    nodes, log_weight = spread_nodes()
    place, log_density = np.empty((2, panel.error.size))
    for rows in _answers(panel):
        log_median, log_sd, log_df = theta[rows[0]]
        log_factor, df = log_median + np.exp(log_sd) * nodes, float(np.exp(log_df))
        scaled = panel.error[rows, None] / np.exp(log_factor)
        density = log_student_t(scaled, df) - log_factor
        before = np.cumsum(density, axis=0) - density if known == "earlier answers" else np.zeros_like(density)
        weight = before + log_weight
        weight -= log_sum_exp(weight, axis=1)[:, None]
        place[rows] = (np.exp(weight) * stdtr(df, scaled)).sum(axis=1)
        log_density[rows] = log_sum_exp(weight + density, axis=1)
    return _Predicted(place, log_density)


def _by_widths(panel: PanelErrors, theta: Floats) -> _Predicted:
    """Predict every error from the few widths that the model has for an assessor of whom nothing is known."""
    place, log_density = np.empty((2, panel.error.size))
    distinct, which = np.unique(theta, axis=0, return_inverse=True)
    for number, parameters in enumerate(distinct):
        rows = np.flatnonzero(which.ravel() == number)
        widths = np.array(learned((), WidthPrior(*map(float, np.exp(parameters))))[1])
        place[rows], log_density[rows] = _normals(panel.error[rows], widths)
    return _Predicted(place, log_density)


def _normals(error: Floats, widths: Floats) -> tuple[Floats, Floats]:
    """Return place and log density of errors in an even mixture of normals about 0."""
    scaled = error[:, None] / widths
    log_density = -(scaled**2) / 2 - np.log(widths) - np.log(2 * np.pi) / 2
    return ndtr(scaled).mean(axis=1), log_sum_exp(log_density, axis=1) - np.log(widths.size)


def _constants(panel: PanelErrors, group: Integers, random_seed: int) -> Iterator[IntervalStanding]:
    """Yield the standings of one normal width for all: the range at its word, and as formerly assumed."""
    methods: tuple[tuple[Method, float], ...] = (("sixty_five", FORMER_MASS), ("at_word", STATED))
    for method, mass in methods:
        width = np.array([ndtri(0.5 + STATED / 2) / ndtri(0.5 + mass / 2)])
        predicted = _Predicted(*_normals(panel.error, width))
        yield _standing((method, "nothing", "nothing"), predicted, group, random_seed)


def _answers(panel: PanelErrors) -> Iterator[Integers]:
    """Yield the rows of each assessor, in the order of the table."""
    order = np.argsort(panel.assessor, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(panel.assessor[order])) + 1)


def _standing(
    named: tuple[Method, Left, Known], predicted: _Predicted, group: Integers, random_seed: int
) -> IntervalStanding:
    """Sum up predictions, with intervals from resampling whole groups."""
    off = np.abs(2 * predicted.place - 1)
    values = np.stack([*(off < level for level in LEVELS), -predicted.log_density], axis=1).astype(float)
    drawn = resampled_means(values, group, random_seed)
    method, left_out, known = named
    tenths = np.minimum((predicted.place * DECILES).astype(np.int64), DECILES - 1)
    return IntervalStanding(
        method=method,
        left_out=left_out,
        known=known,
        coverage=tuple(
            Coverage(level, float(values[:, column].mean()), interval(drawn[:, column]))
            for column, level in enumerate(LEVELS)
        ),
        log_score=float(values[:, -1].mean()),
        log_interval=interval(drawn[:, -1]),
        places=tuple(map(int, np.bincount(tenths, minlength=DECILES))),
    )
