"""Scores side by side: each simpler answer's, and ours on the same questions; to the left is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.ink import LEFT, MUTED, RULE, look, paper, row_label

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

ROW = 30.0


@dataclass(frozen=True)
class Scores:
    """Rows of a name, our score and the other one, and the scores as they are written."""

    rows: tuple[tuple[str, float, float], ...]
    written: tuple[tuple[str, str], ...]
    ours: str
    theirs: str

    def draw(self) -> Canvas:
        """Draw both marks of each row, joined, the numbers outside of them."""
        canvas, axes = paper(ROW * len(self.rows) + 52, left=LEFT, right=40, top=24, bottom=24)
        widest = max(max(pair) for _, *pair in self.rows)
        axes.set(xlim=(-0.22 * widest, 1.1 * widest), ylim=(len(self.rows), 0), yticks=[])
        axes.locator_params(axis="x", nbins=4, min_n_ticks=2)
        axes.set_xticks([tick for tick in axes.get_xticks() if 0 <= tick <= 1.1 * widest])
        axes.grid(axis="x")
        marks = (look(0), look(1))
        for index, ((label, *pair), texts) in enumerate(zip(self.rows, self.written, strict=True)):
            y = index + 0.5
            axes.axhline(y, color=RULE, linewidth=0.6, zorder=0)
            axes.plot(pair, [y, y], color=MUTED, linewidth=1)
            row_label(axes, y, label, lines=2)
            for style, score, other, text in zip(marks, pair, reversed(pair), texts, strict=True):
                right = score > other or (score == other and style is marks[0])
                axes.plot(score, y, style.marker, color=style.colour, markersize=7)
                axes.annotate(
                    text, (score, y), (8 if right else -8, 0), textcoords="offset points",
                    ha="left" if right else "right", va="center", fontsize=8.5,
                )  # fmt: skip
        for style, text, x in zip(marks, (self.ours, self.theirs), (0.02, 0.52), strict=True):
            axes.plot(x, 1.0 + 12 / (ROW * len(self.rows)), style.marker, color=style.colour, markersize=7,
                      transform=axes.transAxes, clip_on=False)  # fmt: skip
            axes.annotate(text, (x, 1.0), (8, 12), xycoords="axes fraction", textcoords="offset points",
                          va="center", fontsize=8.5)  # fmt: skip
        return canvas
