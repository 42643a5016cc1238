"""The summary on a terminal of 80 columns."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from tests.report.factory import make_forecast
from tests.report.variants import after_the_election, bare, failed, hostile, many_hypotheses

from detente.dossier import Dossier
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
