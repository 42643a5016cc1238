"""Concurrent edits by two browsers, the command line and an editor: none may be lost, none half-written.

`stress.py N [FOLDER]` makes N edits on a copy of the small case and prints what became of them.  Every edit adds a mark
of its own to a cell, keeping those that are there: a mark that was acknowledged and is missing in the end was lost.
"""

from __future__ import annotations

import math
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from html import unescape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from cases import write_case
from starlette.testclient import TestClient

from detente.case import find_case, read_record
from detente.case.editing import amend_row, row_at
from detente.case.writing import digest, exchange
from detente.edit import RowEdit, write
from detente.errors import CaseError, ChangedOnDiskError
from detente.serve.app import make_app
from detente.serve.desk import Desk
from detente.serve.guard import Guard
from detente.update import update

CASE = "/case/dispute"
PORT = 8322
PATIENCE = 300
ORIGIN = f"http://127.0.0.1:{PORT}"
ROWS = {"likelihoods.csv": ("priors", range(2, 8), "because"), "evidence.csv": ("seeds", range(2, 5), "claim")}
COMMAND = "import sys; from detente.cli import main; main(sys.argv[1:])"


class Stress:
    """One run: who edits, which marks were acknowledged, and what went wrong."""

    def __init__(self, workspace, edits, *, swaps, programs=0):
        self.workspace, self.swaps, self.programs = workspace, swaps, programs
        self.location = find_case("dispute", workspace)
        self.guard = Guard(make_app(Desk(workspace)), PORT)
        self.each, self.number, self.lock = edits // 4, 0, threading.Lock()
        self.written, self.refused, self.faults = {}, Counter(), []
        self.undone, self.put_back = set(), -math.inf

    def run(self):
        """Let all edit until the edits are used up, and return what was lost."""
        rngs = [random.Random(seed) for seed in range(4)]  # noqa: S311 - a test
        people = {
            "browser 1": self.browse(rngs[0], self.let_in()),
            "browser 2": self.browse(rngs[1], self.let_in()),
            "command": self.command(rngs[2]),
            "editor": self.save(rngs[3]),
        }
        threads = [threading.Thread(target=self.keep_on, args=person) for person in people.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        text = "".join(path.read_text() for path in self.workspace.rglob("*.csv") if "/." not in str(path))
        return sorted(self.written.keys() - _marks(text.encode()) - self.undone)

    def keep_on(self, who, edit):
        rng = random.Random(who)  # noqa: S311 - a test
        next(edit)
        for _ in range(self.each):
            with self.lock:
                self.number += 1
                mark = f"#{self.number:05d}"
            for _ in range(PATIENCE):
                try:
                    done = edit.send(mark)
                except Exception as error:  # noqa: BLE001 - all that goes wrong is told
                    self.faults.append(repr(error))
                    return
                next(edit)
                if done:
                    break
                self.refused[who] += 1
                time.sleep(rng.random() * 0.02)
            else:
                self.faults.append(f"{mark}: {who} gave up")
                return
            self.written[mark] = who
            self.look()
            time.sleep(rng.random() * 0.05)

    def look(self):
        """Read the case; it is to be without problems, unless the editor has just taken back what it had not seen."""
        try:
            read_record(self.location)
        except Exception as error:  # noqa: BLE001 - as above
            if not self.is_crossed(error):
                self.faults.append(repr(error))

    def is_crossed(self, error):
        """Tell whether files may contradict each other since the editor puts one back."""
        time.sleep(0.02)
        return isinstance(error, CaseError) and time.monotonic() - self.put_back < 1

    def pick(self, rng):
        file = rng.choice(list(ROWS))
        folder, lines, column = ROWS[file]
        path = self.workspace / folder / "dispute" / file
        content = path.read_bytes()
        line = rng.choice(lines)
        return path, content, line, column, row_at(content, line)[column]

    def browse(self, rng, client):
        """Edit as a browser does: open the row, preview, then write what the preview offers."""
        while True:
            mark = yield
            path, _, line, column, _ = self.pick(rng)
            page = client.get(f"{CASE}/row/{line}/{path.name}").text
            was = re.search(r'name="was" value="(\w+)"', page)
            cell = re.search(rf'name="cell.{column}"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
            form = {
                "file": path.name,
                "line": str(line),
                "was": was[1],
                f"cell.{column}": f"{unescape(cell[1])} {mark}",
            }
            page = client.post(f"{CASE}/preview", data=form, headers={"hx-request": "true"}).text
            offered = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page))
            offered = {name: unescape(value) for name, value in offered.items()}
            yield "seal" in offered and client.post(f"{CASE}/write", data=offered).status_code == 303

    def let_in(self):
        """Return a browser that may ask."""
        client = TestClient(self.guard, base_url=ORIGIN, follow_redirects=False)
        client.get(self.guard.address())
        client.headers["origin"] = ORIGIN
        return client

    def command(self, rng):
        """Edit as commands do: bulletins, row edits in this process, and some programs of their own."""
        while True:
            mark = yield
            kind = rng.random()
            try:
                if kind < 0.5:
                    path, content, line, column, cell = self.pick(rng)
                    write(self.location, RowEdit(path.name, digest(content), line, {column: f"{cell} {mark}"}))
                else:
                    text = _bulletin(mark)
                    if self.programs and kind > 0.9:
                        self.programs -= 1
                        bulletin = self.workspace.with_name(f"{mark[1:]}.yaml")
                        bulletin.write_text(text)
                        words = ["update", "dispute", str(bulletin), "--quick", "--workspace", str(self.workspace)]
                        self.call(words)
                    else:
                        update(self.location, text, "news")
            except ChangedOnDiskError:
                yield False
                continue
            except CaseError as error:
                if not self.is_crossed(error):
                    raise
                yield False
                continue
            yield True

    def call(self, words):
        """Run a command as a program of its own; that editors gave it no peace is no fault of its."""
        done = subprocess.run([sys.executable, "-c", COMMAND, *words], capture_output=True, text=True, check=False)
        if done.returncode and "changed on disk" in done.stderr:
            raise ChangedOnDiskError(self.location.seeds)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def save(self, rng):
        """Edit as an editor does: no lock, the whole file written anew after a look whether it changed meanwhile."""
        while True:
            mark = yield
            path, content, line, column, cell = self.pick(rng)
            new = path.with_name(f"{path.name}~")
            new.write_bytes(amend_row(content, line, {column: f"{cell} {mark}"}))
            time.sleep(rng.random() * 0.002)
            if path.read_bytes() != content:
                yield False
                continue
            if not self.swaps:
                new.replace(path)
            else:
                saved = new.read_bytes()
                exchange(new, path)
                unseen = new.read_bytes()
                if unseen != content:  # a careful editor puts back what it had not seen
                    exchange(new, path)
                    self.put_back = time.monotonic()
                    if new.read_bytes() != saved:  # and what was built on its save meanwhile goes: that is its doing
                        self.undone |= _marks(new.read_bytes()) - _marks(unseen)
                    new.unlink()
                    yield False
                    continue
                new.unlink()
            yield True


def _marks(content):
    return set(re.findall(r"#\d{5}", content.decode()))


def _bulletin(mark):
    return (
        f"date: 2023-03-01\nsource: Daily\nevidence:\n  - id: n{mark[1:]}\n    claim: 'Word {mark}'\n"
        "    observed: yes\n    reliability: B\n    credibility: 2\n    likelihoods:\n"
        "      sincere: {low: 0.3, mid: 0.5, high: 0.7, because: x y z}\n"
        "      tactic: {low: 0.3, mid: 0.4, high: 0.7, because: x y z}\n"
    )


def main(edits, folder):
    """Make the edits and say what became of them."""
    began = time.monotonic()
    made = Stress(write_case(Path(folder)), edits, swaps=False, programs=20)
    lost = made.run()
    who = Counter(made.written.values())
    print(f"{len(made.written)} edits in {time.monotonic() - began:.0f} s: {dict(who)}")  # noqa: T201 - a program
    print(f"refused and made again: {dict(made.refused)}")  # noqa: T201 - as above
    print(f"lost: {lost}, faults: {made.faults}")  # noqa: T201 - as above
    print(f"left behind: {sorted(p.name for p in made.location.seeds.glob('.*'))}")  # noqa: T201 - as above
    return bool(lost or made.faults)


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as room:
        sys.exit(main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else room))
