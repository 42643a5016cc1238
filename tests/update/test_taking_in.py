"""Taking bulletins in is a pure function: the order does not matter, and what is dated later is not known earlier."""

from __future__ import annotations

import datetime as dt
from itertools import permutations

import msgspec
import numpy as np
import pytest
from bulletins import BULLETIN, item_bulletin
from cases import POLLS, write_case
from hypothesis import given, settings
from hypothesis import strategies as st

from detente import exact
from detente.case import find_case, read_bulletin, read_bulletins, read_record, take_in, take_in_all
from detente.errors import BulletinError
from detente.forecast.outcomes import headlines


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    workspace = write_case(tmp_path_factory.mktemp("case"), polls=POLLS)
    return read_record(find_case("dispute", workspace))[0]


def posterior(case):
    return exact.posterior(case.as_of(case.information_cutoff)).probability


NEWS = {
    "a": item_bulletin("a", "2023-03-05", (0.7, 0.4), "shared"),
    "b": item_bulletin("b", "2023-03-20", (0.3, 0.6), "shared"),
    "c": item_bulletin("c", "2023-03-11", (0.55, 0.5)) + "events: [{process: border, state: open}]\n",
    "d": item_bulletin("d", "2023-04-02", (0.2, 0.4), "shared")
    + "schedule: [{known_from: 2023-04-01, date: 2023-05-28}]\n",
}


def test_bulletins_in_any_order_or_all_at_once_give_the_same(case):
    whole = (
        "date: 2023-04-02\nsource: Weekly\nclusters: {shared: One cause.}\nevidence:\n"
        + "".join(line for text in NEWS.values() for line in text.splitlines(keepends=True) if line.startswith("  - "))
        .replace("id: a,", "id: a, date: 2023-03-05,")
        .replace("id: b,", "id: b, date: 2023-03-20,")
        .replace("id: c,", "id: c, date: 2023-03-11,")
        + "events: [{process: border, state: open, date: 2023-03-11}]\n"
        + "schedule: [{known_from: 2023-04-01, date: 2023-05-28}]\n"
    )
    at_once = take_in(case, read_bulletin(whole, "whole", case))
    expected = posterior(at_once)
    for order in permutations(NEWS):
        now = case
        for name in order:
            now = take_in(now, read_bulletin(NEWS[name], name, now))
        np.testing.assert_allclose(posterior(now), expected, rtol=0, atol=1e-10)
        assert now.information_cutoff == at_once.information_cutoff == dt.date(2023, 4, 2)
    assert np.abs(expected - posterior(case)).max() > 0.01


def test_nothing_is_changed_in_place(case):
    before = msgspec.to_builtins(case, enc_hook=str)
    take_in(case, read_bulletin(BULLETIN, "news", case))
    assert msgspec.to_builtins(case, enc_hook=str) == before


def test_a_retracted_item_counts_until_its_day(case):
    text = "date: 2023-03-10\nretractions: [{id: toast, because: It was water.}]\n"
    whole = take_in(case, read_bulletin(text, "news", case))
    in_force = {day: {i.id for i in whole.as_of(dt.date(2023, 3, day)).evidence_in_force} for day in (9, 10)}
    assert "toast" in in_force[9]
    assert "toast" not in in_force[10]
    earlier = dt.date(2023, 3, 9)
    assert whole.as_of(earlier).evidence == case.as_of(earlier).evidence
    kept = next(item for item in whole.evidence if item.id == "toast")
    assert (kept.retracted_on, kept.retracted_because) == (dt.date(2023, 3, 10), "It was water.")


def test_a_folder_is_read_in_order_of_dates_without_what_is_taken_in(case, tmp_path):
    for name, text in {"1": NEWS["d"], "2": NEWS["a"], "3": NEWS["c"]}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a bulletin", encoding="utf-8")
    found = read_bulletins(tmp_path, case)
    assert [bulletin.evidence[0].id for bulletin in found] == ["a", "c", "d"]
    assert [b.evidence[0].id for b in read_bulletins(tmp_path, take_in(case, found[0]))] == ["c", "d"]
    with pytest.raises(BulletinError, match="has no bulletin"):
        read_bulletins(tmp_path, take_in_all(case, found))


DAYS = st.integers(0, 200).map(lambda days: dt.date(2023, 3, 2) + dt.timedelta(days=days))


@st.composite
def later_news(draw):
    """Bulletins dated after 1 March 2023, with whatever may be in one."""
    texts = []
    for number in range(draw(st.integers(1, 3))):
        day = draw(DAYS)
        mid = draw(st.tuples(st.floats(0.05, 0.95), st.floats(0.05, 0.95)))
        text = item_bulletin(f"later{number}", day.isoformat(), mid, draw(st.sampled_from(["", "shared"])))
        if draw(st.booleans()):
            text += f"polls: [{{pollster: P{number}, start: {day}, end: {day}, sample_size: 500, incumbent: 40, opponent: 50}}]\n"  # noqa: E501
        if number == 0 and draw(st.booleans()):
            text += f"events: [{{process: border, state: open, date: {day}}}]\n"
        if number == 1 and draw(st.booleans()):
            text += f"retractions: [{{id: {draw(st.sampled_from(['speech', 'toast', 'map']))}, because: Wrong.}}]\n"
        if number == 2 and draw(st.booleans()) and day < dt.date(2023, 5, 14):
            text += f"schedule: [{{known_from: {day}, date: 2023-06-04}}]\n"
        texts.append(text)
    return texts


@given(texts=later_news(), day=st.integers(0, 27))
@settings(max_examples=40, deadline=None)
def test_a_run_as_of_a_date_never_changes_when_later_rows_are_added(case, texts, day):
    cutoff = dt.date(2023, 2, 1) + dt.timedelta(days=day)
    whole = case
    for text in texts:
        whole = take_in(whole, read_bulletin(text, "news", whole))
    plain, later = (one.as_of(cutoff) for one in (case, whole))
    for field in ("evidence", "events", "polls", "election", "processes", "priors", "intensities"):
        assert getattr(plain, field) == getattr(later, field)
    assert headlines(plain, draws=50) == headlines(later, draws=50)


@given(text=later_news(), changed=later_news())
@settings(max_examples=20, deadline=None)
def test_nor_when_they_are_altered_or_removed(case, text, changed):
    cutoff = dt.date(2023, 3, 1)
    found = []
    for texts in (text, changed, text[:-1]):
        whole = case
        for one in texts:
            whole = take_in(whole, read_bulletin(one, "news", whole))
        found.append(headlines(whole.as_of(cutoff), draws=50))
    assert found[0] == found[1] == found[2] == headlines(case.as_of(cutoff), draws=50)
