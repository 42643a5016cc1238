"""Forecasts beside frequencies."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from detente.verify.verdicts import frequency_p_value, spiegelhalter, two_sided


def test_spiegelhalters_z_by_hand():
    """Two forecasts of 0.8: sum (x - p)(1 - 2p) = 2 * 0.2 * -0.6; variance sum p(1-p)(1-2p)^2 = 2 * 0.16 * 0.36."""
    probability = np.array([[0.8, 0.2], [0.8, 0.2]])
    z = spiegelhalter(probability, np.array([0, 0]))
    assert z == pytest.approx(-0.24 / np.sqrt(0.1152))


def test_it_is_standard_normal_for_calibrated_forecasts_of_three():
    rng = np.random.default_rng(1)
    found = []
    for _ in range(400):
        probability = rng.dirichlet([1.0, 2.0, 3.0], size=200)
        truth = (rng.random((200, 1)) > np.cumsum(probability, axis=1)).sum(axis=1)
        found.append(spiegelhalter(probability, truth))
    assert stats.kstest(found, "norm").pvalue > 0.01


def test_it_is_positive_for_the_overconfident_and_nothing_where_all_is_even():
    rng = np.random.default_rng(2)
    sharp = np.tile([0.95, 0.05], (300, 1))
    assert spiegelhalter(sharp, (rng.random(300) > 0.7).astype(int)) > 5
    assert spiegelhalter(np.full((10, 2), 0.5), np.zeros(10, dtype=int)) == 0.0


def test_the_count_of_equal_chances_is_binomial():
    came = np.repeat([1, 0], [9, 21])
    expected = 2 * min(stats.binom.cdf(9, 30, 0.55), stats.binom.sf(8, 30, 0.55))
    assert frequency_p_value(np.full(30, 0.55), came) == pytest.approx(expected)


def test_two_sided_tail():
    assert two_sided(-1.959963984540054) == pytest.approx(0.05)
