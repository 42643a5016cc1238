"""`detente score`."""

from __future__ import annotations

import csv
import io
import json

import pytest
from bulletins import item_bulletin
from cases import write_case

from detente.case import find_case
from detente.update import update

ROWS = """\
outcome,window,resolution,date,source
border_open,horizon,no,2024-03-01,Daily
they_meet,horizon,yes,2023-02-10,Daily
"""
EMPTY = (
    "no question has both an answer and a closed window: "
    "add resolutions to seeds/dispute/resolutions.csv once a window has closed"
)
EARLY = "its first forecast is of 2023-03-01, and --to is 2023-02-01"
SHORT = ("--to", "2023-03-02", "--workers", "1")
WRITTEN = {"score.md", "score.json", "score.csv", "daily.csv", "figures"}


def test_a_table_and_its_files(run, tmp_path):
    workspace = write_case(tmp_path, resolutions=ROWS)
    before = {path: path.read_bytes() for path in (workspace / "seeds").rglob("*") if path.is_file()}
    code, out, err = run("score", "dispute", *SHORT, "--workspace", workspace)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "dispute: forecasts as of each day from 1 March 2023 to 2 March 2023; lower is better"
    heads = ["questions", "Brier", "ours", "skill", "difference", "(90%", "interval)", "log", "score", "ours"]
    assert lines[1].split() == heads
    assert [line[:20].strip() for line in lines[2:6]] == [
        "this forecast",
        "uniform",
        "no change",
        "independent evidence",
    ]
    assert lines[-1] == f"scores: {workspace / 'reports/dispute/score/score.md'}"
    folder = workspace / "reports/dispute/score"
    assert {path.name for path in folder.iterdir()} == WRITTEN
    assert {path: path.read_bytes() for path in (workspace / "seeds").rglob("*") if path.is_file()} == before
    found = json.loads((folder / "score.json").read_text(encoding="utf-8"))
    assert found["command"] == "detente score dispute --to 2023-03-02"
    counts = {"resolved": 3, "void": 0, "pending": 1}
    assert found["coverage"] == {**counts, "days_open": 73 + 366 + 366, "days_scored": 6}
    assert "explanations are not scored" in (folder / "score.md").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO((folder / "score.csv").read_text(encoding="utf-8"))))
    border = [row for row in rows if row["question"] == "border_open.horizon"]
    assert [row["forecaster"] for row in border] == ["detente", "uniform", "no_change", "independent_evidence"]
    assert [row["brier"] for row in border[1:3]] == ["0.250000", "0.000100"]
    assert [row["status"] for row in rows if row["question"] == "election.incumbent"] == ["pending"]
    daily = list(csv.DictReader(io.StringIO((folder / "daily.csv").read_text(encoding="utf-8"))))
    assert [row["date"] for row in daily] == ["2023-03-01", "2023-03-02"]
    mean = sum(float(row["border_open.horizon:detente"]) for row in daily) / 2
    assert float(border[0]["mean"]) == pytest.approx(mean, abs=1e-4)


def test_bulletins_of_the_case_are_taken_in_and_it_says_so(run, tmp_path):
    workspace = write_case(tmp_path, resolutions=ROWS)
    folder = workspace / "seeds/dispute/bulletins"
    folder.mkdir()
    (folder / "a.yaml").write_text(
        "date: 2023-05-15\nsource: W\nevents: [{process: election, state: rival, date: 2023-05-14}]\n", encoding="utf-8"
    )
    code, out, _ = run("score", *SHORT, "--workspace", workspace)
    assert code == 0
    assert out.startswith("dispute: 1 bulletin of seeds/dispute/bulletins taken in for the replay.\n")
    text = (workspace / "reports/dispute/score/score.md").read_text(encoding="utf-8")
    assert "1 bulletin of seeds/dispute/bulletins taken in" in text
    assert "| at the election" in text
    assert (workspace / "seeds/dispute/events.csv").read_text(encoding="utf-8").count("\n") == 2


def test_bulletins_that_the_case_has_are_not_missed(run, tmp_path):
    """After `detente update` the folder holds nothing new, and the first forecast is of the new cut-off."""
    workspace = write_case(tmp_path, resolutions=ROWS)
    folder = workspace / "seeds/dispute/bulletins"
    folder.mkdir()
    (folder / "a.yaml").write_text(item_bulletin("envoys", "2023-03-02"), encoding="utf-8")
    update(find_case("dispute", workspace), (folder / "a.yaml").read_text(encoding="utf-8"), "a.yaml")
    code, out, err = run("score", *SHORT, "--workspace", workspace)
    assert (code, err) == (0, "")
    assert out.startswith("dispute: forecasts as of 2 March 2023; lower is better")
    code, _, err = run("score", *SHORT, "--bulletins", folder, "--workspace", workspace)
    assert code == 1
    assert err.endswith("has no bulletin (*.yaml) that the case has not taken in already\n")
    code, _, err = run("score", "--from", "2024-03-01", "--workspace", workspace)
    assert code == 1
    assert err == (
        "dispute: nothing to score: it had no open question on 2024-03-01, the date of its first forecast "
        "(--from takes an earlier one)\n"
    )


def test_json_writes_nothing_unless_it_is_told_where(run, tmp_path):
    workspace = write_case(tmp_path / "w", resolutions=ROWS)
    code, out, _ = run("score", *SHORT, "--json", "--workspace", workspace)
    assert code == 0
    found = json.loads(out)
    assert found["overall"][0]["forecaster"] == "detente"
    assert not (workspace / "reports").exists()
    code, again, _ = run("score", *SHORT, "--json", "--out", tmp_path / "here", "--workspace", workspace)
    assert (code, again) == (0, out)
    assert {path.name for path in (tmp_path / "here").iterdir()} == WRITTEN
    assert not (workspace / "reports").exists()


def test_several_cases_and_all_together(run, tmp_path):
    workspace = write_case(tmp_path, resolutions=ROWS)
    write_case(tmp_path, "quarrel", resolutions=ROWS)
    code, out, _ = run("score", "dispute", "quarrel", *SHORT, "--workspace", workspace)
    assert code == 0
    assert [line for line in out.splitlines() if "lower is better" in line][2].startswith(
        "dispute and quarrel: forecasts as of"
    )
    for name in ("dispute/score", "quarrel/score", "together/score"):
        assert {path.name for path in (workspace / "reports" / name).iterdir()} == WRITTEN
    together = json.loads((workspace / "reports/together/score/score.json").read_text(encoding="utf-8"))
    assert together["command"] == "detente score dispute quarrel --to 2023-03-02"
    assert set(together["by_case"]) == {"dispute", "quarrel"}
    assert together["overall"][0]["processes"] == 2


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (None, (), f"dispute: nothing to score yet: {EMPTY}\n"),
        (ROWS, ("--to", "2023-02-01"), f"dispute: nothing to score: {EARLY}\n"),
        (
            ROWS.replace("2023-02-10", "2023-04-10"),
            (),
            "seeds/dispute/resolutions.csv:3: date: must be 2023-02-10, for events.csv has it then (got 2023-04-10)\n",
        ),
    ],
)  # fmt: skip
def test_nothing_to_score_is_one_line(run, tmp_path, rows, options, message):
    workspace = write_case(tmp_path, resolutions=rows)
    assert run("score", *options, "--workers", "1", "--workspace", workspace) == (1, "", message)
    assert not (workspace / "reports").exists()


def test_a_folder_that_cannot_be_written_is_said_before_the_work(run, tmp_path):
    workspace = write_case(tmp_path, resolutions=ROWS)
    (workspace / "reports").write_text("", encoding="utf-8")
    code, _, err = run("score", *SHORT, "--workspace", workspace)
    assert code == 1
    assert "cannot write" in err


def test_help_has_an_example(run):
    code, out, _ = run("score", "--help")
    assert code == 0
    assert "detente score saudi-iran" in out


def test_a_case_is_not_scored_with_what_it_taught(run, tmp_path):
    stated = "because: Contrasts are overstated."
    workspace = write_case(tmp_path, resolutions=ROWS, priors=(stated, stated + ", learned_from: [dispute]"))
    code, out, err = run("score", "dispute", *SHORT, "--workspace", workspace)
    assert (code, out) == (1, "")
    assert err.startswith(
        "dispute: its discrimination was learned from its own outcomes (priors.yaml, discrimination.l"
    )
    assert err.count("\n") == 1
    assert not (workspace / "reports").exists()
