"""`detente check`."""

from __future__ import annotations

import json

from tests.cases import LIKELIHOODS, write_case

from detente.case import bundled_cases


def test_a_sound_case(run, tmp_path):
    expected = "dispute: 3 items in 1 cluster, 2 processes, 2 outcomes: no problem found\n"
    assert run("check", "--workspace", write_case(tmp_path)) == (0, expected, "")


def test_the_current_folder_is_the_workspace(run, tmp_path, monkeypatch):
    monkeypatch.chdir(write_case(tmp_path))
    assert run("check", "dispute")[0] == 0


def test_advice_is_listed_and_stops_nothing(run, tmp_path):
    workspace = write_case(tmp_path, likelihoods=("Glasses are raised rarely.", "Seems so."))
    assert run("check", "--workspace", workspace) == (
        0,
        (
            "dispute: 3 items in 1 cluster, 2 processes, 2 outcomes: no error, 1 piece of advice\n"
            'priors/dispute/likelihoods.csv:4: toast under sincere: "Seems so." is too short for a reason: say why\n'
        ),
        "",
    )


def test_many_poor_reasons_are_one_line_and_all_of_them_with_verbose(run, tmp_path):
    rows = LIKELIHOODS.replace("treaties", "So").replace("Peace is worth a speech.", "So.").replace("rarely", "So")
    rows = rows.replace("Maps come before So.", "So.").replace("Glasses are raised So.", "So.")
    workspace = write_case(tmp_path, likelihoods=rows)
    code, out, err = run("check", "--workspace", workspace)
    assert (code, err) == (0, "each piece on a line of its own: --verbose\n")
    assert out.splitlines()[1:] == [
        "priors/dispute/likelihoods.csv: 3 reasons are missing or too short: say why (lines 2, 4, 6)"
    ]
    code, out, err = run("check", "--verbose", "--workspace", workspace)
    assert (code, len(out.splitlines()), err) == (0, 4, "")
    assert len(json.loads(run("check", "--json", "--workspace", workspace)[1])["advice"]) == 3


def test_problems_go_to_stderr(run, tmp_path):
    workspace = write_case(tmp_path, evidence=("yes,B", "yes,G"))
    expected = 'seeds/dispute/evidence.csv:3: reliability: must be A to F (got "G")\n'
    assert run("check", "--workspace", workspace) == (1, "", expected)


def test_a_bundled_case_is_named_as_such(run, tmp_path):
    name = bundled_cases()[0]
    code, out, _ = run("check", name, "--workspace", tmp_path)
    assert code == 0
    assert out.startswith(f"{name} (bundled with detente): ")


def test_the_machines_answer(run, tmp_path):
    code, out, err = run("check", "--json", "--workspace", write_case(tmp_path / "sound"))
    answer = {"case": "dispute", "bundled": False, "status": "clean", "problems": [], "advice": []}
    assert (code, json.loads(out), err) == (0, answer, "")

    workspace = write_case(tmp_path / "weak", likelihoods=("Glasses are raised rarely.", "Seems so."))
    code, out, _ = run("check", "--json", "--workspace", workspace)
    assert (code, json.loads(out)["status"]) == (0, "advice")
    assert json.loads(out)["advice"][0]["line"] == 4

    code, out, err = run("check", "--json", "--workspace", write_case(tmp_path / "bad", evidence=("yes,B", "yes,G")))
    assert (code, err) == (1, "")
    assert json.loads(out)["problems"] == [
        {"file": "seeds/dispute/evidence.csv", "line": 3, "message": 'reliability: must be A to F (got "G")'},
    ]

    late = ("information_cutoff: 2023-03-01", "information_cutoff: 2022-11-01")
    code, out, _ = run("check", "--json", "--workspace", write_case(tmp_path / "late", case=late))
    assert (code, json.loads(out)["status"]) == (1, "error")


def test_a_case_that_is_not_there(run, tmp_path):
    code, out, err = run("check", "dispote", "--workspace", write_case(tmp_path))
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "did you mean `dispute`?" in err


def test_help_has_a_worked_example(run):
    code, out, _ = run("check", "--help")
    assert code == 0
    assert "detente check my-case" in out
