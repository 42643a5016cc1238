"""Draws of log intensities given the record, a hypothesis, a discrimination and a level bias.

Given those, transitions are independent.  Each has an effect ``u`` shared by its regimes and an effect ``v`` in each of
them: ``u`` is drawn from its marginal, then each ``v`` given ``u``.  Both invert a distribution function at uniform
numbers that are the same for every discrimination and bias, so that averages over the draws are smooth in both.

References
----------
Joe, S. and Kuo, F. Y. (2008), Constructing Sobol sequences with better two-dimensional projections.  SIAM J. Sci.
Comput. 30.
Owen, A. B. (1998), Scrambling Sobol' and Niederreiter-Xing points.  Journal of Complexity 14.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from detente.exact.quadrature import line, log_normal_weights, log_sum_exp
from detente.exact.record import by_width, given_u, log_sojourn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from detente.exact.record import Steps

    Floats = NDArray[np.float64]

REACH, SPACING = 8.0, 0.125
"""Range and spacing of the nodes on which ``u`` and ``v`` are inverted, with densities linear in between."""
LEAST = 1e-12


@dataclass(frozen=True)
class Uniforms:
    """Evenly spread uniform numbers: ``u``, ``width`` (draws, transition), ``v`` (draws, transition, regime)."""

    u: Floats
    v: Floats
    width: Floats


def spread_evenly(rng: np.random.Generator, draws: int, transitions: int, regimes: int, *, widths: int = 1) -> Uniforms:
    """Return scrambled Sobol points; ``draws`` is a power of two.  A single width takes no dimension."""
    from scipy.stats import qmc

    points = qmc.Sobol(transitions * ((1 + regimes) + (widths > 1)), rng=rng).random(draws)
    u, v, width = np.split(np.clip(points, LEAST, 1 - LEAST), [transitions, transitions * (1 + regimes)], axis=1)
    return Uniforms(u, v.reshape(draws, transitions, regimes), width if widths > 1 else np.zeros_like(u))


def join(sets: Sequence[Uniforms]) -> Uniforms:
    """Concatenate sets of draws."""
    return Uniforms(*(np.concatenate([getattr(one, name) for one in sets]) for name in ("u", "v", "width")))


def shifted(widths: tuple[Steps, ...], bias: float) -> tuple[Steps, ...]:
    """Add ``bias`` to every log intensity."""
    return tuple(dataclasses.replace(steps, location=steps.location + bias, over_v={}) for steps in widths)


def draw_log_intensity(widths: tuple[Steps, ...], gamma: float, uniforms: Uniforms) -> tuple[Floats, Floats]:
    """Draw log intensities given each hypothesis, (draws, hypothesis, transition, regime), and weigh the draws.

    The width of a transition's ranges is drawn from its prior, whatever the discrimination and the bias; the weights,
    (draws, hypothesis) with a mean of 1 in expectation, make the record's share of it good.
    """
    place = (uniforms.width * len(widths)).astype(np.int64)
    by_each = np.stack([_given_width(steps, gamma, uniforms) for steps in widths])
    drawn = np.take_along_axis(by_each, place[None, :, None, :, None], axis=0)[0]
    log_weight = np.zeros(drawn.shape[:2])
    for t in range(place.shape[1]) if len(widths) > 1 else ():
        record = by_width(widths, t, np.array([gamma]))[:, 0]  # (width, hypothesis)
        log_weight += (record - log_sum_exp(record, axis=0) + np.log(len(widths)))[place[:, t]]
    return drawn, np.exp(log_weight)


def _given_width(steps: Steps, gamma: float, uniforms: Uniforms) -> Floats:
    location = steps.log_intensity(np.array([gamma]))[0]  # (transition, hypothesis, regime)
    transitions, width, regimes = location.shape
    draws = uniforms.u.shape[0]
    effect = np.empty((draws, width, transitions, regimes))
    for t in range(transitions):
        recorded = steps.recorded(t)
        u = _invert_u(steps, t, location[t], uniforms.u[:, t]) if recorded else _same(ndtri(uniforms.u[:, t]), width)
        for g in range(regimes):
            chance = uniforms.v[:, t, g]
            v = _invert_v(steps, (t, g), location[t, :, g], u, chance) if g in recorded else _same(ndtri(chance), width)
            effect[:, :, t, g] = np.sqrt(steps.persistence) * u + np.sqrt(1 - steps.persistence) * v
    return location.transpose(1, 0, 2) + steps.spread.transpose(1, 0, 2) * effect


def _same(values: Floats, width: int) -> Floats:
    return np.repeat(values[:, None], width, axis=1)


def _invert_u(steps: Steps, transition: int, location: Floats, chance: Floats) -> Floats:
    """Return u at uniform numbers, with the v of each regime integrated out, (draws, hypothesis)."""
    nodes = line(-REACH, REACH, SPACING)
    total = sum(given_u(steps, transition, g, location[:, g], nodes) for g in steps.recorded(transition))
    return np.stack([_invert(nodes, row[None], chance) for row in total + log_normal_weights(nodes)], axis=1)


def _invert_v(steps: Steps, place: tuple[int, int], location: Floats, u: Floats, chance: Floats) -> Floats:
    """Return the v of one regime at uniform numbers, given u, (draws, hypothesis)."""
    t, g = place
    nodes, kappa = line(-REACH, REACH, SPACING), steps.persistence
    columns = []
    for h, at in enumerate(location):
        effect = np.sqrt(kappa) * u[:, h, None] + np.sqrt(1 - kappa) * nodes
        table = log_sojourn(steps, t, g, at + steps.spread[t, h, g] * effect) + log_normal_weights(nodes)
        columns.append(_invert(nodes, table, chance))
    return np.stack(columns, axis=1)


def _invert(nodes: Floats, log_density: Floats, chance: Floats) -> Floats:
    """Return the quantiles, (draws,), of distributions with a log density (1 or draws, nodes).

    The density is linear between nodes, so that the distribution function is a parabola there.
    """
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    below = np.zeros_like(density)
    np.cumsum((density[:, 1:] + density[:, :-1]) / 2, axis=1, out=below[:, 1:])
    wanted = chance * below[:, -1]
    if density.shape[0] == 1:
        cell = np.searchsorted(below[0], wanted, side="right") - 1
    else:
        cell = (below <= wanted[:, None]).sum(axis=1) - 1
    cell = np.clip(cell, 0, nodes.size - 2)
    row = np.zeros_like(cell) if density.shape[0] == 1 else np.arange(cell.size)
    first, last, rest = density[row, cell], density[row, cell + 1], np.maximum(wanted - below[row, cell], 0.0)
    # Solve rest = first x + (last - first) x^2 / 2 for x, in the form without cancellation.
    root = np.sqrt(np.maximum(first**2 + 2 * (last - first) * rest, 0.0))
    share = np.divide(2 * rest, first + root, out=np.zeros_like(rest), where=first + root > 0)
    return nodes[cell] + (nodes[1] - nodes[0]) * np.clip(share, 0.0, 1.0)
