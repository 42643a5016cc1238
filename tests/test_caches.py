"""Where PyTensor keeps what it compiles."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from detente import caches
from detente.errors import CacheError


@pytest.fixture
def unset(monkeypatch, tmp_path):
    """A process that has not imported PyTensor, with a home of its own."""
    monkeypatch.delitem(sys.modules, "pytensor", raising=False)
    monkeypatch.delenv("PYTENSOR_FLAGS", raising=False)
    monkeypatch.delenv("PYTENSORRC", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(caches, "_moved", [])
    return tmp_path


def chosen():
    return Path(os.environ["PYTENSOR_FLAGS"].split("base_compiledir=")[1])


def test_each_release_of_pytensor_has_a_folder_of_its_own(unset):
    """Its cache knows the release of numba that wrote it, and not its own."""
    caches.give_room()
    assert chosen() == unset / ".pytensor" / f"release-{version('pytensor')}"
    assert caches.moved() is None


def test_what_the_user_said_stands(unset, monkeypatch):
    monkeypatch.setenv("PYTENSOR_FLAGS", f"cxx=,base_compiledir={unset}/mine")
    caches.give_room()
    assert os.environ["PYTENSOR_FLAGS"] == f"cxx=,base_compiledir={unset}/mine"
    monkeypatch.delenv("PYTENSOR_FLAGS")
    (unset / ".pytensorrc").write_text(f"[global]\nbase_compiledir = {unset}/other\n", encoding="utf-8")
    caches.give_room()
    assert "PYTENSOR_FLAGS" not in os.environ


def test_other_flags_stay(unset, monkeypatch):
    monkeypatch.setenv("PYTENSOR_FLAGS", "cxx=")
    caches.give_room()
    assert os.environ["PYTENSOR_FLAGS"].startswith("cxx=,base_compiledir=")


@pytest.mark.parametrize("blocked", [".pytensor", "."], ids=["folder", "home"])
def test_a_home_that_cannot_be_written_has_a_temporary_folder_instead(unset, monkeypatch, blocked):
    file = unset / "a file"
    file.write_text("", encoding="utf-8")
    monkeypatch.setenv("HOME", str(file if blocked == "." else unset))
    if blocked != ".":
        (unset / blocked).write_text("", encoding="utf-8")
    caches.give_room()
    assert chosen().is_dir()
    assert caches.moved() == Path(os.environ["HOME"]) / ".pytensor" / f"release-{version('pytensor')}"
    again = chosen()
    caches.give_room()
    assert chosen() == again


def test_a_named_folder_that_cannot_be_written_is_the_users_to_mend(unset, monkeypatch):
    (unset / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("PYTENSOR_FLAGS", f"base_compiledir={unset}/file/below,cxx=")
    with pytest.raises(CacheError, match=r"PYTENSOR_FLAGS: .*/file/below: compiled densities cannot be kept there"):
        caches.give_room()


def test_a_process_that_has_pytensor_is_left_alone(unset, monkeypatch):
    monkeypatch.setitem(sys.modules, "pytensor", object())
    caches.give_room()
    assert "PYTENSOR_FLAGS" not in os.environ


def test_the_graph_settles_it_before_pytensor_is_imported(tmp_path):
    code = "import detente.graph, pytensor; print(pytensor.config.base_compiledir)"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTENSOR")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(tmp_path / ".pytensor" / f"release-{version('pytensor')}")
