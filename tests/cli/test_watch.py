"""`detente watch` and its files."""

import csv
import json

import pytest
from cases import NAME, WATCH, write_case
from click.testing import CliRunner

from detente.cli.main import cli

QUICK = ("--workers", "1")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return write_case(tmp_path_factory.mktemp("watch"), watch=WATCH)


def run(*arguments):
    return CliRunner().invoke(cli, list(map(str, arguments)), catch_exceptions=False)


def test_it_prints_tables_that_fit_and_writes_both_files(workspace):
    result = run("watch", NAME, "--workspace", workspace, *QUICK)
    assert result.exit_code == 0
    assert "A draft is" in result.output
    assert all(len(line) <= 80 for line in result.output.splitlines() if not line.startswith("everything: "))
    folder = workspace / "reports" / NAME / "2023-03-01"
    told = json.loads((folder / "watch.json").read_text())
    with (folder / "watch.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [one["id"] for one in told["indicators"]]
    assert [float(row["chance"]) for row in rows] == [one["chance"] for one in told["indicators"]]


def test_a_date_and_a_target_can_be_asked_for(workspace):
    result = run(
        "watch", NAME, "--workspace", workspace, "--by", "2023-04-15", "--target", "border_open", "--json", *QUICK
    )
    told = json.loads(result.stdout)
    assert told["target"] == "border_open"
    assert {one["by"] for one in told["indicators"]} <= {"2023-03-31", "2023-04-01"}
