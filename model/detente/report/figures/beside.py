"""Two answers to the same questions, side by side on one scale: ours, and the outside view's alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.ink import LEFT, MUTED, RULE, look, paper, row_label
from detente.report.prose import percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

ROW = 30.0


@dataclass(frozen=True)
class Beside:
    """Rows of a name, our probability and the other one."""

    rows: tuple[tuple[str, float, float], ...]
    ours: str
    theirs: str

    def draw(self) -> Canvas:
        """Draw both marks of each row, joined, the numbers outside of them."""
        canvas, axes = paper(ROW * len(self.rows) + 52, left=LEFT, right=34, top=24, bottom=24)
        axes.set(xlim=(0, 100), ylim=(len(self.rows), 0), yticks=[])
        axes.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100 %"])
        axes.grid(axis="x")
        marks = (look(0), look(1))
        for index, (label, *pair) in enumerate(self.rows):
            y = index + 0.5
            axes.axhline(y, color=RULE, linewidth=0.6, zorder=0)
            axes.plot([100 * p for p in pair], [y, y], color=MUTED, linewidth=1)
            row_label(axes, y, label, lines=2)
            for style, p, other in zip(marks, pair, reversed(pair), strict=True):
                right = p > other or (p == other and style is marks[0])
                axes.plot(100 * p, y, style.marker, color=style.colour, markersize=7)
                axes.annotate(
                    percent(p), (100 * p, y), (8 if right else -8, 0), textcoords="offset points",
                    ha="left" if right else "right", va="center", fontsize=8.5,
                )  # fmt: skip
        for style, text, x in zip(marks, (self.ours, self.theirs), (2, 52), strict=True):
            axes.plot(x, 1.0 + 12 / (ROW * len(self.rows)), style.marker, color=style.colour, markersize=7,
                      transform=axes.get_xaxis_transform(), clip_on=False)  # fmt: skip
            axes.annotate(text, (x, 1.0), (8, 12), xycoords=axes.get_xaxis_transform(), textcoords="offset points",
                          va="center", fontsize=8.5)  # fmt: skip
        return canvas
