"""What a set teaches: what is true of it is found, and nothing is scored with what it taught."""

from __future__ import annotations

import numpy as np
import pytest
from sets import write_many, write_set

from detente.case.priors import BetaPrior
from detente.case.question_set import read_set
from detente.errors import CalibrationError
from detente.evaluation.explanations import log_scores
from detente.evaluation.sets import answer_set, calibrate_set, score_set
from detente.evaluation.sets.score import folds, known_forecasts
from detente.evaluation.track_record import NAIVE, OURS, STATED, TEMPERED

WIDE = BetaPrior(mean=0.5, sd=0.28, because="Nearly uniform.")


def learned(folder, count, share, seed=1, **changes):
    found = read_set(write_many(folder / "many", count, share=share, seed=seed))
    answers = answer_set(found, with_tables=True)
    return found, answers, calibrate_set(found, answers, prior=WIDE, **changes)[0]


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    return learned(tmp_path_factory.mktemp("sets"), 120, 0.5)


def test_the_tables_give_the_model_s_own_answer(many):
    """The table over the discrimination, integrated against the prior, is what the exact engine says."""
    found, answers, _ = many
    again, _ = calibrate_set(found, answers)
    scored = score_set(found, answers).result
    assert again.scores.standing(STATED).log == pytest.approx(scored.scores.standing(OURS).log, abs=1e-9)
    assert again.before.exponent.value == pytest.approx(scored.scores.exponent.value, abs=1e-6)
    assert again.scores.standing(NAIVE) is not None
    assert again.scores.standing(TEMPERED).log == scored.scores.standing(TEMPERED).log


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_what_is_true_of_a_set_is_found(tmp_path, share):
    """Items are simulated with that share of their stated contrasts; the model shrinks probits, nearly the same."""
    *_, found = learned(tmp_path, 600, share, seed=4)
    mean, sd = found.hyper.of_mean
    assert abs(mean - share) < 3 * sd + 0.05
    assert sd < 0.1
    low, high = found.mean_resampled
    assert low < found.learned.mean < high
    assert found.learned.sd >= 0.9 * found.hyper.of_mean[1]


def test_each_part_is_scored_with_what_the_others_teach(many):
    found, answers, result = many
    rows, own = known_forecasts(found, answers)
    parts = list(folds(own.group, result.random_seed))
    assert len(parts) == len(result.parts) == 10
    assert (np.sum(parts, axis=0) == 1).all()
    for part in parts:
        assert not set(own.group[part]) & set(own.group[~part])
    others = answers_without(answers, parts[3])
    assert calibrate_set(found, others, prior=WIDE)[0].learned.mean == pytest.approx(result.parts[3][0], abs=5e-4)
    assert rows.all()


def answers_without(answers, left_out):
    """Return the answers to the other questions."""
    kept = np.flatnonzero(~left_out)
    return type(answers)(
        **{
            name: value[kept] if isinstance(value, np.ndarray) else tuple(value[row] for row in kept)
            for name, value in vars(answers).items()
        }
    )


def test_a_lie_in_one_part_does_not_score_itself(tmp_path):
    """With truths that have nothing to do with the items, what was learned is no better than even odds elsewhere."""
    *_, found = learned(tmp_path, 200, 0.0, seed=9)
    assert found.scores.standing(OURS).relation == ""
    assert found.scores.standing("uniform").log == pytest.approx(np.log(3))
    assert found.scores.standing(OURS).log > np.log(3) - 0.02
    assert found.hyper.of_mean[0] < 0.2


def test_what_it_learned_says_from_where(many):
    _, _, result = many
    assert result.learned_from == ("many",)
    assert result.learned.because.startswith(
        "Learned from 120 answered questions of the set many; before them, the prior 0.5 with sd 0.28."
    )
    later, _ = calibrate_set(many[0], many[1], prior=WIDE, learned_from=("other",))
    assert later.learned_from == ("other", "many")


def test_answers_count_only_once(many, tmp_path):
    found, answers, _ = many
    with pytest.raises(CalibrationError, match=r"already learned from many, and answers count only once: take it out"):
        calibrate_set(found, answers, prior=WIDE, learned_from=("many",))
    fixed = "discrimination: {mean: 0.3, sd: 0, because: Fixed.}\n"
    held = read_set(write_set(tmp_path / "talks", priors=fixed))
    with pytest.raises(CalibrationError, match="has sd 0, which fixes it: state one above 0"):
        calibrate_set(held, answer_set(held, with_tables=True))


def test_one_group_has_nothing_to_be_scored_on(tmp_path):
    found = read_set(write_many(tmp_path / "one", 12, groups=1))
    result, _ = calibrate_set(found, answer_set(found, with_tables=True))
    assert (result.mean_resampled, len(result.parts), result.scores.exponent.interval) == (None, 1, None)


def test_the_same_seed_gives_the_same_to_the_last_digit(many):
    found, answers, result = many
    assert calibrate_set(found, answers, prior=WIDE)[0].to_json() == result.to_json()
    assert log_scores(known_forecasts(found, answers)[1]).shape == (120,)
