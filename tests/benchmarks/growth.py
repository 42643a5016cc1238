"""Cost against size: the processor time and memory of a command as a case grows in one direction at a time.

The exponent is the slope of log cost against log size by least squares, over the sizes that take longer than what a
start costs anyway: 1 is proportional, 2 quadratic; a cost that grows exponentially has an exponent that grows itself,
so that the last step's is given beside it.
"""

from __future__ import annotations

from dataclasses import replace
from math import log
from pathlib import Path
from typing import TYPE_CHECKING

from generated import NAME, Size, write_case

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EXACT = ("run", NAME, "--engine", "exact", "--json", "--no-sensitivity")
DIRECTIONS: tuple[tuple[str, tuple[int, ...], Size], ...] = (
    ("items", (250, 500, 1000, 2000), Size(clusters=1)),
    ("clusters", (20, 40, 80, 160), Size(items=1600)),
    ("processes", (4, 8, 16, 32), Size()),
    ("states", (3, 6, 12, 24), Size()),
    ("polls", (250, 500, 1000, 2000), Size()),
    ("deadlines", (8, 16, 32, 64), Size(processes=8)),
    ("coupled", (3, 4, 5, 6), Size()),
)
"""What grows, the sizes, and the rest of the case; items are in clusters of twenty, dates are deadlines."""
ITEMS_A_CLUSTER = 20


def sized(direction: str, size: int, rest: Size) -> Size:
    """Return the size of a case that has grown in a direction."""
    if direction == "items":
        return replace(rest, items=size, clusters=max(1, size // ITEMS_A_CLUSTER))
    if direction == "coupled":
        return replace(rest, processes=size, coupled=True)
    return replace(rest, **{direction: size})


def slope(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return the slope of log cost against log size."""
    x, y = [log(size) for size in sizes], [log(max(cost, 1e-9)) for cost in costs]
    middle, level = sum(x) / len(x), sum(y) / len(y)
    return sum((a - middle) * (b - level) for a, b in zip(x, y, strict=True)) / sum((a - middle) ** 2 for a in x)


def show_growth(spent: Callable[[tuple[str, ...]], tuple[float, float]], scratch: Path) -> None:
    """Print how cost grows in every direction; ``spent`` returns seconds and MiB of a command of ours."""
    write_case(scratch / "least", Size())
    start, base = spent((*EXACT, "--workspace", str(scratch / "least")))
    print(f"\n{'grows':<12}{'size':>8}{'seconds':>9}{'MiB':>7}{'exponent':>10}{'of the last step':>18}")
    print(f"{'(least)':<12}{'':>8}{start:>9.2f}{base:>7.0f}")
    for direction, sizes, rest in DIRECTIONS:
        seconds, memory = [], []
        for size in sizes:
            workspace = scratch / f"{direction}-{size}"
            write_case(workspace, sized(direction, size, rest))
            used = spent((*EXACT, "--workspace", str(workspace)))
            seconds.append(max(used[0] - start, 0.01))
            memory.append(used[1])
        for place, size in enumerate(sizes):
            last = place == len(sizes) - 1
            power = f"{slope(sizes, seconds):>10.2f}{slope(sizes[-2:], seconds[-2:]):>18.2f}" if last else ""
            print(f"{direction:<12}{size:>8}{seconds[place] + start:>9.2f}{memory[place]:>7.0f}{power}", flush=True)
