"""Places of the truth among draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from detente.verify.replicate import lag_one, node_place, rank_place
from detente.verify.uniformity import p_value


def test_a_rank_is_the_share_below_spread_over_its_cell():
    rng = np.random.default_rng(1)
    draws = np.array([0.1, 0.2, 0.3, 0.4])
    found = [rank_place(draws, 0.25, rng) for _ in range(300)]
    assert 2 / 5 <= min(found) < max(found) <= 3 / 5


def test_ties_are_broken_at_random():
    """Draws and truth that are all one number, but for rounding, say nothing: the place is uniform."""
    rng = np.random.default_rng(2)
    assert p_value(np.array([rank_place(np.full(50, 1.0), 1 - 1e-14, rng) for _ in range(500)])) > 0.01
    assert p_value(np.array([node_place(np.full(50, 1.0), 1 - 1e-14, rng) for _ in range(500)])) > 0.01


def test_ranks_of_truths_from_the_same_distribution_are_uniform():
    rng = np.random.default_rng(3)
    places = np.array([rank_place(rng.standard_normal(99), rng.standard_normal(), rng) for _ in range(800)])
    assert p_value(places) > 0.01


@pytest.mark.parametrize("count", [7, 25])
def test_gauss_hermite_nodes_stand_for_the_normal_around_them(count):
    """The interpolated distribution function is the normal's but for a twelfth of the gap squared times the slope."""
    nodes, weight = np.polynomial.hermite_e.hermegauss(count)
    rng = np.random.default_rng(4)
    truths = np.linspace(-1.5, 1.5, 31)
    places = np.array([node_place(nodes, x, rng, weight) for x in truths])
    assert np.abs(places - stats.norm.cdf(truths)).max() < (0.035 if count == 7 else 0.012)


def test_beyond_the_nodes_is_what_their_ends_leave():
    rng = np.random.default_rng(5)
    draws = np.repeat([0.0, 1.0], 50)
    assert 0 <= node_place(draws, -1.0, rng) <= 0.25
    assert 0.75 <= node_place(draws, 2.0, rng) <= 1


def test_the_lag_one_correlation_is_that_of_the_process():
    rng = np.random.default_rng(6)
    noise = rng.standard_normal((2, 20_000, 1))
    walk = np.zeros_like(noise)
    for step in range(1, noise.shape[1]):
        walk[:, step] = 0.6 * walk[:, step - 1] + noise[:, step]
    both = np.concatenate([walk, noise, np.ones_like(noise)], axis=2)
    assert lag_one(both) == pytest.approx([0.6, 0.0, 0.0], abs=0.02)
