"""The posterior of discrimination and level bias on a fine grid, with which the sampled one must agree.

Cells of the discrimination carry their exact mass under the Beta prior, those of the bias theirs under the truncated
normal prior.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc, ndtr, xlogy

from detente.elicitation import beta_parameters
from detente.exact.quadrature import log_sum_exp
from detente.scoring import INTERVAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.arrays import Floats
    from detente.case.priors import BetaPrior
    from detente.evaluation.calibrate.tables import Grid


GAMMA_CELLS, BIAS_CELLS = 400, 240


@dataclass(frozen=True)
class Summary:
    """Mean, standard deviation and 90% equal-tailed interval of one quantity."""

    mean: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True)
class GridDensity:
    """Probability ``mass`` (gamma, bias) of the cells of a fine grid centred on ``gamma`` and ``bias``."""

    gamma: Floats
    bias: Floats
    mass: Floats

    @property
    def of_gamma(self) -> Summary:
        """Marginal of the discrimination."""
        return summarize(self.gamma, self.mass.sum(axis=1))

    @property
    def of_bias(self) -> Summary:
        """Marginal of the bias."""
        return summarize(self.bias, self.mass.sum(axis=0))

    def moments(self) -> dict[str, float]:
        """Return the means of :func:`products`, to compare with draws."""
        parts = products(self.gamma[:, None], self.bias[None, :])
        return {name: float((self.mass * values).sum()) for name, values in parts.items()}


def products(gamma: Floats, bias: Floats) -> dict[str, Floats]:
    """Return both parameters, their squares and their product."""
    return {
        "discrimination": gamma,
        "level_bias": bias,
        "discrimination^2": gamma**2,
        "level_bias^2": bias**2,
        "discrimination*level_bias": gamma * bias,
    }


def prior_density(
    prior: BetaPrior, bias_sd: float, grid: Grid, cells: tuple[int, int] = (GAMMA_CELLS, BIAS_CELLS)
) -> GridDensity:
    """Return the prior on a fine grid, with a number of ``cells`` for the discrimination and the bias."""
    alpha, beta = beta_parameters(prior)
    edges = np.linspace(0, 1, cells[0] + 1)
    of_gamma = np.diff(betainc(alpha, beta, edges))
    if bias_sd == 0:
        bias, of_bias = np.zeros(1), np.ones(1)
    else:
        ends = np.linspace(-grid.bias_reach, grid.bias_reach, cells[1] + 1)
        bias, of_bias = (ends[1:] + ends[:-1]) / 2, np.diff(ndtr(ends / bias_sd))
    mass = of_gamma[:, None] * of_bias
    return GridDensity((edges[1:] + edges[:-1]) / 2, bias, mass / mass.sum())


def update(prior: GridDensity, grid: Grid, tables: Sequence[Floats], times: Sequence[int] | None = None) -> GridDensity:
    """Return the posterior given the table of each case (gamma, bias, hypothesis), with hypotheses summed out.

    ``times`` is the number of cases that each table stands for, by default one.
    """
    total = np.zeros_like(prior.mass)
    for table, count in zip(tables, times or [1] * len(tables), strict=True):
        total += count * log_sum_exp(grid.at(table, prior.gamma, prior.bias), axis=-1)
    with np.errstate(divide="ignore"):
        log_mass = np.log(prior.mass) + total
    mass = np.exp(log_mass - log_mass.max())
    return GridDensity(prior.gamma, prior.bias, mass / mass.sum())


def hypotheses(density: GridDensity, grid: Grid, table: Floats) -> Floats:
    """Return P(h), (hypothesis,), of a case under a posterior that includes its table."""
    carried = grid.at(table, density.gamma, density.bias)
    share = np.exp(carried - log_sum_exp(carried, axis=-1)[..., None])
    return np.einsum("gb,gbh->h", density.mass, share)


def divergence(posterior: Floats, prior: Floats) -> float:
    """Return the Kullback-Leibler divergence of a posterior from a prior over the same cells, in nats."""
    kept = posterior > 0
    return float(max((xlogy(posterior, posterior)[kept] - posterior[kept] * np.log(prior[kept])).sum(), 0.0))


def summarize(points: Floats, mass: Floats) -> Summary:
    """Summarize a mass function over equal cells by their centres; quantiles are interpolated within a cell."""
    mean = float(mass @ points)
    sd = float(np.sqrt(mass @ (points - mean) ** 2))
    if points.size == 1:
        return Summary(mean, 0.0, mean, mean)
    half = (points[1] - points[0]) / 2
    ends = np.concatenate([[points[0] - half], points + half])
    low, high = np.interp(INTERVAL, np.concatenate([[0.0], np.cumsum(mass)]), ends)
    return Summary(mean, sd, float(low), float(high))
