"""Reading a run back, and the command that does."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from tests.report.factory import make_forecast
from tests.report.variants import after_the_election, bare, failed, hostile, many_hypotheses, many_items

from detente.cli.main import cli
from detente.dossier import Dossier
from detente.errors import DetenteError
from detente.jsonable import jsonable
from detente.report.reading import find_run, parse_dossier, read_dossier

VARIANTS = [make_forecast, after_the_election, bare, failed, many_hypotheses, many_items, hostile]


def text_of(forecast):
    return json.dumps(jsonable(Dossier(forecast).contents), ensure_ascii=False)


def make_run(workspace, case="north-south", as_of="2031-02-08", forecast=None):
    folder = workspace / "reports" / case / as_of
    folder.mkdir(parents=True)
    (folder / "forecast.json").write_text(text_of(forecast or make_forecast()), encoding="utf-8")
    return folder


@pytest.mark.parametrize("make", [make_forecast, after_the_election, failed])
def test_what_is_written_is_read_back(make):
    forecast = make()
    assert parse_dossier(text_of(forecast), "forecast.json") == Dossier(forecast)


@pytest.mark.parametrize("make", [bare, many_hypotheses, many_items, hostile])
def test_odd_texts_and_numbers_are_read_back(make, monkeypatch):
    """Their parts do not belong together, which is for another test; what each of them says comes back unchanged."""
    monkeypatch.setattr("detente.report.consistency.contradictions", lambda raw, case: ())
    forecast = make()
    assert parse_dossier(text_of(forecast), "forecast.json") == Dossier(forecast)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: "{", "not JSON"),
        (lambda raw: "[]", "must be an object"),
        (lambda raw: json.dumps({**raw, "schema": 7}), "schema version 7, and this detente reads 2"),
        (lambda raw: json.dumps({k: v for k, v in raw.items() if k != "schema"}), "schema version missing"),
        (lambda raw: json.dumps({k: v for k, v in raw.items() if k != "title"}), "title: field required"),
        (lambda raw: json.dumps({**raw, "as_of": "soon"}), "as_of: "),
        (lambda raw: json.dumps({**raw, "hypotheses": {"show": {}}, "draws": "x"}), r"\(and \d+ more\)"),
        (
            lambda raw: json.dumps({**raw, "inputs": 3, "evidence": [4], "outcomes": []}),
            "evidence.0: must be an object.*and 2 more",
        ),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(change, message):
    with pytest.raises(DetenteError, match=message) as caught:
        parse_dossier(change(jsonable(Dossier(make_forecast()).contents)), "reports/x/forecast.json")
    assert str(caught.value).startswith("reports/x/forecast.json: ")
    assert "\n" not in str(caught.value)


def test_a_file_changed_by_hand_is_refused_and_one_spaced_anew_is_not():
    text = Dossier(make_forecast()).to_text()
    assert parse_dossier(json.dumps(json.loads(text)), "forecast.json") == parse_dossier(text, "forecast.json")
    raw = json.loads(text)
    raw["hypotheses"].popitem()
    with pytest.raises(DetenteError, match="was changed after it was written; run `detente run` again"):
        parse_dossier(json.dumps(raw), "forecast.json")


def test_unknown_fields_of_a_later_program_are_passed_over():
    raw = {**jsonable(Dossier(make_forecast()).contents), "new_field": 1}
    assert parse_dossier(json.dumps(raw), "x") == Dossier(make_forecast())


def test_a_run_is_found_by_folder_by_name_and_by_default(tmp_path):
    earlier, later = make_run(tmp_path), make_run(tmp_path, as_of="2031-03-01")
    assert find_run(None, tmp_path) == later
    assert find_run("north-south", tmp_path) == later
    assert find_run("north-south/2031-02-08", tmp_path) == earlier
    assert find_run(str(earlier), tmp_path) == earlier
    assert find_run(str(earlier / "forecast.json"), tmp_path) == earlier


def test_a_run_that_is_still_being_written_is_not_found(tmp_path):
    folder = make_run(tmp_path)
    make_run(tmp_path, as_of=".2031-05-01.new.77")
    assert find_run(None, tmp_path) == folder


def test_a_run_that_is_not_there_is_said_with_those_that_are(tmp_path):
    with pytest.raises(DetenteError, match="holds no run"):
        find_run(None, tmp_path)
    make_run(tmp_path)
    with pytest.raises(DetenteError, match=r"no run \"north-sout\".*did you mean `north-south`"):
        find_run("north-sout", tmp_path)
    make_run(tmp_path, case="east-west")
    with pytest.raises(DetenteError, match=r"name a run.*east-west, north-south"):
        find_run(None, tmp_path)
    with pytest.raises(DetenteError, match="there is no such file"):
        read_dossier(tmp_path)


@pytest.mark.usefixtures("undrawn")
def test_the_command_prints_renders_and_writes_to_stdout(tmp_path):
    folder = make_run(tmp_path)
    run = CliRunner().invoke

    shown = run(cli, ["report", "--workspace", str(tmp_path)])
    assert shown.exit_code == 0
    assert "Confidence is moderate: " in shown.stdout

    made = run(cli, ["report", "--workspace", str(tmp_path), "--format", "html"])
    assert made.stdout.strip() == str(folder / "report.html")
    assert {path.name for path in folder.iterdir()} == {"forecast.json", "report.html", "report.md", "figures"}

    twin = run(cli, ["report", "--workspace", str(tmp_path), "--format", "md", "--out", "-"])
    assert twin.stdout_bytes == (folder / "report.md").read_bytes()

    raw = run(cli, ["report", "--workspace", str(tmp_path), "--format", "json"])
    assert raw.stdout == Dossier(make_forecast()).to_text()

    wrong = run(cli, ["report", "--workspace", str(tmp_path), "--out", "x.html"])
    assert wrong.exit_code == 2


@pytest.mark.usefixtures("undrawn")
def test_open_renders_and_shows_the_page(tmp_path, monkeypatch):
    folder, shown = make_run(tmp_path), []
    monkeypatch.setattr("click.launch", shown.append)
    result = CliRunner().invoke(cli, ["report", "--workspace", str(tmp_path), "--open"])
    assert result.exit_code == 0
    assert shown == [(folder / "report.html").resolve().as_uri()]


def test_a_report_that_cannot_be_written_leaves_what_was_there(tmp_path, monkeypatch):
    folder = make_run(tmp_path)
    (folder / "report.html").write_text("earlier", encoding="utf-8")
    (folder / "figures").write_text("a file where the folder should be", encoding="utf-8")
    result = CliRunner().invoke(cli, ["report", "--workspace", str(tmp_path), "--format", "html"])
    assert isinstance(result.exception, DetenteError)
    assert "cannot write" in str(result.exception)
    assert (folder / "report.html").read_text(encoding="utf-8") == "earlier"
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
