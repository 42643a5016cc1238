"""`detente new`."""

from __future__ import annotations

from detente.case import bundled_cases


def test_a_new_case_is_written_and_checks(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run("new", "my-case")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "wrote seeds/my-case/case.yaml"
    assert out.splitlines()[-1] == "next: detente check my-case"
    assert run("check", "my-case") == (
        0,
        "my-case: 6 items in 2 clusters, 1 process, 2 outcomes: no problem found\n",
        "",
    )


def test_an_example_is_copied(run, tmp_path):
    workspace = tmp_path / "with space"
    code, out, _ = run("new", "mine", "--example", bundled_cases()[0], "--workspace", workspace)
    assert code == 0
    assert out.endswith(f"next: detente check mine --workspace '{workspace}'\n")
    assert run("check", "--workspace", workspace)[1].startswith("mine: ")


def test_a_second_one_of_that_name_is_refused(run, tmp_path):
    run("new", "mine", "--workspace", tmp_path)
    code, out, err = run("new", "mine", "--workspace", tmp_path)
    assert (code, out) == (1, "")
    expected = "the case `mine` exists already: choose another name"
    assert err == f"{tmp_path}/seeds/mine: {expected}\n"


def test_a_name_that_is_no_id(run, tmp_path):
    code, _, err = run("new", "North & South", "--workspace", tmp_path)
    assert (code, err.count("\n")) == (1, 1)
    assert "such as `north-south`" in err


def test_a_place_that_cannot_be_written(run, tmp_path):
    (tmp_path / "seeds").write_bytes(b"")
    code, out, err = run("new", "mine", "--workspace", tmp_path)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.endswith("nothing was changed\n")


def test_a_name_longer_than_a_file_may_have(run, tmp_path):
    code, _, err = run("new", "a" * 300, "--workspace", tmp_path)
    assert (code, err.count("\n")) == (1, 1)
    assert "cannot name a case" in err
