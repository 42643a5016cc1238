"""A reliability diagram: how often what was given a probability came about, beside the diagonal where the two agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.ink import BLUE, INK, MUTED, SHADE, paper

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


@dataclass(frozen=True)
class ReliabilityDiagram:
    """Recalibrated shares by forecast probability (ascending), the band that holds them if the forecasts are right."""

    probability: tuple[float, ...]
    recalibrated: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    count: tuple[int, ...]

    def draw(self) -> Canvas:
        """Draw the band, the diagonal, the curve, and a tick for each forecast."""
        canvas, axes = paper(300, left=54, right=26, top=10, bottom=42)
        axes.set(xlim=(0, 100), ylim=(0, 100), xlabel="forecast", ylabel="came about")
        for set_ticks in (axes.set_xticks, axes.set_yticks):
            set_ticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100 %"])
        axes.grid()
        at = [100 * p for p in self.probability]
        axes.fill_between(at, [100 * p for p in self.low], [100 * p for p in self.high], color=SHADE, zorder=0.5)
        axes.plot([0, 100], [0, 100], color=MUTED, linewidth=0.8, linestyle="--")
        axes.plot(at, [100 * p for p in self.recalibrated], color=BLUE, marker="o", markersize=4)
        axes.plot(at, [1.2] * len(at), "|", color=INK, markersize=6, markeredgewidth=0.8)
        return canvas
