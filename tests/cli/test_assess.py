"""``detente assess``: one number at a time at the terminal; blind, resumable, and a second round beside the others."""

from __future__ import annotations

import math

import pytest
from cases import write_case

from detente.case import find_case
from detente.case.judging import INTENSITIES, LIKELIHOODS, judged


@pytest.fixture
def workspace(tmp_path):
    return write_case(tmp_path)


def paces(workspace):
    return len(judged(find_case("dispute", workspace), INTENSITIES))


def of(workspace, name):
    rows = judged(find_case("dispute", workspace), LIKELIHOODS)
    return {cell: {n: row["mid"] for n, row in who[name].items()} for cell, who in rows.items() if name in who}


def test_off_a_terminal_one_line_says_so(run, workspace):
    code, out, err = run("assess", "dispute", "--as", "ana", "--workspace", workspace)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == (
        "Error: the input is not a terminal, so nobody can be asked: fill in a workbook (detente sheet dispute)"
    )


def test_each_answer_is_checked_and_the_weight_is_shown(run, workspace):
    """Half against a quarter is 10 log10 2, 3.0 dB; a wrong answer is asked for again, a blank one left out.

    Somebody who sees too late that the low is wrong goes back to it; per cents and decimal commas are understood.
    """
    item = "0,3\n<\n2\n20%\n0,8\n0.9\n50 %\nBecause.\n" + "0.1\n0.4\n0.25\n\n" + "likely\n\n" + "\n" + "\n\n"
    answers = item + "\n" * paces(workspace) + "0.4\n\n\n"
    code, out, err = run("assess", "dispute", "--as", "ana", "--workspace", workspace, answers=answers)
    assert code == 0
    home = workspace / "priors/dispute/assessors/ana"
    assert out == f"ana: 3 likelihoods and 2 prior probabilities written into {home}\n"
    assert "must be greater than 0 and less than 1" in err
    assert "must be less than 0.8, the high" in err
    assert f"weight of evidence: +{10 * math.log10(2):.1f} dB for" in err
    assert "the others" not in err
    assert "sincere,0.2,0.5,0.8,Because." in (home / "likelihoods.csv").read_text()
    assert of(workspace, "ana") == {
        ("speech", "sincere"): {1: "0.5"}, ("speech", "tactic"): {1: "0.25"}, ("toast", "sincere"): {1: "likely"},
    }  # fmt: skip
    assert (home / "priors.csv").read_text().splitlines()[1:] == [
        "sincere,0.4,No reason was given.,1",
        "tactic,0.6,No reason was given.,1",
    ]
    assert run("check", "dispute", "--workspace", workspace)[0] == 0


def test_broken_off_it_goes_on_from_there(run, workspace):
    first = "0.2\n0.8\n0.5\nBecause.\n0.1\n"
    code, _, err = run("assess", "dispute", "--as", "ana", "--workspace", workspace, answers=first)
    assert code != 0
    assert "the same command goes on from there" in err
    rest = "y\n0.4\n0.25\n\n" + "\n" * (4 + paces(workspace)) + "\n"
    code, out, err = run("assess", "dispute", "--as", "ana", "--workspace", workspace, answers=rest)
    assert code == 0
    assert "2 likelihoods" in out
    assert of(workspace, "ana")["speech", "sincere"] == {1: "0.5"}
    assert not (workspace / "priors/dispute/drafts").exists()


def test_what_was_answered_is_not_asked_again(run, workspace):
    everything = "unlikely\n\n" * 6 + "\n" * paces(workspace) + "\n"
    assert run("assess", "dispute", "--as", "ana", "--workspace", workspace, answers=everything)[0] == 0
    code, out, err = run(
        "assess", "dispute", "--as", "ana", "--workspace", workspace, answers="\n" * paces(workspace) + "\n"
    )
    assert (code, out) == (0, "nothing new was judged\n")
    assert "6 of " in err
    assert "Item 1" not in err


def test_the_second_round_shows_the_group_without_names_and_keeps_what_changed(run, workspace):
    for name, word in (("ana", "unlikely"), ("bob", "likely"), ("cem", "very likely")):
        answers = f"{word}\n\n" * 6 + "\n" * paces(workspace) + "\n"
        assert run("assess", "dispute", "--as", name, "--workspace", workspace, answers=answers)[0] == 0
    answers = "likely\nI see.\n" + "\n" * 5 + "\n" * paces(workspace) + "\n"
    code, out, err = run("assess", "dispute", "--as", "ana", "--round", "2", "--workspace", workspace, answers=answers)
    assert code == 0
    assert out.startswith("ana: 1 likelihood written into")
    assert "the others (3): 60%, 68%, 88%" in err, "the case's own, likely and very likely"
    assert "yours: unlikely" in err
    assert "bob" not in err
    assert of(workspace, "ana")["speech", "sincere"] == {1: "unlikely", 2: "likely"}
    assert of(workspace, "ana")["speech", "tactic"] == {1: "unlikely"}


def test_prior_probabilities_leave_the_last_no_choice(run, workspace):
    answers = "\n" * 6 + "\n" * paces(workspace) + "1.2\n0.4\n0.7\n0.6\n\n"
    code, _, err = run("assess", "dispute", "--as", "ana", "--workspace", workspace, answers=answers)
    assert code == 0
    assert "must be what the others leave, 0.6" in err


def test_a_name_that_leads_elsewhere(run, workspace):
    code, _, err = run("assess", "dispute", "--as", "../ana", "--workspace", workspace, answers="")
    assert code == 1
    assert "cannot name an assessor" in err
