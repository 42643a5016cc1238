"""Quadrature rules: Beta-weighted Gauss-Jacobi nodes, nested Chebyshev interpolation, the trapezoid rule on the line.

References
----------
Golub, G. H. and Welsch, J. H. (1969), Calculation of Gauss quadrature rules.  Mathematics of Computation 23.
Berrut, J.-P. and Trefethen, L. N. (2004), Barycentric Lagrange interpolation.  SIAM Review 46.
Trefethen, L. N. and Weideman, J. A. C. (2014), The exponentially convergent trapezoidal rule.  SIAM Review 56.
"""

from __future__ import annotations

from functools import lru_cache
from math import factorial
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import eigh_tridiagonal

if TYPE_CHECKING:
    from detente.arrays import Floats


@lru_cache(maxsize=256)
def beta_nodes(mean: float, sd: float, count: int) -> tuple[Floats, Floats]:
    """Return nodes in (0, 1) and log weights, each (count,), that integrate against a Beta density.

    The rule is exact for polynomials of degree 2 count - 1.  ``sd`` 0 is a point mass: one node.
    The weights come from the eigenvectors of the Jacobi matrix, so they sum to 1 for any parameters.

    Examples
    --------
    >>> nodes, log_weights = beta_nodes(0.6, 0.15, 8)
    >>> bool(abs(float(np.exp(log_weights) @ nodes) - 0.6) < 1e-12)
    True
    """
    if sd == 0:
        return np.array([mean]), np.zeros(1)
    size = mean * (1 - mean) / sd**2 - 1
    right, left = mean * size - 1, (1 - mean) * size - 1  # exponents of x and of 1 - x
    k = np.arange(count, dtype=float)
    total = 2 * k + left + right
    with np.errstate(invalid="ignore", divide="ignore"):
        diagonal = (right**2 - left**2) / (total * (total + 2))
        diagonal[0] = (right - left) / (left + right + 2)
        n, total = k[1:], total[1:]
        squared = 4 * n * (n + left) * (n + right) * (n + left + right) / (total**2 * (total + 1) * (total - 1))
        if count > 1:  # written out, since (n + left + right) and (total - 1) can vanish together
            squared[0] = 4 * (1 + left) * (1 + right) / ((2 + left + right) ** 2 * (3 + left + right))
    roots, vectors = eigh_tridiagonal(diagonal, np.sqrt(squared))
    with np.errstate(divide="ignore"):
        return np.clip((1 + roots) / 2, 0.0, 1.0), 2 * np.log(np.abs(vectors[0]))


@lru_cache(maxsize=16)
def chebyshev_nodes(count: int) -> Floats:
    """Return the ``count`` Chebyshev-Lobatto points of [0, 1], ascending; those of 2 count - 1 include them."""
    return (1 - np.cos(np.pi * np.arange(count) / (count - 1))) / 2


def interpolation_matrix(count: int, points: Floats) -> Floats:
    """Return the matrix (len(points), count) that carries values at the Chebyshev points to ``points``."""
    nodes = chebyshev_nodes(count)
    weights = np.where(np.arange(count) % 2, -1.0, 1.0)
    weights[[0, -1]] /= 2
    gap = points[:, None] - nodes[None, :]
    hit = np.abs(gap) < np.finfo(float).eps * 64
    terms = weights / np.where(hit, 1.0, gap)
    matrix = terms / terms.sum(axis=1, keepdims=True)
    rows = hit.any(axis=1)
    matrix[rows] = hit[rows]
    return matrix


def interpolate(start: float, step: float, values: Floats, points: Floats, count: int) -> Floats:
    """Return smooth functions between even nodes, by the polynomial through the ``count`` nearest of them.

    Parameters
    ----------
    start, step
        First node and spacing.
    values
        The functions at the nodes, shape (function, node).
    points
        Where they are wanted, shape (..., function, point); at least ``count`` / 2 nodes lie on either side.
    """
    place = (points - start) / step
    first = np.floor(place).astype(np.int64) - (count // 2 - 1)
    offset = place - first
    k = np.arange(count)
    weights = np.array([(-1.0) ** (count - 1 - i) / (factorial(i) * factorial(count - 1 - i)) for i in range(count)])
    gap = offset[..., None] - k
    terms = weights * np.where(gap == 0, 1.0, 1 / np.where(gap == 0, 1.0, gap))
    terms = np.where((gap == 0).any(axis=-1, keepdims=True), gap == 0, terms)
    rows = np.arange(values.shape[0])[:, None, None]
    return np.asarray((terms * values[rows, first[..., None] + k]).sum(axis=-1) / terms.sum(axis=-1))


def line(low: float, high: float, spacing: float) -> Floats:
    """Return an even grid from ``low`` to ``high`` no wider than ``spacing``: nodes of the trapezoid rule.

    For a smooth integrand that dies out at both ends its error falls as exp(-2 pi^2 (width/spacing)^2).
    """
    return np.linspace(low, high, max(2, int(np.ceil((high - low) / spacing)) + 1))


def log_normal_weights(nodes: Floats) -> Floats:
    """Return the log weights of the trapezoid rule on evenly spaced ``nodes`` against the standard normal density."""
    return -(nodes**2) / 2 + np.log(nodes[1] - nodes[0]) - 0.5 * np.log(2 * np.pi)


def log_sum_exp(values: Floats, axis: int | tuple[int, ...]) -> Floats:
    """Return log(sum(exp(values))) over ``axis``, without overflow; scipy's is several times slower on small arrays."""
    top = values.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.squeeze(top, axis) + np.log(np.exp(values - top).sum(axis=axis))
