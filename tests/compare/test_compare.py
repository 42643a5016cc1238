"""What moved from one run to another: every step exact, and the steps sum to the whole."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from bulletins import BULLETIN, item_bulletin
from cases import POLLS, write_case

from detente.analysis.attribution import attribute, stages
from detente.case import find_case, read_bulletin, read_record, take_in
from detente.compare import compare
from detente.errors import IncomparableError
from detente.forecast import build as forecasting
from detente.forecast.outcomes import headlines
from detente.settings import Settings

BRIEF = Settings(engine="exact", draws=200, in_full=False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    workspace = write_case(tmp_path_factory.mktemp("case"), polls=POLLS)
    return read_record(find_case("dispute", workspace))[0]


@pytest.fixture(scope="module")
def before(whole):
    return whole.as_of(dt.date(2023, 2, 5))


def cut(case):
    return case.as_of(case.information_cutoff)


def kinds(one, other):
    return [(stage.kind, stage.id) for stage in stages(one, other)]


def assert_they_sum(one, other):
    found = attribute(one, other)
    old, new = headlines(one), headlines(other)
    for h in new.hypotheses:
        total = math.fsum(move.hypotheses[h] for move in found)
        assert total == pytest.approx(new.hypotheses[h] - old.hypotheses[h], abs=1e-10)
    for outcome in new.outcomes:
        total = math.fsum(move.outcomes.get(outcome, 0.0) for move in found)
        expected = new.outcomes[outcome]["horizon"] - old.outcomes[outcome]["horizon"]
        assert total == pytest.approx(expected, abs=1e-10)


def test_what_a_bulletin_and_time_bring_each_has_its_step(whole, before):
    after = cut(take_in(whole, read_bulletin(BULLETIN, "news", whole)))
    assert kinds(before, after) == [
        ("withdrawn", "toast"),
        ("time", ""),
        ("event", "ladder > met"),
        ("schedule", "2023-05-21"),
        ("time", ""),
        ("time", ""),
        ("event", "border > open"),
        ("polls", "1"),
        ("silent", "map"),
        ("added", "envoys_named"),
        ("added", "envoys_arrived"),
    ]
    assert_they_sum(before, after)


def test_nothing_moves_where_nothing_changed(before):
    assert attribute(before, before) == ()


def test_an_item_judged_anew_and_priors_edited_are_told_apart(before):
    row = before.likelihoods["speech"]["tactic"].changed(low=0.2, mid=0.3, high=0.5)
    judged = {**before.likelihoods, "speech": {**before.likelihoods["speech"], "tactic": row}}
    regraded = tuple(item.changed(reliability="E") if item.id == "toast" else item for item in before.evidence)
    discrimination = before.priors.discrimination.changed(mean=0.8)
    after = before.changed(
        likelihoods=judged,
        evidence=regraded,
        priors=before.priors.changed(discrimination=discrimination),
    )
    assert kinds(before, after) == [("priors", ""), ("rejudged", "speech"), ("rejudged", "toast")]
    assert_they_sum(before, after)


def test_a_deleted_item_and_a_corrected_record(whole, before):
    late = cut(whole)
    after = late.changed(evidence=late.evidence[1:], events=())
    assert kinds(late, after) == [("withdrawn", "speech"), ("corrected", "events")]
    assert_they_sum(late, after)
    assert_they_sum(before, after)


def test_across_an_election_whose_winner_came_later(whole):
    texts = [
        "date: 2023-05-16\nevents: [{process: election, state: rival, date: 2023-05-16}]\n",
        item_bulletin("late", "2023-06-01"),
    ]
    now = whole
    for text in texts:
        now = take_in(now, read_bulletin(text, "news", now))
    assert ("event", "election > rival") in kinds(cut(whole), cut(now))
    assert_they_sum(cut(whole), cut(now))


def test_a_changed_question_is_a_step_of_its_own(before):
    after = before.changed(horizon=dt.date(2024, 6, 1), outcomes=before.outcomes[:1])
    assert kinds(before, after) == [("question", "")]
    assert_they_sum(before, after)


def test_other_hypotheses_cannot_be_compared(before):
    other = before.changed(hypotheses=tuple(reversed(before.hypotheses)))
    with pytest.raises(IncomparableError, match="compare runs of one case"):
        stages(before, other)


def test_the_order_given_is_kept(whole, before):
    """From the later run to the earlier, everything moves the other way."""
    early, late = (forecasting.forecast(case, BRIEF) for case in (before, cut(whole)))
    there, back = compare(early, late), compare(late, early)
    assert (there.before, there.after) == (back.after, back.before)
    assert there.before.as_of == dt.date(2023, 2, 5)
    total, other = (math.fsum(move.hypotheses["tactic"] for move in one.contributions) for one in (there, back))
    assert total == pytest.approx(-other, abs=1e-10)


def test_moves_are_in_points_of_the_exact_answer(whole, before):
    found = compare(*(forecasting.forecast(case, BRIEF) for case in (before, cut(whole))))
    total = math.fsum(move.hypotheses["tactic"] for move in found.contributions)
    assert total == pytest.approx(
        found.after.hypotheses["tactic"].exact - found.before.hypotheses["tactic"].exact, abs=1e-10
    )
