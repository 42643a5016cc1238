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


@pytest.mark.parametrize("command", COMMANDS)
def test_killed_anywhere_nothing_is_lost_and_nothing_stays(command):
    done = subprocess.run([sys.executable, PROGRAM, command], capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    kills = done.stdout.strip()
    assert "\n" not in kills, kills
    assert int(kills.removesuffix(" kills")) >= 4
