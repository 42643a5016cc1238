"""Which case is meant."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.cases import write_case

from detente.case import bundled_cases, find_case, load_case, locating
from detente.case.locating import CaseNotFoundError, WorkspaceError


def test_the_only_case_needs_no_name(tmp_path):
    location = find_case(workspace=write_case(tmp_path))
    assert (location.name, location.root, location.bundled) == ("dispute", tmp_path, False)


def test_a_bundled_case_is_found_from_anywhere(tmp_path):
    name = bundled_cases()[0]
    location = find_case(name, tmp_path)
    assert location.bundled
    assert load_case(name, tmp_path).id == name


def test_a_workspaces_own_case_goes_before_the_bundled_one(tmp_path):
    name = bundled_cases()[0]
    location = find_case(name, write_case(tmp_path, name))
    assert (location.root, location.bundled) == (tmp_path, False)


def test_an_installed_package_finds_its_bundled_cases_inside(tmp_path, monkeypatch):
    package = tmp_path / "detente"
    write_case(package / "bundled", "shipped")
    (package / "case").mkdir()
    monkeypatch.setattr(locating, "__file__", str(package / "case" / "locating.py"))
    assert bundled_cases() == ("shipped",)
    assert find_case("shipped", tmp_path).root == package / "bundled"


def test_without_a_name_the_cases_are_listed(tmp_path):
    write_case(tmp_path, "first")
    write_case(tmp_path, "second")
    with pytest.raises(CaseNotFoundError, match=r"name a case: .* holds 2 \(cases: first, second; bundled: "):
        find_case(workspace=tmp_path)


def test_a_slip_in_the_name_gets_a_suggestion(tmp_path):
    with pytest.raises(CaseNotFoundError, match=r'there is no case "dispote" in .* \(did you mean `dispute`\?\)'):
        find_case("dispote", write_case(tmp_path))


@pytest.mark.parametrize("name", ["../outside", "/etc", "..", ".", "", "a/b", "Dispute", "dispute\n", "dispute\0", "~"])
def test_a_name_never_leads_out_of_the_workspace(name, tmp_path):
    write_case(tmp_path / "inside")
    write_case(tmp_path, "outside")
    with pytest.raises(CaseNotFoundError):
        find_case(name, tmp_path / "inside")


def test_a_workspace_that_is_none(tmp_path):
    with pytest.raises(WorkspaceError, match="there is no such folder"):
        find_case("dispute", tmp_path / "nowhere")


def test_stray_files_in_seeds_are_no_cases(tmp_path):
    write_case(tmp_path)
    (tmp_path / "seeds/readme").write_text("", encoding="utf-8")
    (tmp_path / "seeds/.git").mkdir()
    (tmp_path / "seeds/Old Stuff").mkdir()
    assert locating.known_cases(tmp_path) == ("dispute",)


def test_loading_imports_nothing_heavy(tmp_path):
    """In a process of its own: here, other tests have imported everything."""
    code = (
        "import sys, pathlib; from detente.case import load_case; load_case(workspace=pathlib.Path(sys.argv[1]));"
        "heavy = {'pandas', 'pymc', 'arviz', 'scipy', 'numpy', 'matplotlib', 'rich', 'ruamel'} & set(sys.modules);"
        "sys.exit(', '.join(heavy) or None)"
    )
    command = [sys.executable, "-c", code, write_case(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
