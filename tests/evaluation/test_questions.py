"""What was asked and how it ended, window by window."""

from __future__ import annotations

import datetime as dt

import pytest
from small import make_case, on_record

from detente.case.election import ScheduledElection
from detente.case.outcomes import Resolution
from detente.case.processes import Event
from detente.evaluation.questions import ScoringError, questions

DAY = dt.date
START, EVE, VOTE, HORIZON = DAY(2030, 6, 1), DAY(2030, 8, 31), DAY(2030, 9, 1), DAY(2031, 6, 1)
KINDS = {"deal": [("none", "zone"), ("none", "patrols")], "ladder": [("apart", "met"), ("met", "signed")]}


def row(outcome, window, answer, day):
    return Resolution(outcome=outcome, window=window, resolution=answer, date=day, source="A source")


def event(day, process, state):
    return Event(date=day, process=process, state=state, source="s", claim="c")


def make(*resolutions, events=(), **more):
    case = make_case(processes=KINDS, winners=("incumbent", "rival"), election=VOTE, horizon=HORIZON, events=events)
    return on_record(case.changed(resolutions=resolutions, **more))


def ended(case, start=START):
    return {q.id: (q.status, q.answer, q.resolved_on, q.closes) for q in questions(case, start)}


def test_without_a_resolution_everything_is_pending_and_open_to_its_window_end():
    found = ended(make())
    assert found == {
        **{
            f"{outcome}.{window}": ("pending", None, None, end)
            for outcome in ("deal_zone", "deal_patrols", "ladder_met", "ladder_signed")
            for window, end in (("before_election", EVE), ("after_election", HORIZON), ("horizon", HORIZON))
        },
        "election.incumbent": ("pending", None, None, HORIZON),
        "deal.state": ("pending", None, None, HORIZON),
    }


def test_a_yes_answers_every_window_and_counts_where_the_window_has_closed():
    day = DAY(2030, 8, 1)
    case = make(
        row("ladder_met", "before_election", "yes", day),
        events=(event(day, "ladder", "met"),),
        deadlines=(DAY(2030, 7, 1), day, DAY(2030, 10, 1)),
    )
    found = ended(case)
    assert found["ladder_met.before_election"] == ("early", 1, day, day)
    assert found["ladder_met.after_election"] == ("void", None, day, HORIZON)
    assert found["ladder_met.horizon"] == ("early", 1, day, day)
    assert found["ladder_met.by:2030-07-01"] == ("resolved", 0, DAY(2030, 7, 1), DAY(2030, 7, 1))
    assert found["ladder_met.by:2030-08-01"] == ("resolved", 1, day, day)
    assert found["ladder_met.by:2030-10-01"] == ("early", 1, day, day)
    assert found["ladder_signed.horizon"][0] == "pending"
    later = ended(case.changed(information_cutoff=EVE))
    assert later["ladder_met.before_election"] == ("resolved", 1, day, day)
    assert later["ladder_met.by:2030-10-01"][0] == later["ladder_met.horizon"][0] == "early"
    assert {row[0] for name, row in ended(case.changed(information_cutoff=HORIZON)).items() if "met" in name} == {
        "resolved",
        "void",
    }


def test_a_window_that_closed_before_the_record_ends_is_a_no_by_the_record():
    """And what the record has is a yes, without a resolution: else only the noes would be known."""
    deadline, day = DAY(2030, 7, 1), DAY(2030, 6, 20)
    case = make(events=(event(day, "ladder", "met"),), deadlines=(deadline,)).changed(information_cutoff=deadline)
    found = ended(case)
    assert found["ladder_met.by:2030-07-01"] == ("resolved", 1, day, day)
    assert found["ladder_signed.by:2030-07-01"] == ("resolved", 0, deadline, deadline)
    assert found["deal_zone.by:2030-07-01"] == ("resolved", 0, deadline, deadline)
    assert found["ladder_met.horizon"] == ("early", 1, day, day)
    assert found["ladder_signed.horizon"] == ("pending", None, None, HORIZON)
    assert found["ladder_signed.before_election"] == ("pending", None, None, EVE)
    past_vote = ended(case.changed(information_cutoff=VOTE))
    assert past_vote["ladder_signed.before_election"] == ("resolved", 0, EVE, EVE)
    eve_of_deadline = ended(case.changed(information_cutoff=DAY(2030, 6, 30)))
    assert eve_of_deadline["ladder_signed.by:2030-07-01"][0] == "pending"


def test_a_deadline_may_be_resolved_by_itself():
    deadline = DAY(2030, 7, 1)
    found = ended(make(row("ladder_met", f"by:{deadline}", "no", deadline), deadlines=(deadline,)))
    assert found[f"ladder_met.by:{deadline}"] == ("resolved", 0, deadline, deadline)
    assert found["ladder_met.horizon"][0] == "pending"


def test_a_competing_outcome_that_can_no_longer_occur_is_a_no_from_that_day():
    day = DAY(2030, 7, 4)
    case = make(events=(event(day, "deal", "patrols"),))
    found = ended(case)
    assert found["deal_patrols.horizon"] == ("early", 1, day, day)
    assert found["deal_zone.horizon"] == ("early", 0, day, day)
    assert found["deal_zone.before_election"] == ("early", 0, day, day)
    assert found["deal_zone.after_election"] == ("early", 0, day, day)
    assert found["deal.state"][:2] == ("early", 2)
    rows = row("deal_zone", "horizon", "no", HORIZON), row("deal_patrols", "horizon", "yes", day)
    later = ended(case.changed(resolutions=rows))
    assert later["deal_zone.horizon"] == ("resolved", 0, day, day)
    assert later["deal.state"] == ("resolved", 2, day, day)


def test_a_yes_after_the_vote_is_a_no_before_it():
    day = VOTE
    case = make(row("ladder_met", "horizon", "yes", day), events=(event(day, "ladder", "met"),))
    found = ended(case)
    assert found["ladder_met.before_election"][:2] == ("resolved", 0)
    assert found["ladder_met.before_election"][3] == EVE
    assert found["ladder_met.after_election"] == ("early", 1, day, day)


def test_a_no_by_the_horizon_is_a_no_in_every_window():
    found = ended(make(row("ladder_met", "horizon", "no", HORIZON), deadlines=(DAY(2030, 7, 1),)))
    assert {
        found[f"ladder_met.{w}"][:2] for w in ("before_election", "after_election", "horizon", "by:2030-07-01")
    } == {("resolved", 0)}


def test_void_by_the_horizon_is_void_but_for_what_has_its_own_row():
    case = make(row("ladder_met", "horizon", "void", HORIZON), row("ladder_met", "before_election", "no", VOTE))
    found = ended(case)
    assert found["ladder_met.after_election"][0] == "void"
    assert found["ladder_met.before_election"][:2] == ("resolved", 0)


def test_kinds_are_one_ordered_question():
    rows = [row("deal_zone", "horizon", "no", HORIZON), row("deal_patrols", "horizon", "no", HORIZON)]
    (kinds,) = (q for q in questions(make(*rows), START) if q.window == "state")
    assert kinds.categories == ("none", "zone", "patrols")
    assert kinds.ordered
    assert (kinds.status, kinds.answer, kinds.closes) == ("resolved", 0, HORIZON)
    day = DAY(2030, 7, 4)
    rows[1] = row("deal_patrols", "horizon", "yes", day)
    (kinds,) = (
        q for q in questions(make(*rows, events=(event(day, "deal", "patrols"),)), START) if q.window == "state"
    )
    assert (kinds.status, kinds.answer, kinds.closes) == ("resolved", 2, day)
    rows[1] = row("deal_patrols", "horizon", "void", day)
    (kinds,) = (q for q in questions(make(*rows), START) if q.window == "state")
    assert (kinds.status, kinds.answer) == ("void", None)


def test_the_winner_of_two_is_a_question_of_yes_or_no():
    case = make(events=(event(DAY(2030, 9, 3), "election", "rival"),))
    found = ended(case)["election.incumbent"]
    assert found == ("resolved", 0, DAY(2030, 9, 3), DAY(2030, 9, 3))


def test_of_three_winners_each_is_a_category():
    case = on_record(make_case(winners=("a", "b", "c"), election=VOTE, events=(event(VOTE, "election", "b"),)))
    (found,) = questions(case, START)
    assert (found.id, found.categories, found.answer, found.ordered) == ("election", ("a", "b", "c"), 1, False)


def test_what_was_settled_before_the_first_forecast_is_no_question():
    early = DAY(2030, 5, 1)
    rows = (row("ladder_met", "horizon", "yes", early), row("deal_zone", "horizon", "yes", early))
    case = make(*rows, events=(event(early, "ladder", "met"), event(early, "deal", "zone")))
    found = ended(case)
    assert not [name for name in found if name.startswith(("ladder_met", "deal"))]
    assert "ladder_signed.horizon" in found
    late = ended(case.changed(events=(*case.events, event(VOTE, "election", "rival"))), start=DAY(2030, 10, 1))
    assert set(late) == {"ladder_signed.horizon"}


def test_a_second_round_does_not_reopen_the_window_before_the_election():
    case = make(row("ladder_met", "before_election", "no", VOTE))
    rows = (*case.election.schedule, ScheduledElection(known_from=VOTE + dt.timedelta(1), date=DAY(2030, 9, 15)))
    case = case.changed(election=case.election.changed(schedule=rows))
    assert ended(case)["ladder_met.before_election"] == ("resolved", 0, VOTE, EVE)


@pytest.mark.parametrize(
    ("resolution", "events", "message"),
    [
        (
            row("ladder_met", "horizon", "yes", DAY(2030, 8, 1)),
            (),
            r"has ladder_met on 2030-08-01, and the record does not have it: add the event, or bring its bulletin",
        ),
        (
            row("ladder_met", "horizon", "yes", DAY(2030, 8, 1)),
            (event(DAY(2030, 8, 2), "ladder", "met"),),
            r"has ladder_met on 2030-08-01, and the record has it on 2030-08-02",
        ),
        (
            row("ladder_met", "after_election", "no", HORIZON),
            (event(DAY(2030, 9, 2), "ladder", "met"),),
            r"has ladder_met not in after_election, and the record has it on 2030-09-02: correct one of the two",
        ),
    ],
)
def test_record_and_resolutions_must_agree(resolution, events, message):
    with pytest.raises(ScoringError, match=message):
        questions(make(resolution, events=events), START)


def test_days_are_counted_from_the_opening_to_the_eve_of_the_close():
    (found,) = (q for q in questions(make(), START) if q.id == "ladder_met.before_election")
    assert found.days == (EVE - START).days
    assert found.is_open(START)
    assert found.is_open(EVE - dt.timedelta(1))
    assert not found.is_open(EVE)  # no day before the election is left
    assert not found.is_open(START - dt.timedelta(1))
