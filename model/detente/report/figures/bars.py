"""Signed bars of evidence, in decibans, grouped by the cause the items share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.ink import INK, LEFT, MUTED, look, paper, row_label
from detente.report.prose import decibans, short

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

ROW = 16.5


@dataclass(frozen=True)
class Bar:
    """One item's weight."""

    label: str
    weight: float


@dataclass(frozen=True)
class BarGroup:
    """Items that share a cause; an item alone has no heading."""

    heading: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class WeightBars:
    """Bars to the right speak for the leading hypothesis, bars to the left against it."""

    groups: tuple[BarGroup, ...]
    towards: str
    against: str
    towards_look: int
    against_look: int

    def draw(self) -> Canvas:
        """Draw group by group, each bar with its weight beside it."""
        rows = sum(len(group.bars) + bool(group.heading) + 0.35 for group in self.groups)
        canvas, axes = paper(ROW * rows + 48, left=LEFT, right=26, top=18, bottom=30)
        reach = 1.32 * max((abs(bar.weight) for group in self.groups for bar in group.bars), default=1.0) or 1.0
        axes.set(xlim=(-reach, reach), ylim=(rows, -0.2), yticks=[])
        y = 0.5
        for group in self.groups:
            if group.heading:
                row_label(axes, y, group.heading, bold=True)
                y += 1
            for bar in group.bars:
                self._bar(axes, y, bar)
                row_label(axes, y, bar.label)
                y += 1
            y += 0.35
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.grid(axis="x")
        axes.set_xlabel("decibans (3 double the odds)", fontsize=9.5)
        for side, ha, text in ((5, "left", f"for {self.towards} →"), (-5, "right", f"← for {self.against}")):
            axes.annotate(
                short(text, 22), (0.5, 1), (side, 2), xycoords="axes fraction", textcoords="offset points", ha=ha,
                va="bottom", fontsize=9.5, fontweight="bold",
            )  # fmt: skip
        return canvas

    def _bar(self, axes, y: float, bar: Bar) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - no types
        style = look(self.towards_look if bar.weight >= 0 else self.against_look)
        axes.barh(y, bar.weight, height=0.66, color=style.colour, hatch=style.hatch, linewidth=0)
        axes.annotate(
            decibans(bar.weight), (bar.weight, y), (4 if bar.weight >= 0 else -4, 0), textcoords="offset points",
            ha="left" if bar.weight >= 0 else "right", va="center", fontsize=9,
        )  # fmt: skip
        axes.plot(0, y, "|", color=MUTED, markersize=6)
