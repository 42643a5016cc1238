"""`detente compare`."""

from __future__ import annotations

import json

import pytest
from bulletins import BULLETIN
from cases import write_case

from detente.cli.main import main

pytestmark = pytest.mark.usefixtures("all_undrawn")


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
    horizon = "(horizon 1 March 2024)"
    assert out.startswith(
        f"dispute: from 1 March 2023 {horizon} to 10 March 2023 {horizon}, both by the exact engine\n"
        "The election dates differ (14 May 2023 and 21 May 2023), and with them the days before and after.\n"
        "Outcomes are averaged over 400 draws here: those of a report may differ by a point or two.\n"
    )
    assert "election date: 21 May 2023 (5 March 2023)" in out or "election date: 21 May 2023 (10 March 2023)" in out
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


def test_the_order_given_is_kept(run):
    _, out, _ = run("compare", *RUNS, "--json")
    _, back, _ = run("compare", *reversed(RUNS), "--json")
    there, again = json.loads(out), json.loads(back)
    assert (there["before"], there["after"]) == (again["after"], again["before"])
    moves = [move["hypotheses"]["sincere"] for move in there["contributions"]]
    assert [move["hypotheses"]["sincere"] for move in again["contributions"]] == [-move for move in reversed(moves)]
    _, out, _ = run("compare", *reversed(RUNS))
    assert out.startswith("dispute: from 10 March 2023 (horizon 1 March 2024) to 1 March 2023 (horizon 1 March 2024)")
    assert "They meet" in out
    assert "happened on 10 February 2023" in out


def test_other_runs_are_suggested_and_not_the_argument_itself(run):
    code, _, err = run("compare", RUNS[0], "dispute/2023-03-02")
    assert code == 1
    assert "(runs: dispute/2023-03-10)" in err
    assert err.count("dispute/2023-03-01") == 0
    code, _, err = run("compare", RUNS[0], RUNS[0])
    assert (code, err) == (1, f'"{RUNS[0]}" is the run it is compared with: name one of {RUNS[1]}\n')


def test_runs_of_different_days_say_so(run, workspace):
    path = workspace / "seeds/dispute/case.yaml"
    before = path.read_text(encoding="utf-8")
    path.write_text(
        before.replace("horizon: 2024-03-01", "horizon: 2024-06-01\ndeadlines: [2023-12-31]"), encoding="utf-8"
    )
    out = workspace / "later"
    assert run("run", "dispute", "--engine", "exact", "--no-sensitivity", "--out", str(out))[0] == 0
    path.write_text(before, encoding="utf-8")
    _, text, _ = run("compare", RUNS[0], str(out))
    assert "The horizons differ: “by the horizon” ends on 1 March 2024 in the first run only.\n" in text
    assert "Only the second has the deadline 31 December 2023.\n" in text
