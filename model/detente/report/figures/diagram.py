"""The model as a picture: what is assessed, what is worked out, and what follows from what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.style import BLUE, INK, SHADE, WIDTH, drawing, paper

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

_HEIGHT = 214.0


@dataclass(frozen=True)
class Box:
    """A box of the diagram: centre and size in points, its lines of text, and whether it is an answer."""

    x: float
    y: float
    width: float
    lines: tuple[str, ...]
    answer: bool = False
    height: float = 44.0


@drawing
def diagram(boxes: tuple[Box, ...], arrows: tuple[tuple[int, int], ...]) -> Canvas:
    """Draw boxes, and arrows between them by index."""
    canvas, axes = paper(_HEIGHT, left=0, right=0, top=0, bottom=0)
    axes.set(xlim=(0, WIDTH), ylim=(0, _HEIGHT), xticks=[], yticks=[])
    axes.spines["bottom"].set_visible(False)
    for begin, end in arrows:
        _arrow(axes, boxes[begin], boxes[end])
    for box in boxes:
        _box(axes, box)
    return canvas


def _arrow(axes: Axes, begin: Box, end: Box) -> None:
    apart = abs(begin.x - end.x) > (begin.width + end.width) / 2
    ahead, above = (1 if end.x > begin.x else -1), (1 if end.y > begin.y else -1)
    if apart:
        start, stop = (begin.x + ahead * begin.width / 2, begin.y), (end.x - ahead * end.width / 2, end.y)
    else:
        start, stop = (begin.x, begin.y + above * begin.height / 2), (end.x, end.y - above * end.height / 2)
    axes.annotate(
        "", stop, start, arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1, "shrinkA": 0, "shrinkB": 1}
    )


def _box(axes: Axes, box: Box) -> None:
    from matplotlib.patches import Rectangle

    corner = (box.x - box.width / 2, box.y - box.height / 2)
    edge = BLUE if box.answer else INK
    axes.add_patch(
        Rectangle(
            corner,
            box.width,
            box.height,
            facecolor="white" if box.answer else SHADE,
            edgecolor=edge,
            linewidth=1.8 if box.answer else 0.8,
        )
    )
    first = box.y + 5.6 * (len(box.lines) - 1)
    for index, line in enumerate(box.lines):
        axes.text(
            box.x, first - 11.2 * index, line, ha="center", va="center", fontsize=9.5,
            fontweight="bold" if index == 0 else "normal",
        )  # fmt: skip
