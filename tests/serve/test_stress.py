"""Two browsers, the command line and an editor at once: the small run of stress.py."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from cases import write_case
from tests.serve.stress import Stress

from detente.case import find_case
from detente.case.check import examine

DISK = Path("/var/tmp")  # noqa: S108 - a folder of one's own is made below it


@pytest.fixture
def on_disk(tmp_path):
    """Return a folder where writing waits for the disk.

    In memory, edits follow each other so closely that an editor of stress.py, which puts back what it had not seen
    without a look at what it takes away by that, loses one now and then.
    """
    folder = Path(tempfile.mkdtemp(dir=DISK)) if DISK.is_dir() else tmp_path
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_concurrent_edits_are_neither_lost_nor_half_written(on_disk):
    workspace = write_case(on_disk)
    made = Stress(workspace, 40, swaps=True)
    assert made.run() == []
    assert made.faults == []
    assert len(made.written) == 40
    location = find_case("dispute", workspace)
    examine(location)
    left = {path.name for folder in (location.seeds, location.priors) for path in folder.glob(".*")}
    assert left <= {".lock", ".last"}
