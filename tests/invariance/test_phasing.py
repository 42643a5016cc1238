"""The answer does not depend on how days are cut into phases, what these are called, or in which order they stand."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.invariance.tables import answer, forecast_of, random_tables

EXACT = 1e-9
quick = settings(max_examples=5, deadline=None)


@st.composite
def phased(draw):
    """Draw a case without a vote, with a phase over part of its days, and a pace of its own there for some step."""
    case = draw(random_tables(processes=draw(st.integers(1, 2)), winners=0))
    first = draw(st.integers(1, 20))
    case.facts["phases"] = [{"id": "storm", "from": f"2022-08-{first:02}", "until": "2023-10-20"}]
    rows = case.rows["intensities"]
    if "phase" not in case.columns["intensities"]:
        case.columns["intensities"].append("phase")
    for row in rows:
        row["phase"] = ""
    step = draw(st.sampled_from(sorted({(row["process"], row["from"], row["to"]) for row in rows})))
    own = {"low": "0.1", "mid": "0.2", "high": "0.35", "within_days": str(draw(st.integers(20, 200)))}
    rows += [{**row, "phase": "storm", **own} for row in list(rows) if (row["process"], row["from"], row["to"]) == step]
    return case


def both(case):
    """Return what the record says, and what is forecast."""
    loaded = case.load()
    return answer(loaded) | forecast_of(loaded)


@quick
@given(phased(), st.integers(1, 28))
def test_a_phase_cut_in_two(case, day):
    """Two phases with the rows of one, the second from the day after the first: both share every judgement's effect.

    Each phase has an effect of its own, so that judgements are stated as if they were sure: what is left is the count.
    """
    for row in case.rows["intensities"]:
        mid = float(row["mid"])
        row["low"], row["high"] = f"{mid - 1e-9:.12f}", f"{mid + 1e-9:.12f}"
    other = case.copy()
    (storm,) = other.facts["phases"]
    other.facts["phases"] = [
        {**storm, "id": "gale", "from": f"2022-12-{day:02}"},
        {**storm, "until": f"2022-12-{day - 1:02}" if day > 1 else "2022-11-30"},
    ]
    rows = other.rows["intensities"]
    rows += [{**row, "phase": "gale"} for row in list(rows) if row["phase"] == "storm"]
    assert both(other) == pytest.approx(both(case), abs=1e-6)


@quick
@given(phased(), st.randoms(use_true_random=False))
def test_order_of_phases_and_of_their_rows(case, rng: random.Random):
    case.facts["phases"].append({"id": "calm", "from": "2022-01-01", "until": "2022-07-31"})
    rows = case.rows["intensities"]
    rows += [{**row, "phase": "calm", "mid": "0.25"} for row in list(rows) if row["phase"] == "storm"]
    other = case.copy()
    other.facts["phases"].reverse()
    rng.shuffle(other.rows["intensities"])
    assert answer(other.load()) == pytest.approx(answer(case.load()), abs=EXACT)


@quick
@given(phased())
def test_names_of_phases(case):
    other = case.copy()
    other.facts["phases"][0]["id"] = "a_bad_night"
    for row in other.rows["intensities"]:
        row["phase"] = row["phase"] and "a_bad_night"
    assert both(other) == pytest.approx(both(case), abs=EXACT)
