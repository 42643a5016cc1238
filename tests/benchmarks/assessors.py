"""Time ``detente run`` with ten assessors against one: the bundled case's 35 items and paces, judged by each of ten.

Both cases are generated from the bundled one: in the first a single assessor has its judgements, in the second ten
have them moved at random on the model's scales.  The two run alternately; ratios are medians, pair by pair, of the
time of the processors and of the clock.  Run it with::

    python tests/benchmarks/assessors.py [REPETITIONS] [--nuts]

``--nuts`` runs one pair with NUTS as well.  Aim: at most 1.3 times one assessor's.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import os
import random
import shutil
import tempfile
import time
from pathlib import Path
from statistics import NormalDist, median
from typing import TYPE_CHECKING

from run import CASE, ROOT, detente, once

if TYPE_CHECKING:
    from collections.abc import Callable

TEN = 10
NORMAL = NormalDist()


def moved_probit(value: float, step: float) -> float:
    """Move a probability on the probit scale."""
    return NORMAL.cdf(NORMAL.inv_cdf(value) + step)


def moved_pace(value: float, step: float) -> float:
    """Move a chance within some days on the log scale of its pace."""
    return -math.expm1(math.log1p(-value) * math.exp(step))


TABLES = {"likelihoods.csv": (moved_probit, 0.4), "intensities.csv": (moved_pace, 0.4)}
"""Judged tables: how a number moves there, and the deviation of the steps."""


def write_panel(workspace: Path, people: int) -> None:
    """Write the bundled case as judged by so many people, each in a folder; the first judges as the case does."""
    for folder in ("seeds", "priors"):
        shutil.copytree(ROOT / folder / CASE, workspace / folder / CASE)
    judgements = workspace / "priors" / CASE
    chance = random.Random(1689)  # noqa: S311 - a benchmark is no secret
    for table, (move, deviation) in TABLES.items():
        text = (judgements / table).read_text(encoding="utf-8")
        (judgements / table).unlink()
        for person in range(people):
            folder = judgements / "assessors" / f"person-{person}"
            folder.mkdir(parents=True, exist_ok=True)
            moved = _moved(text, move, chance, deviation if person else 0.0)
            (folder / table).write_text(moved, encoding="utf-8")


def _moved(text: str, move: Callable[[float, float], float], chance: random.Random, deviation: float) -> str:
    """Return a table with each row's range moved by a step of its own."""
    rows = list(csv.DictReader(io.StringIO(text)))
    for row in rows:
        by = chance.gauss(0, deviation)
        if row["mid"]:
            row |= {end: f"{move(float(row[end]), by):.6g}" for end in ("low", "mid", "high")}
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def timed(command: tuple[str, ...]) -> tuple[float, float]:
    """Return the seconds of the processors and of the clock that a command takes."""
    before, began = os.times(), time.perf_counter()
    once(command)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent, time.perf_counter() - began


def main() -> None:
    """Print seconds with one and with ten assessors, and the ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("repetitions", type=int, nargs="?", default=3)
    parser.add_argument("--nuts", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cases = {people: Path(folder) / f"of-{people}" for people in (1, TEN)}
        for people, workspace in cases.items():
            write_panel(workspace, people)
        print(f"{'run':<16}{'':<12}{'one':>8}{'ten':>8}{'ratio':>8}  aim", flush=True)
        for engine, times in (("exact", arguments.repetitions), *((("nuts", 1),) if arguments.nuts else ())):
            pairs = [
                [
                    timed(
                        detente(
                            "run", CASE, "--engine", engine, "--quiet", "--workspace", str(at), "--out", f"{at}-out"
                        )
                    )
                    for at in cases.values()
                ]
                for _ in range(times)
            ]
            for place, kind in enumerate(("processors", "clock")):
                one, ten = (median(pair[who][place] for pair in pairs) for who in (0, 1))
                ratio = median(pair[1][place] / pair[0][place] for pair in pairs)
                print(f"{engine:<16}{kind:<12}{one:>8.2f}{ten:>8.2f}{ratio:>8.2f}  at most 1.3", flush=True)


if __name__ == "__main__":
    main()
