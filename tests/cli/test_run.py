"""`detente run`: what it prints and writes, every exit code, and that it writes the whole run or nothing."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import warm
from cases import write_case

from detente.cli.main import main
from detente.diagnostics import Check
from detente.report.names import check_finding

EXACT = ("--engine", "exact", "--draws", "100", "--no-sensitivity")
RUN = Path("reports") / "dispute" / "2023-03-01"
WRITTEN = {"forecast.json", "posterior.nc", "report.html", "report.md", "figures"}


UNDRAWN = """
import detente.report.render
from markupsafe import Markup
detente.report.render.draw = lambda figures: {figure.name: Markup("<svg></svg>") for figure in figures}
"""
"""Has figures written that are not drawn: where it is the process that is tested, drawing is most of what it does."""


def start(*arguments, patch="", **options):
    """Start the command line in a process of its own, after the statements of `patch`."""
    # Where the tests run in the background of a shell, SIGINT is ignored, and the process would inherit that.
    heard = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)"
    return warm.start(f"import sys\n{heard}\n{patch}\nfrom detente.cli.main import main\nmain()", *arguments, **options)


def finish(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def wait_for(process, line):
    """Read stderr until a line is said."""
    for said in process.stderr:
        if said.strip() == line:
            return
    pytest.fail(f"{line!r} was never said")


def contents(folder):
    """Return every file below a folder with its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return a workspace with a finished run; tests copy it."""
    workspace = write_case(tmp_path_factory.mktemp("finished"))
    with pytest.raises(SystemExit) as stop:
        main(["run", "--workspace", str(workspace), *EXACT, "--quiet"])
    assert stop.value.code == 0
    return workspace


@pytest.fixture
def workspace(finished, tmp_path):
    """Return a workspace of one's own with a finished run."""
    return shutil.copytree(finished, tmp_path / "workspace")


# --- what it prints and writes


def test_a_run_writes_its_folder_and_says_where(run, tmp_path):
    code, out, err = run("run", "--workspace", write_case(tmp_path), *EXACT)
    assert (code, err) == (0, "")
    assert out.endswith(f"report: {tmp_path / RUN / 'report.html'}\n")
    assert {path.name for path in (tmp_path / RUN).iterdir()} == WRITTEN
    assert [p.name for p in (tmp_path / RUN).parent.iterdir() if p.name.startswith(".")] == []
    found = json.loads((tmp_path / RUN / "forecast.json").read_text(encoding="utf-8"))
    assert (found["case"], found["as_of"], found["engine"], found["draws"]) == ("dispute", "2023-03-01", "exact", 100)
    for h, row in found["hypotheses"].items():
        assert h.capitalize() in out
        assert f"{row['posterior']:.0%}".rstrip("%") in out


def test_json_goes_to_stdout_and_nothing_is_written(run, tmp_path):
    workspace = write_case(tmp_path)
    code, out, err = run("run", "--workspace", workspace, *EXACT, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert {"schema", "case", "hypotheses", "evidence", "election", "outcomes", "diagnostics"} <= set(found)
    assert not (workspace / "reports").exists()


def test_json_and_out_do_both(run, tmp_path):
    workspace, folder = write_case(tmp_path / "w"), tmp_path / "elsewhere" / "run"
    code, out, _ = run("run", "--workspace", workspace, *EXACT, "--json", "--out", folder)
    assert code == 0
    assert json.loads(out) == json.loads((folder / "forecast.json").read_text(encoding="utf-8"))
    assert {path.name for path in folder.iterdir()} == WRITTEN
    assert not (workspace / "reports").exists()


def test_same_seed_same_bytes(run, tmp_path):
    workspace = write_case(tmp_path)
    first, again, other = (
        run("run", "--workspace", workspace, *EXACT, "--json", "--random-seed", s)[1] for s in (1, 1, 2)
    )
    assert first == again != other


@pytest.mark.usefixtures("undrawn")
def test_as_of_names_the_folder_and_cuts(run, workspace):
    code, _, _ = run("run", "--workspace", workspace, *EXACT, "--as-of", "2023-01-20")
    assert code == 0
    found = json.loads((workspace / "reports/dispute/2023-01-20/forecast.json").read_text(encoding="utf-8"))
    assert found["as_of"] == "2023-01-20"
    assert [item["id"] for item in found["evidence"]] == ["speech", "toast"]
    assert (workspace / RUN).is_dir()


@pytest.mark.usefixtures("undrawn")
def test_stages_are_said_with_verbose_only(run, tmp_path):
    workspace = write_case(tmp_path)
    _, out, err = run("run", "--workspace", workspace, *EXACT, "--verbose")
    assert "writing the report" in err.splitlines()
    assert "writing the report" not in out
    assert run("run", "--workspace", workspace, *EXACT)[2] == ""
    assert run("run", "--workspace", workspace, *EXACT, "--quiet")[2] == ""


def test_help_has_a_worked_example(run):
    code, out, _ = run("run", "--help")
    assert code == 0
    assert "detente run turkey-syria --engine exact" in out


# --- what it needs


HEAVY = (
    "pymc",
    "pytensor",
    "nutpie",
    "arviz",
    "arviz_stats",
    "matplotlib",
    "pandas",
    "xarray",
    "scipy.stats",
    "scipy.optimize",
    "detente.report.render",
    "detente.case.changes",
    "numba",
)


def test_exact_json_imports_nothing_heavy(tmp_path):
    """Two seconds, not ten: no sampler, no compiler, no plots."""
    said = f"atexit.register(lambda: print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr))"
    code = f"import atexit, sys\n{said}\nfrom detente.cli.main import main\nmain(sys.argv[1:])"
    command = [sys.executable, "-c", code, "run", "--workspace", write_case(tmp_path), *EXACT, "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert done.stderr == "[]\n"
    assert json.loads(done.stdout)["case"] == "dispute"


def test_bundled_case_in_an_empty_folder(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run("run", "turkey-syria", *EXACT, "--json")
    assert code == 0
    assert err == "turkey-syria is not in this workspace: using the copy bundled with detente\n"
    assert json.loads(out)["case"] == "turkey-syria"
    assert list(tmp_path.iterdir()) == []
    assert run("run", "turkey-syria", *EXACT, "--json", "--quiet")[2] == ""


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("name", ["a work space", "Üç köşe – 国", "it's 100% [odd] & {more}"])
def test_any_path_will_do(run, tmp_path, name):
    workspace = write_case(tmp_path / name)
    code, out, err = run("run", "--workspace", workspace, *EXACT)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"report: {workspace / RUN / 'report.html'}"
    assert {path.name for path in (workspace / RUN).iterdir()} == WRITTEN


def test_ascii_output_will_do(tmp_path):
    """The summary has letters that such a terminal or pipe cannot show: it is no reason to fail."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    process = start("run", "--workspace", write_case(tmp_path), *EXACT, patch=UNDRAWN, env=environment)
    code, out, err = finish(process)
    assert (code, err) == (0, "")
    assert out.isascii()


def on_a_terminal(*arguments, **environment):
    """Return what is printed where stdout is a terminal."""
    ours, theirs = pty.openpty()
    base = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    process = start(*arguments, patch=UNDRAWN, stdout=theirs, env=base | {"TERM": "xterm-256color"} | environment)
    os.close(theirs)
    said = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so once the other end is closed
            break
        if not part:
            break
        said += part
    os.close(ours)
    assert process.wait(timeout=60) == 0, process.stderr.read()
    process.communicate()
    return said.decode()


COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9][0-9;]*m")


def test_marks_are_for_terminals_and_colours_for_who_wants_them(tmp_path):
    workspace = write_case(tmp_path)
    arguments = ("run", "--workspace", workspace, *EXACT)
    assert "\x1b[1m" in on_a_terminal(*arguments)
    assert not COLOUR.search(on_a_terminal(*arguments, NO_COLOR="1"))


@pytest.mark.usefixtures("undrawn")
def test_no_escapes_in_a_pipe(run, tmp_path):
    assert "\x1b" not in run("run", "--workspace", write_case(tmp_path), *EXACT)[1]


# --- exit codes


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("dispote",), "did you mean `dispute`?"),
        (("--as-of", "2022-11-01"), "process ladder starts on 2022-12-01: choose a cut-off on that day or later"),
        (("--as-of", "2021-12-01"), "no election date was known by then"),
    ],
)
def test_what_the_user_can_mend_is_1(run, tmp_path, arguments, said):
    code, out, err = run("run", *arguments, "--workspace", write_case(tmp_path), *EXACT)
    assert (code, out) == (1, "")
    assert said in err
    assert "Traceback" not in err
    assert not (tmp_path / "reports").exists()


def test_a_problem_a_line(run, tmp_path):
    workspace = write_case(tmp_path, evidence=("yes,B", "yes,G"), priors=("0.4", "0.5"))
    code, _, err = run("run", "--workspace", workspace, *EXACT)
    assert code == 1
    assert len(err.splitlines()) == 2
    assert 'seeds/dispute/evidence.csv:3: reliability: must be A to F (got "G")' in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--engine", "guess"),
        ("--draws", "3"),
        ("--chains", "1"),
        ("--as-of", "yesterday"),
        ("--as-of", "2023-02-30"),
        ("--random-seed", "-1"),
        ("--target-accept", "2"),
        ("--nonsense",),
        ("one", "two"),
    ],
)
def test_wrong_usage_is_2(run, tmp_path, arguments):
    code, out, err = run("run", *arguments, "--workspace", write_case(tmp_path))
    assert (code, out) == (2, "")
    assert "Error: " in err
    assert "Traceback" not in err


def test_a_bug_is_3_with_a_log(run, tmp_path, monkeypatch):
    """One line on the screen; versions and the traceback in a file it names."""

    def broken(*arguments, **options):
        raise ZeroDivisionError("nothing by nothing")

    logs = tmp_path / "logs"
    logs.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(logs))
    monkeypatch.setattr("detente.run.run", broken)
    code, out, err = run("run", "--workspace", write_case(tmp_path / "w"), *EXACT)
    assert (code, out) == (3, "")
    (log,) = logs.iterdir()
    assert err == f"detente has a bug: ZeroDivisionError: nothing by nothing; the details are in {log}\n"
    text = log.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert re.search(r"^detente \d", text, re.MULTILINE)
    assert re.search(r"^numpy \d", text, re.MULTILINE)


@pytest.mark.sampling
def test_failed_diagnostics_are_4(run, tmp_path, random_case):
    """A run far too short: written all the same, marked as failed, and every failure said with its remedy.

    The case is one that test_agreement samples too, so that PyTensor has its functions compiled.
    """
    workspace, folder = random_case(109).workspace, tmp_path / "run"
    short = ("--draws", 100, "--tune", 100, "--chains", 2, "--no-sensitivity")
    code, out, err = run("run", "--workspace", workspace, "--out", folder, *short)
    assert code == 4
    found = json.loads((folder / "forecast.json").read_text(encoding="utf-8"))
    assert found["diagnostics"]["status"] == "fail"
    failed = [check for check in found["diagnostics"]["checks"] if check["status"] == "fail"]
    assert failed
    assert err.splitlines() == [
        f"diagnostics failed: {check['name']}: {check_finding(Check(**check))}; {check['advice']}" for check in failed
    ]
    assert "report: " in out
    top = (folder / "report.md").read_text(encoding="utf-8").partition("## 1")[0]
    assert "Do not rely on these numbers yet." in top
    assert all(check["name"] in top for check in failed)
    assert found["engine"] == "nuts"
    assert found["draws"] == 200


# --- interrupted, killed, no room


SLOW_WRITE = """
import time
import detente.report.render
whole = detente.report.render.rendering
def half(dossier):
    for path, pieces in whole(dossier):
        yield path, slowly(b"".join(pieces))
def slowly(content):
    yield content[: len(content) // 2]
    print("half written", file=sys.stderr, flush=True)
    time.sleep(60)
detente.report.render.rendering = half
"""
BETWEEN_RENAMES = """
import time
from pathlib import Path
import detente.case.folders
detente.case.folders.exchange = lambda *_: False  # a system that cannot swap two folders
rename = Path.rename
def once(path, target):
    found = rename(path, target)
    print("moved", file=sys.stderr, flush=True)
    time.sleep(60)
    return found
Path.rename = once
"""


def test_interrupted_is_130_and_nothing_changes(workspace):
    before = contents(workspace)
    process = start("run", "--workspace", workspace, *EXACT, "--random-seed", 5, patch=UNDRAWN + SLOW_WRITE)
    wait_for(process, "half written")
    process.send_signal(signal.SIGINT)
    code, out, err = finish(process)
    assert (code, out) == (130, "")
    assert err.splitlines()[-1] == "interrupted; nothing was changed"
    assert "Traceback" not in err
    assert contents(workspace) == before


def test_interrupted_while_computing(tmp_path):
    """With no earlier run: nothing is left but the case."""
    workspace = write_case(tmp_path)
    before = contents(workspace)
    patch = "import time, detente.forecast.outcomes as a\n"
    patch += "a.project = lambda *a, **k: (print('now', file=sys.stderr, flush=True), time.sleep(60))"
    process = start("run", "--workspace", workspace, *EXACT, patch=patch)
    wait_for(process, "now")
    process.send_signal(signal.SIGINT)
    assert finish(process)[0] == 130
    assert contents(workspace) == before
    assert not (workspace / "reports").exists()


def test_killed_in_the_middle_of_a_run(workspace):
    """kill -9 once a stage was said: the earlier run is there, byte for byte."""
    before = contents(workspace)
    process = start("run", "--workspace", workspace, *EXACT, "--random-seed", 5, "--verbose")
    said = process.stderr.readline()
    process.kill()
    process.communicate()
    assert said.strip()
    run_folder = {name: text for name, text in contents(workspace).items() if "/." not in name}
    if process.returncode == -signal.SIGKILL:
        assert run_folder == before


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("patch", [SLOW_WRITE, BETWEEN_RENAMES], ids=["writing", "moving"])
def test_killed_while_writing(run, workspace, patch):
    """kill -9: the earlier run is whole, and the next run clears what is left."""
    before = contents(workspace / RUN)
    process = start("run", "--workspace", workspace, *EXACT, "--random-seed", 5, patch=UNDRAWN + patch)
    wait_for(process, "half written" if patch == SLOW_WRITE else "moved")
    process.kill()
    process.communicate()
    hidden = [path for path in (workspace / RUN).parent.iterdir() if path.name.startswith(".")]
    assert hidden
    assert before in [contents(folder) for folder in (workspace / RUN, *hidden) if folder.exists()]
    if patch == SLOW_WRITE:
        assert contents(workspace / RUN) == before
    assert run("run", "--workspace", workspace, *EXACT, "--random-seed", 6, "--quiet")[0] == 0
    assert [path for path in (workspace / RUN).parent.iterdir() if path.name.startswith(".")] == []
    assert json.loads((workspace / RUN / "forecast.json").read_text(encoding="utf-8"))["random_seed"] == 6


def test_a_run_that_is_moving_does_not_disturb_another(workspace):
    """Two runs of one case at once: both end well, and one of them is there, whole."""
    command = ("run", "--workspace", workspace, *EXACT, "--random-seed")
    both = [start(*command, seed, patch=UNDRAWN) for seed in (11, 12)]
    assert [finish(process)[0] for process in both] == [0, 0]
    found = json.loads((workspace / RUN / "forecast.json").read_text(encoding="utf-8"))
    assert found["random_seed"] in (11, 12)
    assert {path.name for path in (workspace / RUN).iterdir()} == WRITTEN
    assert [path for path in (workspace / RUN).parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("room", [40_000, 400_000], ids=["for little", "for the report"])
def test_no_room_is_one_line(workspace, room):
    """A limit on the size of a file stands for a full disk: the texts do not fit, or only the draws do not."""
    before = contents(workspace)
    patch = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))"
    arguments = ("run", "--workspace", workspace, *EXACT, "--draws", 2000)
    code, out, err = finish(start(*arguments, patch=patch))
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert err.startswith(f"{workspace / RUN}: cannot write: ")
    assert err.endswith("; nothing was changed\n")
    assert contents(workspace) == before


def test_reports_that_is_no_folder(run, tmp_path):
    workspace = write_case(tmp_path)
    (workspace / "reports").write_text("mine", encoding="utf-8")
    code, out, err = run("run", "--workspace", workspace, *EXACT)
    assert (code, out) == (1, "")
    assert err == f"{workspace / RUN}: cannot write: not a folder; nothing was changed\n"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder nobody can write to, root neither")
def test_folder_that_cannot_be_written_to_is_known_before_anything_is_computed(run, tmp_path):
    started = time.monotonic()
    code, out, err = run("run", "--workspace", write_case(tmp_path), "--out", "/proc/self/run")
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("/proc/self/run: cannot write: ")
    assert time.monotonic() - started < 5  # NUTS is the engine: it was not begun


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to read-only folders")
def test_read_only_reports(run, workspace):
    reports = workspace / "reports" / "dispute"
    reports.chmod(0o555)
    try:
        code, _, err = run("run", "--workspace", workspace, *EXACT)
    finally:
        reports.chmod(0o755)
    assert code == 1
    assert "cannot write: permission denied; nothing was changed" in err


def test_reader_that_leaves_early(tmp_path):
    """`detente run --json | head -1`: no complaint."""
    process = start("run", "--workspace", write_case(tmp_path), *EXACT, "--json")
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=60) == 0
    process.stderr.close()


@pytest.mark.usefixtures("undrawn")
def test_a_cutoff_later_than_the_record_is_said(run, tmp_path):
    """On stderr, and above section 1 of the report; not where the record reaches that far."""
    workspace = write_case(tmp_path)
    asked = ("run", "dispute", "--engine", "exact", "--no-sensitivity", "--workspace", workspace)
    code, _, err = run(*asked, "--as-of", "2023-03-31")
    assert code == 0
    assert "dispute: its tables end on 2023-03-01, and what follows is taken as days without an event" in err
    report = (workspace / "reports/dispute/2023-03-31/report.md").read_text(encoding="utf-8")
    assert "**The record ends on 1 March 2023.** The 30 days from then to the cut-off" in report
    code, _, err = run(*asked)
    assert (code, err) == (0, "")


# --- folders and streams that are not what they should be


@pytest.mark.usefixtures("undrawn")
def test_a_folder_of_the_users_is_left_alone(run, workspace, monkeypatch):
    """A run takes the place of a run, or of nothing; what else lies beside an earlier run stays."""
    (workspace / "docs").mkdir()
    (workspace / "docs" / "thesis.txt").write_text("mine", encoding="utf-8")
    for out, reason in (
        (workspace / "docs", "holds other files (thesis.txt) and no run"),
        (workspace / "seeds", "holds other files (dispute) and no run"),
    ):
        code, _, err = run("run", "--workspace", workspace, *EXACT, "--out", out)
        assert (code, err) == (1, f"{out}: {reason}: name a new folder, or one with an earlier run in it\n")
    monkeypatch.chdir(workspace / "docs")
    code, _, err = run("run", "--workspace", workspace, *EXACT, "--out", "..")
    assert (code, err.split(": ")[1]) == (1, "is the current folder or one above it")
    (workspace / RUN / "notes.txt").write_text("mine", encoding="utf-8")
    assert run("run", "--workspace", workspace, *EXACT)[0] == 0
    assert {path.name for path in (workspace / RUN).iterdir()} == {*WRITTEN, "notes.txt"}


@pytest.mark.parametrize("command", [("evidence", "list"), ("report",), ("check",)], ids=" ".join)
def test_a_reader_that_leaves_is_no_error(workspace, command):
    """Whether the text is printed as lines or by rich, and although click itself would exit with 1."""
    reader, writer = os.pipe()
    os.close(reader)
    process = start(*command, "--workspace", workspace, stdout=writer)
    os.close(writer)
    assert finish(process) == (0, None, "")


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_a_reader_that_leaves_before_an_option_of_the_program_is_answered(option):
    reader, writer = os.pipe()
    os.close(reader)
    process = start(option, stdout=writer)
    os.close(writer)
    assert finish(process) == (0, None, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_finds_no_room_is_one_line(workspace):
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        code, _, err = finish(start("check", "--workspace", workspace, stdout=full))
    assert (code, err) == (1, "the output cannot be written: no space left on device\n")


def test_a_process_of_its_own_ends_with_all_said(workspace):
    """It ends without taking its modules apart: by then what was printed is out, and the exit code stands."""

    def ended(*arguments):
        command = [sys.executable, "-m", "detente", *arguments, "--workspace", workspace]
        process = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
        return process.returncode, process.stdout.splitlines()[-1:], process.stderr.splitlines()[-1:]

    assert ended("run", *EXACT, "--json") == (0, ["}"], [])
    assert ended("run", "elsewhere")[:2] == (1, [])
    assert ended("run", "--nonsense")[:2] == (2, [])


def test_streams_that_are_closed_are_no_bug(workspace):
    page = ("report", "--format", "html", "--out", "-")
    for closed, command in (((2,), ("check",)), ((1,), page), ((0, 1, 2), ("check",))):
        names = ["stdin", "stdout", "stderr"]
        patch = "import os\n" + "\n".join(f"os.close({number}); sys.{names[number]} = None" for number in closed)
        assert finish(start(*command, "--workspace", workspace, patch=patch))[0] == 0


def test_a_case_cannot_steer_the_terminal(run, tmp_path):
    """No control character that a case or a bulletin holds is printed, in what is asked for and in errors."""
    steering = "\\e]0;x\\a\\x9b31m\\u202e\\u2066\\x7f"
    workspace = write_case(tmp_path, case=("label: They meet", f'label: "{steering}They meet"'))
    for command in (("priors", "show"), ("evidence", "list"), ("run", *EXACT), ("run", *EXACT, "--json")):
        code, out, err = run(*command, "--workspace", workspace)
        assert code == 0
        assert "They meet" in out or command == ("evidence", "list")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out + err)
    assert json.loads(out)["outcomes"]["they_meet"]["label"] == "\x1b]0;x\x07\x9b31m\u202e\u2066\x7fThey meet"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--random-seed", "99999999999999999999"),
        ("--random-seed", "-1"),
        ("--draws", str(10**12)),
        ("--chains", "10000000"),
    ],
)
def test_numbers_that_no_sampler_takes_are_refused_before_anything_is_compiled(run, option, value):
    code, _, err = run("run", "turkey-syria", option, value)
    assert code == 2
    assert f"Invalid value for '{option}'" in err
    assert "is not in the range" in err


def test_an_error_in_the_answers_is_said_and_stops_no_forecast(run, tmp_path):
    write_case(tmp_path, resolutions="outcome,window,resolution,date,source\nnobody,horizon,yes,2023-02-10,Daily\n")
    (tmp_path / "quiet.yaml").write_text("date: 2023-03-05\n", encoding="utf-8")
    wrong = (
        'seeds/dispute/resolutions.csv:2: outcome: case.yaml declares no outcome "nobody" (no forecast reads it; '
        "detente score does)\n"
    )
    for command in (
        ("run", "dispute", "--engine", "exact", "--json"),
        ("update", "dispute", tmp_path / "quiet.yaml", "--dry-run", "--json"),
        ("evidence", "list", "dispute"),
        ("priors", "show", "dispute"),
    ):
        code, _, err = run(*command, "--workspace", tmp_path)
        assert (code, err.startswith(wrong)) == (0, True), command
    for command in ("check", "score"):
        code, _, err = run(command, "dispute", "--workspace", tmp_path)
        assert code == 1
        assert 'declares no outcome "nobody"' in err
