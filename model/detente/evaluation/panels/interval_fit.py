"""How wide the ranges are that people state: fitted to answers whose truth is known.

Three numbers say it all: the factor by which a typical assessor's ranges are too narrow, how much assessors differ in
it, and how heavy the tails of their errors are (:mod:`detente.exact.widths`).  They are fitted by maximum likelihood
with each assessor's own factor integrated out.  Standard errors allow for what the answers of one study share.

References
----------
Cooke, R. M. (1991), Experts in Uncertainty: Opinion and Subjective Probability in Science.
Lange, K. L., Little, R. J. A. and Taylor, J. M. G. (1989), Robust statistical modeling using the t distribution.
JASA 84 (its information about the scale: what a question is worth).
Giordano, R., Stephenson, W., Liu, R., Jordan, M. I. and Broderick, T. (2019), A Swiss army infinitesimal jackknife.
AISTATS 22 (leaving out by one step).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
from scipy.special import ndtri

from detente.case.columns import InFile, objects
from detente.case.files import read_alone
from detente.case.ranges import CalibrationQuestion, check_calibration
from detente.case.values import Text  # noqa: TC001 - a column is read by its annotation
from detente.errors import CalibrationError
from detente.exact.quadrature import line, log_sum_exp
from detente.exact.widths import WidthPrior, learned, log_student_t, standardized
from detente.scoring import Bounds, group_totals, numbered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from detente.arrays import Floats, Integers


FEWEST_ASSESSORS, FEWEST_ANSWERS = 5, 30
NODES, REACH = 41, 6.0
STEP = 1e-3
LIMITS = np.log([[0.01, 0.01, 0.1], [100.0, 5.0, 300.0]])
"""Least and most of the three parameters, as logs: at a bound the answers tell nothing of one."""


class PanelQuestion(CalibrationQuestion):
    """An answer of a panel: a calibration question of an assessor in a study."""

    assessor: Annotated[Text | None, InFile("Who judged.", "e7", may_lack=True, also=("expert",))] = None
    study: Annotated[
        Text | None, InFile("What was asked together, and is left out together; blank: one study.", "s1", may_lack=True)
    ] = None


@dataclass(frozen=True)
class Estimate:
    """An estimate, its standard error, and its 90% interval."""

    value: float
    error: float
    interval: Bounds


@dataclass(frozen=True)
class WidthFit:
    """What was fitted.

    ``median`` is the factor by which a typical assessor's ranges are too narrow, in standard deviations of a Student t
    of ``df`` degrees of freedom; ``log_sd`` how much its logarithm differs between assessors.  ``mass`` is how often a
    90% range of an unknown assessor holds the truth, and ``worth`` how many calibration questions tell as much of his
    factor as is known beforehand.
    """

    answers: int
    assessors: int
    studies: int
    held: float
    median: Estimate
    log_sd: Estimate
    df: Estimate
    mass: Estimate
    worth: Estimate
    log_likelihood: float

    @property
    def prior(self) -> WidthPrior:
        """The fit as a prior of an assessor's widths."""
        return WidthPrior(self.median.value, self.log_sd.value, self.df.value)


@dataclass(frozen=True)
class PanelErrors:
    """Errors (answer,) in the order of the table, and the numbers of each answer's assessor and study."""

    error: Floats
    assessor: Integers
    study: Integers
    held: float

    @property
    def study_of(self) -> Integers:
        """The study of each assessor."""
        study = np.zeros(int(self.assessor.max()) + 1, dtype=np.int64)
        study[self.assessor] = self.study
        return study


def read_intervals(path: Path) -> tuple[PanelQuestion, ...]:
    """Read answers with their truths from a table, which may be compressed by gzip.

    Its columns are those of a case's ``calibration.csv`` and ``study``; a column ``expert`` is taken for ``assessor``.

    Raises
    ------
    SetError
        If the table cannot be read, or has problems.
    """
    return objects(read_alone(path, PanelQuestion, check_calibration))


def panel_of(questions: Sequence[PanelQuestion]) -> PanelErrors:
    """Return the errors of answers, and whose they are.

    Raises
    ------
    CalibrationError
        If they are too few to tell assessors apart.
    """
    assessors = {(question.study, question.assessor) for question in questions}
    if len(assessors) < FEWEST_ASSESSORS or len(questions) < FEWEST_ANSWERS:
        raise CalibrationError(
            f"{len(questions)} answers of {len(assessors)} assessors tell too little of how assessors differ: give at "
            f"least {FEWEST_ANSWERS} of {FEWEST_ASSESSORS}; an assessor's own go into calibration.csv of a case"
        )
    return PanelErrors(
        error=standardized(questions),
        assessor=numbered((q.study, q.assessor) for q in questions),
        study=numbered(q.study for q in questions),
        held=float(np.mean([q.low <= q.truth <= q.high for q in questions])),
    )


class PeakFit(NamedTuple):
    """The logs of the three parameters, (3,), and of each assessor's log likelihood there, value, slope and curvature.

    Shapes ``likelihood`` (assessor,), ``score`` (assessor, 3), ``curvature`` (assessor, 3, 3).
    """

    theta: Floats
    likelihood: Floats
    score: Floats
    curvature: Floats


def fit(panel: PanelErrors) -> PeakFit:
    """Maximize the likelihood by Newton's method, from where the search by simplex ends.

    Raises
    ------
    CalibrationError
        If it has no maximum: assessors who do not differ have no spread, and errors that are normal no degrees.
    """
    from scipy.optimize import minimize

    start = np.log([1.5, 0.5, 1.5])
    theta = minimize(
        lambda at: -float(_likelihood(panel, at).sum()),
        start,
        method="Nelder-Mead",
        bounds=list(zip(*LIMITS, strict=True)),
        options={"xatol": 1e-3},
    ).x
    fitted = _expanded(panel, theta)
    for _ in range(2):
        if not _is_peak(fitted):
            break
        theta = theta - np.linalg.solve(fitted.curvature.sum(axis=0), fitted.score.sum(axis=0))
        fitted = _expanded(panel, theta)
    if not _is_peak(fitted):
        raise CalibrationError(
            "the answers do not tell how assessors differ, or how far errors reach beyond a normal distribution's: "
            "give more answers of more assessors"
        )
    return fitted


def leave_out(fitted: PeakFit, group: Integers) -> Floats:
    """Return the parameters fitted without each group of assessors, (group, 3), by one Newton step."""
    ones = np.ones(group.size)
    score, curvature = (group_totals(part, ones, group)[0] for part in (fitted.score, fitted.curvature))
    rest = fitted.curvature.sum(axis=0) - curvature
    # Where the rest alone has no peak, a step towards it leads nowhere.
    has_peak = np.linalg.eigvalsh(rest).max(axis=1) < 0
    slope = np.where(has_peak[:, None], fitted.score.sum(axis=0) - score, 0.0)
    rest = np.where(has_peak[:, None, None], rest, -np.eye(3))
    return np.clip(fitted.theta - np.linalg.solve(rest, slope[..., None])[..., 0], *LIMITS)


def describe(panel: PanelErrors, fitted: PeakFit) -> WidthFit:
    """Return the fit with its uncertainty: a sandwich, its filling the scores of whole studies."""
    study_of = panel.study_of
    group = study_of if len(np.unique(study_of)) > 1 else np.arange(study_of.size)
    filling, _ = group_totals(fitted.score, np.ones(group.size), group)
    bread = np.linalg.inv(fitted.curvature.sum(axis=0))
    covariance = bread @ (filling.T @ filling) @ bread

    def estimate(of: Callable[[Floats], float]) -> Estimate:
        """Return a positive function of the parameters, its error by the delta method on its logarithm."""
        value = of(fitted.theta)
        slope = [
            (np.log(of(fitted.theta + row)) - np.log(of(fitted.theta - row))) / (2 * STEP) for row in np.eye(3) * STEP
        ]
        error = float(np.sqrt(slope @ covariance @ slope))
        reach = ndtri(0.95) * error
        return Estimate(
            float(value), float(value * error), (float(value * np.exp(-reach)), float(value * np.exp(reach)))
        )

    def odds(theta: Floats) -> float:
        mass = learned((), WidthPrior(*map(float, np.exp(theta))))[0]
        return mass / (1 - mass)

    of_odds = estimate(odds)
    low, high = (bound / (1 + bound) for bound in of_odds.interval)
    mass = of_odds.value / (1 + of_odds.value)
    return WidthFit(
        answers=panel.error.size,
        assessors=study_of.size,
        studies=len(np.unique(panel.study)),
        held=panel.held,
        median=estimate(lambda theta: float(np.exp(theta[0]))),
        log_sd=estimate(lambda theta: float(np.exp(theta[1]))),
        df=estimate(lambda theta: float(np.exp(theta[2]))),
        mass=Estimate(mass, of_odds.error / (1 + of_odds.value) ** 2, (low, high)),
        worth=estimate(_worth),
        log_likelihood=float(fitted.likelihood.sum()),
    )


def spread_nodes() -> tuple[Floats, Floats]:
    """Return nodes of a standard normal, and log weights."""
    nodes = line(-REACH, REACH, 2 * REACH / (NODES - 1))
    log_weight = -(nodes**2) / 2
    return nodes, log_weight - log_sum_exp(log_weight, axis=0)


def _likelihood(panel: PanelErrors, theta: Floats) -> Floats:
    """Return each assessor's log likelihood, (assessor,), the factor integrated out."""
    nodes, log_weight = spread_nodes()
    log_factor = theta[0] + np.exp(theta[1]) * nodes
    density = log_student_t(panel.error[:, None] / np.exp(log_factor), float(np.exp(theta[2]))) - log_factor
    by_assessor, _ = group_totals(density, np.ones(panel.error.size), panel.assessor)
    return log_sum_exp(by_assessor + log_weight, axis=1)


def _is_peak(fitted: PeakFit) -> bool:
    """Return whether the likelihood has a maximum near by, of parameters that may be."""
    inside = (LIMITS[0] < fitted.theta) & (fitted.theta < LIMITS[1])
    return bool(inside.all() and np.linalg.eigvalsh(fitted.curvature.sum(axis=0)).max() < 0)


def _expanded(panel: PanelErrors, theta: Floats) -> PeakFit:
    """Return each assessor's log likelihood with its slope and curvature, by differences."""
    unit = np.eye(3) * STEP
    here = _likelihood(panel, theta)
    ahead, behind = (np.stack([_likelihood(panel, theta + sign * row) for row in unit]) for sign in (1, -1))
    curvature = np.empty((here.size, 3, 3))
    for i in range(3):
        curvature[:, i, i] = ahead[i] + behind[i] - 2 * here
        for j in range(i):
            both = [
                _likelihood(panel, theta + a * unit[i] + b * unit[j]) for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
            curvature[:, i, j] = curvature[:, j, i] = (both[0] - both[1] - both[2] + both[3]) / 4
    return PeakFit(theta, here, ((ahead - behind) / (2 * STEP)).T, curvature / STEP**2)


def _worth(theta: Floats) -> float:
    """Return how many errors carry as much information on the log of the factor as the prior does."""
    df = float(np.exp(theta[2]))
    return float(np.exp(-2 * theta[1])) * (df + 3) / (2 * df)
