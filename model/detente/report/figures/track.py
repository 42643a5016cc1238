"""A replay: probabilities over every date on which something became known, with what arrived marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.incidence import date_axis
from detente.report.figures.ink import INK, LOOKS, MUTED, apart, look, paper
from detente.report.prose import percent, wrapped

if TYPE_CHECKING:
    import datetime as dt

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

LABELS, LEFT, TOP, BOTTOM = 150.0, 40.0, 58.0, 40.0
LABEL_GAP, LEAST = 30.0, 190.0
NOTE_GAP = 11.0


@dataclass(frozen=True)
class Trace:
    """One headline: its value on each date."""

    label: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Mark:
    """What arrived on a date: evidence, or an event, which is drawn as a line with its name."""

    date: dt.date
    name: str = ""


@dataclass(frozen=True)
class Track:
    """Traces over common dates, at least one; the marks stand below the axis, events across it."""

    dates: tuple[dt.date, ...]
    traces: tuple[Trace, ...]
    marks: tuple[Mark, ...]
    events: tuple[Mark, ...]

    def draw(self) -> Canvas:
        """Draw each trace; between two dates it is time that passes."""
        height = max(LEAST, TOP + BOTTOM + LABEL_GAP * len(self.traces))
        canvas, axes = paper(height, left=LEFT, right=LABELS, top=TOP, bottom=BOTTOM)
        first, last = self.dates[0].toordinal(), self.dates[-1].toordinal()
        axes.set(xlim=(first, max(last, first + 1)), ylim=(0, 100))
        axes.set_yticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100 %"])
        axes.grid(axis="y")
        for index, trace in enumerate(self.traces):
            style, again = look(index), index >= len(LOOKS)
            x, y = [day.toordinal() for day in self.dates], [100 * value for value in trace.values]
            axes.plot(x, y, color=style.colour, linestyle=style.dash, linewidth=0.9 if again else 1.6)
            axes.plot(x[-1], y[-1], style.marker, color=style.colour, markersize=5, clip_on=False,
                      markerfacecolor="white" if again else style.colour)  # fmt: skip
        self._labels(axes, height - TOP - BOTTOM)
        self._marks(axes)
        date_axis(axes, self.dates)
        axes.tick_params(axis="x", pad=10)
        return canvas

    def _labels(self, axes: Axes, height: float) -> None:
        """Name each trace at the right, with its last value."""
        ends = [trace.values[-1] for trace in self.traces]
        placed = apart([height * end for end in ends], LABEL_GAP)
        if min(placed) < 0 or max(placed) > height + LABEL_GAP / 2:
            order = sorted(range(len(ends)), key=lambda index: placed[index])
            placed = [LABEL_GAP * (order.index(index) + 0.5) for index in range(len(ends))]
        for index, (trace, end, y) in enumerate(zip(self.traces, ends, placed, strict=True)):
            axes.annotate(
                wrapped(f"{percent(end)}  {trace.label}", 28, 3), (self.dates[-1].toordinal(), 100 * end),
                (16, y - height * end), textcoords="offset points", va="center", fontsize=8,
                arrowprops={"arrowstyle": "-", "color": look(index).colour, "linewidth": 0.8, "shrinkA": 0,
                            "shrinkB": 3, "relpos": (0, 0.5)},
            )  # fmt: skip

    def _marks(self, axes: Axes) -> None:
        """Put a tick below the axis for each date with evidence, and a named line for each event."""
        across = axes.get_xaxis_transform()
        axes.plot([mark.date.toordinal() for mark in self.marks], [-0.035] * len(self.marks), "|", color=MUTED,
                  markersize=7, transform=across, clip_on=False)  # fmt: skip
        for row, event in enumerate(self.events):
            day = event.date.toordinal()
            axes.axvline(day, color=INK, linewidth=0.9, linestyle=(0, (3, 2)))
            axes.annotate(event.name, (day, 1), (2, 3 + NOTE_GAP * (row % 4)), xycoords=across,
                          textcoords="offset points", fontsize=8)  # fmt: skip
