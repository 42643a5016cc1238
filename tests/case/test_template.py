"""A new case forecasts at once."""

from __future__ import annotations

import csv
import datetime as dt
import re

import pytest

from detente.case import bundled_cases, find_case, load_case
from detente.case.locating import CaseNotFoundError, WorkspaceError
from detente.case.template import CaseExistsError, CaseNameError, new_case, slug
from detente.errors import OutputError


def test_the_skeleton_is_a_whole_case(tmp_path):
    paths = new_case("my-case", tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "seeds/my-case/case.yaml",
        "seeds/my-case/events.csv",
        "seeds/my-case/evidence.csv",
        "priors/my-case/intensities.csv",
        "priors/my-case/likelihoods.csv",
        "priors/my-case/priors.yaml",
    ]
    case = load_case(workspace=tmp_path)
    assert case.id == "my-case"
    assert case.election is not None
    assert case.outcomes
    assert any(not item.observed for item in case.evidence)
    assert any(row.word for judged in case.likelihoods.values() for row in judged.values())
    assert case.information_cutoff > case.processes[0].start.date
    assert load_case(workspace=tmp_path, as_of=dt.date(2026, 1, 1)).evidence


@pytest.mark.parametrize("name", bundled_cases())
def test_an_example_is_copied_under_its_new_name(name, tmp_path):
    new_case("mine", tmp_path, example=name)
    copy, bundled = load_case(workspace=tmp_path), load_case(name, tmp_path)
    assert copy.changed(id=name, inputs_sha256="") == bundled.changed(inputs_sha256="")
    assert not find_case(workspace=tmp_path).bundled
    bulletins = find_case(name, tmp_path).seeds.glob("bulletins/*.yaml")
    assert {path.name for path in tmp_path.glob("seeds/mine/bulletins/*")} == {path.name for path in bulletins}


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "priors/mine").mkdir(parents=True)
    with pytest.raises(CaseExistsError, match=r"priors/mine: the case `mine` exists already"):
        new_case("mine", tmp_path)
    assert not (tmp_path / "seeds").exists()


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("North South", "north-south"),
        ("Türkiye \N{LATIN SMALL LETTER DOTLESS I}", "turkiye-i"),
        ("../x", "x"),
        ("", "my-case"),
        ("سوريا", "my-case"),
    ],
)
def test_a_name_that_is_no_id_gets_one(name, instead, tmp_path):
    with pytest.raises(CaseNameError, match=rf"such as `{instead}`"):
        new_case(name, tmp_path)
    assert slug(name) == instead
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_example(tmp_path):
    with pytest.raises(CaseNotFoundError, match='there is no case "nothing"'):
        new_case("mine", tmp_path, example="nothing")


def test_a_workspace_that_is_a_file(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WorkspaceError, match="is not a folder"):
        new_case("mine", tmp_path / "file")


def test_a_place_that_cannot_be_written(tmp_path):
    """A file where a folder should be made stops root too, whom permissions do not."""
    (tmp_path / "priors").write_bytes(b"")
    with pytest.raises(OutputError, match="nothing was changed"):
        new_case("mine", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["priors"]


def test_no_number_of_a_copy_has_just_three_decimals(tmp_path):
    """A spreadsheet in Berlin would make 4 of 0.004."""
    new_case("mine", tmp_path, "turkey-syria")
    cells = [
        cell
        for path in tmp_path.rglob("*.csv")
        for row in csv.reader(path.read_text(encoding="utf-8").splitlines())
        for cell in row
    ]
    assert not [cell for cell in cells if re.fullmatch(r"\d+\.\d{3}", cell)]
    assert "0.0040" in cells
