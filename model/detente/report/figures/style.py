"""What all figures share: colours that pass on white, axes, labels, and how each of several things looks.

Graphics are 3:1 and text is 4.5:1 on white; no meaning rests on colour alone: each hue has its own hatch and dash.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from detente.report.prose import clean, date

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

BLUE, ORANGE, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
INK, MUTED, RULE, SHADE = "#1a1a1a", "#595959", "#d9d9d9", "#f1f1f1"
DASHED = (0, (3, 2))

WIDTH, LEFT = 360.0, 142.0
"""Width of a figure in points, small enough to be read on a telephone, and the room in it for the names of rows."""

RC = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": ["DejaVu Sans"],  # measures; comes with matplotlib, so that bytes do not depend on the machine
    "font.size": 10,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.7,
    "hatch.color": "#ffffff",
    "lines.linewidth": 1.6,
    "path.simplify": True,
}


@dataclass(frozen=True)
class Look:
    """How one of several things looks: colour, hatch of its areas, dash of its lines, marker."""

    colour: str
    hatch: str
    dash: str | tuple[int, tuple[float, ...]]
    marker: str


LOOKS = (
    Look(BLUE, "", "-", "o"),
    Look(ORANGE, "////", (0, (5.0, 2.0)), "D"),
    Look(GREEN, "\\\\\\\\", (0, (1.2, 1.4)), "s"),
    Look(PINK, "xxxx", (0, (6.0, 1.6, 1.2, 1.6)), "^"),
)
"""Solid blue for the first, hatched or dashed for the others; beyond four they come round again, labelled."""


def look(index: int) -> Look:
    """Return the look of the index-th of several things."""
    return LOOKS[index % len(LOOKS)]


def drawing[**P](draw: Callable[P, Canvas]) -> Callable[P, Callable[[], Canvas]]:
    """Return what takes the content of a drawing and returns the drawing, which is drawn once it is called."""
    return lambda *content, **named: partial(draw, *content, **named)


def canvas_of(height: float, width: float = WIDTH) -> Canvas:
    """Return an empty figure, its size in points."""
    from matplotlib.figure import Figure as Canvas

    return Canvas(figsize=(width / 72, height / 72))


def axes_at(canvas: Canvas, left: float, bottom: float, width: float, height: float) -> Axes:
    """Add axes to a figure, their place and size in points."""
    across, up = (72 * float(inches) for inches in canvas.get_size_inches())
    return canvas.add_axes((left / across, bottom / up, width / across, height / up))


def paper(
    height: float, left: float, right: float, top: float, bottom: float, width: float = WIDTH
) -> tuple[Canvas, Axes]:
    """Return a figure of ``height`` points and one pair of axes, inset by margins in points."""
    canvas = canvas_of(height, width)
    return canvas, axes_at(canvas, left, bottom, width - left - right, height - top - bottom)


def percent_ticks(set_ticks: Callable[[Sequence[float], Sequence[str]], object]) -> None:
    """Mark the quarters from 0 to 100%; ``set_ticks`` is a method of axes that are in percents."""
    set_ticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100%"])


def date_axis(axes: Axes, dates: tuple[dt.date, ...]) -> None:
    """Mark about three first days of months, or in a short time its ends."""
    months = [dt.date(year, month, 1) for year in range(dates[0].year, dates[-1].year + 1) for month in range(1, 13)]
    months = [day for day in months if dates[0] <= day <= dates[-1]]
    ticks = months[:: max(1, -(-len(months) // 3))]
    names = [f"{date(day).split()[1][:3]} {day.year}" for day in ticks]
    if len(ticks) < 2:  # noqa: PLR2004 - one date says nothing of a scale
        ticks = [dates[0], dates[-1]]
        names = [f"{day.day} {date(day).split()[1][:3]} {day.year}" for day in ticks]
    axes.set_xticks([day.toordinal() for day in ticks], names)


def fitted(text: str, room: float, size: float, lines: int = 2, *, bold: bool = False) -> str:
    """Return text on at most ``lines`` lines of ``room`` points, as measured, with an ellipsis where it is cut."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=RC["font.family"], weight="bold" if bold else "normal", size=size)

    def fits(row: str) -> bool:
        return text_to_path.get_text_width_height_descent(row, font, ismath=False)[0] <= room

    words = clean(text).split()
    rows: list[str] = []
    while words and len(rows) < lines:
        row = words.pop(0)
        while words and fits(f"{row} {words[0]}"):
            row = f"{row} {words.pop(0)}"
        rows.append(row)
    if words:
        rows[-1] += " …"
    return "\n".join(_cut(row, fits) for row in rows)


def _cut(row: str, fits: Callable[[str], bool]) -> str:
    """Cut a row at a word, or where it is one word at a letter, until it fits."""
    while not fits(row):
        words = row.removesuffix(" …").split()
        row = f"{' '.join(words[:-1])} …" if len(words) > 1 else f"{row.removesuffix(' …').removesuffix('…')[:-1]}…"
    return row


def row_label(axes: Axes, row: float, text: str, *, bold: bool = False, lines: int = 1, below: str = "") -> None:
    """Write a row's name to the left of the axes, and ``below`` it a line of its own."""
    label = "\n".join(filter(None, (fitted(text, LEFT - 8, 9.5, lines, bold=bold), below)))
    axes.annotate(
        label, (0, row), (-6, 0), xycoords=("axes fraction", "data"), textcoords="offset points", ha="right",
        va="center", fontweight="bold" if bold else "normal", fontsize=9.5,
    )  # fmt: skip


def row_line(axes: Axes, row: float) -> None:
    """Draw the line that leads from a row's name to its marks."""
    axes.axhline(row, color=RULE, linewidth=0.6, zorder=0)


def beside(
    axes: Axes,
    mark: tuple[float, float],
    text: str,
    *,
    right: bool,
    gap: float = 8,
    size: float = 8,
    bold: bool = False,
) -> None:
    """Write the value of a mark to its right or left, ``gap`` points away."""
    axes.annotate(
        text, mark, (gap if right else -gap, 0), textcoords="offset points", ha="left" if right else "right",
        va="center", fontweight="bold" if bold else "normal", fontsize=size,
    )  # fmt: skip


def apart(wanted: list[float], gap: float) -> list[float]:
    """Return the positions nearest to those wanted that keep ``gap`` between them, in the same order."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    blocks: list[tuple[list[int], float]] = []
    for i in order:
        blocks.append(([i], wanted[i]))
        while len(blocks) > 1 and blocks[-2][1] + gap * (len(blocks[-2][0]) + len(blocks[-1][0])) / 2 > blocks[-1][1]:
            upper, lower = blocks.pop(), blocks.pop()
            members = lower[0] + upper[0]
            blocks.append((members, sum(wanted[m] for m in members) / len(members)))
    placed = [0.0] * len(wanted)
    for members, centre in blocks:
        for rank, member in enumerate(members):
            placed[member] = centre + gap * (rank - (len(members) - 1) / 2)
    return placed
