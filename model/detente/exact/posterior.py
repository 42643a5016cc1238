"""P(hypothesis | evidence) in closed form and quadrature, and what every item, cluster and record did to it.

``P(h | E) ~ w_h int Beta(gamma) prod_c m_c(h, gamma) prod_t m_t(h, gamma) dgamma``.  Each factor is a smooth function
of gamma: it is worked out on a small Chebyshev grid, carried to Gauss-Jacobi nodes of the Beta prior by
interpolation, and the product integrated there with as many nodes as it takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente.exact.evidence import log_prior_weights
from detente.exact.factors import Factors, factors, factors_apart
from detente.exact.quadrature import beta_nodes, log_sum_exp
from detente.frozen import Immutable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from detente.arrays import Floats
    from detente.case.priors import BetaPrior
    from detente.case.schema import Case

TOGETHER = 1000
"""Factors that are carried to the nodes at once."""
GAMMA_NODES = (16, 32, 64, 128, 256, 384)
TOLERANCE = 1e-11


class ExactPosterior(Immutable):
    """The exact answer.

    Shapes, for K hypotheses and N items in force by date: ``probability`` (K,), ``before_records`` (K,) by the items
    alone; ``item_weight_db`` (N, K) and ``record_weight_db`` (process, K): h against the rest in decibans, chain rule
    in order of date, records after items; ``cluster_weight_db`` (cluster, K): weight of the cluster taken last;
    ``without_item`` (N, K), ``without_cluster`` (cluster, K) and ``without_record`` (process, K): the posterior
    without each; ``winner`` (K, winner) P(winner | h, data) where the record has days after a vote that is not called,
    else without columns.  ``gamma`` nodes and ``gamma_posterior`` (K, gamma), the joint probability of h and gamma,
    serve posterior draws, as do ``factors``.
    """

    probability: Floats
    before_records: Floats
    log_evidence: float
    item_weight_db: Floats
    record_weight_db: Floats
    cluster_weight_db: Floats
    without_item: Floats
    without_cluster: Floats
    without_record: Floats
    winner: Floats
    gamma: Floats
    gamma_posterior: Floats
    factors: Factors


def posterior(case: Case, *, like: Factors | None = None) -> ExactPosterior:
    """Return the exact posterior of ``case`` as of its cut-off.

    ``like`` are the factors of a case that differs in its items and their likelihoods alone.
    """
    made = factors(case, like=like)
    log_prior = log_prior_weights(case)
    nodes, log_weights, total = integrand(case.priors.discrimination, made)

    def answer(log_likelihood: Floats) -> Floats:
        """Return log P(h, data), (..., hypothesis), from log likelihoods (..., gamma, hypothesis)."""
        return log_prior + log_sum_exp(log_likelihood + log_weights[:, None], axis=-2)

    def without(parts: Sequence[Floats]) -> Floats:
        """Return log P(h, data) without each of some factors, (part, hypothesis)."""
        few = [answer(total - made.carried(some, nodes)) for some in _in_parts(parts)]
        return np.concatenate(few) if few else np.zeros((0, log_prior.size))

    joint = answer(total)
    chain, so_far = [answer(np.zeros((1, *total.shape)))], np.zeros((1, *total.shape))
    for some in _in_parts((*made.step, *made.of_processes)):
        so_far = np.cumsum(np.concatenate([so_far[-1:], made.carried(some, nodes)]), axis=0)
        chain.append(answer(so_far[1:]))
    items, log_joint = len(made.step), np.concatenate(chain)
    weight = np.diff(_decibans(log_joint), axis=0)
    without_cluster = without(made.of_clusters)
    gamma_posterior = np.exp((log_prior + total + log_weights[:, None]).T - log_sum_exp(joint, axis=0))
    return ExactPosterior(
        probability=_normalized(joint),
        before_records=_normalized(log_joint[items]),
        log_evidence=float(log_sum_exp(joint, axis=0)),
        item_weight_db=weight[:items],
        record_weight_db=weight[items:],
        cluster_weight_db=_decibans(joint) - _decibans(without_cluster),
        without_item=_normalized(without(made.own)),
        without_cluster=_normalized(without_cluster),
        without_record=_normalized(without(made.own_record)),
        winner=_winners(made, nodes, gamma_posterior),
        gamma=nodes,
        gamma_posterior=gamma_posterior,
        factors=made,
    )


def _winners(made: Factors, nodes: Floats, gamma_posterior: Floats) -> Floats:
    """Return P(winner | h, data), (hypothesis, winner), from P(h, gamma | data), (hypothesis, gamma)."""
    if not made.winner:
        return np.zeros((made.hypotheses, 0))
    log_joint = made.carried(made.winner, nodes)
    given = np.exp(log_joint - log_sum_exp(log_joint, axis=0))
    share = np.einsum("wgh,hg->hw", given, gamma_posterior)
    return share / share.sum(axis=1, keepdims=True)


def log_probabilities(case: Case) -> Floats:
    """Return log P(h | E), (hypothesis,), and nothing else that :func:`posterior` works out."""
    return _answer(log_prior_weights(case), case.priors.discrimination, factors(case, in_full=False))


def log_probabilities_apart(case: Case, discrimination: BetaPrior) -> Floats:
    """Return the same by the items alone, were no two of them to share a cause, under another discrimination."""
    return _answer(log_prior_weights(case), discrimination, factors_apart(case, discrimination))


def _answer(log_prior: Floats, discrimination: BetaPrior, made: Factors) -> Floats:
    """Return log P(h | data), (hypothesis,), from its factors."""
    _, log_weights, total = integrand(discrimination, made)
    joint = log_prior + log_sum_exp(total + log_weights[:, None], axis=0)
    return np.asarray(joint - log_sum_exp(joint, axis=0))


def integrand(prior: BetaPrior, made: Factors) -> tuple[Floats, Floats, Floats]:
    """Return gamma nodes, their log weights and the log likelihood there, with nodes enough that the answer stands."""
    before = None
    nodes, log_weights = beta_nodes(prior.mean, prior.sd, GAMMA_NODES[0])
    total = np.zeros((nodes.size, made.hypotheses))
    for count in GAMMA_NODES:
        nodes, log_weights = beta_nodes(prior.mean, prior.sd, count)
        total = made.total(nodes)
        joint = log_sum_exp(total + log_weights[:, None], axis=0)
        if before is not None and np.abs(joint - before).max() < TOLERANCE * max(1.0, float(np.abs(joint).max())):
            break
        before = joint
    return nodes, log_weights, total


def _in_parts(parts: Sequence[Floats]) -> Iterator[Sequence[Floats]]:
    for first in range(0, len(parts), TOGETHER):
        yield parts[first : first + TOGETHER]


def _normalized(log_joint: Floats) -> Floats:
    return np.exp(log_joint - log_sum_exp(log_joint, axis=-1)[..., None])


def _decibans(log_joint: Floats) -> Floats:
    """Return ten times the base-ten logarithm of the odds of each h against the rest, (..., hypothesis)."""
    columns = range(log_joint.shape[-1])
    rest = np.stack([log_sum_exp(np.delete(log_joint, h, axis=-1), axis=-1) for h in columns], axis=-1)
    return 10 / np.log(10) * (log_joint - rest)
