"""`detente evidence`: add, list, retract."""

from __future__ import annotations

import io
import sys

import pytest
from cases import write_case

from detente.case import find_case, read_bulletin, read_record
from detente.cli.main import main

OPTIONS = (
    "--claim", "They signed, in haste.", "--date", "2023-03-05", "--source", "A: daily", "--grade", "b2",
    "--cluster", "speeches", "--likelihood", "sincere=0.3/0.6/0.8", "--because", "sincere=They mean it.",
    "--likelihood", "tactic=unlikely", "--because", "tactic=It binds.",
)  # fmt: skip


@pytest.fixture
def run(capsys, monkeypatch):
    def call(*arguments, answers=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        return stop.value.code, *capsys.readouterr()

    return call


@pytest.fixture
def workspace(tmp_path):
    return write_case(tmp_path)


def test_every_answer_can_be_an_option_and_the_bulletin_is_taken_in(run, workspace):
    code, out, err = run("evidence", "add", "dispute", *OPTIONS, "--workspace", workspace)
    path = workspace / "seeds/dispute/bulletins/2023-03-05-they-signed-in-haste.yaml"
    assert (code, out) == (0, f"wrote {path}\nnext: detente update dispute {path}\n")
    assert err == "This is 1.8 times as likely under sincere as under tactic: hardly worth mentioning.\n"
    assert run("update", "dispute", path, "--quick", "--workspace", workspace)[0] == 0
    item = read_record(find_case("dispute", workspace))[0].evidence[-1]
    assert (item.claim, item.source, item.grade, item.cluster) == (
        "They signed, in haste.",
        "A: daily",
        "B2",
        "speeches",
    )


def test_it_asks_lower_and_upper_before_the_best_guess(run, workspace):
    answers = "They signed.\n\nDaily\nA1\nenvoys\nOne delegation.\n0.1\n0.5\n0.3\nRarely.\n0.05\n0.2\n0.1\nHardly.\n"
    code, out, err = run("evidence", "add", "dispute", "--out", "-", "--workspace", workspace, answers=answers)
    assert code == 0
    case = read_record(find_case("dispute", workspace))[0]
    bulletin = read_bulletin(out, "out", case)
    low_mid_high = [(row.low, row.mid, row.high) for row in bulletin.likelihoods["they_signed"].values()]
    assert low_mid_high == [(0.1, 0.3, 0.5), (0.05, 0.1, 0.2)]
    assert (bulletin.date, bulletin.clusters) == (case.information_cutoff, {"envoys": "One delegation."})
    assert err.index("at least") < err.index("at most") < err.index("best guess")
    assert "This is 3 times as likely under sincere as under tactic: positive evidence." in err


def test_what_is_missing_is_named_where_nobody_answers(run, workspace):
    code, _, err = run("evidence", "add", "dispute", "--claim", "x", "--workspace", workspace)
    assert code == 2
    assert "--date is missing: the input is not interactive, so give every option" in err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("--grade", "G7"), "evidence.reliability: must be A to F"),
        (("--likelihood", "sincere=0.6/0.5/0.8"), "low, mid, high: must increase"),
        (("--likelihood", "nobody=0.5"), "must be HYPOTHESIS=... with one of sincere, tactic"),
        (("--id", "speech"), '"speech" is already in evidence.csv'),
    ],
)
def test_a_wrong_answer_is_said_and_nothing_written(run, workspace, change, message):
    code, _, err = run("evidence", "add", "dispute", *OPTIONS, *change, "--workspace", workspace)
    assert code in {1, 2}
    assert message in err
    assert not (workspace / "seeds/dispute/bulletins").exists()


def test_the_register_by_date_filtered_and_by_weight(run, workspace):
    _, out, _ = run("evidence", "list", "dispute", "--workspace", workspace)
    assert out.startswith("dispute as of 1 March 2023: 3 of 3 items; dB for ")
    assert [line.split()[3] for line in out.splitlines()[3:]] == ["speech", "toast", "map"]
    _, out, _ = run("evidence", "list", "dispute", "--as-of", "2023-02-15", "--workspace", workspace)
    assert "map (not seen so far, expected by 2023-02-20)" in out
    _, out, _ = run(
        "evidence", "list", "dispute", "--cluster", "speeches", "--from", "2023-01-01", "--workspace", workspace
    )
    assert [line.split()[3] for line in out.splitlines()[3:]] == ["toast"]
    _, out, _ = run("evidence", "list", "dispute", "--sort", "weight", "--actor", "NORTH", "--workspace", workspace)
    code, _, err = run("evidence", "list", "dispute", "--cluster", "speech", "--workspace", workspace)
    assert (code, err.splitlines()[-1]) == (2, "Error: there is no cluster speech (did you mean `speeches`?)")
    weights = [abs(float(line.split()[2].replace("−", "-"))) for line in out.splitlines()[3:]]
    assert weights == sorted(weights, reverse=True)


def test_a_retracted_item_stays_marked_and_out_of_the_model(run, workspace):
    because = "It was water, not wine."
    code, out, _ = run("evidence", "retract", "dispute", "toast", "--because", because, "--workspace", workspace)
    assert code == 0
    assert "  + withdrawal  toast: It was water, not wine.\n" in out
    _, out, _ = run("evidence", "list", "dispute", "--workspace", workspace)
    assert f"toast [speeches] (withdrawn on 2023-03-01: {because})" in out
    _, out, _ = run("evidence", "list", "dispute", "--as-of", "2023-02-28", "--workspace", workspace)
    assert "withdrawn" not in out
    assert run("check", "dispute", "--workspace", workspace)[0] == 0
    code, _, err = run("evidence", "retract", "dispute", "toast", "--because", "Again.", "--workspace", workspace)
    assert (code, err) == (1, "retraction: has been taken in already: everything in it is in the case\n")
    code, _, err = run("evidence", "retract", "dispute", "toasts", "--because", "x", "--workspace", workspace)
    assert code == 1
    assert 'evidence.csv has no item "toasts" (did you mean `toast`?)' in err
