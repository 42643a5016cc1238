"""kill -9 at anything a command does to the file system leaves the old state or the new, and nothing in the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "kills.py"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="fork")]


COMMANDS = (
    "update", "retract", "undo", "new", "run", "report", "score", "track", "roll", "add", "assess", "sheet", "edit",
    "import", "tidy",
)  # fmt: skip


@pytest.fixture(scope="module")
def kills():
    """Return a function that runs a scenario in the program, and returns how many kills left nothing wrong."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, PROGRAM], **pipes) as program:

        def run(scenario):
            program.stdin.write(f"{scenario}\n")
            program.stdin.flush()
            said = []
            while not said or (said[-1] and " kills" not in said[-1]):
                said.append(program.stdout.readline())
            assert " kills" in said[0], "".join(said)
            return int(said[0].partition(" kills")[0])

        yield run
        program.stdin.close()


@pytest.mark.parametrize("command", COMMANDS)
def test_killed_anywhere_nothing_is_lost_and_nothing_stays(kills, command):
    assert kills(command) >= 4


@pytest.mark.parametrize("command", ["update", "roll", "new", "report", "score"])
def test_a_disk_that_is_full_from_any_step_on_is_one_line_and_changes_nothing(kills, command):
    assert kills(f"{command}: full") >= 4


def test_killed_again_while_clearing_up_nothing_is_lost(kills):
    assert kills("tidy beside: twice") >= 4
