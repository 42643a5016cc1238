"""Whether probabilities mean what they say: frequencies beside forecasts, over replicates whose truth is known.

References
----------
Spiegelhalter, D. J. (1986), Probabilistic prediction in patient management and clinical trials.  Statistics in
Medicine 5.
Hong, Y. (2013), On computing the distribution function for the Poisson binomial distribution.  Computational
Statistics and Data Analysis 59.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


def spiegelhalter(probability: Floats, happened: Integers) -> float:
    """Return Spiegelhalter's z: how far the Brier score lies from what the forecasts themselves expect.

    Parameters
    ----------
    probability
        Of each possibility, (forecasts, possibility), rows of sum 1.
    happened
        Which came true, (forecasts,).

    Returns
    -------
    float
        Standard normal if the forecasts are calibrated; positive where they are too sure of themselves.

    Examples
    --------
    >>> half = np.full((100, 2), [0.9, 0.1])
    >>> round(spiegelhalter(half, np.repeat([0, 1], [90, 10])), 4), round(spiegelhalter(half, np.repeat([0, 1], 50)), 1)
    (0.0, 13.3)
    """
    each = 1 + (probability**2).sum(axis=1, keepdims=True) - 2 * probability  # the score if that one came true
    expected = (probability * each).sum(axis=1)
    variance = (probability * (each - expected[:, None]) ** 2).sum()
    scored = each[np.arange(happened.size), happened]
    return float((scored - expected).sum() / np.sqrt(variance)) if variance > 0 else 0.0


def two_sided(z: float) -> float:
    """Return the chance that a standard normal is as far from 0."""
    return float(2 * ndtr(-abs(z)))


def frequency_p_value(probability: Floats, happened: Integers) -> float:
    """Return the chance of a count as far from its expectation, were each to happen with its own probability.

    Exact, by the Poisson-binomial distribution; twice the smaller tail.  Both arrays are (forecasts,).

    Examples
    --------
    >>> round(frequency_p_value(np.full(2, 0.5), np.array([1, 1])), 4)
    0.5
    """
    mass = np.ones(1)
    for p in probability:
        mass = np.convolve(mass, [1 - p, p])
    count = int(happened.sum())
    return float(min(1.0, 2 * min(mass[: count + 1].sum(), mass[count:].sum())))
