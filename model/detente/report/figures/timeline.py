"""Probabilities over the dates on which a case was forecast: one line a name, a point a run, labelled at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.incidence import date_axis
from detente.report.figures.ink import INK, apart, look, paper
from detente.report.prose import percent, wrapped

if TYPE_CHECKING:
    import datetime as dt

    from matplotlib.figure import Figure as Canvas

HEIGHT, LABELS = 176.0, 112.0
_LABEL_GAP = 20.0


@dataclass(frozen=True)
class Line:
    """A name with its probability at each date, and its look."""

    label: str
    values: tuple[float, ...]
    look: int


@dataclass(frozen=True)
class Timeline:
    """Lines over common dates, at least two."""

    dates: tuple[dt.date, ...]
    lines: tuple[Line, ...]
    event: tuple[dt.date, str] | None = None

    def draw(self) -> Canvas:
        """Draw the lines from 0 to 100 %, and the event, if it lies among the dates."""
        canvas, axes = paper(HEIGHT, left=40, right=LABELS, top=18, bottom=24)
        x = [day.toordinal() for day in self.dates]
        axes.set(xlim=(x[0], x[-1]), ylim=(0, 100))
        axes.set_yticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100 %"])
        axes.grid(axis="y")
        height = HEIGHT - 42
        ends = [line.values[-1] for line in self.lines]
        for line, end, y in zip(self.lines, ends, apart([height * end for end in ends], _LABEL_GAP), strict=True):
            style = look(line.look)
            axes.plot(x, [100 * value for value in line.values], color=style.colour, linestyle=style.dash,
                      marker=style.marker, markersize=5, clip_on=False)  # fmt: skip
            axes.annotate(
                wrapped(f"{percent(end)}  {line.label}", 18), (x[-1], 100 * end), (9, y - height * end),
                textcoords="offset points", va="center", fontsize=9.5, fontweight="bold",
            )  # fmt: skip
        if self.event is not None and self.dates[0] < self.event[0] < self.dates[-1]:
            axes.axvline(self.event[0].toordinal(), color=INK, linewidth=1, linestyle=(0, (3, 2)))
            axes.annotate(self.event[1], (self.event[0].toordinal(), 100), (3, 5), textcoords="offset points",
                          fontsize=9.5)  # fmt: skip
        date_axis(axes, self.dates)
        return canvas
