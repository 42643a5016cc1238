"""Prior beside posterior: closed-form priors, histograms that are densities, ranks of chains."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from small import CUTOFF, make_case

from detente import exact
from detente.forecast.parameters import RANK_BINS, Marginal, _ranks, summarize_parameters
from detente.inference import draw_exactly

MIDS = [(0.6, 0.2), (0.7, 0.4), (0.3, 0.5)]


@pytest.fixture(scope="module")
def summaries():
    case = make_case(
        MIDS,
        clusters=["c", "c", None],
        gamma=(0.6, 0.15),
        weights=[0.3, 0.7],
        processes={"p": [("a", "b")]},
        winners=("left", "right"),
        election=CUTOFF.replace(month=9),
    )
    draws = draw_exactly(case, exact.posterior(case), 2000)
    return {row.name: row for row in summarize_parameters(case, draws, {})}


def test_every_parameter_but_the_regime_effects_is_summarized(summaries):
    assert set(summaries) == {
        "hypothesis_weight[h0]",
        "hypothesis_weight[h1]",
        "discrimination",
        "cluster_correlation[c]",
        "common_cause[c]",
        "step_effect[p:a>b]",
        "winner_probability[left]",
        "winner_probability[right]",
    }


def test_priors_are_the_stated_ones(summaries):
    """By hand: Beta(4 x 0.3, 4 x 0.7) of a weight; Beta by moments; the standard normal."""
    weight, gamma, cause = (summaries[n] for n in ("hypothesis_weight[h0]", "discrimination", "common_cause[c]"))
    assert weight.prior_mean == pytest.approx(0.3)
    assert weight.prior_interval == pytest.approx(stats.beta(1.2, 2.8).ppf([0.05, 0.95]))
    size = 0.6 * 0.4 / 0.15**2 - 1
    assert gamma.prior_interval == pytest.approx(stats.beta(0.6 * size, 0.4 * size).ppf([0.05, 0.95]))
    assert cause.prior_interval == pytest.approx((-1.6449, 1.6449), abs=1e-4)


def test_histograms_are_densities(summaries):
    for row in summaries.values():
        widths = np.diff(row.bin_edges)
        assert np.dot(widths, row.posterior_density) == pytest.approx(1, abs=1e-3), row.name
        assert np.dot(widths, row.prior_density) == pytest.approx(1, abs=1e-3), row.name
        assert min(row.posterior_density) >= 0
        low, high = row.posterior_interval
        assert low <= row.posterior_mean <= high


def test_histogram_of_what_was_not_learnt_is_the_priors(summaries):
    """P(left wins): Beta(4, 4) before and after; no bin differs by more than chance and smearing allow."""
    row = summaries["winner_probability[left]"]
    gap = np.abs(np.subtract(row.posterior_density, row.prior_density))
    assert gap.max() < 0.5
    assert row.ranks == ()
    assert row.r_hat is None


def test_fixed_parameters_are_left_out():
    case = make_case(MIDS, clusters=["c", "c", None], rho=(0.5, 0.0))
    draws = draw_exactly(case, exact.posterior(case), 50)
    names = {row.name for row in summarize_parameters(case, draws, {})}
    assert names == {"hypothesis_weight[h0]", "hypothesis_weight[h1]", "common_cause[c]"}


def test_marginals():
    normal, beta = Marginal(), Marginal(2.0, 6.0)
    assert (normal.mean, beta.mean) == (0.0, 0.25)
    assert normal.quantile(0.975) == pytest.approx(1.959964)
    assert beta.cdf(np.array([-1.0, beta.quantile(0.3), 2.0])) == pytest.approx([0, 0.3, 1])


def test_ranks_of_like_chains_are_even():
    ranks = np.array(_ranks(np.random.default_rng(1).normal(size=(4, 1000))))
    assert ranks.shape == (4, RANK_BINS)
    assert ranks.sum(axis=1).tolist() == [1000] * 4
    assert ranks.sum(axis=0).tolist() == [200] * RANK_BINS
    assert abs(ranks - 50).max() < 35


def test_ranks_show_a_chain_that_sits_apart():
    ranks = _ranks(np.array([np.arange(100.0), 1000 + np.arange(100.0)]))
    assert ranks[0] == (10,) * 10 + (0,) * 10
    assert ranks[1] == (0,) * 10 + (10,) * 10
