"""The split of variance: hand-made functions with known indices, then cases."""

import numpy as np
import pytest
from scipy.special import ndtr
from small import make_case

from detente.analysis.reweighting import take_apart
from detente.analysis.sensitivity.variance import _indices, normal_cdf, split_variance

SAMPLES = 20_000


def test_an_additive_function_has_known_shares_that_sum_to_one():
    """Y = X + 2 Z has variance 1 + 4: shares 0.2 and 0.8."""
    x, z, u, w = np.random.default_rng(1).standard_normal((4, SAMPLES, 1))
    found = _indices(x + 2 * z, u + 2 * w, {("x", ""): x + 2 * w, ("z", ""): u + 2 * z})
    for share, truth in zip(found.shares, (0.2, 0.8), strict=True):
        assert abs(share.index[0] - truth) < 4 * share.error[0]
    assert abs(found.total[0] - 1) < 4 * found.total_error[0]
    assert found.total_error[0] < 0.02


def test_a_product_is_all_interaction():
    """Y = X Z with both centred: neither alone moves the mean."""
    x, z, u, w = np.random.default_rng(2).standard_normal((4, SAMPLES, 1))
    found = _indices(x * z, u * w, {("x", ""): x * w, ("z", ""): u * z})
    assert abs(found.total[0]) < 4 * found.total_error[0]


def test_the_ishigami_function_by_its_published_indices():
    """a = 7, b = 0.1: first-order indices 0.3139, 0.4424 and 0 (Ishigami and Homma 1990)."""
    a, b = np.random.default_rng(3).uniform(-np.pi, np.pi, (2, 3, SAMPLES))

    def y(x):
        return (np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0]))[:, None]

    frozen = {(str(i), ""): y([a[j] if j == i else b[j] for j in range(3)]) for i in range(3)}
    found = _indices(y(a), y(b), frozen)
    for share, truth in zip(found.shares, (0.3139, 0.4424, 0.0), strict=True):
        assert abs(share.index[0] - truth) < 4 * share.error[0]


def test_what_is_certain_has_no_causes():
    """Of a headline that varies in its last digits alone, shares are 0, not rounding divided by itself."""
    x, z, u, w = 1 - 1e-15 * np.random.default_rng(4).random((4, 100, 1))
    split = _indices(x, u, {("x", ""): z, ("z", ""): w})
    assert (*split.deviation, *split.total, *split.total_error) == (0, 0, 0)
    assert [(share.index, share.error) for share in split.shares] == [((0,), (0,))] * 2


def test_with_the_prior_alone_left_open_all_variance_is_its():
    case = make_case([(0.6, 0.3)])
    basis = take_apart(case, 0)
    found = split_variance(case, basis.headlines, (), 1, 2000)
    shares = {share.kind: share.index[0] for share in found.shares}
    assert shares["prior"] == pytest.approx(1, abs=0.1)
    assert all(abs(value) < 1e-6 for cause, value in shares.items() if cause != "prior")


def test_the_shares_of_the_bundled_case_sum_to_at_most_one_within_their_error(basis):
    found = split_variance(basis.case, basis.headlines, basis.closed_form.factors.steps, 1, 1024)
    for total, error in zip(found.total, found.total_error, strict=True):
        assert 0.5 - 4 * error < total < 1 + 4 * error
    causes = [share.kind for share in found.shares]
    assert causes[0] == "prior"
    assert {"discrimination", "dependence", "intensities"} <= set(causes)


def test_a_case_without_processes_or_election_can_be_split():
    case = make_case([(0.6, 0.3), (0.4, 0.5)], clusters=["c", "c"], width=0.1, gamma=(0.6, 0.1))
    found = split_variance(case, ("h0", "h1"), (), 1, 500)
    assert {(share.kind, share.id) for share in found.shares} == {
        ("prior", ""),
        ("discrimination", ""),
        ("dependence", ""),
        ("likelihoods", "c"),
    }


def test_the_distribution_function_in_single_precision_is_scipys():
    x = np.linspace(-12, 12, 4001).astype(np.float32)
    assert normal_cdf(x) == pytest.approx(ndtr(x.astype(float)), rel=1e-5)
