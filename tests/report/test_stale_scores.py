"""Section 10 notices that a case has changed since it was scored."""

from __future__ import annotations

import pytest
from cases import write_case

from detente.cli.main import main

RESOLUTIONS = """\
outcome,window,resolution,date,source
border_open,horizon,no,2024-03-01,Daily
they_meet,horizon,yes,2023-02-10,Daily
"""
CHANGED = "The inputs of the case have changed since then,"


@pytest.fixture
def run_cli():
    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        return stop.value.code

    return call


@pytest.mark.usefixtures("undrawn")
def test_scores_of_other_inputs_say_so(run_cli, tmp_path):
    write_case(tmp_path, resolutions=RESOLUTIONS)
    quietly = ("run", "dispute", "--engine", "exact", "--no-sensitivity", "--workspace", str(tmp_path))
    assert run_cli("score", "dispute", "--to", "2023-03-02", "--workers", "1", "--workspace", str(tmp_path)) == 0
    assert run_cli(*quietly) == 0
    report = tmp_path / "reports/dispute/2023-03-01/report.md"
    text = report.read_text(encoding="utf-8")
    assert "These scores were computed afterwards" in text
    assert CHANGED not in text
    path = tmp_path / "priors/dispute/priors.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("concentration: 4", "concentration: 5", 1), encoding="utf-8"
    )
    assert run_cli(*quietly) == 0
    assert CHANGED in report.read_text(encoding="utf-8")
