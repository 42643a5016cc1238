"""What the codes of results are called."""

from __future__ import annotations

from typing import get_args

import pytest
from small import make_case

from detente.analysis.results import Range, Unit, Verdict
from detente.analysis.reweighting import take_apart
from detente.analysis.sensitivity.conflict import conflict
from detente.report.names import RANGES, UNITS, VERDICTS, conflict_words


@pytest.mark.parametrize(("codes", "words"), [(Range, RANGES), (Unit, UNITS), (Verdict, VERDICTS)])
def test_every_code_has_its_words(codes, words):
    assert set(get_args(codes)) == set(words)


def test_items_contradict_or_support_each_other():
    contradicting, agreeing = (
        conflict_words(conflict(take_apart(make_case(mids), 0), 1, 500))
        for mids in ([(0.9, 0.1), (0.1, 0.9)], [(0.9, 0.1), (0.9, 0.1)])
    )
    assert "The items contradict each other" in contradicting
    assert "The items support each other" in agreeing


def test_no_evidence_has_no_conflict():
    assert conflict_words(conflict(take_apart(make_case(hypotheses=2), 0), 1, 100)) == VERDICTS["no_evidence"]
