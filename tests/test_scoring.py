"""Scores against sums done by hand, and the isotonic regression against trying everything."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente import scoring
from detente.scoring import CLIP, bootstrap_interval, reliability, skill


def test_brier_score_by_hand():
    assert scoring.brier_score([0.0, 0.3, 0.5, 1.0], [0, 1, 0, 0]).tolist() == pytest.approx([0, 0.49, 0.25, 1])


def test_log_score_by_hand_and_where_it_is_clipped():
    found = scoring.log_score([0.25, 0.25, 0.0, 1.0, 0.001], [1, 0, 1, 1, 0])
    expected = [math.log(4), math.log(4 / 3), -math.log(CLIP), -math.log(1 - CLIP), -math.log(1 - CLIP)]
    assert found.tolist() == pytest.approx(expected)


@pytest.mark.parametrize("category", range(3))
def test_scores_of_several_categories_by_hand(category):
    given = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    came = np.eye(3)[category]
    brier = ((given - came) ** 2).sum(axis=1)
    ranked = ((given.cumsum(axis=1) - came.cumsum()) ** 2).sum(axis=1)
    assert scoring.multicategory_brier_score(given, category) == pytest.approx(brier)
    assert scoring.ranked_probability_score(given, category) == pytest.approx(ranked)
    assert scoring.multicategory_log_score(given, category) == pytest.approx(-np.log(given[:, category]))


def test_two_categories_score_twice_the_brier_of_one():
    share = np.linspace(0, 1, 11)
    both = np.stack([1 - share, share], axis=1)
    assert scoring.multicategory_brier_score(both, 1) == pytest.approx(2 * scoring.brier_score(share, np.ones(11)))
    assert scoring.ranked_probability_score(both, 1) == pytest.approx(scoring.brier_score(share, np.ones(11)))


def test_ranked_score_minds_how_far_off_and_brier_does_not():
    near, far = [[0.0, 1.0, 0.0]], [[0.0, 0.0, 1.0]]
    assert scoring.ranked_probability_score(near, 0) < scoring.ranked_probability_score(far, 0)
    assert scoring.multicategory_brier_score(near, 0) == scoring.multicategory_brier_score(far, 0)


def test_skill():
    assert skill(0.05, 0.2) == pytest.approx(0.75)
    assert skill(0.3, 0.2) == pytest.approx(-0.5)
    assert skill(0.0, 0.0) is None


def test_bootstrap_of_values_by_themselves_is_about_the_normal_interval():
    values = np.random.default_rng(4).normal(0.1, 0.5, 400)
    low, high = bootstrap_interval(values, range(400))
    error = values.std() / math.sqrt(400)
    assert (low, high) == pytest.approx(
        (values.mean() - 1.645 * error, values.mean() + 1.645 * error), abs=0.15 * error
    )


def test_bootstrap_draws_whole_groups():
    """Ten copies of each value in a group of their own are ten times no more than one."""
    values = np.random.default_rng(5).normal(size=12)
    alone = bootstrap_interval(values, range(12), random_seed=3)
    assert bootstrap_interval(np.repeat(values, 10), np.repeat(range(12), 10).tolist(), random_seed=3) == pytest.approx(
        alone
    )
    low, high = bootstrap_interval(np.repeat(values, 10), range(120))
    assert high - low < 0.5 * (alone[1] - alone[0])


def test_two_groups_of_unlike_size_by_hand():
    """Of four draws one is twice the first (mean 1), one twice the second (mean 4), and two have both (mean 2)."""
    found = bootstrap_interval([1, 1, 4], ["a", "a", "b"], draws=20_000)
    assert found == pytest.approx((1, 4))
    middle = np.array([bootstrap_interval([1, 1, 4], ["a", "a", "b"], draws=1, random_seed=r)[0] for r in range(400)])
    assert {1.0, 2.0, 4.0} == set(middle)
    assert (middle == 2).mean() == pytest.approx(0.5, abs=0.08)


def test_one_group_has_no_spread():
    assert bootstrap_interval([0.1, 0.3], ["a", "a"]) == pytest.approx((0.2, 0.2))


@pytest.mark.parametrize(("values", "groups"), [([], []), ([1.0], ["a", "b"])])
def test_a_bootstrap_of_nothing_is_refused(values, groups):
    with pytest.raises(ValueError, match="each value needs a group"):
        bootstrap_interval(values, groups)


def brute_force(forecasts, answers):
    """Return the best ascending step function: of all ways to cut the distinct forecasts into runs, the closest."""
    distinct = sorted(set(forecasts))
    members = [[y for p, y in zip(forecasts, answers, strict=True) if p == d] for d in distinct]
    best = None
    for cuts in itertools.product([False, True], repeat=len(distinct) - 1):
        runs, run = [], [0]
        for index, cut in enumerate(cuts, 1):
            if cut:
                runs.append(run)
                run = []
            run.append(index)
        runs.append(run)
        means = [np.mean([y for index in run for y in members[index]]) for run in runs]
        if all(a <= b for a, b in itertools.pairwise(means)):
            fitted = [mean for run, mean in zip(runs, means, strict=True) for _ in run]
            loss = sum((y - f) ** 2 for f, ys in zip(fitted, members, strict=True) for y in ys)
            if best is None or loss < best[0] - 1e-12:
                best = loss, fitted
    return best[1]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.05, 0.2, 0.4, 0.5, 0.7, 0.8, 0.95]), st.integers(0, 1)), min_size=1, max_size=14
    )
)
def test_recalibration_is_the_closest_ascending_function(pairs):
    forecasts, answers = zip(*pairs, strict=True)
    found = reliability(forecasts, answers, draws=2)
    assert list(found.probability) == sorted(set(forecasts))
    assert list(found.recalibrated) == pytest.approx(brute_force(forecasts, answers))
    assert sum(found.count) == len(pairs)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=40))
def test_the_parts_add_up_to_the_brier_score(pairs):
    forecasts, answers = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    found = reliability(forecasts, answers, draws=2)
    parts = found.miscalibration - found.discrimination + found.uncertainty
    assert parts == pytest.approx(((forecasts - answers) ** 2).mean())
    assert found.miscalibration >= -1e-12
    assert found.discrimination >= -1e-12
    assert found.uncertainty == pytest.approx(answers.mean() * (1 - answers.mean()))


def test_perfect_and_useless_forecasts():
    perfect = reliability([0, 0, 1, 1], [0, 0, 1, 1])
    assert (perfect.miscalibration, perfect.discrimination, perfect.uncertainty) == pytest.approx((0, 0.25, 0.25))
    reversed_ = reliability([0, 0, 1, 1], [1, 1, 0, 0])
    assert (reversed_.miscalibration, reversed_.discrimination) == pytest.approx((0.75, 0))


def within_band(curve):
    low, high = np.subtract(curve.low, 1e-12), np.add(curve.high, 1e-12)
    return (low <= curve.recalibrated) & (curve.recalibrated <= high)


def test_the_band_holds_calibrated_forecasts_and_not_others():
    random = np.random.default_rng(11)
    forecasts = np.linspace(0.02, 0.98, 200)
    curves = (reliability(forecasts, random.random(200) < forecasts, draws=200) for _ in range(40))
    inside = [within_band(curve).mean() for curve in curves]
    assert np.mean(inside) == pytest.approx(0.9, abs=0.05)
    found = reliability(forecasts, random.random(200) < forecasts**3, draws=200)
    assert np.mean(np.less(found.recalibrated[80:140], found.low[80:140])) > 0.5


def test_unlike_lengths_are_refused():
    with pytest.raises(ValueError, match="forecasts and answers must be of one length"):
        reliability([0.1, 0.2], [1])
