"""The numbers the PyMC model is given: against the oracle's reading of the same files, and the exact engine's."""

from __future__ import annotations

import numpy as np
import pytest
from oracle.record import load
from oracle.reference import log_intensity
from scipy.special import ndtri

from detente.exact.evidence import read_items
from detente.graph.data import evidence_data
from detente.graph.record import record_data


@pytest.mark.parametrize("seed", [0, 1, 5, 10, 12, 16, 26])
def test_items_are_the_oracles(random_case, seed):
    made = random_case(seed)
    data, oracle = evidence_data(made.case), load(made.workspace, made.name)
    items = {item.id: item for item in oracle.items}
    assert set(data.items) == set(items)
    width = 2 * ndtri((1 + oracle.assumed_mass) / 2)
    for row, name in enumerate(data.items):
        item = items[name]
        np.testing.assert_allclose(data.location[row], ndtri(item.mid), atol=1e-12)
        np.testing.assert_allclose(data.spread[row], (ndtri(item.high) - ndtri(item.low)) / width, rtol=1e-12)
        assert data.trust[row] == pytest.approx(item.reliability)
        assert data.sign[row] == (1 if item.seen else -1)
        fellows = [other for other in oracle.items if item.cluster and other.cluster == item.cluster]
        home = data.cluster[row]
        assert (home < len(data.clusters)) == (len(fellows) > 1)
        if len(fellows) > 1:
            assert data.clusters[home] == item.cluster
            assert (data.correlation[home].mean, data.correlation[home].sd) == oracle.dependence[item.cluster]


@pytest.mark.parametrize("seed", [1, 12, 26])
def test_items_are_the_exact_engines(random_case, seed):
    case = random_case(seed).case
    data, items = evidence_data(case), read_items(case, case.evidence_in_force)
    np.testing.assert_allclose(data.location, items.location, atol=1e-12)
    np.testing.assert_allclose(data.spread, items.spread, rtol=1e-12)
    np.testing.assert_allclose(data.trust, items.trust)
    np.testing.assert_array_equal(data.sign > 0, items.seen)


@pytest.mark.parametrize("seed", [0, 5, 10, 19, 32])
def test_record_is_the_oracles(random_case, seed):
    made = random_case(seed)
    data, oracle = record_data(made.case), load(made.workspace, made.name)
    assert data.regimes == oracle.regimes
    assert data.transitions == tuple(f"{p}:{a}>{b}" for p, a, b in oracle.transitions)
    np.testing.assert_array_equal(data.happened, oracle.events)
    np.testing.assert_allclose(data.exposure, oracle.exposure, rtol=1e-12)
    full, count = np.ones(1), len(oracle.hypotheses)
    location = [
        [[log_intensity(oracle, t, k, full, half)[0][0] for k in range(count)] for t in range(len(data.transitions))]
        for half in oracle.half_ranges
    ]
    np.testing.assert_allclose(data.location, np.reshape(location, data.location.shape), rtol=1e-12)


def test_nothing_to_give():
    from small import make_case

    items, record = evidence_data(make_case()), record_data(make_case())
    assert (items.items, items.clusters, items.location.shape) == ((), (), (0, 2))
    assert (record.transitions, record.location.shape) == ((), (1, 0, 2, 1))
