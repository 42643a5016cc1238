"""What is finished survives a crash at any byte, and is never taken for something else."""

from __future__ import annotations

import pytest

from detente.checkpoint import Checkpoint
from detente.errors import OutputError

HEAD = {"case": "small", "random_seed": 1}


def kept(path, head=HEAD):
    with Checkpoint(path, head) as checkpoint:
        return dict(checkpoint.results)


def write(path, keys):
    with Checkpoint(path, HEAD) as checkpoint:
        for key in keys:
            checkpoint.add(key, {"value": key * 2})


def test_a_second_start_finds_what_was_finished(tmp_path):
    path = tmp_path / "new folder" / "c"
    write(path, ["a", "b"])
    write(path, ["ç"])
    assert kept(path) == {key: {"value": key * 2} for key in ("a", "b", "ç")}


def test_a_file_cut_off_at_any_byte_is_a_shorter_one(tmp_path):
    path = tmp_path / "c"
    write(path, ["a", "b"])
    whole = path.read_bytes()
    ends = [index + 1 for index, byte in enumerate(whole) if byte == ord("\n")]
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        found = kept(path)
        assert list(found) == ["a", "b"][: max(0, sum(end <= size for end in ends) - 1)]
        write(path, ["z"])  # what is added after a torn line can be read
        assert list(kept(path)) == [*found, "z"]


def test_a_line_that_was_changed_ends_it(tmp_path):
    path = tmp_path / "c"
    write(path, ["a", "b"])
    path.write_bytes(path.read_bytes().replace(b"aa", b"xx"))
    assert kept(path) == {}


def test_results_of_something_else_are_dropped(tmp_path):
    path = tmp_path / "c"
    write(path, ["a"])
    assert kept(path, {**HEAD, "random_seed": 2}) == {}
    assert kept(path) == {}


def test_a_second_process_is_told(tmp_path):
    path = tmp_path / "c"
    with (
        Checkpoint(path, HEAD),
        pytest.raises(OutputError, match="cannot write: another run of this command is at work there"),
    ):
        kept(path)


def test_a_folder_that_refuses_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write: "):
        kept(tmp_path / "file" / "c")
