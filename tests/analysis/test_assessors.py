"""What several assessors make of a case: alone, without each, and where they differ."""

from __future__ import annotations

import math

import pytest
from cases import LIKELIHOODS, write_case

from detente.analysis.assessors import panel_view
from detente.case import load_case
from detente.exact import posterior

HIGH = LIKELIHOODS.replace("0.4,0.6,0.8,Peace", "0.8,0.9,0.95,Peace")


def table(*texts):
    """Return one table of several people's."""
    head = texts[0][1].partition("\n")[0] + ",assessor\n"
    rows = [f"{row},{who}\n" for who, text in texts for row in text.splitlines()[1:]]
    return head + "".join(rows)


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel")
    texts = ("ann", LIKELIHOODS), ("ben", HIGH), ("eva", LIKELIHOODS)
    return load_case(workspace=write_case(folder, likelihoods=table(*texts)))


def test_each_alone_has_the_answer_of_a_case_that_is_theirs(panel, tmp_path):
    view = panel_view(panel)
    for text, name in ((LIKELIHOODS, "ann"), (HIGH, "ben")):
        case = load_case(workspace=write_case(tmp_path / name, likelihoods=text))
        voice = next(one for one in view.voices if one.id == name)
        assert voice.alone == pytest.approx(tuple(posterior(case).probability), abs=1e-12)


def test_without_one_the_pool_is_that_of_the_others(panel, tmp_path):
    texts = ("ann", LIKELIHOODS), ("ben", HIGH)
    case = load_case(workspace=write_case(tmp_path, likelihoods=table(*texts)))
    eva = next(one for one in panel_view(panel).voices if one.id == "eva")
    assert eva.without == pytest.approx(tuple(posterior(case).probability), abs=1e-9)


def test_differences_are_weights_in_decibans_largest_first(panel):
    view = panel_view(panel)
    first = view.differences[0]
    assert (first.kind, first.id) == ("likelihood", "speech")
    by_hand = [10 * math.log10(0.6 / 0.7), 10 * math.log10(0.9 / 0.7)]
    values = dict(zip([one.id for one in view.voices], first.values, strict=True))
    sign = 1 if view.target == "sincere" else -1
    assert values["ann"] == pytest.approx(sign * by_hand[0])
    assert values["ben"] == pytest.approx(sign * by_hand[1])
    assert first.spread == pytest.approx(by_hand[1] - by_hand[0])
    assert values[""] is None
    spreads = [row.spread for row in view.differences if row.kind != "intensity"]
    assert spreads == sorted(spreads, reverse=True)


def test_one_assessor_has_nobody_to_differ_from(tmp_path):
    assert panel_view(load_case(workspace=write_case(tmp_path))) is None


def test_judgements_beside_those_that_decide_move_nothing():
    """With one of its processes at a time: of all at once, days that are not known would be tried in every way."""
    whole = load_case("us-iran-2026")
    free = whole.priors.changed(couplings=())
    for process in whole.processes:
        outcomes, events = (
            tuple(one for one in several if one.process == process.id) for several in (whole.outcomes, whole.events)
        )
        view = panel_view(whole.changed(processes=(process,), outcomes=outcomes, events=events, priors=free))
        assert view.own_decides
        assert [one.id for one in view.voices] == ["", "a", "b"]
        assert all(one.without is None for one in view.voices)
        assert view.voices[0].alone == view.base
        assert {row.kind for row in view.differences} == {"prior", "likelihood", "intensity"}
