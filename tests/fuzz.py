"""Damage a file that a command wrote, and ask everything that reads it back: run by hand and by a test.

`fuzz.py FIRST COUNT [pages]` damages a forecast, a score, a journal or an overview of runs with each seed in turn, and
writes a line on whatever is no answer: an exception that is none of ours, a message that does not name the file or is
more than a line, or more than ten seconds of processor.  With `pages` every report that can still be read is drawn.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from bulletins import BULLETIN
from cases import POLLS, WATCH, write_case
from mutations import cut, disturbed, mutated, spoilt
from starlette.testclient import TestClient

from detente.case.transaction import CHANGE, JOURNAL, LAST
from detente.cli.main import cli
from detente.dossier import SEAL, digest
from detente.errors import DetenteError
from detente.report.reading import parse_dossier
from detente.report.render import render
from detente.report.scores import read_record
from detente.report.terminal import print_summary
from detente.serve.app import make_app
from detente.serve.desk import Desk

CASE, SECONDS = "dispute", 10.0
HERE = Path(__file__).parent
ROWS = """\
outcome,window,resolution,date,source
border_open,horizon,no,2024-03-01,Daily
they_meet,horizon,yes,2023-02-10,Daily
"""
REPORTS = HERE.parent / "reports"
RUN = Path("reports", CASE, "2023-03-01", "forecast.json")
LATER = Path("reports", CASE, "2023-03-10", "forecast.json")
SCORES = Path("reports", CASE, "score", "score.json")


def call(root, *arguments):
    """Run a command in this process; return its exit code and what it said."""
    import click

    said = io.StringIO()
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        try:
            code = cli.main([*arguments, "--workspace", str(root)], prog_name="detente", standalone_mode=False)
        except (DetenteError, click.ClickException) as error:
            return 1, str(error)
    return code if isinstance(code, int) else 0, said.getvalue()


def workspace():
    """Return a workspace with two runs of a case, its scores, and a change that can be taken back."""
    root = write_case(Path(tempfile.mkdtemp()), watch=WATCH, polls=POLLS, resolutions=ROWS)
    (root / "news.yaml").write_text(
        BULLETIN.replace("events:\n  - {process: border, state: open, claim: The gates were opened.}\n", ""),
        encoding="utf-8",
    )
    for command in (
        ("run", CASE, "--engine", "exact", "--quiet", "--workers", "1"),
        ("score", CASE, "--to", "2023-03-02", "--quiet", "--workers", "1"),
        ("update", CASE, str(root / "news.yaml"), "--quick"),
        ("run", CASE, "--engine", "exact", "--quiet", "--workers", "1"),
    ):
        code, said = call(root, *command)
        assert code == 0, said
    return root


def damaged(text, seed, others):
    """Return bytes of a JSON file with one thing wrong, and what it is; what has a seal mostly has a fitting one."""
    chance = random.Random(f"how {seed}")  # noqa: S311 - reproducible
    how = chance.choice((mutated, mutated, disturbed, disturbed, disturbed, spoilt, cut))
    if how is cut:
        return cut(text, seed), "cut"
    if how is spoilt:
        return spoilt(text, seed, others)
    tree, what = how(json.loads(text), seed)
    if isinstance(tree, dict) and SEAL in tree and chance.random() < 0.9:
        del tree[SEAL]
        with contextlib.suppress(ValueError, RecursionError):
            tree = {**tree, SEAL: digest(tree)} if chance.random() < 0.5 else tree
    return json.dumps(tree).encode(), what


class Fuzz:
    """A workspace, and the means to damage it and to mend it again."""

    def __init__(self, *, pages=False):
        self.root, self.pages = workspace(), pages
        self.kept = {path: path.read_bytes() for path in self.root.rglob("*") if path.is_file()}
        self.client = TestClient(make_app(Desk(self.root)), base_url="http://127.0.0.1:8321").__enter__()
        self.kinds, self.read = {}, 0
        stored = REPORTS / "turkey-syria"
        self.texts = {
            RUN: self.kept[self.root / RUN].decode(),
            LATER: self.kept[self.root / LATER].decode(),
            SCORES: self.kept[self.root / SCORES].decode(),
            "nuts": (stored / "2023-02-08" / "forecast.json").read_text(encoding="utf-8"),
            "schema 1": (HERE / "report" / "schema_1.json").read_text(encoding="utf-8"),
            "their scores": (stored / "score" / "score.json").read_text(encoding="utf-8"),
        }

    def mend(self, home):
        """Put a folder back as it was."""
        for path in sorted(home.rglob("*"), reverse=True):
            if path.is_file() and path not in self.kept:
                path.unlink()
            elif path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        for path, content in self.kept.items():
            if path.is_relative_to(home) and (not path.is_file() or path.read_bytes() != content):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def once(self, seed):
        """Damage one file and yield what is no answer."""
        chance = random.Random(f"what {seed}")  # noqa: S311 - reproducible
        kind = chance.choice(
            (RUN, RUN, LATER, LATER, LATER, "nuts", "schema 1", SCORES, SCORES, "their scores", "journal")
        )
        if kind == "journal":
            tried, where, what = self.journal(chance, seed)
        else:
            content, what = damaged(self.texts[kind], seed, list(self.texts.values()))
            tried, where = self.of_scores(content, kind) if "score" in str(kind) else self.of_run(content, kind, chance)
        self.kinds[f"{kind}"] = self.kinds.get(f"{kind}", 0) + 1
        for name, work in tried:
            started = time.process_time()
            try:
                said = work()
            except DetenteError as error:
                said = str(error)
            except Exception as error:  # noqa: BLE001 - any other is the bug looked for
                last = error.__traceback__
                while last.tb_next:
                    last = last.tb_next
                place = f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}"
                yield f"{seed}: {kind}: {what[:120]}: {name}: {type(error).__name__}: {str(error)[:150]} ({place})"
                continue
            if (spent := time.process_time() - started) > SECONDS:
                yield f"{seed}: {kind}: {what[:120]}: {name}: took {spent:.1f} s"
            if (
                said
                and name != "roll"
                and (where not in said.replace("\\", "/") or any(not one.isprintable() and one != "\n" for one in said))
            ):
                yield f"{seed}: {kind}: {what[:120]}: {name}: said {said[:200]!r}"
            elif said and kind != "journal" and len(said.strip().splitlines()) > 1 + said.count("left out of"):
                yield f"{seed}: {kind}: {what[:120]}: {name}: said {said[:300]!r}"
        for folder in ("seeds", "priors") if kind == "journal" else ("reports",):
            self.mend(self.root / folder)

    def of_run(self, content, kind, chance):
        """Return what reads a damaged run."""
        path = self.root / (kind if isinstance(kind, Path) else RUN)
        path.write_bytes(content)
        where = "forecast.json"
        run = f"{CASE}/{path.parent.name}"
        other = f"{CASE}/{(LATER if path == self.root / RUN else RUN).parent.name}"

        def commanded(*words):
            def work():
                code, said = call(self.root, *words)
                assert code in {0, 1}, (code, said)
                return said if code else ""

            return work

        def page():
            answer = self.client.get(f"/case/{CASE}/runs?before={path.parent.name}&after={Path(other).name}")
            assert answer.status_code < 500, answer.status_code
            return ""

        def drawn():
            dossier = parse_dossier(content.decode(errors="replace"), str(path))
            self.read += 1
            if self.pages:
                render(dossier)
            return ""

        def renewed():
            from detente.report.history import earlier, write_index

            faults = write_index(path.parent.parent, CASE)
            later = parse_dossier(self.kept[self.root / LATER].decode(), "")
            earlier(later.forecast, path.parent.parent)
            return "\n".join(faults)

        drawing = (
            ("md", commanded("report", run, "--format", "md", "--out", "-")),
            ("html", commanded("report", run, "--format", "html", "--out", "-")),
        )
        beside = (("runs page", page), ("index", renewed))
        try:
            parse_dossier(content.decode(), "")
        except (DetenteError, UnicodeDecodeError):
            return (("terminal", commanded("report", run)), beside[chance.randrange(2)]), where
        except Exception as error:  # noqa: BLE001 - the commands will say so
            del error
        return (
            ("terminal", commanded("report", run)),
            ("json", commanded("report", run, "--format", "json")),
            *(drawing if self.pages else ()),
            ("compare", commanded("compare", run, other)),
            ("compared with", commanded("compare", other, run)),
            ("compare in numbers", commanded("compare", run, other, "--json", "--outcome", "they_meet")),
            *((("roll", commanded("priors", "roll", run, "--dry-run")),) if isinstance(kind, Path) else ()),
            ("read by others", drawn),
            *beside,
        ), where

    def of_scores(self, content, kind):
        """Return what reads damaged scores: section 10 of a report that is made beside them."""
        path = self.root / SCORES
        path.write_bytes(content)
        case = CASE if kind == SCORES else "turkey-syria"

        def section():
            from detente.report.document import document
            from detente.report.render import markdown_twin

            record = read_record(path.parent.parent, case)
            if record is None:
                return ""
            stored = self.texts[LATER if case == CASE else "nuts"]
            dossier = parse_dossier(stored, "stored").changed(track_record=record)
            self.read += 1
            made = document(dossier)
            markdown_twin(made)
            print_summary(dossier, __import__("rich.console").console.Console(file=io.StringIO(), width=80))
            if self.pages:
                render(dossier)
            return ""

        return (("section 10", section),), "score.json"

    def journal(self, chance, seed):
        """Return what reads a damaged journal, of a change in place or of one that was interrupted."""
        home = self.root / "seeds" / CASE
        folder = home / LAST
        if chance.random() < 0.5:
            shutil.copytree(home / LAST, home / JOURNAL, dirs_exist_ok=True)
            folder = home / JOURNAL
        path = folder / CHANGE
        content, what = damaged(path.read_text(encoding="utf-8"), seed, list(self.texts.values()))
        path.write_bytes(content)

        def commanded(*words):
            def work():
                code, said = call(self.root, *words)
                assert code in {0, 1}, (code, said)
                return said if code else ""

            return work

        def page(address):
            def work():
                answer = self.client.get(f"/case/{CASE}{address}")
                assert answer.status_code < 500, answer.status_code
                return ""

            return work

        return (
            ("overview", page("")), ("check", commanded("check", CASE)), ("news", page("/news")),
            ("undo", commanded("undo", CASE)),
        ), CASE, f"{path.parent.name}/{path.name}: {what}"  # fmt: skip


if __name__ == "__main__":
    first, count = int(sys.argv[1]), int(sys.argv[2])
    fuzz, wrong = Fuzz(pages="pages" in sys.argv), 0
    for number in range(first, first + count):
        for line in fuzz.once(number):
            wrong += 1
            sys.stdout.write(f"{line}\n".encode("ascii", "backslashreplace").decode())
            sys.stdout.flush()
    shutil.rmtree(fuzz.root)
    sys.stdout.write(f"{count} files, {fuzz.read} of them read, {wrong} wrong: {fuzz.kinds}\n")
