"""`detente compare`."""

from __future__ import annotations

import json

import pytest
from bulletins import BULLETIN
from cases import write_case

from detente.cli.main import main


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = write_case(tmp_path_factory.mktemp("case"))
    (folder / "news.yaml").write_text(BULLETIN, encoding="utf-8")
    for command in (
        ("run", "dispute", "--engine", "exact", "--no-sensitivity"),
        ("update", "dispute", str(folder / "news.yaml"), "--engine", "exact"),
    ):
        with pytest.raises(SystemExit) as stop:
            main([*command, "--workspace", str(folder)])
        assert stop.value.code == 0
    return folder


@pytest.fixture
def run(capsys, workspace):
    def call(*arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main([*arguments, "--workspace", str(workspace)])
        return stop.value.code, *capsys.readouterr()

    return call


RUNS = ("dispute/2023-03-01", "dispute/2023-03-10")


def test_headlines_and_what_moved_them(run):
    code, out, err = run("compare", *RUNS, "--outcome", "border_open")
    assert (code, err) == (0, "")
    assert out.startswith("dispute: 1 March 2023 and 10 March 2023, both by the exact engine\n")
    assert "withdrawn: toast (10 March 2023)" in out
    assert "event: border > open (10 March 2023)" in out
    assert "\nThe border opens: " in out
    assert out.count(" in total\n") == 2


def test_the_moves_sum_in_json(run):
    _, out, _ = run("compare", *RUNS, "--json")
    found = json.loads(out)
    for side, names in (("hypotheses", ["sincere", "tactic"]), ("outcomes", ["they_meet", "border_open"])):
        for name in names:
            old, new = found["before"][side][name], found["after"][side][name]
            if side == "outcomes":
                old, new = old["horizon"], new["horizon"]
            assert sum(move[side][name] for move in found["contributions"]) == pytest.approx(new - old, abs=1e-10)


def test_an_unknown_outcome_and_an_unknown_run(run):
    code, _, err = run("compare", *RUNS, "--outcome", "peace")
    assert code == 2
    assert "there is no outcome peace (outcomes: they_meet, border_open)" in err
    code, _, err = run("compare", RUNS[0], "dispute/2023-03-11")
    assert code == 1
    assert "there is no run" in err
