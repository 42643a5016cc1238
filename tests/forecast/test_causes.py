"""A failed diagnostic names the judgement that causes it."""

from __future__ import annotations

import pytest
from tests.small import beta, make_case

from detente.diagnostics import Check, Diagnostics
from detente.forecast.causes import largest_deviation, with_causes

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
