"""Where the exact engine must give an answer that is known otherwise: naive Bayes, a table of the field, certainty."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.reference import joint_likelihood_ratio
from small import make_case

from detente import exact
from detente.forecast.evidence import naive_bayes

QUICK = settings(max_examples=20, deadline=None)
MID = st.floats(0.02, 0.98)


@st.composite
def plain_cases(draw):
    """Draw mids, whether seen, and weights: reliable, sure, independent, no processes."""
    width = draw(st.integers(2, 4))
    mids = draw(st.lists(st.tuples(*[MID] * width), min_size=1, max_size=8))
    seen = draw(st.lists(st.booleans(), min_size=len(mids), max_size=len(mids)))
    shares = np.array(draw(st.lists(st.floats(0.1, 1), min_size=width, max_size=width)))
    return mids, seen, list(map(float, shares / shares.sum()))


def ratio(case):
    """Return P(data | first) / P(data | second) of two hypotheses of equal weight."""
    first, second = exact.posterior(case).probability
    return first / second


# --- naive Bayes


@QUICK
@given(plain_cases())
def test_naive_bayes_is_what_is_left(plain):
    """rho = 0, s = 0, r = 1, gamma = 1: weights times mids, or 1 - mid of what is absent, to 1e-10."""
    mids, seen, weights = plain
    case = make_case(mids, seen=seen, weights=weights)
    joint = np.log(weights) + np.log(np.where(np.array(seen)[:, None], mids, 1 - np.array(mids))).sum(axis=0)
    by_hand = np.exp(joint - joint.max()) / np.exp(joint - joint.max()).sum()
    np.testing.assert_allclose(exact.posterior(case).probability, by_hand, rtol=0, atol=1e-10)
    np.testing.assert_allclose(list(naive_bayes(case).values()), by_hand, rtol=0, atol=1e-12)


@settings(max_examples=8, deadline=None)
@given(plain_cases())
def test_a_bayesian_network_says_the_same(plain):
    """Hypothesis -> items, in pyAgrum."""
    import pyagrum

    mids, seen, weights = plain
    network = pyagrum.BayesNet()
    top = network.add(pyagrum.LabelizedVariable("hypothesis", "", len(weights)))
    network.cpt(top).fillWith(weights)
    for i, row in enumerate(mids):
        node = network.add(pyagrum.LabelizedVariable(f"item{i}", "", 2))
        network.addArc(top, node)
        for k, mid in enumerate(row):
            network.cpt(node)[{"hypothesis": k}] = [1 - mid, mid]
    inference = pyagrum.LazyPropagation(network)
    inference.setEvidence({f"item{i}": int(value) for i, value in enumerate(seen)})
    inference.makeInference()
    expected = inference.posterior("hypothesis").tolist()
    np.testing.assert_allclose(
        exact.posterior(make_case(mids, seen=seen, weights=weights)).probability,
        expected,
        rtol=0,
        atol=1e-10,
    )


def test_clusters_without_correlation_are_no_clusters():
    mids = [(0.6, 0.2), (0.7, 0.3), (0.4, 0.5)]
    alone = exact.posterior(make_case(mids)).probability
    together = exact.posterior(make_case(mids, clusters=["c"] * 3, rho=(0.0, 0.0))).probability
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-10)


# --- dependence


TABLE = {
    2: {0: "9", 0.25: "6.5", 0.5: "5.0", 0.75: "4.1", 0.9: "3.5"},
    3: {0: "27", 0.25: "11.6", 0.5: "7.0", 0.75: "4.8", 0.9: "3.9"},
    5: {0: "243", 0.25: "27", 0.5: "10.6", 0.75: "5.8", 0.9: "4.3"},
}
"""Joint likelihood ratio of items of .6 against .2 under a one-factor probit."""


@pytest.mark.parametrize(("items", "rho"), [(n, rho) for n, row in TABLE.items() for rho in row])
def test_table_of_dependence(items, rho):
    case = make_case([(0.6, 0.2)] * items, clusters=["c"] * items, rho=(rho, 0.0))
    printed = TABLE[items][rho]
    digits = len(printed.partition(".")[2])
    assert f"{ratio(case):.{digits}f}" == printed
    if rho:
        assert ratio(case) == pytest.approx(joint_likelihood_ratio(items, 0.6, 0.2, rho), rel=1e-7)


def test_a_duplicate_adds_nothing_as_correlation_grows():
    """Of a reliable, precisely judged item: 4.77 dB once, and the second report adds less and less of that."""
    added = []
    for rho in (0.5, 0.9, 0.99, 0.999, 0.99999, 0.9999999):
        case = make_case([(0.6, 0.2)] * 2, clusters=["c"] * 2, rho=(rho, 0.0))
        added.append(exact.posterior(case).item_weight_db[1, 0])
    assert added == sorted(added, reverse=True)
    assert added[0] > 1
    assert added[-1] == pytest.approx(0, abs=1e-2)


def test_a_duplicate_of_an_unreliable_report_adds_even_then():
    """Two reports of one cause by sources that may both be wrong: the second supports the first."""
    case = make_case([(0.6, 0.2)] * 2, clusters=["c"] * 2, rho=(0.99999, 0.0), trust=0.5)
    assert exact.posterior(case).item_weight_db[1, 0] > 0.5


def test_correlation_of_a_cluster_of_one_does_not_matter():
    """Its rho is 0 by definition, whatever the prior of the cluster says."""
    for rho in ((0.9, 0.05), (0.1, 0.05)):
        assert ratio(make_case([(0.6, 0.2)], clusters=["c"], rho=rho)) == pytest.approx(3, abs=1e-7)


# --- nothing to learn


@QUICK
@given(mid=MID, seen=st.booleans(), trust=st.floats(0, 1), gamma=st.floats(0, 1))
def test_equal_likelihoods_alone_weigh_nothing(mid, seen, trust, gamma):
    case = make_case([(mid, mid)], seen=[seen], trust=trust, gamma=(gamma, 0.0), weights=[0.3, 0.7])
    np.testing.assert_allclose(exact.posterior(case).item_weight_db, 0, atol=1e-8)


def test_equal_likelihoods_weigh_nothing_in_a_cluster_either():
    """An item that says nothing does not share the cause, and so is no measure of it."""
    case = make_case([(0.6, 0.2), (0.5, 0.5)], clusters=["c"] * 2, rho=(0.8, 0.0))
    assert exact.posterior(case).item_weight_db[1, 0] == pytest.approx(0, abs=1e-7)


@QUICK
@given(plain_cases(), st.booleans())
def test_sources_that_are_never_right_weigh_nothing(plain, is_clustered):
    """r = 0: what is reported has the same chance under every hypothesis."""
    mids, seen, weights = plain
    clusters = ["c"] * len(mids) if is_clustered else None
    case = make_case(mids, seen=seen, weights=weights, clusters=clusters, trust=0.0, width=0.01, gamma=(0.6, 0.15))
    found = exact.posterior(case)
    np.testing.assert_allclose(found.item_weight_db, 0, atol=1e-7)
    np.testing.assert_allclose(found.probability, weights, rtol=0, atol=1e-8)


@QUICK
@given(plain_cases())
def test_no_discrimination_weighs_nothing_of_items_alone(plain):
    """gamma = 0: no stated contrast is believed."""
    mids, seen, weights = plain
    found = exact.posterior(make_case(mids, seen=seen, weights=weights, gamma=(0.0, 0.0)))
    np.testing.assert_allclose(found.item_weight_db, 0, atol=1e-6)


def test_discrimination_that_is_unsure_is_averaged_over():
    """Two nodes by hand are not enough, a thousand prior draws nearly are: a check of the Beta's weights."""
    case = make_case([(0.6, 0.2)], gamma=(0.6, 0.15))
    size = 0.6 * 0.4 / 0.15**2 - 1
    gamma = np.random.default_rng(1).beta(0.6 * size, 0.4 * size, 200_000)
    from scipy.special import ndtr, ndtri

    centre, contrast = (ndtri(0.6) + ndtri(0.2)) / 2, (ndtri(0.6) - ndtri(0.2)) / 2
    first, second = ndtr(centre + gamma * contrast).mean(), ndtr(centre - gamma * contrast).mean()
    assert exact.posterior(case).probability[0] == pytest.approx(first / (first + second), abs=2e-4)


@pytest.mark.parametrize("width", [1e-13, 0.05, 0.15, 0.29])
def test_width_leaves_an_item_that_is_alone_where_it_was_stated(width):
    """The middle is the probability, at full discrimination: however wide, 0.7 against 0.3 is 0.7."""
    found = exact.posterior(make_case([(0.7, 0.3)], width=width))
    assert found.probability[0] == pytest.approx(0.7, abs=1e-12)
    assert np.exp(found.log_evidence) == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("rho", [(0.6, 0.15), (0.9, 0.0), (0.3, 0.2)])
def test_width_and_correlation_keep_every_marginal(rho):
    """P(an item | h) with what the rest of its cluster may show summed out is the stated middle."""
    mids = [(0.7, 0.3), (0.01, 0.2), (0.95, 0.6)]
    for row, item in enumerate(mids):
        total = 0.0
        for others in product([True, False], repeat=2):
            seen = list(others)
            seen.insert(row, True)
            case = make_case(mids, seen=seen, clusters=["c"] * 3, width=0.009, rho=rho)
            total = total + np.exp(exact.posterior(case).factors.whole[0][0])
        np.testing.assert_allclose(total, item, atol=2e-8)


def test_width_makes_the_items_of_a_cluster_share_less():
    """The less sure a judgement, the more of what an item shows is the judgement's and not the common cause's."""
    sure, unsure = (
        exact.posterior(make_case([(0.6, 0.3)] * 3, clusters=["c"] * 3, width=width)).probability[0]
        for width in (0.01, 0.25)
    )
    assert sure < unsure < exact.posterior(make_case([(0.6, 0.3)] * 3)).probability[0]


def test_source_that_may_be_wrong_by_hand():
    """r = 0.5 between 0.6 and 0.2: 0.5 * 0.6 + 0.5 * 0.4 against 0.5 * 0.2 + 0.5 * 0.4, which is 5 to 3."""
    assert ratio(make_case([(0.6, 0.2)], trust=0.5)) == pytest.approx(5 / 3, rel=1e-7)
    absent = make_case([(0.6, 0.2)], trust=0.5, seen=[False])
    assert ratio(absent) == pytest.approx(0.5 / 0.7, rel=1e-7)
