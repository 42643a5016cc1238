"""The answer along a dial from end to end: a curve a panel, the value as stated marked where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.ink import INK, MUTED, WIDTH, look

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

PANEL = 132.0
LEFT, RIGHT, TOP, BOTTOM, GAP = 34.0, 12.0, 18.0, 26.0, 40.0


@dataclass(frozen=True)
class SweepPanel:
    """One dial: its name, the curve (dial, answer), and both as stated, where there is such a place."""

    title: str
    points: tuple[tuple[float, float], ...]
    stated: tuple[float, float] | None


@dataclass(frozen=True)
class Sweeps:
    """Panels side by side, two a row, the answer from 0 to 100 % in each."""

    panels: tuple[SweepPanel, ...]
    look: int

    def draw(self) -> Canvas:
        """Draw the panels; a line at one half tells on which side the answer is."""
        from matplotlib.figure import Figure as Canvas

        columns = min(2, len(self.panels))
        rows = -(-len(self.panels) // columns)
        height = rows * (PANEL + TOP + BOTTOM)
        canvas = Canvas(figsize=(WIDTH / 72, height / 72))
        width = (WIDTH - columns * LEFT - RIGHT - (columns - 1) * (GAP - LEFT)) / columns
        style = look(self.look)
        for index, panel in enumerate(self.panels):
            row, column = divmod(index, columns)
            bottom = height - (row + 1) * (PANEL + TOP + BOTTOM) + BOTTOM
            left = LEFT + column * (width + GAP)
            axes = canvas.add_axes((left / WIDTH, bottom / height, width / WIDTH, PANEL / height))
            axes.set(xlim=(0, 1), ylim=(0, 100), yticks=[0, 25, 50, 75, 100], xticks=[0, 0.25, 0.5, 0.75, 1])
            axes.grid()
            axes.axhline(50, color=MUTED, linewidth=0.9)
            axes.plot([x for x, _ in panel.points], [100 * y for _, y in panel.points], color=style.colour)
            if panel.stated:
                axes.plot(panel.stated[0], 100 * panel.stated[1], "o", color=INK, markersize=5)
            axes.set_title(panel.title, fontsize=8.5, loc="left", color=INK)
        return canvas
