"""`detente score --set`."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest
from sets import naive_bayes, write_many, write_set

ONE = ("--workers", "1")


@pytest.fixture
def many(tmp_path):
    return write_many(tmp_path / "many", 30)


def test_a_table_and_its_files(run, many, tmp_path):
    code, out, err = run("score", "--set", many, *ONE, "--workspace", tmp_path)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("many: 30 questions with 120 items of evidence, in 10 groups; discrimination ")
    names = ["this forecast", "uniform", "prior", "naive Bayes", "tempered naive Bayes"]
    assert [line.split("  ")[0].strip() for line in lines[4:9]] == names
    folder = tmp_path / "reports/many/score-set"
    assert lines[-1] == f"scores: {folder / 'score.md'}"
    assert {path.name for path in folder.iterdir()} == {"score.md", "score.json", "score.csv"}
    found = json.loads((folder / "score.json").read_text(encoding="utf-8"))
    assert found["command"] == f"detente score --set {many}"
    assert (found["questions"], found["scores"]["groups"], found["name"]) == (30, 10, "many")
    rows = list(csv.DictReader(io.StringIO((folder / "score.csv").read_text(encoding="utf-8"))))
    assert [row["question"] for row in rows] == [f"q{number}" for number in range(30)]
    mean = sum(float(row["log:detente"]) for row in rows) / 30
    assert found["scores"]["standings"][0]["log"] == pytest.approx(mean, abs=1e-6)
    expected = -math.log(naive_bayes(many)["q0"][rows[0]["truth"]])
    assert float(rows[0]["log:naive_bayes"]) == pytest.approx(expected, abs=1e-6)
    given = dict(part.split(":") for part in rows[0]["probabilities"].split(" "))
    assert sum(map(float, given.values())) == pytest.approx(1, abs=1e-5)
    assert float(rows[0]["log:detente"]) == pytest.approx(-math.log(float(given[rows[0]["truth"]])), abs=1e-4)
    text = (folder / "score.md").read_text(encoding="utf-8")
    assert "| By the number" not in text
    assert "tempered naive Bayes" in text


def test_json_writes_nothing(run, many, tmp_path):
    code, out, _ = run("score", "--set", many, *ONE, "--json", "--workspace", tmp_path)
    assert code == 0
    assert json.loads(out)["scores"]["exponent"]["value"] > 0
    assert not (tmp_path / "reports").exists()
    code, again, _ = run("score", "--set", many, *ONE, "--json", "--workspace", tmp_path, "--out", tmp_path / "here")
    assert (code, again) == (0, out)
    assert {path.name for path in (tmp_path / "here").iterdir()} == {"score.md", "score.json", "score.csv"}


def test_a_set_takes_the_place_of_cases(run, many, tmp_path):
    code, _, err = run("score", "dispute", "--set", many, "--workspace", tmp_path)
    assert code == 2
    assert "--set takes the place of cases: leave out CASE" in err
    code, _, err = run("score", "--set", many, "--from", "2023-01-01", "--workspace", tmp_path)
    assert code == 2
    assert "leave out --from" in err


def test_problems_are_one_line_each(run, tmp_path):
    folder = write_set(tmp_path / "talks", evidence=("q1,toast,no", "q1,toast,maybe"))
    code, out, err = run("score", "--set", folder, *ONE, "--workspace", tmp_path)
    assert (code, out) == (1, "")
    assert err == f'{folder}/evidence.csv:3: observed: must be yes or no (got "maybe")\n'
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(("typed", "is_slip"), [("river_talk", True), ("River talks", True), ("river_2", False)])
def test_a_group_that_looks_like_a_slip_is_named_before_it_counts(run, tmp_path, typed, is_slip):
    """One line beside the result, which stays as it is; a number tells groups apart."""
    asked = f"q1,settle|show,show,river_talks\nq2,settle|show,settle,{typed}\nq3,war|peace|stalemate,war,river_talks\n"
    folder = write_set(tmp_path / "talks", questions=f"id,hypotheses,truth,group\n{asked}")
    told = (
        f'{folder}/questions.csv:3: group: "{typed}" and "river_talks" count as two groups: use one spelling if they '
        "are one\n"
    )
    where = ("--set", folder, *ONE, "--workspace", tmp_path)
    code, out, err = run("score", *where)
    assert (code, err) == (0, told if is_slip else "")
    assert "in 2 groups" in out
    assert run("score", *where, "--quiet")[2] == ""
    assert run("calibrate", *where)[2] == err


def test_what_it_taught_is_refused(run, tmp_path):
    stated = "discrimination: {mean: 0.3, sd: 0.1, because: Learned., learned_from: [talks]}\n"
    folder = write_set(tmp_path / "talks", priors=stated)
    code, _, err = run("score", "--set", folder, *ONE, "--workspace", tmp_path)
    assert code == 1
    assert err.startswith(f"{folder}: the discrimination was learned from talks")
    assert f"`detente calibrate --set {folder}`" in err


def test_one_group_says_so(run, tmp_path):
    folder = write_many(tmp_path / "few", 3, groups=1)
    code, out, _ = run("score", "--set", folder, *ONE, "--workspace", tmp_path)
    assert code == 0
    assert (
        "Nothing can be said of calibration: that takes two groups of questions, and probabilities other than 50%."
        in out
    )
