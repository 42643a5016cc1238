"""Where the truth lies among draws, as a number that is uniform when the draws are right.

Draws of a chain are thinned until they are nearly independent and the truth is ranked among them.  Draws of the exact
engine lie on nodes of a quadrature, each of which stands for the density around it: among those the truth is placed by
interpolating their distribution function, half a node's mass below the node.  That errs by a twelfth of the squared gap
between nodes times the slope of the density: a hundredth at most where nodes are 0.7 standard deviations apart, which
is less than what a thousand replicates can tell.

References
----------
Talts, S., Betancourt, M., Simpson, D., Vehtari, A. and Gelman, A. (2018), Validating Bayesian inference algorithms with
simulation-based calibration.  arXiv:1804.06788.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DECIMALS = 11
"""Numbers that agree so far are the same: what rounding sets apart is tied."""


def rank_place(draws: Floats, truth: float, rng: np.random.Generator) -> float:
    """Return the rank of the truth among independent draws, (draws,), spread evenly over its cell of [0, 1].

    Ties are broken at random (Modrák et al. 2023).
    """
    values, value = np.round(draws, DECIMALS), np.round(truth, DECIMALS)
    less, ties = int((values < value).sum()), int((values == value).sum())
    return float((less + rng.integers(ties + 1) + rng.random()) / (draws.size + 1))


def node_place(draws: Floats, truth: float, rng: np.random.Generator, weight: Floats | None = None) -> float:
    """Return the distribution function at the truth of draws on nodes, (draws,), of some weight each."""
    from scipy.interpolate import PchipInterpolator

    value = float(np.round(truth, DECIMALS))
    nodes, home = np.unique(np.round(draws, DECIMALS), return_inverse=True)
    mass = np.bincount(home, weight) / (draws.size if weight is None else weight.sum())
    middle = np.cumsum(mass) - mass / 2
    chance = rng.random()
    if nodes.size == 1 and value == nodes[0]:
        return chance
    if value <= nodes[0]:
        return float(chance * middle[0])
    if value >= nodes[-1]:
        return float(1 - chance * (1 - middle[-1]))
    return float(PchipInterpolator(nodes, middle)(value))


def lag_one(draws: Floats) -> Floats:
    """Return the correlation of each kept draw with the next, (quantity,), of draws (chain, draw, quantity)."""
    centred = draws - draws.mean(axis=(0, 1))
    variance = (centred**2).mean(axis=(0, 1))
    together = (centred[:, 1:] * centred[:, :-1]).mean(axis=(0, 1))
    return np.divide(together, variance, out=np.zeros_like(variance), where=variance > 0)
