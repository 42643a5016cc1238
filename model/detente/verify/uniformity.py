"""A test of uniformity: the ECDF, its simultaneous band, and the exact p-value.

The ECDF of N values is evaluated at equally spaced points.  The statistic is the smallest two-sided binomial tail among
them; a band that keeps it above a level at every point at once is simultaneous.  The p-value is exact: a uniform sample
is a Poisson process conditioned on its count, with independent increments, so that the probability of staying between
bounds is a chain of convolutions.

References
----------
Säilynoja, T., Bürkner, P.-C. and Vehtari, A. (2022), Graphical test for discrete uniformity and its applications in
goodness-of-fit evaluation and multiple sample comparison.  Statistics and Computing 32.
Moscovich, A. and Nadler, B. (2017), Fast calculation of boundary crossing probabilities for Poisson processes.
Statistics and Probability Letters 123.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr, gammaln, xlogy

if TYPE_CHECKING:
    from detente.arrays import Floats, Integers


POINTS = 100
HALVINGS = 40


@dataclass(frozen=True)
class EcdfBand:
    """Simultaneous bounds of an ECDF, ``low`` and ``high`` (points,), at ``points``."""

    points: Floats
    low: Floats
    high: Floats


def points(count: int) -> Floats:
    """Return where the ECDF of ``count`` values is evaluated, strictly between 0 and 1."""
    cells = max(2, min(POINTS, count))
    return np.arange(1, cells) / cells


def ecdf_counts(values: Floats) -> Integers:
    """Return how many values are at most each point."""
    return np.searchsorted(np.sort(values), points(values.size), side="right").astype(np.int64)


def statistic(values: Floats) -> float:
    """Return the smallest two-sided binomial tail of the ECDF over its points."""
    below, above = _tails(values.size)
    counts, row = ecdf_counts(values), np.arange(below.shape[0])
    return float(2 * np.minimum(below[row, counts], above[row, counts]).min())


def p_value(values: Floats) -> float:
    """Return the probability that as many uniform values stray as far from uniformity.

    >>> even = (np.arange(100) + 0.5) / 100
    >>> p_value(even) > 0.99, p_value(even**2) < 0.001
    (True, True)
    """
    tail = statistic(values)
    # Rounding swamps probabilities below 1e-13; they lie between that of one tail and the sum over all points.
    most = tail * points(values.size).size
    return float(min(1.0, most, max(_chance_at_most(tail, values.size), tail / 2)))


@lru_cache(maxsize=64)
def band(count: int, level: float = 0.05) -> EcdfBand:
    """Return the band that the ECDF of ``count`` uniform values leaves with probability at most ``level``."""
    low, high = 0.0, level
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _chance_at_most(middle, count) <= level else (low, middle)
    first, last = _inside(low, count)
    return EcdfBand(points(count), first / count, last / count)


def _chance_at_most(level: float, count: int) -> float:
    """Return P(statistic <= level) for ``count`` uniform values."""
    low, high = _inside(level, count)
    cells = low.size + 1
    expected = count / cells
    step = _poisson(np.arange(count + 1), expected)
    mass = np.array([1.0])  # of counts from `start` on
    start = 0
    for first, last in zip(low, high, strict=True):
        grown = np.convolve(mass, step[: max(1, last - start + 1)])
        mass, start = grown[max(0, first - start) : last - start + 1], max(first, start)
        if not mass.size:
            return 1.0
    rest = count - (start + np.arange(mass.size))
    stayed = float(mass @ step[rest]) / float(_poisson(np.array([count]), float(count))[0])
    return float(np.clip(1 - stayed, 0.0, 1.0))


def _inside(level: float, count: int) -> tuple[Integers, Integers]:
    """Return the smallest and the largest count at each point whose two-sided tail exceeds ``level``."""
    below, above = _tails(count)
    low = (2 * below <= level).sum(axis=1)
    high = (2 * above > level).sum(axis=1) - 1
    return low.astype(np.int64), high.astype(np.int64)


@lru_cache(maxsize=64)
def _tails(count: int) -> tuple[Floats, Floats]:
    """Return P(X <= c) and P(X >= c) of the binomial distribution at each point, (points, count + 1)."""
    at, number = points(count)[:, None], np.arange(count + 1)
    below = bdtr(number, count, at)
    above = bdtr(count - number, count, 1 - at)
    return below, above


def _poisson(number: Integers, expected: float) -> Floats:
    return np.asarray(np.exp(xlogy(number, expected) - expected - gammaln(number + 1)))
