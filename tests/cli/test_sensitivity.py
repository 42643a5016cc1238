"""`detente sensitivity` and its files."""

import csv
import json

import pytest
from cases import NAME, write_case
from click.testing import CliRunner

from detente.cli.main import cli

QUICK = ("--workers", "1")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return write_case(tmp_path_factory.mktemp("sensitivity"))


def run(*arguments):
    return CliRunner().invoke(cli, list(map(str, arguments)), catch_exceptions=False)


def test_it_prints_tables_that_fit_and_writes_both_files(workspace):
    result = run("sensitivity", NAME, "--workspace", workspace, *QUICK)
    assert result.exit_code == 0
    assert "How fragile is" in result.output
    assert all(len(line) <= 80 for line in result.output.splitlines() if not line.startswith("everything: "))
    folder = workspace / "reports" / NAME / "2023-03-01"
    told = json.loads((folder / "sensitivity.json").read_text())
    with (folder / "sensitivity.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(row["part"] == "left_out" for row in rows) == len(told["left_out"])
    assert told["power"] == []
    assert "`detente run` makes one" in " ".join(result.output.split())


def test_json_goes_to_stdout_and_nothing_is_written(workspace, tmp_path):
    result = run("sensitivity", NAME, "--workspace", workspace, "--target", "they_meet", "--json", *QUICK)
    assert json.loads(result.stdout)["target"] == "they_meet"
    out = tmp_path / "elsewhere"
    assert run("sensitivity", NAME, "--workspace", workspace, "--json", "--out", out, *QUICK).exit_code == 0
    assert {path.name for path in out.iterdir()} == {"sensitivity.json", "sensitivity.csv"}


def test_an_unknown_target_is_one_line(workspace):
    from detente.errors import UnknownTargetError

    with pytest.raises(UnknownTargetError, match="did you mean `tactic`"):
        run("sensitivity", NAME, "--workspace", workspace, "--target", "tactics", *QUICK)


@pytest.mark.slow
def test_two_processes_give_the_same_numbers(workspace):
    one, two = (
        run("sensitivity", NAME, "--workspace", workspace, "--json", "--workers", workers).stdout for workers in (1, 2)
    )
    assert one == two
