"""`detente calibrate --set`."""

from __future__ import annotations

import json

import pytest
from cases import write_case
from sets import write_many, write_set

from detente.case import find_case, read_record

ONE = ("--workers", "1")


@pytest.fixture
def many(tmp_path):
    return write_many(tmp_path / "many", 40)


def test_what_is_printed(run, many, tmp_path):
    code, out, err = run("calibrate", "--set", many, *ONE, "--workspace", tmp_path)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "many: 40 questions with 160 items, in 10 groups."
    assert lines[2] == "Discrimination of the next question"
    assert any(line.startswith("the stated discrimination ") for line in lines)
    assert lines[-6:-4] == ["For priors.yaml of a case:", "discrimination:"]
    assert lines[-1] == "  learned_from: [many]"
    assert not (tmp_path / "reports").exists()


def test_it_is_written_into_a_case(run, many, tmp_path):
    workspace = write_case(tmp_path)
    code, out, _ = run("calibrate", "--set", many, *ONE, "--workspace", tmp_path, "--write", "dispute", "--json")
    assert code == 0
    found = json.loads(out)
    priors = read_record(find_case("dispute", workspace))[0].priors
    assert priors.learned_from == ("many",)
    assert (priors.discrimination.mean, priors.discrimination.sd) == (found["learned"]["mean"], found["learned"]["sd"])
    assert found["priors_yaml"] in (workspace / "priors/dispute/priors.yaml").read_text(encoding="utf-8")
    assert [band["after"]["questions"] for band in found["by_items"]] == [40]


def test_a_case_s_prior_may_be_the_start(run, many, tmp_path):
    write_case(tmp_path)
    code, out, _ = run("calibrate", "--set", many, *ONE, "--workspace", tmp_path, "--prior-of", "dispute", "--json")
    assert code == 0
    assert json.loads(out)["prior"]["because"] == "Contrasts are overstated."


def test_what_goes_with_cases_only_is_refused(run, many, tmp_path):
    code, _, err = run("calibrate", "dispute", "--set", many, "--draws", "200", "--workspace", tmp_path)
    assert code == 2
    assert "--set takes the place of cases: leave out CASE, --draws" in err
    code, _, err = run("calibrate", "--workspace", tmp_path)
    assert code == 2
    assert "name the cases to learn from, or a set (--set DIR)" in err


def test_it_learns_from_a_set_once(run, tmp_path):
    stated = "discrimination: {mean: 0.3, sd: 0.1, because: Learned., learned_from: [talks]}\n"
    folder = write_set(tmp_path / "talks", priors=stated)
    code, _, err = run("calibrate", "--set", folder, *ONE, "--workspace", tmp_path)
    assert code == 1
    assert err.startswith(f"{folder}: its discrimination was already learned from talks")


def test_what_it_learned_is_scored_on_another_set(run, many, tmp_path):
    other = write_many(tmp_path / "others", 20, seed=5)
    start = ("calibrate", "--set", many, "--held-out", other, *ONE, "--workspace", tmp_path)
    code, out, err = run(*start)
    assert (code, err) == (0, "")
    assert "Scored with what was learned:\nothers: 20 questions with 80 items of evidence, in 10 groups;" in out
    code, out, _ = run(*start, "--json")
    found = json.loads(out)
    assert found["held_out"]["discrimination"] == found["learned"]
    stated = {**found["learned"], "learned_from": ["many"]}
    (other / "priors.yaml").write_text(json.dumps({"discrimination": stated}), encoding="utf-8")
    code, out, _ = run("score", "--set", other, *ONE, "--json", "--workspace", tmp_path)
    assert code == 0
    assert json.loads(out)["scores"] == found["held_out"]["scores"]
    code, _, err = run("calibrate", "--set", many, "--held-out", many, *ONE, "--workspace", tmp_path)
    assert code == 1
    assert "the discrimination was learned from many" in err
