"""The marginal likelihood of the recorded history: transitions made, and days on which none was.

``m_t(h, gamma) = int phi(u) prod_g int phi(v) lambda^d exp(-lambda E) dv du`` by the trapezoid rule in both, and the
mean of that over the widths which the stated ranges may have: one for a transition, under all hypotheses and regimes.

Where only the month or the year of a step is known, the product over transitions is summed over the days on which it
may have happened (:mod:`detente.case.undated`): ``sum_a prod_t m_t^a(h, gamma)``, d and E being those of each day.
After a vote that is not called, the record is a mixture over its winners, ``sum_w P(w) prod_t m_t^w(h, gamma)``, the
days after the vote being all in one of the regimes that they bring.

References
----------
Andersen, P. K. and Keiding, N. (2002), Multi-state models for event history analysis.  Stat. Methods Med. Res. 11.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from detente.exact.quadrature import interpolate, line, log_normal_weights, log_sum_exp
from detente.exact.reading import held_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from detente.arrays import Floats
    from detente.exact.reading import Steps

REACH = 12.0
HALF = 0.5
TABLE_STEP, TABLE_POINTS = 0.1, 10
"""Spacing of the table over log intensities, and the points a value between two of them is interpolated from."""
REMEMBERED = 8192
"""Grids that are kept."""
TOGETHER = 10_000_000
"""Likelihoods of draws at days that are not known, worked out in one array."""


@lru_cache(maxsize=REMEMBERED)
def grid(spread: float) -> Floats:
    """Return nodes for u and v, not to be written to: finer where a wide spread makes the integrand fall faster."""
    nodes = line(-REACH, REACH, 0.5 / np.sqrt(1 + 4 * spread + spread**2))
    nodes.flags.writeable = False
    return nodes


def log_sojourn(steps: Steps, transition: int, regime: int, log_intensity: Floats) -> Floats:
    """Return d log lambda - lambda E for one transition in one regime, elementwise.

    On an occasion, d log(1 - exp(-m lambda)) - lambda E, with m what couplings made of it.
    """
    made, days = steps.happened[transition, regime], steps.exposure[transition, regime]
    constant = steps.constant[transition, regime]
    with np.errstate(over="ignore"):
        if steps.at_once[regime]:
            return made * log_chance(log_intensity + constant) - np.exp(log_intensity) * days
        return made * log_intensity + constant - np.exp(log_intensity) * days


def log_chance(log_expected: Floats) -> Floats:
    """Return log(1 - exp(-x)) at log x: that of at least one event, where x are expected."""
    expected = np.exp(log_expected)
    small = expected < HALF
    few, many = np.where(small, np.maximum(expected, np.finfo(float).tiny), HALF), np.where(small, HALF, expected)
    return np.where(small, log_expected + np.log(-np.expm1(-few) / few), np.log1p(-np.exp(-many)))


def given_u(steps: Steps, transition: int, regime: int, location: Floats, u: Floats) -> Floats:
    """Return log of the integral over v at each u; ``location`` (..., hypothesis), the result (..., hypothesis, u).

    The integral depends on location and u through one number, so that it is worked out on a line and interpolated.
    """
    spread = steps.spread[transition, :, regime]
    at = location[..., None] + np.sqrt(steps.persistence) * spread[:, None] * u
    key = transition, regime, *(part[transition, regime] for part in (steps.happened, steps.exposure, steps.constant))
    if key not in steps.over_v:
        steps.over_v[key] = _integrate_v(steps, transition, regime)
    start, values = steps.over_v[key]
    return interpolate(start, TABLE_STEP, values, at, TABLE_POINTS)


def _integrate_v(steps: Steps, transition: int, regime: int) -> tuple[float, Floats]:
    """Return the first node, and log of the integral over v at nodes ``TABLE_STEP`` apart, (hypothesis, node)."""
    spread = steps.spread[transition, :, regime]
    ends = steps.located(transition, np.array([0.0, 1.0]))[:, :, regime]
    reach = np.sqrt(steps.persistence) * float(spread.max()) * REACH + TABLE_STEP * TABLE_POINTS
    x = np.arange(ends.min() - reach, ends.max() + reach + TABLE_STEP, TABLE_STEP)
    v = grid(float(spread.max()))
    shift = np.sqrt(1 - steps.persistence) * spread[:, None, None] * v
    sojourn = log_sojourn(steps, transition, regime, x[:, None] + shift)
    return float(x[0]), log_sum_exp(sojourn + log_normal_weights(v), axis=-1)


def transition_marginal(widths: tuple[Steps, ...], transition: int, gamma: Floats) -> Floats:
    """Return log m_t(h, gamma), shape (gamma, hypothesis)."""
    return log_sum_exp(by_width(widths, transition, gamma), axis=0) - np.log(len(widths))


def by_width(widths: tuple[Steps, ...], transition: int, gamma: Floats) -> Floats:
    """Return log m_t(h, gamma) given each width, shape (width, gamma, hypothesis)."""
    return np.stack([_integrate(steps, transition, gamma) for steps in widths])


def _integrate(steps: Steps, transition: int, gamma: Floats) -> Floats:
    location = steps.located(transition, gamma)
    regimes = steps.recorded(transition)
    if len(regimes) == 1:  # u and v only appear as one standard normal
        spread = steps.spread[transition, :, regimes[0]]
        x = grid(float(spread.max()))
        log_intensity = location[:, :, regimes[0], None] + spread[:, None] * x
        return log_sum_exp(log_sojourn(steps, transition, regimes[0], log_intensity) + log_normal_weights(x), axis=-1)
    u = grid(float(steps.spread[transition].max()))
    total = sum(given_u(steps, transition, g, location[:, :, g], u) for g in regimes)
    return log_sum_exp(total + log_normal_weights(u), axis=-1) if regimes else np.zeros(location.shape[:2])


def record_marginal(widths: tuple[Steps, ...], transitions: Iterable[int], gamma: Floats) -> Floats:
    """Return log P(record of these transitions | h, gamma), shape (gamma, hypothesis)."""
    return over_winners(widths, [marginal_by_winner(widths, transitions, gamma)])


def marginal_by_winner(widths: tuple[Steps, ...], transitions: Iterable[int], gamma: Floats) -> Floats:
    """Return log P(record of these transitions | h, w, gamma), (winner, gamma, hypothesis); one row if no w matters.

    Transitions whose risk depends on what is not known count, all together, with the one to the first such step.
    """
    steps = widths[0]
    total = np.zeros((gamma.size, steps.weights.size))
    of_winner = np.zeros((max(1, steps.log_winner.size), *total.shape))
    for row in transitions:
        total = total + transition_marginal(widths, row, gamma)
        for place, group in enumerate(steps.undated):
            if group.rows[0] != row:
                continue
            table = undated_marginals(widths, place, gamma)
            if group.winner is None:
                total = total + log_sum_exp(table, axis=0)
            else:
                of_winner += [log_sum_exp(table[group.winner == winner], axis=0) for winner in range(len(of_winner))]
    return total + of_winner


def over_winners(widths: tuple[Steps, ...], tables: Sequence[Floats]) -> Floats:
    """Return log P(record | h, gamma), (gamma, hypothesis), from parts of it by winner (:func:`marginal_by_winner`)."""
    by_winner = sum(tables[1:], tables[0])
    return log_sum_exp(by_winner + widths[0].log_winner[:, None, None], axis=0) if widths[0].by_winner else by_winner[0]


def with_and_without(widths: tuple[Steps, ...], tables: Sequence[Floats]) -> tuple[list[Floats], list[Floats]]:
    """Return what each part of a record adds to those before it, and what leaving it out takes away.

    ``tables`` are the parts by winner (:func:`marginal_by_winner`); the results (gamma, hypothesis).  The two are the
    same unless parts have a winner in common who is not known.
    """
    if not widths[0].by_winner:
        apart = [over_winners(widths, [table]) for table in tables]
        return apart, apart
    nothing = np.zeros_like(tables[0])
    so_far = [over_winners(widths, [nothing, *tables[:end]]) for end in range(len(tables) + 1)]
    others = [over_winners(widths, [nothing, *tables[:place], *tables[place + 1 :]]) for place in range(len(tables))]
    return [after - before for before, after in pairwise(so_far)], [so_far[-1] - rest for rest in others]


def winner_marginals(widths: tuple[Steps, ...], gamma: Floats) -> Floats:
    """Return log P(w) P(record | h, w, gamma), (winner, gamma, hypothesis), of what depends on who has won."""
    rows = [widths[0].undated[place].rows[0] for place in widths[0].by_winner]
    return marginal_by_winner(widths, rows, gamma) + widths[0].log_winner[:, None, None]


def undated_marginals(widths: tuple[Steps, ...], place: int, gamma: Floats) -> Floats:
    """Return log P(record of a group's transitions | h, gamma) by the days of its steps, (days, gamma, hypothesis)."""
    group = widths[0].undated[place]
    total = np.zeros((group.happened.shape[0], gamma.size, widths[0].weights.size))
    for column, row in enumerate(group.rows):
        marginals = [transition_marginal(held, row, gamma) for held in held_kinds(widths, place, column)]
        total += np.array(marginals)[group.kind(column)]
    return total


def record_log_likelihood(steps: Steps, log_intensity: Floats) -> Floats:
    """Return log P(record | h, intensities), (draws, hypothesis); ``log_intensity`` (draws, transition, h, regime)."""
    by_winner = record_by_winner(steps, log_intensity)
    return by_winner[..., 0] if not steps.by_winner else log_sum_exp(by_winner + steps.log_winner, axis=2)


def record_by_winner(steps: Steps, log_intensity: Floats) -> Floats:
    """Return log P(record | h, w, intensities), (draws, hypothesis, winner); one column where no winner matters."""
    draws, transitions, width = log_intensity.shape[:3]
    total = np.zeros((draws, width))
    for t in range(transitions):
        for g in steps.recorded(t):
            total += log_sojourn(steps, t, g, log_intensity[:, t, :, g])
    of_winner = np.zeros((*total.shape, max(1, steps.log_winner.size)))
    for group in steps.undated:
        ordinary = ~steps.at_once
        made, constant = group.happened * ordinary, (group.constant * ordinary).sum(axis=(1, 2))[:, None, None]
        size = max(1, TOGETHER // (width * constant.size))
        for start in range(0, draws, size):
            here = log_intensity[start : start + size][:, list(group.rows)]
            with np.errstate(over="ignore"):
                rate = np.exp(here)
            table = np.tensordot(made, here, axes=((1, 2), (1, 3))) + constant
            table -= np.tensordot(group.exposure, rate, axes=((1, 2), (1, 3)))
            for row, g in zip(*np.nonzero((group.happened * ~ordinary).any(axis=0)), strict=True):
                expected = here[:, row, :, g] + group.constant[:, row, g][:, None, None]
                table += group.happened[:, row, g][:, None, None] * log_chance(expected)
            if group.winner is None:
                total[start : start + size] += log_sum_exp(table, axis=0)
                continue
            for winner in range(of_winner.shape[2]):
                of_winner[start : start + size, :, winner] += log_sum_exp(table[group.winner == winner], axis=0)
    return total[..., None] + of_winner
