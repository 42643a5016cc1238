"""Draws of the intensities given hypothesis, gamma and the record, one transition at a time.

A transition's width, u and v depend on its own stated ranges and counts, and on random numbers of its own.  So where
one transition is judged differently, the draws of the others stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from detente.exact.quadrature import log_normal_weights
from detente.exact.reading import held_kinds
from detente.exact.record import by_width, given_u, grid, log_sojourn, undated_marginals, winner_marginals
from detente.exact.sampling import even, pick_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from detente.arrays import Flags, Floats, Integers
    from detente.exact.reading import Steps
    from detente.exact.sampling import Groups


class Noise(NamedTuple):
    """The random numbers of S draws of one transition.

    ``u`` (S,) and ``v`` (S, regime) are standard normal, the latter for the hypothesis of each draw; ``chance`` (S,) by
    regime on record, and ``width`` (S,), are uniform.
    """

    u: Floats
    v: Floats
    chance: Mapping[int, Floats]
    width: Floats


class StepDraws(NamedTuple):
    """S draws of one transition: ``u`` (S,), the ``width`` (S,) of its ranges (index), and ``v`` (S, regime)."""

    u: Floats
    width: Integers
    v: Floats


def draw_noise(
    widths: tuple[Steps, ...], hypothesis: Integers, rng: np.random.Generator
) -> tuple[tuple[Noise, ...], Floats]:
    """Draw the random numbers of every transition, and v under all hypotheses, (S, transition, hypothesis, regime).

    ``hypothesis`` (S,) is that of each draw.  What is for transitions whose counts depend on days that are not known
    lacks what :func:`draw_undated` draws.
    """
    count, (transitions, hypotheses, regimes) = hypothesis.size, widths[0].location.shape
    u = [ndtri(even(rng, count)) for _ in range(transitions)]
    numbers = np.stack([even(rng, count) for _ in range(transitions * hypotheses * regimes)], axis=1)
    v = ndtri(numbers).reshape(count, transitions, hypotheses, regimes)
    own, unsure = np.arange(count), undated_rows(widths)
    noise = []
    for t in range(transitions):
        one = Noise(u[t], v[own, t, hypothesis], {}, np.zeros(count))
        noise.append(one if t in unsure else _uniform(widths, t, one, rng))
    for t, place in winner_rows(widths).items():
        group = widths[0].undated[place]
        at_risk = ((group.exposure > 0) | (group.happened > 0)).any(axis=(0, 1))
        chance = {int(regime): even(rng, count) for regime in np.flatnonzero(at_risk)}
        noise[t] = noise[t]._replace(chance=chance, width=even(rng, count))
    return tuple(noise), v


def winner_rows(widths: tuple[Steps, ...]) -> dict[int, int]:
    """Return the transitions whose counts depend on nothing but who has won, and the place of their groups."""
    steps = widths[0]
    return {
        steps.undated[place].rows[0]: place
        for place in steps.by_winner
        if len(steps.undated[place].happened) == steps.log_winner.size
    }


def undated_rows(widths: tuple[Steps, ...]) -> frozenset[int]:
    """Return the transitions whose counts depend on days, or a winner, that are not known."""
    return frozenset(row for group in widths[0].undated for row in group.rows)


def _uniform(held: tuple[Steps, ...], transition: int, noise: Noise, rng: np.random.Generator) -> Noise:
    count = noise.u.size
    chance = {regime: even(rng, count) for regime in held[0].recorded(transition)}
    return noise._replace(chance=chance, width=even(rng, count) if len(held) > 1 else noise.width)


def draw_winner(widths: tuple[Steps, ...], gamma: Floats, groups: Groups, rng: np.random.Generator) -> Integers | None:
    """Draw who has won (index), given the record, for each draw's hypothesis and gamma; None where it has no say."""
    if not widths or not widths[0].by_winner:
        return None
    nodes, place = np.unique(groups.node, return_inverse=True)
    table = winner_marginals(widths, gamma[nodes])[:, place, groups.hypothesis].T
    return pick_rows(table, groups.of, even(rng, groups.of.size))


def draw_undated(
    widths: tuple[Steps, ...],
    gamma: Floats,
    groups: Groups,
    noise: tuple[Noise, ...],
    rng: np.random.Generator,
    winner: Integers | None,
) -> Iterator[tuple[int, StepDraws]]:
    """Draw the transitions whose counts depend on days that are not known, or on who has won.

    A combination of the days is drawn for each draw, given its hypothesis, its gamma and its ``winner`` (S,).
    """
    for number, group in enumerate(widths[0].undated):
        nodes, place = np.unique(groups.node, return_inverse=True)
        table = undated_marginals(widths, number, gamma[nodes])[:, place, groups.hypothesis].T
        if winner is None or group.winner is None:
            days = pick_rows(table, groups.of, even(rng, groups.of.size))
        else:
            days = np.zeros(groups.of.size, dtype=np.int64)
            for number_of_winner in np.unique(winner):
                mine, own = winner == number_of_winner, np.flatnonzero(group.winner == number_of_winner)
                days[mine] = own[pick_rows(table[:, own], groups.of[mine], even(rng, int(mine.sum())))]
        for column, t in enumerate(group.rows):
            kind = group.kind(column)[days]
            made = StepDraws(noise[t].u.copy(), np.zeros(kind.size, dtype=np.int64), noise[t].v.copy())
            for this, held in enumerate(held_kinds(widths, number, column)):
                if (mine := kind == this).any():
                    drawn = draw_step(held, t, gamma, groups, _uniform(held, t, noise[t], rng), mine)
                    for part, values in zip(made, drawn, strict=True):
                        part[mine] = values[mine]
            yield t, made


def draw_step(
    widths: tuple[Steps, ...], transition: int, gamma: Floats, groups: Groups, noise: Noise, mine: Flags | None = None
) -> StepDraws:
    """Draw one transition at gamma nodes ``gamma`` (node,), for the draws ``mine`` (S,) or all of them."""
    t, count, regimes = transition, noise.u.size, widths[0].recorded(transition)
    u, width, v = noise.u.copy(), np.zeros(count, dtype=np.int64), noise.v.copy()
    if len(widths) > 1:
        table = by_width(widths, t, gamma)[:, groups.node, groups.hypothesis].T
        width = pick_rows(table, groups.of, noise.width)
    shared, own = np.sqrt(widths[0].persistence), np.sqrt(1 - widths[0].persistence)
    under = [groups.under(h) for h in np.unique(groups.hypothesis)] if regimes else []
    for number, steps in enumerate(widths):
        for h, (every, nodes, places) in zip(np.unique(groups.hypothesis), under, strict=False):
            here = (width[every] == number) & (True if mine is None else mine[every])
            draws, place = every[here], places[here]
            if not draws.size:
                continue
            at = steps.located(t, gamma[nodes])
            if len(regimes) == 1:
                (g,) = regimes
                x = _given_one(steps, (t, h, g), at[:, h, g], place, noise.chance[g][draws])
                u[draws] = shared * x + own * u[draws]
                if steps.persistence < 1:
                    v[draws, g] = (x - shared * u[draws]) / own
            else:
                u[draws] = _given_all(steps, (t, h), regimes, at, place, ndtr(u[draws]))
                for g in regimes:
                    v[draws, g] = _given_u(steps, (t, h, g), at[place, h, g], u[draws], noise.chance[g][draws])
    return StepDraws(u, width, v)


def _given_one(
    steps: Steps, at_risk: tuple[int, int, int], location: Floats, place: Integers, chance: Floats
) -> Floats:
    """Draw the standard normal that u and v make together, where the record speaks of one regime only.

    ``location`` (group,) of the log intensity, and the ``place`` among them of each draw.
    """
    t, h, regime = at_risk
    x = grid(float(steps.spread[t, h, regime]))
    table = log_sojourn(steps, t, regime, location[:, None] + steps.spread[t, h, regime] * x) + log_normal_weights(x)
    return x[pick_rows(table, place, chance)]


def _given_all(
    steps: Steps, at_risk: tuple[int, int], regimes: tuple[int, ...], location: Floats, place: Integers, chance: Floats
) -> Floats:
    """Draw u, with each regime's v integrated out; ``location`` (group, hypothesis, regime)."""
    t, h = at_risk
    nodes = grid(float(steps.spread[t, h].max()))
    table = log_normal_weights(nodes) + sum(given_u(steps, t, g, location[:, :, g], nodes)[:, h] for g in regimes)
    return nodes[pick_rows(table, place, chance)]


def _given_u(steps: Steps, at_risk: tuple[int, int, int], location: Floats, u: Floats, chance: Floats) -> Floats:
    """Draw v of one regime given u; ``location`` (draw,)."""
    t, h, regime = at_risk
    spread, kappa = steps.spread[t, h, regime], steps.persistence
    nodes = grid(float(spread))
    effect = np.sqrt(kappa) * u[:, None] + np.sqrt(1 - kappa) * nodes
    table = log_sojourn(steps, t, regime, location[:, None] + spread * effect) + log_normal_weights(nodes)
    return nodes[pick_rows(table, np.arange(u.size), chance)]
