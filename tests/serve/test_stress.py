"""Two browsers, the command line and an editor at once: the small run of stress.py."""

from __future__ import annotations

from cases import write_case
from tests.serve.stress import Stress

from detente.case import find_case
from detente.case.check import examine


def test_concurrent_edits_are_neither_lost_nor_half_written(tmp_path):
    workspace = write_case(tmp_path)
    made = Stress(workspace, 40, swaps=True)
    assert made.run() == []
    assert made.faults == []
    assert len(made.written) == 40
    location = find_case("dispute", workspace)
    examine(location)
    left = {path.name for folder in (location.seeds, location.priors) for path in folder.glob(".*")}
    assert left <= {".lock", ".last"}
