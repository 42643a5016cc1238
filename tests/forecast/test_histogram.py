"""Histograms for display: draws on quadrature nodes are smeared over the gaps, continuous draws are counted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from detente.forecast.parameters import _histogram

EDGES = np.linspace(-4, 4, 31)


def test_continuous_draws_are_counted():
    draws = norm.ppf((np.arange(4000) + 0.5) / 4000)
    assert _histogram(draws, EDGES) == pytest.approx(np.histogram(draws, EDGES)[0] / 4000)


def test_draws_on_nodes_make_a_smooth_histogram_of_the_same_mean():
    nodes = np.linspace(-4, 4, 24)
    draws = nodes[np.searchsorted(nodes, norm.ppf((np.arange(4000) + 0.5) / 4000)).clip(0, 23)]
    found = _histogram(draws, EDGES)
    middle = (EDGES[:-1] + EDGES[1:]) / 2
    assert found.sum() == pytest.approx(1)
    assert found @ middle == pytest.approx(draws.mean(), abs=0.01)
    rise = np.sign(np.diff(found))
    assert (np.diff(rise[rise != 0]) != 0).sum() == 1
    plain = np.sign(np.diff(np.histogram(draws, EDGES)[0]))
    assert (np.diff(plain[plain != 0]) != 0).sum() > 5


def test_a_single_node_stays_in_its_bin():
    found = _histogram(np.full(100, 0.1), EDGES)
    assert found.max() == 1
