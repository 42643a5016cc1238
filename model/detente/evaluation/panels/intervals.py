"""How wide the ranges are that people state: fitted to answers whose truth is known, and proved on those left out.

Three numbers say it all: the factor by which a typical assessor's ranges are too narrow, how much assessors differ in
it, and how heavy the tails of their errors are (:mod:`detente.exact.widths`).  They are fitted by maximum likelihood
with each assessor's own factor integrated out.  Standard errors allow for what the answers of one study share, and so
do the intervals of coverage and score, which resample whole studies.  Each study, and each assessor, is predicted with
parameters fitted without: one Newton step from those fitted to all.

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
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri, stdtr

from detente.case.calibration import CalibrationQuestion, check_calibration
from detente.case.columns import Column, objects
from detente.case.files import read_compressed
from detente.case.findings import Findings
from detente.case.tables import names_in_header, read_table
from detente.case.values import Text  # noqa: TC001 - a column is read by its annotation
from detente.errors import CalibrationError, SetError
from detente.evaluation.explanations import group_totals, interval, resampled
from detente.exact.quadrature import line, log_sum_exp
from detente.exact.widths import STATED, WidthPrior, learned, log_student_t, standardized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from detente.errors import Problem

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

Bounds = tuple[float, float]
Left = Literal["study", "assessor", "nothing"]
Known = Literal["nothing", "earlier answers"]
Method = Literal["learned", "four_widths", "at_word", "sixty_five"]

LEVELS = (0.5, 0.8, 0.9)
FEWEST_ASSESSORS, FEWEST_ANSWERS = 5, 30
NODES, REACH = 41, 6.0
STEP = 1e-3
FITTED = np.log([[0.01, 0.01, 0.1], [100.0, 5.0, 300.0]])
"""Least and most of the three parameters, as logs: at a bound the answers tell nothing of one."""
FORMER_MASS = 0.65
"""What 90% ranges were taken to hold before they were measured."""
DECILES = 10


class PanelQuestion(CalibrationQuestion):
    """An answer of a panel: a calibration question of an assessor in a study."""

    study: Annotated[
        Text | None, Column("What was asked together, and is left out together; blank: one study.", "s1", may_lack=True)
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


@dataclass(frozen=True)
class Panel:
    """Errors (answer,) in the order of the table, and the numbers of each answer's assessor and study."""

    error: Floats
    assessor: Integers
    study: Integers
    held: float

    @property
    def study_of(self) -> Integers:
        """The study of each assessor."""
        found = np.zeros(int(self.assessor.max()) + 1, dtype=np.int64)
        found[self.assessor] = self.study
        return found


def read_intervals(path: Path) -> tuple[PanelQuestion, ...]:
    """Read answers with their truths from a table, which may be compressed by gzip.

    Its columns are those of a case's ``calibration.csv`` and ``study``; a column ``expert`` is taken for ``assessor``.

    Raises
    ------
    SetError
        If the table cannot be read, or has problems.
    """
    problems: list[Problem] = []
    findings = Findings(str(path), problems)
    text = read_compressed(path, findings)
    head, _, body = (text or "").partition("\n")
    names = names_in_header(head)
    if "expert" in names and "assessor" not in names:
        head = ",".join("assessor" if name == "expert" else name for name in names)
    rows = read_table(f"{head}\n{body}", PanelQuestion, findings) if text is not None else None
    check_calibration(rows or ())
    if rows is None or problems:
        raise SetError(problems)
    return objects(rows)


def panel(questions: Sequence[PanelQuestion]) -> Panel:
    """Return the errors of answers, and whose they are.

    Raises
    ------
    CalibrationError
        If they are too few to tell assessors apart.
    """
    assessors = {key: n for n, key in enumerate(dict.fromkeys((q.study, q.assessor) for q in questions))}
    studies = {key: n for n, key in enumerate(dict.fromkeys(q.study for q in questions))}
    if len(assessors) < FEWEST_ASSESSORS or len(questions) < FEWEST_ANSWERS:
        raise CalibrationError(
            f"{len(questions)} answers of {len(assessors)} assessors tell too little of how assessors differ: give at "
            f"least {FEWEST_ANSWERS} of {FEWEST_ASSESSORS}; an assessor's own go into calibration.csv of a case"
        )
    return Panel(
        error=standardized(questions),
        assessor=np.array([assessors[q.study, q.assessor] for q in questions]),
        study=np.array([studies[q.study] for q in questions]),
        held=float(np.mean([q.low <= q.truth <= q.high for q in questions])),
    )


def fit_widths(questions: Sequence[PanelQuestion]) -> WidthFit:
    """Fit the three numbers, with standard errors from whole studies (whole assessors if there is but one study).

    Raises
    ------
    CalibrationError
        If there are too few answers.
    """
    found = panel(questions)
    return _described(found, _fit(found))


def prove_widths(questions: Sequence[PanelQuestion], random_seed: int) -> IntervalPanel:
    """Fit, and predict each answer with its study, or its assessor, left out of the fit.

    Of an assessor either nothing is known, or the answers that come earlier in the table.

    Raises
    ------
    CalibrationError
        If there are too few answers.
    """
    found = panel(questions)
    fitted = _fit(found)
    many = len(np.unique(found.study)) > 1
    by_assessor = _without(fitted, np.arange(fitted.score.shape[0]))[found.assessor]
    by_study = _without(fitted, found.study_of)[found.study]
    group = found.study if many else found.assessor
    left: tuple[tuple[Left, Floats], ...] = (("assessor", by_assessor),)
    if many:
        left = (("study", by_study), *left)
    standings = [
        _standing(("learned", out, known), _predict(found, theta, known), group, random_seed)
        for out, theta in left
        for known in ("nothing", "earlier answers")
    ]
    out, theta = left[0]
    standings.append(_standing(("four_widths", out, "nothing"), _by_widths(found, theta), group, random_seed))
    standings += _constants(found, group, random_seed)
    return IntervalPanel(_described(found, fitted), tuple(standings), "study" if many else "assessor")


def score_widths(prior: WidthPrior, questions: Sequence[PanelQuestion], random_seed: int) -> IntervalPanel:
    """Predict other answers than those that ``prior`` was fitted to; the fit shown is to these others."""
    found = panel(questions)
    many = len(np.unique(found.study)) > 1
    group = found.study if many else found.assessor
    theta = np.tile(np.log(prior), (found.error.size, 1))
    standings = [
        _standing(("learned", "nothing", known), _predict(found, theta, known), group, random_seed)
        for known in ("nothing", "earlier answers")
    ]
    standings.append(_standing(("four_widths", "nothing", "nothing"), _by_widths(found, theta), group, random_seed))
    standings += _constants(found, group, random_seed)
    return IntervalPanel(_described(found, _fit(found)), tuple(standings), "study" if many else "assessor")


class _Fitted(NamedTuple):
    """The logs of the three parameters, (3,), and of each assessor's log likelihood there, value, slope and curvature.

    Shapes ``likelihood`` (assessor,), ``score`` (assessor, 3), ``curvature`` (assessor, 3, 3).
    """

    theta: Floats
    likelihood: Floats
    score: Floats
    curvature: Floats


def _nodes() -> tuple[Floats, Floats]:
    """Return nodes of a standard normal, and log weights."""
    nodes = line(-REACH, REACH, 2 * REACH / (NODES - 1))
    log_weight = -(nodes**2) / 2
    return nodes, log_weight - log_sum_exp(log_weight, axis=0)


def _likelihood(found: Panel, theta: Floats) -> Floats:
    """Return each assessor's log likelihood, (assessor,), the factor integrated out."""
    nodes, log_weight = _nodes()
    log_factor = theta[0] + np.exp(theta[1]) * nodes
    density = log_student_t(found.error[:, None] / np.exp(log_factor), float(np.exp(theta[2]))) - log_factor
    by_assessor, _ = group_totals(density, np.ones(found.error.size), found.assessor)
    return log_sum_exp(by_assessor + log_weight, axis=1)


def _fit(found: Panel) -> _Fitted:
    """Maximize the likelihood by Newton's method, from where the search by simplex ends.

    Raises
    ------
    CalibrationError
        If it has no maximum: assessors who do not differ have no spread, and errors that are normal no degrees.
    """
    from scipy.optimize import minimize

    start = np.log([1.5, 0.5, 1.5])
    theta = minimize(
        lambda at: -float(_likelihood(found, at).sum()),
        start,
        method="Nelder-Mead",
        bounds=list(zip(*FITTED, strict=True)),
        options={"xatol": 1e-3},
    ).x
    fitted = _expanded(found, theta)
    for _ in range(2):
        if not _is_peak(fitted):
            break
        theta = theta - np.linalg.solve(fitted.curvature.sum(axis=0), fitted.score.sum(axis=0))
        fitted = _expanded(found, theta)
    if not _is_peak(fitted):
        raise CalibrationError(
            "the answers do not tell how assessors differ, or how far errors reach beyond a normal distribution's: "
            "give more answers of more assessors"
        )
    return fitted


def _is_peak(fitted: _Fitted) -> bool:
    """Return whether the likelihood has a maximum near by, of parameters that may be."""
    inside = (FITTED[0] < fitted.theta) & (fitted.theta < FITTED[1])
    return bool(inside.all() and np.linalg.eigvalsh(fitted.curvature.sum(axis=0)).max() < 0)


def _expanded(found: Panel, theta: Floats) -> _Fitted:
    """Return each assessor's log likelihood with its slope and curvature, by differences."""
    unit = np.eye(3) * STEP
    here = _likelihood(found, theta)
    ahead, behind = (np.stack([_likelihood(found, theta + sign * row) for row in unit]) for sign in (1, -1))
    curvature = np.empty((here.size, 3, 3))
    for i in range(3):
        curvature[:, i, i] = ahead[i] + behind[i] - 2 * here
        for j in range(i):
            both = [
                _likelihood(found, theta + a * unit[i] + b * unit[j]) for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
            curvature[:, i, j] = curvature[:, j, i] = (both[0] - both[1] - both[2] + both[3]) / 4
    return _Fitted(theta, here, ((ahead - behind) / (2 * STEP)).T, curvature / STEP**2)


def _without(fitted: _Fitted, group: Integers) -> Floats:
    """Return the parameters fitted without each group of assessors, (group, 3), by one Newton step."""
    ones = np.ones(group.size)
    score, curvature = (group_totals(part, ones, group)[0] for part in (fitted.score, fitted.curvature))
    rest = fitted.curvature.sum(axis=0) - curvature
    # Where the rest alone has no peak, a step towards it leads nowhere.
    has_peak = np.linalg.eigvalsh(rest).max(axis=1) < 0
    slope = np.where(has_peak[:, None], fitted.score.sum(axis=0) - score, 0.0)
    rest = np.where(has_peak[:, None, None], rest, -np.eye(3))
    return np.clip(fitted.theta - np.linalg.solve(rest, slope[..., None])[..., 0], *FITTED)


def _described(found: Panel, fitted: _Fitted) -> WidthFit:
    """Return the fit with its uncertainty: a sandwich, its filling the scores of whole studies."""
    study_of = found.study_of
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
        answers=found.error.size,
        assessors=study_of.size,
        studies=len(np.unique(found.study)),
        held=found.held,
        median=estimate(lambda theta: float(np.exp(theta[0]))),
        log_sd=estimate(lambda theta: float(np.exp(theta[1]))),
        df=estimate(lambda theta: float(np.exp(theta[2]))),
        mass=Estimate(mass, of_odds.error / (1 + of_odds.value) ** 2, (low, high)),
        worth=estimate(_worth),
        log_likelihood=float(fitted.likelihood.sum()),
    )


def _worth(theta: Floats) -> float:
    """Return how many errors carry as much information on the log of the factor as the prior does."""
    df = float(np.exp(theta[2]))
    return float(np.exp(-2 * theta[1])) * (df + 3) / (2 * df)


class _Predicted(NamedTuple):
    """Where each error fell in its predictive distribution, and the log density there, (answer,)."""

    place: Floats
    log_density: Floats


def _predict(found: Panel, theta: Floats, known: Known) -> _Predicted:
    """Predict every error with parameters of its own, (answer, 3)."""
    nodes, log_weight = _nodes()
    place, log_density = np.empty((2, found.error.size))
    for rows in _answers(found):
        log_median, log_sd, log_df = theta[rows[0]]
        log_factor, df = log_median + np.exp(log_sd) * nodes, float(np.exp(log_df))
        scaled = found.error[rows, None] / np.exp(log_factor)
        density = log_student_t(scaled, df) - log_factor
        before = np.cumsum(density, axis=0) - density if known == "earlier answers" else np.zeros_like(density)
        weight = before + log_weight
        weight -= log_sum_exp(weight, axis=1)[:, None]
        place[rows] = (np.exp(weight) * stdtr(df, scaled)).sum(axis=1)
        log_density[rows] = log_sum_exp(weight + density, axis=1)
    return _Predicted(place, log_density)


def _by_widths(found: Panel, theta: Floats) -> _Predicted:
    """Predict every error from the few widths that the model has for an assessor of whom nothing is known."""
    place, log_density = np.empty((2, found.error.size))
    distinct, which = np.unique(theta, axis=0, return_inverse=True)
    for number, parameters in enumerate(distinct):
        rows = np.flatnonzero(which.ravel() == number)
        widths = np.array(learned((), WidthPrior(*map(float, np.exp(parameters))))[1])
        place[rows], log_density[rows] = _normals(found.error[rows], widths)
    return _Predicted(place, log_density)


def _normals(error: Floats, widths: Floats) -> tuple[Floats, Floats]:
    """Return place and log density of errors in an even mixture of normals about 0."""
    scaled = error[:, None] / widths
    log_density = -(scaled**2) / 2 - np.log(widths) - np.log(2 * np.pi) / 2
    return ndtr(scaled).mean(axis=1), log_sum_exp(log_density, axis=1) - np.log(widths.size)


def _constants(found: Panel, group: Integers, random_seed: int) -> Iterator[IntervalStanding]:
    """Yield the standings of one normal width for all: the range at its word, and as formerly assumed."""
    methods: tuple[tuple[Method, float], ...] = (("sixty_five", FORMER_MASS), ("at_word", STATED))
    for method, mass in methods:
        width = np.array([ndtri(0.5 + STATED / 2) / ndtri(0.5 + mass / 2)])
        predicted = _Predicted(*_normals(found.error, width))
        yield _standing((method, "nothing", "nothing"), predicted, group, random_seed)


def _answers(found: Panel) -> Iterator[Integers]:
    """Yield the rows of each assessor, in the order of the table."""
    order = np.argsort(found.assessor, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(found.assessor[order])) + 1)


def _standing(
    named: tuple[Method, Left, Known], predicted: _Predicted, group: Integers, random_seed: int
) -> IntervalStanding:
    """Sum up predictions, with intervals from resampling whole groups."""
    off = np.abs(2 * predicted.place - 1)
    values = np.stack([*(off < level for level in LEVELS), -predicted.log_density], axis=1).astype(float)
    drawn = resampled(*group_totals(values, np.ones(off.size), group), random_seed)
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
