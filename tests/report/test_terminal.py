"""The summary on a terminal of 80 columns."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from tests.report.factory import make_forecast
from tests.report.variants import after_the_election, bare, failed, hostile, many_hypotheses

from detente.dossier import Dossier
from detente.forecast.result import RecordWeight
from detente.report.sections import evidence
from detente.report.terminal import print_summary


def printed(forecast, **options):
    stream = io.StringIO()
    print_summary(Dossier(forecast), Console(file=stream, width=80, highlight=False, **options))
    return stream.getvalue()


@pytest.mark.parametrize("make", [make_forecast, after_the_election, bare, failed, many_hypotheses, hostile])
def test_fits_eighty_columns(make):
    assert max(len(line) for line in printed(make()).splitlines()) <= 80


def test_says_hypotheses_heaviest_items_each_way_and_outcomes():
    text = printed(make_forecast())
    assert "Show: 86%, very likely (80–95%); 90% credible interval 69% to 96%." in text
    assert "Confidence is moderate: " in text
    lines = [line.split() for line in text.splitlines()]
    assert ["Show", "50%", "86%", "69–96%", "very", "likely"] in lines
    assert text.index("+2.6") < text.index("+2.2") < text.index("−1.6") < text.index("−0.7")
    assert ["The", "leaders", "meet", "5%", "19%", "23%", "unlikely"] in lines


def with_records(*weights):
    even = {"earnest": 0.5, "show": 0.5}
    records = [RecordWeight(name, days, steps, {"earnest": -db, "show": db}, even) for name, days, steps, db in weights]
    return make_forecast().changed(records=tuple(records))


def test_a_record_that_weighs_more_than_the_items_listed_is_among_them():
    text = printed(with_records(("ladder", 90, 0, 9.1), ("talks", 1, 1, -5), ("border", 90, 0, 0.1)))
    assert [" ".join(line.split()[:-1]) for line in text.splitlines() if line.startswith("The record of")] == [
        "The record of “ladder”: 90 days without a step +9.1",
        "The record of “talks”: 1 step in 1 day −5.0",
    ]
    assert text.index("+9.1") < text.index("+2.6") < text.index("−5.0") < text.index("−1.6")


def test_the_report_names_the_record_beside_the_heaviest_items():
    section = evidence.build(Dossier(with_records(("ladder", 90, 0, 9.1), ("talks", 1, 1, -5), ("border", 90, 0, 0.1))))
    assert section.heaviest.endswith("; beside them, the record of “ladder” +9.1 and “talks” −5.0")
    assert section.waterfall.title.endswith(", moved most by the record of “ladder”")
    section = evidence.build(Dossier(with_records(("border", 90, 0, 0.1))))
    assert "record" not in section.heaviest + section.waterfall.title


def test_failed_diagnostics_come_first():
    assert printed(failed()).startswith("DIAGNOSTICS FAILED")


def test_after_the_election_only_the_horizon_is_left():
    text = printed(after_the_election())
    assert "election held 14 May 2031" in text
    assert "happened on 30 May 2031" in text
    assert "After" not in text


def test_markup_of_a_case_is_text_and_no_colour_is_printed_without_a_terminal():
    text = printed(hostile())
    assert "<script>" in text
    assert "\x1b" not in text


def test_no_color_is_honoured(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    text = printed(make_forecast(), force_terminal=True)
    assert "\x1b[3" not in text
