"""Prior and posterior of every parameter that evidence or record can inform."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc, betaincinv, ndtr, ndtri

from detente.diagnostics import Convergence, Precision
from detente.elicitation import beta_parameters
from detente.forecast.result import ParameterSummary
from detente.frozen import Immutable
from detente.inference import Draws, labels
from detente.scoring import INTERVAL, interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from detente.arrays import Floats
    from detente.case.priors import BetaPrior, WeightedPrior
    from detente.case.schema import Case

BINS = 30
RANK_BINS = 20
SHARP = 4
"""Gaps narrower than this fraction of a bin do not show."""


class Marginal(Immutable):
    """A prior marginal: Beta(alpha, beta), or the standard normal where both are 0."""

    alpha: float = 0.0
    beta: float = 0.0

    @property
    def mean(self) -> float:
        """Its mean."""
        return self.alpha / (self.alpha + self.beta) if self.alpha else 0.0

    def cdf(self, x: Floats) -> Floats:
        """Its distribution function."""
        if self.alpha:
            return np.asarray(betainc(self.alpha, self.beta, np.clip(x, 0.0, 1.0)))
        return np.asarray(ndtr(x))

    def quantile(self, p: float) -> float:
        """Its quantile function."""
        return float(betaincinv(self.alpha, self.beta, p) if self.alpha else ndtri(p))


def summarize_parameters(case: Case, draws: Draws, measured: Mapping[str, Precision]) -> tuple[ParameterSummary, ...]:
    """Summarize every free parameter except the regime effects, which are many and rarely informed by data."""
    return tuple(
        _summary(name, marginal, values, measured.get(name)) for name, marginal, values in _marginals(case, draws)
    )


def _marginals(case: Case, draws: Draws) -> Iterator[tuple[str, Marginal, Floats]]:
    names = labels(case)
    yield from _dirichlet("hypothesis_weight", case.priors.hypotheses, case.hypothesis_ids, draws)
    if case.priors.discrimination.sd > 0:
        yield "discrimination", _beta(case.priors.discrimination), draws.values["discrimination"]
    if "cluster_correlation" in draws.values:
        for index, cluster in enumerate(names["cluster"]):
            prior = case.priors.cluster_correlation(cluster)
            if prior.sd > 0:
                values = draws.values["cluster_correlation"][..., index]
                yield f"cluster_correlation[{cluster}]", _beta(prior), values
    for variable, dim in (("common_cause", "cluster"), ("step_effect", "transition")):
        if variable in draws.values:
            for index, name in enumerate(names[dim]):
                yield f"{variable}[{name}]", Marginal(), draws.values[variable][..., index]
    if "winner_probability" in draws.values and case.priors.election:
        yield from _dirichlet("winner_probability", case.priors.election, case.winner_ids, draws)


def _dirichlet(
    variable: str, prior: WeightedPrior, names: tuple[str, ...], draws: Draws
) -> Iterator[tuple[str, Marginal, Floats]]:
    """Yield each component of a Dirichlet with its Beta marginal."""
    for index, name in enumerate(names):
        share = prior.concentration * prior.weights[name]
        yield f"{variable}[{name}]", Marginal(share, prior.concentration - share), draws.values[variable][..., index]


def _beta(prior: BetaPrior) -> Marginal:
    return Marginal(*beta_parameters(prior))


def _summary(name: str, prior: Marginal, values: Floats, precision: Precision | None) -> ParameterSummary:
    low, high = (0.0, 1.0) if prior.alpha else (min(-3.5, float(values.min())), max(3.5, float(values.max())))
    edges, bin_edges, prior_interval, prior_density = _binned(prior, low, high)
    density = _histogram(values.ravel(), edges) / (edges[1] - edges[0])
    chained = precision if isinstance(precision, Convergence) else None
    return ParameterSummary(
        name=name,
        prior_mean=prior.mean,
        prior_interval=prior_interval,
        posterior_mean=float(values.mean()),
        posterior_interval=interval(values),
        bin_edges=bin_edges,
        prior_density=prior_density,
        posterior_density=tuple(map(float, np.round(density, 4))),
        r_hat=chained.r_hat if chained else None,
        ess_bulk=chained.ess_bulk if chained else None,
        ess_tail=chained.ess_tail if chained else None,
        mcse=chained.mcse if chained else None,
        ranks=_ranks(values) if values.shape[0] > 1 else (),
    )


@lru_cache(maxsize=64)
def _binned(
    prior: Marginal, low: float, high: float
) -> tuple[Floats, tuple[float, ...], tuple[float, float], tuple[float, ...]]:
    """Return the edges of bins, the same as a forecast has them, and the 90% interval and the histogram of a prior.

    Those of thousands of clusters are the same few.
    """
    edges = np.linspace(low, high, BINS + 1)
    return (
        edges,
        tuple(map(float, np.round(edges, 6))),
        (prior.quantile(INTERVAL[0]), prior.quantile(INTERVAL[1])),
        tuple(map(float, np.round(np.diff(prior.cdf(edges)) / (edges[1] - edges[0]), 4))),
    )


def _histogram(values: Floats, edges: Floats) -> Floats:
    """Return the share of draws in each bin, with draws on quadrature nodes spread over the gaps between them.

    The exact engine draws from nodes, which beat with bins as narrow as their gaps.  The kernel is normal, half as wide
    as the widest gap among the middle nine tenths, so that it vanishes for continuous draws.
    """
    values = np.sort(values)
    middle = values[int(INTERVAL[0] * values.size) : int(np.ceil(INTERVAL[1] * values.size))]
    smear = np.diff(middle).max(initial=0.0) / 2
    if smear <= (edges[1] - edges[0]) / SHARP:
        return np.histogram(values, bins=edges)[0] / values.size
    nodes, counts = np.unique(values, return_counts=True)
    below = ndtr((edges[1:-1, None] - nodes) / smear) @ (counts / values.size)
    return np.diff(below, prepend=0.0, append=1.0)


def _ranks(values: Floats) -> tuple[tuple[int, ...], ...]:
    """Count each chain's draws in equal bins of the pooled ranks."""
    rank = np.empty(values.size)
    rank[np.argsort(values, axis=None)] = np.arange(values.size)
    bins = (rank * RANK_BINS / values.size).astype(int).reshape(values.shape)
    return tuple(tuple(int(n) for n in np.bincount(chain, minlength=RANK_BINS)) for chain in bins)
