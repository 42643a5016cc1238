"""The information about the discrimination to be expected from one more case like these.

The expected Fisher information J of a case is the mean squared score, the slope of log p(E, R | gamma) at the true
gamma, over evidence and outcomes simulated from the model: the same items seen or absent, and any pattern of outcomes
by the horizon.  Added to the prior's precision, n cases give 1 / sd^2 + n J, so that n = 3 / (sd^2 J) of them halve the
standard deviation.  The level bias is held at 0, and the record is held fixed.

References
----------
Lindley, D. V. (1956), On a measure of the information provided by an experiment.  Ann. Math. Statist. 27.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente.evaluation.calibrate.intensities import draw_log_intensity, spread_evenly
from detente.evaluation.calibrate.outcomes import by_horizon
from detente.evaluation.calibrate.result import ExpectedInformation
from detente.evaluation.calibrate.tables import under_each_winner
from detente.exact.evidence import alone, read_items, together
from detente.exact.quadrature import beta_nodes, line, log_normal_weights, log_sum_exp
from detente.exact.reading import read_steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from detente.arrays import Floats, Integers
    from detente.case.priors import BetaPrior
    from detente.case.schema import Case
    from detente.evaluation.calibrate.resolved import ResolvedCase


REPLICATES, DRAWS = 3000, 256
HALF_STEP = 0.02
RHO_NODES, Z_REACH, Z_SPACING = 5, 5.0, 0.4
TINY = 1e-300


def expected_information(
    resolved: Sequence[ResolvedCase], prior: BetaPrior, gamma: float, random_seed: int
) -> ExpectedInformation:
    """Return the mean expected information of the cases if ``gamma`` is true."""
    information = float(np.mean([case_information(case, gamma, random_seed) for case in resolved]))
    return ExpectedInformation(information, 3 / (prior.sd**2 * information) if information > 0 else None)


def case_information(resolved: ResolvedCase, gamma: float, random_seed: int) -> float:
    """Return the expected Fisher information of one case about the discrimination."""
    case, rng = resolved.case, np.random.default_rng(random_seed)
    middle = float(np.clip(gamma, HALF_STEP, 1 - HALF_STEP))
    points = middle + HALF_STEP * np.array([-1.0, 0.0, 1.0])
    weights = np.array([case.priors.hypotheses.weights[h] for h in case.hypothesis_ids])
    truth = rng.choice(weights.size, size=REPLICATES, p=weights / weights.sum())
    total = np.repeat(np.log(weights)[None, None], REPLICATES, axis=0)
    for part in (*_lone_items(case, points, truth, rng), *_clusters(case, points, truth, rng)):
        total = total + part
    if case.transitions:
        total = _with_outcomes(total, resolved, points, truth, rng)
    if total.shape[1] == 1:
        return 0.0  # there is nothing but the prior weights
    # Where it is known which hypothesis is true, so it would be of another such case.
    known = np.take_along_axis(total, truth[:, None, None], axis=2)[:, :, 0]
    log_likelihood = log_sum_exp(total, axis=-1) if resolved.truth is None else known
    score = (log_likelihood[:, 2] - log_likelihood[:, 0]) / (2 * HALF_STEP)
    return float(np.mean(score**2))


def _lone_items(case: Case, points: Floats, truth: Integers, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield log P(y | h, gamma) of each single item, simulated as seen or absent, (replicate, gamma, hypothesis)."""
    if not case.lone_items:
        return
    seen = [item.changed(observed=True) for item in case.lone_items]
    for table in alone(read_items(case, seen), points):
        yes = rng.random(truth.size) < np.exp(table[1, truth])
        yield np.where(yes[:, None, None], table, np.log(np.maximum(-np.expm1(table), TINY)))


def _clusters(case: Case, points: Floats, truth: Integers, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield the same for each cluster, with its common cause and correlation on a grid."""
    z = line(-Z_REACH, Z_REACH, Z_SPACING)
    for cluster in case.clusters_in_force:
        members = cluster.items
        seen = [item.changed(observed=True) for item in members]
        prior = case.priors.cluster_correlation(cluster.name)
        rho, log_weight = beta_nodes(prior.mean, prior.sd, RHO_NODES)
        log_yes = together(read_items(case, seen), points, rho, z)
        log_no = np.log(np.maximum(-np.expm1(log_yes), TINY))
        node_weight = (log_weight[:, None] + log_normal_weights(z)).ravel()
        node_weight -= log_sum_exp(node_weight, axis=0)
        # (item, rho, gamma, hypothesis, z) -> (gamma, hypothesis, node, item)
        flat = (*log_yes.shape[2:4], node_weight.size, len(members))
        log_yes, log_no = (part.transpose(2, 3, 1, 4, 0).reshape(flat) for part in (log_yes, log_no))
        node = rng.choice(node_weight.size, size=truth.size, p=np.exp(node_weight))
        yes = rng.random((truth.size, len(members))) < np.exp(log_yes[1, truth, node])
        given = np.einsum("mi,ghni->mghn", yes.astype(float), log_yes - log_no) + log_no.sum(axis=-1)
        yield log_sum_exp(given + node_weight, axis=-1)


def _with_outcomes(
    total: Floats, resolved: ResolvedCase, points: Floats, truth: Integers, rng: np.random.Generator
) -> Floats:
    """Add the log probability of simulated patterns of outcomes by the horizon, (replicate, gamma, hypothesis).

    The winner of an election that is not on record is simulated as well, and is not known then either.
    """
    under, winner = under_each_winner(resolved, points, np.zeros(1))
    each, share = [_chances(one, points, rng) for one in under], winner[:, :, 0]
    won = np.zeros_like(truth)
    if len(share) > 1:
        below = np.cumsum(share[:, 1], axis=0)[:, truth]
        won = (below < rng.random(truth.size) * below[-1]).sum(axis=0)
    by_winner = total + np.log(np.maximum(share, TINY))[:, None]
    for chance in map(np.concatenate, zip(*each, strict=True)):
        below = np.cumsum(chance[:, :, 1], axis=1)[won, :, truth]
        number = (below < (rng.random(truth.size) * below[:, -1])[:, None]).sum(axis=1)
        by_winner = by_winner + np.log(np.maximum(chance, TINY))[:, number]
    return log_sum_exp(by_winner, axis=0)


def _chances(resolved: ResolvedCase, points: Floats, rng: np.random.Generator) -> list[Floats]:
    """Return P(each pattern of outcomes | h, w, gamma) for each product chain, (winner, pattern, gamma, hypothesis)."""
    steps = read_steps(resolved.case)
    uniforms = spread_evenly(rng, DRAWS, steps)
    drawn, weights = zip(*(draw_log_intensity(steps, float(gamma), uniforms) for gamma in points), strict=True)
    rates, weight = np.exp(np.stack(drawn)), np.stack(weights)
    flat, shape = rates.reshape(-1, *rates.shape[3:]), (points.size, DRAWS, len(resolved.case.hypotheses))
    by_pattern = (each.reshape(*each.shape[:2], *shape) for each in by_horizon(resolved, flat))
    return [(chance * weight).sum(axis=3) / weight.sum(axis=1) for chance in by_pattern]
