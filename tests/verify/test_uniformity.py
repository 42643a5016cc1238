"""ECDF bands and p-values: against simulation, and against ArviZ's bands."""

from __future__ import annotations

import numpy as np
import pytest
from arviz_stats.ecdf_utils import get_pointwise_confidence_band, simulate_confidence_bands

from detente.verify.uniformity import band, ecdf_counts, p_value, points


@pytest.mark.parametrize("count", [3, 20, 150])
def test_p_values_of_uniform_samples_are_at_most_as_small_as_they_say(count):
    """The statistic is discrete, so that P(p <= a) is at most a, and near it where there are many values."""
    rng = np.random.default_rng(7)
    found = np.array([p_value(rng.random(count)) for _ in range(1000)])
    for level in (0.01, 0.05, 0.2, 0.5):
        error = 4 * np.sqrt(level * (1 - level) / found.size)
        assert (found <= level).mean() <= level + error
        if count == 150:
            assert (found <= level).mean() >= 0.8 * level - error


def test_the_band_is_left_as_often_as_it_says():
    rng = np.random.default_rng(8)
    bounds = band(100, 0.1)
    ecdf = np.array([ecdf_counts(rng.random(100)) / 100 for _ in range(4000)])
    left = ((ecdf < bounds.low) | (ecdf > bounds.high)).any(axis=1).mean()
    assert 0.06 < left < 0.1 + 4 * np.sqrt(0.09 / 4000)


def test_the_band_is_arvizs():
    """ArviZ finds the pointwise level by simulation; bounds of counts may differ by one."""
    bounds = band(200, 0.05)
    at = points(200)
    level = simulate_confidence_bands(200, 1, at, 0.95, 4000, np.random.default_rng(1))
    low, high = get_pointwise_confidence_band(level, 200, at)
    assert np.abs(bounds.low - low).max() <= 1.01 / 200
    assert np.abs(bounds.high - high).max() <= 1.01 / 200


@pytest.mark.parametrize(
    "bent",
    [lambda x: x**1.5, lambda x: 1 - x**1.5, lambda x: 0.5 + 0.7 * (x - 0.5), np.round],
    ids=["low", "high", "too wide a posterior", "too narrow a posterior"],
)
def test_what_is_not_uniform_is_found(bent):
    assert p_value(bent(np.random.default_rng(2).random(300))) < 1e-4


def test_tiny_p_values_are_not_rounded_to_zero():
    assert 0 < p_value(np.full(100, 0.001)) < 1e-100


def test_one_value_says_nothing():
    assert p_value(np.array([0.4])) == 1.0
