"""Curves over a probability: sweeps of a parameter, a reliability diagram, and simulation-based calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.style import (
    BLUE,
    DASHED,
    INK,
    MUTED,
    ORANGE,
    RULE,
    SHADE,
    WIDTH,
    axes_at,
    canvas_of,
    drawing,
    look,
    paper,
    percent_ticks,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure as Canvas

    from detente.verify.result import Quantity

_DRAWN = 34
"""Points of a calibration curve that are drawn: more cannot be told apart."""


@dataclass(frozen=True)
class SweepPanel:
    """One parameter: its name, the curve (parameter, answer), both as stated, and where the curve crosses one half.

    The last two are there where there is such a place; with ``in_percent`` the parameter is a probability.
    """

    title: str
    points: tuple[tuple[float, float], ...]
    stated: tuple[float, float] | None
    crossing: float | None = None
    in_percent: bool = False


@drawing
def sweeps(panels: tuple[SweepPanel, ...], place: int) -> Canvas:
    """Draw panels side by side, two per row, the answer from 0 to 100% in each, with a line at one half."""
    panel_height, left, right, top, bottom, gap = 132.0, 38.0, 16.0, 18.0, 26.0, 42.0
    columns = min(2, len(panels))
    height = -(-len(panels) // columns) * (panel_height + top + bottom)
    width = (WIDTH - columns * left - right - (columns - 1) * (gap - left)) / columns
    canvas, style = canvas_of(height), look(place)
    for index, panel in enumerate(panels):
        row, column = divmod(index, columns)
        low = height - (row + 1) * (panel_height + top + bottom) + bottom
        axes = axes_at(canvas, left + column * (width + gap), low, width, panel_height)
        axes.set(xlim=(0, 1), ylim=(0, 100), xticks=[0, 0.25, 0.5, 0.75, 1])
        if panel.in_percent:
            axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100%"])
        percent_ticks(axes.set_yticks)
        axes.grid()
        axes.axhline(50, color=MUTED, linewidth=0.9)
        axes.plot([x for x, _ in panel.points], [100 * y for _, y in panel.points], color=style.colour)
        if panel.crossing is not None:
            axes.plot([panel.crossing] * 2, [0, 50], color=INK, linewidth=0.9, linestyle=DASHED)
        if panel.stated:
            axes.plot(panel.stated[0], 100 * panel.stated[1], "o", color=INK, markersize=5)
        axes.set_title(panel.title, fontsize=8.5, loc="left", color=INK)
    return canvas


@drawing
def reliability_diagram(
    probability: tuple[float, ...], recalibrated: tuple[float, ...], low: tuple[float, ...], high: tuple[float, ...]
) -> Canvas:
    """Draw recalibrated shares by forecast probability (ascending), with the band that holds them if it is right."""
    canvas, axes = paper(300, left=54, right=26, top=10, bottom=42)
    axes.set(xlim=(0, 100), ylim=(0, 100), xlabel="forecast probability", ylabel="observed frequency")
    percent_ticks(axes.set_xticks)
    percent_ticks(axes.set_yticks)
    axes.grid()
    at = [100 * p for p in probability]
    axes.fill_between(at, [100 * p for p in low], [100 * p for p in high], color=SHADE, zorder=0.5)
    axes.plot([0, 100], [0, 100], color=MUTED, linewidth=0.8, linestyle="--")
    axes.plot(at, [100 * p for p in recalibrated], color=BLUE, marker="o", markersize=4)
    axes.plot(at, [1.2] * len(at), "|", color=INK, markersize=6, markeredgewidth=0.8)
    return canvas


@drawing
def calibration_curves(
    points: tuple[float, ...],
    low: tuple[float, ...],
    high: tuple[float, ...],
    panels: Mapping[str, Sequence[Quantity]],
) -> Canvas:
    """Draw panels over common points, panel under panel, with the simultaneous band, (points,), below and above.

    A panel is a group of quantities, each by its ECDF less the uniform one; those that leave the band are dashed and
    orange.
    """
    left, right, top, panel_height, gap, bottom = 40.0, 10.0, 22.0, 92.0, 30.0, 40.0
    height = top + bottom + len(panels) * panel_height + (len(panels) - 1) * gap
    canvas = canvas_of(height)
    farthest = max(abs(value) for curves in panels.values() for one in curves for value in one.difference)
    reach = 1.08 * max(*high, *(-value for value in low), farthest)
    drawn = slice(None, None, max(1, -(-len(points) // _DRAWN)))
    x = points[drawn]
    for row, (title, curves) in enumerate(panels.items()):
        is_last, base = row == len(panels) - 1, height - top - panel_height - row * (panel_height + gap)
        axes = axes_at(canvas, left, base, WIDTH - left - right, panel_height)
        axes.fill_between(x, low[drawn], high[drawn], color=SHADE, linewidth=0)
        axes.plot(x, low[drawn], color=MUTED, linewidth=0.8)
        axes.plot(x, high[drawn], color=MUTED, linewidth=0.8)
        axes.axhline(0, color=RULE, linewidth=0.8)
        for curve in curves:
            if curve.outside:
                axes.plot(x, curve.difference[drawn], color=ORANGE, linestyle=(0, (4, 2)), linewidth=1.2, zorder=3)
            else:
                axes.plot(x, curve.difference[drawn], color=BLUE, linewidth=0.5)
        axes.set(xlim=(0, 1), ylim=(-reach, reach))
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "¼", "½", "¾", "1"] if is_last else [""] * 5)
        axes.tick_params(axis="y", labelsize=8)
        outside = sum(curve.outside for curve in curves)
        more = f": {outside} outside" if outside else ""
        axes.set_title(f"{title} ({len(curves)}{more})", loc="left", fontsize=9, color=INK, pad=5)
        if is_last:
            axes.set_xlabel("rank of the truth in the posterior, from lowest to highest", fontsize=9)
    return canvas
