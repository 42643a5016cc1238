"""Time detente against bare yardsticks, whole processes side by side in one run, and print the ratios.

Each pair is run alternately and the quickest time of each is taken, so that a busy moment hits both.
Run it with ``make bench``; a second run in a row is warm (compiled functions are cached between runs).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PYTHON = sys.executable
CASE = "turkey-syria"


@dataclass(frozen=True)
class Comparison:
    """A command of ours, its yardstick, how often to run the pair, and the ratio aimed at."""

    name: str
    ours: tuple[str, ...]
    yardstick: tuple[str, ...]
    times: int
    aim: str


def detente(*arguments: str) -> tuple[str, ...]:
    """Return the command line of detente."""
    return (PYTHON, "-m", "detente", *arguments)


def quickest(pair: Comparison) -> tuple[float, float, float]:
    """Return the quickest time of ours and of the yardstick, in seconds, and the peak memory of ours in MiB."""
    ours, yardstick, memory = [], [], 0.0
    for _ in range(pair.times):
        seconds, used = once(pair.ours)
        ours.append(seconds)
        memory = max(memory, used)
        yardstick.append(once(pair.yardstick)[0])
    return min(ours), min(yardstick), memory


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


def main() -> None:
    """Run every comparison and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        pairs = (
            Comparison("--help", detente("--help"), (PYTHON, "-c", "pass"), 5, "under 0.4 s"),
            Comparison(
                "run --engine exact --json",
                detente("run", CASE, "--engine", "exact", "--json"),
                (PYTHON, "-c", "import numpy, scipy.special"),
                7,
                "at most 2",
            ),
            Comparison(
                "the same",
                detente("run", CASE, "--engine", "exact", "--json"),
                (PYTHON, str(HERE / "bare_network.py"), CASE),
                5,
                "",
            ),
            Comparison(
                "run (NUTS)",
                detente("run", CASE, "--out", str(Path(folder) / "run"), "--quiet"),
                (PYTHON, str(HERE / "bare_sampler.py"), CASE),
                3,
                "at most 1.3",
            ),
        )
        print(f"{'detente':<28}{'seconds':>8}  {'yardstick':<36}{'seconds':>8}{'ratio':>8}{'MiB':>8}  aim")
        for pair in pairs:
            ours, yardstick, memory = quickest(pair)
            words = " ".join(Path(word).name if "/" in word else word for word in pair.yardstick)
            print(
                f"{pair.name:<28}{ours:>8.2f}  {words:<36}{yardstick:>8.2f}{ours / yardstick:>8.2f}"
                f"{memory:>8.0f}  {pair.aim}",
                flush=True,
            )


if __name__ == "__main__":
    main()
