"""Small multiples for the annexes: prior against posterior, and the ranks of the chains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.ink import BLUE, INK, MUTED, RULE, WIDTH, look
from detente.report.prose import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

COLUMNS = 3
_HEIGHT, _GAP, _HEAD, _FOOT = 52.0, 12.0, 26.0, 16.0


@dataclass(frozen=True)
class Density:
    """Prior and posterior histogram of one parameter on common edges."""

    name: str
    edges: tuple[float, ...]
    prior: tuple[float, ...]
    posterior: tuple[float, ...]


@dataclass(frozen=True)
class Densities:
    """A grid of densities: prior dashed, posterior filled."""

    panels: tuple[Density, ...]

    def draw(self) -> Canvas:
        """Draw panel by panel."""
        canvas, grid = _grid(len(self.panels))
        for panel, axes in zip(self.panels, grid, strict=True):
            axes.stairs(panel.posterior, panel.edges, fill=True, color=BLUE, alpha=0.45, linewidth=0)
            axes.stairs(panel.posterior, panel.edges, color=BLUE, linewidth=1)
            axes.stairs(panel.prior, panel.edges, color=INK, linewidth=1, linestyle=(0, (3, 2)))
            axes.set(xlim=(panel.edges[0], panel.edges[-1]), yticks=[])
            axes.set_ylim(0, 1.08 * max(*panel.prior, *panel.posterior) or 1)
            axes.set_xticks(
                [panel.edges[0], panel.edges[-1]],
                [f"{edge:.2g}".replace("-", "−") for edge in (panel.edges[0], panel.edges[-1])],
            )
            _name(axes, panel.name)
            left, right = axes.get_xticklabels()
            left.set_ha("left")
            right.set_ha("right")
        return canvas


@dataclass(frozen=True)
class RankPanel:
    """Counts of each chain's draws by pooled rank."""

    name: str
    ranks: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Ranks:
    """A grid of rank plots: chains that agree lie along the grey line."""

    panels: tuple[RankPanel, ...]

    def draw(self) -> Canvas:
        """Draw panel by panel, one stepped line a chain."""
        canvas, grid = _grid(len(self.panels))
        for panel, axes in zip(self.panels, grid, strict=True):
            highest = max(max(counts) for counts in panel.ranks)
            even = sum(panel.ranks[0]) / len(panel.ranks[0])
            axes.axhline(even, color=MUTED, linewidth=0.8)
            for chain, counts in enumerate(panel.ranks):
                style = look(chain)
                axes.stairs(
                    counts,
                    range(len(counts) + 1),
                    baseline=None,
                    color=style.colour,
                    linestyle=style.dash,
                    linewidth=1.1,
                )
            axes.set(ylim=(0, max(1.15 * highest, 2 * even)), yticks=[], xticks=[], xlim=(0, len(panel.ranks[0])))
            _name(axes, panel.name)
        return canvas


def _grid(panels: int) -> tuple[Canvas, Iterator[Axes]]:
    from matplotlib.figure import Figure

    rows = -(-panels // COLUMNS)
    pitch = _HEAD + _HEIGHT + _FOOT
    height = rows * pitch + 4
    canvas = Figure(figsize=(WIDTH / 72, height / 72))
    width = (WIDTH - 12 - _GAP * (COLUMNS - 1)) / COLUMNS

    def axes() -> Iterator[Axes]:
        for index in range(panels):
            row, column = divmod(index, COLUMNS)
            left, top = 6 + column * (width + _GAP), height - row * pitch - _HEAD
            box: Sequence[float] = (left / WIDTH, (top - _HEIGHT) / height, width / WIDTH, _HEIGHT / height)
            yield canvas.add_axes(box)

    return canvas, axes()


def _name(axes: Axes, name: str) -> None:
    axes.spines["bottom"].set_color(RULE)
    axes.text(0, 1.04, wrapped(name, 19), transform=axes.transAxes, fontsize=9, fontweight="bold", linespacing=1.15)
