"""From prior to posterior in steps, on a scale where equal weights are equal lengths (log odds)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.ink import INK, LEFT, MUTED, look, paper, row_label
from detente.report.prose import decibans, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

ROW = 20.0
_TICKS = (0.5, 0.1, 0.9, 0.01, 0.99, 0.001, 0.999, 0.25, 0.75, 0.05, 0.95, 0.6, 0.7, 0.8, 0.4, 0.3, 0.2, 0.02, 0.98)
"""Round probabilities, those that are wanted most first."""


def log_odds(probability: float) -> float:
    """Return the log odds in decibans, kept finite."""
    inside = min(max(probability, 1e-6), 1 - 1e-6)
    return 10 * math.log10(inside / (1 - inside))


def _ticks(low: float, high: float) -> list[float]:
    """Return round probabilities between two log odds, none too close to another."""
    kept: list[float] = []
    for p in _TICKS:
        place = log_odds(p)
        if low <= place <= high and all(abs(place - log_odds(other)) > 0.11 * (high - low) for other in kept):
            kept.append(p)
    return sorted(kept)


@dataclass(frozen=True)
class Step:
    """One step: its name and weight in decibans."""

    label: str
    weight: float


@dataclass(frozen=True)
class Waterfall:
    """Steps from the prior, each beginning where the last one ended."""

    start: float
    end: float
    steps: tuple[Step, ...]
    towards_look: int
    against_look: int

    def draw(self) -> Canvas:
        """Draw prior, steps and posterior from top to bottom."""
        rows = len(self.steps) + 2
        canvas, axes = paper(ROW * rows + 36, left=LEFT, right=30, top=4, bottom=32)
        levels = [log_odds(self.start)]
        for step in self.steps:
            levels.append(levels[-1] + step.weight)
        ends = [*levels, log_odds(self.end)]
        span = max(max(ends) - min(ends), 6.0)
        axes.set(xlim=(min(ends) - 0.16 * span, max(ends) + 0.16 * span), ylim=(rows, 0), yticks=[])
        low, high = axes.get_xlim()
        ticks = _ticks(low, high)
        axes.set_xticks([log_odds(p) for p in ticks], [f"{100 * p:g} %" for p in ticks])
        axes.grid(axis="x")
        axes.set_xlabel("probability (equal weights are equal lengths)", fontsize=9.5)
        self._end(axes, 0.5, "before the evidence", self.start)
        for index, step in enumerate(self.steps):
            self._step(axes, index + 1.5, step, levels[index], levels[index + 1])
        self._end(axes, rows - 0.5, "with everything", self.end)
        return canvas

    def _end(self, axes, y: float, label: str, probability: float) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        row_label(axes, y, label, bold=True)
        axes.plot(log_odds(probability), y, "o", color=INK, markersize=7)
        axes.annotate(
            percent(probability), (log_odds(probability), y), (8, 0), textcoords="offset points", va="center",
            fontweight="bold",
        )  # fmt: skip

    def _step(self, axes, y: float, step: Step, begin: float, end: float) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        style = look(self.towards_look if step.weight >= 0 else self.against_look)
        row_label(axes, y, step.label)
        axes.barh(y, end - begin, left=begin, height=0.6, color=style.colour, hatch=style.hatch, linewidth=0)
        axes.plot([end, end], [y - 0.3, y + 0.7], color=MUTED, linewidth=0.7)
        axes.plot([begin, begin], [y - 0.7, y + 0.3], color=MUTED, linewidth=0.7)
        ahead = step.weight >= 0
        axes.annotate(
            decibans(step.weight), (end, y), (4 if ahead else -4, 0), textcoords="offset points",
            ha="left" if ahead else "right", va="center", fontsize=9,
        )  # fmt: skip
