"""All or none."""

from __future__ import annotations

import errno
import os

import pytest

from detente.case.writing import create_folders, replace_files
from detente.errors import OutputError


def everything(folder):
    """Every path below a folder, with what the files hold."""
    return {path.relative_to(folder).as_posix(): path.is_file() and path.read_bytes() for path in folder.rglob("*")}


class FullDisk:
    """A disk on which the n-th flush fails."""

    def __init__(self, good: int) -> None:
        self.left = good

    def __call__(self, _file: int) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_folders_are_created_with_their_files(tmp_path):
    create_folders({tmp_path / "a/b": {"x": b"1", "d/y": b"2"}, tmp_path / "c": {"z": b"3"}})
    assert everything(tmp_path) == {
        "a": False, "a/b": False, "a/b/x": b"1", "a/b/d": False, "a/b/d/y": b"2", "c": False, "c/z": b"3",
    }  # fmt: skip


@pytest.mark.parametrize("good", range(3))
def test_a_full_disk_leaves_no_folder_behind(good, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", FullDisk(good))
    with pytest.raises(OutputError, match=r"cannot write: no space left on device; nothing was changed"):
        create_folders({tmp_path / "a/b": {"x": b"1", "y": b"2"}, tmp_path / "c/b": {"z": b"3"}})
    assert everything(tmp_path) == {}


def test_a_folder_that_is_there_stays_as_it_is(tmp_path):
    (tmp_path / "c").mkdir()
    (tmp_path / "c/mine").write_bytes(b"0")
    with pytest.raises(OutputError, match="it is there already"):
        create_folders({tmp_path / "a": {"x": b"1"}, tmp_path / "c": {"z": b"3"}})
    assert everything(tmp_path) == {"c": False, "c/mine": b"0"}


def test_an_interruption_is_undone(tmp_path, monkeypatch):
    def interrupt(_file: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        create_folders({tmp_path / "a/b": {"x": b"1"}})
    assert everything(tmp_path) == {}


def test_files_are_replaced_and_keep_their_permissions(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"1")
    old.chmod(0o640)
    replace_files({old: b"2", new: b"3"})
    assert everything(tmp_path) == {"old": b"2", "new": b"3"}
    assert old.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("good", range(2))
def test_a_full_disk_changes_no_file(good, tmp_path, monkeypatch):
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"1")
    monkeypatch.setattr(os, "fsync", FullDisk(good))
    with pytest.raises(OutputError):
        replace_files({old: b"2", new: b"3"})
    assert everything(tmp_path) == {"old": b"1"}


def test_a_rename_that_fails_puts_the_others_back(tmp_path):
    """The second target is a folder, which no file can replace."""
    first, made, folder = tmp_path / "first", tmp_path / "made", tmp_path / "folder"
    first.write_bytes(b"1")
    folder.mkdir()
    with pytest.raises(OutputError):
        replace_files({first: b"2", made: b"3", folder: b"4"})
    assert everything(tmp_path) == {"first": b"1", "folder": False}


def test_missing_folders_are_made_and_go_again_with_what_failed(tmp_path):
    replace_files({tmp_path / "reports" / "mine" / "a.csv": b"1"})
    assert (tmp_path / "reports" / "mine" / "a.csv").read_bytes() == b"1"
    (tmp_path / "taken").mkdir()
    with pytest.raises(OutputError, match="taken: cannot write"):
        replace_files({tmp_path / "new" / "b.csv": b"2", tmp_path / "taken": b"3"})
    assert not (tmp_path / "new").exists()
