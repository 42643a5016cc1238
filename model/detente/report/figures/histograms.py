"""Small multiples of histograms: priors against posteriors, and the ranks of the chains' draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.report.figures.style import (
    BLUE,
    DASHED,
    INK,
    MUTED,
    RULE,
    WIDTH,
    axes_at,
    canvas_of,
    drawing,
    fitted,
    look,
)
from detente.report.names import parameter_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from detente.forecast.result import ParameterSummary


@drawing
def prior_posteriors(panels: tuple[ParameterSummary, ...]) -> Canvas:
    """Draw a grid of parameters: prior dashed, posterior filled, on common edges."""
    canvas, grid = _grid(panels)
    for panel, axes in zip(panels, grid, strict=True):
        edges, prior, posterior = panel.bin_edges, panel.prior_density, panel.posterior_density
        ends = (edges[0], edges[-1])
        axes.stairs(posterior, edges, fill=True, color=BLUE, alpha=0.45, linewidth=0)
        axes.stairs(posterior, edges, color=BLUE, linewidth=1)
        axes.stairs(prior, edges, color=INK, linewidth=1, linestyle=DASHED)
        axes.set(xlim=ends, yticks=[])
        axes.set_ylim(0, 1.08 * max(*prior, *posterior) or 1)
        axes.set_xticks(ends, [f"{edge:.2g}".replace("-", "−") for edge in ends])
        left, right = axes.get_xticklabels()
        left.set_ha("left")
        right.set_ha("right")
    return canvas


@drawing
def rank_plots(panels: tuple[ParameterSummary, ...]) -> Canvas:
    """Draw a grid of parameters with the ranks of each chain's draws: chains that agree lie along the grey line."""
    canvas, grid = _grid(panels)
    for panel, axes in zip(panels, grid, strict=True):
        bins, highest = len(panel.ranks[0]), max(max(counts) for counts in panel.ranks)
        even = sum(panel.ranks[0]) / bins
        axes.axhline(even, color=MUTED, linewidth=0.8)
        for chain, counts in enumerate(panel.ranks):
            style = look(chain)
            axes.stairs(counts, range(bins + 1), baseline=None, color=style.colour, linestyle=style.dash,
                        linewidth=1.1)  # fmt: skip
        axes.set(ylim=(0, max(1.15 * highest, 2 * even)), yticks=[], xticks=[], xlim=(0, bins))
    return canvas


def _grid(parameters: Sequence[ParameterSummary]) -> tuple[Canvas, Iterator[Axes]]:
    """Return a figure and its panels, three per row, each named after its parameter."""
    columns, lines, height, gap, head, foot = 3, 3, 52.0, 12.0, 38.0, 16.0
    pitch = head + height + foot
    total = -(-len(parameters) // columns) * pitch + 4
    width = (WIDTH - 12 - gap * (columns - 1)) / columns
    canvas = canvas_of(total)

    def panels() -> Iterator[Axes]:
        for index, parameter in enumerate(parameters):
            row, column = divmod(index, columns)
            axes = axes_at(canvas, 6 + column * (width + gap), total - row * pitch - head - height, width, height)
            axes.spines["bottom"].set_color(RULE)
            title = fitted(parameter_name(parameter.name), width, 9, lines, bold=True)
            axes.text(0, 1.04, title, transform=axes.transAxes, fontsize=9, fontweight="bold", linespacing=1.15)
            yield axes

    return canvas, panels()
