"""How far one answer moves as each number goes from its low to its high: a bar a number, the widest on top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.ink import INK, LEFT, MUTED, look, paper, row_label
from detente.report.prose import whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

ROW = 26.0
ROOM = 0.06


@dataclass(frozen=True)
class TornadoRow:
    """One number: the answer with it at its low, and at its high."""

    label: str
    at_low: float
    at_high: float


@dataclass(frozen=True)
class Tornado:
    """Bars about the answer as stated; a ring marks the low, a dot the high."""

    rows: tuple[TornadoRow, ...]
    base: float
    look: int

    def draw(self) -> Canvas:
        """Draw the bars, each end labelled with the answer there."""
        canvas, axes = paper(ROW * len(self.rows) + 34, left=LEFT, right=24, top=6, bottom=26)
        ends = [end for row in self.rows for end in (row.at_low, row.at_high)] + [self.base]
        low, high = 100 * min(ends), 100 * max(ends)
        room = max(ROOM * (high - low), 1.0) + 5
        axes.set(xlim=(low - room, high + room), ylim=(len(self.rows), 0), yticks=[])
        axes.xaxis.set_major_formatter("{x:.0f} %")
        axes.grid(axis="x")
        style = look(self.look)
        for index, row in enumerate(self.rows):
            y, left, right = index + 0.5, *sorted((100 * row.at_low, 100 * row.at_high))
            axes.barh(y, right - left, left=left, height=0.5, color=style.colour, hatch=style.hatch, linewidth=0)
            for end, filled in ((row.at_low, False), (row.at_high, True)):
                x = 100 * end
                face = INK if filled else "white"
                axes.plot(x, y, "o", color=INK, markersize=4.5, markerfacecolor=face, zorder=3)
                on_right = x == right and left != right
                axes.annotate(
                    whole(end), (x, y), (6 if on_right else -6, 0), textcoords="offset points",
                    ha="left" if on_right else "right", va="center", fontsize=8,
                )  # fmt: skip
            row_label(axes, y, row.label, lines=2)
        axes.axvline(100 * self.base, color=MUTED, linewidth=0.9)
        return canvas
