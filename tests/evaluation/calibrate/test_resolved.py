"""Which questions count."""

from __future__ import annotations

import datetime as dt

import pytest
from resolving import EVE, VOTE
from small import CUTOFF, HORIZON, make_case, on_record

from detente.case.outcomes import Resolution
from detente.case.processes import Event
from detente.errors import CalibrationError, CutoffError
from detente.evaluation.calibrate.resolved import ResolvedQuestion, last_resolution
from detente.evaluation.questions import questions

ONE_DAY = dt.timedelta(days=1)
STEP = {"p": [("a", "b"), ("b", "c")]}
RACE = {"winners": ("left", "right"), "election": VOTE}


def reasons(found):
    return {(row.outcome, row.window): row.reason for row in found.left_out}


def test_yes_and_no_count_and_void_and_pending_do_not(resolved):
    found = resolved(("p_b", "horizon", "yes"), ("p_c", "horizon", "void"), processes=STEP)
    assert found.questions == (ResolvedQuestion("p_b", "horizon", answer=True),)
    assert reasons(found) == {("p_c", "horizon"): "void"}
    assert found.eve is None
    assert found.winners == {}
    assert reasons(resolved(("p_c", "horizon", "no"), processes=STEP)) == {("p_b", "horizon"): "pending"}


def test_a_question_counts_from_the_day_its_window_closes(resolved):
    """An early yes does not: until then only the quick ones would be known."""
    answers = ("p_b", "before_election", "yes"), ("p_b", "horizon", "yes", VOTE - ONE_DAY)

    def counted(day):
        case = resolved(*answers, as_of=day, processes=STEP, **RACE)
        return [question.window for question in case.questions]

    assert counted(EVE - ONE_DAY) == []
    assert counted(EVE) == ["before_election"]
    assert counted(HORIZON - ONE_DAY) == ["before_election"]
    assert counted(HORIZON) == ["before_election", "horizon"]
    late = reasons(resolved(*answers, as_of=VOTE, processes=STEP, **RACE))
    assert late["p_b", "horizon"] == "open"
    assert late["p_b", "after_election"] == "settled"  # it had happened


def test_what_others_imply_is_not_pending(resolved):
    found = resolved(("p_b", "before_election", "no"), ("p_b", "horizon", "no"), processes={"p": [("a", "b")]}, **RACE)
    assert found.left_out == ()
    assert found.first["p_b"] == {2}
    assert [question.window for question in found.questions] == ["before_election", "after_election", "horizon"]


def test_what_was_known_is_no_forecast(resolved):
    happened = Event(date=CUTOFF, process="p", state="b", source="", claim="")
    answers = ("p_b", "horizon", "yes"), ("p_c", "horizon", "no")
    found = resolved(*answers, processes=STEP, events=(happened,), fresh=False)
    assert found.questions == (ResolvedQuestion("p_c", "horizon", answer=False),)
    assert reasons(found) == {("p_b", "horizon"): "settled"}


def test_what_could_no_longer_happen_was_not_open_when_it_was_asked(resolved):
    """As in a score: a competing outcome had come first; one that comes first later answers the question with no."""
    fork = {"p": [("a", "b"), ("a", "c")]}
    first = Event(date=CUTOFF, process="p", state="b", source="", claim="")
    never = "p_c", "horizon", "no"
    found = resolved(never, processes=fork, events=(first,), fresh=False)
    assert found.questions == ()
    assert reasons(found) == {("p_b", "horizon"): "settled", ("p_c", "horizon"): "settled"}
    asked = questions(on_record(make_case(processes=fork, events=(first,))), CUTOFF)
    assert [question.outcome for question in asked] == []
    open_then = resolved(never, processes=fork)
    assert open_then.questions == (ResolvedQuestion("p_c", "horizon", answer=False),)


def test_before_an_election_that_is_past(resolved):
    past = {"winners": ("left", "right"), "election": CUTOFF - dt.timedelta(days=3)}
    won = Event(date=past["election"], process="election", state="left", source="", claim="")
    found = resolved(
        ("p_b", "before_election", "no"), ("p_b", "after_election", "yes"), processes=STEP, events=(won,), **past
    )
    assert [question.window for question in found.questions] == ["after_election", "horizon"]
    assert found.eve is None
    assert found.winners == {"left": 1.0}
    assert reasons(found)["p_b", "before_election"] == "settled"


def test_the_state_on_a_date_counts_when_the_date_has_passed(resolved):
    """Each date by itself: what is known of one says nothing for another, and nothing is first."""
    deadline = CUTOFF + dt.timedelta(days=150)
    parts = {"processes": {"p": [("a", "b"), ("b", "a")]}, "deadlines": (deadline,), "current": ("p_b",), **RACE}
    answers = [("p_b_now", window, said) for window, said in ((f"by:{deadline}", "yes"), ("horizon", "no"))]
    found = resolved(*answers, **parts)
    assert found.questions == (
        ResolvedQuestion("p_b_now", f"by:{deadline}", answer=True),
        ResolvedQuestion("p_b_now", "horizon", answer=False),
    )
    assert found.checkpoints == (EVE, deadline, HORIZON)
    assert found.present == {"p_b": frozenset(), "p_b_now": {(1, True), (2, False)}}
    assert found.first["p_b_now"] == {0, 1, 2, 3}
    assert reasons(found)["p_b_now", "before_election"] == "pending"
    assert ("p_b_now", "after_election") not in reasons(found)
    early = resolved(*answers, as_of=deadline, **parts)
    assert [question.window for question in early.questions] == [f"by:{deadline}"]
    assert early.present["p_b_now"] == {(1, True)}
    assert reasons(early)["p_b_now", "horizon"] == "open"
    void = resolved(("p_b_now", "horizon", "void"), **parts)
    assert reasons(void)["p_b_now", "horizon"] == "void"
    assert void.present["p_b_now"] == frozenset()


@pytest.mark.parametrize("state", ["b", "c"])
def test_the_state_of_a_process_at_its_end_is_no_forecast(resolved, state):
    """In b it stays; and from the c beside it there is no way to b."""
    happened = Event(date=CUTOFF, process="p", state=state, source="", claim="")
    answer = "p_b_now", "horizon", "yes" if state == "b" else "no"
    parts = {"processes": {"p": [("a", "b"), ("a", "c"), ("c", "d")]}, "current": ("p_b",)}
    found = resolved(answer, events=(happened,), fresh=False, **parts)
    assert found.questions == ()
    assert reasons(found)["p_b_now", "horizon"] == "settled"


@pytest.mark.parametrize(
    ("answers", "first"),
    [
        ([("before_election", "yes")], {0}),
        ([("before_election", "no")], {1, 2}),
        ([("after_election", "yes")], {1}),
        ([("after_election", "no")], {0, 2}),
        ([("horizon", "no")], {2}),
        ([("horizon", "yes", VOTE)], {1}),
        ([("horizon", "yes", VOTE - ONE_DAY)], {0}),
        ([("horizon", "yes"), ("before_election", "no")], {1}),
        ([("before_election", "yes"), ("after_election", "no"), ("horizon", "yes", VOTE - ONE_DAY)], {0}),
        ([("before_election", "yes"), ("after_election", "void", VOTE - ONE_DAY)], {0}),
        ([], {0, 1, 2}),
    ],
)
def test_by_which_checkpoint_it_may_have_come_about(resolved, answers, first):
    found = resolved(*(("p_b", *row) for row in answers), processes={"p": [("a", "b")]}, **RACE)
    assert found.checkpoints == (EVE, HORIZON)
    assert found.first["p_b"] == first


def test_deadlines_follow_from_the_day_of_a_yes(resolved):
    """And count once the horizon has closed: by then what did not come about by them is written down as well."""
    early, late = CUTOFF + dt.timedelta(days=30), VOTE + dt.timedelta(days=50)
    parts = {"processes": STEP, "deadlines": (early, late), **RACE}
    answers = ("p_b", "horizon", "yes", late), ("p_c", "horizon", "no")
    found = resolved(*answers, **parts)
    assert found.checkpoints == (early, EVE, late, HORIZON)
    assert found.first == {"p_b": {2}, "p_c": {4}}
    said = {(question.outcome, question.window): question.answer for question in found.questions}
    assert [said["p_b", window] for window in ("before_election", f"by:{early}", f"by:{late}", "horizon")] == [
        False,
        False,
        True,
        True,
    ]
    assert not any(said["p_c", window] for window in ("before_election", f"by:{early}", f"by:{late}", "horizon"))
    before = resolved(*answers, as_of=HORIZON - ONE_DAY, **parts)
    assert before.checkpoints == (EVE, HORIZON)
    assert before.questions == ()
    assert reasons(before)["p_b", f"by:{early}"] == "open"


def test_a_deadline_that_is_resolved_itself_counts_when_it_has_passed(resolved):
    """Before the horizon nothing else would tell the noes."""
    deadline = CUTOFF + dt.timedelta(days=30)
    parts = {"processes": {"p": [("a", "b")], "q": [("c", "d")]}, "deadlines": (deadline,)}
    found = resolved(("p_b", f"by:{deadline}", "no", deadline), as_of=deadline, **parts)
    assert found.checkpoints == (deadline, HORIZON)
    assert found.first == {"p_b": {1, 2}, "q_d": {0, 1, 2}}
    assert found.questions == (ResolvedQuestion("p_b", f"by:{deadline}", answer=False),)
    assert reasons(found)["q_d", f"by:{deadline}"] == reasons(found)["p_b", "horizon"] == "open"
    assert resolved(as_of=deadline, **parts).checkpoints == (HORIZON,)


def test_a_step_on_election_day_is_after_the_election(resolved):
    found = resolved(("p_b", "horizon", "yes", VOTE), processes={"p": [("a", "b")]}, **RACE)
    said = {question.window: question.answer for question in found.questions}
    assert said == {"before_election": False, "after_election": True, "horizon": True}


def test_a_vote_that_is_moved_takes_its_window_along_and_a_later_round_does_not(resolved):
    from detente.case.election import ScheduledElection

    case = resolved(processes=STEP, **RACE).case
    days = [dt.date(2030, 6, 18), dt.date(2030, 5, 14), dt.date(2030, 5, 28)]
    known = [dt.date(2030, 1, 1), dt.date(2030, 2, 1), dt.date(2030, 5, 15)]
    rows = tuple(ScheduledElection(known_from=a, date=b) for a, b in zip(known, days, strict=True))
    assert case.election.changed(schedule=rows[:2]).voting_day == days[1]
    assert case.election.changed(schedule=rows).voting_day == days[1]


def test_a_contradiction_is_refused(resolved):
    said = r"seeds/small/resolutions.csv: p_b: before_election yes and horizon no cannot both hold"
    with pytest.raises(CalibrationError, match=said):
        resolved(("p_b", "before_election", "yes"), ("p_b", "horizon", "no"), processes=STEP, **RACE)


def test_who_won(resolved):
    open_race = resolved(("p_b", "horizon", "no"), processes=STEP, **RACE)
    assert open_race.winners == {"left": 0.5, "right": 0.5}
    decided = resolved(("p_b", "horizon", "no"), processes=STEP, winner="right", **RACE)
    assert decided.winners == {"right": 1.0}
    too_early = resolved(("p_b", "horizon", "no"), processes=STEP, winner="right", as_of=CUTOFF, **RACE)
    assert len(too_early.winners) == 2


def test_a_case_that_could_not_be_forecast(resolved):
    with pytest.raises(CutoffError, match="the horizon is"):
        resolved(processes=STEP, horizon=CUTOFF)


def test_the_last_resolution():
    def case(*rows):
        made = [
            Resolution(outcome=outcome, window="horizon", resolution="yes", date=day, source="A source")
            for outcome, day in rows
        ]
        return make_case(processes=STEP).changed(resolutions=tuple(made))

    assert last_resolution([case(("p_b", VOTE))]) == VOTE  # of two outcomes one is open
    assert last_resolution([case(("p_b", CUTOFF), ("p_c", VOTE))]) == HORIZON  # nothing is left to wait for
    assert last_resolution([case(), case(("p_b", VOTE))]) == VOTE
    assert last_resolution([case()]) is None
