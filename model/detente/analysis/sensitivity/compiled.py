"""What the items of a cluster say where every number is drawn, as a compiled loop, for records of hundreds of items.

Nothing is computed that :mod:`detente.analysis.sensitivity.variance` does not compute with arrays, in single precision
too; here no array is ever larger than the processor's own memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente.analysis.sensitivity.variance import SLOWNESS, TAIL
from detente.loops import RELAXED, compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detente.arrays import Floats

    Singles = NDArray[np.float32]

C0, C1, C2, C3, C4, C5, C6, C7, C8, C9 = map(np.float32, TAIL)
_EXP2 = np.polynomial.Chebyshev.interpolate(np.exp2, 6, domain=[0, 1]).convert(kind=np.polynomial.Polynomial)
D0, D1, D2, D3, D4, D5, D6 = map(np.float32, _EXP2.coef)
ZERO, ONE, TWO, HALF, SLOW = map(np.float32, (0, 1, 2, 0.5, SLOWNESS))
LOG2_E, LEAST_POWER = np.float32(np.log2(np.e)), np.float32(-126)
EXPONENT_BIAS, FRACTION_BITS = np.int32(127), np.int32(23)
"""Of a number in single precision."""


@compiled(RELAXED)
def normal(x: np.float32) -> np.float32:
    """Return the normal distribution function as :func:`detente.analysis.sensitivity.variance.normal_cdf` does.

    The exponential is a power of 2, whose whole part is written into the bits of a number.
    """
    u = abs(x)
    t = ONE / (ONE + SLOW * u)
    s = TWO * t - ONE
    q = C5 + s * (C6 + s * (C7 + s * (C8 + s * C9)))
    q = C0 + s * (C1 + s * (C2 + s * (C3 + s * (C4 + s * q))))
    power = max((q - HALF * u * u) * LOG2_E, LEAST_POWER)
    whole = np.floor(power)
    f = power - whole
    part = D0 + f * (D1 + f * (D2 + f * (D3 + f * (D4 + f * (D5 + f * D6)))))
    tail = t * part * np.int32((np.int32(whole) + EXPONENT_BIAS) << FRACTION_BITS).view(np.float32)
    return tail if x < 0 else ONE - tail


@compiled(RELAXED)
def multiply(start: Singles, slope: Singles, wrong: Singles, kept: np.float32, z: Singles, run: Singles) -> None:
    """Multiply ``run`` (node, sample) by the chances of an item, ``wrong + kept Phi(start + slope z)``."""
    for k in range(z.size):
        for s in range(start.size):
            run[k, s] *= wrong[s] + kept * normal(start[s] + slope[s] * z[k])


@compiled(RELAXED)
def over_nodes(run: Singles) -> Floats:
    """Return the sums over nodes, (sample, hypothesis), of ``run`` (hypothesis, node, sample)."""
    hypotheses, nodes, samples = run.shape
    total = np.empty((samples, hypotheses))
    for h in range(hypotheses):
        for s in range(samples):
            over_z = ZERO
            for k in range(nodes):
                over_z += run[h, k, s]
            total[s, h] = over_z
    return total


@compiled(RELAXED)
def sums(
    level: Floats,
    contrast: Floats,
    spread: Floats,
    sign: Floats,
    trust: Floats,
    loading: Floats,
    weights: Floats,
    gamma: Floats,
    rho: Floats,
    noise: Floats,
    z: Singles,
    node: Singles,
) -> Floats:
    """Return P(items | h) of each sample, the common cause summed over its nodes, (sample, hypothesis).

    The probit of an item is ``level + gamma contrast + spread noise``, each (item, hypothesis) but ``noise`` (sample,
    hypothesis, item); ``sign`` (item,) is -1 of what was not seen, and ``node`` are the weights of the nodes ``z``.
    """
    samples, hypotheses, items = noise.shape
    run = np.empty((hypotheses, z.size, samples), np.float32)
    for k in range(z.size):
        run[:, k] = node[k]
    probit = np.empty((hypotheses, samples), np.float32)
    slope, scale, wrong = (np.empty(samples, np.float32), np.empty(samples, np.float32), np.empty(samples, np.float32))
    for i in range(items):
        for s in range(samples):
            wrong[s] = 0
            scale[s] = np.float32(1 / np.sqrt(1 - loading[i] ** 2 * rho[s]))
            slope[s] = np.float32(sign[i] * loading[i] * np.sqrt(rho[s])) * scale[s]
        for h in range(hypotheses):
            share = np.float32((1 - trust[i]) * weights[h])
            for s in range(samples):
                middle = level[i, h] + gamma[s] * contrast[i, h] + spread[i, h] * noise[s, h, i]
                probit[h, s] = np.float32(sign[i] * middle)
            for s in range(samples):
                wrong[s] += share * normal(probit[h, s])
                probit[h, s] *= scale[s]
        for h in range(hypotheses):
            multiply(probit[h], slope, wrong, np.float32(trust[i]), z, run[h])
    return over_nodes(run)
