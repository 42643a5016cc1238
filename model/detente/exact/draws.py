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

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri, ndtri_exp, stdtrit

from detente.case.polls import INCUMBENT
from detente.exact.clusters import is_safe
from detente.exact.evidence import AtGamma, shrink, wrong_source
from detente.exact.factors import side_by_side
from detente.exact.intensity_draws import draw_noise, draw_step, draw_undated, draw_winner, undated_rows
from detente.exact.polls import poll_posterior
from detente.exact.quadrature import line, log_sum_exp
from detente.exact.reading import log_intensities
from detente.exact.record import record_by_winner, record_log_likelihood
from detente.exact.sampling import Groups, even, pick, pick_rows
from detente.frozen import Immutable

if TYPE_CHECKING:
    from detente.arrays import Floats, Integers
    from detente.case.schema import Case
    from detente.exact.evidence import Items
    from detente.exact.factors import ClusterGrid
    from detente.exact.intensity_draws import Noise
    from detente.exact.posterior import ExactPosterior
    from detente.exact.reading import Steps

FAR, NEAR = 15.0, 0.005
"""Range and spacing of the arcsinh of what polls cannot tell, where it is drawn given who has won."""


class ExactDraws(Immutable):
    """Independent draws from the joint posterior.

    Shapes, for S draws: ``hypothesis`` (S,); ``weight`` and ``probability`` (S, hypothesis), the latter P(h | all
    else); ``discrimination`` (S,); ``correlation`` and ``common_cause`` (S, cluster); ``step_effect`` and ``width``
    (S, transition), the latter an index, which width the stated ranges have; ``regime_effect`` and ``log_intensity``
    (S, transition, hypothesis, regime); ``winner`` (S, winner), P(winner) before the record, and ``winner_given`` (S,
    hypothesis, winner), P(winner | h, all else), without columns unless the record has days after a vote that is not
    called; ``incumbent_share`` (S,), empty without polls.
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
    winner_given: Floats
    incumbent_share: Floats


def draw(case: Case, posterior: ExactPosterior, count: int, random_seed: int) -> ExactDraws:
    """Draw ``count`` times from the ``posterior`` of ``case``."""
    rng = np.random.default_rng(random_seed)
    hypotheses = len(case.hypotheses)

    # H and gamma together, on the grid of the exact posterior.
    flat = pick(posterior.gamma_posterior.ravel(), even(rng, count))
    hypothesis, node = np.divmod(flat, posterior.gamma.size)
    gamma = posterior.gamma[node]
    distinct, of = np.unique(flat, return_inverse=True)
    groups = Groups(*np.divmod(distinct, posterior.gamma.size), of)

    log_likelihood = np.zeros((count, hypotheses))
    if posterior.factors.loners:
        nobody = np.zeros(count)
        log_likelihood += _at_draws(posterior.factors.loners[0], gamma, nobody, nobody)
    clusters = posterior.factors.clusters
    correlation, common_cause = (np.zeros((count, len(clusters))) for _ in range(2))
    with_uniform = ((cluster, even(rng, count)) for cluster in clusters)

    def draw_cluster(drawn_from: tuple[ClusterGrid, Floats]) -> tuple[Floats, Floats, Floats]:
        cluster, uniform = drawn_from
        rho, z = _cluster(posterior, cluster, groups, uniform)
        if cluster.blocks[0].compiled and is_safe(at := AtGamma.of(cluster.items, posterior.gamma)):
            from detente.exact.compiled import at_draws

            of_items = np.log(at_draws(at.shrunk, at.floor, node, *at.pull(rho), z, cluster.items.trust))
            return rho, z, of_items
        return rho, z, _at_draws(cluster.items, gamma, rho, z)

    for column, (rho, z, of_items) in enumerate(side_by_side(draw_cluster, with_uniform, len(clusters))):
        correlation[:, column], common_cause[:, column] = rho, z
        log_likelihood += of_items

    weight = _dirichlet(rng, case.priors.hypotheses.concentration * _weights(case), hypothesis)
    drawn_winner, (step_effect, width, regime_effect) = _steps(case, posterior, groups, rng)
    kappa = case.priors.persistence
    effect = np.sqrt(kappa) * step_effect[:, :, None, None] + np.sqrt(1 - kappa) * regime_effect
    log_intensity = log_intensities(posterior.factors.steps, gamma, width, effect)
    winner, share = _winners(case, rng, count, drawn_winner)
    given = np.zeros((count, hypotheses, 0))
    for steps in posterior.factors.steps[:1]:  # what is on record is the same for all widths
        if drawn_winner is None:
            log_likelihood += record_log_likelihood(steps, log_intensity)
            continue
        with np.errstate(divide="ignore"):
            joint = np.log(winner)[:, None] + record_by_winner(steps, log_intensity)
        of_record = log_sum_exp(joint, axis=2)
        log_likelihood, given = log_likelihood + of_record, np.exp(joint - of_record[..., None])

    with np.errstate(divide="ignore"):
        joint = np.log(weight) + log_likelihood
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
        winner_given=given,
        incumbent_share=share,
    )


def _cluster(posterior: ExactPosterior, cluster: ClusterGrid, groups: Groups, uniform: Floats) -> tuple[Floats, Floats]:
    """Draw the cluster's rho and z for every draw."""
    densities = [block.log_joint for block in cluster.blocks]
    rho_at = np.concatenate([np.repeat(block.rho, block.z.size) for block in cluster.blocks])
    z_at = np.concatenate([np.tile(block.z, block.rho.size) for block in cluster.blocks])
    joint = np.concatenate(
        [density.transpose(1, 2, 0, 3).reshape(*density.shape[1:3], -1) for density in densities], axis=2
    )
    nodes, place = np.unique(groups.node, return_inverse=True)
    carried = posterior.factors.at(joint, posterior.gamma[nodes])  # a fixed gamma has one node for all
    cell = pick_rows(carried[place, groups.hypothesis], groups.of, uniform)
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
    case: Case, posterior: ExactPosterior, groups: Groups, rng: np.random.Generator
) -> tuple[Integers | None, tuple[Floats, Integers, Floats]]:
    """Draw u (S, transition), the width of the stated ranges, and v (S, transition, hypothesis, regime).

    Before them who has won (S,), if it matters to the record.
    """
    widths, count = posterior.factors.steps, groups.of.size
    if not widths:
        empty = np.zeros((count, 0, len(case.hypotheses), len(case.regimes)))
        return None, (np.zeros((count, 0)), np.zeros((count, 0), dtype=np.int64), empty)
    own, draws = groups.hypothesis[groups.of], np.arange(count)
    noise, v = draw_noise(widths, own, rng)
    drawn = {
        t: draw_step(widths, t, posterior.gamma, groups, one)
        for t, one in enumerate(noise)
        if t not in undated_rows(widths)
    }
    winner = draw_winner(widths, posterior.gamma, groups, rng)
    drawn |= draw_undated(widths, posterior.gamma, groups, noise, rng, winner)
    for t, one in drawn.items():
        v[draws, t, own] = one.v
    steps = [drawn[t] for t in range(len(noise))]
    return winner, (np.stack([one.u for one in steps], axis=1), np.stack([one.width for one in steps], axis=1), v)


def noise_under(
    case: Case, widths: tuple[Steps, ...], hypothesis: int, count: int, random_seed: int
) -> tuple[tuple[Noise, ...], np.random.Generator]:
    """Return the random numbers that :func:`draw` has for the transitions if a hypothesis is known and no item is.

    Also what draws on, where days are not known.
    """
    rng, own = np.random.default_rng(random_seed), np.full(count, hypothesis)
    even(rng, count)
    _dirichlet(rng, case.priors.hypotheses.concentration * _weights(case), own)
    return draw_noise(widths, own, rng)[0], rng


def _weights(case: Case) -> Floats:
    return np.array([case.priors.hypotheses.weights[h] for h in case.hypothesis_ids])


def _dirichlet(rng: np.random.Generator, alpha: Floats, hypothesis: Integers) -> Floats:
    """Draw weights from the Dirichlet updated by the hypothesis of each draw."""
    shape = alpha + np.eye(alpha.size)[hypothesis]
    gammas = rng.standard_gamma(shape)
    return gammas / gammas.sum(axis=1, keepdims=True)


def _winners(case: Case, rng: np.random.Generator, count: int, drawn: Integers | None = None) -> tuple[Floats, Floats]:
    """Draw P(winner), and where there are polls the incumbent's share (else none).

    Before the election it is from the polls, or the Dirichlet, given who has won in each draw if that was ``drawn``
    (S,) from the record; certainty once the winner is known.
    """
    winners, none = case.winner_ids, np.zeros(0)
    if case.winner:
        return np.tile([1.0 if winner == case.winner else 0.0 for winner in winners], (count, 1)), none
    if case.polls_in_force:
        return _from_polls(case, rng, count) if drawn is None else _from_polls_given(case, rng, drawn)
    if case.priors.election is None:
        return np.zeros((count, 0)), none
    weights = np.array([case.priors.election.weights[winner] for winner in winners])
    if drawn is not None:
        return _dirichlet(rng, case.priors.election.concentration * weights, drawn), none
    return rng.dirichlet(case.priors.election.concentration * weights, size=count), none


def _from_polls(case: Case, rng: np.random.Generator, count: int) -> tuple[Floats, Floats]:
    """Draw the polls' level on their first and last day; P(winner) given it; and a share on election day."""
    polls = poll_posterior(case)
    uniform = np.stack([even(rng, count) for _ in range(3)], axis=1)
    z = ndtri(uniform)
    first, last = (polls.ends_mean + z[:, :2] @ _root(polls.ends_covariance).T).T
    mean, wins = polls.given_ends(first, last)
    of = [wins if winner == INCUMBENT else 1 - wins for winner in case.winner_ids]
    surprise = z[:, 2] if np.isinf(polls.degrees) else stdtrit(polls.degrees, uniform[:, 2])
    return np.stack(of, axis=1), mean + polls.surprise_sd * surprise


def _from_polls_given(case: Case, rng: np.random.Generator, drawn: Integers) -> tuple[Floats, Floats]:
    """Draw the same where it is known in each draw who has won: the incumbent's share is then on one side of 1/2.

    What the polls cannot tell comes first, on nodes; given it the level they showed is a normal that is cut off.
    """
    polls, count = poll_posterior(case), drawn.size
    turn = np.array([-polls.regression, 1.0])
    level, covariance = turn @ polls.ends_mean + polls.regression / 2 - 0.5, polls.ends_covariance @ turn
    sd = np.sqrt(turn @ covariance)
    side = np.where(drawn == case.winner_ids.index(INCUMBENT), 1.0, -1.0)
    x = line(-FAR, FAR, NEAR)
    unknown = np.sinh(x)
    density = -(unknown**2) / 2
    if np.isfinite(polls.degrees):
        density = -(polls.degrees + 1) / 2 * np.log1p(unknown**2 / polls.degrees)
    reached = (level + polls.surprise_sd * unknown) / sd
    table = np.stack([density + np.log(np.cosh(x)) + log_ndtr(sign * reached) for sign in (-1.0, 1.0)])
    surprise = unknown[pick_rows(table, (side > 0).astype(np.int64), even(rng, count))]
    # The level's own normal, beyond what the surprise leaves to it, from the tail that is nearer.
    ahead = side * (level + polls.surprise_sd * surprise) / sd
    z = -side * ndtri_exp(log_ndtr(ahead) + np.log(even(rng, count)))
    # The ends given the level: what of them is not in it is drawn apart.
    along = covariance / sd
    apart = polls.ends_covariance - np.outer(along, along)
    free = ndtri(np.stack([even(rng, count) for _ in range(2)], axis=1))
    first, last = (polls.ends_mean + np.outer(z, along) + free @ _root(apart).T).T
    mean, wins = polls.given_ends(first, last)
    of = [wins if winner == INCUMBENT else 1 - wins for winner in case.winner_ids]
    return np.stack(of, axis=1), mean + polls.surprise_sd * surprise


def _root(covariance: Floats) -> Floats:
    """Return a square root of a (2, 2) covariance, which is singular where the polls are all of one day."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))
