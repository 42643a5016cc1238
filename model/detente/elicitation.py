"""From stated numbers to the parameters of distributions: probits, log intensities, Beta moments.

The assessor states a low, a mid and a high.  The interval is taken to hold ``assumed_mass`` of the belief (people's
90% intervals hold the truth 50 to 70% of the time), and half its width on the working scale becomes a standard
deviation.  The mid is the probability itself, the mean over what is unsure and not its median: a wide interval says how
fast the record teaches and how far an answer reaches, and leaves the probability as it was stated.

References
----------
Moore, D. A., Carter, A. B. and Yang, H. H. J. (2015), Wide of the mark: evidence on the underlying causes of
overprecision in judgment.  Organizational Behavior and Human Decision Processes 131.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from detente.case.evidence import Interval
    from detente.case.priors import BetaPrior

    Floats = NDArray[np.float64]

PANEL, WIDTH, TAIL = 12, 0.5, 10.0
"""Gauss-Legendre points on each panel of a standard normal, the panel's width, and where the panels end."""
HALVINGS = 64


def half_width(assumed_mass: float) -> float:
    """Return how many standard deviations lie between the middle and the end of a central normal interval.

    Examples
    --------
    >>> round(half_width(0.9), 4)
    1.6449
    """
    return float(ndtri((1 + assumed_mass) / 2))


def probit(stated: Sequence[Interval], assumed_mass: float) -> tuple[Floats, Floats]:
    """Return location mu and spread s of each stated probability on the probit scale, each of shape (len(stated),)."""
    low, mid, high = _columns(stated)
    return ndtri(mid), (ndtri(high) - ndtri(low)) / (2 * half_width(assumed_mass))


def log_intensity(stated: Sequence[Interval], days: Floats, assumed_mass: float) -> tuple[Floats, Floats]:
    """Return location eta (log intensity a day) and spread sigma of each P(transition within ``days``).

    A constant intensity ``lam`` makes the transition within T days with probability 1 - exp(-lam T).  With ``log lam``
    normal about eta the mean of that is the stated middle.
    """
    low, mid, high = _columns(stated)
    ends = [np.log(-np.log1p(-column)) for column in (low, high)]
    spread = (ends[1] - ends[0]) / (2 * half_width(assumed_mass))
    return log_normal_location(mid, spread) - np.log(days), spread


def log_normal_location(chance: Floats, spread: Floats) -> Floats:
    """Return x such that the mean of ``1 - exp(-exp(x + spread eps))``, eps standard normal, is each chance.

    By halving between two ends: the mean of exp(-y) is no less than exp of minus the mean of y; and at ``TAIL``
    deviations above what holds without any spread next to nothing is left that has not happened.
    """
    points, shares = np.polynomial.legendre.leggauss(PANEL)
    starts = np.arange(-TAIL, TAIL, WIDTH)[:, None]
    eps = (starts + WIDTH * (points + 1) / 2).ravel()
    weight = np.exp(-(eps**2) / 2) * np.tile(shares, starts.size)
    weight /= weight.sum()
    certain = np.log(-np.log1p(-chance))
    low, high = certain - spread**2 / 2 - 1e-9, certain + TAIL * spread + 1
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        is_low = -np.expm1(-np.exp(middle[:, None] + spread[:, None] * eps)) @ weight < chance
        low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
    return (low + high) / 2


def beta_parameters(prior: BetaPrior) -> tuple[float, float]:
    """Return alpha and beta of the Beta of that mean and standard deviation (moments; ``sd`` must be positive).

    Examples
    --------
    >>> from detente.case.priors import BetaPrior
    >>> beta_parameters(BetaPrior(mean=0.5, sd=0.25, because="half of what a uniform has"))
    (1.5, 1.5)
    """
    size = prior.mean * (1 - prior.mean) / prior.sd**2 - 1
    return prior.mean * size, (1 - prior.mean) * size


def _columns(stated: Sequence[Interval]) -> tuple[Floats, Floats, Floats]:
    table = np.array([(row.low, row.mid, row.high) for row in stated], dtype=float).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]
