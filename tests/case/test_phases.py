"""Phases and occasions in the files of a case: what may be stated, what holds where, and what is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.cases import CASE, EVENTS, INTENSITIES, PRIORS, write_case

from detente.case import load_case
from detente.case.check import examine
from detente.case.locating import find_case
from detente.errors import CaseError

C, N = "seeds/dispute/case.yaml", "priors/dispute/intensities.csv"
PHASES = """\
phases:
  - {id: last_month, label: the last month before the vote, days: 30, before: election}
  - {id: winter, from: 2023-12-01, until: 2024-02-29}
  - {id: run_up, days: 14, before: summit}
occasions:
  - id: summit
    schedule:
      - {known_from: 2022-12-01, date: 2023-03-20}
      - {known_from: 2023-02-01, date: 2023-04-03}
"""
DIVIDED = CASE.replace("horizon:", PHASES + "horizon:")
HEADER = "process,from,to,hypothesis,regime,phase,within_days,low,mid,high,because\n"
ROWS = INTENSITIES.partition("\n")[2].splitlines()
OLD = "".join(f"{','.join([*cells[:5], '', *cells[5:]])}\n" for row in ROWS for cells in [row.split(",")])


def table(*rows):
    """Return the table of the usual case with some rows more."""
    return HEADER + OLD + "".join(f"{row},0.1,0.2,0.4,A test wants it.\n" for row in rows)


def problems(folder, **files):
    with pytest.raises(CaseError) as caught:
        load_case(workspace=write_case(folder, **{"case": DIVIDED, **files}))
    return [str(problem) for problem in caught.value.problems]


def test_what_holds_where(tmp_path):
    """A phase has the steps stated for it, in the regimes into which it may fall; all else keeps the regime's pace."""
    stated = table(
        "ladder,met,signed,*,*,last_month,30", "ladder,met,signed,*,*,winter,30", "border,closed,open,*,*,summit,1"
    )
    case = load_case(workspace=write_case(tmp_path, case=DIVIDED, intensities=stated))
    parts = ("before/last_month", "after:incumbent/winter", "after:rival/winter", "before/summit")
    assert case.regimes == ("before", "after:incumbent", "after:rival", *parts)
    first, second, gate = case.transitions
    assert case.pace_on(second, "before", dt.date(2023, 5, 13)) == "before/last_month"
    assert case.pace_on(second, "before", dt.date(2023, 4, 13)) == "before"
    assert case.pace_on(first, "before", dt.date(2023, 5, 13)) == "before"
    assert case.pace_on(second, "after:rival", dt.date(2024, 2, 29)) == "after:rival/winter"
    assert case.pace_on(gate, "before", dt.date(2023, 4, 3)) is None
    assert case.occasion_on(gate, "before", dt.date(2023, 4, 3)) == "before/summit"
    assert case.occasion_on(second, "before", dt.date(2023, 4, 3)) is None
    assert case.intensity(second, "sincere", "before/last_month").mid == 0.2
    assert case.intensity(first, "sincere", "before/last_month") == case.intensity(first, "sincere", "before")
    earlier = load_case(workspace=tmp_path, as_of=dt.date(2023, 1, 20))
    assert earlier.named_days["summit"] == dt.date(2023, 3, 20)
    assert earlier.regimes == case.regimes
    assert (
        "summit"
        not in load_case(workspace=tmp_path, as_of=dt.date(2023, 1, 20)).as_of(dt.date(2022, 11, 30)).named_days
    )


def test_the_most_specific_row_of_a_phase_holds(tmp_path):
    rows = (
        "ladder,met,signed,*,*,winter,30",
        "ladder,met,signed,tactic,*,winter,60",
        "ladder,met,signed,tactic,after:rival,winter,90",
    )
    case = load_case(workspace=write_case(tmp_path, case=DIVIDED, intensities=table(*rows)))
    step, winter = case.transitions[1], ("after:incumbent/winter", "after:rival/winter")
    days = {(h, g): case.intensity(step, h, g).within_days for h in case.hypothesis_ids for g in winter}
    assert days == {("sincere", g): 30 for g in winter} | {("tactic", winter[0]): 60, ("tactic", winter[1]): 90}


def test_the_regime_may_be_left_out(tmp_path):
    """A case without an election names none; a blank is a star."""
    lone = CASE[: CASE.index("election:")] + CASE[CASE.index("horizon:") :]
    rows = {"ladder,apart,met": 100, "ladder,met,signed": 365, "border,closed,open": 365}
    short = "process,from,to,hypothesis,within_days,low,mid,high,because\n"
    short += "".join(f"{step},*,{days},0.1,0.2,0.4,A test wants it.\n" for step, days in rows.items())
    no_election = PRIORS[: PRIORS.index("election:")] + PRIORS[PRIORS.index("couplings:") :]
    case = load_case(workspace=write_case(tmp_path, case=lone, intensities=short, priors=no_election))
    assert {row.regime for row in case.intensities} == {"before"}
    blank = INTENSITIES.replace("*,100", "*,100").replace("sincere,*,", "sincere,,")
    assert len(load_case(workspace=write_case(tmp_path / "two", intensities=blank)).intensities) == 18


FAULTS = {
    "neither": ("{id: winter}", ["give either `from`, `until` or both, or `days` with `before` or `after`"]),
    "both": (
        "{id: winter, from: 2023-12-01, days: 3}",
        ["give either `from`, `until` or both, or `days` with `before` or `after`"],
    ),
    "no_day": ("{id: winter, days: 3}", ["give `days`, and the day they are counted from with `before` or `after`"]),
    "two_days": (
        "{id: winter, days: 3, before: election, after: summit}",
        ["give `days`, and the day they are counted from"],
    ),
    "backwards": (
        "{id: winter, from: 2023-12-01, until: 2023-11-30}",
        ["until: must not be earlier than from, 2023-12-01 (got 2023-11-30)"],
    ),
    "too_long": ("{id: winter, days: 40000, before: election}", ["days: must be at most 36500 (got 40000)"]),
    "no_such_occasion": (
        "{id: winter, days: 3, before: sumit}",
        ['phases.before: case.yaml declares no occasion "sumit" (did you mean `summit`?)'],
    ),
    "one_name": ("{id: summit, until: 2023-12-01}", ['phases.id: "summit" is an occasion already, on line 23']),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_phase_that_cannot_be(name, tmp_path):
    declared, said = FAULTS[name]
    found = problems(tmp_path, case=DIVIDED.replace("{id: winter, from: 2023-12-01, until: 2024-02-29}", declared))
    assert len(found) == len(said)
    assert all(text in line and line.startswith(f"{C}:20: ") for text, line in zip(said, found, strict=True))


REMEDY = "add a row (* stands for all the others)"
ROW_FAULTS = {
    "unknown": (
        "ladder,met,signed,*,*,wintr,30",
        [f'{N}:8: phase: case.yaml declares no phase or occasion "wintr" (did you mean `winter`?)'],
    ),
    "never": ("ladder,met,signed,*,before,winter,30", [f'{N}:8: phase: winter never falls in the regime "before"']),
    "some_hypotheses": (
        "ladder,met,signed,tactic,*,last_month,30",
        [f"{N}: ladder: met > signed has no intensity under sincere in before/last_month: {REMEDY}"],
    ),
    "days_of_an_occasion": (
        "ladder,met,signed,*,*,summit,30",
        [f"{N}:8: within_days: must be 1, for summit is an occasion of one day (got 30)"],
    ),
}


@pytest.mark.parametrize("name", ROW_FAULTS)
def test_a_row_that_cannot_be(name, tmp_path):
    row, said = ROW_FAULTS[name]
    assert problems(tmp_path, intensities=table(row)) == said


def test_a_step_has_one_pace_a_day(tmp_path):
    """Phases may overlap, by any date that was ever announced, where no step is stated in both."""
    rows = ("ladder,met,signed,*,*,last_month,30", "ladder,met,signed,*,*,run_up,30")
    moved = DIVIDED.replace("{known_from: 2022-12-01, date: 2023-03-20}", "{known_from: 2022-12-01, date: 2023-04-20}")
    load_case(workspace=write_case(tmp_path / "apart", case=DIVIDED, intensities=table(*rows)))
    (found,) = problems(
        tmp_path / "once",
        case=moved.replace("known_from: 2023-01-15", "known_from: 2022-12-15"),
        intensities=table(*rows),
    )
    assert found == (
        f"{N}:9: phase: last_month and run_up overlap, and the step is stated in both, on line 8 too: "
        "let one end before the other begins"
    )
    other = table(rows[0], "ladder,apart,met,*,*,run_up,30")
    load_case(workspace=write_case(tmp_path / "steps", case=moved, intensities=other))


def test_an_occasion_has_a_date(tmp_path):
    (found,) = problems(tmp_path, case=DIVIDED.replace("horizon:", "  - {id: vote, schedule: []}\nhorizon:"))
    assert found == f"{C}:27: occasions.schedule: must name at least one date"


def test_an_occasion_is_called_off_after_it_was_announced(tmp_path):
    schedule = "[{known_from: 2023-01-01, date: 2023-08-01}]"
    off = f"  - {{id: vote, schedule: {schedule}, cancelled_on: 2023-01-01}}\nhorizon:"
    (found,) = problems(tmp_path, case=DIVIDED.replace("horizon:", off))
    rule = "must be later than the first known_from, 2023-01-01 (got 2023-01-01)"
    assert found == f"{C}:27: occasions.cancelled_on: {rule}"


def test_a_process_has_one_occasion_a_day(tmp_path):
    two = DIVIDED.replace(
        "horizon:", "  - {id: vote, schedule: [{known_from: 2023-02-02, date: 2023-04-03}]}\nhorizon:"
    )
    rows = ("ladder,met,signed,*,*,summit,1", "ladder,apart,met,*,*,vote,1")
    (found,) = problems(tmp_path, case=two, intensities=table(*rows))
    assert found == f"{N}:9: phase: summit and vote are on one day, and both may move ladder: make them one"


def test_competing_chances_leave_one_for_none(tmp_path):
    fork = DIVIDED.replace("      - [met, signed]\n", "      - [met, signed]\n      - [met, apart]\n")
    usual = "ladder,met,apart,*,*,,365"
    rows = [f"ladder,met,{state},*,*,summit,1" for state in ("signed", "apart")]
    text = table(usual, *rows).replace("summit,1,0.1,0.2,0.4", "summit,1,0.3,0.5,0.7")
    (found,) = problems(tmp_path, case=fork, intensities=text)
    label = "ladder from met at summit under sincere"
    assert found == f"{N}:10: mid: the chances of {label} must sum to less than 1 (got 1)"


def test_advice_on_what_nobody_states(tmp_path):
    write_case(tmp_path, case=DIVIDED, intensities=table("ladder,met,signed,*,*,winter,30"))
    _, advice = examine(find_case("dispute", tmp_path))
    said = [problem.message for problem in advice if problem.message.startswith(("phases", "occasions"))]
    remedy = "no row of intensities.csv is stated for it: add one, or delete the phase"
    assert said == [f"phases.last_month: {remedy}", f"phases.run_up: {remedy}"]


# --- processes that return

MISSION = CASE.replace(
    "      - [met, signed]\n", "      - [met, signed]\n      - [signed, met]\n      - [met, apart]\n"
)
BACK = "".join(f"ladder,{step},*,*,365,0.1,0.2,0.4,A test wants it.\n" for step in ("signed,met", "met,apart"))


def test_a_process_may_return(tmp_path):
    """Beyond a state is what leads on from it; the order of the states tells what leads back."""
    events = EVENTS + "2023-02-12,ladder,apart,Daily,They left.\n2023-02-12,ladder,met,Daily,They met again.\n"
    case = load_case(workspace=write_case(tmp_path, case=MISSION, intensities=INTENSITIES + BACK, events=events))
    ladder = case.process("ladder")
    assert {(step.source, step.target) for step in ladder.returns} == {("signed", "met"), ("met", "apart")}
    assert ladder.beyond["met"] == {"met", "signed"}
    assert ladder.reach["met"] == {"apart", "met", "signed"}
    assert [event.state for event in case.history("ladder")] == ["met", "apart", "met"]
    assert case.state("ladder") == "met"


def test_a_step_that_skips_a_state_is_said_as_such(tmp_path):
    events = EVENTS + "2023-02-20,ladder,apart,Daily,They left.\n2023-02-25,ladder,signed,Daily,They signed.\n"
    with pytest.raises(CaseError) as caught:
        load_case(workspace=write_case(tmp_path, case=MISSION, intensities=INTENSITIES + BACK, events=events))
    (found,) = map(str, caught.value.problems)
    assert found.startswith(
        f'{V}:4: state: ladder was in "apart" on 2023-02-25, and has no transition from there to "signed"'
    )


V = "seeds/dispute/events.csv"


# --- occasions that nothing can depend on, and one that was held before it was called off

OCCASION = "  - {id: vote, schedule: [{known_from: 2023-01-01, date: DAY}]MORE}\nhorizon:"
VOTE = "ladder,met,signed,*,*,vote,1"


def with_vote(folder, day, more=""):
    """Return the workspace of the usual case with one more occasion, for which a chance is stated."""
    text = DIVIDED.replace("horizon:", OCCASION.replace("DAY", day).replace("MORE", more))
    return write_case(folder, case=text, intensities=table(VOTE))


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2025-01-10", "is on 2025-01-10, after the horizon, 2024-03-01, so nothing stated for it counts"),
        ("2023-03-20", None),
        ("2024-03-01", None),
    ],
)
def test_advice_on_an_occasion_that_nothing_can_depend_on(tmp_path, day, said):
    _, advice = examine(find_case("dispute", with_vote(tmp_path, day)))
    told = [problem.message for problem in advice if "occasions.vote" in problem.message]
    assert told == ([f"occasions.vote: {said}: correct its day, or move the horizon"] if said else [])


def test_an_occasion_called_off_after_its_day_was_held(tmp_path):
    workspace = with_vote(tmp_path, "2023-01-20", ", cancelled_on: 2023-01-25")
    case = load_case(workspace=workspace)
    assert case.named_days["vote"] == dt.date(2023, 1, 20)
    _, advice = examine(find_case("dispute", workspace))
    told = "was held on 2023-01-20, before cancelled_on, 2023-01-25: it counts as held"
    assert any(told in problem.message for problem in advice)


@pytest.mark.parametrize("off", ["2023-01-15", "2023-01-20"])
def test_an_occasion_called_off_by_its_day_was_not_held(tmp_path, off):
    case = load_case(workspace=with_vote(tmp_path, "2023-01-20", f", cancelled_on: {off}"))
    assert "vote" not in case.named_days


def test_an_occasion_moved_before_its_day_and_then_called_off_was_not_held(tmp_path):
    moved = "2023-01-20}, {known_from: 2023-01-10, date: 2023-03-20"
    case = load_case(workspace=with_vote(tmp_path, moved, ", cancelled_on: 2023-01-25"))
    assert "vote" not in case.named_days


@pytest.mark.parametrize(
    ("date", "precision", "written"),
    [("2022-12", "day", "month"), ("2022", "month", "year"), ("2022", "day", "year")],
)
def test_a_precision_finer_than_the_date_is_a_slip(tmp_path, date, precision, written):
    events = f"date,process,state,source,claim,precision\n{date},border,open,Gazette,It opened.,{precision}\n"
    (found,) = problems(tmp_path, events=events)
    said = f"must not be finer than the date is written, {date}, which names a {written}"
    assert found == f"seeds/dispute/events.csv:2: precision: {said}: leave it blank, or write the date in full"


@pytest.mark.parametrize(("date", "precision"), [("2022-12", ""), ("2022-12", "month"), ("2022-12-20", "month")])
def test_a_precision_no_finer_than_the_date_stands(tmp_path, date, precision):
    events = f"date,process,state,source,claim,precision\n{date},border,open,Gazette,It opened.,{precision}\n"
    case = load_case(workspace=write_case(tmp_path, case=DIVIDED, events=events))
    assert [event.when for event in case.events] == ["2022-12"]
