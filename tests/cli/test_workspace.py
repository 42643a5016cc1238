"""Where a command looks for its case: here, in the nearest workspace above, and what it says where there is none."""

from __future__ import annotations

import pytest
from cases import write_case

pytestmark = pytest.mark.usefixtures("all_undrawn")


@pytest.fixture
def workspace(tmp_path):
    return write_case(tmp_path / "desk").resolve()


@pytest.mark.parametrize("folder", ["seeds", "seeds/dispute", "priors/dispute", "notes/deep"])
def test_the_nearest_workspace_above_is_taken(run, workspace, monkeypatch, folder):
    (workspace / folder).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(workspace / folder)
    code, out, err = run("evidence", "list")
    assert (code, err) == (0, f"the workspace is {workspace}\n")
    assert out.startswith("dispute as of 1 March 2023")


def test_a_workspace_that_is_named_or_here_is_taken_as_it_is(run, workspace, monkeypatch):
    monkeypatch.chdir(workspace)
    assert run("evidence", "list")[2] == ""
    monkeypatch.chdir(workspace / "seeds")
    code, _, err = run("evidence", "list", "--workspace", ".")
    assert (code, err.startswith(f"{workspace}/seeds has no folder seeds/, so it is no workspace")) == (1, True)


def test_where_there_is_none_the_path_and_the_remedy_are_said(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    here = tmp_path.resolve()
    code, _, err = run("run")
    assert code == 1
    assert err.startswith(
        f"{here} has no folder seeds/, so it is no workspace: go to one, name it with --workspace DIR"
    )
    _, _, err = run("run", "turkey-syra")
    assert f"in the folder {here}/seeds/ (no cases; bundled: " in err
    assert err.endswith("(did you mean `turkey-syria`?)\n")
    _, _, err = run("report")
    assert err == f"{here}/reports holds no run: make one with `detente run`\n"
    (tmp_path / "seeds").mkdir()
    assert run("check")[2].startswith(f"the folder {here}/seeds/ holds no case, so it is no workspace")


def test_a_part_of_a_name_is_enough_for_a_suggestion(run, workspace):
    _, _, err = run("check", "disp", "--workspace", workspace)
    assert err.endswith("(did you mean `dispute`?)\n")


def test_a_run_after_the_vote_is_read_back(run, workspace):
    vote = (
        "date: 2023-05-30\nevents: [{process: election, state: rival, date: 2023-05-14, source: D, claim: It won.}]\n"
    )
    (workspace / "vote.yaml").write_text(vote, encoding="utf-8")
    update = ("update", "dispute", workspace / "vote.yaml", "--engine", "exact", "--workspace", workspace)
    assert run(*update)[0] == 0
    code, out, _ = run("report", "dispute", "--workspace", workspace)
    assert code == 0
    assert "election held 14 May 2023: The rival wins" in " ".join(out.split())
