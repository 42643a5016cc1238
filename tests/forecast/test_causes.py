"""A failed diagnostic names the judgement that causes it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from tests.small import beta, make_case

from detente.diagnostics import Check, Diagnostics
from detente.forecast.causes import divergent_quantity, judgement, largest_deviation, with_causes
from detente.inference import Draws

FAILED = Diagnostics(
    "fail", 1.02, 100.0, 100.0, 5, 0.9,
    checks=(Check("Divergences", "fail", "5 of 400", "take smaller steps"), Check("R-hat", "pass", "1.02", "no")),
)  # fmt: skip


@pytest.mark.parametrize(("mean", "most"), [(0.5, (1 / 12) ** 0.5), (0.8, (0.16 / 6) ** 0.5), (0.2, (0.16 / 6) ** 0.5)])
def test_the_largest_deviation_without_a_peak_at_an_end(mean, most):
    assert largest_deviation(beta(mean, 0.1)) == pytest.approx(most, abs=1e-15)


def test_a_u_shaped_prior_is_named_in_the_advice_of_what_failed():
    checks = with_causes(FAILED, make_case([(0.6, 0.2)], gamma=(0.5, 0.45))).checks
    assert checks[0].advice == (
        "take smaller steps, or mend the cause: the prior of discrimination in priors.yaml (mean 0.5, sd 0.45) piles "
        "up at an end: state an sd up to 0.2886"
    )
    assert checks[1].advice == "no"


def test_a_u_shaped_correlation_is_named_where_its_cluster_counts():
    case = make_case([(0.6, 0.2), (0.6, 0.2)], clusters=["a", "a"], gamma=(0.5, 0.1), rho=(0.8, 0.39))
    assert "the prior of dependence.a in priors.yaml (mean 0.8, sd 0.39)" in with_causes(FAILED, case).checks[0].advice


def test_other_priors_are_not_blamed():
    case = make_case([(0.6, 0.2), (0.6, 0.2)], clusters=["a", "a"], gamma=(0.5, 0.2887 - 0.0001), rho=(0.5, 0.15))
    assert with_causes(FAILED, case) == FAILED


def test_the_exact_engine_has_nothing_to_mend():
    exact = Diagnostics("fail", checks=FAILED.checks)
    assert with_causes(exact, make_case([(0.6, 0.2)], gamma=(0.5, 0.45))) == exact


# --- what failed, and what was judged of it


def whole():
    """Return a case of which something of every kind is judged."""
    return make_case(
        [(0.6, 0.2), (0.6, 0.2), (0.5, 0.4)],
        clusters=["a", "a", None],
        processes={"talks": [("cold", "warm")]},
        winners=("one", "two"),
        election=dt.date(2031, 1, 1),
    )


@pytest.mark.parametrize(
    ("quantity", "where"),
    [
        ("discrimination", "discrimination in priors.yaml"),
        ("common_cause[a]", "dependence.default in priors.yaml and i0, i1 in likelihoods.csv"),
        ("cluster_correlation[a]", "dependence.default in priors.yaml and i0, i1 in likelihoods.csv"),
        ("step_effect[talks:cold>warm]", "talks, cold, warm in intensities.csv"),
        ("regime_effect[talks:cold>warm, h1, after:two]", "talks, cold, warm, h1, after:two in intensities.csv"),
        ("hypothesis_weight[h0]", "hypotheses in priors.yaml"),
        ("winner_probability[one]", "election in priors.yaml"),
        ("poll_state[level]", "polls in priors.yaml and polls.csv"),
        ("talks_warm.horizon", "talks in intensities.csv"),
        ("class_pace[talks:cold>warm]", "outside_view in priors.yaml and talks, cold, warm in reference_class.csv"),
        ("P(h0)", None),
    ],
)
def test_each_quantity_has_its_judgement(quantity, where):
    assert judgement(whole(), quantity) == where


def sampled(diverging):
    """Return draws of two chains in which what diverged has a low discrimination, and nothing else in common."""
    rng = np.random.default_rng(1)
    values = {name: rng.random((2, 400)) for name in ("discrimination", "noise")}
    values["hypothesis_weight"] = rng.dirichlet((1, 1), (2, 400))
    order = np.argsort(values["discrimination"], axis=1)
    flags = np.zeros((2, 400), dtype=bool)
    np.put_along_axis(flags, order[:, :diverging], values=True, axis=1)
    return Draws({k: v for k, v in values.items() if k != "noise"}, np.zeros((2, 400), int), {"diverging": flags})


def test_divergences_are_put_to_what_sets_them_apart():
    assert divergent_quantity(whole(), sampled(10)) == "discrimination"
    found = FAILED.changed(divergences=20)
    assert with_causes(found, whole(), sampled(10)).checks[0].advice == (
        "take smaller steps; it is about discrimination in priors.yaml"
    )


def test_divergences_that_nothing_sets_apart_are_put_to_nothing():
    draws = sampled(10)
    flags = np.random.default_rng(2).random((2, 400)) < 0.02
    anywhere = draws.changed(stats={"diverging": flags})
    assert flags.any()
    assert divergent_quantity(whole(), anywhere) is None
    assert divergent_quantity(whole(), draws.changed(stats={})) is None


def test_a_quantity_that_did_not_converge_names_its_row():
    check = Check("R-hat", "fail", "1.2", "run longer", "regime_effect[talks:cold>warm, h0, before]")
    failed = FAILED.changed(checks=(check,))
    assert with_causes(failed, whole()).checks[0].advice == (
        "run longer; it is about talks, cold, warm, h0, before in intensities.csv"
    )
