"""Dots: probabilities on the scale of estimative words, in rows, in pairs, and a hundred that can be counted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from detente.estimative import ICD_203
from detente.report.figures.style import (
    INK,
    LEFT,
    MUTED,
    RULE,
    SHADE,
    apart,
    beside,
    drawing,
    fitted,
    look,
    paper,
    percent_ticks,
    row_label,
    row_line,
)
from detente.report.prose import percent, short, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from detente.report.names import HypothesisView

SIDE = 10
DOTS = SIDE * SIDE
SHOWN = 4
"""As many kinds of dot as can be told apart; what is left is an empty dot."""
_SCALE_ROW, _ROW, _PAIR_ROW, _DUMBBELL_ROW, _PITCH, _ICON_LABELS = 34.0, 28.0, 30.0, 37.0, 13.0, 150.0
_TWO_LINES = 0.12
"""Bands of the scale narrower than this have their word below, on a line of its own."""


@drawing
def estimative_scale(rows: tuple[HypothesisView, ...]) -> Canvas:
    """Draw explanations, a row each, over the bands of the estimative words."""
    canvas, axes = paper(54 + _SCALE_ROW * len(rows), left=10, right=14, top=4, bottom=50)
    axes.set(xlim=(0, 100), ylim=(len(rows), 0), yticks=[])
    _bands(axes)
    for index, row in enumerate(rows):
        style, y = look(row.look), index + 0.68
        low, high = (100 * bound for bound in row.bounds)
        axes.plot([low, high], [y, y], color=style.colour, linewidth=5, alpha=0.35, solid_capstyle="butt")
        axes.plot([100 * row.prior.probability] * 2, [y - 0.16, y + 0.16], color=INK, linewidth=1.2)
        axes.plot(100 * row.posterior.probability, y, style.marker, color=style.colour, markersize=8)
        left = row.posterior.probability < 1 / 2
        axes.text(
            1 if left else 99, index + 0.28, f"{short(row.name, 60)}: {row.posterior.number}",
            ha="left" if left else "right", va="center", fontweight="bold",
        )  # fmt: skip
    return canvas


def _bands(axes: Axes) -> None:
    *edges, last = (100 * band.low for band in ICD_203.bands[1:])
    axes.set_xticks([*edges, last], [*(f"{edge:.0f}" for edge in edges), f"{last:.0f}%"])
    for index, band in enumerate(ICD_203.bands):
        low = 0 if index == 0 else 100 * band.low
        high = 100 if index == len(ICD_203.bands) - 1 else 100 * band.high
        if index % 2 == 0:
            axes.axvspan(low, high, color=SHADE, linewidth=0)
        centre, narrow = (low + high) / 2, high - low < 100 * _TWO_LINES
        side = "left" if low == 0 else "right" if high == 100 else "center"  # noqa: PLR2004 - the scale's ends
        line = -40 if narrow else -26
        axes.annotate(
            band.word, ({"left": low, "right": high, "center": centre}[side], 0), (0, line),
            xycoords=("data", "axes fraction"), textcoords="offset points", ha=side, va="center", fontsize=9.5,
        )  # fmt: skip
        if narrow:
            axes.annotate(
                "", (centre, 0), (0, line + 7), xycoords=("data", "axes fraction"), textcoords="offset points",
                arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.6, "shrinkB": 12},
            )  # fmt: skip
    axes.spines["bottom"].set_color(RULE)


@drawing
def ladder(rows: tuple[tuple[str, float], ...], place: int, *, joined: bool = True) -> Canvas:
    """Draw rows of a name and a probability, the last of them the answer; ``joined`` where each is a step further."""
    canvas, axes = paper(_ROW * len(rows) + 34, left=LEFT, right=30, top=4, bottom=24)
    axes.set(xlim=(0, 100), ylim=(len(rows), 0), yticks=[])
    percent_ticks(axes.set_xticks)
    axes.grid(axis="x")
    style, last = look(place), len(rows) - 1
    if joined:
        axes.plot([100 * p for _, p in rows], [i + 0.5 for i in range(last + 1)], color=MUTED, linewidth=0.8)
    for index, (label, probability) in enumerate(rows):
        answer, x, y = index == last, 100 * probability, index + 0.5
        row_line(axes, y)
        row_label(axes, y, label, bold=answer, lines=2)
        face = style.colour if answer else "white"
        axes.plot(x, y, "o", color=style.colour, markersize=8 if answer else 6, markerfacecolor=face)
        is_right = x < 85  # noqa: PLR2004 - room for the label
        beside(axes, (x, y), percent(probability), right=is_right, size=10, bold=answer)
    return canvas


@dataclass(frozen=True)
class Pair:
    """Our probability or score and another one, and both as they are written."""

    label: str
    values: tuple[float, float]
    texts: tuple[str, str]


@drawing
def pairs(rows: tuple[Pair, ...], names: tuple[str, str], *, are_scores: bool = False) -> Canvas:
    """Draw two answers to the same questions, ours and another: both marks of each row, joined, the numbers outside.

    They are in percents or, with ``are_scores``, on a scale from 0.
    """
    canvas, axes = paper(_PAIR_ROW * len(rows) + 52, left=LEFT, right=40 if are_scores else 34, top=24, bottom=24)
    axes.set(ylim=(len(rows), 0), yticks=[])
    if are_scores:
        widest = max(max(row.values) for row in rows)
        axes.set_xlim(-0.22 * widest, 1.1 * widest)
        axes.locator_params(axis="x", nbins=4, min_n_ticks=2)
        axes.set_xticks([tick for tick in axes.get_xticks() if 0 <= tick <= 1.1 * widest])
    else:
        axes.set_xlim(0, 100)
        percent_ticks(axes.set_xticks)
    axes.grid(axis="x")
    marks = (look(0), look(1))
    for index, row in enumerate(rows):
        y = index + 0.5
        row_line(axes, y)
        values = [(1 if are_scores else 100) * value for value in row.values]
        axes.plot(values, [y, y], color=MUTED, linewidth=1)
        row_label(axes, y, row.label, lines=2)
        for style, value, other, text in zip(marks, values, reversed(values), row.texts, strict=True):
            is_right = value > other or (value == other and style is marks[0])
            axes.plot(value, y, style.marker, color=style.colour, markersize=7)
            beside(axes, (value, y), text, right=is_right, size=8.5)
    for style, text, x in zip(marks, names, (0.02, 0.52), strict=True):
        axes.plot(x, 1.0 + 12 / (_PAIR_ROW * len(rows)), style.marker, color=style.colour, markersize=7,
                  transform=axes.transAxes, clip_on=False)  # fmt: skip
        axes.annotate(text, (x, 1.0), (8, 12), xycoords="axes fraction", textcoords="offset points",
                      va="center", fontsize=8.5)  # fmt: skip
    return canvas


@drawing
def dumbbell(rows: tuple[tuple[str, str, float, float], ...], now: float, place: int) -> Canvas:
    """Draw a filled dot where it is seen, a ring where it is not, a line for the answer now.

    Rows are indicators: the name, by when, and the answer if it is seen by then, and if not.
    """
    canvas, axes = paper(_DUMBBELL_ROW * len(rows) + 32, left=LEFT, right=24, top=6, bottom=24)
    ends = [end for _, _, *both in rows for end in both] + [now]
    low, high = 100 * min(ends), 100 * max(ends)
    axes.set(xlim=(max(-4.0, low - 7), min(104.0, high + 7)), ylim=(len(rows), 0), yticks=[])
    axes.xaxis.set_major_formatter("{x:.0f}%")
    axes.grid(axis="x")
    style = look(place)
    for index, (label, by, seen, unseen) in enumerate(rows):
        y = index + 0.5
        row_line(axes, y)
        axes.plot([100 * unseen, 100 * seen], [y, y], color=INK, linewidth=1.2)
        for end, other, face in ((seen, unseen, style.colour), (unseen, seen, "white")):
            axes.plot(100 * end, y, "o", color=style.colour, markersize=7, markerfacecolor=face)
            beside(axes, (100 * end, y), whole(end), right=end >= other)
        row_label(axes, y, label, lines=2, below=by)
    axes.axvline(100 * now, color=MUTED, linewidth=0.9)
    return canvas


def hundredths(shares: Sequence[float]) -> tuple[int, ...]:
    """Return whole numbers that add up to a hundred and lie nearest to the shares.

    >>> hundredths([0.637, 0.363]), hundredths([1 / 3, 1 / 3, 1 / 3]), hundredths([0.999, 0.001])
    ((64, 36), (34, 33, 33), (100, 0))
    """
    exact = [DOTS * share / sum(shares) for share in shares]
    counts = [int(value) for value in exact]
    for index in sorted(range(len(exact)), key=lambda i: counts[i] - exact[i])[: DOTS - sum(counts)]:
        counts[index] += 1
    return tuple(counts)


@drawing
def hundred_dots(shares: tuple[tuple[str, int, int], ...]) -> Canvas:
    """Draw a hundred dots coloured in the shares of a probability: name, count and look of each."""
    side = _PITCH * SIDE
    canvas, axes = paper(side + 8, left=4, right=_ICON_LABELS, top=4, bottom=4, width=side + 4 + _ICON_LABELS)
    axes.set(xlim=(0, SIDE), ylim=(SIDE, 0), xticks=[], yticks=[])
    axes.spines["bottom"].set_visible(False)
    shown = shares[:SHOWN]
    begins = [sum(count for _, count, _ in shown[:i]) for i in range(len(shown) + 1)]
    heights = apart([(begin + end) / 2 / SIDE for begin, end in pairwise(begins)], 2.2)
    for (name, count, index), first, y in zip(shown, begins, heights, strict=False):
        style = look(index)
        axes.plot(*_places(range(first, first + count)), style.marker, linestyle="", color=style.colour,
                  markersize=8)  # fmt: skip
        axes.annotate(
            fitted(f"{count}: {name}", _ICON_LABELS - 10, 10, bold=True), (SIDE, y), (8, 0),
            textcoords="offset points", va="center", fontweight="bold",
        )  # fmt: skip
    axes.plot(*_places(range(begins[-1], DOTS)), "o", linestyle="", color=RULE, markersize=7,
              markerfacecolor="white")  # fmt: skip
    return canvas


def _places(dots: range) -> tuple[list[float], list[float]]:
    """Return across and down of the dots with these numbers."""
    return [dot % SIDE + 0.5 for dot in dots], [dot // SIDE + 0.5 for dot in dots]
