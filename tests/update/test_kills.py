"""kill -9 at anything a command does to the file system leaves the old state or the new, and nothing in the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "kills.py"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="fork")


COMMANDS = (
    "update", "retract", "undo", "new", "run", "report", "score", "track", "roll", "add", "assess", "sheet", "edit",
    "import", "tidy",
)  # fmt: skip


def kills(*arguments):
    """Return how many kills there were, none of which left anything wrong."""
    found = subprocess.run(
        [sys.executable, PROGRAM, *arguments], capture_output=True, text=True, timeout=900, check=False
    )
    assert found.returncode == 0, found.stderr
    said = found.stdout.strip()
    assert "\n" not in said, said
    return int(said.partition(" kills")[0])


@pytest.mark.parametrize("command", COMMANDS)
def test_killed_anywhere_nothing_is_lost_and_nothing_stays(command):
    assert kills(command) >= 4


@pytest.mark.parametrize("command", ["update", "roll", "new", "report", "score"])
def test_a_disk_that_is_full_from_any_step_on_is_one_line_and_changes_nothing(command):
    assert kills(command, "full") >= 4


def test_killed_again_while_clearing_up_nothing_is_lost():
    assert kills("tidy beside", "twice") >= 4
