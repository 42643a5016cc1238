"""Probabilities side by side: one dot a row, labelled, on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.ink import LEFT, MUTED, RULE, look, paper, row_label
from detente.report.prose import percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

ROW = 28.0


@dataclass(frozen=True)
class Dots:
    """Rows of a name and a probability; the last one is the answer."""

    rows: tuple[tuple[str, float], ...]
    look: int

    def draw(self) -> Canvas:
        """Draw the dots, joined from row to row."""
        canvas, axes = paper(ROW * len(self.rows) + 34, left=LEFT, right=30, top=4, bottom=24)
        axes.set(xlim=(0, 100), ylim=(len(self.rows), 0), yticks=[])
        axes.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100 %"])
        axes.grid(axis="x")
        style, last = look(self.look), len(self.rows) - 1
        axes.plot([100 * p for _, p in self.rows], [i + 0.5 for i in range(last + 1)], color=MUTED, linewidth=0.8)
        for index, (label, probability) in enumerate(self.rows):
            answer, x = index == last, 100 * probability
            axes.axhline(index + 0.5, color=RULE, linewidth=0.6, zorder=0)
            row_label(axes, index + 0.5, label, bold=answer, lines=2)
            axes.plot(x, index + 0.5, "o", color=style.colour, markersize=8 if answer else 6,
                      markerfacecolor=style.colour if answer else "white")  # fmt: skip
            right = x < 85  # noqa: PLR2004 - room for the label
            axes.annotate(
                percent(probability), (x, index + 0.5), (8 if right else -8, 0), textcoords="offset points",
                ha="left" if right else "right", va="center", fontweight="bold" if answer else "normal",
            )  # fmt: skip
        return canvas
