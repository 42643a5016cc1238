"""Time the workbench: how long a change takes to repaint the headline, and the first page after the command.

A real ``detente serve`` is asked over HTTP.  A change is what a browser does when a number moves: a request for the
preview, whose answer has the new headline.  Times are medians, of the clock and of the server's processors.  Run it
with::

    python tests/benchmarks/workbench.py [REPETITIONS]

Aims: at most 0.15 s on the bundled case, 1 s with 1,000 items, and 1.5 s from the command to the first page.
"""

from __future__ import annotations

import csv
import hashlib
import http.client
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode, urlsplit

from generated import NAME, Size, write_case
from run import CASE, PYTHON, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

TICK = os.sysconf("SC_CLK_TCK")
SIZES = (("bundled case", CASE, None, 0.15), ("1,000 items", NAME, Size(items=1000, clusters=60), 1.0))


class Answer(NamedTuple):
    """An answer, and the seconds of the clock and of the processors that it took."""

    text: str
    clock: float
    processors: float


class Browser:
    """One browser that was let in, with a connection that stays open."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        """Follow the address that was printed."""
        parts = urlsplit(address)
        self.process, self.origin = process, f"{parts.scheme}://{parts.netloc}"
        self.connection = http.client.HTTPConnection(parts.netloc, timeout=120)
        self.connection.request("GET", f"{parts.path}?{parts.query}")
        answer = self.connection.getresponse()
        answer.read()
        self.cookie = (answer.getheader("set-cookie") or "").partition(";")[0]

    def ask(self, path: str, form: dict[str, str] | None = None) -> Answer:
        """Ask for a page, or post a form as htmx does, following where it leads."""
        headers = {"cookie": self.cookie, "origin": self.origin}
        if form is not None:
            headers |= {"hx-request": "true", "content-type": "application/x-www-form-urlencoded"}
        began, spent = time.perf_counter(), self.spent()
        self.connection.request("GET" if form is None else "POST", path, form and urlencode(form), headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status in {302, 303}:
            return self.ask(answer.headers["location"])
        if answer.status != http.HTTPStatus.OK:
            sys.exit(f"{path}: {answer.status}\n{text}")
        return Answer(text, time.perf_counter() - began, self.spent() - spent)

    def spent(self) -> float:
        """Return the seconds of the processors that the workbench took so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK


@contextmanager
def workbench(workspace: Path) -> Iterator[subprocess.Popen[str]]:
    """Yield a workbench of a workspace."""
    process = subprocess.Popen(
        (PYTHON, "-m", "detente", "serve", "--workspace", str(workspace)),
        env={**os.environ, "PYTHONPATH": str(ROOT / "model")}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def address_of(process: subprocess.Popen[str]) -> str:
    """Return the address that a workbench prints."""
    for line in process.stdout or ():
        if found := re.search(r"http://\S+", line):
            return found[0]
    sys.exit("the workbench printed no address")


def changes(priors: Path, times: int) -> Iterator[dict[str, str]]:
    """Yield forms that move the best guess of the first judgement, each time elsewhere."""
    content = (priors / "likelihoods.csv").read_bytes()
    row = next(csv.DictReader(io.StringIO(content.decode())))
    low, high = float(row["low"]), float(row["high"])
    for number in range(times):
        mid = low + (high - low) * (number + 1) / (times + 1)
        yield {
            "file": "likelihoods.csv", "line": "2", "was": hashlib.sha256(content).hexdigest(), "item": row["evidence"],
            "cell.low": row["low"], "cell.mid": f"{mid:.4f}", "cell.high": row["high"],
        }  # fmt: skip


def show(name: str, clock: list[float], processors: list[float], aim: float) -> None:
    """Print medians beside the aim."""
    print(f"{name:<44}{median(clock):>8.3f}{median(processors):>12.3f}  at most {aim:g}", flush=True)


def main() -> None:
    """Print seconds of the clock and of the processors."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    print(f"{'workbench':<44}{'clock':>8}{'processors':>12}  aim (clock)", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for title, case, size, aim in SIZES:
            workspace = Path(folder) / case
            if size is not None:
                write_case(workspace, size)
            else:
                for kind in ("seeds", "priors"):
                    shutil.copytree(ROOT / kind / case, workspace / kind / case)
            first: list[tuple[float, float]] = []
            for _ in range(3 if size is None else 1):
                began = time.perf_counter()
                with workbench(workspace) as process:
                    browser = Browser(process, address_of(process))
                    browser.ask("/")
                    first.append((time.perf_counter() - began, browser.spent()))
                    browser.ask(f"/case/{case}?wait=1")
                    asked = [
                        browser.ask(f"/case/{case}/preview", form)
                        for form in changes(workspace / "priors" / case, times)
                    ]
            if any('class="moved"' not in answer.text for answer in asked):
                sys.exit(f"no headline in the answer:\n{asked[0].text}")
            show(f"headline after a change, {title}", [a.clock for a in asked], [a.processors for a in asked], aim)
            if size is None:
                show("first page after the command", [a for a, _ in first], [b for _, b in first], 1.5)


if __name__ == "__main__":
    main()
