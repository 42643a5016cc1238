"""The bundled cases, of whatever kind: each hangs together, and an independent program gives it the same answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from oracle import reference

from detente import exact
from detente.case import bundled_cases, find_case, load_case, read_bulletins, read_record, take_in_all
from detente.case.election import BEFORE
from detente.forecast import forecast
from detente.settings import Settings

ROOT = Path(__file__).parents[1]
CASES = bundled_cases()
FEWEST_WORDS = 12
"""A rule by which a stranger could decide a question is hardly shorter."""


@pytest.fixture(scope="module", params=CASES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def whole(name):
    """Return the case with all that came later: its bulletins taken in."""
    case = read_record(find_case(name, ROOT))[0]
    folder = ROOT / "seeds" / name / "bulletins"
    return take_in_all(case, read_bulletins(folder, case)) if folder.is_dir() else case


def test_there_are_cases_with_an_election_and_without():
    assert {load_case(name, ROOT).election is None for name in CASES} == {True, False}


def test_the_posterior_is_the_oracles(name):
    """The outside view set aside, which the oracle does not know."""
    case = load_case(name, ROOT)
    bare = case.changed(priors=case.priors.changed(outside_view=None))
    expected = reference.posterior(ROOT, name)
    found = dict(zip(case.hypothesis_ids, exact.posterior(bare).probability, strict=True))
    assert found == pytest.approx(expected, abs=1e-6)


def test_every_outcome_has_a_rule_and_every_item_a_source(whole):
    short = [row.id for row in whole.outcomes if len((row.resolution or "").split()) < FEWEST_WORDS]
    assert short == []
    assert [item.id for item in whole.evidence if not item.source or not item.actor] == []


def test_resolutions_are_what_the_bulletins_say_happened(whole):
    """A yes on the day of the event, a no where none came by the horizon; what is void is decided by neither."""
    reached = {(event.process, event.state): event.date for event in whole.events}
    asked = {outcome.id: (outcome.process, outcome.state) for outcome in whole.outcomes}
    rows = [row for row in whole.resolutions if row.window == "horizon" and row.resolution != "void"]
    for row in rows:
        day = reached.get(asked[row.outcome])
        if row.resolution == "yes":
            assert day == row.date, row.outcome
        else:
            assert day is None or day > whole.horizon, row.outcome


@pytest.mark.parametrize("name", [name for name in CASES if load_case(name, ROOT).election is None])
def test_without_an_election_nothing_is_said_of_one(name):
    case = load_case(name, ROOT)
    assert case.regimes == (BEFORE,)
    assert case.deadlines_ahead
    found = forecast(case, Settings(engine="exact", draws=400, in_full=False))
    assert found.election_date is None
    assert not found.election
    for outcome in found.outcomes.values():
        assert outcome.before_election is None
        assert outcome.after_election is None
        curve = [window.probability for window in outcome.deadlines.values()] + [outcome.horizon.probability]
        assert len(curve) == len(case.deadlines) + 1
        assert curve == sorted(curve)
        assert curve[0] > 0
        assert curve[-1] < 1
