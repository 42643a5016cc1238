"""Cumulative incidence over time: competing outcomes stacked, rungs of a ladder as lines, the election marked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.ink import INK, SHADE, apart, look, paper
from detente.report.prose import date, percent, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

HEIGHT, LABELS = 226.0, 142.0
BANDS = 2
"""More intervals than this would hide each other."""
_LABEL_GAP = 36.0


@dataclass(frozen=True)
class Trace:
    """One outcome's probability by each date, with the interval it moves in."""

    label: str
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Incidence:
    """Traces over common dates; ``stacked`` for outcomes that exclude each other."""

    dates: tuple[dt.date, ...]
    traces: tuple[Trace, ...]
    election: dt.date | None
    stacked: bool

    def draw(self) -> Canvas:
        """Draw areas or lines, each labelled at its end."""
        canvas, axes = paper(HEIGHT, left=40, right=LABELS, top=20, bottom=26)
        x = [day.toordinal() for day in self.dates]
        edges = self._areas(axes, x) if self.stacked else self._lines(axes, x)
        top = _ceiling(
            max(
                (*edges, *(max(t.high) for t in self.traces if not self.stacked and len(self.traces) <= BANDS)),
                default=0.0,
            )
        )
        axes.set(xlim=(x[0], x[-1]), ylim=(0, top))
        _percent_axis(axes, top)
        date_axis(axes, self.dates)
        self._election(axes, top)
        self._labels(axes, x[-1], top)
        return canvas

    def _areas(self, axes: Axes, x: list[int]) -> list[float]:
        base = [0.0] * len(x)
        for index, trace in enumerate(self.traces):
            total = [low + add for low, add in zip(base, trace.mean, strict=True)]
            style = look(index)
            axes.fill_between(x, base, total, facecolor=style.colour, hatch=style.hatch, linewidth=0)
            axes.plot(x, total, color="white", linewidth=1)
            base = total
        return base

    def _lines(self, axes: Axes, x: list[int]) -> list[float]:
        for index, trace in enumerate(self.traces):
            style = look(index)
            if len(self.traces) <= BANDS:
                axes.fill_between(x, trace.low, trace.high, color=style.colour, alpha=0.15, linewidth=0)
            axes.plot(x, trace.mean, color=style.colour, linestyle=style.dash)
            axes.plot(x[-1], trace.mean[-1], style.marker, color=style.colour, markersize=6, clip_on=False)
        return [trace.mean[-1] for trace in self.traces]

    def _election(self, axes: Axes, top: float) -> None:
        if self.election is None or not self.dates[0] <= self.election <= self.dates[-1]:
            return
        day = self.election.toordinal()
        axes.axvspan(axes.get_xlim()[0], day, color=SHADE, linewidth=0, zorder=0)
        axes.axvline(day, color=INK, linewidth=1, linestyle=(0, (3, 2)))
        wide = day - self.dates[0].toordinal() > 0.2 * (axes.get_xlim()[1] - axes.get_xlim()[0])
        if wide:
            axes.annotate("before", (day, top), (-5, 5), textcoords="offset points", ha="right", fontsize=9.5)
        axes.annotate(
            f"election, {date(self.election)} → after", (day, top), (3, 5), textcoords="offset points", fontsize=9.5
        )

    def _labels(self, axes: Axes, end: float, top: float) -> None:
        height = HEIGHT - 46
        heights, base = [], 0.0
        for trace in self.traces:
            heights.append((base + trace.mean[-1] / 2) if self.stacked else trace.mean[-1])
            base += trace.mean[-1] if self.stacked else 0.0
        placed = apart([height * value / top for value in heights], _LABEL_GAP)
        for index, (trace, y) in enumerate(zip(self.traces, placed, strict=True)):
            anchor = (end, heights[index])
            style = look(index)
            axes.annotate(
                wrapped(f"{percent(trace.mean[-1])}  {trace.label}", 22, 3), anchor,
                (16, y - height * heights[index] / top), textcoords="offset points", va="center", fontsize=9,
                arrowprops={"arrowstyle": "-", "color": style.colour, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 3,
                            "relpos": (0, 0.5)},
            )  # fmt: skip


_AXES = {0.02: 4, 0.05: 5, 0.1: 5, 0.15: 3, 0.2: 4, 0.3: 3, 0.4: 4, 0.5: 5, 0.6: 3, 0.8: 4, 1.0: 4}
"""Round tops for the axis of probabilities, each with the number of its steps."""


def _ceiling(highest: float) -> float:
    """Return a round top for the axis: no more than needed, at most 1."""
    return next((top for top in _AXES if highest * 1.08 <= top), 1.0)


def _percent_axis(axes: Axes, top: float) -> None:
    steps = _AXES[top]
    ticks = [top * step / steps for step in range(steps + 1)]
    axes.set_yticks(ticks, [f"{100 * tick:g}" for tick in ticks[:-1]] + [f"{100 * top:g} %"])
    axes.grid(axis="y")


def date_axis(axes: Axes, dates: tuple[dt.date, ...]) -> None:
    """Mark about three first days of months, or in a short time its ends."""
    months = [dt.date(year, month, 1) for year in range(dates[0].year, dates[-1].year + 1) for month in range(1, 13)]
    months = [day for day in months if dates[0] <= day <= dates[-1]]
    ticks = months[:: max(1, -(-len(months) // 3))]
    names = [f"{date(day).split()[1][:3]} {day.year}" for day in ticks]
    if len(ticks) < 2:  # noqa: PLR2004 - one date says nothing of a scale
        ticks = [dates[0], dates[-1]]
        names = [f"{day.day} {date(day).split()[1][:3]} {day.year}" for day in ticks]
    axes.set_xticks([day.toordinal() for day in ticks], names)
