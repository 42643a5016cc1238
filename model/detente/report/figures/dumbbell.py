"""The answer if something is seen and if it is not: two marks a row, joined, about the answer now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.ink import INK, LEFT, MUTED, RULE, look, paper, row_label
from detente.report.prose import whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

ROW = 28.0


@dataclass(frozen=True)
class DumbbellRow:
    """One indicator: the answer if it is seen, and if not."""

    label: str
    seen: float
    unseen: float


@dataclass(frozen=True)
class Dumbbell:
    """A filled dot where it is seen, a ring where it is not, a line for the answer now."""

    rows: tuple[DumbbellRow, ...]
    now: float
    look: int

    def draw(self) -> Canvas:
        """Draw the rows."""
        canvas, axes = paper(ROW * len(self.rows) + 32, left=LEFT, right=24, top=6, bottom=24)
        ends = [end for row in self.rows for end in (row.seen, row.unseen)] + [self.now]
        low, high = 100 * min(ends), 100 * max(ends)
        axes.set(xlim=(max(-4.0, low - 7), min(104.0, high + 7)), ylim=(len(self.rows), 0), yticks=[])
        axes.xaxis.set_major_formatter("{x:.0f} %")
        axes.grid(axis="x")
        style = look(self.look)
        for index, row in enumerate(self.rows):
            y = index + 0.5
            axes.axhline(y, color=RULE, linewidth=0.6, zorder=0)
            axes.plot([100 * row.unseen, 100 * row.seen], [y, y], color=INK, linewidth=1.2)
            for end, other, face in ((row.seen, row.unseen, style.colour), (row.unseen, row.seen, "white")):
                axes.plot(100 * end, y, "o", color=style.colour, markersize=7, markerfacecolor=face)
                side = 1 if end >= other else -1
                axes.annotate(
                    whole(end), (100 * end, y), (8 * side, 0), textcoords="offset points",
                    ha="left" if side > 0 else "right", va="center", fontsize=8,
                )  # fmt: skip
            row_label(axes, y, row.label, lines=2)
        axes.axvline(100 * self.now, color=MUTED, linewidth=0.9)
        return canvas
