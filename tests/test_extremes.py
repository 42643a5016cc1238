"""Judgements at the edge of what is valid: NUTS passes its own checks, and agrees with the exact engine."""

from __future__ import annotations

import numpy as np
import pytest
from small import beta, make_case

from detente.forecast import forecast
from detente.inference.nuts import with_weights
from detente.settings import Settings


def extreme():
    """Return a case of two correlations and a discrimination that pile up at both ends or one, and of a weight 1e-6."""
    mids = [(0.6, 0.2, 0.4), (0.7, 0.4, 0.3), (0.3, 0.5, 0.6), (0.8, 0.5, 0.6), (0.4, 0.2, 0.3)]
    case = make_case(
        mids,
        clusters=["c", "c", "d", "d", None],
        weights=[0.5, 0.5 - 1e-6, 1e-6],
        gamma=(0.5, 0.49),
        width=0.05,
        trust=0.9,
        processes={"ladder": [("a", "b")]},
        spread=0.2,
    )
    dependence = {"c": beta(0.5, 0.45), "default": beta(0.2, 0.35)}
    return case.changed(priors=case.priors.changed(dependence=dependence))


@pytest.mark.sampling
def test_extremes_are_sampled_as_they_are_integrated():
    case = extreme()
    result = forecast(case, Settings(in_full=False))
    found = result.diagnostics
    assert found.divergences == 0
    assert found.status == "pass", [check for check in found.checks if check.status == "fail"]
    assert {row.exact > 0 for row in result.hypotheses.values()} == {True}
    sampled = result.sampled.flat("discrimination")
    of_exact = forecast(case, Settings(engine="exact", draws=4000, in_full=False)).sampled.flat("discrimination")
    assert sampled.mean() == pytest.approx(of_exact.mean(), abs=4 * sampled.std() / found.ess_bulk_min**0.5)


def test_weights_drawn_afterwards_are_the_conjugate_ones():
    """By hand: with H drawn, the weights are Dirichlet(concentration w + 1 at H); a tiny one is nothing."""
    case = make_case(weights=[0.4, 0.6 - 1e-6, 1e-6], hypotheses=3)
    rng, half = np.random.default_rng(1), 20_000
    hypothesis = np.repeat([0, 2], half)[None]
    drawn = with_weights(case, {"hypothesis_probability": np.full((1, 2 * half, 3), 1 / 3)}, hypothesis, rng)
    weight = drawn["hypothesis_weight"][0]
    np.testing.assert_allclose(weight.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(weight[:half].mean(axis=0), (4 * np.array([0.4, 0.6, 0]) + [1, 0, 0]) / 5, atol=0.01)
    np.testing.assert_allclose(weight[half:].mean(axis=0), (4 * np.array([0.4, 0.6, 0]) + [0, 0, 1]) / 5, atol=0.01)
    # P(h) at a draw goes with the weight drawn and the likelihood, which is 1 / 3 over the mean weight.
    odds = drawn["hypothesis_probability"][0]
    np.testing.assert_allclose(odds[:, 0] / odds[:, 1], weight[:, 0] / 0.4 / (weight[:, 1] / 0.6), rtol=1e-5)


def test_weights_that_the_model_has_are_left_alone():
    case = make_case(weights=[0.4, 0.6])
    values = {"hypothesis_weight": np.array([[[0.4, 0.6]]]), "hypothesis_probability": np.array([[[0.5, 0.5]]])}
    assert with_weights(case, values, np.array([[0]]), np.random.default_rng(1)) == {}
