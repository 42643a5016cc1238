"""Deadlines before the horizon: each is forecast as a horizon of its own would be."""

from __future__ import annotations

import datetime as dt
import io
import json

import arviz as az
import numpy as np
import pytest
from rich.console import Console
from tests.small import CUTOFF, HORIZON, make_case

from detente import Settings, forecast
from detente.case.election import Election, ScheduledElection
from detente.case.processes import Event
from detente.dossier import Dossier
from detente.forecast.outcomes import headlines
from detente.report.reading import parse_dossier
from detente.report.render import render
from detente.report.terminal import print_summary

LADDER = {"p": (("a", "b"), ("b", "c"))}
VOTE = CUTOFF + dt.timedelta(days=60)
EVE = VOTE - dt.timedelta(days=1)
EARLY, LATE = CUTOFF + dt.timedelta(days=20), VOTE + dt.timedelta(days=40)
EXACT = Settings(engine="exact", draws=200)


def dated(*days, **changes):
    case = make_case(mids=[(0.6, 0.3)], processes=LADDER, spread=0.2, **changes)
    return case.changed(deadlines=days)


@pytest.mark.parametrize("days", [(LATE,), (EARLY, LATE), (EVE,), (EARLY, EVE)])
@pytest.mark.parametrize("vote", [{}, {"winners": ("left", "right"), "election": VOTE}])
def test_a_deadline_is_what_a_horizon_of_that_date_would_be(days, vote):
    case = dated(*days, **vote)
    found = headlines(case).outcomes
    for day in days:
        if vote and day < VOTE:  # a horizon lies after the election: ask for what comes before one of the next day
            after = ScheduledElection(known_from=CUTOFF, date=day + dt.timedelta(days=1))
            sooner = Election(schedule=[after], winners=case.election.winners)
            other, window = case.changed(deadlines=(), election=sooner), "before_election"
        else:
            other, window = case.changed(deadlines=(), horizon=day), "horizon"
        for outcome, expected in headlines(other).outcomes.items():
            assert found[outcome][f"by:{day}"] == pytest.approx(expected[window], abs=1e-9)


def test_deadlines_change_nothing_else():
    case = dated(EARLY, LATE, winners=("left", "right"), election=VOTE)
    with_them, without = headlines(case).outcomes, headlines(case.changed(deadlines=())).outcomes
    for outcome, windows in without.items():
        kept = {window: value for window, value in with_them[outcome].items() if not window.startswith("by:")}
        assert kept == pytest.approx(windows, abs=1e-12)


def test_chances_rise_from_deadline_to_horizon():
    result = forecast(dated(EARLY, LATE), EXACT)
    for outcome in result.outcomes.values():
        chances = [found.probability for found in outcome.windows.values()]
        assert list(outcome.windows) == [f"by:{EARLY}", f"by:{LATE}", "horizon"]
        assert chances == sorted(chances)
        assert outcome.deadlines[EARLY].interval[0] < chances[0] < outcome.deadlines[EARLY].interval[1]


def test_a_deadline_that_is_past_is_asked_no_more():
    case = dated(CUTOFF, LATE)
    assert case.deadlines_ahead == (LATE,)
    assert list(forecast(case, EXACT).outcomes["p_b"].windows) == [f"by:{LATE}", "horizon"]


def test_what_has_happened_keeps_every_deadline():
    made = Event(date=CUTOFF - dt.timedelta(days=1), process="p", state="b", source="", claim="")
    case = dated(EARLY, events=(made,))
    assert forecast(case, EXACT).outcomes["p_b"].deadlines[EARLY].probability == pytest.approx(1, abs=1e-12)


def test_deadlines_are_read_back_and_reported():
    result = forecast(dated(EARLY, LATE, winners=("left", "right"), election=VOTE), EXACT)
    dossier = Dossier(result)
    text = dossier.to_text()
    assert set(json.loads(text)["outcomes"]["p_b"]["deadlines"]) == {EARLY.isoformat(), LATE.isoformat()}
    again = parse_dossier(text, "forecast.json").forecast
    assert again.outcomes == result.outcomes
    written = {name: content.decode() for name, content in render(dossier).items()}
    for day in (EARLY, LATE, HORIZON):
        heading = f"By {day.day} {day:%B %Y}"
        assert heading in written["report.md"]
        assert heading in written["report.html"]
    console = Console(width=200, record=True, file=io.StringIO())
    print_summary(dossier, console)
    assert all(f"{day:%b %Y}" in console.export_text(clear=False) for day in (EARLY, LATE))
    frame = result.outcomes_frame()
    assert frame.loc[("p_b", f"by:{EARLY}"), "probability"] == result.outcomes["p_b"].deadlines[EARLY].probability


def test_draws_by_a_deadline_survive_the_file(tmp_path):
    result = forecast(dated(EARLY), EXACT)
    result.draws_tree().to_netcdf(tmp_path / "posterior.nc", engine="h5netcdf")
    kept = az.from_netcdf(tmp_path / "posterior.nc")["predictions"][f"p_b.by:{EARLY}"]
    np.testing.assert_allclose(kept.mean(), result.outcomes["p_b"].deadlines[EARLY].probability, atol=0.02)
