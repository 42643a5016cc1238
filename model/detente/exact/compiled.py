"""The sums over rho and z of one cluster as a compiled loop, for records of hundreds of clusters.

Nothing is computed that :mod:`detente.exact.clusters` does not compute with arrays; here no array of every item, node
and hypothesis is ever made, and the normal distribution function is read from a table.  Compiling takes two seconds,
so that it is worth it for large records only.
"""

from __future__ import annotations

from functools import cache
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

END, PER_UNIT, DEGREE = 9.0, 32, 6
"""Of the table: beyond its ends the function is 0 or 1 to 1e-19, and between its knots the Taylor sum errs by 3e-16."""


@cache
def normal_table() -> Floats:
    """Return the Taylor coefficients of the normal distribution function around the middle of each cell, (cell, power).

    The k-th derivative is ``(-1)^(k-1) He_(k-1)(x) phi(x)``, with the Hermite polynomials of probability.

    Examples
    --------
    >>> table = normal_table()
    >>> bool(table[288, 0] == ndtr(1 / 64))
    True
    """
    middle = -END + (np.arange(int(2 * END * PER_UNIT)) + 0.5) / PER_UNIT
    hermite = [np.ones_like(middle), middle]
    for k in range(1, DEGREE):
        hermite.append(middle * hermite[k] - k * hermite[k - 1])
    density = np.exp(-(middle**2) / 2) / np.sqrt(2 * np.pi)
    terms = [(-1) ** (k - 1) * hermite[k - 1] * density / factorial(k) for k in range(1, DEGREE + 1)]
    return np.ascontiguousarray(np.stack([ndtr(middle), *terms], axis=1))


@cache
def loops() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Compile and return the two loops; see :func:`detente.exact.clusters.Block.whole` for what the names mean.

    ``integrate(shrunk, floor, scale, slope, trust, z, weight, each)`` returns the sums over nodes of the products of the
    first k items, and of all items but one (of all items only, unless ``each``), both (item, gamma, hypothesis);
    ``multiply`` of the same arguments but the last two the products at every node, (rho, gamma, hypothesis, z).
    ``scale`` and ``slope`` are (item, rho, hypothesis), ``weight`` (rho, z) those of the nodes.
    """
    import numba

    table = normal_table()
    compiled = numba.njit(nogil=True, fastmath={"reassoc", "contract", "nsz", "arcp"})

    def fill(to: Floats, at_zero: float, slope: float, z: Floats, trust: float, floor: float) -> None:
        for k in range(z.size):
            place = (min(max(at_zero + slope * z[k], -END), END - 1e-9) + END) * PER_UNIT
            cell = int(place)
            t = (place - cell - 0.5) / PER_UNIT
            row = table[cell]
            value = row[0] + t * (
                row[1] + t * (row[2] + t * (row[3] + t * (row[4] + t * (row[5] + t * row[6]))))
            )
            to[k] = floor + trust * value

    fill = compiled(fill)

    def integrate(
        shrunk: Floats, floor: Floats, scale: Floats, slope: Floats, trust: Floats, z: Floats, weight: Floats, each: bool
    ) -> tuple[Floats, Floats]:
        items, gammas, hypotheses = shrunk.shape
        rows = items if each else 1
        prefix, without = np.zeros((rows, gammas, hypotheses)), np.zeros((rows, gammas, hypotheses))
        chance, before, run = np.empty((items, z.size)), np.empty((items, z.size)), np.empty(z.size)
        for r in range(weight.shape[0]):
            for g in range(gammas):
                for h in range(hypotheses):
                    run[:] = weight[r]
                    for i in range(items):
                        fill(chance[i], shrunk[i, g, h] / scale[i, r, h], slope[i, r, h], z, trust[i], floor[i, g, h])
                        if each:
                            before[i] = run
                        total = 0.0
                        for k in range(z.size):
                            run[k] *= chance[i, k]
                            total += run[k]
                        if each or i == items - 1:
                            prefix[i if each else 0, g, h] += total
                    if each:
                        run[:] = 1.0
                        for i in range(items - 1, -1, -1):
                            total = 0.0
                            for k in range(z.size):
                                total += run[k] * before[i, k]
                                run[k] *= chance[i, k]
                            without[i, g, h] += total
        return prefix, without

    def multiply(shrunk: Floats, floor: Floats, scale: Floats, slope: Floats, trust: Floats, z: Floats) -> Floats:
        items, gammas, hypotheses = shrunk.shape
        chance = np.empty(z.size)
        joint = np.ones((scale.shape[1], gammas, hypotheses, z.size))
        for r in range(scale.shape[1]):
            for g in range(gammas):
                for h in range(hypotheses):
                    for i in range(items):
                        fill(chance, shrunk[i, g, h] / scale[i, r, h], slope[i, r, h], z, trust[i], floor[i, g, h])
                        for k in range(z.size):
                            joint[r, g, h, k] *= chance[k]
        return joint

    return compiled(integrate), compiled(multiply)
