"""Quadrature rules against moments and integrals known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from detente.exact.quadrature import (
    beta_nodes,
    chebyshev_nodes,
    interpolation_matrix,
    line,
    log_normal_weights,
    log_sum_exp,
)


@pytest.mark.parametrize(("mean", "sd"), [(0.6, 0.15), (0.5, 0.5 / 3**0.5), (0.1, 0.25), (0.95, 0.15), (0.5, 0.01)])
@pytest.mark.parametrize("count", [2, 5, 9, 64])
def test_beta_nodes_have_the_betas_moments(mean, sd, count):
    """Exact up to degree 2n - 1, for bell shapes, the uniform (where the recurrence is 0 / 0) and U shapes."""
    size = mean * (1 - mean) / sd**2 - 1
    nodes, log_weights = beta_nodes(mean, sd, count)
    weights = np.exp(log_weights)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert ((nodes >= 0) & (nodes <= 1)).all()
    for power in range(1, min(2 * count, 12)):
        expected = np.prod([(mean * size + r) / (size + r) for r in range(power)])
        assert weights @ nodes**power == pytest.approx(expected, rel=1e-10, abs=1e-13)


def test_beta_without_deviation_is_one_node():
    nodes, log_weights = beta_nodes(0.3, 0.0, 20)
    assert (nodes.tolist(), log_weights.tolist()) == ([0.3], [0.0])


def test_uniform_gives_gauss_legendre():
    nodes, log_weights = beta_nodes(0.5, 0.5 / 3**0.5, 7)
    expected, weights = np.polynomial.legendre.leggauss(7)
    np.testing.assert_allclose(nodes, (1 + expected) / 2, atol=1e-12)
    np.testing.assert_allclose(np.exp(log_weights), weights / 2, atol=1e-12)


def test_chebyshev_nodes_are_nested():
    assert set(np.round(chebyshev_nodes(9), 12)) < set(np.round(chebyshev_nodes(17), 12))
    np.testing.assert_allclose(chebyshev_nodes(3), [0, 0.5, 1])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_interpolation_is_exact_for_polynomials(points):
    points = np.array(points)
    nodes = chebyshev_nodes(9)
    matrix = interpolation_matrix(9, points)
    for power in range(9):
        np.testing.assert_allclose(matrix @ nodes**power, points**power, atol=1e-12)


def test_interpolation_at_a_node_is_its_value():
    np.testing.assert_array_equal(interpolation_matrix(9, chebyshev_nodes(9)), np.eye(9))


def test_line_integrates_the_normal():
    nodes = line(-12.0, 12.0, 0.5)
    weights = np.exp(log_normal_weights(nodes))
    assert np.diff(nodes).max() <= 0.5
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert weights @ nodes**4 == pytest.approx(3, abs=1e-11)
    nodes = line(-12.0, 12.0, 0.2)
    found = np.exp(log_normal_weights(nodes)) @ special.ndtr(1 + 2 * nodes)
    assert found == pytest.approx(special.ndtr(1 / 5**0.5), abs=1e-12)


def test_log_sum_exp_bears_extremes():
    values = np.array([[-1e4, -1e4], [1e4, -np.inf], [-np.inf, -np.inf]])
    np.testing.assert_allclose(log_sum_exp(values, axis=1), [-1e4 + np.log(2), 1e4, -np.inf])
    np.testing.assert_allclose(log_sum_exp(np.zeros((3, 4, 5)), axis=(0, 2)), np.full(4, np.log(15)))
