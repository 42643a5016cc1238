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

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from detente.exact.quadrature import line, log_normal_weights, log_sum_exp
from detente.exact.reading import Steps, held_kinds
from detente.exact.record import by_width, given_u, log_sojourn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.arrays import Floats


REACH, SPACING = 8.0, 0.125
"""Range and spacing of the nodes on which ``u`` and ``v`` are inverted, with densities linear in between."""
LEAST = 1e-12


@dataclass(frozen=True)
class Uniforms:
    """Evenly spread uniform numbers: ``u``, ``width`` (draws, transition), ``v`` (draws, transition, regime).

    And ``days`` (draws, group), for each group of steps whose days are not known.
    """

    u: Floats
    v: Floats
    width: Floats
    days: Floats


def spread_evenly(rng: np.random.Generator, draws: int, widths: tuple[Steps, ...]) -> Uniforms:
    """Return scrambled Sobol points; ``draws`` is a power of two.  A single width takes no dimension."""
    from scipy.stats import qmc

    (transitions, _, regimes), groups = widths[0].location.shape, len(widths[0].undated)
    sizes = transitions, transitions * regimes, transitions * (len(widths) > 1), groups
    points = np.clip(qmc.Sobol(sum(sizes), rng=rng).random(draws), LEAST, 1 - LEAST)
    u, v, width, days = np.split(points, np.cumsum(sizes)[:-1], axis=1)
    return Uniforms(u, v.reshape(draws, transitions, regimes), width if width.size else np.zeros_like(u), days)


def join(sets: Sequence[Uniforms]) -> Uniforms:
    """Concatenate sets of draws."""
    return Uniforms(*(np.concatenate([getattr(one, name) for one in sets]) for name in ("u", "v", "width", "days")))


def shifted(widths: tuple[Steps, ...], bias: float) -> tuple[Steps, ...]:
    """Add ``bias`` to every log intensity."""
    return tuple(steps.changed(location=steps.location + bias, over_v={}, variants={}) for steps in widths)


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
    for number in range(len(widths[0].undated)):
        log_weight += _draw_undated(widths, number, gamma, uniforms, drawn)
    return drawn, np.exp(log_weight)


def _draw_undated(widths: tuple[Steps, ...], number: int, gamma: float, uniforms: Uniforms, drawn: Floats) -> Floats:
    """Draw the days of a group's steps, put its transitions' intensities given them into ``drawn``, and weigh both."""
    group, at = widths[0].undated[number], np.array([gamma])
    place = (uniforms.width * len(widths)).astype(np.int64)
    log_joint, log_mean = np.zeros((2, group.happened.shape[0], *drawn.shape[:2]))
    for column, t in enumerate(group.rows):
        kinds = [by_width(held, t, at)[:, 0] for held in held_kinds(widths, number, column)]
        table = np.array(kinds)[group.kind(column)]  # (combination, width, hypothesis)
        log_joint += table[:, place[:, t]]
        log_mean += (log_sum_exp(table, axis=1) - np.log(len(widths)))[:, None]
    below = np.cumsum(np.exp(log_joint - log_joint.max(axis=0)), axis=0)
    days = (below < uniforms.days[:, number, None] * below[-1]).sum(axis=0)  # (draws, hypothesis)
    for column, t in enumerate(group.rows):
        kind = group.kind(column)[days]
        for this, held in enumerate(held_kinds(widths, number, column)):
            for width, steps in enumerate(held):
                mine = (kind == this) & (place[:, t] == width)[:, None]
                some = np.flatnonzero(mine.any(axis=1))
                if some.size:
                    effects = _of_transition(steps, t, gamma, uniforms.u[some, t], uniforms.v[some, t])
                    drawn[some, :, t] = np.where(mine[some, :, None], effects, drawn[some, :, t])
    return log_sum_exp(log_joint, axis=0) - log_sum_exp(log_mean, axis=0)


def _given_width(steps: Steps, gamma: float, uniforms: Uniforms) -> Floats:
    transitions = range(steps.location.shape[0])
    drawn = [_of_transition(steps, t, gamma, uniforms.u[:, t], uniforms.v[:, t]) for t in transitions]
    return np.stack(drawn, axis=2)


def _of_transition(steps: Steps, transition: int, gamma: float, u_chance: Floats, v_chance: Floats) -> Floats:
    """Return the log intensities of one transition, (draws, hypothesis, regime)."""
    location = steps.log_intensity(np.array([gamma]))[0, transition]
    hypotheses, regimes = location.shape
    recorded = steps.recorded(transition)
    u = _invert_u(steps, transition, location, u_chance) if recorded else _same(ndtri(u_chance), hypotheses)
    v = [
        _invert_v(steps, (transition, g), location[:, g], u, v_chance[:, g])
        if g in recorded
        else _same(ndtri(v_chance[:, g]), hypotheses)
        for g in range(regimes)
    ]
    effect = np.sqrt(steps.persistence) * u[..., None] + np.sqrt(1 - steps.persistence) * np.stack(v, axis=2)
    return location + steps.spread[transition] * effect


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
