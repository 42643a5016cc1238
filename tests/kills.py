"""Kill a command before, or half-way in, anything it does to the file system: run by tests as a program that may fork.

It reads lines, `NAME` or `NAME: HOW`, and so starts once for all scenarios.  A scenario is run once, in a child that
lists what it does below its workspace (files opened to write, parts written, renames, removals, folders made) and, at
each, copies the workspace: what SIGKILL would leave there, for what a process has not yet written dies with it (that
processes which are killed leave no more than that, `update/crash.py` tries).  Then, for the first thing of each kind
and for the last, a reader must find the old state or the new one in the copy, `detente check` must accept the case, the
same command must come to an end, and nothing hidden may be left.  What is wrong is printed, and then how many kills
there were.

With ``every`` that holds for each thing it does; with ``twice``, wherever a kill leaves something to clear away, for
each thing that the same command does about it; with ``full``, the disk is full from there on instead.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import json
import os
import re
import shutil
import sys
import tempfile
import traceback
from functools import cache
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

import click
from bulletins import BULLETIN
from cases import write_case

import detente.case.judging
import detente.cli.report
import detente.cli.run
import detente.cli.score
import detente.cli.track
import detente.edit
import detente.evaluation.score
import detente.evaluation.track
import detente.forecast.result
import detente.report.history
import detente.report.render
import detente.report.replay
import detente.report.run_folder
import detente.report.scores
import detente.roll
import detente.run
import detente.update
from detente.case import find_case, read_record
from detente.case.writing import digest
from detente.cli.main import cli
from detente.errors import DetenteError
from detente.report.run_folder import ErrorHoldingFile

EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate", "os.link"}
MAKES = {"open", "write", "os.mkdir", "os.link"}
"""What takes room."""
TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
CASE = "dispute"


class Tracer:
    """Log what is done below a folder, and copy the folder at each step; or let the disk be full from a step on."""

    def __init__(self, root, copies, full_from=0):
        self.root, self.copies, self.full_from, self.log = str(root), copies, full_from, []

    def step(self, what, path):
        """Take a step down; what is half-way, whoever takes it sees to by :meth:`copy`."""
        self.log.append(f"{what} {os.path.relpath(path, self.root)}")
        if self.full_from and len(self.log) >= self.full_from and what in MAKES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    def copy(self):
        """Keep the folder as it is now, as what a kill at the last step leaves."""
        if not self.full_from:
            copy_folder(self.root, self.copies / str(len(self.log)))

    def hook(self, event, arguments):
        if event not in EVENTS or not isinstance(arguments[0], (str, bytes, os.PathLike)):
            return
        path = str(self.place(event, arguments))
        is_read = event == "open" and not (isinstance(arguments[2], int) and arguments[2] & TO_WRITE)
        if path.startswith(self.root) and not is_read:
            self.step(event, path)
            self.copy()

    def place(self, event, arguments):
        """Return where a step is, which may be told from an open folder on."""
        path = Path(os.fsdecode(arguments[0]))
        folder = arguments[-1] if event in {"os.remove", "os.mkdir", "os.rmdir"} else -1
        return Path(f"/proc/self/fd/{folder}").readlink() / path if folder >= 0 else path.absolute()

    def install(self):
        opened = io.open

        def traced(file, mode="r", *more, **options):
            made = opened(file, mode, *more, **options)
            inside = isinstance(file, (str, os.PathLike)) and str(Path(file).absolute()).startswith(self.root)
            return Torn(made, self, file) if inside and set("wxa+") & set(mode) else made

        def torn(file, content):
            if not str(file.name).startswith(self.root):
                return whole(file, content)
            self.step("write", file.name)
            half = len(content) // 2
            written = whole(file, content[:half])
            self.copy()
            return written + whole(file, content[half:])

        whole, ErrorHoldingFile.write = ErrorHoldingFile.write, torn
        io.open = builtins.open = traced
        sys.addaudithook(self.hook)


class Torn:
    """A file that is copied, with all about it, where a write is half-way."""

    def __init__(self, file, tracer, path):
        self.file, self.tracer, self.path = file, tracer, path

    def write(self, content):
        self.tracer.step("write", self.path)
        half = len(content) // 2
        written = self.file.write(content[:half])
        self.file.flush()
        self.tracer.copy()
        return written + self.file.write(content[half:])

    def writelines(self, pieces):
        pieces = list(pieces)
        self.write(pieces[0][:0].join(pieces))

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return self.file.__exit__(*error)


def call(arguments):
    """Run a command in this process; return its exit code and what it said on stderr."""
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        try:
            code = cli.main(args=[str(one) for one in arguments], prog_name="detente", standalone_mode=False)
        except (DetenteError, click.ClickException) as error:
            return 1, str(error)
        except Exception:  # noqa: BLE001 - any other is the bug looked for
            return 3, traceback.format_exc()
    return code if isinstance(code, int) else 0, said.getvalue()


def copy_folder(folder, into):
    """Copy a folder with all in it; what is one file under two names stays one."""
    known = {}

    def copy(source, target):
        first = known.setdefault(Path(source).stat().st_ino, target)
        return shutil.copy2(source, target) if first == target else os.link(first, target)

    shutil.copytree(folder, into, symlinks=True, copy_function=copy)


def forked(work):
    """Return what some work returned that a child did."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        with os.fdopen(into, "w") as pipe:
            json.dump(work(), pipe)
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return json.loads(answer)


def shown(root):
    """Return the files that a reader sees, with digests of their contents."""
    found = (path for path in sorted(root.rglob("*")) if path.is_file())
    # The overview of runs is made of the runs that are there, after the last of them.
    parts = {path.relative_to(root): digest(path.read_bytes()) for path in found if path.name != "index.html"}
    return {str(path): content for path, content in parts.items() if not any(one[0] == "." for one in path.parts)}


def hidden(root):
    """Return what is hidden, without what is below it."""
    found = (path.relative_to(root) for path in root.rglob(".*"))
    return {str(path) for path in found if not any(one[0] == "." for one in path.parts[:-1])} - {f"seeds/{CASE}/.lock"}


def held(root):
    """Return a digest that two folders have in common if they hold the same, whichever process left it in them."""
    parts = [
        (re.sub(r"(?<=\.)\d+(?=\.|$)", "*", str(path.relative_to(root))), path.lstat().st_mode)
        + ((path.lstat().st_nlink, path.read_bytes()) if path.is_file() else ())
        for path in sorted(root.rglob("*"))
    ]
    return digest(str(parts).encode())


def read(root, name):
    """Return the digest of a case as it is read, or that there is none."""
    try:
        return read_record(find_case(name, root))[0].inputs_sha256
    except DetenteError as error:
        return type(error).__name__


def first_of_each(log):
    """Return the steps to be killed at: the first and the last of each kind, whatever number a name has in it."""
    kinds = {}
    for number, step in enumerate(log, 1):
        kind = re.sub(r"\d+|[a-z-]+\.(svg|csv|yaml)", "*", step)
        kinds.setdefault(kind, []).append(number)
    return sorted({number for numbers in kinds.values() for number in (numbers[0], numbers[-1])} | {len(log)})


class Scene:
    """A workspace, a command in it, and what there is before and after.

    The command is its arguments, or a function of the workspace that returns an exit code and what was said.  What is
    ``beside`` may be there or not: the copy of a file that it replaces, the draft of an answer.  A command that
    ``goes_on`` from a draft need not end as it would have.
    """

    def __init__(self, template, command, case=CASE, patch=lambda: None, *, is_toggle=False, goes_on=False, beside=()):
        self.template, self.case, self.patch, self.beside = template, case, patch, beside
        self.act = command if callable(command) else lambda root: call([*command, "--workspace", root])
        self.root = Path(tempfile.mkdtemp()) / "w"
        self.copies = self.root.with_name("copies")
        self.put(template)
        self.old, self.old_case = shown(self.root), read(self.root, case)
        code, said, self.log = self.work(self.copies)
        assert code == 0, said
        self.new, self.new_case, self.kept = shown(self.root), read(self.root, case), hidden(self.root)
        self.ends, self.judged = [self.new, self.old] if is_toggle else [self.new], set()
        self.is_free = goes_on

    def put(self, state):
        """Make the workspace what a folder holds."""
        shutil.rmtree(self.root, ignore_errors=True)
        copy_folder(state, self.root)

    def work(self, copies=None, full_from=0):
        """Let a child do it, and copy the workspace at each step, or find no room from one on; return what it said."""

        def traced():
            self.patch()
            tracer = Tracer(self.root, copies, full_from)
            if copies or full_from:
                tracer.install()
            return [*self.act(self.root), tracer.log]

        return forked(traced)

    def wrong(self, at):
        """Yield what is wrong after a kill, unless another left the same."""
        if (left := held(self.root)) in self.judged:
            return
        self.judged.add(left)

        def looked_at():
            now = read(self.root, self.case)
            seen = shown(self.root)
            is_there = now != "CaseNotFoundError"
            return now, seen, call(["check", self.case, "--workspace", self.root]) if is_there else (0, "")

        now, seen, (code, said) = forked(looked_at)
        if now not in {self.old_case, self.new_case}:
            yield f"{at}: the case is read as neither ({now})"
        state = {name: content for name, content in seen.items() if name not in self.beside}
        whole = [{name: part for name, part in one.items() if name not in self.beside} for one in (self.old, self.new)]
        if state not in whole:
            names = sorted({*self.old, *self.new})
            yield f"{at}: files are mixed: {[name for name in names if state.get(name) != self.old.get(name)]}"
        if code != 0:
            yield f"{at}: check: {said}"
        code, said, _ = self.work()
        if code not in {0, 1}:
            yield f"{at}: and again: {said}"
        if (final := shown(self.root)) not in self.ends and not self.is_free:
            names = sorted({*final, *self.new})
            yield f"{at}: and again: {[name for name in names if final.get(name) != self.new.get(name)]}"
        if left := hidden(self.root) - self.kept:
            yield f"{at}: left: {left}"


def kill(template, command, case=CASE, patch=lambda: None, *, every=False, **options):
    """Kill a command at each of its steps and yield what is wrong."""
    scene = Scene(template, command, case, patch, **options)
    steps = range(1, len(scene.log) + 1) if every else first_of_each(scene.log)
    for fatal in steps:
        scene.put(scene.copies / str(fatal))
        yield from scene.wrong(f"killed at {scene.log[fatal - 1]}")
    shutil.rmtree(scene.root.parent)
    sys.stdout.write(f"{len(steps)} kills\n")


def kill_twice(template, command, case=CASE, patch=lambda: None, *, every=False, **options):
    """Kill a command wherever that leaves something hidden, and again while it clears that; yield what is wrong."""
    scene = Scene(template, command, case, patch, **options)
    del every
    seen, kills = set(), 0
    for fatal, step in enumerate(scene.log, 1):
        scene.put(scene.copies / str(fatal))
        if (left := held(scene.root)) in seen or not hidden(scene.root) - {".last"}:
            continue
        seen.add(left)
        copies = scene.copies / f"after {fatal}"
        _, _, again = scene.work(copies)
        for second, other in enumerate(again, 1):
            scene.put(copies / str(second))
            kills += 1
            yield from scene.wrong(f"killed at {step}, and then at {other}")
    shutil.rmtree(scene.root.parent)
    sys.stdout.write(f"{kills} kills, of {len(seen)} states\n")


def fill(template, command, case=CASE, patch=lambda: None, *, every=False, **options):
    """Let the disk be full from each step of a command on, and yield what is wrong; then there is room again."""
    scene = Scene(template, command, case, patch, **options)
    steps = [number for number, step in enumerate(scene.log, 1) if step.split()[0] in MAKES]
    steps = steps if every else [number for number in steps if number in first_of_each(scene.log)]
    for fatal in steps:
        scene.put(template)
        at = f"no room from {scene.log[fatal - 1]} on"
        code, said, _ = scene.work(full_from=fatal)
        lines = said.strip().splitlines()
        if code != 1 or len(lines) != 1 or os.strerror(errno.ENOSPC).casefold() not in lines[0].casefold():
            yield f"{at}: {code}: {said}"
        yield from scene.wrong(at)
    shutil.rmtree(scene.root.parent)
    sys.stdout.write(f"{len(steps)} kills\n")


def template(*commands):
    """Return a workspace with a case, some commands done."""
    root = write_case(Path(tempfile.mkdtemp()))
    (root / "news.yaml").write_text(BULLETIN, encoding="utf-8")
    for command in commands:
        code, said = forked(lambda command=command: call([*command, "--workspace", root]))
        assert code == 0, said
    return root


@cache
def with_a_run():
    """Return a workspace with a run, having imported and read here what every child would else import and read."""
    root = template(RUN)
    for command in (("check", CASE), ("report", CASE), ("update", CASE, root / "news.yaml", "--quick", "--dry-run")):
        code, said = call([*command, "--workspace", root])
        assert code == 0, said
    return root


@cache
def computed_before():
    """Return a patch by which commands write what was computed before, so that a kill costs no forecast."""
    from detente.settings import Settings

    whole = read_record(find_case(CASE, template()))[0]
    case = whole.as_of(whole.information_cutoff)
    dossier = detente.run.run(case, Settings(engine="exact", draws=40, in_full=True), assesses=False)
    rendered = detente.report.render.render(dossier)
    replay = detente.evaluation.track.track(whole, settings=Settings(engine="exact", draws=40))
    replayed = detente.report.replay.render_replay(replay, "detente track")
    names = ("score.json", "score.csv", "score.md", "daily.csv", "figures/a.svg", "figures/b.svg")

    def written(file, **_):
        file.write(b"draws" * 999)

    def patch():
        detente.run.run = lambda *_, **__: dossier
        detente.report.render.render = lambda *_, **__: rendered
        detente.report.render.rendering = lambda *_, **__: ((name, (content,)) for name, content in rendered.items())
        detente.forecast.result.Forecast.draws_tree = lambda _: SimpleNamespace(to_netcdf=written)
        detente.evaluation.track.track = lambda *_, **__: replay
        detente.report.replay.render_replay = lambda *_, **__: replayed
        detente.evaluation.score.score = lambda *_, **__: [SimpleNamespace(record=None)]
        detente.report.scores.render_scores = lambda *_, **__: {name: name.encode() * 50 for name in names}
        detente.report.scores.read_record = lambda *_, **__: None
        detente.report.scores.summary_lines = lambda *_, **__: ()

    return patch


RUN = ("run", CASE, "--engine", "exact", "--no-sensitivity", "--quiet")


ITEM = (
    "--claim", "They signed, in haste.", "--date", "2023-03-05", "--source", "A: daily", "--grade", "b2",
    "--cluster", "speeches", "--likelihood", "sincere=0.3/0.6/0.8", "--because", "sincere=They mean it.",
    "--likelihood", "tactic=unlikely", "--because", "tactic=It binds.",
)  # fmt: skip
JUDGED = {
    "likelihoods.csv": [{"evidence": "speech", "hypothesis": "sincere", "low": "0.2", "mid": "0.4", "high": "0.6"}],
    "priors.csv": [{"hypothesis": "sincere", "weight": "0.4"}, {"hypothesis": "tactic", "weight": "0.6"}],
}


class Typist(io.StringIO):
    """Somebody at a terminal, who leaves most questions out."""

    def isatty(self):
        return True


def assessed(root):
    sys.stdin = Typist("likely\nBecause.\n0.1\n0.3\n0.2\nBecause.\n" + "\n" * 40)
    return call(["assess", CASE, "--as", "ana", "--workspace", root])


def taken(root):
    found = detente.case.judging.take(find_case(CASE, root), {"ana": JUDGED}, 1, "sheet of ana")
    return (1 if found.wrong else 0), str(found.wrong)


def edited(root):
    path = root / "priors" / CASE / "likelihoods.csv"
    edit = detente.edit.RowEdit(path.name, digest(path.read_bytes()), 3, {"low": "0.1", "mid": "0.2", "high": "0.3"})
    return 0, str(detente.edit.write(find_case(CASE, root), edit).problems)


def number_set(root):
    path = root / "priors" / CASE / "priors.yaml"
    numbers = {("hypotheses", "weights", "sincere"): "0.45", ("hypotheses", "weights", "tactic"): "0.55"}
    edit = detente.edit.ValueEdit(path.name, digest(path.read_bytes()), numbers)
    return 0, str(detente.edit.write(find_case(CASE, root), edit).problems)


def semicolons(path):
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")


def others():
    """Return the scenarios of commands that compute nothing: workspace, command, and options of a kill."""
    root = template()
    (root / "m.csv").write_text("evidence,a,b\nOne,C,II\nTwo,N,CC\n", encoding="utf-8")
    (root / "o.csv").write_text("question,person,probability\nq,ana,0.4\nq,bob,0.6\n", encoding="utf-8")
    (root / "t.csv").write_text("a;b\n0,5;0,7\n", encoding="utf-8")
    (root / "out").mkdir()
    (root / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    judged = root / "priors" / CASE / "likelihoods.csv"
    judged.write_text(re.sub(r"(?m)^(\w+),(\w+),([^,]*),([^,]*),([^,]*),", r"\1;\2;\3;\4;\5;", judged.read_text()))
    return {
        "add": (template(), ("evidence", "add", CASE, *ITEM), {}),
        "assess": (template(), assessed, {"beside": {f"priors/{CASE}/drafts/ana-1.yaml"}, "goes_on": True}),
        "sheet": (template(), taken, {}),
        "edit": (template(), edited, {}),
        "edit of a number": (template(), number_set, {}),
        "import": (root, ("import", root / "m.csv", "--as", "fresh", "--date", "2026-03-02"), {"case": "fresh"}),
        "pool": (root, lambda now: call(["pool", now / "o.csv", "--out", now / "out"]), {}),
        "tidy": (root, lambda now: call(["tidy", now / "priors" / CASE / "likelihoods.csv"]), {}),
        "tidy beside": (root, lambda now: call(["tidy", now / "t.csv"]), {"beside": {"t.csv.orig"}}),
        "export": (
            template(),
            lambda now: call(["export", CASE, "--to", "csv", "--out", now / "e", "--workspace", now]),
            {},
        ),
        "retract": (template(), ("evidence", "retract", CASE, "toast", "--because", "Withdrawn"), {}),
        "new": (template(), ("new", "fresh"), {"case": "fresh"}),
        "new copy": (template(), ("new", "fresh", "--example", "saudi-iran"), {"case": "fresh"}),
    }


def scenario(name, *, every, kill=kill):
    """Yield what is wrong after the kills of one scenario."""
    more = others()
    if name in more:
        root, command, options = more[name]
        yield from kill(root, command, every=every, **options)
    elif name == "roll":
        root = with_a_run()
        whole = read_record(find_case(CASE, root))[0]
        rolled = detente.roll.roll(whole, whole.information_cutoff, f"{CASE}/2023-03-01")

        def patch():
            detente.roll.roll = lambda *_: rolled

        yield from kill(root, ("priors", "roll", f"{CASE}/2023-03-01", "--anyway"), patch=patch, every=every)
    elif name == "update":
        root = template()
        yield from kill(root, ("update", CASE, root / "news.yaml", "--quick"), every=every)
    elif name == "undo":
        root = template()
        done = template(("update", CASE, root / "news.yaml", "--quick"))
        yield from kill(done, ("undo", CASE), every=every, is_toggle=True)
    else:
        patch = computed_before()
        done = template()
        (done / "reports" / CASE / "score").mkdir(parents=True)
        (done / "reports" / CASE / "score" / "score.md").write_text("earlier", encoding="utf-8")
        (done / "reports" / CASE / "score" / "mine.txt").write_text("mine", encoding="utf-8")
        if name in {"report", "brief", "run again"}:
            forked(lambda: (patch(), call([*RUN, "--workspace", done]))[1])
        commands = {
            "run": RUN,
            "run again": RUN,
            "report": ("report", f"{CASE}/2023-03-01", "--format", "html"),
            "brief": ("report", f"{CASE}/2023-03-01", "--brief", "--format", "html"),
            "score": ("score", CASE, "--quiet", "--workers", "1"),
            "track": ("track", CASE, "--quiet", "--workers", "1"),
        }
        yield from kill(done, commands[name], patch=patch, every=every)


if __name__ == "__main__":
    with_a_run()
    for line in iter(sys.stdin.readline, ""):
        which, _, way = line.strip().partition(": ")
        killer = {"twice": kill_twice, "full": fill}.get(way, kill)
        try:
            for wrong in scenario(which, every=way == "every", kill=killer):
                sys.stdout.write(f"{wrong}\n")
        except Exception:  # noqa: BLE001 - the next scenario is another test
            sys.stdout.write(f"{traceback.format_exc()}0 kills\n")
        sys.stdout.flush()
