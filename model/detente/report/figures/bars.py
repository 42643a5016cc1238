"""Bars: weights of evidence in decibans, the way from prior to posterior, and ranges as a tornado."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.style import INK, LEFT, MUTED, beside, drawing, fitted, look, paper, row_label
from detente.report.prose import decibans, percent, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

_BAR_ROW, _STEP_ROW, _RANGE_ROW = 16.5, 20.0, 39.0
_TICKS = (0.5, 0.1, 0.9, 0.01, 0.99, 0.001, 0.999, 0.25, 0.75, 0.05, 0.95, 0.6, 0.7, 0.8, 0.4, 0.3, 0.2, 0.02, 0.98)
"""Round probabilities, those that are wanted most first."""


@dataclass(frozen=True)
class Bar:
    """The weight of an item or a step, in decibans."""

    label: str
    weight: float


@dataclass(frozen=True)
class BarGroup:
    """Items that share a cause; an item alone has no heading."""

    heading: str
    bars: tuple[Bar, ...]


@drawing
def weight_bars(groups: tuple[BarGroup, ...], towards: str, against: str, looks: tuple[int, int]) -> Canvas:
    """Draw the weights: bars to the right speak for the leading hypothesis, bars to the left against it."""
    rows = sum(len(group.bars) + bool(group.heading) + 0.35 for group in groups)
    sides = (
        fitted(f"→ for {towards}", 118, 9.5, bold=True),
        fitted(f"← for {against}", 230, 9.5, bold=True),
    )
    top = 18 if "\n" not in "".join(sides) else 31
    canvas, axes = paper(_BAR_ROW * rows + 30 + top, left=LEFT, right=26, top=top, bottom=30)
    reach = 1.32 * max((abs(bar.weight) for group in groups for bar in group.bars), default=1.0) or 1.0
    axes.set(xlim=(-reach, reach), ylim=(rows, -0.2), yticks=[])
    y = 0.5
    for group in groups:
        if group.heading:
            row_label(axes, y, group.heading, bold=True)
            y += 1
        for bar in group.bars:
            _weight(axes, y, bar.weight, looks=looks, height=0.66)
            axes.plot(0, y, "|", color=MUTED, markersize=6)
            row_label(axes, y, bar.label)
            y += 1
        y += 0.35
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.grid(axis="x")
    axes.set_xlabel("decibans (3 double the odds)", fontsize=9.5)
    for side, ha, text in zip((5, -5), ("left", "right"), sides, strict=True):
        axes.annotate(
            text, (0.5, 1), (side, 2), xycoords="axes fraction", textcoords="offset points", ha=ha,
            va="bottom", fontsize=9.5, fontweight="bold",
        )  # fmt: skip
    return canvas


@drawing
def waterfall(prior: float, posterior: float, steps: tuple[Bar, ...], looks: tuple[int, int]) -> Canvas:
    """Draw steps from the prior, each from where the last one ended; equal weights are equal lengths (log odds).

    ``looks`` are those of a step towards the hypothesis and of one away from it.
    """
    rows = len(steps) + 2
    canvas, axes = paper(_STEP_ROW * rows + 36, left=LEFT, right=30, top=4, bottom=32)
    levels = [log_odds(prior)]
    for step in steps:
        levels.append(levels[-1] + step.weight)
    ends = [*levels, log_odds(posterior)]
    span = max(max(ends) - min(ends), 6.0)
    axes.set(xlim=(min(ends) - 0.16 * span, max(ends) + 0.16 * span), ylim=(rows, 0), yticks=[])
    ticks = _ticks(*axes.get_xlim())
    axes.set_xticks([log_odds(p) for p in ticks], [f"{100 * p:g}%" for p in ticks])
    axes.grid(axis="x")
    axes.set_xlabel("probability (equal weights are equal lengths)", fontsize=9.5)
    _end(axes, 0.5, "before the evidence", prior)
    for index, step in enumerate(steps):
        y, begin, end = index + 1.5, levels[index], levels[index + 1]
        row_label(axes, y, step.label)
        _weight(axes, y, step.weight, looks=looks, height=0.6, begin=begin, end=end)
        axes.plot([end, end], [y - 0.3, y + 0.7], color=MUTED, linewidth=0.7)
        axes.plot([begin, begin], [y - 0.7, y + 0.3], color=MUTED, linewidth=0.7)
    _end(axes, rows - 0.5, "after the evidence", posterior)
    return canvas


def _end(axes: Axes, y: float, label: str, probability: float) -> None:
    row_label(axes, y, label, bold=True)
    axes.plot(log_odds(probability), y, "o", color=INK, markersize=7)
    beside(axes, (log_odds(probability), y), percent(probability), right=True, size=10, bold=True)


def _weight(
    axes: Axes, y: float, weight: float, *, looks: tuple[int, int], height: float, begin: float = 0.0,
    end: float | None = None,
) -> None:  # fmt: skip
    """Draw one signed bar, its weight beside its end."""
    end = weight if end is None else end
    style = look(looks[weight < 0])
    axes.barh(y, end - begin, left=begin, height=height, color=style.colour, hatch=style.hatch, linewidth=0)
    beside(axes, (end, y), decibans(weight), right=weight >= 0, gap=4, size=9)


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


@drawing
def tornado(rows: tuple[tuple[str, float, float], ...], base: float, place: int) -> Canvas:
    """Draw bars about the answer as stated, the widest on top; a ring marks the low, a dot the high.

    Rows are numbers of the model: the name, and the answer with it at its low, and at its high.
    """
    canvas, axes = paper(_RANGE_ROW * len(rows) + 34, left=LEFT, right=24, top=6, bottom=26)
    ends = [end for _, *both in rows for end in both] + [base]
    low, high = 100 * min(ends), 100 * max(ends)
    room = max(0.06 * (high - low), 1.0) + 5
    axes.set(xlim=(low - room, high + room), ylim=(len(rows), 0), yticks=[])
    axes.xaxis.set_major_formatter("{x:.0f}%")
    axes.grid(axis="x")
    style = look(place)
    for index, (label, at_low, at_high) in enumerate(rows):
        y, left, right = index + 0.5, *sorted((100 * at_low, 100 * at_high))
        axes.barh(y, right - left, left=left, height=0.5, color=style.colour, hatch=style.hatch, linewidth=0)
        for end, face in ((at_low, "white"), (at_high, INK)):
            x = 100 * end
            axes.plot(x, y, "o", color=INK, markersize=4.5, markerfacecolor=face, zorder=3)
            beside(axes, (x, y), whole(end), right=x == right and left != right, gap=6)
        row_label(axes, y, label, lines=3)
    axes.axvline(100 * base, color=MUTED, linewidth=0.9)
    return canvas
