"""Probabilities on the scale of estimative words: where each stands, how far it moves, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.estimative import ICD_203
from detente.report.figures.ink import INK, MUTED, RULE, SHADE, look, paper
from detente.report.prose import short

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from detente.forecast.result import Interval

ROW = 34.0
_TWO_LINES = 0.12
"""Bands narrower than this have their word below, on a line of its own."""


@dataclass(frozen=True)
class ScaleRow:
    """One marked probability; ``start`` is where it stood before the evidence."""

    label: str
    number: str
    probability: float
    bounds: Interval
    start: float
    look: int


@dataclass(frozen=True)
class ScaleBar:
    """Rows over the bands of the estimative scale."""

    rows: tuple[ScaleRow, ...]

    def draw(self) -> Canvas:
        """Draw the bands, and on each row interval, point and prior."""
        height = 54 + ROW * len(self.rows)
        canvas, axes = paper(height, left=10, right=14, top=4, bottom=50)
        axes.set(xlim=(0, 100), ylim=(len(self.rows), 0), yticks=[])
        self._bands(axes)
        for index, row in enumerate(self.rows):
            style, y = look(row.look), index + 0.68
            low, high = (100 * bound for bound in row.bounds)
            axes.plot([low, high], [y, y], color=style.colour, linewidth=5, alpha=0.35, solid_capstyle="butt")
            axes.plot([100 * row.start] * 2, [y - 0.16, y + 0.16], color=INK, linewidth=1.2)
            axes.plot(100 * row.probability, y, style.marker, color=style.colour, markersize=8)
            left = row.probability < 1 / 2
            axes.text(
                1 if left else 99,
                index + 0.28,
                f"{short(row.label, 60)}: {row.number}",
                ha="left" if left else "right",
                va="center",
                fontweight="bold",
            )
        return canvas

    @staticmethod
    def _bands(axes) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - matplotlib has no types
        edges = [100 * band.low for band in ICD_203.bands[1:]]
        axes.set_xticks([0, *edges, 100], ["0 %", *(f"{edge:.0f}" for edge in edges), "100"])
        for index, band in enumerate(ICD_203.bands):
            low = 0 if index == 0 else 100 * band.low
            high = 100 if index == len(ICD_203.bands) - 1 else 100 * band.high
            if index % 2 == 0:
                axes.axvspan(low, high, color=SHADE, linewidth=0)
            centre, narrow = (low + high) / 2, high - low < 100 * _TWO_LINES
            side = "left" if low == 0 else "right" if high == 100 else "center"  # noqa: PLR2004 - the scale's ends
            x = {"left": low, "right": high, "center": centre}[side]
            line = -40 if narrow else -26
            axes.annotate(
                band.word, (x, 0), (0, line), xycoords=("data", "axes fraction"), textcoords="offset points",
                ha=side, va="center", fontsize=9.5,
            )  # fmt: skip
            if narrow:
                axes.annotate(
                    "", (centre, 0), (0, line + 7), xycoords=("data", "axes fraction"), textcoords="offset points",
                    arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.6, "shrinkB": 12},
                )  # fmt: skip
        axes.spines["bottom"].set_color(RULE)
