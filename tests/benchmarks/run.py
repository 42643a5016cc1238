"""Time detente against bare yardsticks, whole processes side by side in one run, and print the ratios.

The two of a pair are run alternately, and the ratio is the median of theirs, pair by pair: a busy moment hits both, and
a lucky one of either does not count.  Seconds are medians as well; the time before a pair, such as copying a case for
``update`` to change, is not counted.  Run it with ``make bench``; a second run in a row is warm (compiled functions are
cached between runs).

With ``--against FOLDER``, a checkout of another version, the same commands of both are run alternately instead, and
time, time of the processors (of which a busy machine takes nothing) and memory of ours are printed as ratios of its
own; a first run has nothing compiled before.
``--large`` adds records of a hundred thousand items, and of five thousand to sample, to that table; ``--growth`` prints
cost against size alone (:mod:`growth`), ``--spread N`` how much N processes, and N workers of a Dask cluster on this
machine, shorten a verification.
"""

from __future__ import annotations

import argparse
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

from generated import NAME, Size, write_case
from growth import show_growth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PYTHON = sys.executable
CASE = "turkey-syria"
ALONE = {"PYTHON_CPU_COUNT": "1", **{f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL")}}
"""What keeps a process to one thread, as a worker keeps to one."""
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
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "model")}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
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
    bare = (PYTHON, str(HERE / "bare_sampler.py"), CASE)
    sampled = detente("run", CASE, "--out", str(scratch / "run"), "--quiet")
    return (
        Comparison("--help", detente("--help"), (PYTHON, "-c", "pass"), 5, "under 0.4 s"),
        Comparison("run --engine exact --json", exactly, IMPORTS, 15, "at most 1.5"),
        Comparison("update --quick", update, IMPORTS, 15, "at most 2", lambda: fresh_case(workspace)),
        Comparison("run --engine exact --json", exactly, (PYTHON, str(HERE / "bare_network.py"), CASE), 5, ""),
        Comparison("run (NUTS), no sensitivity", (*sampled, "--no-sensitivity"), bare, 3, "at most 0.5"),
        Comparison("run (NUTS)", sampled, bare, 3, "at most 1.3"),
    )


FIRST = "first run"
"""The one for which nothing was compiled before."""
AGAINST = (
    ("run, no sensitivity", ("run", CASE, "--no-sensitivity", "--quiet", "--out"), "at most 0.45"),
    (FIRST, ("run", CASE, "--quiet", "--out"), "at most 0.9"),
    ("run", ("run", CASE, "--quiet", "--out"), "at most 0.5"),
    ("sensitivity", ("sensitivity", CASE, "--quiet", "--out"), "at most 0.5"),
    ("run --engine exact", ("run", CASE, "--engine", "exact", "--no-sensitivity", "--quiet", "--out"), ""),
    ("verify, 20 replicates", ("verify", CASE, "--engine", "exact", "--replicates", "20", "--quiet", "--out"), ""),
)
"""What is compared with another version: name, arguments (a folder follows), the ratio aimed at."""
RECORDS: tuple[tuple[str, Size, str, str], ...] = (
    ("exact, 1,000 items", Size(items=1000, clusters=50), "exact", ""),
    ("exact, 10,000 items", Size(items=10_000, clusters=500), "exact", ""),
)
LARGE: tuple[tuple[str, Size, str, str], ...] = (
    ("exact, 100,000 items", Size(items=100_000, clusters=5000), "exact", "at most 0.25 of each"),
    ("NUTS, 5,000 items", Size(items=5000, clusters=300), "nuts", "at most 0.5"),
)
"""Generated records that are compared too: name, size, engine, the ratio aimed at."""


def against(other: Path, scratch: Path, *, large: bool, times: int) -> None:
    """Print time and memory of ours as ratios of those of another checkout; first runs and large records run once."""
    print(f"{'detente':<28}{'seconds':>8}{'time':>8}{'of processors':>15}{'memory':>8}  aim")
    compared = [(name, arguments, aim, 1 if name == FIRST else times) for name, arguments, aim in AGAINST]
    for name, size, engine, aim in (*RECORDS, *(LARGE if large else ())):
        workspace = scratch / name.replace(" ", "-")
        write_case(workspace, size)
        where = ("--workspace", str(workspace), "--no-sensitivity", "--quiet", "--out")
        compared.append((name, ("run", NAME, "--engine", engine, *where), aim, times if size.items < 10**4 else 1))
    for name, arguments, aim, rounds in compared:
        pairs = []
        for number in range(rounds):
            used = []
            for root in (ROOT, other):
                out = scratch / f"{root.name}-{name.replace(' ', '-')}"
                compiled = f"base_compiledir={scratch / f'{root.name}-{number}-compiled'}"
                more = {"PYTENSOR_FLAGS": compiled} if name == FIRST else {}
                used.append(spent(detente(*arguments, str(out)), root, more))
            pairs.append(used)
        ratios = [median(ours[k] / theirs[k] for ours, theirs in pairs) for k in range(3)]
        seconds = median(ours[0] for ours, _ in pairs)
        print(f"{name:<28}{seconds:>8.2f}{ratios[0]:>8.2f}{ratios[1]:>15.2f}{ratios[2]:>8.2f}  {aim}", flush=True)


def spread(workers: int, scratch: Path, replicates: int, times: int) -> None:
    """Print how much faster several processes verify both engines than one, and what Dask takes with as many."""
    from distributed import LocalCluster

    ask = ("verify", CASE, "--replicates", str(replicates), "--random-cases", "0", "--quiet")
    rows = []
    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster:
        one, several = ("--workers", "1"), ("--workers", str(workers))
        ways = ((one, ALONE), (one, {}), (several, {}), (("--scheduler", cluster.scheduler_address), {}))
        for _ in range(times):
            with tempfile.TemporaryDirectory(dir=scratch) as out:
                asked = [(detente(*ask, *way, "--out", f"{out}/{k}"), more) for k, (way, more) in enumerate(ways)]
                rows.append([spent(command, ROOT, more)[0] for command, more in asked])
            print("seconds:", *(f"{seconds:.0f}" for seconds in rows[-1]), flush=True)
    alone, free, longer = (median(row[k] / row[2] for row in rows) for k in (0, 1, 3))
    print(
        f"verify, {replicates} replicates: {workers} processes of one thread each are {alone:.2f} times as fast as one"
    )
    print(f"(2: at least 1.7), and {free:.2f} times as fast as one that samples its chains side by side")
    print(f"Dask on this machine takes {longer:.2f} times as long as they do (at most 1.15)")


def spent(command: tuple[str, ...], root: Path, more: Mapping[str, str] | None = None) -> tuple[float, float, float]:
    """Run a command of the checkout at ``root``; return its time and that of the processors in seconds, and its MiB.

    ``more`` is what its environment has beside that of this process.
    """
    environment = {**os.environ, "PYTHONPATH": str(root / "model"), **(more or {})}
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) not in {0, 4}:
        sys.exit(f"{' '.join(command)} failed:\n{process.stderr.read().decode() if process.stderr else ''}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Run every comparison and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="a checkout of another version")
    parser.add_argument("--large", action="store_true", help="with --against: the largest records too")
    parser.add_argument("--growth", action="store_true", help="nothing but cost against size")
    parser.add_argument("--spread", type=int, metavar="N", help="nothing but verification in N processes")
    parser.add_argument("--replicates", type=int, default=60, metavar="N", help="with --spread: of each engine")
    parser.add_argument("--times", type=int, default=3, metavar="N", help="how often each pair is run")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.against:
            against(asked.against.resolve(), Path(folder), large=asked.large, times=asked.times)
            return
        if asked.spread:
            spread(asked.spread, Path(folder), asked.replicates, asked.times)
            return
        if asked.growth:
            show_growth(lambda arguments: spent(detente(*arguments), ROOT)[1:], Path(folder))
            return
        print(f"{'detente':<28}{'seconds':>8}  {'yardstick':<36}{'seconds':>8}{'ratio':>8}{'MiB':>8}  aim")
        for pair in comparisons(Path(folder)):
            ours, yardstick, ratio, memory = measure(pair)
            words = " ".join(Path(word).name if "/" in word else word for word in pair.yardstick)
            print(
                f"{pair.name:<28}{ours:>8.2f}  {words:<36}{yardstick:>8.2f}{ratio:>8.2f}{memory:>8.0f}  {pair.aim}",
                flush=True,
            )
        show_growth(lambda arguments: spent(detente(*arguments), ROOT)[1:], Path(folder))


if __name__ == "__main__":
    main()
