"""A Beta distribution that piles up at an end, on the scale of its quantiles.

With a parameter below 1 much of it can lie next to 0 or 1.  On the scale of log odds that is a tail so long that parts
of it round to 1 (beyond 37), where the slope of the density is no number and NUTS diverges; and the flatter the tail,
the longer a step has to be beside what lies between.  So NUTS is given a standard normal v, and the fraction is the
quantile of the Beta at Phi(v).  The log odds of quantiles are smooth in v: they are data, with their slopes at even
knots, and cubic between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytensor.tensor as pt
from scipy.special import betainc, betaln, expit, log_expit, log_ndtr

from detente.elicitation import beta_parameters

if TYPE_CHECKING:
    from pytensor.tensor.variable import TensorVariable

    from detente.arrays import Floats
    from detente.case.priors import BetaPrior

REACH, KNOTS = 8.0, 129
"""How far the standard normal reaches, in standard deviations, and the number of knots."""
SURE = 30.0
"""Log odds beyond which nothing depends on a fraction any more."""
HALVINGS, SMALL = 128, 1e-10
NEEDLE = 1e-3
"""A deviation below which the log density of a Beta is the difference of numbers so large that rounding counts."""


def piles_up(prior: BetaPrior) -> bool:
    """Return whether the Beta of a mean and a standard deviation has a peak at 0 or at 1, or one like a needle."""
    return prior.sd > 0 and (prior.sd < NEEDLE or min(beta_parameters(prior)) < 1)


def quantile_table(prior: BetaPrior) -> Floats:
    """Return the log odds of a Beta's quantiles at Phi(v), and their slopes by v, at even knots of v, (2, knot)."""
    alpha, beta = beta_parameters(prior)
    v = np.linspace(-REACH, REACH, KNOTS)
    # The log odds beyond which lies less than what double precision can hold.
    end = (750 + abs(betaln(alpha, beta))) / min(alpha, beta)
    low, high = np.full(KNOTS, -end), np.full(KNOTS, end)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        # From either side, since the nearer tail is the one that is known well.
        is_low = np.where(
            v < 0,
            _log_below(middle, alpha, beta) < log_ndtr(v),
            _log_below(-middle, beta, alpha) > log_ndtr(-v),
        )
        low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
    odds = (low + high) / 2
    log_density = alpha * log_expit(odds) + beta * log_expit(-odds) - betaln(alpha, beta)
    return np.stack([odds, np.exp(-(v**2) / 2 - log_density) / np.sqrt(2 * np.pi)])


def from_score(score: TensorVariable, table: TensorVariable) -> TensorVariable:
    """Return the fractions, (row,), at standard normals (row,) by tables of :func:`quantile_table`, (row, 2, knot)."""
    step = 2 * REACH / (KNOTS - 1)
    place = (pt.clip(score, -REACH, REACH) + REACH) / step
    knot = pt.clip(pt.cast(pt.floor(place), "int64"), 0, KNOTS - 2)
    t, row = place - knot, pt.arange(score.shape[0])
    (here, slope), (there, slope_there) = ((table[row, 0, k], step * table[row, 1, k]) for k in (knot, knot + 1))
    odds = (
        (1 + 2 * t) * (1 - t) ** 2 * here
        + t * (1 - t) ** 2 * slope
        + t**2 * (3 - 2 * t) * there
        + t**2 * (t - 1) * slope_there
    )
    return pt.sigmoid(pt.clip(odds, -SURE, SURE))


def _log_below(odds: Floats, alpha: float, beta: float) -> Floats:
    """Return the log of the probability that the log odds of a Beta are lower; by one term where that is exact."""
    below, above = expit(odds), expit(-odds)
    with np.errstate(divide="ignore", over="ignore"):
        first = alpha * log_expit(odds) - np.log(alpha) - betaln(alpha, beta)
        last = np.log1p(-np.exp(np.minimum(beta * log_expit(-odds) - np.log(beta) - betaln(alpha, beta), -1e-300)))
        return np.where(below < SMALL, first, np.where(above < SMALL, last, np.log(betainc(alpha, beta, below))))
