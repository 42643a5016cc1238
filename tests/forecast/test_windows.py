"""The numbers of one outcome from projected draws, on tables small enough to work out by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from detente.forecast.outcomes import windows
from detente.projection import Projection

PROBABILITY = np.array([[0.8, 0.2], [0.4, 0.6]])
WINNER = np.array([[0.5, 0.5], [0.3, 0.7]])
EARLY = np.array([[0.1, 0.2], [0.3, 0.0]])
LATE = np.array([[[0.5, 0.3], [0.4, 0.6]], [[0.9, 0.5], [0.2, 0.4]]])  # draw, hypothesis, winner


def projected(early=EARLY, late=LATE, winners=("left", "right")):
    return Projection(
        outcomes=("met",),
        winners=winners,
        by_election=None if early is None else early[..., None],
        by_horizon=late[..., None],
        by_deadline={},
        dates=(dt.date(2030, 1, 1),),
        curve=None,
    )


def test_before_the_election_by_hand():
    """Draws: .8 x .1 + .2 x .2 = .12 and .4 x .3 = .12; by hypothesis, weighed by its probability."""
    found = windows(projected(), 0, PROBABILITY, WINNER, None)["before_election"]
    np.testing.assert_allclose(found.draws, [0.12, 0.12])
    assert found.probability == pytest.approx(0.12)
    np.testing.assert_allclose(found.by_hypothesis, [(0.08 + 0.12) / 1.2, 0.04 / 0.8])
    assert found.interval == (pytest.approx(0.12), pytest.approx(0.12))


def test_horizon_by_hand():
    """First draw .8 x .4 + .2 x .5 = .42; second .4 x (.3 x .9 + .7 x .5) + .6 x (.3 x .2 + .7 x .4) = .452."""
    found = windows(projected(), 0, PROBABILITY, WINNER, None)["horizon"]
    np.testing.assert_allclose(found.draws, [0.42, 0.452])
    assert found.probability == pytest.approx(0.436)
    left = (0.5 * (0.8 * 0.5 + 0.2 * 0.4) + 0.3 * (0.4 * 0.9 + 0.6 * 0.2)) / 0.8
    assert found.by_winner[0] == pytest.approx(left)
    assert found.interval == (pytest.approx(0.42 + 0.05 * 0.032), pytest.approx(0.452 - 0.05 * 0.032))


def test_after_given_not_before_by_hand():
    """A ratio of averages, not an average of ratios: (.436 - .12) / .88."""
    found = windows(projected(), 0, PROBABILITY, WINNER, None)
    after = found["after_election"]
    assert after.probability == pytest.approx(0.316 / 0.88)
    np.testing.assert_allclose(after.draws, [0.30 / 0.88, 0.332 / 0.88])
    assert after.influence.mean() == pytest.approx(after.probability)


def test_known_posterior_takes_the_place_of_the_draws_average():
    known = np.array([0.9, 0.1])
    found = windows(projected(), 0, PROBABILITY, WINNER, known)["before_election"]
    assert found.probability == pytest.approx(0.9 * (0.2 / 1.2) + 0.1 * (0.04 / 0.8))
    assert found.influence.mean() == pytest.approx(found.probability)


@pytest.mark.parametrize("known", [None, np.array([0.55, 0.45])])
def test_influence_carries_the_error_of_a_ratio(known):
    """Its standard deviation over sqrt(n) is what repeating the draws a thousand times shows."""
    rng = np.random.default_rng(4)

    def drawn():
        p = rng.beta(3, 3, 100)
        early = rng.beta(1, 4, (100, 2))
        late = early[..., None] + (1 - early[..., None]) * rng.beta(2, 3, (100, 2, 2))
        winner = rng.dirichlet([4, 4], 100)
        return windows(projected(early, late), 0, np.stack([p, 1 - p], axis=1), winner, known)

    many = [drawn() for _ in range(600)]
    for name in ("before_election", "after_election", "horizon"):
        spread = np.std([found[name].probability for found in many])
        stated = np.mean([found[name].influence.std(ddof=1) / 10 for found in many])
        assert stated == pytest.approx(spread, rel=0.12), name


def test_without_an_election_only_the_horizon_is_open():
    found = windows(projected(None, LATE[..., :1], ()), 0, PROBABILITY, np.ones((2, 1)), None)
    assert set(found) == {"horizon"}


def test_hypothesis_without_weight_has_no_part():
    sure = np.array([[1.0, 0.0], [1.0, 0.0]])
    found = windows(projected(), 0, sure, WINNER, None)["horizon"]
    assert found.probability == pytest.approx((0.4 + 0.3 * 0.9 + 0.7 * 0.5) / 2)
    assert np.isfinite(found.by_hypothesis).all()


def test_what_has_happened_is_certain_without_noise():
    """Before 1, so that nothing is left for after: finite, and not a quantity with an error."""
    rng = np.random.default_rng(1)
    p = rng.beta(3, 3, 50)
    both = np.stack([p, 1 - p], axis=1) * (1 + 1e-16)
    winner = rng.dirichlet([4, 4], 50)
    found = windows(projected(np.ones((50, 2)), np.ones((50, 2, 2))), 0, both, winner, np.array([0.4, 0.6]))
    for window in found.values():
        assert np.isfinite(window.influence).all()
        assert np.ptp(window.influence) < 1e-9
    low, high = found["horizon"].interval
    assert found["before_election"].probability == pytest.approx(found["horizon"].probability, abs=1e-12)
    assert 1 - 1e-12 < low <= high <= 1


def test_a_winner_without_a_chance_is_no_division_by_nothing():
    """What would be if he won is a mean over all draws, where none gives him a chance; a warning is an error here."""
    winner = np.array([[1.0, 0.0], [1.0, 0.0]])
    found = windows(projected(), 0, PROBABILITY, winner, None)["horizon"]
    assert found.by_winner == pytest.approx((PROBABILITY[..., None] * LATE).sum(axis=1).mean(axis=0))
    assert found.probability == pytest.approx(found.by_winner[0])
