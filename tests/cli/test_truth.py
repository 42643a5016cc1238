"""`detente score` and `detente calibrate` where it became known which hypothesis was true."""

from __future__ import annotations

import json

import pytest
from cases import write_case

from detente.case import find_case, read_record

pytestmark = pytest.mark.usefixtures("all_undrawn")

ROWS = "outcome,window,resolution,date,source\nhypothesis,,tactic,2023-03-04,Memoirs\n"
ONE = ("--workers", "1")


def test_score_says_how_probable_it_was(run, tmp_path):
    workspace = write_case(tmp_path, resolutions=ROWS)
    code, out, err = run("score", "dispute", *ONE, "--to", "2023-03-03", "--workspace", workspace)
    assert (code, err) == (0, "")
    assert "The explanations are not scored" not in out
    assert "It became known on 4 March 2023 that the true explanation was tactic. Its probability was " in out
    assert "on average over 3 days" in out
    folder = workspace / "reports/dispute/score"
    text = (folder / "score.md").read_text(encoding="utf-8")
    assert "### Which explanation was true" in text
    assert "| prior | " in text
    found = json.loads((folder / "score.json").read_text(encoding="utf-8"))
    assert [row["forecaster"] for row in found["explanations"]["standings"]] == [
        "detente", "uniform", "prior", "independent_evidence"]  # fmt: skip
    assert found["forecasters"]["prior"] == "the probabilities before any evidence"
    code, out, _ = run("run", "dispute", "--engine", "exact", "--workspace", workspace)
    assert code == 0
    page = next((workspace / "reports/dispute").glob("*/report.md")).read_text(encoding="utf-8")
    assert "that the true explanation was tactic. Its probability was " in page


def test_a_case_of_hypotheses_alone_is_scored(run, tmp_path):
    """No process, no outcome, no election: only which explanation was true."""
    workspace = write_case(tmp_path, resolutions=ROWS, events=None, intensities=None)
    seeds, priors = workspace / "seeds/dispute/case.yaml", workspace / "priors/dispute/priors.yaml"
    for path, ends in ((seeds, ("election:", "horizon:")), (priors, ("election:", None))):
        text = path.read_text(encoding="utf-8")
        start = text.index(ends[0])
        rest = text[text.index(ends[1]) :] if ends[1] else ""
        path.write_text(text[:start] + rest.partition("processes:")[0], encoding="utf-8")
    code, out, err = run("score", "dispute", *ONE, "--workspace", workspace)
    assert (code, err) == (0, "")
    assert "that the true explanation was tactic" in out
    assert "questions  Brier" not in out
    text = (workspace / "reports/dispute/score/score.md").read_text(encoding="utf-8")
    assert "Which explanation was true" in text


def test_calibrate_learns_from_it(run, tmp_path, sampled_by_hand):
    workspace = write_case(tmp_path, resolutions=ROWS)
    write_case(tmp_path, "other")
    code, out, err = run(
        "calibrate", "dispute", "--bias-sd", "0", "--draws", "2000", "--write", "other", "--workspace", workspace
    )
    assert (code, err) == (0, "")
    words = " ".join(out.split())
    assert words.startswith("1 case, no resolved outcomes, 1 known explanation, as of 4 March 2023")
    assert "tactic is known to be true; by the evidence its probability was " in words
    learned = read_record(find_case("other", workspace))[0].priors
    assert learned.learned_from == ("dispute",)
    assert (
        "Learned from the evidence and 1 known hypothesis of dispute, as of 2023-03-04"
        in learned.discrimination.because
    )
