"""Which questions count."""

from __future__ import annotations

import datetime as dt

import pytest
from resolving import VOTE
from small import CUTOFF, HORIZON

from detente.calibrate.questions import PATHS, Question, last_resolution
from detente.case.schema import Event
from detente.errors import CalibrationError, CutoffError

STEP = {"p": [("a", "b"), ("b", "c")]}
RACE = {"winners": ("left", "right"), "election": VOTE}


def reasons(found):
    return {(row.outcome, row.window): row.reason for row in found.left_out}


def test_yes_and_no_count_and_void_and_pending_do_not(resolved):
    found = resolved(("p_b", "horizon", "yes"), ("p_c", "horizon", "void"), processes=STEP)
    assert found.questions == (Question("p_b", "horizon", answer=True),)
    assert reasons(found) == {("p_c", "horizon"): "void"}
    assert found.election is None
    assert found.winners == {}
    assert reasons(resolved(("p_c", "horizon", "no"), processes=STEP)) == {("p_b", "horizon"): "pending"}


def test_a_question_counts_from_the_day_its_window_closes(resolved):
    """An early yes does not: until then only the quick ones would be known."""
    answers = ("p_b", "before_election", "yes"), ("p_b", "horizon", "yes")

    def counted(day):
        case = resolved(*answers, as_of=day, processes=STEP, **RACE)
        return [question.window for question in case.questions]

    early = dt.timedelta(days=1)
    assert counted(HORIZON) == ["before_election", "horizon"]
    assert counted(HORIZON - early) == []  # both rows are dated on the horizon's day
    late = resolved(*answers, as_of=HORIZON, processes=STEP, horizon=HORIZON + early, **RACE)
    assert [question.window for question in late.questions] == ["before_election"]
    assert reasons(late)["p_b", "horizon"] == "open"


def test_what_others_imply_is_not_pending(resolved):
    found = resolved(("p_b", "before_election", "no"), ("p_b", "horizon", "no"), processes={"p": [("a", "b")]}, **RACE)
    assert found.left_out == ()
    assert found.paths["p_b"] == {(False, False)}


def test_what_was_known_is_no_forecast(resolved):
    happened = Event(date=CUTOFF, process="p", state="b", source="", claim="")
    answers = ("p_b", "horizon", "yes"), ("p_c", "horizon", "no")
    found = resolved(*answers, processes=STEP, events=(happened,), fresh=False)
    assert found.questions == (Question("p_c", "horizon", answer=False),)
    assert reasons(found) == {("p_b", "horizon"): "settled"}


def test_before_an_election_that_is_past(resolved):
    past = {"winners": ("left", "right"), "election": CUTOFF - dt.timedelta(days=3)}
    won = Event(date=past["election"], process="election", state="left", source="", claim="")
    found = resolved(
        ("p_b", "before_election", "no"), ("p_b", "after_election", "yes"), processes=STEP, events=(won,), **past
    )
    assert found.questions == (Question("p_b", "after_election", answer=True),)
    assert found.election is None
    assert found.winners == {"left": 1.0}
    assert reasons(found)["p_b", "before_election"] == "settled"


@pytest.mark.parametrize(
    ("answers", "paths"),
    [
        ([("before_election", "yes")], {(True, True)}),
        ([("before_election", "no")], {(False, False), (False, True)}),
        ([("after_election", "yes")], {(False, True)}),
        ([("after_election", "no")], {(False, False), (True, True)}),
        ([("horizon", "yes")], {(False, True), (True, True)}),
        ([("horizon", "no")], {(False, False)}),
        ([("horizon", "yes"), ("before_election", "no")], {(False, True)}),
        ([("before_election", "yes"), ("after_election", "no"), ("horizon", "yes")], {(True, True)}),
        ([], set(PATHS)),
    ],
)
def test_the_paths_that_are_left(resolved, answers, paths):
    found = resolved(*(("p_b", *row) for row in answers), processes={"p": [("a", "b")]}, **RACE)
    assert found.paths["p_b"] == paths


def test_a_contradiction_is_refused(resolved):
    said = r"seeds/small/resolutions.csv: p_b: before_election yes and horizon no cannot both hold"
    with pytest.raises(CalibrationError, match=said):
        resolved(("p_b", "before_election", "yes"), ("p_b", "horizon", "no"), processes=STEP, **RACE)


def test_who_won(resolved):
    open_race = resolved(("p_b", "horizon", "no"), processes=STEP, **RACE)
    assert open_race.winners == {"left": 0.5, "right": 0.5}
    assert not open_race.is_winner_known
    decided = resolved(("p_b", "horizon", "no"), processes=STEP, winner="right", **RACE)
    assert decided.winners == {"right": 1.0}
    assert decided.is_winner_known
    too_early = resolved(("p_b", "horizon", "no"), processes=STEP, winner="right", as_of=CUTOFF, **RACE)
    assert len(too_early.winners) == 2


def test_a_case_that_could_not_be_forecast(resolved):
    with pytest.raises(CutoffError, match="the horizon is"):
        resolved(processes=STEP, horizon=CUTOFF)


def test_the_last_resolution(resolved):
    found = resolved(("p_b", "horizon", "no"), processes=STEP)
    assert last_resolution([found.case]) == HORIZON
    assert last_resolution([found.case.changed(resolutions=())]) is None


def test_what_was_resolved_later_changes_nothing(resolved):
    """As of the day before, it is all the same whether a later row says yes, no, or is not there."""
    early = ("p_b", "before_election", "no")
    answers = [(("p_b", "horizon", said),) for said in ("yes", "no", "void")]
    found = [resolved(*more, as_of=HORIZON - dt.timedelta(days=1), processes=STEP, **RACE) for more in [*answers, ()]]
    assert len({(one.questions, one.left_out, tuple(one.paths.items())) for one in found}) == 1
    assert resolved(early, as_of=HORIZON, processes=STEP, **RACE).questions
