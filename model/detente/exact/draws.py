"""Independent posterior draws without a chain: the exact posterior's own grids, inverted.

A draw takes a hypothesis, then gamma given it, then each cluster's (rho, z) and each transition's u and v given both,
all on quadrature nodes (whose weights carry the moments of the densities they stand for), then everything the
evidence says nothing about from its prior.  Uniform numbers are spread evenly over the draws in every dimension (Latin
hypercube), so that few draws go far.

References
----------
McKay, M. D., Beckman, R. J. and Conover, W. J. (1979), A comparison of three methods for selecting values of input
variables.  Technometrics 21.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from detente.case.polls import INCUMBENT
from detente.exact.evidence import shrink, wrong_source
from detente.exact.factors import side_by_side
from detente.exact.polls import poll_posterior
from detente.exact.quadrature import log_normal_weights, log_sum_exp
from detente.exact.record import (
    by_width,
    given_u,
    grid,
    held_kinds,
    log_intensities,
    log_sojourn,
    record_log_likelihood,
    undated_marginals,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from detente.case.schema import Case
    from detente.exact.evidence import Items
    from detente.exact.factors import ClusterGrid
    from detente.exact.posterior import ExactPosterior
    from detente.exact.record import Steps

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """The groups of draws that share a hypothesis and a gamma node, (group,) each, and the group ``of`` each draw."""

    hypothesis: Integers
    node: Integers
    of: Integers

    def under(self, hypothesis: int) -> tuple[Integers, Integers, Integers]:
        """Return the draws under a hypothesis, the gamma nodes of its groups, and the place of each draw's group."""
        groups = self.hypothesis == hypothesis
        draws = np.flatnonzero(groups[self.of])
        return draws, self.node[groups], (np.cumsum(groups) - 1)[self.of[draws]]


@dataclass(frozen=True)
class ExactDraws:
    """Independent draws from the joint posterior.

    Shapes, for S draws: ``hypothesis`` (S,); ``weight`` and ``probability`` (S, hypothesis), the latter P(h | all
    else); ``discrimination`` (S,); ``correlation`` and ``common_cause`` (S, cluster); ``step_effect`` and ``width``
    (S, transition), the latter an index, which width the stated ranges have; ``regime_effect`` and ``log_intensity``
    (S, transition, hypothesis, regime); ``winner`` (S, winner); ``incumbent_share`` (S,), empty without polls.
    """

    hypothesis: Integers
    weight: Floats
    probability: Floats
    discrimination: Floats
    correlation: Floats
    common_cause: Floats
    step_effect: Floats
    width: Integers
    regime_effect: Floats
    log_intensity: Floats
    winner: Floats
    incumbent_share: Floats


def draw(case: Case, found: ExactPosterior, count: int, random_seed: int) -> ExactDraws:
    """Draw ``count`` times from the posterior ``found`` for ``case``."""
    rng = np.random.default_rng(random_seed)
    hypotheses = len(case.hypotheses)

    # H and gamma together, on the grid of the exact posterior.
    flat = _pick(found.gamma_posterior.ravel(), _even(rng, count))
    hypothesis, node = np.divmod(flat, found.gamma.size)
    gamma = found.gamma[node]
    distinct, of = np.unique(flat, return_inverse=True)
    groups = Groups(*np.divmod(distinct, found.gamma.size), of)

    log_likelihood = np.zeros((count, hypotheses))
    if found.factors.loners:
        nobody = np.zeros(count)
        log_likelihood += _at_draws(found.factors.loners[0], gamma, nobody, nobody)
    correlation = np.zeros((count, len(found.factors.clusters)))
    common_cause = np.zeros((count, len(found.factors.clusters)))
    uniform = [_even(rng, count) for _ in found.factors.clusters]

    def draw_cluster(cluster: ClusterGrid, uniform: Floats) -> tuple[Floats, Floats, Floats]:
        rho, z = _cluster(found, cluster, groups, uniform)
        return rho, z, _at_draws(cluster.items, gamma, rho, z)

    for column, (rho, z, of_items) in enumerate(side_by_side(draw_cluster, found.factors.clusters, uniform)):
        correlation[:, column], common_cause[:, column] = rho, z
        log_likelihood += of_items

    weight = _dirichlet(rng, case.priors.hypotheses.concentration * _weights(case), hypothesis)
    step_effect, width, regime_effect, log_intensity = _steps(case, found, gamma, groups, rng)
    for steps in found.factors.steps[:1]:  # what is on record is the same for all widths
        log_likelihood += record_log_likelihood(steps, log_intensity)

    with np.errstate(divide="ignore"):
        joint = np.log(weight) + log_likelihood
    winner, share = _winners(case, rng, count)
    return ExactDraws(
        hypothesis=hypothesis,
        weight=weight,
        probability=np.exp(joint - log_sum_exp(joint, axis=1)[:, None]),
        discrimination=gamma,
        correlation=correlation,
        common_cause=common_cause,
        step_effect=step_effect,
        width=width,
        regime_effect=regime_effect,
        log_intensity=log_intensity,
        winner=winner,
        incumbent_share=share,
    )


def _cluster(found: ExactPosterior, cluster: ClusterGrid, groups: Groups, uniform: Floats) -> tuple[Floats, Floats]:
    """Draw the cluster's rho and z for every draw."""
    densities = [block.log_joint for block in cluster.blocks]
    rho_at = np.concatenate([np.repeat(block.rho, block.z.size) for block in cluster.blocks])
    z_at = np.concatenate([np.tile(block.z, block.rho.size) for block in cluster.blocks])
    joint = np.concatenate(
        [density.transpose(1, 2, 0, 3).reshape(*density.shape[1:3], -1) for density in densities], axis=2
    )
    nodes, place = np.unique(groups.node, return_inverse=True)
    carried = found.factors.at(joint, found.gamma[nodes])  # a fixed gamma has one node for all
    cell = _pick_rows(carried[place, groups.hypothesis], groups.of, uniform)
    return rho_at[cell], z_at[cell]


def _at_draws(items: Items, gamma: Floats, rho: Floats, z: Floats) -> Floats:
    """Return log P(items | h, z, rho, gamma), each draw at its own values, shape (draws, hypothesis)."""
    shrunk = shrink(items, gamma)
    spread = items.spread.T
    sign = np.where(items.seen, 1.0, -1.0)
    scale = np.sqrt(1 - rho[:, None, None] * items.loading**2 + spread**2)
    right = ndtr(sign * (shrunk + (np.sqrt(rho) * z)[:, None, None] * items.loading) / scale)
    return np.log(items.trust * right + (1 - items.trust) * wrong_source(items, shrunk)).sum(axis=2)


def _steps(
    case: Case, found: ExactPosterior, gamma: Floats, groups: Groups, rng: np.random.Generator
) -> tuple[Floats, Integers, Floats, Floats]:
    """Draw u, the width of the stated ranges, v, and the log intensities they make."""
    widths, count = found.factors.steps, gamma.size
    if not widths:
        empty = np.zeros((count, 0, len(case.hypotheses), len(case.regimes)))
        return np.zeros((count, 0)), np.zeros((count, 0), dtype=np.int64), empty, empty
    steps = widths[0]
    transitions = steps.location.shape[0]
    u = np.stack([ndtri(_even(rng, count)) for _ in range(transitions)], axis=1)
    v = ndtri(np.stack([_even(rng, count) for _ in range(int(np.prod(steps.location.shape)))], axis=1))
    v = v.reshape(count, *steps.location.shape)
    width = np.zeros((count, transitions), dtype=np.int64)
    shared, own = np.sqrt(steps.persistence), np.sqrt(1 - steps.persistence)
    under = [groups.under(h) for h in range(len(case.hypotheses))]
    located = [[steps.log_intensity(found.gamma[nodes]) for _, nodes, _ in under] for steps in widths]
    for t, held, mine in _at_days(widths, found, groups, rng):
        regimes = held[0].recorded(t)
        chance = {regime: _even(rng, count) for regime in regimes}
        if len(widths) > 1:
            table = by_width(held, t, found.gamma)[:, groups.node, groups.hypothesis].T
            width[mine, t] = _pick_rows(table, groups.of, _even(rng, count))[mine]
        for (number, steps), h in product(enumerate(held), range(len(case.hypotheses) if regimes else 0)):
            draws, _, place = under[h]
            if not draws.size:
                continue
            draws, place = (part[mine[draws] & (width[draws, t] == number)] for part in (draws, place))
            at = located[number][h][:, t]
            if len(regimes) == 1:
                (g,) = regimes
                x = _given_one(steps, (t, h, g), at[:, h, g], place, chance[g][draws])
                u[draws, t] = shared * x + own * u[draws, t]
                if steps.persistence < 1:
                    v[draws, t, h, g] = (x - shared * u[draws, t]) / own
            elif draws.size:
                u[draws, t] = _given_all(steps, (t, h), regimes, at, place, ndtr(u[draws, t]))
                for g in regimes:
                    v[draws, t, h, g] = _given_u(steps, (t, h, g), at[place, h, g], u[draws, t], chance[g][draws])
    effect = shared * u[:, :, None, None] + own * v
    return u, width, v, log_intensities(widths, gamma, width, effect)


def _at_days(
    widths: tuple[Steps, ...], found: ExactPosterior, groups: Groups, rng: np.random.Generator
) -> Iterator[tuple[int, tuple[Steps, ...], NDArray[np.bool_]]]:
    """Yield each transition with its counts, and the draws that have them.

    Where days are not known, a combination of them is drawn for each draw, given its hypothesis and gamma.
    """
    every = np.ones(groups.of.size, dtype=bool)
    unsure = {row for group in widths[0].undated for row in group.rows}
    for t in range(widths[0].location.shape[0]):
        if t not in unsure:
            yield t, widths, every
    for number, group in enumerate(widths[0].undated):
        nodes, place = np.unique(groups.node, return_inverse=True)
        table = undated_marginals(widths, number, found.gamma[nodes])[:, place, groups.hypothesis].T
        days = _pick_rows(table, groups.of, _even(rng, groups.of.size))
        for column, t in enumerate(group.rows):
            kind = group.kind(column)[days]
            for this, held in enumerate(held_kinds(widths, number, column)):
                if (mine := kind == this).any():
                    yield t, held, mine


def _given_one(
    steps: Steps, at_risk: tuple[int, int, int], location: Floats, place: Integers, chance: Floats
) -> Floats:
    """Draw the standard normal that u and v make together, where the record speaks of one regime only.

    ``location`` (group,) of the log intensity, and the ``place`` among them of each draw.
    """
    t, h, regime = at_risk
    x = grid(float(steps.spread[t, h, regime]))
    table = log_sojourn(steps, t, regime, location[:, None] + steps.spread[t, h, regime] * x) + log_normal_weights(x)
    return x[_pick_rows(table, place, chance)]


def _given_all(
    steps: Steps, at_risk: tuple[int, int], regimes: tuple[int, ...], location: Floats, place: Integers, chance: Floats
) -> Floats:
    """Draw u, with each regime's v integrated out; ``location`` (group, hypothesis, regime)."""
    t, h = at_risk
    nodes = grid(float(steps.spread[t, h].max()))
    table = log_normal_weights(nodes) + sum(given_u(steps, t, g, location[:, :, g], nodes)[:, h] for g in regimes)
    return nodes[_pick_rows(table, place, chance)]


def _given_u(steps: Steps, at_risk: tuple[int, int, int], location: Floats, u: Floats, chance: Floats) -> Floats:
    """Draw v of one regime given u; ``location`` (draw,)."""
    t, h, regime = at_risk
    spread, kappa = steps.spread[t, h, regime], steps.persistence
    nodes = grid(float(spread))
    effect = np.sqrt(kappa) * u[:, None] + np.sqrt(1 - kappa) * nodes
    table = log_sojourn(steps, t, regime, location[:, None] + spread * effect) + log_normal_weights(nodes)
    return nodes[_pick_rows(table, np.arange(u.size), chance)]


def _even(rng: np.random.Generator, count: int) -> Floats:
    """Return ``count`` uniform numbers, one in each of as many equal cells, in random order."""
    return (rng.permutation(count) + rng.random(count)) / count


def _pick(mass: Floats, uniform: Floats) -> Integers:
    """Return the cell of ``mass`` (need not sum to 1) each uniform number falls in."""
    cumulative = np.cumsum(mass)
    return np.minimum(np.searchsorted(cumulative, uniform * cumulative[-1], side="right"), mass.size - 1)


def _pick_rows(log_density: Floats, row: Integers, uniform: Floats) -> Integers:
    """Return the cell of its ``row`` of ``log_density`` (row, cell) each uniform number falls in.

    The rows' cumulative shares, one above the other, make one ascending line, so that one search finds all.
    """
    rows, cells = log_density.shape
    cumulative = np.cumsum(np.exp(log_density - log_density.max(axis=1, keepdims=True)), axis=1)
    line = cumulative / cumulative[:, -1:] + np.arange(rows)[:, None]
    cell = np.searchsorted(line.ravel(), uniform + row, side="right") - row * cells
    return np.clip(cell, 0, cells - 1)


def _weights(case: Case) -> Floats:
    return np.array([case.priors.hypotheses.weights[h] for h in case.hypothesis_ids])


def _dirichlet(rng: np.random.Generator, alpha: Floats, hypothesis: Integers) -> Floats:
    """Draw weights from the Dirichlet updated by the hypothesis of each draw."""
    shape = alpha + np.eye(alpha.size)[hypothesis]
    gammas = rng.standard_gamma(shape)
    return gammas / gammas.sum(axis=1, keepdims=True)


def _winners(case: Case, rng: np.random.Generator, count: int) -> tuple[Floats, Floats]:
    """Draw P(winner), and where there are polls the incumbent's share (else none).

    Before the election it is from the polls, or the Dirichlet; certainty once the winner is known.
    """
    winners, none = case.winner_ids, np.zeros(0)
    if case.winner:
        return np.tile([1.0 if winner == case.winner else 0.0 for winner in winners], (count, 1)), none
    if case.polls_in_force:
        return _from_polls(case, rng, count)
    if case.priors.election is None:
        return np.zeros((count, 0)), none
    weights = np.array([case.priors.election.weights[winner] for winner in winners])
    return rng.dirichlet(case.priors.election.concentration * weights, size=count), none


def _from_polls(case: Case, rng: np.random.Generator, count: int) -> tuple[Floats, Floats]:
    """Draw the polls' level on their first and last day; P(winner) given it; and a share on election day."""
    polls = poll_posterior(case)
    even = np.stack([_even(rng, count) for _ in range(3)], axis=1)
    z = ndtri(even)
    first, last = (polls.ends_mean + z[:, :2] @ _root(polls.ends_covariance).T).T
    mean, wins = polls.given_ends(first, last)
    of = [wins if winner == INCUMBENT else 1 - wins for winner in case.winner_ids]
    surprise = z[:, 2] if np.isinf(polls.degrees) else stdtrit(polls.degrees, even[:, 2])
    return np.stack(of, axis=1), mean + polls.surprise_sd * surprise


def _root(covariance: Floats) -> Floats:
    """Return a square root of a (2, 2) covariance, which is singular where the polls are all of one day."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))
