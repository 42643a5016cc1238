"""Learn the distribution of the discrimination over questions whose right hypothesis became known.

Each question has a discrimination gamma of its own, drawn from Beta(mean, sd).  The two numbers are learned by

    p(mean, sd | answers) ~ p(mean) p(sd) prod_q P(truth_q | evidence_q, mean, sd)
    P(h | evidence, mean, sd) ~ w_h int Beta(gamma; mean, sd) P(evidence | h, gamma) dgamma

Only how probable the truth was given the evidence counts, which is the log score, and never how probable the evidence
was: that turns on the levels of what was stated (of features nobody mentions most are seen after all), about which the
discrimination says nothing.  A question is a table of log likelihoods on a grid of gamma, so that thousands of them are
scored at once and a set is read block by block.

References
----------
Good, I. J. (1952), Rational decisions.  Journal of the Royal Statistical Society B 14 (the logarithmic score).
Gelman, A. (2006), Prior distributions for variance parameters in hierarchical models.  Bayesian Analysis 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from detente.elicitation import beta_parameters
from detente.exact.quadrature import beta_nodes, chebyshev_nodes, interpolation_matrix, log_sum_exp

if TYPE_CHECKING:
    from detente.arrays import Floats, Integers
    from detente.case.priors import BetaPrior


GAMMA = chebyshev_nodes(33)
"""The values of gamma, (33,), at which the table of a question is given."""
SPREAD = 0.1
"""Scale of the half-normal prior of ``sd``: how far questions differ beyond what is unsure of their mean.

The reason: at the mean that was measured, .15 to .2, a deviation of .2 is about that of a uniform distribution below
one half, and nothing learned so far is as spread out.
"""
MEANS, SPREADS = 40, 12
"""Points of the grid over ``mean`` and over ``sd``."""
ODDS, LEAST = 4.0, 0.005
"""Largest log odds of ``mean`` on the grid (.982), and the smallest ``sd``."""
NODES = 32
"""Points of the quadrature over gamma."""


@dataclass(frozen=True)
class HyperGrid:
    """Pairs of ``mean`` and ``sd`` that a Beta distribution can have, and the log of their prior weights, (point,)."""

    mean: Floats
    sd: Floats
    log_prior: Floats


@dataclass(frozen=True)
class Learned:
    """What the answers taught.

    Attributes
    ----------
    mean, sd
        Moments of gamma in the next question, unsure of the two numbers as one is: a prior for ``priors.yaml``.
    of_mean, of_sd
        Posterior mean and standard deviation of each of the two numbers.
    best
        The two numbers at their joint posterior's largest value.
    log_score
        Log score at ``best``, in nats, the sum over questions of log P(truth): at most 0.
    """

    mean: float
    sd: float
    of_mean: tuple[float, float]
    of_sd: tuple[float, float]
    best: tuple[float, float]
    log_score: float


def hyper_grid(prior: BetaPrior) -> HyperGrid:
    """Return the grid over the two numbers: ``mean`` as unsure as the prior of gamma is, ``sd`` half-normal.

    The prior must not fix gamma (``sd`` above 0).

    >>> from detente.case.priors import BetaPrior
    >>> grid = hyper_grid(BetaPrior(mean=0.15, sd=0.1, because="measured"))
    >>> bool(abs(np.exp(grid.log_prior).sum() - 1) < 1e-12)
    True
    """
    alpha, beta = beta_parameters(prior)
    means = expit(np.linspace(-ODDS, ODDS, MEANS))
    sds = np.geomspace(LEAST, 4 * SPREAD, SPREADS)
    mean, sd = (values.ravel() for values in np.meshgrid(means, sds, indexing="ij"))
    # Even in the log odds of the mean and in log sd: each density has its Jacobian.
    log_prior = alpha * np.log(mean) + beta * np.log1p(-mean) - (sd / SPREAD) ** 2 / 2 + np.log(sd)
    possible = (sd**2 < mean * (1 - mean)) & (log_prior > log_prior.max() - 40)
    log_prior = log_prior[possible]
    return HyperGrid(mean[possible], sd[possible], log_prior - log_sum_exp(log_prior, axis=0))


def log_scores(log_joint: Floats, truth: Integers, mean: float, sd: float) -> Floats:
    """Return log P(truth | evidence, mean, sd) of each question, (question,), in nats.

    Parameters
    ----------
    log_joint
        log w_h + log P(evidence | h, gamma) at :data:`GAMMA`, (question, gamma, hypothesis).  Where a question has
        fewer hypotheses than another, it is filled up with a large negative number.
    truth
        Place of the hypothesis that proved right, (question,).
    mean, sd
        Moments of the Beta distribution of gamma; ``sd`` 0 fixes it.
    """
    return np.asarray(log_posteriors(log_joint, mean, sd)[np.arange(truth.size), truth])


def log_posteriors(log_joint: Floats, mean: float, sd: float) -> Floats:
    """Return log P(h | evidence, mean, sd), (question, hypothesis), from what :func:`log_scores` takes."""
    nodes, log_weight = beta_nodes(mean, sd, NODES)
    carried = np.einsum("ng,qgh->qnh", interpolation_matrix(GAMMA.size, nodes), log_joint, optimize=True)
    log_chance = log_sum_exp(carried + log_weight[:, None], axis=1)
    return np.asarray(log_chance - log_sum_exp(log_chance, axis=1)[:, None])


def log_scores_at(log_joint: Floats, truth: Integers, hyper: HyperGrid) -> Floats:
    """Return :func:`log_scores` at every point of the grid, (question, point); blocks of questions add up."""
    points = zip(hyper.mean, hyper.sd, strict=True)
    return np.stack([log_scores(log_joint, truth, float(mean), float(sd)) for mean, sd in points], axis=1)


def learn(total: Floats, hyper: HyperGrid) -> Learned:
    """Return the posterior of the two numbers; ``total`` (point,) is the sum of :func:`log_scores_at` over questions.

    The next question's gamma has the mean of ``mean``, and a variance that is that of ``mean`` plus the mean of
    ``sd`` squared.
    """
    log_posterior = total + hyper.log_prior
    weight = np.exp(log_posterior - log_sum_exp(log_posterior, axis=0))
    of_mean, of_sd = _moments(weight, hyper.mean), _moments(weight, hyper.sd)
    best = int(log_posterior.argmax())
    return Learned(
        mean=of_mean[0],
        sd=float(np.sqrt(of_mean[1] ** 2 + weight @ hyper.sd**2)),
        of_mean=of_mean,
        of_sd=of_sd,
        best=(float(hyper.mean[best]), float(hyper.sd[best])),
        log_score=float(total[best]),
    )


def _moments(weight: Floats, values: Floats) -> tuple[float, float]:
    mean = float(weight @ values)
    return mean, float(np.sqrt(weight @ (values - mean) ** 2))
