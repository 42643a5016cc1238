"""The ladder from naive Bayes to the whole model: its first rung by hand, its last the answer."""

from __future__ import annotations

import pytest
from oracle import reference
from small import make_case

from detente import exact
from detente.forecast.evidence import NO_SHRINKAGE, model_steps, naive_bayes


def test_naive_bayes_by_hand():
    """0.4 x 0.6 x 0.7 against 0.6 x 0.2 x 0.5."""
    found = naive_bayes(make_case([(0.6, 0.2), (0.3, 0.5)], seen=[True, False], weights=[0.4, 0.6]))
    assert found == pytest.approx({"h0": 0.168 / 0.228, "h1": 0.06 / 0.228})


@pytest.mark.parametrize("seed", [1, 11, 12, 35])
def test_naive_bayes_is_the_oracles(random_case, seed):
    made = random_case(seed)
    assert naive_bayes(made.case) == pytest.approx(reference.naive_bayes(made.workspace, made.name), abs=1e-12)


def test_naive_bayes_bears_a_thousand_items():
    assert naive_bayes(make_case([(0.9, 0.001)] * 1000)) == {"h0": 1.0, "h1": 0.0}


@pytest.mark.parametrize("seed", [0, 1, 11])
def test_ladder_ends_in_the_answer(random_case, seed):
    case = random_case(seed).case
    found = exact.posterior(case)
    steps = model_steps(case, found)
    assert list(steps[-1].posterior.values()) == pytest.approx(list(found.probability), abs=1e-12)
    assert list(steps[-2].posterior.values()) == pytest.approx(list(found.before_records), abs=1e-12)
    assert steps[0].posterior == naive_bayes(case)
    assert len({step.name for step in steps}) == len(steps)
    for step in steps:
        assert sum(step.posterior.values()) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("seed", [0, 1, 11])
def test_a_rung_is_the_answer_to_a_case_without_what_comes_later(random_case, seed):
    case = random_case(seed).case
    apart = tuple(item.changed(cluster=None) for item in case.evidence)
    loose = case.changed(processes=(), outcomes=(), events=(), evidence=apart)
    stated = loose.changed(priors=case.priors.changed(discrimination=NO_SHRINKAGE))
    rungs = {step.name: list(step.posterior.values()) for step in model_steps(case, exact.posterior(case))}
    assert rungs["discrimination"] == pytest.approx(list(exact.posterior(loose).probability), abs=1e-12)
    assert rungs["judgements"] == pytest.approx(list(exact.posterior(stated).probability), abs=1e-12)


def test_each_rung_adds_its_feature_alone():
    """Without ranges, grades, shrinking, clusters or records every rung is naive Bayes."""
    case = make_case([(0.6, 0.2), (0.3, 0.5)])
    for step in model_steps(case, exact.posterior(case)):
        assert step.posterior == pytest.approx(naive_bayes(case), abs=1e-9), step.name
