"""What each forecaster gives, against formulas written down here."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from outside_cases import PRIORS as POLL_PRIORS
from outside_cases import class_case, member
from small import CUTOFF, START, make_case

from detente.case.election import ScheduledElection
from detente.case.polls import Poll
from detente.case.processes import Event
from detente.case.reference_class import ExternalForecast
from detente.evaluation.forecasters import forecasts_on, independent_outcomes, last_poll
from detente.evaluation.questions import questions
from detente.evaluation.track_record import INDEPENDENT, LAST_POLL, NO_CHANGE, OTHERS, OURS, OUTSIDE, UNIFORM
from detente.exact import known_winners
from detente.forecast.outcomes import headlines
from detente.forecast.outside import outside_view

VOTE, HORIZON = dt.date(2030, 9, 1), dt.date(2031, 6, 1)
ONE = {"ladder": [("apart", "met")]}
PACE = {("h0", "before"): 0.3, ("h1", "before"): 0.1, ("h0", "after"): 0.6, ("h1", "after"): 0.2}
BOTH = ("incumbent", "rival")


def chance(_, h, regime):
    return PACE[h, regime.partition(":")[0]]


def make(**more):
    settings = {"processes": ONE, "winners": BOTH, "election": VOTE, "horizon": HORIZON, "chances": chance} | more
    return make_case([(0.6, 0.2), (0.3, 0.5)], **settings)


def on(case, day=CUTOFF):
    return forecasts_on(case, questions(case, CUTOFF), day)


def test_ours_is_the_forecast_of_the_exact_engine():
    case = make(spread=0.05, gamma=(0.6, 0.15))
    found, expected = on(case), headlines(case.as_of(CUTOFF)).outcomes["ladder_met"]
    for window in ("before_election", "after_election", "horizon"):
        assert found[f"ladder_met.{window}"][OURS] == (expected[window],)
        assert found[f"ladder_met.{window}"][UNIFORM] == (0.5,)
        assert found[f"ladder_met.{window}"][NO_CHANGE] == (0.01,)
        assert OUTSIDE not in found[f"ladder_met.{window}"]


def test_independent_evidence_by_hand():
    """Naive Bayes on the mids, and steps at their stated pace: waiting, ranges, grades, correlation leave no trace."""
    case = make(spread=0.05, width=0.1, gamma=(0.5, 0.1), trust=0.6, clusters=["c", "c"])
    odds = np.array([0.6 * 0.3, 0.2 * 0.5])
    share = odds / odds.sum()
    early, late = (VOTE - CUTOFF).days - 1, (HORIZON - VOTE).days + 1
    before = [1 - (1 - PACE[h, "before"]) ** (early / 100) for h in ("h0", "h1")]
    horizon = [
        1 - (1 - PACE[h, "before"]) ** (early / 100) * (1 - PACE[h, "after"]) ** (late / 100) for h in ("h0", "h1")
    ]
    found = independent_outcomes(case.as_of(CUTOFF))["ladder_met"]
    assert found["before_election"] == pytest.approx(share @ before)
    assert found["horizon"] == pytest.approx(share @ horizon)
    gained = share @ horizon - share @ before
    assert found["after_election"] == pytest.approx(gained / (1 - share @ before))
    assert on(case)["ladder_met.horizon"][INDEPENDENT] == (found["horizon"],)


def test_after_the_vote_what_is_open_can_only_come_after_it():
    case = make(events=(Event(date=VOTE, process="election", state="rival", source="", claim=""),))
    found = on(case, VOTE + dt.timedelta(20))
    assert set(found) == {"ladder_met.after_election", "ladder_met.horizon"}
    assert found["ladder_met.after_election"] == found["ladder_met.horizon"]


def test_between_two_rounds_the_first_one_counts():
    case = make(events=(Event(date=VOTE + dt.timedelta(14), process="election", state="rival", source="", claim=""),))
    second = ScheduledElection(known_from=VOTE + dt.timedelta(1), date=VOTE + dt.timedelta(14))
    rows = (*case.election.schedule, second)
    case = case.changed(election=case.election.changed(schedule=rows))
    day = VOTE + dt.timedelta(3)
    found, expected = on(case, day), headlines(case.as_of(day)).outcomes["ladder_met"]
    assert found["ladder_met.after_election"][OURS] == (expected["horizon"],)
    assert set(expected) == {"horizon"}
    assert "ladder_met.before_election" not in found


def test_while_a_vote_is_not_called_the_forecast_averages_over_the_winners():
    """Three days without a step speak against the winner under whom a step comes sooner."""
    call = Event(date=VOTE + dt.timedelta(9), process="election", state="rival", source="", claim="")
    case = make(events=(call,), chances=lambda _, h, regime: 0.9 if regime.endswith("incumbent") else PACE[h, "before"])
    day = VOTE + dt.timedelta(3)
    counting, expected = on(case, day), headlines(case.as_of(day))
    assert counting["election.incumbent"][OURS] == pytest.approx((expected.election["incumbent"],))
    assert 0.45 < expected.election["incumbent"] < 0.49
    steps = [on(case, VOTE + dt.timedelta(days))["ladder_met.after_election"][OURS][0] for days in (3, 9)]
    assert steps[0] > steps[1] + 0.2


def test_a_day_without_a_possible_forecast_has_none():
    """The process had not begun."""
    assert on(make(), START - dt.timedelta(1)) is None


def test_the_outside_view_is_that_of_the_report():
    members = [member(f"m{n}", 0, 2000, met=90 * n, signed=None if n % 3 else 95 * n, allied=None) for n in range(1, 9)]
    case = class_case(members)
    cut = case.as_of(case.information_cutoff)
    alone = outside_view(cut).alone
    found = forecasts_on(case, questions(case, case.information_cutoff), case.information_cutoff)
    spoken = {name: given[OUTSIDE][0] for name, given in found.items() if OUTSIDE in given and name.endswith("horizon")}
    assert spoken
    assert spoken == pytest.approx({f"{outcome}.horizon": alone[outcome] for outcome in alone})


def poll(day, incumbent, opponent, size=1000, published=None, house="House"):
    return Poll(
        pollster=house, start=day, end=day, published=published, sample_size=size, incumbent=incumbent,
        opponent=opponent, source="",
    )  # fmt: skip


def with_polls(*polls, **more):
    case = make(**more)
    return case.changed(polls=polls, priors=case.priors.changed(polls=POLL_PRIORS))


def normal(x):
    return (1 + math.erf(x / math.sqrt(2))) / 2


def test_the_last_poll_at_its_sampling_error():
    day = dt.date(2030, 5, 1)
    case = with_polls(
        poll(day, 30, 60),
        poll(day + dt.timedelta(9), 44, 46, 900),
        poll(day + dt.timedelta(9), 50, 40, 400, house="Other"),
    )
    share = (900 * 44 / 90 + 400 * 50 / 90) / 1300
    expected = normal((share - 0.5) / math.sqrt(share * (1 - share) / 1300))
    assert last_poll(case.as_of(CUTOFF)) == pytest.approx(expected)
    assert on(case)["election.incumbent"][LAST_POLL] == pytest.approx((expected,))
    assert last_poll(case.as_of(dt.date(2030, 5, 2))) == pytest.approx(normal((1 / 3 - 0.5) / math.sqrt(2 / 9 / 1000)))


def test_a_poll_counts_from_its_publication_and_none_says_nothing():
    late = poll(dt.date(2030, 5, 1), 60, 30, published=CUTOFF + dt.timedelta(1))
    assert last_poll(with_polls(late).as_of(CUTOFF)) is None
    assert LAST_POLL not in on(with_polls(late))["election.incumbent"]
    assert last_poll(with_polls(late).as_of(CUTOFF + dt.timedelta(1))) > 0.99


def test_the_election_with_two_winners():
    case = make()
    given = on(case)["election.incumbent"]
    assert given[OURS] == (known_winners(case.as_of(CUTOFF))["incumbent"],)
    assert (given[UNIFORM], given[NO_CHANGE]) == ((0.5,), (0.99,))
    assert INDEPENDENT not in given


def test_the_first_winner_need_not_be_the_incumbent():
    case = make(winners=("rival", "incumbent"))
    case = case.changed(polls=(poll(dt.date(2030, 5, 1), 60, 30),), priors=case.priors.changed(polls=POLL_PRIORS))
    given = on(case)["election.rival"]
    assert given[NO_CHANGE] == (0.01,)
    assert given[LAST_POLL][0] < 0.01


def test_three_winners_are_categories():
    case = make(winners=("a", "b", "incumbent"))
    given = on(case)["election"]
    assert given[UNIFORM] == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert given[NO_CHANGE] == pytest.approx((0.005, 0.005, 0.99))
    assert sum(given[OURS]) == pytest.approx(1)


def test_other_forecasters_are_pooled():
    def said(day, who, winner, p):
        return ExternalForecast(date=day, forecaster=who, winner=winner, probability=p, source="", note="")

    rows = (
        said(START, "A", "incumbent", 0.2),
        said(dt.date(2030, 5, 1), "A", "incumbent", 0.6),
        said(dt.date(2030, 5, 20), "B", "rival", 0.6),
        said(CUTOFF + dt.timedelta(1), "B", "rival", 0.1),
    )
    case = make().changed(external_forecasts=rows)
    assert on(case)["election.incumbent"][OTHERS] == pytest.approx((0.5,), abs=1e-12), "0.6 against 0.4 is even"
    later = on(case, CUTOFF + dt.timedelta(1))["election.incumbent"][OTHERS]
    assert 0.75 < later[0] < 0.85, "two who agree are sharpened a little beyond the mean of 0.6 and 0.9"


def test_kinds_add_up_to_one():
    case = make(processes={"deal": [("none", "zone"), ("none", "patrols")]}, spread=0.05)
    given = on(case)["deal.state"]
    by_window = headlines(case.as_of(CUTOFF)).outcomes
    kinds = by_window["deal_zone"]["horizon"], by_window["deal_patrols"]["horizon"]
    assert given[OURS] == pytest.approx((1 - sum(kinds), *kinds))
    assert given[NO_CHANGE] == pytest.approx((0.99, 0.005, 0.005))
    for who in (OURS, UNIFORM, NO_CHANGE, INDEPENDENT):
        assert sum(given[who]) == pytest.approx(1)


def test_deadlines_are_asked_of_everybody():
    day = dt.date(2030, 8, 1)
    case = make(spread=0.05).changed(deadlines=(day,))
    given = on(case)["ladder_met.by:2030-08-01"]
    days = (day - CUTOFF).days
    share = np.array([0.6 * 0.3, 0.2 * 0.5])
    by_then = [1 - (1 - PACE[h, "before"]) ** (days / 100) for h in ("h0", "h1")]
    assert given[INDEPENDENT] == pytest.approx((share @ by_then / share.sum(),))
    assert given[OURS] == (headlines(case.as_of(CUTOFF)).outcomes["ladder_met"]["by:2030-08-01"],)
    assert "ladder_met.by:2030-08-01" not in on(case, day)


def test_a_case_without_processes_has_no_outcomes_to_give():
    assert independent_outcomes(make_case([(0.6, 0.2)])) == {}
