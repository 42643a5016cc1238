"""The graph: the tables' series by numpy's own polynomials, and the same posterior as plain interpolation has."""

from __future__ import annotations

import numpy as np
import pytest
from small import beta

from detente.evaluation.calibrate.model import NOWHERE, build, coefficients
from detente.evaluation.calibrate.tables import make_grid
from detente.exact.quadrature import log_sum_exp

GRID = make_grid(0.7)
POINTS = [(0.07, -2.7), (0.6, 0.0), (0.93, 1.4)]
pytestmark = pytest.mark.usefixtures("in_python")


def smooth(seed, width):
    """Return a table (gamma, bias, hypothesis) of smooth functions."""
    rng = np.random.default_rng(seed)
    g, b = GRID.gamma[:, None, None], GRID.bias[None, :, None]
    one, two, three = rng.normal(size=(3, width))
    return one * np.exp(g) - np.exp(two * b / 3) + three * g * b - 2


def test_the_series_by_numpy():
    table = smooth(1, 2)
    (series,) = coefficients([table])
    for gamma, bias in POINTS:
        at = np.array([gamma]), np.array([bias])
        for h in range(2):
            by_numpy = np.polynomial.chebyshev.chebval2d(2 * at[0] - 1, at[1] / GRID.bias_reach, series[..., h])
            assert by_numpy == pytest.approx(GRID.at(table, *at)[0, :, h], abs=1e-9)


def test_a_hypothesis_that_a_case_has_not_has_no_probability():
    series = coefficients([smooth(1, 2), smooth(2, 3)])
    assert series.shape == (2, 33, 11, 3)
    assert series[0, 0, 0, 2] == NOWHERE
    assert np.abs(series[0, ..., 2]).sum() == -NOWHERE


@pytest.mark.parametrize("bias_sd", [0.7, 0.0])
def test_the_graph_sums_hypotheses_out_and_cases_up(bias_sd):
    tables = [smooth(1, 2), smooth(2, 3)]
    if bias_sd == 0:
        tables = [table[:, 5:6] for table in tables]
    grid = make_grid(bias_sd)
    model = build(tables, grid, beta(0.6, 0.15), bias_sd)
    (potential,) = model.potentials
    for gamma, bias in POINTS:
        given = {model["discrimination"]: gamma} | ({model["level_bias"]: bias} if bias_sd else {})
        at = np.array([gamma]), np.array([bias if bias_sd else 0.0])
        known = sum(log_sum_exp(grid.at(table, *at)[0, 0], axis=0) for table in tables)
        assert potential.eval(given, mode="FAST_COMPILE") == pytest.approx(known, abs=1e-7)


def test_the_priors_of_the_graph():
    model = build([smooth(1, 2)], GRID, beta(0.6, 0.15), 0.7)
    assert [variable.name for variable in model.free_RVs] == ["discrimination", "level_bias"]
    alone = build([smooth(1, 2)[:, 5:6]], make_grid(0.0), beta(0.6, 0.15), 0.0)
    assert [variable.name for variable in alone.free_RVs] == ["discrimination"]
