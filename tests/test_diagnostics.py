"""Every check passes on good chains and fails on bad ones made for it, with its number and an advice that helps."""

from __future__ import annotations

import numpy as np
import pytest

from detente.diagnostics import (
    AGREEMENT_WITHIN,
    Convergence,
    ExactAgreement,
    agreement,
    convergence,
    diagnose_chains,
    diagnose_exact,
    distance,
    independent,
    independent_error,
    variance_if_met,
)

RNG = np.random.default_rng(20)
GOOD = RNG.normal(size=(4, 1000))
ENERGY = RNG.normal(size=(4, 1000))
CALM = {"diverging": np.zeros((4, 1000), bool), "energy": ENERGY}
AGREED = ExactAgreement(max_z=1.2, quantity="P(a)", quantities=7)


def verdict(result, name):
    return next(check for check in result.checks if check.name == name)


def slow_chains(correlation, seed=1):
    """Return chains of an autoregression with that correlation from draw to draw."""
    rng = np.random.default_rng(seed)
    values = np.zeros((4, 1000))
    for draw in range(1, 1000):
        values[:, draw] = correlation * values[:, draw - 1] + rng.normal(size=4)
    return values


# --- convergence


def test_independent_draws_converge():
    found = convergence({"x": GOOD})["x"]
    assert found.r_hat == pytest.approx(1, abs=0.005)
    assert found.ess_bulk == pytest.approx(4000, rel=0.15)
    assert found.ess_tail > 3000
    assert found.mcse == pytest.approx(1 / 4000**0.5, rel=0.15)


def test_autocorrelated_draws_count_less():
    """An autoregression with 0.9 has (1 - 0.9) / (1 + 0.9), a nineteenth, of the sample."""
    found = convergence({"x": slow_chains(0.9)})["x"]
    assert found.ess_bulk == pytest.approx(4000 / 19, rel=0.35)


def test_constants_are_skipped():
    found = convergence({"fixed": np.full((4, 1000), 0.3), "rounding": 1 + 1e-14 * GOOD, "x": GOOD})
    assert set(found) == {"x"}
    assert convergence({"fixed": np.ones((4, 10))}) == {}


def test_each_quantity_has_its_own_numbers():
    found = convergence({"good": GOOD, "bad": GOOD + np.arange(4)[:, None]})
    assert found["good"].r_hat < 1.01
    assert found["bad"].r_hat > 1.5


def test_a_vanishing_weight_is_judged_on_its_own_scale():
    """Chains that wander over hundreds of orders of magnitude below .001, and meet the rest as independent draws do."""
    rng = np.random.default_rng(4)
    tiny = 10.0 ** -(30 + 3 * np.abs(slow_chains(0.999)))
    met = rng.random((4, 1000)) < 0.002
    found = convergence({"tiny": np.where(met, rng.random((4, 1000)), tiny)})["tiny"]
    assert found.r_hat < 1.01
    assert min(found.ess_bulk, found.ess_tail) > 400
    assert found.mcse == pytest.approx((0.002 / 3 / 4000) ** 0.5, rel=0.5)


def test_chains_between_0_and_1_that_differ_are_told():
    rng = np.random.default_rng(5)
    apart = np.clip(rng.normal([[0.2], [0.2], [0.2], [0.3]], 0.05, (4, 1000)), 0, 1)
    wider = np.clip(rng.normal(0.5, [[0.05], [0.05], [0.05], [0.1]], (4, 1000)), 0, 1)
    for chains in (apart, wider):
        assert convergence({"x": chains})["x"].r_hat > 1.05


def test_error_of_independent_draws():
    assert independent_error(np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(1.2909944 / 2)
    assert independent_error(np.array([1.0])) == 0


# --- agreement


def test_agreement_finds_the_farthest():
    found = agreement({"a": 0.50, "b": 0.30}, {"a": 0.51, "b": 0.36}, {"a": 0.01, "b": 0.02})
    assert found == ExactAgreement(max_z=pytest.approx(3), quantity="b", quantities=2)


def test_agreement_without_error_must_be_exact():
    sampled, exact = {"a": 1.0, "b": 0.5}, {"a": 1.0, "b": 0.5}
    assert agreement(sampled, exact, {"a": 0.0, "b": 0.0}) is None
    found = agreement(sampled, exact | {"a": 0.99}, {"a": 0.0, "b": 0.1})
    assert (found.max_z, found.quantity) == (float("inf"), "a")
    assert diagnose_exact(found).status == "fail"


def test_disagreement_fails_and_says_how_far():
    check = verdict(diagnose_exact(ExactAgreement(5.25, "P(a)", 7)), "Agreement with the exact engine")
    assert check.status == "fail"
    assert "5.2 Monte Carlo standard errors, of P(a)" in check.finding
    assert "7 quantities, wanted at most 4" in check.finding
    assert "--draws" in check.advice


def test_agreement_at_the_bound_passes():
    assert diagnose_exact(ExactAgreement(AGREEMENT_WITHIN, "P(a)", 1)).status == "pass"


def test_exact_engine_without_quantities_passes():
    found = diagnose_exact(None)
    assert (found.status, found.checks, found.r_hat_max) == ("pass", (), None)


@pytest.mark.parametrize("probability", [0.3, 0.01, 1e-4, 1e-6])
def test_draws_that_never_met_a_hypothesis_vary_as_a_coin_does(probability):
    unmet = np.full(1000, 1e-30)
    assert variance_if_met(unmet, probability) == pytest.approx(probability * (1 - probability))


def test_draws_that_met_it_have_their_own_variance():
    draws = np.random.default_rng(6).beta(2, 3, 4000)
    assert variance_if_met(draws, 0.4) == pytest.approx(draws.var(ddof=1), rel=0.02)
    assert variance_if_met(draws, 0.4) >= draws.var(ddof=1)


def test_the_tail_of_rare_draws_is_as_light_as_the_distance_says():
    """Averages of 1,000 coins of probability p are beyond a distance no oftener than a normal deviate is."""
    rng = np.random.default_rng(7)
    for p in (0.5, 0.01, 1e-3, 1e-4):
        averages = rng.binomial(1000, p, 200_000) / 1000
        error = (p * (1 - p) / 1000) ** 0.5
        values, counts = np.unique(averages, return_counts=True)
        far = sum(n for x, n in zip(values, counts, strict=True) if distance(x - p, error, p, 1000) > 3)
        assert far / 200_000 < 2 * np.exp(-4.5)


def test_distance_is_that_of_a_normal_deviate_near_the_middle_or_without_a_number_of_draws():
    assert distance(0.03, 0.01) == pytest.approx(3)
    assert distance(-0.03, 0.01, 0.4, 1e8) == pytest.approx(3, rel=1e-3)


# --- chains


def test_good_chains_pass():
    result = diagnose_chains(convergence({"x": GOOD}), CALM, AGREED)
    assert result.status == "pass"
    assert [check.status for check in result.checks] == ["pass"] * 6
    assert result.divergences == 0
    assert result.exact_agreement is AGREED
    assert result.r_hat_max < 1.01
    assert min(result.ess_bulk_min, result.ess_tail_min) > 400


@pytest.mark.parametrize(
    ("name", "chains", "finding", "advice"),
    [
        ("R-hat", GOOD + np.arange(4)[:, None], "of bad (2 quantities, wanted below 1.01)", "--tune 2000"),
        ("Bulk effective sample size", slow_chains(0.97), "of bad (wanted 400)", "--draws 2000"),
        ("Tail effective sample size", slow_chains(0.97), "of bad (wanted 400)", "--draws 2000"),
    ],
)
def test_bad_chains_fail(name, chains, finding, advice):
    result = diagnose_chains(convergence({"good": GOOD, "bad": chains}), CALM, AGREED)
    check = verdict(result, name)
    assert (result.status, check.status) == ("fail", "fail")
    assert finding in check.finding
    assert advice in check.advice


def test_tails_can_fail_alone():
    """A chain that never leaves the middle: its bulk is fine, its tails are not."""
    found = {"x": Convergence(r_hat=1.001, ess_bulk=900, ess_tail=120, mcse=0.01)}
    result = diagnose_chains(found, CALM, AGREED)
    failed = [check.name for check in result.checks if check.status == "fail"]
    assert failed == ["Tail effective sample size"]
    assert "smallest 120, of x" in verdict(result, failed[0]).finding


def test_sample_size_is_wanted_per_chain():
    found = {"x": Convergence(r_hat=1.001, ess_bulk=250, ess_tail=250, mcse=0.01)}
    two = {name: values[:2] for name, values in CALM.items()}
    assert diagnose_chains(found, two, AGREED).status == "pass"
    assert diagnose_chains(found, CALM, AGREED).status == "fail"


def test_one_divergence_fails():
    diverging = np.zeros((4, 1000), bool)
    diverging[2, 7] = True
    result = diagnose_chains(convergence({"x": GOOD}), CALM | {"diverging": diverging}, AGREED)
    check = verdict(result, "Divergences")
    assert (result.divergences, result.status, check.status) == (1, "fail", "fail")
    assert check.finding == "1 of 4000 draws"
    assert "--target-accept" in check.advice


def test_slow_energy_fails():
    """Energies that change little from draw to draw next to how they spread: a random walk."""
    energy = np.random.default_rng(3).normal(size=(4, 1000)).cumsum(axis=1)
    result = diagnose_chains(convergence({"x": GOOD}), CALM | {"energy": energy}, AGREED)
    check = verdict(result, "E-BFMI")
    assert (result.status, check.status) == ("fail", "fail")
    assert result.e_bfmi_min < 0.3
    assert "wanted 0.3" in check.finding
    assert "--tune" in check.advice


def test_disagreement_with_the_exact_engine_fails_a_run_whose_chains_are_good():
    result = diagnose_chains(convergence({"x": GOOD}), CALM, ExactAgreement(4.5, "met.horizon", 9))
    assert [check.name for check in result.checks if check.status == "fail"] == ["Agreement with the exact engine"]


def test_nan_fails():
    """A quantity that is not a number is not converged."""
    broken = GOOD.copy()
    broken[0, 0] = np.nan
    assert diagnose_chains(convergence({"good": GOOD, "broken": broken}), CALM, AGREED).status == "fail"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_draw_that_is_no_finite_number_fails_and_is_named(value):
    """By ranks an infinite draw is only the largest, and R-hat and the sample sizes are those of the others."""
    broken = GOOD.copy()
    broken[2, 5] = value
    found = convergence({"good": GOOD, "broken": broken})
    assert np.isfinite(found["good"].r_hat)
    result = diagnose_chains(found, CALM, AGREED)
    assert result.status == "fail"
    assert result.r_hat_max is None
    assert result.checks[0].finding == "1 of 2 quantities have draws that are infinite or no number, first broken"


def test_what_is_no_finite_number_agrees_with_nothing():
    for value, error in ((np.nan, 0.0), (np.inf, 0.1), (0.5, np.nan)):
        assert agreement({"p": value}, {"p": 0.5}, {"p": error}).max_z == np.inf


def test_an_infinite_draw_of_the_exact_engine_has_no_error():
    assert np.isnan(independent({"x": np.array([[0.0, np.inf, 1.0]])})["x"].mcse)
