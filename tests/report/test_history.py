"""Runs beside each other: what an earlier run said, and the overview of all runs of a case."""

from __future__ import annotations

import datetime as dt
import json
import shutil

import pytest
from click.testing import CliRunner
from tests.report import odd
from tests.report.factory import hypothesis, make_forecast
from tests.report.variants import HOSTILE, bare, failed, many_hypotheses

from detente.cli.main import cli
from detente.dossier import Dossier
from detente.jsonable import jsonable
from detente.report.history import INDEX, earlier, overview, stored_runs, write_index
from detente.report.reading import read_dossier
from detente.report.render import render
from detente.report.run_folder import write_run

DAYS = (dt.date(2030, 12, 1), dt.date(2031, 1, 10))


@pytest.fixture(autouse=True)
def invented(monkeypatch):
    """The earlier runs are one run told of other days: whether its parts belong together is for another test."""
    monkeypatch.setattr("detente.report.consistency.contradictions", lambda raw, case: ())


def told(day, show, **changes):
    """Return a forecast as of a day."""
    now = make_forecast(as_of=day, **changes)
    found = {"earnest": 1 - show, "show": show}
    return now.changed(
        sampled=None,
        hypotheses={h: hypothesis(f.statement, 0.5, found[h], (0.1, 0.9)) for h, f in now.hypotheses.items()},
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return the folder of a case with two runs in it; tests copy it."""
    home = tmp_path_factory.mktemp("written") / "reports" / "north-south"
    for day, show in zip(DAYS, (0.55, 0.7), strict=True):
        write_run(Dossier(told(day, show)), home / day.isoformat())
    return home


@pytest.fixture
def home(written, tmp_path):
    """Return such a folder of one's own."""
    return shutil.copytree(written, tmp_path / "reports" / "north-south")


@pytest.mark.usefixtures("undrawn")
def test_a_run_keeps_what_earlier_runs_said(home):
    write_run(Dossier(make_forecast()), home / "2031-02-08")
    again = read_dossier(home / "2031-02-08")
    assert [(run.as_of, run.hypotheses["show"]) for run in again.history] == [(DAYS[0], 0.55), (DAYS[1], 0.7)]
    text = (home / "2031-02-08" / "report.md").read_text(encoding="utf-8")
    assert "Show: 86%, up 31 points since 1 December 2030" in text
    assert render(again)["report.md"].decode() == text


def test_an_earlier_run_does_not_learn_of_later_ones(home):
    write_run(Dossier(make_forecast()), home / "2031-02-08")
    before = (home / "2031-01-10" / "report.html").read_bytes()
    write_run(Dossier(told(DAYS[1], 0.7)), home / "2031-01-10")
    assert (home / "2031-01-10" / "report.html").read_bytes() == before
    assert [run.as_of for run in read_dossier(home / "2031-01-10").history] == [DAYS[0]]


@pytest.mark.usefixtures("undrawn")
def test_what_cannot_be_compared_is_left_out(home, tmp_path):
    (home / "2031-01-20").mkdir()
    (home / "2031-01-20" / "forecast.json").write_text("{", encoding="utf-8")
    (home / ".2031-01-21.new.7").mkdir()
    (home / ".2031-01-21.new.7" / "forecast.json").write_text("{}", encoding="utf-8")
    write_run(Dossier(failed().changed(as_of=dt.date(2031, 1, 22))), home / "2031-01-22")
    write_run(Dossier(many_hypotheses(3).changed(as_of=dt.date(2031, 1, 23))), home / "2031-01-23")
    assert [run.as_of for run in earlier(make_forecast(), home)] == list(DAYS)
    assert len(stored_runs(home, "north-south")) == 4
    assert stored_runs(home, "east-west") == ()
    assert stored_runs(tmp_path / "nowhere", "north-south") == ()


@pytest.mark.usefixtures("undrawn")
def test_the_overview_is_renewed_after_each_run(home):
    write_run(Dossier(make_forecast()), home / "2031-02-08")
    page = (home / INDEX).read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
    assert [page.index(f'href="{day}/report.html"') for day in ("2031-02-08", "2031-01-10", "2030-12-01")] == sorted(
        page.index(f'href="{day}/report.html"') for day in ("2031-02-08", "2031-01-10", "2030-12-01")
    )
    for words in ("3 forecasts, the latest of 8 February 2031", "<strong>86%</strong>, very likely (80–95%)",
                  "up 31 points since 1 December 2030", "The leaders meet", "forecast.json"):  # fmt: skip
        assert words in page
    assert "<script" not in page


def test_one_run_makes_an_overview_without_a_line(tmp_path):
    write_run(Dossier(bare()), tmp_path / "north-south" / "2031-02-08")
    page = (tmp_path / "north-south" / INDEX).read_text(encoding="utf-8")
    assert "One forecast, the latest of 8 February 2031" in page
    assert "<svg" not in page


@pytest.mark.usefixtures("undrawn")
def test_a_run_written_elsewhere_touches_nothing_beside_it(tmp_path):
    write_run(Dossier(make_forecast()), tmp_path / "elsewhere" / "one")
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["one"]


@pytest.mark.usefixtures("undrawn")
def test_a_run_that_failed_says_so_in_the_overview(home):
    write_run(Dossier(failed().changed(as_of=dt.date(2031, 1, 22))), home / "2031-01-22")
    assert "diagnostics failed" in (home / INDEX).read_text(encoding="utf-8")


def test_hostile_text_stays_text_in_the_overview(tmp_path):
    run = tmp_path / 'a"><script>x<'
    run.mkdir()
    raw = jsonable(Dossier(make_forecast(title=HOSTILE, question=HOSTILE)).contents)
    raw["outcomes"]["leaders"]["label"] = HOSTILE
    (run / "forecast.json").write_text(json.dumps(raw), encoding="utf-8")
    page = overview(stored_runs(tmp_path, "north-south"))
    assert "<script" not in page
    assert "a%22%3E%3Cscript%3Ex%3C/report.html" in page


def test_an_empty_folder_has_no_overview(tmp_path):
    write_index(tmp_path, "north-south")
    assert list(tmp_path.iterdir()) == []


def test_a_run_of_an_older_program_is_read(tmp_path):
    raw = jsonable(odd.with_history().contents)
    for name in ("history", "what_if", "target_accept"):
        raw.pop(name, None)
    (tmp_path / "forecast.json").write_text(json.dumps(raw), encoding="utf-8")
    assert read_dossier(tmp_path) == Dossier(make_forecast())


def test_what_if_and_history_are_read_back(tmp_path):
    forecast = odd.with_switches().changed(target_accept=0.9)
    dossier = odd.with_history().changed(forecast=forecast)
    (tmp_path / "forecast.json").write_text(dossier.to_text(), encoding="utf-8")
    assert read_dossier(tmp_path) == dossier


def test_a_pdf_without_a_browser_is_one_clear_sentence(home, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("detente.report.pdf.PLACES", ())
    result = CliRunner().invoke(cli, ["report", str(home / "2031-01-10"), "--format", "pdf"])
    assert str(result.exception) == (
        "a PDF needs Chromium or Chrome, and none is on the PATH: install one, or print report.html from any browser"
    )
    assert not (home / "2031-01-10" / "report.pdf").exists()


def test_a_browser_that_does_not_print_says_why(home, monkeypatch, tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho 'no display at all' >&2\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    result = CliRunner().invoke(
        cli, ["report", str(home / "2031-01-10"), "--format", "pdf", "--out", str(tmp_path / "x.pdf")]
    )
    assert str(result.exception) == f"{broken} did not print the report: no display at all"
