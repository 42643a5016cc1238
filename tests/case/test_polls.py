"""Polls: what is refused, what counts once, and what is said of polls that are not used."""

from __future__ import annotations

import datetime as dt

import pytest
from cases import CASE, EVENTS, PRIORS, write_case

from detente.case import find_case, load_case, read_bulletin, read_record
from detente.case.check import lint
from detente.case.polls import LEARNED, Poll, house, learned_errors, waves
from detente.errors import BulletinError, CaseError

HEAD = "pollster,start,end,published,sample_size,kind,incumbent,opponent,source\n"
MODEL = PRIORS + "polls: {house_sd: 0.02, bias_sd: 0.03, walk_sd: 0.002, excess_sd: 0.01, because: Polls err.}\n"
Q, P = "seeds/dispute/polls.csv", "priors/dispute/priors.yaml"


def row(pollster="House", start="2023-02-01", end="2023-02-03", size="1000", shares="52,44", source="Daily", kind=""):
    return f"{pollster},{start},{end},,{size},{kind},{shares},{source}\n"


def problems(folder, polls, priors=MODEL):
    with pytest.raises(CaseError) as caught:
        load_case(workspace=write_case(folder, polls=HEAD + polls, priors=priors))
    return [str(problem) for problem in caught.value.problems]


def case_of(folder, polls, **more):
    return load_case(workspace=write_case(folder, polls=HEAD + polls, priors=MODEL, **more))


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ("0.52,0.44", "must be percentages, 52 and 44 (got 0.52 and 0.44)"),
        ("52,0.44", "must be percentages, 52 and 44 (got 52 and 0.44)"),
        ("22,24", "must add up to between 50 and 102 percent (got 46)"),
        ("55,48", "must add up to between 50 and 102 percent (got 103)"),
    ],
)
def test_shares_that_are_no_percentages_are_refused(tmp_path, shares, message):
    assert problems(tmp_path, row(shares=shares)) == [f"{Q}:2: incumbent, opponent: {message}"]


def test_a_rounded_sum_above_a_hundred_is_no_problem(tmp_path):
    assert len(case_of(tmp_path, row(shares="50.6,50.4")).polls) == 1


@pytest.mark.parametrize("again", [row(), row(source="Another page"), row(size="")])
def test_one_poll_counts_once_whatever_its_source(tmp_path, again):
    expected = f"{Q}:3: duplicate of line 2: one poll counts once, whatever its sources"
    assert problems(tmp_path, row() + again) == [expected]


def test_one_poll_with_two_results_must_be_settled(tmp_path):
    expected = f"{Q}:3: incumbent, opponent: line 2 has 52 and 44 for this poll: keep one of the two"
    assert problems(tmp_path, row() + row(shares="44,52")) == [expected]


def test_two_kinds_of_question_are_two_polls(tmp_path):
    priors = MODEL.replace("because: Polls err", "kind_sd: {duel: 0, round: 0.02}, because: Polls err")
    polls = HEAD + row(kind="duel") + row(kind="round")
    assert len(load_case(workspace=write_case(tmp_path, polls=polls, priors=priors)).polls) == 2


@pytest.mark.parametrize("spelling", ["HOUSE", "Hóuse", "House ", "Ho-use"])
def test_a_house_has_one_spelling(tmp_path, spelling):
    found = problems(tmp_path, row() + row(spelling, "2023-02-10", "2023-02-12")) if spelling.strip() != "House" else []
    shown = spelling.strip()
    assert found == ([f'{Q}:3: pollster: "{shown}" is "House" on line 2: use one spelling'] if found else [])
    assert house(spelling) == "house"


@pytest.mark.parametrize(
    ("name", "value", "most"), [("house_sd", "2", "0.25"), ("bias_sd", "3", "0.25"), ("walk_sd", "0.2", "0.02")]
)
def test_a_deviation_in_points_is_refused(tmp_path, name, value, most):
    stated = {"house_sd": "0.02", "bias_sd": "0.03", "walk_sd": "0.002"}[name]
    priors = MODEL.replace(f"{name}: {stated}", f"{name}: {value}")
    expected = f"polls.{name}: must be a share of at most {most}: two points are 0.02 (got {value})"
    assert problems(tmp_path, row(), priors) == [f"{P}:19: {expected}"]


def test_a_kind_in_points_is_refused(tmp_path):
    priors = MODEL.replace("because: Polls err", "kind_sd: {duel: 1.5}, because: Polls err")
    (found,) = problems(tmp_path, row(kind="duel"), priors)
    assert "polls.kind_sd.duel: must be a share of at most 0.25" in found


def test_what_is_not_stated_is_as_with_other_votes_of_the_kind(tmp_path):
    def errors(stated, folder):
        polls = HEAD + row() + row("Other") + row("Third")
        return load_case(workspace=write_case(folder, polls=polls, priors=PRIORS + stated)).priors.polls

    assert errors("", tmp_path / "a") == LEARNED["other"]
    kind = errors("polls: {vote: president, because: It is one.}\n", tmp_path / "b")
    assert kind == LEARNED["president"].changed(because="It is one.")
    own = errors("polls: {vote: president, bias_sd: 0.04, because: Ours.}\n", tmp_path / "c")
    assert (own.bias_sd, own.degrees, own.house_sd) == (0.04, None, LEARNED["president"].house_sd)
    assert LEARNED["regional_parliament"] == learned_errors("landtag")


def test_degrees_without_a_variance_are_refused(tmp_path):
    priors = MODEL.replace("because: Polls err", "degrees: 2, because: Polls err")
    expected = "polls.degrees: must be greater than 2: with fewer the deviation is infinite (got 2)"
    assert problems(tmp_path, row(), priors) == [f"{P}:19: {expected}"]


def test_a_day_of_field_work_counts_once(tmp_path):
    days = [dt.date(2023, 2, day) for day in range(1, 8)]
    tracking = "".join(row(start=str(day), end=str(day + dt.timedelta(2))) for day in days)
    others = row("Other") + row("Third")
    case = case_of(tmp_path / "a", tracking + others, case=("2023-03-01", "2023-02-20"))
    kept = [(poll.start.day, poll.end.day) for poll in case.usable_polls if poll.pollster == "House"]
    assert kept == [(1, 3), (4, 6), (7, 9)]
    apart = "".join(row(start=str(day), end=str(day + dt.timedelta(2))) for day in days[::3])
    once = case_of(tmp_path / "b", apart + others, case=("2023-03-01", "2023-02-20"))
    assert once.usable_polls == case.usable_polls
    assert any("4 of 9 polls overlap" in str(piece) for piece in lint(record(tmp_path / "a")))


def record(folder):
    return read_record(find_case(workspace=folder))[0]


def test_a_poll_known_by_the_month_gives_way_to_one_known_by_the_day():
    def poll(start, end):
        return Poll(pollster="House", start=start, end=end, incumbent=50, opponent=45, source="")

    month, days = poll(dt.date(2023, 3, 1), dt.date(2023, 3, 31)), poll(dt.date(2023, 3, 8), dt.date(2023, 3, 12))
    assert waves([month, days]) == (days,)


def test_a_poll_after_the_vote_is_not_used_and_said(tmp_path):
    late = row() + row("Other") + row("Third") + row("Fourth", "2023-05-12", "2023-05-16")
    voted = EVENTS + "2023-05-14,election,rival,Daily,He won.\n"
    changes = {"case": ("2023-03-01", "2023-05-18"), "events": voted}
    case = record(write_case(tmp_path, polls=HEAD + late, priors=MODEL, **changes))
    assert [poll.pollster for poll in case.as_of(dt.date(2023, 5, 14)).usable_polls] == ["House", "Other", "Third"]
    assert [str(piece) for piece in lint(case)] == [
        (
            "polls.csv: 1 of 4 polls end after the election, 2023-05-14, and are not used: add a later round to "
            "election.schedule, or delete them"
        )
    ]


def test_polls_beside_three_winners_are_not_used_and_said(tmp_path):
    three = CASE.replace("rival, label: The rival wins}", "rival, label: A}\n    - {id: third, label: B}")
    priors = MODEL.replace("incumbent: 0.5, rival: 0.5", "incumbent: 0.4, rival: 0.4, third: 0.2")
    case = record(write_case(tmp_path, polls=HEAD + row() + row("Other") + row("Third"), case=three, priors=priors))
    assert case.as_of(dt.date(2023, 3, 1)).usable_polls == ()
    assert [str(piece) for piece in lint(case) if "polls" in str(piece)] == [
        (
            "polls.csv: the 3 polls are not used: polls are used where there are two winners, and case.yaml has 3: "
            "join the others in one winner, or delete the polls"
        )
    ]


def test_a_bulletin_brings_no_poll_twice_and_no_second_spelling(tmp_path):
    case = record(write_case(tmp_path, polls=HEAD + row(), priors=MODEL))
    one = "{pollster: HOUSE, start: 2023-02-20, end: 2023-02-22, incumbent: 50, opponent: 45}"
    other = "{pollster: New, start: 2023-02-20, end: 2023-02-22, incumbent: 50, opponent: 45}"
    with pytest.raises(BulletinError) as caught:
        read_bulletin(f"date: 2023-03-02\npolls:\n  - {one}\n  - {other}\n  - {other}\n", "news.yaml", case)
    assert [str(problem) for problem in caught.value.problems] == [
        'news.yaml:3: polls.pollster: "HOUSE" is "House" in polls.csv: use that spelling',
        "news.yaml:5: duplicate of line 4: one poll counts once, whatever its sources",
    ]
