"""Pools of plain probabilities: simple ones by hand, the learned one against plain sums, and where sharpening loses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit, logit

from detente.crowd import LOG_ODDS, MEAN, MEDIAN, ROUNDS, SKILL, WIDTH, Pool, opinions, private_information, skill_of


def table(rows, answers, **more):
    """Opinions of a table of probabilities, a row a question and a column a person."""
    chances = np.array(rows)
    questions, people = chances.shape
    return opinions(
        np.repeat(np.arange(questions), people), np.tile(np.arange(people), questions), chances.ravel(), answers, **more
    )


def test_simple_pools_by_hand():
    """Log odds of 0.2, 0.5 and 0.8 are -log 4, 0 and log 4; certainty counts as 0.995."""
    simple = table([[0.2, 0.5, 0.5], [0.2, 0.8, 1.0]], [math.nan, math.nan]).simple
    assert simple[MEAN] == pytest.approx([0.4, 2 / 3])
    assert simple[MEDIAN] == pytest.approx([0.5, 0.8])
    assert simple[LOG_ODDS] == pytest.approx([expit(-math.log(4) / 3), expit(math.log(199) / 3)])


def test_one_person_is_not_sharpened_on_average():
    """The median factor of one person is 1; no, and even odds stay even odds whatever the factor."""
    assert private_information(np.array([1.0])) == 1
    found = Pool(table([[0.5], [0.8]], [math.nan, math.nan])).pooled()
    assert found.probability[0] == pytest.approx(0.5, abs=1e-12)
    assert 0.78 < found.probability[1] < 0.8
    assert (SKILL in found.pools, found.as_it_stands) == (False, pytest.approx(0.5))


def test_yes_and_no_are_alike():
    rows, answers = [[0.2, 0.4], [0.7, 0.9], [0.6, 0.1]], [0.0, 1.0, math.nan]
    mirrored = [[1 - p for p in row] for row in rows], [1 - a for a in answers]
    one, other = Pool(table(rows, answers)).pooled(), Pool(table(*mirrored)).pooled()
    assert one.probability == pytest.approx(1 - other.probability, abs=1e-12)
    assert one.lean == pytest.approx(-other.lean, abs=1e-12)


def test_the_learned_pool_against_plain_sums():
    """Two people agree throughout, so that every pool is the same one: a sum over factor and lean in plain Python."""
    said, answers = [0.7, 0.9, 0.4], [1.0, 1.0, 0.0]
    found = Pool(table([[p, p] for p in said], answers)).pooled()
    sharpening = math.sqrt(2 * (math.sqrt(7) - 2))
    steps = np.linspace(-4, 4, 401)
    normal = np.exp(-(steps**2) / 2) / np.exp(-(steps**2) / 2).sum()
    points = [(1.0, 0.0, 0.5)]
    points += [(sharpening * math.exp(0.6 * e), 0.0, 0.2 * w) for e, w in zip(steps, normal, strict=True)]
    points += [(sharpening * math.exp(0.8 * e - 1), 0.0, 0.1 * w) for e, w in zip(steps, normal, strict=True)]
    points += [
        (sharpening * math.exp(0.6 * e), 0.3 * f, 0.2 * w * v)
        for e, w in zip(steps[::8], normal[::8] / normal[::8].sum(), strict=True)
        for f, v in zip(steps[::8], normal[::8] / normal[::8].sum(), strict=True)
    ]
    weights, chances = [], []
    for factor, lean, share in points:
        chance = [1 / (1 + math.exp(-factor * logit(p) - lean)) for p in said]
        weights.append(share * math.prod(c if a else 1 - c for c, a in zip(chance, answers, strict=True)))
        chances.append(chance)
    expected = np.array(weights) @ np.array(chances) / sum(weights)
    assert found.probability == pytest.approx(expected, abs=2e-4)
    assert found.as_it_stands == pytest.approx(weights[0] / sum(weights), abs=2e-4)


def test_an_answer_does_not_predict_itself():
    rows = [[0.6, 0.7], [0.3, 0.4], [0.8, 0.6], [0.2, 0.3]]
    left_out = np.eye(4, dtype=bool)
    one = Pool(table(rows, [1.0, 0.0, 1.0, 0.0])).left_out([*left_out])
    other = Pool(table(rows, [0.0, 0.0, 1.0, 0.0])).left_out([*left_out])
    assert one[0] == pytest.approx(other[0], abs=1e-12)
    assert one[1] != pytest.approx(other[1], abs=1e-6)


def test_the_better_of_three_weighs_more_and_not_by_the_answer_at_hand():
    """The first is right on every question, the last wrong: their weights come apart; three alike weigh alike."""
    answers = [float(n % 2) for n in range(12)]
    rows = [[0.1 + 0.8 * a, 0.5, 0.7 - 0.4 * a] for a in answers]
    rows[0] = [0.2, 0.5, 0.7]
    given = table(rows, answers)
    skill, weights = skill_of(given, given.is_answered)
    assert skill.weight[0] > 1.5
    assert skill.weight[2] < 1
    assert list(skill.answered) == [12, 12, 12]
    flipped = table(rows, [1.0, *answers[1:]])
    assert skill_of(flipped, flipped.is_answered)[1][:3] == pytest.approx(weights[:3], rel=0.25)
    alike = table([[0.4, 0.4, 0.4]] * 12, answers)
    assert skill_of(alike, alike.is_answered)[0].weight == pytest.approx([1, 1, 1])


def test_ranges_and_rounds_make_pools_of_their_own():
    rows, answers = [[0.3, 0.6], [0.7, 0.6]], [0.0, 1.0]
    narrow = [(0.25, 0.35), (0.3, 0.9), (0.4, 0.9), None]
    pool = Pool(table(rows, answers, ends=narrow, over_rounds=logit([0.4, 0.6, 0.7, 0.6])))
    assert pool.names == (MEAN, MEDIAN, LOG_ODDS, WIDTH, ROUNDS, SKILL)


SHAPES = {
    "sharpening pays": (3.0, 0.3, 0.2, 1.0),
    "every sharpening loses": (0.8, 1.0, 1.5, 1.0),
    "as it stands": (1.5, 1.0, 0.2, 0.5),
    "nobody knows": (0.05, 0.0, 0.3, 2.5),
}
"""How far from even what is so lies, how strongly people follow it, how far they err together, and each alone."""


@pytest.mark.parametrize(("shape", "most"), [*zip(SHAPES, (0.95, 1.0, 1.02, 1.02), strict=True)])
def test_simulated_panels_in_which_sharpening_pays_and_loses(shape, most):
    """Eight panels of 30 questions and 12 people: the mean Brier score over the best simple pool's."""
    sure, follows, together, alone = SHAPES[shape]
    random = np.random.default_rng(16)
    total = np.zeros(4)
    for _ in range(8):
        truth = random.normal(0, sure, 30)
        answer = (random.random(30) < expit(truth)).astype(float)
        stated = (follows * truth + random.normal(0, together, 30))[:, None] + random.normal(0, alone, (30, 12))
        given = table(expit(stated), answer)
        left_out = Pool(given).left_out([*np.eye(30, dtype=bool)])
        total += [((chance - answer) ** 2).mean() for chance in (*given.simple.values(), left_out)]
    assert total[3] <= most * total[:3].min()
