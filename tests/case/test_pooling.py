"""The pool of several judgements: against brute force, and what must hold of any pool."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import readings

from detente.case.pooling import AssessorRange, combined, deviation_of, factor_of, pooled, pooled_weights
from detente.case.ranges import CLAIM, LOG_INTENSITY, PROBIT, WIDTH_MEDIAN, CalibrationQuestion, claimed, half_width

DEVIATION = deviation_of(None, ())
normal = NormalDist()


def width(triple, scale=PROBIT):
    return scale.there(triple[2]) - scale.there(triple[0])


@pytest.mark.parametrize(
    ("said", "halves", "factors"),
    [
        ([0.3, -0.4], [0.5, 0.5], [1.0, 1.0]),
        ([0.3, 0.3, 0.3], [0.2, 0.5, 0.9], [1.0, 1.0, 1.0]),
        ([1.2, -0.7, 0.1, 0.4], [0.3, 0.6, 0.6, 0.2], [0.7, 1.0, 1.5, 1.0]),
        ([2.0, -2.0], [0.01, 0.01], [1.0, 1.0]),
    ],
)
def test_the_pool_is_what_brute_force_gives(said, halves, factors):
    middle, half = combined(said, halves, factors, DEVIATION)
    mean, deviation = readings.pooled(said, [DEVIATION * one for one in halves], factors)
    assert middle == pytest.approx(mean, abs=1e-8)
    assert half * DEVIATION == pytest.approx(deviation, rel=2e-4)


def test_one_alone_stays_as_he_is_to_the_last_bit():
    assert pooled([AssessorRange((0.123, 0.456, 0.789))], DEVIATION, PROBIT) == (0.123, 0.456, 0.789)


triples = st.tuples(st.floats(0.02, 0.95), st.floats(0.02, 0.95), st.floats(0.02, 0.95)).filter(
    lambda t: len({round(x, 3) for x in t}) == 3
)


@given(st.lists(triples, min_size=1, max_size=6), st.randoms())
def test_the_order_of_assessors_matters_to_no_bit(stated, random):
    people = [AssessorRange(tuple(sorted(one))) for one in stated]
    shuffled = random.sample(people, len(people))
    assert pooled(people, DEVIATION, LOG_INTENSITY) == pooled(shuffled, DEVIATION, LOG_INTENSITY)


@given(triples, st.integers(2, 12))
def test_who_agree_are_narrower_than_one_and_wider_than_as_many_independent(stated, people):
    one = tuple(sorted(stated))
    together = pooled([AssessorRange(one)] * people, DEVIATION, PROBIT)
    assert together[1] == pytest.approx(one[1], abs=1e-12)
    assert width(one) / math.sqrt(people) < width(together) < width(one)


def test_ten_who_agree_are_worth_fewer_than_four():
    ten = pooled([AssessorRange((0.3, 0.5, 0.7))] * 10, DEVIATION, PROBIT)
    assert (width((0.3, 0.5, 0.7)) / width(ten)) ** 2 < 4


def test_differences_remain_however_sure_each_is():
    sure = [AssessorRange((p - 1e-6, p, p + 1e-6)) for p in (0.2, 0.8)]
    low, mid, high = pooled(sure, DEVIATION, PROBIT)
    assert mid == pytest.approx(0.5)
    assert width((low, mid, high)) > 0.6 * (PROBIT.there(0.8) - PROBIT.there(0.2))
    many = pooled(sure * 20, DEVIATION, PROBIT)
    assert width(many) > 0.4 * (PROBIT.there(0.8) - PROBIT.there(0.2))


def test_who_is_better_calibrated_counts_for_more():
    good, poor = AssessorRange((0.1, 0.2, 0.3), 0.5), AssessorRange((0.7, 0.8, 0.9), 2.0)
    assert pooled([good, poor], DEVIATION, PROBIT)[1] < 0.3
    assert pooled([AssessorRange(good.stated), AssessorRange(poor.stated)], DEVIATION, PROBIT)[1] == pytest.approx(0.5)


def test_a_factor_alone_widens_his_range_by_it():
    low, mid, high = pooled([AssessorRange((0.3, 0.5, 0.8), 2.0)], DEVIATION, PROBIT)
    assert mid == pytest.approx(0.5)
    assert PROBIT.there(low) == pytest.approx(2 * PROBIT.there(0.3))
    assert PROBIT.there(high) == pytest.approx(2 * PROBIT.there(0.8))


def test_weights_are_a_geometric_mean_and_differences_loosen_them():
    weights, held = pooled_weights([{"a": 0.22, "b": 0.78}, {"a": 0.2, "b": 0.8}], 4)
    a, b = math.sqrt(0.22 * 0.2), math.sqrt(0.78 * 0.8)
    assert weights == pytest.approx({"a": a / (a + b), "b": b / (a + b)})
    assert 4 < held < 8
    assert pooled_weights([{"a": 0.1, "b": 0.9}, {"a": 0.9, "b": 0.1}], 4)[1] < 4
    assert pooled_weights([{"a": 0.3, "b": 0.7}], 4) == ({"a": 0.3, "b": 0.7}, 4)


def test_questions_teach_how_wide_ranges_are():
    def question(truth):
        return CalibrationQuestion.read({"item": "x", "low": 0.0, "mid": 1.0, "high": 2.0, "truth": truth})

    assert factor_of(()) == WIDTH_MEDIAN
    assert factor_of([question(1.1)] * 20) < 1
    assert factor_of([question(9.0)] * 20) > 3
    assert deviation_of(0.65, ()) == pytest.approx(1 / half_width(0.65))


def test_a_range_of_another_confidence_is_stretched_on_its_scale():
    low, mid, high = claimed((0.4, 0.6, 0.9), 0.8)
    ratio = normal.inv_cdf(0.95) / normal.inv_cdf(0.9)
    assert mid == 0.6
    assert normal.inv_cdf(low) - normal.inv_cdf(0.6) == pytest.approx(
        ratio * (normal.inv_cdf(0.4) - normal.inv_cdf(0.6))
    )
    assert claimed((0.4, 0.6, high), CLAIM) == (0.4, 0.6, high)
    narrowed = claimed((0.4, 0.6, 0.9), 0.99, LOG_INTENSITY)
    assert 0.4 < narrowed[0] < 0.6 < narrowed[2] < 0.9


@pytest.mark.parametrize(
    ("stated", "read"),
    [
        ((0.0, 0.05, 0.2), (0.005, 0.05, 0.2)),
        ((0.6, 0.6, 1.0), (0.595, 0.6, 0.995)),
        ((0.3, 0.3, 0.3), (0.295, 0.3, 0.305)),
        ((0.0, 0.002, 1.0), (0.001, 0.002, 0.995)),
        ((0.998, 0.998, 1.0), (0.993, 0.998, 0.999)),
    ],
)
def test_what_forms_allow_is_read_as_they_mean_it(stated, read):
    assert claimed(stated) == pytest.approx(read)
