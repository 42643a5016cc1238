"""The committed example: the program makes it again, number by number."""

from __future__ import annotations

from pathlib import Path

import pytest

from detente import load_case
from detente.forecast import forecast
from detente.report.reading import read_dossier
from detente.settings import Settings

FOLDER = Path(__file__).parents[2] / "reports" / "turkey-syria" / "2023-02-08"
WINDOWS = ("before_election", "after_election", "horizon")


@pytest.fixture(scope="module")
def committed():
    assert (FOLDER / "forecast.json").is_file(), f"{FOLDER} is missing: run `detente run turkey-syria` and commit it"
    return read_dossier(FOLDER).forecast


@pytest.fixture(scope="module")
def again(committed):
    case = load_case("turkey-syria", as_of=committed.as_of)
    draws = committed.draws // committed.chains
    return forecast(case, Settings(engine="exact", draws=draws, random_seed=committed.random_seed, in_full=False))


def test_example_is_of_the_case_as_it_stands(committed, again):
    made = "the case has changed since the example was made: run `detente run turkey-syria` again"
    assert committed.inputs_sha256 == again.inputs_sha256, made
    assert (committed.case, committed.as_of, committed.engine) == ("turkey-syria", again.as_of, "nuts")


def test_example_passed_its_diagnostics(committed):
    assert committed.diagnostics.status == "pass"
    assert committed.diagnostics.divergences == 0


def test_posteriors_are_found_again(committed, again):
    for h, row in committed.hypotheses.items():
        assert row.exact == pytest.approx(again.hypotheses[h].posterior, abs=1e-9)
        assert row.posterior == pytest.approx(again.hypotheses[h].posterior, abs=4 * row.mcse)


def test_weights_are_found_again(committed, again):
    assert [w.id for w in committed.evidence] == [w.id for w in again.evidence]
    for old, new in zip((*committed.evidence, *committed.records), (*again.evidence, *again.records), strict=True):
        assert old.weight_db == pytest.approx(new.weight_db, abs=1e-6)
        assert old.posterior_without == pytest.approx(new.posterior_without, abs=1e-8)


@pytest.mark.parametrize("window", WINDOWS)
def test_outcomes_are_found_again(committed, again, window):
    assert set(committed.outcomes) == set(again.outcomes)
    for name, outcome in committed.outcomes.items():
        old, new = getattr(outcome, window), getattr(again.outcomes[name], window)
        assert (old is None) == (new is None), name
        if old is not None:
            assert old.exact == pytest.approx(new.exact, abs=1e-9), name
            assert old.probability == pytest.approx(new.probability, abs=4 * (old.mcse**2 + new.mcse**2) ** 0.5), name


def test_example_folder_is_whole():
    """All a run writes, and nothing left over from writing it."""
    names = {path.name for path in FOLDER.iterdir()}
    assert {"forecast.json", "report.html", "report.md", "figures"} <= names
    assert not [path.name for path in FOLDER.parent.iterdir() if path.name.startswith(".")]
