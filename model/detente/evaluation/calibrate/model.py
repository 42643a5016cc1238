"""The model in PyMC: one discrimination and one level bias shared by all cases, the hypotheses of each summed out.

    p(E_c, R_c | gamma, b) = sum_h P(h) P(E_c | h, gamma, b) P(R_c | E_c, h, gamma, b)

The logs of the summands come from tables (:mod:`detente.evaluation.calibrate.tables`), as Chebyshev series in both
parameters: they are smooth, so that NUTS has gradients, and data, so that the model is compiled once and refitted.

References
----------
Trefethen, L. N. (2019), Approximation Theory and Approximation Practice, extended edition.  SIAM.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.caches import give_room
from detente.elicitation import beta_parameters
from detente.inference.density import Density, compile_density
from detente.inference.sampling import sample

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pymc as pm
    from numpy.typing import NDArray
    from pytensor.tensor import TensorVariable

    from detente.arrays import Floats
    from detente.case.priors import BetaPrior
    from detente.evaluation.calibrate.tables import Grid
    from detente.settings import Settings


NOWHERE = -1e5
"""Log probability that pads the hypotheses of a case that has fewer of them than another."""
EDGE = 1 - 1e-12


@dataclass(frozen=True)
class CalibrationPosterior:
    """Posterior draws of ``discrimination`` and ``level_bias``, (chain, draw), and the sampler's statistics."""

    discrimination: Floats
    level_bias: Floats
    stats: Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class CompiledModel:
    """The compiled model; the tables of as many cases are its data."""

    grid: Grid
    has_bias: bool
    density: Density

    def fit(self, tables: Sequence[Floats], settings: Settings) -> CalibrationPosterior:
        """Sample with NUTS, given the tables of the cases, each (gamma, bias, hypothesis)."""
        self.density.model["coefficient"].set_value(coefficients(tables))
        sampled = sample(self.density.now(), settings)
        gamma = sampled.values["discrimination"]
        return CalibrationPosterior(
            discrimination=gamma,
            level_bias=sampled.values["level_bias"] if self.has_bias else np.zeros_like(gamma),
            stats=sampled.stats,
        )


def compile_model(tables: Sequence[Floats], grid: Grid, prior: BetaPrior, bias_sd: float) -> CompiledModel:
    """Compile the model for as many cases as there are tables."""
    return CompiledModel(grid, bias_sd > 0, compile_density(build(tables, grid, prior, bias_sd)))


def build(tables: Sequence[Floats], grid: Grid, prior: BetaPrior, bias_sd: float) -> pm.Model:
    """Build the model.

    Parameters
    ----------
    tables
        For each case, log P(h) P(E | h) P(R | E, h) at the nodes of ``grid``, (gamma, bias, hypothesis).
    grid
        The nodes.
    prior
        Prior of the discrimination.
    bias_sd
        Prior standard deviation of the level bias; 0 fixes it at 0.
    """
    give_room()
    import pymc as pm
    import pytensor
    import pytensor.tensor as pt

    series = coefficients(tables)
    coords = {
        "case": np.arange(series.shape[0]),
        "gamma_term": np.arange(series.shape[1]),
        "bias_term": np.arange(series.shape[2]),
        "hypothesis": np.arange(series.shape[3]),
    }
    with pytensor.config.change_flags(floatX="float64"), pm.Model(coords=coords) as model:
        coefficient = pm.Data("coefficient", series, dims=tuple(coords))

        # The share of every stated contrast that is real, the same in every case.
        discrimination = pm.Beta("discrimination", *beta_parameters(prior))
        in_gamma = _polynomials(2 * discrimination - 1, series.shape[1])

        # How much faster than stated transitions are, on the log scale, the same in every case.
        in_bias = pt.ones(1)
        if bias_sd > 0:
            reach = grid.bias_reach
            bias = pm.TruncatedNormal("level_bias", 0, bias_sd, lower=-reach, upper=reach)
            in_bias = _polynomials(bias / reach, series.shape[2])

        # The true hypothesis of each case, summed out.
        of_gamma = pt.tensordot(in_gamma, coefficient, axes=[[0], [1]])  # (case, bias_term, hypothesis)
        joint = pt.tensordot(in_bias, of_gamma, axes=[[0], [1]])
        pm.Potential("cases", pt.logsumexp(joint, axis=-1).sum())
    return model


def coefficients(tables: Sequence[Floats]) -> Floats:
    """Return the Chebyshev series through the tables, (case, gamma term, bias term, hypothesis)."""
    width = max(table.shape[-1] for table in tables)
    series = np.zeros((len(tables), *tables[0].shape[:2], width))
    series[:, 0, 0, :] = NOWHERE
    for row, table in enumerate(tables):
        of_gamma, of_bias = (_to_series(count) for count in table.shape[:2])
        series[row, :, :, : table.shape[-1]] = np.einsum("ig,jb,gbh->ijh", of_gamma, of_bias, table)
    return series


def _to_series(count: int) -> Floats:
    """Return the matrix from values at ascending Chebyshev nodes to the coefficients of their series."""
    if count == 1:
        return np.ones((1, 1))
    nodes = -np.cos(np.pi * np.arange(count) / (count - 1))
    return np.asarray(np.linalg.inv(np.polynomial.chebyshev.chebvander(nodes, count - 1)))


def _polynomials(x: TensorVariable, count: int) -> TensorVariable:
    """Return the Chebyshev polynomials of degree 0 to count - 1 at a number within [-1, 1], (count,)."""
    import pytensor.tensor as pt

    return pt.cos(np.arange(count) * pt.arccos(pt.clip(x, -EDGE, EDGE)))
