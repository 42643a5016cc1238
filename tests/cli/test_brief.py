"""`detente report --brief`: the first page as a file of its own."""

from __future__ import annotations

import re

import pytest
from cases import write_case

pytestmark = pytest.mark.usefixtures("all_undrawn")


@pytest.fixture
def folder(run, tmp_path):
    write_case(tmp_path)
    assert run("run", "dispute", "--engine", "exact", "--no-sensitivity", "--workspace", tmp_path)[0] == 0
    return tmp_path / "reports/dispute/2023-03-01"


def test_the_brief_is_the_first_page_and_links_the_rest(run, folder, tmp_path):
    code, out, _ = run("report", "dispute", "--brief", "--workspace", tmp_path)
    assert (code, out) == (0, f"{folder / 'brief.html'}\n")
    brief, whole = ((folder / name).read_text(encoding="utf-8") for name in ("brief.html", "report.html"))
    assert re.findall(r'<section id="(\w+)"', brief) == ["bottom_line", "judgements", "fragility"]
    for section in ("bottom_line", "judgements"):
        part = re.compile(rf'<section id="{section}".*?<h2', re.DOTALL)
        shown, full = (re.sub(r'href="[^"]*"', "", part.search(page)[0]) for page in (brief, whole))
        assert shown == full
    here = set(re.findall(r'href="#(\w+)"', brief))
    assert here <= {"content", "bottom_line", "judgements", "fragility"}
    there = set(re.findall(r'href="report.html#(\w+)"', brief))
    assert there
    assert all(f'id="{anchor}"' in whole for anchor in there)
    assert len(brief) < len(whole) / 2


def test_it_goes_elsewhere_and_a_new_run_takes_an_old_one_away(run, folder, tmp_path):
    run("report", "dispute", "--brief", "--format", "md", "--workspace", tmp_path)
    assert (folder / "brief.md").read_text(encoding="utf-8").count("\n## ") == 3
    code, _, _ = run("report", "dispute", "--brief", "--out", tmp_path / "b.html", "--workspace", tmp_path)
    assert code == 0
    assert "report.html" not in (tmp_path / "b.html").read_text(encoding="utf-8")
    assert run("run", "dispute", "--engine", "exact", "--no-sensitivity", "--workspace", tmp_path)[0] == 0
    assert not (folder / "brief.md").exists()
    assert run("report", "dispute", "--brief", "--format", "json", "--workspace", tmp_path)[0] == 2
