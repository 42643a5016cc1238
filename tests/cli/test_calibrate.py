"""`detente calibrate`: end to end, and what it refuses in one line."""

from __future__ import annotations

import json

import pytest
from cases import EVENTS, PRIORS, RESOLUTIONS, write_case

from detente.case import load_case, refuse_in_sample
from detente.diagnostics import Check
from detente.errors import InSampleError
from detente.evaluation.calibrate import learning

WINNER = EVENTS + "2023-05-14,election,rival,Daily,The rival won.\n"
SETTLED = RESOLUTIONS + "border_open,before_election,no,2023-05-14,Daily\nborder_open,horizon,no,2024-03-01,Daily\n"
LEARNED = "discrimination:\n  mean: 0."


@pytest.fixture
def workspace(tmp_path):
    """Two cases: one whose border stayed shut, and one to be given what was learned from it."""
    write_case(tmp_path, events=WINNER, resolutions=SETTLED)
    commented = PRIORS.replace("assumed_mass", "# Taken from a study.\nassumed_mass", 1)
    return write_case(tmp_path, "next", priors=commented)


@pytest.mark.sampling
def test_from_outcomes_to_the_prior_of_the_next_case(run, workspace):
    """One run: what it reports, what it writes, what may then be scored, and what may not be learned again."""
    code, out, err = run("calibrate", "dispute", "--write", "next", "--json", "--workspace", workspace)
    path = workspace / "priors/next/priors.yaml"
    assert (code, err) == (0, f"wrote {path}\n")
    found = json.loads(out)
    assert found["diagnostics"]["status"] == "pass"
    assert found["diagnostics"]["exact_agreement"]["max_z"] < 4
    asked = [(row["window"], row["answer"]) for row in found["cases"][0]["questions"]]
    assert asked == [("before_election", False), ("after_election", False), ("horizon", False)]
    assert {row["reason"] for row in found["cases"][0]["left_out"]} == {"settled"}  # they had met before the forecast
    assert found["cases"][0]["winners"] == {"rival": 1.0}
    assert (found["as_of"], found["learned_from"]) == ("2024-03-01", ["dispute"])
    prior = found["prior"]["discrimination"]
    assert (prior["mean"], prior["sd"]) == pytest.approx((0.6, 0.15), abs=1e-5)

    # A border that stays shut is slower than stated, and a gate that is judged slower under `tactic` speaks for it.
    bias = [found[stage]["level_bias"] for stage in ("prior", "after_evidence", "after_outcomes")]
    assert bias[2]["mean"] < bias[1]["mean"] - 0.05
    assert bias[2]["sd"] < bias[1]["sd"] < bias[0]["sd"]
    tactic = found["cases"][0]["hypotheses"]["tactic"]
    assert tactic["after_outcomes"] > tactic["after_evidence"]
    for stage in ("after_evidence", "after_outcomes"):
        for name in ("discrimination", "level_bias"):
            known, sampled = found[stage][name], found[stage][f"sampled_{name}"]
            assert sampled["mean"] == pytest.approx(known["mean"], abs=0.1 * known["sd"])
            assert sampled["sd"] == pytest.approx(known["sd"], rel=0.06)
    assert found["after_outcomes"]["gained"]["level_bias"] > 0

    text = path.read_text(encoding="utf-8")
    assert found["priors_yaml"] in text
    assert "# Taken from a study.\nassumed_mass: 0.65\n" in text
    case = load_case("next", workspace)
    assert case.priors.learned_from == ("dispute",)
    assert case.priors.discrimination.mean == pytest.approx(found["after_outcomes"]["discrimination"]["mean"], abs=6e-4)
    refuse_in_sample(case)
    assert run("check", "next", "--workspace", workspace)[0] == 0

    (workspace / "priors/dispute/priors.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InSampleError, match=r"^dispute: its discrimination was learned from its own outcomes"):
        refuse_in_sample(load_case("dispute", workspace))
    code, out, err = run("calibrate", "dispute", "--workspace", workspace)
    assert (code, out) == (1, "")
    assert err.startswith("priors/dispute/priors.yaml: the discrimination was already learned from dispute")
    assert err.count("\n") == 1


def test_what_it_says(run, workspace, sampled_by_hand):
    code, out, err = run("calibrate", "dispute", "--no-color", "--workspace", workspace)
    assert (code, err) == (0, "")
    assert out.startswith("1 case, 1 resolved outcome, as of 1 March 2024\n")
    assert "  dispute, forecast of 1 March 2023: 1 outcome in 3 windows; none occurred\n    left out: 3 settled" in out
    words = " ".join(out.split())
    assert "This case says almost nothing about the discrimination: its standard deviation was 0.150" in words
    assert "cases like this one would halve the prior's deviation." in words
    assert "times as fast as stated (90% interval" in words
    assert "No forecast uses this bias; to act on it, revise the intensities." in words
    assert "dispute: the outcomes move the explanations, of which none is known to be true" in words
    assert f"\n{LEARNED}" in out
    assert out.endswith('Contrasts are overstated."\n  learned_from: [dispute]\n')


def test_without_a_bias(run, workspace, sampled_by_hand):
    code, out, _ = run("calibrate", "dispute", "--bias-sd", "0", "--no-color", "--workspace", workspace)
    assert code == 0
    assert "Level bias" not in out
    assert "as fast as stated" not in out


def test_several_cases_and_another_prior(run, workspace, sampled_by_hand):
    stated = ("because: Contrasts are overstated.", "because: Contrasts are overstated., learned_from: [older]")
    changed = PRIORS.replace("mean: 0.6,", "mean: 0.7,").replace(*stated)
    write_case(workspace, "third", events=EVENTS, resolutions=SETTLED, priors=changed)
    arguments = ("calibrate", "dispute", "third", "--prior-of", "third", "--no-color", "--workspace", workspace)
    code, out, _ = run(*arguments)
    assert code == 0
    assert out.startswith("2 cases, 2 resolved outcomes, as of 1 March 2024\n")
    assert "  the prior is that of third; dispute states another, which is not used\n" in out
    assert "the winner is not on record; the forecast's probabilities are used: incumbent 50" in " ".join(out.split())
    assert out.endswith("  learned_from: [older, dispute, third]\n")


def test_only_what_was_resolved_by_a_date_counts(run, workspace, sampled_by_hand):
    arguments = ("calibrate", "dispute", "--no-color", "--workspace", workspace, "--as-of", "2023-06-01")
    code, out, _ = run(*arguments)
    assert code == 0
    assert out.startswith("1 case, 1 resolved outcome, as of 1 June 2023\n")
    assert "left out: 3 settled and 2 open\n" in out


def test_a_failed_diagnostic_is_said_and_nothing_written(run, workspace, sampled_by_hand, monkeypatch):
    failed = Check("Draws behind the tables", "fail", "they leave too much open", "report it")
    monkeypatch.setattr(learning, "judge_draws", lambda *_: failed)
    before = (workspace / "priors/next/priors.yaml").read_bytes()
    code, out, err = run("calibrate", "dispute", "--write", "next", "--no-color", "--workspace", workspace)
    assert code == 4
    assert LEARNED in out
    assert err == "diagnostics failed: Draws behind the tables: they leave too much open; report it\n"
    assert (workspace / "priors/next/priors.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), 'there is no case "nowhere" in '),
        (("next",), "nothing to learn from: no question of next is resolved yes or no on record: "),
        (
            ("dispute", "--as-of", "2023-03-02"),
            "nothing to learn from: no question of dispute is resolved yes or no by",
        ),
        (("dispute", "--write", "dispute"), "dispute is one of the cases learned from, so its own forecasts could no "),
        (("dispute", "--write", "nexd"), 'there is no case "nexd" in '),
        (("dispute", "--write", "turkey-syria"), "turkey-syria is bundled with detente and cannot be changed: "),
        (("dispute", "--prior-of", "nowhere"), 'there is no case "nowhere" in '),
        (("dispute", "dispute"), "dispute: named twice, and would count twice"),
    ],
)
def test_refused_in_one_line(run, workspace, arguments, message):
    code, out, err = run("calibrate", *arguments, "--workspace", workspace)
    assert (code, out) == (1, "")
    assert err.startswith(message)
    assert err.count("\n") == 1


def test_usage(run):
    code, _, err = run("calibrate")
    assert code == 2
    assert "name the cases to learn from, or a set (--set DIR)" in err
    code, out, _ = run("calibrate", "--help")
    assert code == 0
    assert "detente calibrate saudi-iran retail-turnaround\n" in out
