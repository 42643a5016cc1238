"""Polls and what they come to: points, the level without house effects, and the spread of election day."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.incidence import date_axis
from detente.report.figures.ink import BLUE, INK, MUTED, ORANGE, WIDTH, paper
from detente.report.prose import date

if TYPE_CHECKING:
    import datetime as dt

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

HEIGHT, SIDE, GAP = 230.0, 112.0, 10.0
_ROOM, _TICK = 0.02, 5


@dataclass(frozen=True)
class PollTrend:
    """Shares of the two leading candidates' vote, the incumbent's, between 0 and 1."""

    points: tuple[tuple[dt.date, float], ...]
    days: tuple[dt.date, ...]
    level: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    election: dt.date
    share: float
    share_sd: float
    wins: str
    loses: str

    def draw(self) -> Canvas:
        """Draw the polls over time, and beside them on the same scale the distribution of election day."""
        canvas, axes = paper(HEIGHT, left=40, right=SIDE + GAP + 8, top=20, bottom=26)
        box = axes.get_position()
        side = canvas.add_axes((box.x1 + GAP / WIDTH, box.y0, SIDE / WIDTH, box.height), sharey=axes)
        reach = (self.share - 3 * self.share_sd, self.share + 3 * self.share_sd)
        shares = [share for _, share in self.points]
        bottom = 100 * (min(*shares, reach[0], 0.5) - _ROOM)
        top = 100 * (max(*shares, reach[1], 0.5) + _ROOM)
        self._trend(axes)
        axes.set(ylim=(bottom, top))
        ticks = range(_TICK * math.ceil(bottom / _TICK), math.floor(top) + 1, _TICK)
        axes.set_yticks(ticks, [f"{tick}" for tick in ticks[:-1]] + [f"{ticks[-1]} %"])
        axes.grid(axis="y")
        self._spread(side, (bottom, top))
        return canvas

    def _trend(self, axes: Axes) -> None:
        x = [day.toordinal() for day in self.days]
        axes.axhline(50, color=INK, linewidth=0.8)
        axes.fill_between(x, *([100 * v for v in edge] for edge in (self.low, self.high)), color=BLUE, alpha=0.2, lw=0)
        axes.plot(x, [100 * v for v in self.level], color=BLUE, marker="o" if len(x) == 1 else "")
        axes.plot(
            [day.toordinal() for day, _ in self.points],
            [100 * share for _, share in self.points],
            "o",
            color=MUTED,
            markersize=3,
            markerfacecolor="none",
            markeredgewidth=0.8,
        )
        axes.axvline(self.election.toordinal(), color=INK, linewidth=1, linestyle=(0, (3, 2)))
        axes.annotate(
            f"election, {date(self.election)}", (1, 1), (0, 5), xycoords="axes fraction", textcoords="offset points",
            ha="right", fontsize=8.5,
        )  # fmt: skip
        first = min(day for day, _ in self.points)
        axes.set_xlim(first.toordinal() - 2, self.election.toordinal() + 2)
        date_axis(axes, (first, self.election))

    def _spread(self, axes: Axes, limits: tuple[float, float]) -> None:
        """Draw the density of the share on election day, lying on its side, the part above one half filled."""
        steps = 160
        y = [limits[0] + (limits[1] - limits[0]) * step / steps for step in range(steps + 1)]
        density = [math.exp(-(((v / 100 - self.share) / self.share_sd) ** 2) / 2) for v in y]
        won = [v >= 50 for v in y]  # noqa: PLR2004 - one half, in per cent
        axes.fill_betweenx(y, density, 0, where=won, color=BLUE, alpha=0.45, linewidth=0)
        axes.fill_betweenx(y, density, 0, where=[not w for w in won], facecolor=ORANGE, alpha=0.35, hatch="////", lw=0)
        axes.plot(density, y, color=INK, linewidth=1)
        axes.axhline(50, color=INK, linewidth=0.8)
        axes.set(xlim=(0, 1.9), xticks=[])
        axes.tick_params(labelleft=False)
        axes.spines["bottom"].set_visible(False)
        for text, height in ((self.wins, 0.9), (self.loses, 0.1)):
            axes.text(1.88, limits[0] + height * (limits[1] - limits[0]), text, ha="right", va="center", fontsize=8.5,
                      fontweight="bold")  # fmt: skip
        axes.text(0, 1, "election day", transform=axes.transAxes, va="bottom", fontsize=8.5)
