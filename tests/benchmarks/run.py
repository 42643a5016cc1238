"""Time detente against bare yardsticks, whole processes side by side in one run, and print the ratios.

The two of a pair are run alternately, and the ratio is the median of theirs, pair by pair: a busy moment hits both, and
a lucky one of either does not count.  Seconds are medians as well; the time before a pair, such as copying a case for
``update`` to change, is not counted.  Run it with ``make bench``; a second run in a row is warm (compiled functions are
cached between runs).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PYTHON = sys.executable
CASE = "turkey-syria"
IMPORTS = (PYTHON, "-c", "import numpy, scipy.special")


def nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True)
class Comparison:
    """A command of ours, its yardstick, how often to run the pair, the ratio aimed at, and what comes before ours."""

    name: str
    ours: tuple[str, ...]
    yardstick: tuple[str, ...]
    times: int
    aim: str
    prepare: Callable[[], None] = nothing


def detente(*arguments: str) -> tuple[str, ...]:
    """Return the command line of detente."""
    return (PYTHON, "-m", "detente", *arguments)


def measure(pair: Comparison) -> tuple[float, float, float, float]:
    """Return the median seconds of ours and of the yardstick, the median ratio, and the peak memory of ours in MiB."""
    ours, yardstick, memory = [], [], 0.0
    for _ in range(pair.times):
        pair.prepare()
        seconds, used = once(pair.ours)
        ours.append(seconds)
        memory = max(memory, used)
        yardstick.append(once(pair.yardstick)[0])
    ratio = median(mine / theirs for mine, theirs in zip(ours, yardstick, strict=True))
    return median(ours), median(yardstick), ratio, memory


def once(command: tuple[str, ...]) -> tuple[float, float]:
    """Run a command; return its time in seconds and its peak memory in MiB."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        message = process.stderr.read().decode() if process.stderr else ""
        sys.exit(f"{' '.join(command)} failed:\n{message}")
    return seconds, usage.ru_maxrss / 1024


def fresh_case(workspace: Path) -> None:
    """Copy the bundled case into a workspace, in place of the one that was updated there."""
    for folder in ("seeds", "priors"):
        shutil.rmtree(workspace / folder, ignore_errors=True)
        shutil.copytree(ROOT / folder / CASE, workspace / folder / CASE)


def comparisons(scratch: Path) -> tuple[Comparison, ...]:
    """Return what is compared; ``scratch`` is a folder to write in."""
    exactly = detente("run", CASE, "--engine", "exact", "--json")
    bulletin = min((ROOT / "seeds" / CASE / "bulletins").glob("*.yaml"))
    workspace = scratch / "workspace"
    update = detente("update", CASE, str(bulletin), "--quick", "--workspace", str(workspace))
    sampled = detente("run", CASE, "--out", str(scratch / "run"), "--quiet")
    return (
        Comparison("--help", detente("--help"), (PYTHON, "-c", "pass"), 5, "under 0.4 s"),
        Comparison("run --engine exact --json", exactly, IMPORTS, 15, "at most 2"),
        Comparison("update --quick", update, IMPORTS, 15, "at most 2", lambda: fresh_case(workspace)),
        Comparison("run --engine exact --json", exactly, (PYTHON, str(HERE / "bare_network.py"), CASE), 5, ""),
        Comparison("run (NUTS)", sampled, (PYTHON, str(HERE / "bare_sampler.py"), CASE), 3, "at most 1.3"),
    )


def main() -> None:
    """Run every comparison and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'detente':<28}{'seconds':>8}  {'yardstick':<36}{'seconds':>8}{'ratio':>8}{'MiB':>8}  aim")
        for pair in comparisons(Path(folder)):
            ours, yardstick, ratio, memory = measure(pair)
            words = " ".join(Path(word).name if "/" in word else word for word in pair.yardstick)
            print(
                f"{pair.name:<28}{ours:>8.2f}  {words:<36}{yardstick:>8.2f}{ratio:>8.2f}{memory:>8.0f}  {pair.aim}",
                flush=True,
            )


if __name__ == "__main__":
    main()
