"""The course of a process: the order in which steps happened, and the day from which they were known."""

from __future__ import annotations

import datetime as dt

import pytest
from cases import EVENTS, POLLS, write_case

from detente import exact
from detente.case import find_case, load_case, read_bulletin, read_record, take_in
from detente.case.changes import changed_files
from detente.errors import BulletinError, CaseError

DAY = dt.date
BOTH = "date,process,state,source,claim\n2023-02-10,ladder,{},Daily,x\n2023-02-10,ladder,{},Daily,y\n"
LATER = EVENTS.replace("claim\n", "claim,known_from\n").replace("They met.", "They met.,2023-02-20")


def record(folder, **changes):
    return read_record(find_case(workspace=write_case(folder, **changes)))[0]


def test_two_steps_of_one_day_are_taken_in_the_order_of_the_process(tmp_path):
    cases = [
        load_case(workspace=write_case(tmp_path / name, events=BOTH.format(*order)))
        for name, order in (("a", ("met", "signed")), ("b", ("signed", "met")))
    ]
    assert [[event.state for event in case.history("ladder")] for case in cases] == [["met", "signed"]] * 2
    assert {case.state("ladder") for case in cases} == {"signed"}
    first, second = (exact.posterior(case).probability for case in cases)
    assert second == pytest.approx(first, abs=1e-15)


def test_a_bulletin_may_list_the_later_step_first(tmp_path):
    case = record(tmp_path, events=None)
    text = (
        "date: 2023-03-02\nevents:\n  - {process: ladder, state: signed, claim: x}\n"
        "  - {process: ladder, state: met, claim: y}\n"
    )
    assert take_in(case, read_bulletin(text, "news.yaml", case)).as_of(DAY(2023, 3, 2)).state("ladder") == "signed"


def test_steps_of_one_day_that_no_order_allows_are_a_problem(tmp_path):
    with pytest.raises(CaseError, match=r'ladder was in "apart" on 2023-02-10, and has no transition from there to'):
        load_case(workspace=write_case(tmp_path, events=BOTH.format("signed", "signed")))


def test_a_step_is_seen_from_the_day_on_which_it_was_known(tmp_path):
    case = record(tmp_path, events=LATER)
    assert case.as_of(DAY(2023, 2, 19)).state("ladder") == "apart"
    assert case.as_of(DAY(2023, 2, 20)).state("ladder") == "met"
    without = record(tmp_path / "without", events=None)
    posteriors = [exact.posterior(one.as_of(DAY(2023, 2, 19))).probability for one in (case, without)]
    assert posteriors[0] == pytest.approx(posteriors[1], abs=1e-15)
    known, at_once = (exact.posterior(record(tmp_path / n, events=e).as_of(DAY(2023, 3, 1))).probability
                      for n, e in (("k", LATER), ("o", EVENTS)))  # fmt: skip
    assert known == pytest.approx(at_once, abs=1e-15), "once known, it happened on its day"


def test_a_winner_is_seen_from_the_day_on_which_it_was_known(tmp_path):
    events = LATER + "2023-05-14,election,rival,Daily,Called.,2023-05-20\n"
    case = record(tmp_path, events=events)
    assert case.as_of(DAY(2023, 5, 19)).winner is None
    assert case.as_of(DAY(2023, 5, 20)).winner == "rival"


def test_nothing_is_known_before_it_happens(tmp_path):
    with pytest.raises(CaseError) as caught:
        record(tmp_path, events=LATER.replace("2023-02-20", "2023-02-09"))
    assert str(caught.value) == (
        "seeds/dispute/events.csv:2: known_from: must not be earlier than date, 2023-02-10 (got 2023-02-09)"
    )


@pytest.mark.parametrize(
    ("stated", "seen_from"), [("", DAY(2023, 3, 10)), (", known_from: 2023-03-05", DAY(2023, 3, 5))]
)
def test_what_a_bulletin_tells_late_was_not_known_before_it(tmp_path, stated, seen_from):
    location = find_case(workspace=write_case(tmp_path))
    case, _ = read_record(location)
    text = f"date: 2023-03-10\nevents: [{{process: border, state: open, date: 2023-03-02, claim: x{stated}}}]\n"
    bulletin = read_bulletin(text, "news.yaml", case)
    after = take_in(case, bulletin)
    assert after.as_of(seen_from - dt.timedelta(days=1)).state("border") == "closed"
    assert after.as_of(seen_from).state("border") == "open"
    files = changed_files(location, case, bulletin, after)
    assert f"2023-03-02,border,open,,x,{seen_from}" in files[location.seeds / "events.csv"].decode()


def test_a_bulletin_knows_nothing_of_a_later_day(tmp_path):
    case = record(tmp_path)
    text = "date: 2023-03-10\nevents: [{process: border, state: open, known_from: 2023-03-11, claim: x}]\n"
    with pytest.raises(BulletinError, match=r"events\.known_from: must not be later than the bulletin's date"):
        read_bulletin(text, "news.yaml", case)


def test_a_poll_of_a_later_day_is_no_different(tmp_path):
    assert record(tmp_path, polls=POLLS).as_of(DAY(2023, 1, 1)).polls == ()


MONTHS = EVENTS.replace("claim\n", "claim,precision\n").replace("They met.", "They met.,month")


@pytest.mark.parametrize(
    ("events", "problems"),
    [
        (MONTHS.replace("month", "decade"), ['2: precision: must be day, month or year (got "decade")']),
        (MONTHS.replace("2023-02-10", "2022-11-10"), ["2: date: must not be earlier than the start of ladder"]),
        (EVENTS.replace("2023-02-10", "2022"), []),
        (
            EVENTS.replace("2023-02-10", "2023-13"),
            ["2: date: must be an ISO date such as 2023-02-08, or a month or year"],
        ),
        (
            MONTHS + "2023-01-20,ladder,signed,Daily,y,\n",
            ['3: date: must not be earlier than its step to "met", 2023-02-01'],
        ),
        (
            MONTHS + "2023-01,ladder,signed,Daily,y,\n",
            ['3: date: must not be earlier than its step to "met", 2023-02-01'],
        ),
        (MONTHS + "2023-02-05,ladder,signed,Daily,y,\n", []),
        (MONTHS + "2023-05,election,rival,Daily,y,\n", ["3: date: an election has its day: give it (got 2023-05)"]),
    ],
)
def test_a_month_that_cannot_be_is_one_line(tmp_path, events, problems):
    """Each wrong for one reason, or right although its days overlap those of the step before."""
    location = find_case(workspace=write_case(tmp_path, events=events))
    try:
        read_record(location)
        found = []
    except CaseError as error:
        found = [str(problem) for problem in error.problems]
    assert len(found) == len(problems)
    for said, problem in zip(found, problems, strict=True):
        assert said.startswith(f"seeds/dispute/events.csv:{problem}")
