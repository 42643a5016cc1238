"""From stated numbers to the parameters of distributions: probits, log intensities, Beta moments.

The assessor states a low, a mid and a high.  Half the range's width on the working scale becomes a standard deviation,
larger by as much as stated ranges are too narrow: by what the case says, or by what calibration questions teach of it,
which leaves several widths possible.  The mid is the probability itself, the mean over what is unsure and not its
median: a wide interval says how fast the record teaches and how far an answer reaches, and leaves the probability as it
was stated.

References
----------
Moore, D. A., Carter, A. B. and Yang, H. H. J. (2015), Wide of the mark: evidence on the underlying causes of
overprecision in judgment.  Organizational Behavior and Human Decision Processes 131.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc, gammaln, ndtri, stdtr

from detente.case.ranges import IGNORANCE, TAIL_DF, WIDTH_LOG_SD, WIDTH_MEDIAN, WIDTHS, CalibrationQuestion
from detente.frozen import Immutable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.arrays import Floats
    from detente.case.likelihoods import Interval
    from detente.case.priors import BetaPrior
    from detente.case.schema import Case

PANEL, WIDTH, TAIL = 12, 0.5, 10.0
"""Gauss-Legendre points on each panel of a standard normal, the panel's width, and where the panels end."""
HALVINGS = 64
CLAIM = 0.9
"""What a judgement's range is stated to hold."""


def half_width(assumed_mass: float) -> float:
    """Return how many standard deviations lie between the middle and the end of a central normal interval.

    >>> round(half_width(0.9), 4)
    1.6449
    """
    return float(ndtri((1 + assumed_mass) / 2))


def probit(stated: Sequence[Interval], assumed_mass: float) -> tuple[Floats, Floats]:
    """Return location mu and spread s of each stated probability on the probit scale, each of shape (len(stated),)."""
    low, mid, high = _columns(stated)
    return ndtri(mid), (ndtri(high) - ndtri(low)) / (2 * half_width(assumed_mass))


def log_intensity(stated: Sequence[Interval], days: Floats, widths: Widths) -> tuple[Floats, Floats]:
    """Return location eta (log intensity a day) and spread sigma of each P(transition within ``days``), (width, row).

    A constant intensity ``lam`` makes the transition within T days with probability 1 - exp(-lam T).  With ``log lam``
    normal about eta the mean of that is the stated middle, whatever the width.
    """
    low, mid, high = _columns(stated)
    ends = [np.log(-np.log1p(-column)) for column in (low, high)]
    spread = np.minimum((ends[1] - ends[0]) / 2 * widths.deviations[:, None], widths.largest)
    location = log_normal_location(np.tile(mid, len(spread)), spread.ravel()).reshape(spread.shape)
    return location - np.log(days), spread


class Widths(Immutable):
    """How wide ranges really are.

    ``mass`` is how often a 90% range holds the truth; ``deviations`` (width,) are the standard deviations that half a
    range may be, all equally likely, and ``largest`` what none of them exceeds on the scale of log intensities.
    """

    mass: float
    deviations: Floats
    largest: float


def widths_of(case: Case) -> Widths:
    """Return the widths of ranges: as the case states, else as the calibration questions teach."""
    stated = case.priors.assumed_mass
    if stated is not None:
        return Widths(stated, np.array([1 / half_width(stated)]), np.inf)
    return learned_widths(case.calibration_of())


@lru_cache(maxsize=64)
def learned_widths(questions: tuple[CalibrationQuestion, ...]) -> Widths:
    """Return what calibration questions teach: Student t errors, times a log-normal factor of the assessor's own.

    Given the factor an error is a normal whose precision is Gamma distributed, so that its deviation has a distribution
    function in closed form; the quantiles over all factors are found by halving.
    """
    nodes, share = _standard_normal()
    log_factor = np.log(WIDTH_MEDIAN) + WIDTH_LOG_SD * nodes
    log_likelihood = np.zeros(nodes.size)
    for question in questions:
        low, mid, high, truth = (
            np.log(value) if question.scale == "log" else value
            for value in (question.low, question.mid, question.high, question.truth)
        )
        error = (truth - mid) / ((high - low) / 2) * half_width(question.mass)
        log_likelihood += _log_student_t(error * np.exp(-log_factor)) - log_factor
    posterior = share * np.exp(log_likelihood - log_likelihood.max())
    posterior /= posterior.sum()
    holds = 1 - 2 * stdtr(TAIL_DF, -half_width(CLAIM) * np.exp(-log_factor))
    part = (2 * np.arange(WIDTHS) + 1) / (2 * WIDTHS)
    low, high = np.full(WIDTHS, -TAIL * 2), np.full(WIDTHS, TAIL * 2)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        reached = chdtrc(TAIL_DF, TAIL_DF * np.exp(2 * (log_factor - middle[:, None]))) @ posterior
        low, high = np.where(reached < part, middle, low), np.where(reached < part, high, middle)
    return Widths(float(holds @ posterior), np.exp(low) / half_width(CLAIM), IGNORANCE)


def _log_student_t(x: Floats) -> Floats:
    """Return the log density of a standard Student t with the panel's degrees of freedom."""
    half = (TAIL_DF + 1) / 2
    return gammaln(half) - gammaln(TAIL_DF / 2) - np.log(np.pi * TAIL_DF) / 2 - half * np.log1p(x**2 / TAIL_DF)


@lru_cache(maxsize=1)
def _standard_normal() -> tuple[Floats, Floats]:
    """Return nodes and weights, summing to 1, of the panelled Gauss-Legendre rule for a standard normal."""
    points, shares = np.polynomial.legendre.leggauss(PANEL)
    starts = np.arange(-TAIL, TAIL, WIDTH)[:, None]
    eps = (starts + WIDTH * (points + 1) / 2).ravel()
    weight = np.exp(-(eps**2) / 2) * np.tile(shares, starts.size)
    return eps, weight / weight.sum()


def log_normal_location(chance: Floats, spread: Floats) -> Floats:
    """Return x such that the mean of ``1 - exp(-exp(x + spread eps))``, eps standard normal, is each chance.

    By halving between two ends: the mean of exp(-y) is no less than exp of minus the mean of y; and at ``TAIL``
    deviations above what holds without any spread next to nothing is left that has not happened.
    """
    certain = np.log(-np.log1p(-chance))
    low, high = certain - spread**2 / 2 - 1e-9, certain + TAIL * spread + 1
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        is_low = log_normal_chance(middle, spread) < chance
        low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
    return (low + high) / 2


def log_normal_chance(x: Floats, spread: Floats) -> Floats:
    """Return the mean of ``1 - exp(-exp(x + spread eps))``, eps standard normal, elementwise."""
    eps, weight = _standard_normal()
    return np.asarray(-np.expm1(-np.exp(x[:, None] + spread[:, None] * eps)) @ weight)


def beta_parameters(prior: BetaPrior) -> tuple[float, float]:
    """Return alpha and beta of the Beta of that mean and standard deviation (moments; ``sd`` must be positive).

    >>> from detente.case.priors import BetaPrior
    >>> beta_parameters(BetaPrior(mean=0.5, sd=0.25, because="half of what a uniform has"))
    (1.5, 1.5)
    """
    size = prior.mean * (1 - prior.mean) / prior.sd**2 - 1
    return prior.mean * size, (1 - prior.mean) * size


def _columns(stated: Sequence[Interval]) -> tuple[Floats, Floats, Floats]:
    table = np.array([(row.low, row.mid, row.high) for row in stated], dtype=float).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]
