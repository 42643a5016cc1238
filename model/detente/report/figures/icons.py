"""A hundred dots, coloured in the shares of a probability: a frequency that can be counted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from detente.report.figures.ink import RULE, apart, look, paper
from detente.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure as Canvas

SIDE = 10
DOTS = SIDE * SIDE
SHOWN = 4
"""As many kinds of dot as can be told apart; what is left is an empty dot."""
_PITCH, _LABELS = 13.0, 150.0


def hundredths(shares: Sequence[float]) -> tuple[int, ...]:
    """Return whole numbers that add up to a hundred and lie nearest to the shares.

    >>> hundredths([0.637, 0.363]), hundredths([1 / 3, 1 / 3, 1 / 3]), hundredths([0.999, 0.001])
    ((64, 36), (34, 33, 33), (100, 0))
    """
    exact = [DOTS * share / sum(shares) for share in shares]
    counts = [int(value) for value in exact]
    for index in sorted(range(len(exact)), key=lambda i: counts[i] - exact[i])[: DOTS - sum(counts)]:
        counts[index] += 1
    return tuple(counts)


@dataclass(frozen=True)
class Icons:
    """Names with their counts of a hundred, and how each looks."""

    shares: tuple[tuple[str, int, int], ...]

    def draw(self) -> Canvas:
        """Draw row by row from the top, each kind with its name beside its first row."""
        side = _PITCH * SIDE
        canvas, axes = paper(side + 8, left=4, right=_LABELS, top=4, bottom=4, width=side + 4 + _LABELS)
        axes.set(xlim=(0, SIDE), ylim=(SIDE, 0), xticks=[], yticks=[])
        axes.spines["bottom"].set_visible(False)
        shown = self.shares[:SHOWN]
        begins = [sum(count for _, count, _ in shown[:i]) for i in range(len(shown) + 1)]
        middles = [(begin + end) / 2 / SIDE for begin, end in pairwise(begins)]
        heights = apart(middles, 2.2)
        for (name, count, index), first, y in zip(shown, begins, heights, strict=False):
            style, places = look(index), range(first, first + count)
            axes.plot(
                [place % SIDE + 0.5 for place in places], [place // SIDE + 0.5 for place in places], style.marker,
                linestyle="", color=style.colour, markersize=8,
            )  # fmt: skip
            axes.annotate(
                wrapped(f"{count} {name}", 22), (SIDE, y), (8, 0), textcoords="offset points", va="center",
                fontweight="bold",
            )  # fmt: skip
        rest = range(begins[-1], DOTS)
        axes.plot(
            [place % SIDE + 0.5 for place in rest], [place // SIDE + 0.5 for place in rest], "o", linestyle="",
            color=RULE, markersize=7, markerfacecolor="white",
        )  # fmt: skip
        return canvas
