"""The numbers of the forecasts, to 1e-12, and the committed forecast read back and rendered."""

from __future__ import annotations

import hashlib
import io
import json
import re

import pytest
from rich.console import Console
from snapshots import alike
from tests.frozen.conftest import COMMITTED, RUN

from detente.case import bundled_cases
from detente.report.reading import read_dossier
from detente.report.render import render
from detente.report.schema_1 import upgraded
from detente.report.terminal import print_summary

VOLATILE = {"contents_sha256", "inputs", "inputs_sha256", "versions", "schema"}
"""Keys of a forecast that say what it was made from and by."""


def answer(raw):
    return {key: value for key, value in json.loads(raw).items() if key not in VOLATILE}


@pytest.mark.parametrize("name", bundled_cases())
def test_no_number_of_a_bundled_case_moved(say, numbers, name):
    said = say(f"run {name} --engine exact --json --quiet")
    assert answer(said.split("\n", 1)[1]) == numbers


def test_no_number_of_a_run_in_full_moved(say, numbers, workspace):
    say(RUN)
    assert answer((workspace / "reports/dispute/2023-03-01/forecast.json").read_text(encoding="utf-8")) == numbers


@pytest.fixture(scope="module")
def committed(workspace):
    return read_dossier(workspace / "reports" / COMMITTED)


@pytest.fixture(scope="module")
def rendered(committed):
    return {name: content.decode() for name, content in render(committed).items()}


def test_committed_forecast_is_read_back(committed, workspace):
    """Whatever was stored is there again, in today's schema; a field that did not exist then has its default."""
    stored = json.loads((workspace / "reports" / COMMITTED / "forecast.json").read_text(encoding="utf-8"))
    if stored["schema"] == 1:
        stored = upgraded(stored)
    assert alike(answer(json.dumps(stored)), answer(committed.to_text()), more=True)


def test_committed_page(rendered, text):
    """Without its drawings and its style."""
    assert re.sub(r"<(svg|style)\b.*?</\1>", r"<\1/>", rendered["report.html"], flags=re.DOTALL) == text


def test_committed_markdown(rendered, text):
    assert rendered["report.md"] == text


def test_committed_figures(rendered, text):
    """A digest of each drawing; what it says is in the page's and the Markdown's text, and in the committed files."""
    figures = {name: svg for name, svg in rendered.items() if name.startswith("figures/")}
    lines = [f"{name} {hashlib.sha256(svg.encode()).hexdigest()[:12]}\n" for name, svg in sorted(figures.items())]
    assert "".join(lines) == text


def test_committed_summary(committed, text):
    stream = io.StringIO()
    print_summary(committed, Console(file=stream, width=80, highlight=False, no_color=True))
    assert stream.getvalue() == text
