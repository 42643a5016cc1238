"""`detente verify` and its files."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET

import pytest
from cases import NAME, write_case

from detente.cli.main import main

QUICK = ("--engine", "exact", "--replicates", "5", "--workers", "1")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return write_case(tmp_path_factory.mktemp("verify"))


@pytest.fixture
def run(capsys, workspace):
    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main(["verify", NAME, "--workspace", str(workspace), *map(str, arguments)])
        return stop.value.code, *capsys.readouterr()

    return call


def test_it_says_what_so_few_replicates_tell_and_writes_its_files(run, workspace):
    code, out, err = run(*QUICK)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("The exact engine: too few replicates (5 replicates, ")
    assert "  Too few replicates to detect even a bias of four posterior standard deviations." in lines
    assert any(line.startswith("  This is not a pass: ") for line in lines)
    assert lines[-2].startswith("Verdict: too few replicates (")
    folder = workspace / "reports" / NAME / "verify"
    assert {path.name for path in folder.iterdir()} == {"verify.md", "verify.json", "verify.csv", "sbc-exact.svg"}
    told = json.loads((folder / "verify.json").read_text())
    with (folder / "verify.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == told["engines"][0]["tests"]
    text = (folder / "verify.md").read_text(encoding="utf-8")
    assert f"Produced by `detente verify {NAME} --engine exact --replicates 5`" in text
    assert ET.fromstring((folder / "sbc-exact.svg").read_text()).attrib["role"] == "img"  # noqa: S314 - our own


def test_the_same_seed_gives_the_same_bytes(run, tmp_path):
    for name in ("a", "b"):
        run(*QUICK, "--out", tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert [(tmp_path / "a" / name).read_bytes() for name in files] == [
        (tmp_path / "b" / name).read_bytes() for name in files
    ]
    run(*QUICK, "--out", tmp_path / "c", "--random-seed", 2)
    assert (tmp_path / "c" / "verify.csv").read_bytes() != (tmp_path / "a" / "verify.csv").read_bytes()


def test_json_goes_to_stdout_and_nothing_is_written_unless_asked(run, workspace, tmp_path):
    before = sorted((workspace / "reports").rglob("*"))
    code, out, _ = run(*QUICK, "--json")
    assert code == 0
    assert json.loads(out)["verdict"] == "too few"
    assert sorted((workspace / "reports").rglob("*")) == before
    run(*QUICK, "--json", "--out", tmp_path)
    assert (tmp_path / "verify.json").read_text() == out


def test_a_failure_is_exit_code_4_and_names_what_failed(run, tmp_path, monkeypatch):
    from detente.exact import factors

    read = factors.read_items
    monkeypatch.setattr(factors, "read_items", lambda *given: (found := read(*given)).changed(seen=~found.seen))
    monkeypatch.setattr("detente.verify.verdicts.FAMILY_LEVEL", 0.9)
    factors._remembered.cache_clear()
    code, out, _ = run(*QUICK, "--replicates", 12, "--out", tmp_path)
    factors._remembered.cache_clear()
    assert code == 4
    assert "FAILED" in out
    assert "Failed: " in out
    assert "**Verification of the inference as of 1 March 2023: FAILED.**" in (tmp_path / "verify.md").read_text()


def test_help_has_a_worked_example(run):
    code, out, _ = run("--help")
    assert code == 0
    assert "detente verify turkey-syria --engine exact --replicates 20" in out
