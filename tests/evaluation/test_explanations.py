"""Scores of P(hypothesis): by hand, the best exponent against an optimizer, and intervals that cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from detente.evaluation.explanations import (
    Forecasts,
    best_exponent,
    brier_scores,
    calibration_bins,
    log_scores,
    resampled,
    score_explanations,
    top_scores,
)


def forecasts(rows, truth, *, groups=None, weight=None):
    """Return forecasts whose rows may have fewer hypotheses than the widest."""
    width = max(map(len, rows))
    padded = np.array([[math.log(p) for p in row] + [-math.inf] * (width - len(row)) for row in rows])
    weights = np.ones(len(rows)) if weight is None else np.array(weight, dtype=float)
    group = np.arange(len(rows)) if groups is None else np.array(groups)
    return Forecasts(padded, np.array(truth), weights, group)


TWO = forecasts([(0.5, 0.3, 0.2), (0.9, 0.1)], [1, 0])


def test_even_chances_are_level_and_say_nothing_of_calibration():
    even = forecasts([(0.5, 0.5)] * 4, [0, 1, 0, 0])
    again = even.with_probability(even.log_probability + 1e-16)
    found = score_explanations("ours", {"ours": again, "uniform": even}, 4, 1)
    assert [row.relation for row in found.standings if row.forecaster == "uniform"] == ["level with"]
    assert (best_exponent(even, 1).value, best_exponent(even, 1).interval) == (1, None)


def test_by_hand():
    assert log_scores(TWO) == pytest.approx([-math.log(0.3), -math.log(0.9)])
    assert brier_scores(TWO) == pytest.approx([0.25 + 0.49 + 0.04, 0.02])
    assert top_scores(TWO).tolist() == [0, 1]


def test_a_tie_at_the_top_is_shared():
    assert top_scores(forecasts([(0.4, 0.4, 0.2)], [0])).tolist() == [0.5]
    assert top_scores(forecasts([(0.25,) * 4], [3])).tolist() == [0.25]


def simulated(count, exponent, seed, classes=4, groups=1):
    """Return forecasts of which the truth was drawn from p^exponent."""
    rng = np.random.default_rng(seed)
    log_p = log_softmax(rng.normal(0, 1.5, (count, classes)), axis=1)
    true = np.exp(log_softmax(exponent * log_p, axis=1))
    truth = (true.cumsum(axis=1) < rng.random((count, 1))).sum(axis=1)
    return Forecasts(log_p, truth, np.ones(count), np.arange(count) // groups)


@pytest.mark.parametrize("exponent", [0.4, 1.0, 2.5])
def test_the_best_exponent_is_what_an_optimizer_finds(exponent):
    given = simulated(500, exponent, 3)

    def mean(power):
        return -log_softmax(power * given.log_probability, axis=1)[np.arange(500), given.truth].mean()

    best = minimize_scalar(mean, bounds=(0.05, 10), method="bounded")
    found = best_exponent(given, 1)
    assert found.value == pytest.approx(best.x, rel=2e-3)
    assert found.log == pytest.approx(best.fun, abs=1e-5)
    low, high = found.interval
    assert low < found.value < high


def test_its_interval_covers_as_often_as_it_says():
    hits = 0
    for seed in range(100):
        low, high = best_exponent(simulated(150, 0.7, seed), seed).interval
        hits += low <= 0.7 <= high
    assert 82 <= hits <= 97


def test_forecasts_that_were_always_right_have_no_best_exponent():
    assert best_exponent(forecasts([(0.6, 0.4), (0.7, 0.3)], [0, 0]), 1).value > 19
    assert best_exponent(forecasts([(0.6, 0.4), (0.7, 0.3)], [1, 1]), 1).value < 0.03


def test_one_group_has_no_interval():
    alone = forecasts([(0.6, 0.4), (0.7, 0.3)], [0, 1], groups=[0, 0])
    assert best_exponent(alone, 1).interval is None
    assert score_explanations("ours", {"ours": alone, "theirs": alone}, 1, 1).standings[1].log_difference is None


def test_bins_count_every_probability_once():
    given = forecasts([(0.55, 0.25, 0.2), (0.95, 0.05), (1.0 - 1e-12, 1e-12)], [0, 1, 0])
    bins = calibration_bins(given, 1)
    assert [(round(b.low, 1), b.count, b.came) for b in bins] == [
        (0.0, 2, 0.5), (0.2, 2, 0.0), (0.5, 1, 1.0), (0.9, 2, 0.5)]  # fmt: skip
    assert bins[1].mean == pytest.approx(0.225)


def test_days_count_by_their_weight():
    """A question of three days and one of a single day count the same."""
    days = forecasts([(0.8, 0.2)] * 3 + [(0.4, 0.6)], [0] * 4, groups=[0, 0, 0, 1], weight=[1 / 3] * 3 + [1])
    scores = score_explanations("ours", {"ours": days}, 2, 1)
    assert scores.standings[0].log == pytest.approx((-math.log(0.8) - math.log(0.4)) / 2)
    assert (scores.questions, scores.groups, scores.forecasts) == (2, 2, 4)


def test_better_is_said_only_where_the_interval_leaves_zero():
    good = simulated(400, 1.0, 5)
    worse = good.with_probability(log_softmax(3.0 * good.log_probability, axis=1))
    close = good.with_probability(log_softmax(1.02 * good.log_probability, axis=1))
    row = {
        row.forecaster: row for row in score_explanations("o", {"o": good, "w": worse, "c": close}, 400, 1).standings
    }
    assert row["w"].relation == "ahead of"
    assert row["w"].log_difference[1] < 0
    assert row["c"].relation == "level with"
    other = score_explanations("w", {"w": worse, "o": good}, 400, 1).standings[1]
    assert other.relation == "behind"


def test_whole_groups_are_drawn_again():
    """Ten copies of each question are worth no more than one."""
    one = simulated(60, 0.7, 8)
    rows = np.repeat(np.arange(60), 10)
    ten = Forecasts(one.log_probability[rows], one.truth[rows], np.ones(600), one.group[rows])
    assert best_exponent(ten, 1).interval == pytest.approx(best_exponent(one, 1).interval)


def test_resampled_means_have_the_spread_of_a_mean():
    values = np.random.default_rng(1).normal(2.0, 3.0, 400)
    means = resampled(values[:, None], np.ones(400), 2, draws=4000)[:, 0]
    assert means.mean() == pytest.approx(values.mean(), abs=0.02)
    assert means.std() == pytest.approx(values.std() / 20, rel=0.05)
