"""The sums over rho and z of one cluster as compiled loops, for records of thousands of items.

Nothing is computed that :mod:`detente.exact.clusters` does not compute with arrays.  Here no array of every item, node
and hypothesis is made but by :func:`each`, which returns one, and the normal distribution function is a polynomial's,
of several numbers at once.  Importing this module takes a second, and the first call ever several more, which is worth
it for large records only.

What the loops take: ``shrunk`` and ``floor`` (item, gamma, hypothesis), ``scale`` and ``slope`` (item, rho,
hypothesis), ``trust`` (item,) and the nodes ``z``, all as :class:`detente.exact.evidence.AtGamma` has them, and the
weights of the nodes, ``weight`` (rho, z).
"""

from __future__ import annotations

from math import factorial, log
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import erfcx

from detente.loops import RELAXED, compiled

if TYPE_CHECKING:
    from detente.arrays import Floats, Integers

END, SLOWNESS = 8.5, 0.25
"""Of the fit to the normal distribution function: beyond its ends the function is 0 or 1 to 1e-17."""


def tail_over_density() -> tuple[float, ...]:
    """Return coefficients of the tail over ``exp(-u^2 / 2)``, by ``1 / (1 + SLOWNESS u)`` stretched to -1, 1."""
    u = np.linspace(0, END, 400)
    fit = np.polynomial.Chebyshev.fit(1 / (1 + SLOWNESS * u), erfcx(u / np.sqrt(2)) / 2, 14, w=np.exp(-u * u / 2))
    return tuple(map(float, np.polynomial.chebyshev.cheb2poly(fit.coef)))


C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14 = tail_over_density()
D0, D1, D2, D3, D4, D5, D6, D7, D8, D9, D10, D11, D12 = (log(2) ** k / factorial(k) for k in range(13))
STRETCH = 2 * (1 + SLOWNESS * END) / (SLOWNESS * END)
HALF_LOG2_E, EXPONENT_BIAS, FRACTION_BITS = float(np.log2(np.e)) / 2, 1023, 52


@compiled(RELAXED)
def normal(x: float) -> float:
    """Return Phi(x), the tail as a polynomial times the density: it errs by 1e-15.

    The exponential is a power of 2, whose whole part is written into the bits of a number.  There is no branch and no
    table in it, so that a loop works on as many numbers at once as the processor can.
    """
    u = min(abs(x), END)
    s = 1 - STRETCH * (1 - 1 / (1 + SLOWNESS * u))
    q = C8 + s * (C9 + s * (C10 + s * (C11 + s * (C12 + s * (C13 + s * C14)))))
    q = C0 + s * (C1 + s * (C2 + s * (C3 + s * (C4 + s * (C5 + s * (C6 + s * (C7 + s * q)))))))
    power = -HALF_LOG2_E * u * u
    whole = np.rint(power)
    f = power - whole
    part = D6 + f * (D7 + f * (D8 + f * (D9 + f * (D10 + f * (D11 + f * D12)))))
    part = D0 + f * (D1 + f * (D2 + f * (D3 + f * (D4 + f * (D5 + f * part)))))
    tail = q * part * np.int64((np.int64(np.int32(whole)) + EXPONENT_BIAS) << FRACTION_BITS).view(np.float64)
    return tail if x < 0 else 1 - tail


@compiled(RELAXED)
def chances(shrunk: float, scale: Floats, slope: Floats, z: Floats, trust: float, floor: float, out: Floats) -> None:
    """Work out ``floor + trust Phi(shrunk / scale + slope z)`` at all nodes in a row, scale and slope (rho,)."""
    for r in range(scale.size):
        at_zero, towards, first = shrunk / scale[r], slope[r], r * z.size
        for k in range(z.size):
            out[first + k] = at_zero + towards * z[k]
    for k in range(out.size):
        out[k] = floor + trust * normal(out[k])


@compiled(RELAXED)
def weighted(
    shrunk: Floats,
    floor: Floats,
    scale: Floats,
    slope: Floats,
    trust: Floats,
    z: Floats,
    which: Integers,
    weight: Floats,
) -> Floats:
    """Return the sums over the nodes of the chance of each item times weights, (item, gamma, hypothesis).

    ``weight`` (one, gamma, hypothesis, rho, z) are what all else may have at each node; ``which`` (item,) of them goes
    with each item.
    """
    items, gammas, hypotheses = shrunk.shape
    total, place = np.empty(shrunk.shape), np.empty(scale.shape[1] * z.size)
    for i in range(items):
        for g in range(gammas):
            for h in range(hypotheses):
                chances(shrunk[i, g, h], scale[i, :, h], slope[i, :, h], z, trust[i], floor[i, g, h], place)
                share, over_nodes = weight[which[i], g, h].ravel(), 0.0
                for k in range(place.size):
                    over_nodes += share[k] * place[k]
                total[i, g, h] = over_nodes
    return total


@compiled(RELAXED)
def weighted_between(
    shrunk: Floats,
    floor: Floats,
    scale: Floats,
    slope: Floats,
    trust: Floats,
    z: Floats,
    which: Integers,
    share: Floats,
    matrix: Floats,
    height: Floats,
) -> Floats:
    """Return the same with weights that are interpolated from a table ``share`` (one, gamma, hypothesis, point, z).

    ``matrix`` (item, rho, point) interpolates, and ``height`` (item, gamma, hypothesis, rho) multiplies.
    """
    items, gammas, hypotheses = shrunk.shape
    rhos = scale.shape[1]
    total, place, between = np.empty(shrunk.shape), np.empty(rhos * z.size), np.empty((rhos, z.size))
    for i in range(items):
        for g in range(gammas):
            for h in range(hypotheses):
                np.dot(matrix[i], share[which[i], g, h], between)
                chances(shrunk[i, g, h], scale[i, :, h], slope[i, :, h], z, trust[i], floor[i, g, h], place)
                total[i, g, h] = 0.0
                for r in range(rhos):
                    over_z = 0.0
                    for k in range(z.size):
                        over_z += between[r, k] * place[r * z.size + k]
                    total[i, g, h] += height[i, g, h, r] * over_z
    return total


@compiled(RELAXED)
def each(shrunk: Floats, floor: Floats, scale: Floats, slope: Floats, trust: Floats, z: Floats) -> Floats:
    """Return P(y_i | h, z, rho, gamma) at every node, (item, gamma, hypothesis, rho, z)."""
    items, gammas, hypotheses = shrunk.shape
    rhos = scale.shape[1]
    chance = np.empty((items, gammas, hypotheses, rhos * z.size))
    for i in range(items):
        for g in range(gammas):
            for h in range(hypotheses):
                row = scale[i, :, h], slope[i, :, h]
                chances(shrunk[i, g, h], *row, z, trust[i], floor[i, g, h], chance[i, g, h])
    return chance.reshape(items, gammas, hypotheses, rhos, z.size)


@compiled(RELAXED)
def joint(shrunk: Floats, floor: Floats, scale: Floats, slope: Floats, trust: Floats, z: Floats) -> Floats:
    """Return P(items | h, z, rho, gamma) at every node, (gamma, hypothesis, rho, z)."""
    items, gammas, hypotheses = shrunk.shape
    rhos, chance = scale.shape[1], np.empty(scale.shape[1] * z.size)
    product = np.ones((gammas, hypotheses, rhos * z.size))
    for g in range(gammas):
        for h in range(hypotheses):
            run = product[g, h]
            for i in range(items):
                chances(shrunk[i, g, h], scale[i, :, h], slope[i, :, h], z, trust[i], floor[i, g, h], chance)
                for k in range(run.size):
                    run[k] *= chance[k]
    return product.reshape(gammas, hypotheses, rhos, z.size)


@compiled(RELAXED)
def by_trust(
    shrunk: Floats, wrong: Floats, scale: Floats, slope: Floats, trust: Floats, z: Floats, weight: Floats
) -> Floats:
    """Return P(items | h, gamma) with the sources trusted in each of some ways, ``trust`` (way, item).

    ``wrong`` (item, gamma, hypothesis) is the chance of what was reported were the source wrong.
    """
    items, gammas, hypotheses = shrunk.shape
    total, right = np.empty((trust.shape[0], gammas, hypotheses)), np.empty((items, weight.size))
    node, run = weight.ravel(), np.empty(weight.size)
    for g in range(gammas):
        for h in range(hypotheses):
            for i in range(items):
                chances(shrunk[i, g, h], scale[i, :, h], slope[i, :, h], z, 1.0, 0.0, right[i])
            for way in range(trust.shape[0]):
                for k in range(run.size):
                    run[k] = node[k]
                for i in range(items):
                    kept, floor = trust[way, i], (1 - trust[way, i]) * wrong[i, g, h]
                    for k in range(run.size):
                        run[k] *= floor + kept * right[i, k]
                over_nodes = 0.0
                for k in range(run.size):
                    over_nodes += run[k]
                total[way, g, h] = over_nodes
    return total


@compiled(RELAXED)
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
                    row = scale[i, r : r + 1, h], slope[i, r : r + 1, h]
                    chances(shrunk[i, g, h], *row, z, trust[i], floor[i, g, h], chance[i])
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


@compiled(RELAXED)
def at_draws(
    shrunk: Floats, floor: Floats, node: Integers, scale: Floats, slope: Floats, z: Floats, trust: Floats
) -> Floats:
    """Return P(items | h, z, rho, gamma), (draw, hypothesis), each draw at its own values.

    ``node`` (draw,) is the gamma of each draw among those of ``shrunk`` and ``floor``; ``scale`` and ``slope`` are
    (item, draw, hypothesis), and ``z`` (draw,).
    """
    items, _, hypotheses = shrunk.shape
    product = np.ones((z.size, hypotheses))
    for d in range(z.size):
        for h in range(hypotheses):
            for i in range(items):
                place = shrunk[i, node[d], h] / scale[i, d, h] + slope[i, d, h] * z[d]
                product[d, h] *= floor[i, node[d], h] + trust[i] * normal(place)
    return product
