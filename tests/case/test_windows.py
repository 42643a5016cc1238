"""Windows open and close on their days, answers follow from each other, and resolutions are checked against all that.

A resolution that does not fit is said with its line and the remedy.
"""

from __future__ import annotations

import datetime as dt

import pytest
from tests.cases import CASE, EVENTS, INTENSITIES, write_case

from detente.case import find_case, load_case, read_record
from detente.case.election import election_day
from detente.case.outcomes import Resolution
from detente.case.windows import resolve, resolve_outcome, windows
from detente.errors import CaseError

HEAD = "outcome,window,resolution,date,source\n"
R = "seeds/dispute/resolutions.csv"
MET = "they_meet,before_election,yes,2023-02-10,Daily\n"


def resolved(folder, rows, **changes):
    workspace = write_case(folder, resolutions=HEAD + rows, **changes)
    return read_record(find_case("dispute", workspace))[0]


GOOD = {
    "one window": MET,
    "all windows": MET + "they_meet,after_election,void,2023-02-10,Daily\nthey_meet,horizon,yes,2023-02-10,Daily\n",
    "a no in each": (
        "border_open,before_election,no,2023-05-14,Daily\nborder_open,after_election,no,2024-03-01,Daily\n"
        "border_open,horizon,no,2024-03-02,Daily\n"
    ),
    "after it": "border_open,before_election,no,2023-05-13,Daily\nborder_open,after_election,yes,2023-05-14,Daily\n",
    "on the last day": "border_open,horizon,yes,2024-03-01,Daily\n",
    "void at any time": "border_open,horizon,void,2023-03-05,Daily\n",
}


@pytest.mark.parametrize("rows", GOOD.values(), ids=GOOD)
def test_what_is_in_order_is_taken(tmp_path, rows):
    assert len(resolved(tmp_path, rows).resolutions) == rows.count("\n")


BAD = {
    "before the process": (
        "border_open,horizon,yes,2022-12-01,Daily\n",
        [f"{R}:2: date: must be after 2022-12-01, when the process starts (got 2022-12-01)"],
    ),
    "before its window": (
        "border_open,after_election,yes,2023-05-13,Daily\n",
        [f"{R}:2: date: after_election opens on 2023-05-14, and what happened before makes it void (got 2023-05-13)"],
    ),
    "after its window": (
        "border_open,before_election,yes,2023-05-14,Daily\n",
        [f"{R}:2: date: before_election ends on 2023-05-13, and what happened later is a no (got 2023-05-14)"],
    ),
    "a no too soon": (
        "border_open,horizon,no,2024-02-29,Daily\n",
        [f"{R}:2: date: horizon ends on 2024-03-01: until then it may happen, so leave the row out (got 2024-02-29)"],
    ),
    "a no of what is on record": (
        "they_meet,horizon,no,2024-03-01,Daily\n",
        [f'{R}:2: resolution: must be yes, for events.csv has it on 2023-02-10 (got "no")'],
    ),
    "another day than the record": (
        "they_meet,horizon,yes,2023-02-11,Daily\n",
        [f"{R}:2: date: must be 2023-02-10, for events.csv has it then (got 2023-02-11)"],
    ),
    "not before on the record": (
        "they_meet,after_election,no,2024-03-01,Daily\n",
        [f'{R}:2: resolution: must be void, for events.csv has it before, on 2023-02-10 (got "no")'],
    ),
    "yes and by the horizon no": (
        "border_open,before_election,yes,2023-03-05,Daily\nborder_open,horizon,no,2024-03-01,Daily\n",
        [f'{R}:3: resolution: must be yes, for line 2 has it on 2023-03-05 (got "no")'],
    ),
    "yes twice": (
        "border_open,before_election,yes,2023-03-05,Daily\nborder_open,after_election,yes,2023-06-05,Daily\n",
        [
            f"{R}:2: resolution: must not be yes, for line 3 has it on 2023-06-05, outside before_election",
            f"{R}:3: resolution: must not be yes, for line 2 has it on 2023-03-05, outside after_election",
        ],
    ),
    "in no window and yet by the horizon": (
        (
            "border_open,before_election,no,2023-05-14,Daily\nborder_open,after_election,no,2024-03-01,Daily\n"
            "border_open,horizon,yes,2023-07-01,Daily\n"
        ),
        [f'{R}:3: resolution: must be yes, for line 4 has it on 2023-07-01 (got "no")'],
    ),
    "one window twice": (
        MET + MET,
        [f"{R}:3: they_meet, before_election: duplicate of line 2"],
    ),
}


@pytest.mark.parametrize(("rows", "expected"), BAD.values(), ids=BAD)
def test_what_is_not_is_said_with_its_line(tmp_path, rows, expected):
    with pytest.raises(CaseError) as caught:
        resolved(tmp_path, rows)
    assert str(caught.value).splitlines() == expected


def test_without_an_election_there_is_the_horizon_and_its_deadlines(tmp_path):
    case = CASE[: CASE.index("election:")] + CASE[CASE.index("horizon:") :]
    text = r'resolutions.csv:2: window: a case without an election has "horizon" and its deadlines \(got "before_elec'
    with pytest.raises(CaseError, match=text):
        resolved(tmp_path, MET, case=case)


DEADLINE = CASE.replace("horizon: 2024-03-01\n", "horizon: 2024-03-01\ndeadlines: [2023-04-30]\n")


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("border_open,by:2023-04-30,no,2023-04-30,Daily\n", None),
        ("border_open,by:2023-04-30,yes,2023-04-30,Daily\n", None),
        (MET.replace("before_election", "by:2023-04-30"), None),
        (
            "border_open,by:2023-04-30,no,2023-04-29,Daily\n",
            "date: by:2023-04-30 ends on 2023-04-30: until then it may happen, so leave the row out (got 2023-04-29)",
        ),
        (
            "border_open,by:2023-04-30,yes,2023-05-01,Daily\n",
            "date: by:2023-04-30 ends on 2023-04-30, and what happened later is a no (got 2023-05-01)",
        ),
        (
            MET.replace("before_election,yes,2023-02-10", "by:2023-04-30,no,2023-04-30"),
            'resolution: must be yes, for events.csv has it on 2023-02-10 (got "no")',
        ),
        (
            "border_open,by:2023-04-20,no,2023-04-20,Daily\n",
            'window: case.yaml lists no deadline for "by:2023-04-20" (did you mean `by:2023-04-30`?)',
        ),
        (
            "border_open,by:2023-04-31,no,2023-04-30,Daily\n",
            (
                "window: must be before_election, after_election, horizon or a deadline such as by:2023-06-30 "
                '(got "by:2023-04-31")'
            ),
        ),
    ],
)
def test_a_deadline_is_a_window(tmp_path, rows, problem):
    if problem is None:
        assert len(resolved(tmp_path, rows, case=DEADLINE).resolutions) == 1
        return
    with pytest.raises(CaseError) as caught:
        resolved(tmp_path, rows, case=DEADLINE)
    assert str(caught.value) == f"{R}:2: {problem}"


DAY = dt.date


@pytest.mark.parametrize(
    ("schedule", "day"),
    [
        ([(DAY(2030, 1, 1), DAY(2030, 6, 1))], DAY(2030, 6, 1)),
        ([(DAY(2030, 1, 1), DAY(2030, 6, 1)), (DAY(2030, 2, 1), DAY(2030, 5, 1))], DAY(2030, 5, 1)),
        ([(DAY(2030, 1, 1), DAY(2030, 5, 1)), (DAY(2030, 5, 1), DAY(2030, 6, 1))], DAY(2030, 6, 1)),
        ([(DAY(2030, 1, 1), DAY(2030, 5, 1)), (DAY(2030, 5, 2), DAY(2030, 5, 15))], DAY(2030, 5, 1)),
        ([], None),
    ],
    ids=["as planned", "moved forward", "put off on the morning", "a second round", "none"],
)
def test_election_day_is_the_first_that_was_scheduled_when_it_came(schedule, day):
    assert election_day(schedule) == day


def test_the_bundled_case_is_resolved_by_its_own_rules():
    """Each outcome in each window; what only happened after the horizon counts nowhere."""
    found = read_record(find_case("turkey-syria"))[0]
    rows = {(row.outcome, row.window): row for row in found.resolutions}
    assert len(rows) == 3 * len(found.outcomes)
    yes = {key for key, row in rows.items() if row.resolution == "yes"}
    assert yes == {("foreign_ministers_met", "before_election"), ("foreign_ministers_met", "horizon")}
    assert [key for key, row in rows.items() if row.resolution == "void"] == [
        ("foreign_ministers_met", "after_election")
    ]
    assert all(row.source for row in rows.values())
    assert all(row.date <= found.horizon for row in rows.values())
    assert not load_case("turkey-syria").resolutions


def test_what_can_no_longer_occur_is_a_no_from_that_day(tmp_path):
    case = CASE.replace(
        "states: [closed, open]", "states: [closed, open, walled]"
    ).replace("transitions: [[closed, open]]", "transitions: [[closed, open], [closed, walled]]")  # fmt: skip
    events = EVENTS + "2023-02-20,border,walled,Daily,A wall.\n"
    chances = "".join(f"border,closed,walled,*,{regime},365,0.1,0.2,0.3,A guess.\n" for regime in ("before", "*"))
    parts = {"case": case, "events": events, "intensities": INTENSITIES + chances}
    found = resolved(tmp_path / "on", "border_open,horizon,no,2023-02-20,Daily\n", **parts)
    assert resolve_outcome(found, found.outcomes[1])["horizon"].date == DAY(2023, 2, 20)
    with pytest.raises(CaseError, match="until then it may happen"):
        resolved(tmp_path / "before", "border_open,horizon,no,2023-02-19,Daily\n", **parts)
    with pytest.raises(CaseError, match=r"must not be yes: after what events\.csv has on 2023-02-20 it can no longer"):
        resolved(tmp_path / "yes", "border_open,horizon,yes,2023-05-19,Daily\n", **parts)


VOTE, HORIZON = DAY(2030, 9, 1), DAY(2031, 6, 1)
DECLARED = windows(HORIZON, VOTE, (DAY(2030, 7, 1), DAY(2030, 12, 1)))


def resolution(window, answer, day=HORIZON):
    return Resolution(outcome="p_b", window=window, resolution=answer, date=day, source="Daily")


def answers(*rows):
    found = {name: resolve(window, rows, DECLARED) for name, window in DECLARED.items()}
    return {name: row and (row.resolution, row.date) for name, row in found.items()}


def test_windows_stand_in_the_order_in_which_they_are_shown():
    assert list(DECLARED) == ["before_election", "after_election", "by:2030-07-01", "by:2030-12-01", "horizon"]
    assert list(windows(HORIZON)) == ["horizon"]


def test_a_window_answers_for_the_day_on_which_it_happened():
    said = {day: [window.ruling(day) for window in DECLARED.values()] for day in (None, DAY(2030, 8, 31), VOTE)}
    assert said == {
        None: ["no"] * 5,
        DAY(2030, 8, 31): ["yes", "void", "no", "yes", "yes"],
        VOTE: ["no", "yes", "no", "yes", "yes"],
    }


def test_the_day_of_a_yes_answers_every_window():
    assert answers(resolution("horizon", "yes", DAY(2030, 10, 1))) == {
        "before_election": ("no", DAY(2030, 8, 31)),
        "after_election": ("yes", DAY(2030, 10, 1)),
        "by:2030-07-01": ("no", DAY(2030, 7, 1)),
        "by:2030-12-01": ("yes", DAY(2030, 10, 1)),
        "horizon": ("yes", DAY(2030, 10, 1)),
    }


def test_noes_answer_what_they_leave_no_day_of():
    before, later = resolution("before_election", "no", DAY(2030, 8, 31)), resolution("after_election", "no")
    assert answers(before) == {
        "before_election": ("no", DAY(2030, 8, 31)),
        "after_election": None,
        "by:2030-07-01": ("no", DAY(2030, 7, 1)),
        "by:2030-12-01": None,
        "horizon": None,
    }
    assert answers(later, before)["horizon"] == ("no", HORIZON)
    assert answers(later)["horizon"] is None
    assert answers(resolution("after_election", "void"), before)["horizon"] is None


def test_what_the_horizon_does_not_decide_no_other_window_does():
    assert set(answers(resolution("horizon", "void")).values()) == {("void", HORIZON)}
