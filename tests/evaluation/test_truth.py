"""Where it became known which hypothesis was true, P(hypothesis) is scored over time and teaches the discrimination."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from small import CUTOFF, make_case, on_record

from detente.case.outcomes import Truth
from detente.evaluation.calibrate import Lesson
from detente.evaluation.calibrate.information import case_information
from detente.evaluation.calibrate.resolved import last_resolution, resolve_case
from detente.evaluation.calibrate.tables import make_grid, tabulate
from detente.evaluation.questions import questions
from detente.evaluation.score import Past, score
from detente.evaluation.track_record import INDEPENDENT, OURS, PRIOR, UNIFORM
from detente.exact import posterior
from detente.exact.quadrature import log_sum_exp

MIDS = [(0.8, 0.4), (0.3, 0.6)]
DAYS = 6


def known(truth="h0", days=DAYS, name="small", mids=MIDS, **parts):
    """Return a case on record, known some days after its cut-off; another item comes half-way."""
    case = make_case([*mids, (0.2, 0.7)], seen=[True, False, True], weights=[0.3, 0.7], gamma=(0.5, 0.2), **parts)
    late = case.evidence[2].changed(date=CUTOFF + dt.timedelta(days=days // 2))
    settled = Truth(hypothesis=truth, date=CUTOFF + dt.timedelta(days=days), source="Memoirs")
    return on_record(case.changed(id=name, evidence=(*case.evidence[:2], late), truth=settled))


def test_the_question_is_open_until_it_is_known():
    (question,) = questions(known(), CUTOFF)
    assert (question.id, question.status, question.answer, question.days) == ("hypothesis", "resolved", 0, DAYS)
    assert question.categories == ("h0", "h1")
    assert questions(known(), CUTOFF + dt.timedelta(days=DAYS)) == ()


def test_scores_are_those_of_each_day():
    whole = known()
    (card,) = score([Past(whole, CUTOFF)])
    days = [CUTOFF + dt.timedelta(days=number) for number in range(DAYS)]
    ours = [posterior(whole.as_of(day)).probability for day in days]
    assert len({round(float(p[0]), 9) for p in ours}) == 2  # before the late item, and after
    scores = card.record.explanations
    assert (scores.questions, scores.groups, scores.forecasts) == (1, 1, DAYS)
    own = scores.standing(OURS)
    assert own.log == pytest.approx(np.mean([-math.log(p[0]) for p in ours]))
    assert own.brier == pytest.approx(np.mean([(1 - p[0]) ** 2 + p[1] ** 2 for p in ours]))
    assert own.top == pytest.approx(np.mean([p[0] > 0.5 for p in ours]))
    assert scores.standing(UNIFORM).log == pytest.approx(math.log(2))
    assert scores.standing(PRIOR).log == pytest.approx(-math.log(0.3))
    naive = [0.3 * 0.8 * 0.7, 0.7 * 0.4 * 0.4]
    late = [naive[0] * 0.2, naive[1] * 0.7]
    expected = [-math.log(a / (a + b)) for a, b in [naive] * 3 + [late] * 3]
    assert scores.standing(INDEPENDENT).log == pytest.approx(np.mean(expected))
    (row,) = card.record.truths
    assert row.of(OURS).log == pytest.approx(own.log)
    assert card.record.kinds == ()
    assert card.record.overall == ()
    assert scores.exponent.interval is None


def test_several_cases_count_once_each():
    pasts = [Past(known(name=name, days=days), CUTOFF) for name, days in (("one", 2), ("two", 8))]
    *alone, together = score(pasts)
    means = [card.record.explanations.standing(OURS).log for card in alone]
    scores = together.record.explanations
    assert scores.standing(OURS).log == pytest.approx(np.mean(means))
    assert (scores.questions, scores.forecasts) == (2, 10)
    assert scores.exponent.interval is not None


def test_cases_of_two_and_of_three_hypotheses_are_scored_together():
    three = make_case([(0.8, 0.4, 0.5), (0.3, 0.6, 0.5)], gamma=(0.5, 0.2))
    settled = Truth(hypothesis="h2", date=CUTOFF + dt.timedelta(days=2), source="Memoirs")
    pasts = [Past(known(), CUTOFF), Past(on_record(three.changed(id="three", truth=settled)), CUTOFF)]
    first, second, together = score(pasts)
    assert together.record.explanations.standing(UNIFORM).log == pytest.approx((math.log(2) + math.log(3)) / 2)
    briers = [card.record.explanations.standing(OURS).brier for card in (first, second)]
    assert together.record.explanations.standing(OURS).brier == pytest.approx(np.mean(briers))


def test_a_case_of_which_none_is_known_is_as_before():
    whole = known().changed(truth=None)
    assert questions(whole, CUTOFF) == ()


def test_the_truth_is_in_what_is_learned_from():
    """P(truth | evidence, gamma) = P(truth, evidence | gamma) / P(evidence | gamma), at every gamma."""
    whole = known()
    day = whole.truth.date
    assert last_resolution([whole]) == day
    resolved = resolve_case(whole, day)
    assert resolved.truth == "h0"
    assert resolved.is_answered
    early = resolve_case(whole, day - dt.timedelta(days=1))
    assert (early.truth, early.is_answered) == (None, False)
    grid = make_grid(0.0)
    table = tabulate(resolved, grid, 1)
    joint = log_sum_exp(table.evidence + table.answers, axis=-1)[:, 0]
    assert joint == pytest.approx(table.evidence[:, 0, 0], abs=1e-12)
    plain = tabulate(early, grid, 1)
    assert plain.answers.tolist() == (0 * plain.evidence).tolist()


def test_more_is_to_be_learned_where_the_truth_becomes_known():
    whole = known()
    answered, silent = (resolve_case(whole, day) for day in (whole.truth.date, CUTOFF))
    assert case_information(answered, 0.5, 1) > 1.5 * case_information(silent, 0.5, 1)


def test_information_is_the_variance_of_the_score():
    """Against a direct simulation: two items, and the truth known."""
    from scipy.special import ndtr, ndtri

    case = make_case(MIDS, weights=[0.3, 0.7], gamma=(0.5, 0.2))
    settled = Truth(hypothesis="h0", date=CUTOFF + dt.timedelta(days=1), source="M")
    resolved = resolve_case(on_record(case.changed(truth=settled)), settled.date)
    rng, total, probit = np.random.default_rng(3), [], ndtri(np.array(MIDS))
    centre = probit @ [0.3, 0.7]
    for h in rng.choice(2, p=[0.3, 0.7], size=4000):
        slope = 0.0
        for item in range(2):
            chance = [ndtr(centre[item] + g * (probit[item, h] - centre[item])) for g in (0.49, 0.5, 0.51)]
            seen = rng.random() < chance[1]
            low, high = (math.log(c if seen else 1 - c) for c in (chance[0], chance[2]))
            slope += (high - low) / 0.02
        total.append(slope**2)
    assert case_information(resolved, 0.5, 1) == pytest.approx(np.mean(total), rel=0.1)


def test_a_lesson_needs_no_outcomes():
    assert Lesson(known()).winner(CUTOFF) is None
