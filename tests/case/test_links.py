"""A link planted in a case or below its reports leads no writing command out of the workspace."""

from __future__ import annotations

import json
import os
import sys
from contextlib import nullcontext

import pytest
from click.testing import CliRunner
from tests.bulletins import BULLETIN
from tests.cases import write_case

from detente.case import find_case, read_record
from detente.case.transaction import BEFORE, CHANGE, JOURNAL, LAST, take_back
from detente.case.writing import digest
from detente.cli.main import cli
from detente.errors import DamagedJournalError, DetenteError, NothingToUndoError, OutputError
from detente.report.run_folder import check_writable
from detente.update import update

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links")
ADD = (
    "evidence", "add", "dispute", "--claim", "They met again.", "--date", "2023-02-25", "--source", "Daily", "--grade",
    "B2", "--cluster", "", "--likelihood", "sincere=0.4/0.5/0.6", "--likelihood", "tactic=0.3/0.4/0.5",
    "--because", "sincere=So it is.", "--because", "tactic=So it goes.",
)  # fmt: skip


@pytest.fixture
def outside(tmp_path):
    """Return a folder outside the workspace with a file in it."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "precious.txt").write_text("precious", encoding="utf-8")
    return tmp_path / "outside"


def workspace(tmp_path):
    return write_case(tmp_path / "ws")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("target", ["outside", "outside/precious.txt", "outside/new"])
@pytest.mark.parametrize("name", [".lock", ".journal", ".journal.new", ".journal.old", ".last"])
def test_a_link_in_the_place_of_our_own_files_is_not_followed(tmp_path, outside, name, target):
    location = find_case("dispute", workspace(tmp_path))
    (location.seeds / name).symlink_to(tmp_path / target)
    refused = name in {".lock", ".journal"}
    with pytest.raises(DetenteError) if refused else nullcontext():
        update(location, BULLETIN, "news.yaml")
        take_back(location)
    assert contents(outside) == {"precious.txt": b"precious"}


@pytest.mark.parametrize("folder", ["bulletins", "drafts"])
def test_a_linked_folder_of_the_case_takes_no_bulletin(tmp_path, outside, folder):
    root = workspace(tmp_path)
    (root / "seeds" / "dispute" / folder).symlink_to(outside)
    done = CliRunner().invoke(cli, [*ADD, "--workspace", str(root)])
    assert isinstance(done.exception, OutputError)
    assert "nothing is written through one" in str(done.exception)
    assert contents(outside) == {"precious.txt": b"precious"}


@pytest.mark.parametrize("linked", ["dispute", "dispute/verify"])
def test_a_link_below_the_reports_is_refused_before_anything_is_computed(tmp_path, outside, linked):
    place = tmp_path / "ws" / "reports" / linked
    place.parent.mkdir(parents=True)
    place.symlink_to(outside)
    with pytest.raises(OutputError, match="it is a link"):
        check_writable(tmp_path / "ws" / "reports" / "dispute" / "verify")


def test_reports_kept_elsewhere_by_a_link_of_ones_own_are_written(tmp_path, outside):
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws" / "reports").symlink_to(outside)
    check_writable(tmp_path / "ws" / "reports" / "dispute" / "verify")


def test_a_case_that_is_a_link_is_updated_and_taken_back(tmp_path):
    root = workspace(tmp_path)
    for kind in ("seeds", "priors"):
        (root / kind / "dispute").rename(tmp_path / kind)
        (root / kind / "dispute").symlink_to(tmp_path / kind)
    location = find_case("dispute", root)
    before = read_record(location)[0].inputs_sha256
    update(location, BULLETIN, "news.yaml")
    assert read_record(location)[0].inputs_sha256 != before
    take_back(location)
    assert read_record(location)[0].inputs_sha256 == before


def test_a_journal_leads_to_no_table_of_an_assessor_elsewhere(tmp_path, outside):
    location = find_case("dispute", workspace(tmp_path))
    (location.priors / "assessors").symlink_to(outside)
    journal = location.seeds / JOURNAL
    (journal / "assessors" / "ann").mkdir(parents=True)
    (journal / "assessors" / "ann" / "likelihoods.csv").write_text("planted", encoding="utf-8")
    planted = {"assessors/ann/likelihoods.csv": ["priors", None, digest(b"planted")]}
    (journal / CHANGE).write_text(json.dumps({"what": "x", "files": planted}), encoding="utf-8")
    with pytest.raises(DamagedJournalError):
        update(location, BULLETIN, "news.yaml")
    assert contents(outside) == {"precious.txt": b"precious"}


def cut(last):
    (last / BEFORE / "evidence.csv").write_bytes(b"id\n")


def gone(last):
    (last / BEFORE / "evidence.csv").unlink()


def linked(last):
    (last / BEFORE / "evidence.csv").unlink()
    (last / BEFORE / "evidence.csv").symlink_to(os.devnull)


def other(text):
    return lambda last: (last / CHANGE).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "damage",
    [cut, gone, linked, other("x"), other("[]"), other('{"files": 3}'), other("[" * 100_000),
     other('{"what": "a", "files": {"../x": ["seeds", null, null]}}'),
     other('{"what": "a", "files": {"evidence.csv": ["seeds"]}}')],
    ids=["cut", "gone", "linked", "no JSON", "a list", "a number", "deep", "another place", "short"],
)  # fmt: skip
def test_a_damaged_last_change_is_none_and_touches_no_file(tmp_path, damage):
    location = find_case("dispute", workspace(tmp_path))
    update(location, BULLETIN, "news.yaml")
    after = read_record(location)[0].inputs_sha256
    damage(location.seeds / LAST)
    with pytest.raises(NothingToUndoError):
        take_back(location)
    assert read_record(location)[0].inputs_sha256 == after
