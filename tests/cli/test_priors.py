"""`detente priors`: show, and carry forward."""

from __future__ import annotations

import datetime as dt
import re
import shutil

import pytest
from bulletins import item_bulletin
from cases import write_case

from detente.case import find_case, load_case, read_bulletin, read_record, take_in
from detente.case.changes import priors_files
from detente.cli.main import main
from detente.errors import CutoffError
from detente.forecast.outcomes import headlines
from detente.update import update

pytestmark = pytest.mark.usefixtures("all_undrawn")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return a workspace with a finished run; tests copy it."""
    workspace = write_case(tmp_path_factory.mktemp("finished"))
    with pytest.raises(SystemExit) as stop:
        main(["run", "dispute", "--engine", "exact", "--no-sensitivity", "--workspace", str(workspace), "--quiet"])
    assert stop.value.code == 0
    return workspace


@pytest.fixture
def workspace(finished, tmp_path):
    """Return a workspace of one's own with a finished run."""
    return shutil.copytree(finished, tmp_path, dirs_exist_ok=True)


def test_priors_with_reasons_and_what_they_imply(run, tmp_path):
    code, out, _ = run("priors", "show", "dispute", "--workspace", write_case(tmp_path))
    assert code == 0
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert "Sincere 40% 4 Two of five openings were sincere." in rows
    assert "Correlation: speeches 0.8 0.1 One speaker speaks." in rows
    step = rows.index("Ladder: met → signed")
    assert (
        "Tactic, after the election: The rival wins 365 days 5% / 10% / 20% 10.0% Shows end without texts."
        in rows[step:]
    )
    item = rows.index("North spoke of peace, twice.")
    assert "Sincere 40% / 60% / 80% 62.5%" in rows[item:]
    assert rows[-6].endswith("before any evidence or record")
    assert rows[-2].startswith("The border opens ")


def test_a_posterior_becomes_the_prior(run, workspace):
    before = load_case("dispute", workspace)
    code, out, err = run("priors", "roll", "dispute/2023-03-01", "--tolerance", "0.02", "--workspace", workspace)
    assert (code, err) == (0, "")
    assert "wrote " in out
    after = load_case("dispute", workspace)
    baseline = after.priors.baseline
    assert baseline is not None
    assert (baseline.run, baseline.inputs_sha256) == ("dispute/2023-03-01", before.inputs_sha256)
    assert baseline.evidence_from == dt.date(2023, 3, 1)
    assert after.evidence_in_force == ()
    old, new = headlines(before, draws=4000), headlines(after, draws=4000)
    for name, value in old.hypotheses.items():
        assert new.hypotheses[name] == pytest.approx(value, abs=5e-4)  # three significant digits
    for name, value in old.flat().items():
        assert new.flat()[name] == pytest.approx(value, abs=0.02)
    happened = {"before_election": 1, "after_election": 0, "horizon": 1}
    assert new.outcomes["they_meet"] == pytest.approx(happened)
    text = (workspace / "priors/dispute/priors.yaml").read_text(encoding="utf-8")
    assert "assumed_mass: 0.65\n" in text
    assert run("check", "dispute", "--workspace", workspace)[0] == 0
    assert (
        "These priors are the posterior of dispute/2023-03-01; evidence counts from 1 March 2023 on."
        in run("priors", "show", "dispute", "--workspace", workspace)[1]
    )


def test_later_evidence_counts_and_earlier_does_not(run, workspace):
    assert run("priors", "roll", "dispute/2023-03-01", "--anyway", "--workspace", workspace)[0] == 0
    whole = read_record(find_case("dispute", workspace))[0]
    after = take_in(whole, read_bulletin(item_bulletin("envoys", "2023-03-20"), "news", whole))
    cut = after.as_of(dt.date(2023, 3, 20))
    assert [item.id for item in cut.evidence_in_force] == ["envoys"]
    assert {process.start.date for process in cut.processes} == {dt.date(2023, 3, 1)}
    assert cut.state("ladder") == "met"
    with pytest.raises(CutoffError, match="the priors are the posterior of dispute/2023-03-01"):
        load_case("dispute", workspace, dt.date(2023, 2, 20))


def test_a_correction_of_what_was_rolled_forward_does_not_count_again(run, workspace):
    """The priors have the item and the step as they were; a correction says so, and moves nothing."""
    assert run("priors", "roll", "dispute/2023-03-01", "--anyway", "--workspace", workspace)[0] == 0
    location, day = find_case("dispute", workspace), dt.date(2023, 3, 20)
    whole = read_record(location)[0]
    plain = headlines(whole.as_of(day)).flat()
    text = item_bulletin("toast", "2023-03-20").replace("observed: yes", "observed: no").replace("~", "speeches")
    text += "events:\n  - {process: ladder, state: met, date: 2023-02-12}\n"
    update(location, "replace: true\n" + text, "news")
    after = read_record(location)[0]
    assert after.as_of(day).evidence_in_force == ()
    assert after.as_of(day).state("ladder") == "met"
    assert headlines(after.as_of(day)).flat() == pytest.approx(plain, abs=1e-12)
    said = run("check", "dispute", "--workspace", workspace)
    assert (
        "toast: was corrected on 2023-03-20, and is in the priors, rolled forward on 2023-03-01, as it was"
        in said[1] + said[2]
    )


def test_a_departure_beyond_the_tolerance_is_refused_and_nothing_written(run, workspace):
    files = {path: path.read_bytes() for path in (workspace / "priors").rglob("*") if path.is_file()}
    code, out, err = run("priors", "roll", "dispute/2023-03-01", "--tolerance", "0", "--workspace", workspace)
    assert code == 1
    assert re.search("^As of 1 March 2023 +Old priors +New priors +Points\n.*\nSincere ", out, re.MULTILINE)
    assert "points, more than the 0 allowed: nothing was written" in err
    assert {path: path.read_bytes() for path in (workspace / "priors").rglob("*") if path.is_file()} == files
    assert run("priors", "roll", "dispute/2023-03-01", "--dry-run", "--anyway", "--workspace", workspace)[0] == 0
    assert {path: path.read_bytes() for path in (workspace / "priors").rglob("*") if path.is_file()} == files


def test_a_run_of_other_judgements_is_refused(run, workspace):
    path = workspace / "priors/dispute/priors.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("mean: 0.6,", "mean: 0.7,"), encoding="utf-8")
    code, _, err = run("priors", "roll", "dispute/2023-03-01", "--workspace", workspace)
    assert (code, err) == (1, "the judgements of dispute were edited since that run: run it again\n")


def test_a_pool_is_refused_and_the_remedy_that_is_named_is_one(run, workspace):
    """A posterior is of one set of numbers: where the case's own decide, it replaces them, and the sheets stay."""
    home = workspace / "priors/dispute"
    sheet = home / "assessors" / "ann" / "likelihoods.csv"
    sheet.parent.mkdir(parents=True)
    sheet.write_bytes((home / "likelihoods.csv").read_bytes())
    before = sheet.read_bytes()
    code, _, err = run("priors", "roll", "dispute/2023-03-01", "--workspace", workspace)
    assert code == 1
    assert err.count("\n") == 1
    assert f"`own: decides` into {home / 'assessors.yaml'}; run it again" in err
    (home / "assessors.yaml").write_text("own: decides\nbecause: Settled on 2 March.\n")
    rerun = ("run", "dispute", "--engine", "exact", "--no-sensitivity", "--quiet", "--workspace", workspace)
    assert run(*rerun)[0] == 0
    assert run("priors", "roll", "dispute/2023-03-01", "--anyway", "--workspace", workspace)[0] == 0
    assert sheet.read_bytes() == before
    assert load_case("dispute", workspace).priors.baseline is not None


def test_what_a_discrimination_was_learned_from_is_shown_and_carried_forward(run, tmp_path):
    stated = "discrimination: {mean: 0.6, sd: 0.15, because: Contrasts are overstated."
    write_case(tmp_path, priors=(stated, stated + ", learned_from: [other]"))
    shown = run("priors", "show", "dispute", "--workspace", tmp_path)[1]
    assert "The discrimination was learned from the outcomes of other.\n" in shown
    location = find_case("dispute", tmp_path)
    files = priors_files(location, read_record(location)[0])
    assert ", learned_from: [other]" in files[location.priors / "priors.yaml"].decode()


def test_a_roll_changes_numbers_and_reasons_and_nothing_else(run, workspace):
    """Comments and the order of rows stay, numbers have three significant digits, and undo puts all of it back."""
    priors, table = (workspace / "priors/dispute" / name for name in ("priors.yaml", "intensities.csv"))
    commented = priors.read_text(encoding="utf-8").replace(
        "  concentration: 4\n", "  concentration: 4  # held loosely\n", 1
    )
    commented = "# Ours.\n" + commented.replace("assumed_mass", "# Measured in May.\nassumed_mass")
    priors.write_text(commented, encoding="utf-8")
    rows = table.read_text(encoding="utf-8").splitlines()
    shuffled = "\n".join([rows[0], *reversed(rows[1:])]) + "\n"
    table.write_text(shuffled, encoding="utf-8")
    quietly = ("--engine", "exact", "--no-sensitivity", "--workspace", workspace)
    assert run("run", "dispute", *quietly)[0] == 0
    assert run("priors", "roll", "dispute/2023-03-01", "--anyway", "--workspace", workspace)[0] == 0
    text, new = priors.read_text(encoding="utf-8"), table.read_text(encoding="utf-8").splitlines()
    for comment in ("# Ours.\n", "  # held loosely\n", "# Measured in May.\nassumed_mass: 0.65\n"):
        assert comment in text
    kept = commented.splitlines()
    assert [line for line in text.splitlines() if line in kept] == [line for line in kept if line in text.splitlines()]
    steps = [tuple(row.split(",")[:3]) for row in new[1:]]
    assert list(dict.fromkeys(steps)) == [
        ("border", "closed", "open"),
        ("ladder", "met", "signed"),
        ("ladder", "apart", "met"),
    ]
    numbers = [float(cell) for row in new[1:] for cell in row.split(",")[6:9]]
    numbers += [float(number) for number in re.findall(r"(?:sincere|tactic|concentration|mean|sd): ([0-9.e-]+)", text)]
    for number in numbers:
        digits = f"{min(number, 1 - number) if number < 1 else number:.12g}".replace(".", "").lstrip("0").rstrip("0")
        assert len(digits) <= 3, number
    assert run("undo", "dispute", "--workspace", workspace)[0] == 0
    assert (priors.read_text(encoding="utf-8"), table.read_text(encoding="utf-8")) == (commented, shuffled)


def test_a_fresh_skeleton_can_be_rolled_forward_twice(run, tmp_path):
    """It states no discrimination and no assumed mass, which the rolled priors must."""
    assert run("new", "q", "--workspace", tmp_path)[0] == 0
    for _ in range(2):
        quietly = ("--engine", "exact", "--no-sensitivity", "--workspace", tmp_path)
        assert run("run", "q", *quietly)[0] == 0
        code, out, err = run("priors", "roll", "q/2026-03-02", "--anyway", "--workspace", tmp_path)
        assert (code, err) == (0, "")
        assert f"next: detente run q --workspace {tmp_path}" in out
    text = (tmp_path / "priors/q/priors.yaml").read_text(encoding="utf-8")
    assert text.count("Posterior of") == text.count("Posterior of q/2026-03-02. ")
    assert "# prior probabilities, before any evidence; they sum to 1" in text
    assert text.count("# These priors are the posterior of a run") == 1
    assert run("check", "q", "--workspace", tmp_path)[0] == 0
