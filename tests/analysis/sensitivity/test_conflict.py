"""Conflict: two items by hand, and the tail by enumeration of everything that could have been seen."""

import itertools

import numpy as np
import pytest
from small import make_case

from detente import exact
from detente.analysis.reweighting import take_apart
from detente.analysis.sensitivity.conflict import conflict


def test_two_items_that_contradict_each_other_by_hand():
    """.9 against .1 and .1 against .9: P(e1) = P(e2) = .5, P(both) = .09, so log2(.25 / .09)."""
    found = conflict(take_apart(make_case([(0.9, 0.1), (0.1, 0.9)]), 0), 1, 500)
    assert found.whole.conflict == pytest.approx(np.log2(0.25 / 0.09), abs=1e-7)
    assert found.between == pytest.approx(found.whole.conflict)
    assert [bits for bits, _ in found.whole.by_hypothesis] == pytest.approx([0, 0], abs=1e-7)
    assert found.verdict == "expected"


def test_two_items_that_agree_confirm_each_other():
    found = conflict(take_apart(make_case([(0.9, 0.1), (0.9, 0.1)]), 0), 1, 500)
    assert found.whole.conflict == pytest.approx(np.log2(0.25 / 0.41), abs=1e-7)


def test_the_conflict_within_clusters_and_between_them_sums_to_the_whole(basis):
    found = conflict(basis, 1, 200)
    assert found.whole.conflict == pytest.approx(found.between + sum(row.conflict for row in found.clusters))
    assert found.whole.items == len(basis.case.evidence_in_force)


def test_the_tail_equals_enumeration():
    case = make_case(
        [(0.8, 0.3), (0.7, 0.4), (0.2, 0.5)], clusters=["c", "c", None], seen=[True, False, True], gamma=(0.6, 0.15),
        width=0.1, trust=0.9,
    )  # fmt: skip
    chance = {}
    for seen in itertools.product([True, False], repeat=3):
        items = tuple(i.changed(observed=s) for i, s in zip(case.evidence, seen, strict=True))
        chance[seen] = np.exp(exact.posterior(case.changed(evidence=items)).log_evidence)
    assert sum(chance.values()) == pytest.approx(1, abs=1e-9)
    own = chance[True, False, True]
    tail = sum(value for value in chance.values() if value <= own + 1e-12)
    found = conflict(take_apart(case, 0), 1, 20_000)
    assert found.whole.tail == pytest.approx(tail, abs=0.015)


def test_no_evidence_is_no_conflict():
    assert conflict(take_apart(make_case(hypotheses=2), 0), 1, 100).verdict == "no_evidence"


@pytest.mark.parametrize(("items", "verdict"), [(4, "expected"), (16, "better_than_chance")])
def test_the_likelier_way_item_after_item_is_better_than_chance_only_where_chance_seldom_does_it(items, verdict):
    """Each came at .8 under both: all of four do in .8**4 = .41 of cases, all of sixteen in .03."""
    assert conflict(take_apart(make_case([(0.8, 0.8)] * items), 0), 1, 2000).verdict == verdict
