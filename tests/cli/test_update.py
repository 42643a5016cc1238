"""`detente update`."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import subprocess
import sys
import time

import pytest
from bulletins import BULLETIN, item_bulletin
from cases import write_case

from detente.case import clock
from detente.report.reading import read_dossier

pytestmark = pytest.mark.usefixtures("all_undrawn")


@pytest.fixture
def workspace(tmp_path):
    write_case(tmp_path)
    (tmp_path / "news.yaml").write_text(BULLETIN, encoding="utf-8")
    return tmp_path


CHANGE = """\
dispute: bulletin of 10 March 2023; the cut-off moves from 1 March 2023 to 10 March 2023
  + item                   2023-03-09  envoys_named (B2, seen, cluster envoys)
  + item                   2023-03-10  envoys_arrived (A1, not seen, cluster envoys)
  + cluster                envoys: One delegation.
  + event                  2023-03-10  border > open
  + election date          2023-05-21, known from 2023-03-05
  + poll                   2023-03-03  House
  + withdrawal             toast: It was water, not wine.
  ! word without a reason  envoys_arrived under tactic: say why, by a mapping {mid: unlikely, because: ...}
"""


def test_a_dry_run_shows_the_change_and_makes_none(run, workspace):
    before = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    code, out, err = run("update", "dispute", workspace / "news.yaml", "--dry-run", "--workspace", workspace)
    assert (code, err) == (0, "dry run: nothing was changed\n")
    assert {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()} == before
    _, after, _ = run("update", "dispute", workspace / "news.yaml", "--quick", "--workspace", workspace)
    assert out == after  # the change of the files and of every probability


def test_the_machine_is_told_what_a_dry_run_would_change(run, workspace):
    arguments = ("update", "dispute", workspace / "news.yaml", "--json", "--workspace", workspace)
    _, out, _ = run(*arguments, "--dry-run")
    assert set(json.loads(out)["after"]) == {"as_of", "hypotheses", "outcomes", "election"}
    assert run(*arguments, "--quick")[1] == out


def test_a_dry_run_needs_no_copy_of_a_bundled_case(run, tmp_path):
    (tmp_path / "quiet.yaml").write_text("date: 2022-05-10\n", encoding="utf-8")
    arguments = ("update", "saudi-iran", tmp_path / "quiet.yaml", "--workspace", tmp_path)
    assert run(*arguments, "--dry-run")[0] == 0
    code, _, err = run(*arguments, "--quick")
    assert (code, "is bundled with detente and cannot be changed" in err) == (1, True)


def test_the_winner_is_among_the_probabilities_and_what_has_happened_has_its_day(run, workspace):
    event = "{process: election, state: rival, date: 2023-05-14, source: D, claim: It won.}"
    vote = f"date: 2023-05-30\nevents: [{event}]\n"
    (workspace / "vote.yaml").write_text(vote, encoding="utf-8")
    code, out, _ = run("update", "dispute", workspace / "vote.yaml", "--quick", "--workspace", workspace)
    assert code == 0
    rows = {line[:20].strip(): line.split("%")[-1].split(maxsplit=1)[1] for line in out.splitlines() if "%" in line}
    assert rows["The rival wins"] == "happened on 14 May 2023"
    assert rows["The incumbent wins"] == "can no longer happen"
    assert rows["They meet"] == "happened on 10 February 2023"
    assert "almost certain" not in out


@pytest.fixture
def on_the_fifth(monkeypatch):
    """It is 5 March 2023."""
    monkeypatch.setattr(clock, "today", lambda: dt.date(2023, 3, 5))


def test_a_bulletin_after_today_is_asked_about(run, workspace, on_the_fifth):
    before = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    arguments = ("update", "dispute", workspace / "news.yaml", "--quick", "--workspace", workspace)
    doubt = "the bulletin is dated 2023-03-10, after today, 2023-03-05"
    code, out, err = run(*arguments)
    assert (code, out, err) == (1, "", f"{doubt}: if that is meant, add --yes\n")
    code, _, err = run(*arguments, answers="n\n")
    assert (code, f"{doubt}. Is that meant?" in err) == (130, True)
    code, _, err = run(*arguments[:-3], "--dry-run", *arguments[-2:])
    assert (code, err) == (0, f"to be confirmed: {doubt}\ndry run: nothing was changed\n")
    now = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file() and path.name != ".lock"}
    assert now == before
    assert run(*arguments, answers="y\n")[0] == 0


@pytest.mark.parametrize("table", ["evidence", "polls"])
def test_what_is_a_century_old_is_asked_about(run, workspace, table):
    old = {
        "evidence": item_bulletin("envoys", "2023-03-09").replace("claim:", "date: 1923-03-09, claim:"),
        "polls": "date: 2023-03-09\nsource: D\n"
        "polls: [{pollster: H, start: 1923-03-01, end: 1923-03-03, incumbent: 45, opponent: 44}]\n",
    }  # fmt: skip
    (workspace / "old.yaml").write_text(old[table], encoding="utf-8")
    code, _, err = run("update", "dispute", workspace / "old.yaml", "--quick", "--workspace", workspace)
    assert code == 1
    assert re.search(
        r"is dated 1923-03-0\d, (99|100) years before the cut-off, 2023-03-01: if that is meant, add --yes", err
    )
    if table == "evidence":
        assert run("update", "dispute", workspace / "old.yaml", "--quick", "--yes", "--workspace", workspace)[0] == 0


def test_silence_counts_on_no_day_that_has_not_passed(run, workspace, on_the_fifth):
    (workspace / "later.yaml").write_text("date: 2023-03-25\n", encoding="utf-8")
    arguments = ("--quick", "--json", "--workspace", workspace)
    code, out, _ = run("update", "dispute", workspace / "later.yaml", "--yes", *arguments)
    answer = json.loads(out)
    assert (code, answer["after"]["as_of"]) == (0, "2023-03-05")
    code, out, err = run("run", "dispute", "--engine", "exact", "--json", "--workspace", workspace)
    assert json.loads(out)["as_of"] == "2023-03-05"
    assert err == "dispute: 2023-03-25 has not come: the forecast is as of 2023-03-05, and silence counts up to then\n"
    _, out, _ = run("check", "dispute", "--workspace", workspace)
    assert "information_cutoff: 2023-03-25 has not come: a forecast is as of 2023-03-05" in out
    (workspace / "news.yaml").write_text(item_bulletin("envoys", "2023-04-02"), encoding="utf-8")
    _, out, _ = run("update", "dispute", workspace / "news.yaml", "--yes", *arguments)
    assert json.loads(out)["after"]["as_of"] == "2023-04-02"  # a replay goes on: something is on record of that day


def test_quick_shows_prior_and_posterior_of_everything(run, workspace):
    code, out, err = run("update", "dispute", workspace / "news.yaml", "--quick", "--workspace", workspace)
    assert (code, err) == (0, "")
    assert out.startswith(CHANGE)
    averaged, *table = out.removeprefix(CHANGE).strip().splitlines()
    assert averaged.startswith("Outcomes are averaged over 400 draws")
    assert table[0].split() == ["Probability", "Before", "After", "Points", "In", "words"]
    assert [line.split("  ")[0] for line in table[2:7]] == [
        "Sincere", "Tactic", "The incumbent wins", "The rival wins", "They meet",
    ]  # fmt: skip
    assert table[6].split("  ")[-1].strip() == "happened on 10 February 2023"
    assert not (workspace / "reports").exists()


def test_the_machines_answer_from_stdin(run, workspace, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(item_bulletin("envoys", "2023-03-09").encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    code, out, _ = run("update", "dispute", "-", "--quick", "--json", "--workspace", workspace)
    answer = json.loads(out)
    assert code == 0
    assert (answer["before"]["as_of"], answer["after"]["as_of"]) == ("2023-03-01", "2023-03-09")
    assert set(answer["after"]["hypotheses"]) == {"sincere", "tactic"}


def test_a_bulletin_twice_and_a_missing_one_are_one_line(run, workspace):
    arguments = ("update", "dispute", workspace / "news.yaml", "--quick", "--workspace", workspace)
    assert run(*arguments)[0] == 0
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    news, undo = workspace / "news.yaml", "`detente undo` takes it back if it was the last change"
    assert err == f"{news}: has been taken in already: everything in it is in the case: {undo}\n"
    code, out, err = run("update", "dispute", workspace / "none.yaml", "--quick", "--workspace", workspace)
    assert (code, out, err) == (
        1,
        "",
        f"{workspace / 'none.yaml'}: there is no such file in {workspace} (did you mean `news.yaml`?)\n",
    )
    code, out, err = run("update", "dispute", workspace, "--quick", "--workspace", workspace)
    assert (code, out, err) == (1, "", f"{workspace}: must be a file (it is a folder)\n")


def test_a_whole_update_writes_a_run_that_says_what_changed(run, workspace):
    code, out, _ = run("update", "dispute", workspace / "news.yaml", "--engine", "exact", "--workspace", workspace)
    assert code == 0
    folder = workspace / "reports/dispute/2023-03-10"
    assert f"report: {folder / 'report.html'}" in out
    dossier = read_dossier(folder)
    forecast = dossier.forecast
    assert dossier.change is not None
    lead = forecast.leading
    total = sum(move.hypotheses[lead] for move in dossier.change.contributions)
    assert dossier.change.hypotheses[lead] + total == pytest.approx(forecast.hypotheses[lead].exact, abs=1e-10)
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert "Since the run as of 1 March 2023, the probability of **" in text
    assert text.index("Since the run as of") < text.index("## 2")


def test_undo_says_what_it_took_back(run, workspace):
    table = workspace / "seeds/dispute/evidence.csv"
    before = table.read_bytes()
    assert run("undo", "dispute", "--workspace", workspace) == (1, "", "dispute: there is no change to take back\n")
    assert run("update", "dispute", workspace / "news.yaml", "--quick", "--workspace", workspace)[0] == 0
    code, out, err = run("undo", "dispute", "--workspace", workspace)
    assert (code, err) == (0, "")
    assert out.startswith(f"dispute: took back: {workspace / 'news.yaml'}\nrestored {table}\n")
    assert f"removed {workspace / 'seeds/dispute/polls.csv'}\n" in out
    assert out.endswith("typed again, undo brings the change back\n")
    assert table.read_bytes() == before
    code, out, _ = run("undo", "dispute", "--workspace", workspace)
    assert out.startswith(f"dispute: brought back: {workspace / 'news.yaml'}\nrestored {table}\n")
    assert out.endswith("typed again, undo takes it back\n")


def test_help_costs_no_import_of_numpy(workspace):
    code = "import sys; from detente.cli.main import _run; _run(['update', '--help']); print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.endswith("False\n")


def test_quick_takes_about_as_long_as_its_imports(workspace):
    """The promise (twice numpy and scipy) is kept by `make bench`; here it is guarded against growing out of sight."""

    def seconds(*command):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        return time.perf_counter() - start

    bare = min(seconds(sys.executable, "-c", "import numpy, scipy.special") for _ in range(2))
    times = []
    for number in range(3):
        path = workspace / f"{number}.yaml"
        path.write_text(item_bulletin(f"item{number}", f"2023-03-1{number}"), encoding="utf-8")
        call = ("-m", "detente", "update", "dispute", str(path), "--quick", "--workspace", str(workspace))
        times.append(seconds(sys.executable, *call))
    assert min(times) < 4 * bare + 0.2
