"""Simulation-based calibration: each quantity's ECDF less the uniform one, in a band that holds all of it at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.ink import BLUE, INK, MUTED, ORANGE, RULE, SHADE, WIDTH
from detente.report.prose import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

LEFT, RIGHT, TOP, PANEL, GAP, BOTTOM = 40.0, 10.0, 22.0, 92.0, 30.0, 40.0
MOST = 34
"""Points of a line that are drawn: more cannot be told apart."""


@dataclass(frozen=True)
class Strand:
    """One quantity's differences, by points; ``outside`` if it leaves its band."""

    name: str
    values: tuple[float, ...]
    outside: bool


@dataclass(frozen=True)
class Panel:
    """The strands of one group of quantities."""

    title: str
    strands: tuple[Strand, ...]


@dataclass(frozen=True)
class Differences:
    """Panels over common points, with the band, (points,), below and above."""

    points: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    panels: tuple[Panel, ...]

    def draw(self) -> Canvas:
        """Draw panel under panel; lines that leave the band are dashed and orange."""
        from matplotlib.figure import Figure

        height = TOP + BOTTOM + len(self.panels) * PANEL + (len(self.panels) - 1) * GAP
        canvas = Figure(figsize=(WIDTH / 72, height / 72))
        inside = max(*self.high, *(-value for value in self.low))
        reach = max(inside, *(abs(v) for panel in self.panels for s in panel.strands for v in s.values)) * 1.08
        for row, panel in enumerate(self.panels):
            bottom = height - TOP - PANEL - row * (PANEL + GAP)
            box = (LEFT / WIDTH, bottom / height, (WIDTH - LEFT - RIGHT) / WIDTH, PANEL / height)
            self._panel(canvas.add_axes(box), panel, reach, is_last=row == len(self.panels) - 1)
        return canvas

    def _panel(self, axes: Axes, panel: Panel, reach: float, *, is_last: bool) -> None:
        pick = slice(None, None, max(1, -(-len(self.points) // MOST)))
        x = self.points[pick]
        axes.fill_between(x, self.low[pick], self.high[pick], color=SHADE, linewidth=0)
        axes.plot(x, self.low[pick], color=MUTED, linewidth=0.8)
        axes.plot(x, self.high[pick], color=MUTED, linewidth=0.8)
        axes.axhline(0, color=RULE, linewidth=0.8)
        for strand in panel.strands:
            style = {"color": ORANGE, "linestyle": (0, (4, 2)), "linewidth": 1.2, "zorder": 3}
            axes.plot(x, strand.values[pick], **(style if strand.outside else {"color": BLUE, "linewidth": 0.5}))
        axes.set(xlim=(0, 1), ylim=(-reach, reach))
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "¼", "½", "¾", "1"] if is_last else [""] * 5)
        axes.tick_params(axis="y", labelsize=8)
        outside = [strand.name for strand in panel.strands if strand.outside]
        more = f": {len(outside)} outside" if outside else ""
        axes.set_title(f"{panel.title} ({len(panel.strands)}{more})", loc="left", fontsize=9, color=INK, pad=5)
        if is_last:
            axes.set_xlabel(wrapped("place of the truth in the posterior", 60), fontsize=9)
