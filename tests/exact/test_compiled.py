"""A large record is integrated by compiled loops, and has the answer of the arrays."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr
from small import make_case

from detente import exact
from detente.exact import clusters, compiled, factors
from detente.exact.evidence import AtGamma
from detente.exact.quadrature import log_sum_exp
from detente.inference.exact import draw_exactly

MIDS = [(0.6, 0.4), (0.5, 0.3), (0.45, 0.7), (0.2, 0.6), (0.55, 0.5), (0.3, 0.35), (0.8, 0.4)]
FIELDS = ("probability", "item_weight_db", "cluster_weight_db", "without_item", "without_cluster", "gamma_posterior")


def clustered(trust=0.9):
    """Return a case of a cluster of four items and one of three, seen and not."""
    names = ["a", "b", "a", "a", "b", "a", "b"]
    seen = [True, False, True, True, True, False, True]
    return make_case(MIDS, clusters=names, seen=seen, width=0.1, gamma=(0.6, 0.15), trust=trust)


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Have every integral worked out here."""
    factors._remembered.cache_clear()
    yield
    factors._remembered.cache_clear()


def test_the_loops_have_the_normal_distribution_function():
    z = np.linspace(-9.5, 9.5, 4001)
    out = np.empty_like(z)
    compiled.chances.py_func(0.0, np.ones(1), np.ones(1), z, 1.0, 0.0, out)
    assert np.abs(out - ndtr(z)).max() < 1e-15


def test_compiled_loops_have_the_answer_of_the_arrays(monkeypatch):
    """Of the posterior and of every draw."""
    case = clustered()
    by_arrays = exact.posterior(case)
    drawn = draw_exactly(case, by_arrays, 50)
    factors._remembered.cache_clear()
    monkeypatch.setattr(factors, "MANY", 0)
    by_loops = exact.posterior(case)
    assert all(block.compiled and "_kept" not in vars(block) for c in by_loops.factors.clusters for block in c.blocks)
    for name in FIELDS:
        assert np.abs(getattr(by_loops, name) - getattr(by_arrays, name)).max() < 1e-11, name
    for name, values in draw_exactly(case, by_loops, 50).values.items():
        assert np.abs(values - drawn.values[name]).max() < 1e-9, name


def test_nearly_impossible_reports_are_left_to_the_logs(monkeypatch):
    """A chance that may be next to nothing is not for the loops: no wrong source to fall back on."""
    monkeypatch.setattr(factors, "MANY", 0)
    made = exact.posterior(clustered(trust=1.0)).factors
    assert all(block.arguments() is None for cluster in made.clusters for block in cluster.blocks)


def test_a_cluster_of_hundreds_of_a_large_record_is_left_to_the_loops(monkeypatch):
    """No chance is next to nothing, but their product is: the loops take a few items at a time."""
    (cluster,) = exact.posterior(make_case([(0.3, 0.6)] * 400, clusters=["a"] * 400, trust=0.9)).factors.clusters
    by_arrays = [(block.log_joint, block.whole) for block in cluster.blocks]
    monkeypatch.setattr(AtGamma, "chances", None)
    for block, (joint, whole) in zip(cluster.blocks, by_arrays, strict=True):
        looped = block.changed(compiled=True)
        assert looped.arguments() is None
        np.testing.assert_allclose(looped.log_joint, joint, rtol=1e-12)
        np.testing.assert_allclose(looped.whole, whole, rtol=1e-12)


def test_products_and_sums_of_logs_agree(monkeypatch):
    """With ever fewer products allowed, down to none."""
    case = clustered()
    by_products = exact.posterior(case)
    factors._remembered.cache_clear()
    monkeypatch.setattr(clusters, "LEAST", 0.0)
    by_logs = exact.posterior(case)
    for name in FIELDS:
        assert np.abs(getattr(by_logs, name) - getattr(by_products, name)).max() < 1e-11, name


def test_a_hundred_sure_items_against_as_many_do_not_underflow():
    """Each halves of a cluster leaves next to nothing for the other: no product of theirs is a number."""
    mids = [(0.999, 0.001)] * 120
    case = make_case(mids, clusters=["a"] * 120, seen=[True, False] * 60, width=0.0005, rho=(0.9, 0.0))
    found = exact.posterior(case)
    assert np.isfinite(found.without_item).all()
    assert found.probability == pytest.approx([0.5, 0.5], abs=1e-6)


def test_blocks_sum_to_the_whole():
    made = exact.posterior(clustered()).factors
    for cluster, whole in zip(made.clusters, made.of_clusters, strict=True):
        parts = [log_sum_exp(block.log_joint, axis=(0, 3)) for block in cluster.blocks]
        assert np.abs(log_sum_exp(np.array(parts), axis=0) - whole).max() < 1e-11


def test_a_block_of_other_items_forgets_what_it_kept():
    (block,) = exact.posterior(clustered()).factors.clusters[0].blocks
    before = block.log_joint
    other = block.of(block.items.changed(trust=block.items.trust / 2), block.gamma)
    assert np.abs(other.log_joint - before).max() > 0.01
