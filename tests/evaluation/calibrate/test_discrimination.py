"""The discrimination learned from many questions: its scores by another rule, its posterior by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import logsumexp, ndtr

from detente.case.priors import BetaPrior
from detente.elicitation import beta_parameters
from detente.evaluation.calibrate.discrimination import GAMMA, hyper_grid, learn, log_scores, log_scores_at

WIDE = BetaPrior(mean=0.4, sd=0.2, because="Nothing is known.")


def simulate(rng, questions, mean, sd, hypotheses=3, items=6):
    """Return tables and truths of questions, each with a discrimination of its own."""
    gamma = rng.beta(*beta_parameters(BetaPrior(mean=mean, sd=sd, because="true")), questions)
    truth = rng.integers(hypotheses, size=questions)
    stated = rng.normal(0, 1.5, (questions, items, hypotheses))
    level = stated.mean(axis=2, keepdims=True)

    def log_chance(at, seen):
        chance = ndtr(np.where(seen[..., None], 1, -1) * (level + at * (stated - level)))
        return np.log(chance).sum(axis=1) - np.log(hypotheses)

    own = ndtr(level + gamma[:, None, None] * (stated - level))[np.arange(questions), :, truth]
    seen = rng.random(own.shape) < own
    return np.stack([log_chance(at, seen) for at in GAMMA], axis=1), truth, lambda at: log_chance(at, seen)


def test_scores_are_those_of_a_plain_integral():
    table, truth, log_chance = simulate(np.random.default_rng(1), 5, 0.3, 0.1)
    alpha, beta = beta_parameters(BetaPrior(mean=0.25, sd=0.1, because="stated"))
    joint = integrate.quad_vec(lambda x: stats.beta.pdf(x, alpha, beta) * np.exp(log_chance(x)), 0, 1)[0]
    expected = np.log(joint[np.arange(5), truth] / joint.sum(axis=1))
    np.testing.assert_allclose(log_scores(table, truth, 0.25, 0.1), expected, atol=1e-8)


def test_a_known_discrimination_is_one_node():
    table, truth, log_chance = simulate(np.random.default_rng(2), 4, 0.3, 0.1)
    joint = log_chance(0.4)
    expected = joint[np.arange(4), truth] - logsumexp(joint, axis=1)
    np.testing.assert_allclose(log_scores(table, truth, 0.4, 0.0), expected, atol=1e-9)


def test_hypotheses_a_question_does_not_have_are_never_true():
    table, truth, _ = simulate(np.random.default_rng(3), 4, 0.3, 0.1)
    padded = np.concatenate([table, np.full((4, GAMMA.size, 2), -1e5)], axis=2)
    np.testing.assert_allclose(log_scores(padded, truth, 0.3, 0.1), log_scores(table, truth, 0.3, 0.1), atol=1e-12)


def test_blocks_of_questions_add_up():
    table, truth, _ = simulate(np.random.default_rng(4), 6, 0.3, 0.1)
    hyper = hyper_grid(WIDE)
    whole = log_scores_at(table, truth, hyper).sum(axis=0)
    blocks = [log_scores_at(table[part], truth[part], hyper).sum(axis=0) for part in (slice(0, 2), slice(2, 6))]
    np.testing.assert_allclose(sum(blocks), whole, atol=1e-10)


def test_without_questions_the_prior_stays():
    hyper = hyper_grid(WIDE)
    assert learn(np.zeros(hyper.mean.size), hyper).of_mean == pytest.approx((0.4, 0.2), abs=0.01)


def test_with_many_questions_the_truth_is_found():
    """Within three of its own standard errors, and surer than before."""
    table, truth, _ = simulate(np.random.default_rng(5), 1500, 0.2, 0.08)
    hyper = hyper_grid(WIDE)
    found = learn(log_scores_at(table, truth, hyper).sum(axis=0), hyper)
    assert found.of_mean[1] < 0.05
    assert abs(found.of_mean[0] - 0.2) < 3 * found.of_mean[1]
    assert abs(found.of_sd[0] - 0.08) < 3 * found.of_sd[1]
    assert found.sd**2 == pytest.approx(found.of_mean[1] ** 2 + found.of_sd[0] ** 2 + found.of_sd[1] ** 2)
    assert found.log_score == pytest.approx(log_scores(table, truth, *found.best).sum())
