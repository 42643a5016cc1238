"""Expected information: how many bits seeing, or not seeing, something would tell about what we want to know.

``I(X; T) = sum_x,t P(x, t) log2 P(x, t) / (P(x) P(t))``, which is never negative, and never more than the entropy of T.

References
----------
Lindley, D. V. (1956), On a measure of the information provided by an experiment.  Annals of Mathematical Statistics 27.
Krause, A. and Guestrin, C. (2005), Near-optimal nonmyopic value of information in graphical models.  UAI 21.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import xlogy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def entropy(probability: Floats) -> float:
    """Return the entropy in bits of a distribution.

    Examples
    --------
    >>> entropy(np.array([0.5, 0.25, 0.25]))
    1.5
    """
    return float(-xlogy(probability, probability).sum() / np.log(2))


def mutual_information(joint: Floats) -> float:
    """Return the mutual information in bits of a joint distribution, (what is seen, what is asked).

    Examples
    --------
    >>> mutual_information(np.array([[0.5, 0.0], [0.0, 0.5]])), mutual_information(np.full((2, 2), 0.25))
    (1.0, 0.0)
    """
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    ratio = np.divide(joint, product, out=np.ones_like(joint), where=(joint > 0) & (product > 0))
    return max(0.0, float(xlogy(joint, ratio).sum() / np.log(2)))
