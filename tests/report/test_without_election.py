"""A case without an election, and of another kind than diplomacy, is told without words that fit neither."""

from __future__ import annotations

import pytest
from tests.report.factory import in_words
from tests.small import make_case

from detente import Settings, forecast
from detente.analysis.sensitivity import sensitivity
from detente.analysis.watch import watch
from detente.dossier import Dossier

FORKED = {"p": (("a", "doubt"), ("doubt", "default"), ("doubt", "court"), ("default", "court"))}


@pytest.fixture(scope="module")
def report():
    case = make_case(mids=[(0.6, 0.3), (0.5, 0.4)], processes=FORKED, spread=0.2)
    result = forecast(case, Settings(engine="exact", draws=200))
    whole = Dossier(result, sensitivity=sensitivity(case, draws=None), watch=watch(case))
    return in_words(whole)


def test_an_election_is_named_only_to_say_that_there_is_none(report):
    said = [line for line in report.splitlines() if "election" in line.lower()]
    assert all("**Election**: none" in line for line in said), said


def test_nothing_speaks_of_diplomacy(report):
    assert not [word for word in ("rapprochement", "minister", "voters", "diplomat") if word in report.lower()]


def test_simpler_answers_stand_beside_ours_without_a_class(report):
    assert "The case has no reference class" in report
    assert "| Outcome | This forecast | No change | Even odds |" in report


def test_where_paths_fork_the_likeliest_and_every_end_are_judged(report):
    """Of doubt, default and court, court lies beyond both others, so that default is on the way and no end."""
    judgements = report[report.index("## 2") : report.index("## 3")]
    assert "p reaches doubt" in judgements
    assert "p reaches court" in judgements
    assert "p reaches default" not in judgements
