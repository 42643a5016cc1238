"""A step known by month or year: what is not known of its day is not made up, however and whenever it is told."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small import of_one_peak
from tests.invariance.tables import answer, drawn, in_the_graph, random_tables

from detente.case import load_case, read_bulletin, read_record, take_in
from detente.case.locating import CaseLocation
from detente.errors import CaseError, CutoffError

CUTOFF = dt.date(2023, 3, 1)
few = settings(max_examples=6, deadline=None)


def step(case, data):
    """Return a step on record of one process, known by the cut-off."""
    rows = [r for r in case.rows["events"] if r["process"] != "election" and r["date"] <= CUTOFF.isoformat()]
    assume(rows)
    return data.draw(st.sampled_from(rows))


def written(case, row, **cells):
    """Return a copy of the case in which an event is written otherwise."""
    other = case.copy()
    place = case.rows["events"].index(row)
    other.rows["events"][place] |= cells
    other.columns["events"] += [name for name in cells if name not in other.columns["events"]]
    for event in other.rows["events"]:
        for name in other.columns["events"]:
            event.setdefault(name, "")
    return other


def known(row):
    """Return the day from which the step was known: so that the bound on its days is the same throughout."""
    day = dt.date.fromisoformat(row["date"])
    return {"known_from": min((day.replace(day=1) + dt.timedelta(days=31)).replace(day=1), CUTOFF).isoformat()}


def loaded(case):
    """Return the case, None if no such record is possible."""
    try:
        return case.load()
    except (CaseError, CutoffError):
        return None


@few
@given(random_tables(items=2, processes=2), st.data())
def test_a_month_is_all_of_its_days(graph, case, data):
    """P(record, h) of the month is the sum of those of its days, and in the graph as in the exact engine."""
    import numpy as np

    from detente import exact

    row = step(case, data)
    month = written(case, row, date=row["date"][:7], **known(row)).load()
    total = np.zeros(len(month.hypotheses))
    for day in range(1, 32):
        one = loaded(written(case, row, date=f"{row['date'][:7]}-{day:02}", **known(row)))
        if one is not None:
            found = exact.posterior(one)
            total += found.probability * np.exp(found.log_evidence)
    found = exact.posterior(month)
    assert found.probability * np.exp(found.log_evidence) == pytest.approx(total, rel=1e-5)
    month = of_one_peak(month)
    free = drawn(month)
    mine = in_the_graph(month, free)["hypothesis_probability"]
    if month.priors.assumed_mass is not None:
        assert mine == pytest.approx(free["hypothesis_probability"], abs=1e-6)


@few
@given(random_tables(items=2, processes=1), st.data())
def test_a_month_narrowed_to_a_day_is_that_day(case, data):
    """By the day from which it was known: the first of the month leaves one day."""
    row = step(case, data)
    first = row["date"][:8] + "01"
    one = loaded(written(case, row, date=first, known_from=first))
    assume(one is not None)
    month = written(case, row, date=row["date"], precision="month", known_from=first).load()
    assert answer(month) == pytest.approx(answer(one), abs=1e-9)


@few
@given(random_tables(items=1, processes=1), st.data())
def test_it_does_not_matter_which_day_a_month_is_written_with(case, data):
    row = step(case, data)
    day = data.draw(st.integers(1, 28))
    ways = [{"date": row["date"][:7]}, {"date": f"{row['date'][:7]}-{day:02}", "precision": "month"}]
    one, other = (answer(written(case, row, **way, **known(row)).load()) for way in ways)
    assert one == other


@settings(max_examples=3, deadline=None)
@given(random_tables(items=2, processes=1), st.data())
def test_a_month_told_by_a_bulletin_and_then_its_day_are_what_was_known(tmp_path_factory, case, data):
    """In one step or two: with the day the answer is that of the day, and before it that of the month."""
    row = case.rows["events"][-1] if case.rows["events"] else None
    assume(row is not None and row["process"] != "election")
    state = [r for r in case.rows["events"] if r["process"] == row["process"]]
    assume(state[-1] is row and dt.date.fromisoformat(row["date"]) <= CUTOFF)
    before = case.copy()
    before.rows["events"].remove(row)
    location = CaseLocation(case.facts["case"], before.write(tmp_path_factory.mktemp("month")))
    whole = read_record(location)[0]
    day = dt.date.fromisoformat(row["date"])
    told = max(whole.information_cutoff, day) + dt.timedelta(days=40)
    assume(told < whole.horizon - dt.timedelta(days=40))
    events = f"source: Daily\nevents:\n  - {{process: {row['process']}, state: {row['state']}, date: DAY}}\n"
    month = take_in(whole, read_bulletin(f"date: {told}\n" + events.replace("DAY", row["date"][:7]), "news", whole))
    later = told + dt.timedelta(days=10)
    text = f"date: {later}\nreplace: true\n" + events.replace("DAY", row["date"])
    twice = take_in(month, read_bulletin(text, "news", month))
    once = take_in(whole, read_bulletin(text, "news", whole))
    assert answer(twice.as_of(later)) == pytest.approx(answer(once.as_of(later)), abs=1e-9)
    between = later - dt.timedelta(days=1)
    assert answer(twice.as_of(between)) == pytest.approx(answer(month.as_of(between)), abs=1e-9)
    on_file = written(case, row, date=row["date"][:7], known_from=told.isoformat())
    with_file = load_case(case.facts["case"], on_file.write(tmp_path_factory.mktemp("file")), between)
    assert answer(with_file) == pytest.approx(answer(month.as_of(between)), abs=1e-9)
