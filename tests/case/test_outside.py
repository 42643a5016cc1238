"""Polls with kinds, reference classes and others' forecasts: what the files may say, and what is wrong with them."""

from __future__ import annotations

import datetime as dt

import pytest
from cases import POLLS, PRIORS, write_case

from detente.case import load_case
from detente.case.loading import read_record
from detente.case.locating import CaseLocation
from detente.errors import CaseError

POLL_PRIORS = PRIORS + (
    "polls: {house_sd: 0.02, bias_sd: 0.03, walk_sd: 0.002, excess_sd: 0.01, kind_sd: {duel: 0, round: 0.02},"
    " because: Polls err.}\n"
)
VIEW = "outside_view: {weight: 0.3, class: others, because: Others went before.}\n"
CLASS = """\
class,member,start,followed_until,met,signed,election,election_support,source
others,A-B,2001-01-01,2003-01-01,2001-06-01,,yes,recall,Atlas
others,C-D,2010-01-01,2024-01-01,2010-01-01,2023-06-01,no,,Atlas
others,E-F,2022-01-01,2024-01-01,-,2023-12-01,,,Atlas
"""
OTHERS = """\
date,forecaster,winner,probability,source
2023-02-01,A market,rival,0.6,Daily
2023-04-01,A market,rival,0.7,Daily
"""


def problems(folder, **changes):
    with pytest.raises(CaseError) as caught:
        load_case(workspace=write_case(folder, **changes))
    return [str(problem) for problem in caught.value.problems]


def test_a_kind_and_a_blank_sample_size(tmp_path):
    rows = (
        "pollster,start,end,published,sample_size,kind,incumbent,opponent,source\n"
        "House,2023-01-01,2023-01-06,,,duel,44.5,41,\nOther,2023-02-01,2023-02-05,,800,,45,45,\n"
        "House,2023-02-01,2023-02-05,2023-02-20,800,round,45,45,\n"
    )
    case = load_case(workspace=write_case(tmp_path, polls=rows, priors=POLL_PRIORS))
    assert [(poll.kind, poll.sample_size) for poll in case.polls] == [("duel", None), (None, 800), ("round", 800)]
    assert case.polls[0].middle == dt.date(2023, 1, 3)
    assert case.priors.polls.start_sd == 1
    assert len(case.polls_in_force) == 3
    assert case.as_of(dt.date(2023, 2, 19)).polls_in_force == ()


def test_a_kind_without_its_deviation_is_a_problem(tmp_path):
    rows = (
        POLLS.replace("sample_size,", "sample_size,kind,").replace("1000,", "1000,rond,").replace("800,", "800,duel,")
    )
    assert problems(tmp_path, polls=rows, priors=POLL_PRIORS) == [
        (
            'seeds/dispute/polls.csv:2: kind: priors/dispute/priors.yaml gives no polls.kind_sd for "rond" (did you '
            "mean `round`?)"
        )
    ]


def test_a_design_effect_below_one_is_a_problem(tmp_path):
    block = POLL_PRIORS.replace("walk_sd: 0.002", "walk_sd: 0, design_effect: 0.5")
    found = problems(tmp_path, priors=block)
    assert any("polls.walk_sd: must be a number greater than 0" in text for text in found)
    assert any("polls.design_effect: must be at least 1" in text for text in found)


def test_the_incumbent_must_be_among_two_winners(tmp_path):
    case = ("{id: incumbent, label: The incumbent wins}", "{id: ruler, label: The ruler wins}")
    found = problems(
        tmp_path,
        case=case,
        priors=POLL_PRIORS.replace("incumbent: 0.5", "ruler: 0.5"),
        intensities=("after:incumbent", "after:ruler"),
    )
    assert len(found) == 1
    assert "one of the winners must have the id incumbent" in found[0]


def test_a_reference_class(tmp_path):
    case = load_case(workspace=write_case(tmp_path, reference_class=CLASS, priors=PRIORS + VIEW))
    first, second, third = case.reference_class
    assert first.reached == {"met": dt.date(2001, 6, 1), "signed": None}
    assert (first.election, first.election_support, third.election) == (True, "recall", None)
    assert third.reached == {"signed": None}  # not yet, at the cut-off
    assert second.followed_until == case.information_cutoff
    assert second.reached["signed"] is None
    assert case.priors.outside_view.reference_class == "others"


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("2001-06-01", None, "2001-06-01"),
        ("2001-06", "2001-06-01", "2001-06-30"),
        ("2001-01", "2001-01-20", "2001-01-31"),
        ("2001", "2001-01-20", "2001-12-31"),
        ("2003", "2003-01-01", "2003-01-01"),
        ("?", "2001-01-20", "2003-01-01"),
        ("2001-01-15", "2001-01-20", "2001-01-31"),  # by the month, as the start may be
    ],
)
def test_a_day_may_be_known_by_month_or_year_or_not_at_all(tmp_path, cell, first, last):
    """Between the start and the last day of following, both included."""
    text = CLASS.replace("2001-01-01", "2001-01-20", 1).replace("2001-06-01", cell, 1)
    member = load_case(workspace=write_case(tmp_path, reference_class=text, priors=PRIORS + VIEW)).reference_class[0]
    first, last = dt.date.fromisoformat(first or last), dt.date.fromisoformat(last)
    assert member.span("met") == (first, last)
    assert member.span("signed") is None
    cut = member.as_of(last - dt.timedelta(days=1))
    assert "met" not in cut.reached if first < last else cut.reached["met"] is None


@pytest.mark.parametrize(
    ("cell", "began"),
    [
        ("2001-05", ("2001-05-01", "2001-05-31")),
        ("2001", ("2001-01-01", "2001-06-01")),
        ("2001-06", ("2001-06-01", "2001-06-01")),
    ],
)
def test_a_start_may_be_known_by_month_or_year(tmp_path, cell, began):
    """It is no later than the first state that was reached."""
    text = CLASS.replace("2001-01-01", cell, 1)
    member = load_case(workspace=write_case(tmp_path, reference_class=text, priors=PRIORS + VIEW)).reference_class[0]
    assert member.began == tuple(map(dt.date.fromisoformat, began))


def test_a_step_before_the_month_of_the_start_is_an_error(tmp_path):
    text = CLASS.replace("2001-01-01", "2001-07", 1)
    found = problems(tmp_path, reference_class=text, priors=PRIORS + VIEW)
    assert any(":2: met: must not be earlier than start, 2001-07-01 (got 2001-06-01)" in text for text in found)


def test_what_came_later_is_in_the_whole_case(tmp_path):
    write_case(tmp_path, reference_class=CLASS, priors=PRIORS + VIEW)
    whole = read_record(CaseLocation("dispute", tmp_path))[0]
    assert whole.reference_class[1].reached["signed"] == dt.date(2023, 6, 1)
    assert [row.member for row in whole.as_of(dt.date(2022, 1, 1)).reference_class] == ["A-B", "C-D"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ("2001-06-01,,", "2004-06-01,,"),
            "2: met: must not be later than followed_until, 2003-01-01 (got 2004-06-01)",
        ),
        (
            ("2003-01-01", "2000-01-01"),
            "2: followed_until: must not be earlier than start, 2001-01-01 (got 2000-01-01)",
        ),
        (("C-D", "A-B"), '3: member: "A-B" is a duplicate of line 2'),
        (("met,", "mett,"), '1: unknown column "mett"'),
        (
            ("-,", "n/a,"),
            (
                "4: met: must be an ISO date such as 2023-02-08, a month such as 2023-02, a year, ? if the day is "
                "unknown, - if the state does not apply, or blank if it was not reached"
            ),
        ),
        (
            ("2001-06-01,,", "1991-06-01,,"),
            (
                "2: met: must not be earlier than start, 2001-01-01 (got 1991-06-01): if only the month or year is "
                "known, write 2001-06 or 2001, and ? if not even that"
            ),
        ),
        (("2001-06-01,,", "2000-12,,"), "2: met: must not be earlier than start, 2001-01-01 (got 2000-12)"),
        (("2001-06-01,,", "2000,,"), "2: met: must not be earlier than start, 2001-01-01 (got 2000)"),
        (("2001-06-01,,", "2001-13,,"), "2: met: must be an ISO date such as 2023-02-08, a month such as 2023-02"),
        (
            ("2001-06-01,,", "2003-02,,"),
            "2: met: must not be later than followed_until, 2003-01-01 (got 2003-02)",
        ),
    ],
)
def test_what_is_wrong_with_a_class(tmp_path, change, problem):
    text = CLASS.replace(*change, 1)
    found = problems(tmp_path, reference_class=text, priors=PRIORS + VIEW)
    assert any(text.startswith("seeds/dispute/reference_class.csv:" + problem) for text in found), found


def test_the_class_leaned_on_must_be_there(tmp_path):
    assert problems(tmp_path / "a", reference_class=CLASS, priors=PRIORS + VIEW.replace("others", "other")) == [
        (
            'priors/dispute/priors.yaml:19: outside_view.class: reference_class.csv has no class "other"'
            " (did you mean `others`?)"
        )
    ]
    assert 'has no class "others"' in problems(tmp_path / "b", priors=PRIORS + VIEW)[0]


def test_a_state_of_that_name_in_two_processes_has_no_column(tmp_path):
    case = ("states: [closed, open]\n    start: {state: closed", "states: [met, open]\n    start: {state: met")
    found = problems(tmp_path, case=case, reference_class=CLASS, priors=PRIORS + VIEW)
    assert any('unknown column "met"' in line for line in found)


def test_others_forecasts_are_known_on_their_dates(tmp_path):
    write_case(tmp_path)
    path = tmp_path / "seeds" / "dispute" / "external_forecasts.csv"
    path.write_text(OTHERS, encoding="utf-8")
    case = load_case(workspace=tmp_path)
    assert [(row.forecaster, row.probability) for row in case.external_forecasts] == [("A market", 0.6)]
    path.write_text(OTHERS.replace("rival", "rivals", 1), encoding="utf-8")
    with pytest.raises(CaseError, match=r'winner: case\.yaml declares no winner "rivals"'):
        load_case(workspace=tmp_path)


def test_what_the_priors_make_no_use_of_is_said(tmp_path):
    from detente.case.check import examine

    write_case(tmp_path, polls=POLLS, reference_class=CLASS)
    advice = [str(line) for line in examine(CaseLocation("dispute", tmp_path))[1]]
    assert len(advice) == 2
    assert "says nothing of how polls err" in advice[0] + advice[1]
    assert "the 3 members are not used" in advice[0] + advice[1]
