"""Small stated probabilities: counted by hand, and what the model makes of them by another quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from detente.elicitation import learned_widths
from detente.errors import SetError
from detente.evaluation.panels.seldom import pooled, prove_claims, seldom, used_as_step


def test_the_share_that_came_is_counted_by_hand():
    stated = np.array([0.02, 0.08, 0.05, 0.5, 0.05])
    found = seldom("x", stated, stated, np.array([0.0, 1.0, 0.0, 1.0, 0.0]), ["a", "a", "b", "b", "c"], 0)
    assert (found.statements, found.groups, found.came) == (4, 3, 0.25)
    assert found.stated == pytest.approx(0.05)
    assert found.ratio == pytest.approx(0.2)
    low, high = found.ratio_interval
    assert low < 0.2
    assert high is None
    assert [tuple(group) for group in found.by_group] == [
        (2, pytest.approx(0.1), pytest.approx(0.1), 1), (1, 0.05, 0.05, 0), (1, 0.05, 0.05, 0)
    ]  # fmt: skip
    assert seldom("x", np.array([0.5]), np.array([0.5]), np.ones(1), ["a"], 0) is None
    assert seldom("x", stated[:1], stated[:1], np.zeros(1), ["a"], 0).ratio is None


def test_tables_are_pooled_statement_by_statement():
    some = seldom("x", np.full(3, 0.02), np.full(3, 0.02), np.array([0.0, 0.0, 1.0]), ["a", "a", "b"], 0)
    other = seldom("y", np.full(1, 0.06), np.full(1, 0.06), np.ones(1), ["a"], 0)
    both = pooled("z", (some, other), 0)
    assert (both.statements, both.groups, both.came) == (4, 3, 0.5)
    assert both.used == pytest.approx(0.03)
    assert pooled("z", (), 0) is None


def test_a_step_happens_with_the_stated_middle_whatever_its_range():
    mid = np.array([0.01, 0.05, 0.05, 0.09])
    assert used_as_step(mid / 2, mid, np.array([0.02, 0.06, 0.9, 0.3])) == pytest.approx(mid, abs=1e-6)


def test_taken_as_a_median_the_middle_would_be_exceeded():
    """What the ratio guards against: the mean over a wide range about a small median is larger than the median."""
    low, mid, high = -np.log1p(-np.array([0.01, 0.05, 0.3]))
    half = (np.log(high) - np.log(low)) / 2
    means = [
        quad(lambda eps, sd=half * wide: norm.pdf(eps) * -np.expm1(-mid * np.exp(sd * eps)), -8, 8)[0]
        for wide in learned_widths(()).deviations
    ]
    assert np.mean(means) > 1.5 * 0.05


def test_claims_in_percent_and_as_fractions(tmp_path):
    path = tmp_path / "three_points.csv"
    path.write_text(
        "claim,person,low,mid,high,outcome\nc1,p,1,4,20,0\nc1,q,0.01,0.04,0.2,0\nc2,p,2,6,9,1\nc3,p,5,50,90,1\n"
    )
    found = prove_claims(path, 0)
    assert (found.statements, found.groups, found.came) == (3, 2, pytest.approx(1 / 3))
    assert found.used == pytest.approx(found.stated, abs=1e-6) == pytest.approx(0.14 / 3, abs=1e-6)


def test_claims_out_of_order_are_named_by_line(tmp_path):
    path = tmp_path / "three_points.csv"
    path.write_text("claim,person,low,mid,high,outcome\nc1,p,30,4,20,0\n")
    with pytest.raises(SetError, match=r"three_points\.csv:2: low, mid, high: must rise from 0 to 100"):
        prove_claims(path, 0)
