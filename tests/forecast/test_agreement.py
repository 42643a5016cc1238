"""The agreement of the engines where a hypothesis or an outcome is next to impossible, and where an engine is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from small import make_case

from detente import inference
from detente.forecast import forecast
from detente.forecast.build import agreement_of, answer_of
from detente.settings import Settings

LADDER = {"p": [("a", "b"), ("b", "c")]}


def catch_all(weights, mids=((0.6, 0.4, 0.5),), **more):
    """Return a case with hypotheses of small weight."""
    case = make_case(list(mids), weights=list(weights), gamma=(0.6, 0.15), width=0.02, **more)
    prior = case.priors.hypotheses.changed(concentration=10)
    return case.changed(priors=case.priors.changed(hypotheses=prior))


@pytest.mark.parametrize(
    ("weights", "mids"),
    [
        ((0.6, 0.39, 0.01), (0.6, 0.4, 0.5)),
        ((0.6, 0.3999, 1e-4), (0.6, 0.4, 0.5)),
        ((0.6, 0.4 - 1e-6, 1e-6), (0.6, 0.4, 0.95)),
        ((0.6, 0.4 - 1e-12, 1e-12), (0.6, 0.4, 0.5)),
        ((0.5, 0.4996, *[1e-4] * 4), (0.6, 0.4, 0.5, 0.5, 0.9, 0.05)),
    ],
)
def test_a_small_weight_is_no_fault_of_an_engine(weights, mids):
    case = catch_all(weights, [mids])
    for seed in range(20):
        result = forecast(case, Settings(engine="exact", random_seed=seed, in_full=False))
        assert result.diagnostics.status == "pass", (seed, result.diagnostics)


def as_sampled(case, count, seed):
    """Return the answer of an engine that knows its draws only."""
    posterior = inference.EXACT.infer(case, Settings(engine="exact", draws=count, random_seed=seed))
    average = posterior.draws.flat("hypothesis_probability").mean(axis=0)
    return answer_of(case, posterior.changed(probability=average, closed_form=None))


def reference(case):
    return answer_of(case, inference.EXACT.infer(case, Settings(engine="exact", draws=1000, random_seed=99)))


@pytest.mark.parametrize("weight", [1e-2, 1e-4, 1e-6])
@pytest.mark.parametrize("otherwise", [0.1, 1e-5])
def test_an_outcome_that_only_a_small_hypothesis_expects(weight, otherwise):
    case = catch_all(
        (0.6, 0.4 - weight, weight),
        processes=LADDER,
        chances=lambda step, hypothesis, regime: 0.9 if hypothesis == "h2" else otherwise,
        spread=otherwise / 2,
    )
    exactly = reference(case)
    for seed in range(10):
        found = agreement_of(case, as_sampled(case, 1000, seed), exactly)
        assert found.max_z < 4, (seed, found)


def shifted(answer, index, by):
    """Return the answer of an engine whose P(hypothesis) is off."""
    draws = answer.posterior.draws
    probability = draws.values["hypothesis_probability"].copy()
    probability[..., index] += by
    values = {**draws.values, "hypothesis_probability": probability / probability.sum(axis=-1, keepdims=True)}
    posterior = answer.posterior.changed(draws=draws.changed(values=values))
    return answer.changed(posterior=posterior)


def test_an_engine_that_is_wrong_is_told():
    """A point off on a hypothesis that was met, or a hundredth given to one that should have a ten-thousandth."""
    case = catch_all((0.6, 0.3999, 1e-4))
    answer, exactly = as_sampled(case, 4000, 3), reference(case)
    assert agreement_of(case, answer, exactly).max_z < 4
    assert agreement_of(case, shifted(answer, 0, 0.03), exactly).max_z > 4
    wrong = agreement_of(case, shifted(answer, 2, 0.01), exactly)
    assert (wrong.quantity, wrong.max_z > 4) == ("P(h2)", True)
    assert np.isfinite(wrong.max_z)
