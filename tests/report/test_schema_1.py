"""A run of the first schema (``schema_1.json``, shortened) is read, rendered and compared as one of today's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detente.compare import compare
from detente.forecast.result import SCHEMA_VERSION
from detente.report.reading import parse_dossier
from detente.report.render import render

STORED = (Path(__file__).parent / "schema_1.json").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def dossier():
    return parse_dossier(STORED, "schema_1.json")


def test_words_become_codes_and_numbers_stay(dossier):
    stored, found = json.loads(STORED), dossier.sensitivity
    assert dossier.forecast.schema == SCHEMA_VERSION
    assert [step.name for step in dossier.forecast.model_steps] == [
        "naive_bayes", "judgements", "discrimination", "dependence", "record",
    ]  # fmt: skip
    assert {row.range for row in found.tornado} >= {"stated", "own_prior", "next_grade", "assumed_mass", "none_and_all"}
    assert {row.unit for row in found.tipping} == {"half_interval"}
    assert found.break_even[0].beyond == "even"
    assert found.sweeps[0].parameter == "prior"
    assert found.sweeps[0].hypothesis in dossier.forecast.hypotheses
    assert ("likelihoods", "") in {(share.kind, share.id) for share in found.variance.shares}
    assert found.conflict.verdict == "better_than_chance"
    assert list(found.base) == stored["sensitivity"]["base"]
    assert [share.index[0] for share in found.variance.shares] == [
        share["index"][0] for share in stored["sensitivity"]["variance"]["shares"]
    ]
    assert len(dossier.change.contributions) == len(stored["change"]["moves"])
    assert dossier.watch.entropy_target == stored["watch"]["entropy_target"]


def test_it_is_written_and_read_in_the_schema_of_today(dossier):
    assert parse_dossier(dossier.to_text(), "again") == dossier


def test_it_is_rendered_and_compared(dossier):
    page = render(dossier)["report.md"].decode()
    assert "figures/model-steps.svg" in page
    assert "naive_bayes" not in page
    assert compare(dossier.forecast, dossier.forecast).contributions == ()
