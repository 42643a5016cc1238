"""The sums over rho and z of one cluster as compiled loops, for records of thousands of items.

Nothing is computed that :mod:`detente.exact.clusters` does not compute with arrays; here no array of every item, node
and hypothesis is ever made, and the normal distribution function is read from a table.  Importing this module takes a
second, and the first call ever several more, which is worth it for large records only.

What the loops take: ``shrunk`` and ``floor`` (item, gamma, hypothesis), ``scale`` and ``slope`` (item, rho,
hypothesis), ``trust`` (item,) and the nodes ``z``, all as :class:`detente.exact.evidence.AtGamma` has them, and the
weights of the nodes, ``weight`` (rho, z).
"""

from __future__ import annotations

from contextlib import suppress
from math import factorial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numba.core.caching import FunctionCache
from scipy.special import ndtr

if TYPE_CHECKING:
    from collections.abc import Callable

    from detente.arrays import Floats, Integers

END, PER_UNIT, DEGREE = 9.0, 32, 6
"""Of the table: beyond its ends the function is 0 or 1 to 1e-19, and between its knots the Taylor sum errs by 3e-16."""
LAST = 9.0 - 1e-9

# Sums may be taken in any order; nothing here is infinite or no number, but that is not promised to the compiler.
RELAXED = {"reassoc", "contract", "nsz", "arcp"}


class Cache(FunctionCache):  # type: ignore[misc]  # numba's is untyped
    """Numba's cache of a function, which costs only time where a file of it is damaged or cannot be written."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:  # noqa: ANN401 - numba's
        """Return what was kept for a signature, or None if there is none or it cannot be read."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001 - whatever numba raises where a file was cut short
            self.forget()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:  # noqa: ANN401 - numba's
        """Keep what was compiled for a signature, if there is room."""
        try:
            super().save_overload(sig, data)
        except Exception:  # noqa: BLE001 - of a full disk, or of an index that could be neither read nor forgotten
            self.forget()

    def forget(self) -> None:
        """Delete the index: it may be damaged, or name a file that an older loop was kept in and no newer took over."""
        with suppress(OSError):
            Path(self._cache_file._index_path).unlink(missing_ok=True)  # noqa: SLF001 - a flush would need room


def compiled[**P, R](loop: Callable[P, R]) -> Callable[P, R]:
    """Have a loop compiled when it is first called, and kept for later runs; other threads run meanwhile."""
    dispatcher = numba.njit(nogil=True, fastmath=RELAXED, error_model="numpy")(loop)
    with suppress(RuntimeError):  # neither beside this module nor in the user's own cache can anything be written
        dispatcher._cache = Cache(loop)  # noqa: SLF001 - as its own `enable_caching`
    return dispatcher


def normal_table() -> Floats:
    """Return the Taylor coefficients of the normal distribution function around the middle of each cell, (cell, power).

    The k-th derivative is ``(-1)^(k-1) He_(k-1)(x) phi(x)``, with the Hermite polynomials of probability.
    """
    middle = -END + (np.arange(int(2 * END * PER_UNIT)) + 0.5) / PER_UNIT
    hermite = [np.ones_like(middle), middle]
    for k in range(1, DEGREE):
        hermite.append(middle * hermite[k] - k * hermite[k - 1])
    density = np.exp(-(middle**2) / 2) / np.sqrt(2 * np.pi)
    terms = [(-1) ** (k - 1) * hermite[k - 1] * density / factorial(k) for k in range(1, DEGREE + 1)]
    return np.ascontiguousarray(np.stack([ndtr(middle), *terms], axis=1))


TABLE = normal_table()


@compiled
def normal(x: float) -> float:
    """Return Phi(x)."""
    place = (min(max(x, -END), LAST) + END) * PER_UNIT
    cell = int(place)
    t = (place - cell - 0.5) / PER_UNIT
    row = TABLE[cell]
    right = row[4] + t * (row[5] + t * row[6])
    return row[0] + t * (row[1] + t * (row[2] + t * (row[3] + t * right)))


@compiled
def chances(at_zero: float, slope: float, z: Floats, trust: float, floor: float, out: Floats) -> None:
    """Work out ``floor + trust Phi(at_zero + slope z)``."""
    for k in range(z.size):
        out[k] = floor + trust * normal(at_zero + slope * z[k])


@compiled
def weighted(
    shrunk: Floats, floor: Floats, scale: Floats, slope: Floats, trust: Floats, z: Floats, weight: Floats
) -> Floats:
    """Return the sums over the nodes of the chance of each item times weights, (item, gamma, hypothesis).

    ``weight`` (gamma, hypothesis, item, rho, z) are what all else has at each node; of one item where it is that of
    each.
    """
    items, gammas, hypotheses = shrunk.shape
    total, step = np.zeros(shrunk.shape), 1 if weight.shape[2] > 1 else 0
    for g in range(gammas):
        for h in range(hypotheses):
            for i in range(items):
                for r in range(scale.shape[1]):
                    at_zero, towards, share = (
                        shrunk[i, g, h] / scale[i, r, h],
                        slope[i, r, h],
                        weight[g, h, i * step, r],
                    )
                    all_over, right_over = 0.0, 0.0
                    for k in range(z.size):
                        all_over += share[k]
                        right_over += share[k] * normal(at_zero + towards * z[k])
                    total[i, g, h] += floor[i, g, h] * all_over + trust[i] * right_over
    return total


@compiled
def joint(shrunk: Floats, floor: Floats, scale: Floats, slope: Floats, trust: Floats, z: Floats) -> Floats:
    """Return P(items | h, z, rho, gamma) at every node, (rho, gamma, hypothesis, z)."""
    items, gammas, hypotheses = shrunk.shape
    chance = np.empty(z.size)
    product = np.ones((scale.shape[1], gammas, hypotheses, z.size))
    for r in range(scale.shape[1]):
        for g in range(gammas):
            for h in range(hypotheses):
                for i in range(items):
                    chances(shrunk[i, g, h] / scale[i, r, h], slope[i, r, h], z, trust[i], floor[i, g, h], chance)
                    for k in range(z.size):
                        product[r, g, h, k] *= chance[k]
    return product


@compiled
def whole(
    shrunk: Floats, floor: Floats, scale: Floats, slope: Floats, trust: Floats, z: Floats, weight: Floats
) -> Floats:
    """Return P(items | h, gamma), the sum over the nodes, (gamma, hypothesis)."""
    items, gammas, hypotheses = shrunk.shape
    total, chance, run = np.zeros((gammas, hypotheses)), np.empty(z.size), np.empty(z.size)
    for r in range(weight.shape[0]):
        for g in range(gammas):
            for h in range(hypotheses):
                for k in range(z.size):
                    run[k] = weight[r, k]
                for i in range(items):
                    chances(shrunk[i, g, h] / scale[i, r, h], slope[i, r, h], z, trust[i], floor[i, g, h], chance)
                    for k in range(z.size):
                        run[k] *= chance[k]
                over_z = 0.0
                for k in range(z.size):
                    over_z += run[k]
                total[g, h] += over_z
    return total


@compiled
def in_full(
    shrunk: Floats, floor: Floats, scale: Floats, slope: Floats, trust: Floats, z: Floats, weight: Floats
) -> tuple[Floats, Floats]:
    """Return the sums for the first k items, and for all but one, both (item, gamma, hypothesis).

    What is left without an item is the product of all over its chance, which is never next to nothing here.
    """
    items, gammas, hypotheses = shrunk.shape
    prefix, without = np.zeros(shrunk.shape), np.zeros(shrunk.shape)
    chance, run = np.empty((items, z.size)), np.empty(z.size)
    for r in range(weight.shape[0]):
        for g in range(gammas):
            for h in range(hypotheses):
                for k in range(z.size):
                    run[k] = weight[r, k]
                for i in range(items):
                    chances(shrunk[i, g, h] / scale[i, r, h], slope[i, r, h], z, trust[i], floor[i, g, h], chance[i])
                    over_z = 0.0
                    for k in range(z.size):
                        run[k] *= chance[i, k]
                        over_z += run[k]
                    prefix[i, g, h] += over_z
                for i in range(items):
                    over_z = 0.0
                    for k in range(z.size):
                        over_z += run[k] / chance[i, k]
                    without[i, g, h] += over_z
    return prefix, without


@compiled
def at_draws(
    shrunk: Floats, floor: Floats, node: Integers, scale: Floats, slope: Floats, z: Floats, trust: Floats
) -> Floats:
    """Return P(items | h, z, rho, gamma), (draw, hypothesis), each draw at its own values.

    ``node`` (draw,) is the gamma of each draw among those of ``shrunk`` and ``floor``; ``scale`` and ``slope`` are
    (item, draw, hypothesis), and ``z`` (draw,).
    """
    items, _, hypotheses = shrunk.shape
    product, place, chance = np.ones((z.size, hypotheses)), np.empty(1), np.empty(1)
    for d in range(z.size):
        place[0] = z[d]
        for h in range(hypotheses):
            for i in range(items):
                at_zero = shrunk[i, node[d], h] / scale[i, d, h]
                chances(at_zero, slope[i, d, h], place, trust[i], floor[i, node[d], h], chance)
                product[d, h] *= chance[0]
    return product
