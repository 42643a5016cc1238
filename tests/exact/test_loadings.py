"""Which way a common cause pulls: wording changes nothing, in either engine, the oracle or the simulator."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.record import loadings as of_oracle
from scipy.special import ndtri
from small import make_case

from detente import exact
from detente.exact.evidence import is_alike, loadings, read_items
from detente.graph.data import evidence_data
from detente.verify.likelihood import read_stated

QUICK = settings(max_examples=40, deadline=None)
MIDS = st.floats(0.02, 0.98).map(lambda x: round(x, 3))


@st.composite
def clusters(draw, coarse=False):
    """Draw mids (item, hypothesis), what was seen, and weights."""
    width, items = draw(st.integers(2, 4)), draw(st.integers(2, 5))
    chances = st.sampled_from([0.2, 0.4, 0.5, 0.6, 0.8]) if coarse else MIDS
    mids = draw(st.lists(st.tuples(*[chances] * width), min_size=items, max_size=items))
    parts = draw(st.lists(st.integers(1, 9), min_size=width, max_size=width))
    seen = draw(st.lists(st.booleans(), min_size=items, max_size=items))
    return mids, seen, [part / sum(parts) for part in parts]


def one_cluster(mids, seen, weights, loadings=None, **more):
    options = {"rho": (0.6, 0.15), "gamma": (0.6, 0.15), "trust": 0.9, "width": 0.01} | more
    case = make_case(mids, seen=seen, weights=weights, clusters=["c"] * len(mids), **options)
    told = loadings or [None] * len(mids)
    items = (item.changed(loading=sign) for item, sign in zip(case.evidence, told, strict=True))
    return case.changed(evidence=tuple(items))


def answer(case):
    return exact.posterior(case).probability


def recoded(mids, seen, which):
    """Tell some items the other way round: not seen for seen, with one less each chance."""
    turned = [tuple(1 - p for p in row) if i in which else row for i, row in enumerate(mids)]
    return turned, [told != (i in which) for i, told in enumerate(seen)]


# --- wording


@QUICK
@given(clusters(), st.sets(st.integers(0, 4)))
def test_a_fact_told_as_an_absence_says_the_same(cluster, which):
    mids, seen, weights = cluster
    before = answer(one_cluster(mids, seen, weights))
    after = answer(one_cluster(*recoded(mids, seen, which), weights))
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-7)  # the rule over z is told by 1 - p, not by p


@pytest.mark.parametrize("loading", ["+", "-"])
def test_a_stated_loading_does_too_if_it_is_turned(loading):
    other = {"+": "-", "-": "+"}[loading]
    mids, seen, weights = [(0.8, 0.4), (0.3, 0.6), (0.7, 0.5)], [True] * 3, [0.5, 0.5]
    before = answer(one_cluster(mids, seen, weights, [None, loading, None]))
    after = answer(one_cluster(*recoded(mids, seen, {1}), weights, [None, other, None]))
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-9)


@QUICK
@given(clusters(coarse=True))
def test_what_may_be_seen_has_chances_that_sum_to_one(cluster):
    """Whichever way it was observed, the cause pulls the same way."""
    mids, _, weights = cluster
    mids = mids[:3]
    total = 0.0
    for seen in product([True, False], repeat=len(mids)):
        case = one_cluster(mids, list(seen), weights, gamma=(0.7, 0.0))
        total = total + np.exp(exact.posterior(case).factors.whole[0][0])
    np.testing.assert_allclose(total, 1, atol=1e-7)


def test_two_items_that_agree_say_less_together_than_apart_however_they_are_told():
    weights = [0.5, 0.5]
    apart = answer(make_case([(0.8, 0.4), (0.7, 0.5)], gamma=(0.6, 0.15), trust=0.9, width=0.01))[0]
    both = answer(one_cluster([(0.8, 0.4), (0.7, 0.5)], [True, True], weights))[0]
    mixed = answer(one_cluster([(0.8, 0.4), (0.3, 0.5)], [True, False], weights))[0]
    pulled = answer(one_cluster([(0.8, 0.4), (0.3, 0.5)], [True, False], weights, ["+", "+"]))[0]
    assert mixed == pytest.approx(both, abs=1e-9)
    assert 0.5 < both < apart < pulled


def test_marginals_are_kept_whichever_way_the_cause_pulls():
    """Of one item of the cluster, with the other integrated out, the chance is what it would be alone."""
    mids, weights = [(0.8, 0.4), (0.3, 0.6)], [0.5, 0.5]
    alone = make_case(mids[:1], gamma=(0.6, 0.0), trust=0.9, width=0.01)
    expected = np.exp(exact.posterior(alone).factors.whole[0])
    for told in (None, ["+", "+"], ["-", "+"]):
        rows = [
            exact.posterior(one_cluster(mids, [True, other], weights, told, gamma=(0.6, 0.0))).factors.whole[0]
            for other in (True, False)
        ]
        np.testing.assert_allclose(np.exp(rows).sum(axis=0), expected, atol=1e-8)


# --- the axis


@QUICK
@given(clusters(coarse=True), st.randoms(use_true_random=False))
def test_the_order_of_hypotheses_and_items_does_not_matter(cluster, rng):
    """Ties included, and three hypotheses each with an item of its own, where no axis is the first."""
    mids, seen, weights = cluster
    order, rows = list(range(len(weights))), list(range(len(mids)))
    rng.shuffle(order)
    rng.shuffle(rows)
    before = answer(one_cluster(mids, seen, weights))
    mixed = [tuple(mids[row][h] for h in order) for row in rows]
    after = answer(one_cluster(mixed, [seen[row] for row in rows], [weights[h] for h in order]))
    np.testing.assert_allclose(after, before[order], rtol=0, atol=1e-9)


@pytest.mark.parametrize("recode", [set(), {0}, {1, 2}])
def test_an_item_for_each_of_three_hypotheses(recode):
    mids = [(0.8, 0.4, 0.4), (0.4, 0.8, 0.4), (0.4, 0.4, 0.8)]
    seen, weights = [True] * 3, [1 / 3] * 3
    found = answer(one_cluster(*recoded(mids, seen, recode), weights))
    np.testing.assert_allclose(found, weights, atol=1e-9)


@pytest.mark.parametrize("told", [None, "+", "-"])
def test_an_item_that_says_nothing_shares_nothing(told):
    """Beside two that do, whatever was said of it: it is an item alone, and adds nothing."""
    mids, weights = [(0.8, 0.4, 0.3), (0.2, 0.2, 0.2), (0.6, 0.5, 0.5)], [1 / 3] * 3
    case = one_cluster(mids, [True] * 3, weights, [None, told, None])
    assert read_items(case, case.evidence).loading[1] == 0
    expected = answer(one_cluster(mids[::2], [True] * 2, weights))
    np.testing.assert_allclose(answer(case), expected, rtol=0, atol=1e-7)


def test_a_contrast_that_fades_fades_from_the_cluster():
    """No step at the point where it turns round, or vanishes: within the size of the change."""
    weights = [0.5, 0.5]
    tied, up, down = (
        answer(one_cluster([(0.8, 0.4), (0.6 + away, 0.6), (0.3, 0.6)], [True] * 3, weights))[0]
        for away in (0.0, 1e-6, -1e-6)
    )
    assert up == pytest.approx(tied, abs=1e-5)
    assert down == pytest.approx(tied, abs=1e-5)


def test_of_two_hypotheses_the_loading_is_the_contrast_beside_the_longest():
    """By hand: probits .8416, -.2533; -.8416, .2533; and .5244 twice; and .2533, 0."""
    case = one_cluster([(0.8, 0.4), (0.2, 0.6), (0.7, 0.7), (0.6, 0.5)], [True] * 4, [0.3, 0.7])
    expected = [1, -1, 0, 0.2533 / (0.8416 + 0.2533)]
    np.testing.assert_allclose(read_items(case, case.evidence).loading, expected, atol=1e-4)
    told = [item.changed(loading="+") if i == 1 else item for i, item in enumerate(case.evidence)]
    case = case.changed(evidence=tuple(told))
    np.testing.assert_allclose(read_items(case, case.evidence).loading, np.abs(expected), atol=1e-4)


def test_an_item_across_the_axis_shares_nothing():
    """Two tell the first from the others; the third tells only these from each other."""
    case = one_cluster([(0.9, 0.2, 0.2), (0.8, 0.3, 0.3), (0.5, 0.6, 0.4)], [True] * 3, [0.4, 0.3, 0.3])
    found = read_items(case, case.evidence).loading
    assert found[0] == pytest.approx(1, abs=1e-3)
    assert abs(found[2]) < 1e-9


def test_the_first_hypothesis_is_plus():
    case = one_cluster([(0.3, 0.4), (0.2, 0.6), (0.6, 0.5)], [True] * 3, [0.3, 0.7], [None, None, "-"])
    assert np.sign(read_items(case, case.evidence).loading).tolist() == [-1, -1, -1]


def test_of_three_hypotheses_the_first_axis_tells():
    """Two items tell the first hypothesis from the others, a third weakly the second: it lies on their axis."""
    case = one_cluster([(0.9, 0.2, 0.2), (0.2, 0.8, 0.9), (0.4, 0.6, 0.4)], [True] * 3, [0.4, 0.3, 0.3])
    assert np.sign(read_items(case, case.evidence).loading).tolist() == [1, -1, -1]


def test_items_that_do_not_count_yet_pull_no_other_way():
    """From one day to the next what has been seen speaks as it did."""
    mids = [(0.6, 0.5, 0.5), (0.5, 0.6, 0.5), (0.9, 0.9, 0.1), (0.1, 0.1, 0.9)]
    case = one_cluster(mids, [True] * 4, [1 / 3] * 3)
    first = case.changed(information_cutoff=case.evidence[1].date)
    assert len(first.evidence_in_force) == 2
    np.testing.assert_array_equal(
        read_items(first, first.evidence_in_force).loading, read_items(case, case.evidence).loading[:2]
    )


@QUICK
@given(clusters(coarse=True), st.lists(st.sampled_from([None, None, "+", "-"]), min_size=5, max_size=5))
def test_both_engines_the_simulator_and_the_oracle_agree(cluster, loadings):
    mids, seen, weights = cluster
    told = loadings[: len(mids)]
    case = one_cluster(mids, seen, weights, told)
    ours = read_items(case, case.evidence).loading
    oracle = of_oracle(ndtri(mids), np.array(weights), [sign or "" for sign in told])
    for other in (evidence_data(case).loading, read_stated(case).pull, np.array(oracle)):
        away = [np.abs(other - ours).max(), np.inf if any(told) else np.abs(other + ours).max()]
        assert min(away) < 1e-7  # where the first hypothesis is on neither side, the axis has no end


def test_weights_that_vanish_leave_the_loadings_alone():
    """Within the square root of the weight, to which contrasts with it are in proportion."""
    location = ndtri([(0.8, 0.4, 0.1), (0.3, 0.6, 0.9), (0.7, 0.5, 0.5)])
    two = loadings(location[:, :2], np.array([0.4, 0.6]), np.zeros(3))
    for weight in (1e-4, 1e-8, 0.0):
        shares = np.array([0.4 * (1 - weight), 0.6 * (1 - weight), weight])
        np.testing.assert_allclose(loadings(location, shares, np.zeros(3)), two, atol=5 * np.sqrt(weight) + 1e-12)


# --- what follows


@pytest.mark.parametrize("width", [2, 3])
def test_left_out_and_moved_items_are_those_of_a_case_edited(width):
    """Also where what is left then lies on another axis."""
    rng = np.random.default_rng(3)
    turned = 0
    for _ in range(6):
        mids = [tuple(np.round(rng.uniform(0.1, 0.9, width), 2)) for _ in range(3)]
        case = one_cluster(mids, [True, False, True], [1 / width] * width, gamma=(0.6, 0.1))
        found = exact.posterior(case)
        whole = read_items(case, case.evidence).loading
        for row, item in enumerate(case.evidence):
            fewer = case.changed(evidence=tuple(other for other in case.evidence if other is not item))
            np.testing.assert_allclose(found.without_item[row], answer(fewer), rtol=0, atol=1e-6)
            turned += not is_alike(read_items(fewer, fewer.evidence).loading, np.delete(whole, row))
    assert turned
