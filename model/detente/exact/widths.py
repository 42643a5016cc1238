"""How wide stated ranges really are: learned from calibration questions by one-dimensional quadrature.

An answer's error is ``x = (truth - mid) / s``, where ``s`` makes the stated range hold its stated mass of a normal
distribution about its middle, and ``x / c`` is Student t with few degrees of freedom, ``c`` the assessor's own factor,
log-normal beforehand.  A Student t is a normal of unsure width,

    x = sqrt(W) eps,    W = c^2 nu / chi^2_nu,    eps ~ Normal(0, 1),

so that given a width all is normal.  The distribution of the width is cut into parts of equal probability, each
represented by its median.

References
----------
Andrews, D. F. and Mallows, C. L. (1974), Scale mixtures of normal distributions.  JRSS B 36.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import gammaincc, gammaln, ndtri, stdtr

from detente.case.ranges import TAIL_DF, WIDTH_LOG_SD, WIDTH_MEDIAN, WIDTHS
from detente.exact.quadrature import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.arrays import Floats
    from detente.case.ranges import CalibrationQuestion
    from detente.case.schema import Case


class WidthPrior(NamedTuple):
    """How wide ranges are beforehand: log c ~ Normal(log ``median``, ``log_sd``), and a t of ``df`` degrees."""

    median: float
    log_sd: float
    df: float


PRIOR = WidthPrior(WIDTH_MEDIAN, WIDTH_LOG_SD, TAIL_DF)
STATED = 0.9
"""The mass that the range of a judgement claims to hold."""
ENDS = (0.05, 0.95)
REACH, SPACING, HALVINGS, TANGENTS = 9.0, 0.125, 12, 5
LONGEST = 1e6


def assumed_mass(case: Case) -> float:
    """Return how often stated 90% ranges hold the truth: as the case states it, else as learned."""
    return case.priors.assumed_mass or learned(errors(case.calibration_of()))[0]


def widths(case: Case) -> Floats:
    """Return the widths a range may have, all equally likely, (width,): standard deviations in half of the range.

    Where the case states how often its ranges hold the truth there is one, of a normal distribution.
    """
    if case.priors.assumed_mass is not None:
        return np.array([1 / ndtri(0.5 + case.priors.assumed_mass / 2)])
    return np.array(learned(errors(case.calibration_of()))[1]) / ndtri(0.5 + STATED / 2)


def mass_interval(case: Case) -> tuple[float, float]:
    """Return the 5% and 95% points of how often stated 90% ranges hold the truth, as learned."""
    factor, weight = _factor(errors(case.calibration_of()), PRIOR)
    low, high = np.interp(ENDS, np.cumsum(weight), factor)
    word = ndtri(0.5 + STATED / 2)
    return float(2 * stdtr(PRIOR.df, word / high) - 1), float(2 * stdtr(PRIOR.df, word / low) - 1)


def errors(questions: tuple[CalibrationQuestion, ...]) -> tuple[float, ...]:
    """Return how far each truth is from the best guess, in standard deviations of the range at its word, in order."""
    return tuple(sorted(map(float, standardized(questions))))


def standardized(questions: Sequence[CalibrationQuestion]) -> Floats:
    """Return the same in the order of the questions, (question,)."""
    table = np.array([(q.low, q.mid, q.high, q.truth, q.mass) for q in questions]).reshape(-1, 5)
    logs = np.array([q.scale == "log" for q in questions], dtype=bool)
    table[logs, :4] = np.log(table[logs, :4])
    low, mid, high, truth, mass = table.T
    return np.asarray((truth - mid) / (high - low) * 2 * ndtri(0.5 + mass / 2))


@lru_cache(maxsize=256)
def learned(error: tuple[float, ...], prior: WidthPrior = PRIOR) -> tuple[float, tuple[float, ...]]:
    """Return the mass of stated 90% ranges, and the widths in standard deviations of a range taken at its word."""
    factor, weight = _factor(error, prior)
    mass = float(weight @ (2 * stdtr(prior.df, ndtri(0.5 + STATED / 2) / factor) - 1))
    wanted = (np.arange(WIDTHS) + 0.5) / WIDTHS
    low, high, half = np.full(WIDTHS, -np.log(LONGEST)), np.full(WIDTHS, np.log(LONGEST)), prior.df / 2
    for number in range(HALVINGS + TANGENTS):
        middle = (low + high) / 2
        # sqrt(W) is at most r where the chi-squared is at least nu c^2 / r^2
        least = half * (factor / np.exp(middle)[:, None]) ** 2
        short = wanted - gammaincc(half, least) @ weight
        if number < HALVINGS:
            low, high = np.where(short > 0, middle, low), np.where(short > 0, high, middle)
        else:  # so near Newton's method is sure to arrive
            low = high = middle + short / (2 * np.exp(half * np.log(least) - least - gammaln(half)) @ weight)
    return mass, tuple(map(float, np.exp(low)))


def _factor(error: tuple[float, ...], prior: WidthPrior) -> tuple[Floats, Floats]:
    """Return factors of an assessor's own and their posterior weights, (node,) each."""
    step = line(-REACH, REACH, SPACING)
    factor = prior.median * np.exp(prior.log_sd * step)
    log_weight = -(step**2) / 2 + log_student_t(np.array(error)[:, None] / factor, prior.df).sum(axis=0)
    log_weight -= len(error) * np.log(factor)
    weight = np.exp(log_weight - log_weight.max())
    return factor, weight / weight.sum()


def log_student_t(x: Floats, df: float) -> Floats:
    """Return the log density of Student's t, elementwise."""
    constant = gammaln((df + 1) / 2) - gammaln(df / 2) - np.log(df * np.pi) / 2
    return np.asarray(constant - (df + 1) / 2 * np.log1p(x**2 / df))
