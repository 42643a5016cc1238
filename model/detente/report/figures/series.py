"""Series over dates: cumulative incidence as lines or stacked, headlines from run to run, and polls."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from detente.report.figures.style import (
    BLUE,
    DASHED,
    INK,
    LOOKS,
    MUTED,
    ORANGE,
    SHADE,
    WIDTH,
    apart,
    axes_at,
    date_axis,
    drawing,
    fitted,
    look,
    paper,
    percent_ticks,
)
from detente.report.prose import date, percent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from detente.forecast.election import PollForecast

BANDS = 2
"""More intervals than this would hide each other."""
_TOPS = {0.02: 4, 0.05: 5, 0.1: 5, 0.15: 3, 0.2: 4, 0.3: 3, 0.4: 4, 0.5: 5, 0.6: 3, 0.8: 4, 1.0: 4}
"""Round tops for an axis of probabilities, each with the number of its steps."""
_LINE_LABELS, _EVENT_ROW, _EVENT_ROWS, _MARKED = 146.0, 11.0, 4, 12


@dataclass(frozen=True)
class Incidence:
    """One outcome's probability by each date, with its 90% interval; ``number`` is the last one as it is written.

    ``inner`` are the ends of a narrower interval, if there is one.
    """

    label: str
    number: str
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    inner: tuple[tuple[float, ...], tuple[float, ...]] | None = field(default=None, kw_only=True)


@drawing
def cumulative_incidence(
    dates: tuple[dt.date, ...], outcomes: tuple[Incidence, ...], election: dt.date | None, *, stacked: bool
) -> Canvas:
    """Draw outcomes over common dates, the election marked: lines or, ``stacked`` for competing ones, areas.

    Each is labelled at its end.
    """
    height, top_margin, bottom = 226.0, 20, 26
    canvas, axes = paper(height, left=40, right=_LINE_LABELS, top=top_margin, bottom=bottom)
    x = [day.toordinal() for day in dates]
    highest = (_areas if stacked else _lines)(axes, x, outcomes)
    top = next((top for top in _TOPS if highest * 1.08 <= top), 1.0)
    axes.set(xlim=(x[0], x[-1]), ylim=(0, top))
    ticks = [top * step / _TOPS[top] for step in range(_TOPS[top] + 1)]
    axes.set_yticks(ticks, [f"{100 * tick:g}" for tick in ticks[:-1]] + [f"{100 * top:g}%"])
    axes.grid(axis="y")
    date_axis(axes, dates)
    if election is not None and dates[0] <= election <= dates[-1]:
        _mark_election(axes, election, top)
    ends, base = [], 0.0
    for outcome in outcomes:  # each is named at the right of its end, or of the middle of its area
        last = outcome.mean[-1]
        ends.append(base + last / 2 if stacked else last)
        base += last if stacked else 0.0
    height -= top_margin + bottom
    placed = apart([height * value / top for value in ends], 36.0)
    for index, (outcome, at, y) in enumerate(zip(outcomes, ends, placed, strict=True)):
        text = fitted(f"{outcome.number} {outcome.label}", _LINE_LABELS - 18, 9, lines=3)
        _led_label(axes, text, (x[-1], at), y - height * at / top, index, size=9, width=1.2)
    return canvas


def _areas(axes: Axes, x: list[int], outcomes: tuple[Incidence, ...]) -> float:
    """Draw stacked areas and return the height they reach."""
    base = [0.0] * len(x)
    for index, outcome in enumerate(outcomes):
        total = [low + add for low, add in zip(base, outcome.mean, strict=True)]
        style = look(index)
        axes.fill_between(x, base, total, facecolor=style.colour, hatch=style.hatch, linewidth=0)
        axes.plot(x, total, color="white", linewidth=1)
        base = total
    return max(base)


def _lines(axes: Axes, x: list[int], outcomes: tuple[Incidence, ...]) -> float:
    """Draw lines, with bands where there are few, and return the height they reach."""
    has_bands = len(outcomes) <= BANDS
    for index, outcome in enumerate(outcomes):
        style = look(index)
        if has_bands:
            for low, high in ((outcome.low, outcome.high), *([outcome.inner] if outcome.inner else [])):
                axes.fill_between(x, low, high, color=style.colour, alpha=0.15, linewidth=0)
        axes.plot(x, outcome.mean, color=style.colour, linestyle=style.dash)
        axes.plot(x[-1], outcome.mean[-1], style.marker, color=style.colour, markersize=6, clip_on=False)
    return max(max(outcome.high) if has_bands else outcome.mean[-1] for outcome in outcomes)


def _mark_election(axes: Axes, election: dt.date, top: float) -> None:
    day, (first, last) = election.toordinal(), axes.get_xlim()
    axes.axvspan(first, day, color=SHADE, linewidth=0, zorder=0)
    axes.axvline(day, color=INK, linewidth=1, linestyle=DASHED)
    if day - first > 0.2 * (last - first):
        axes.annotate("before", (day, top), (-5, 5), textcoords="offset points", ha="right", fontsize=9.5)
    axes.annotate(f"election, {date(election)} → after", (day, top), (3, 5), textcoords="offset points", fontsize=9.5)


@dataclass(frozen=True)
class Line:
    """A probability at each of the dates."""

    label: str
    values: tuple[float, ...]


@drawing
def timeline(
    dates: tuple[dt.date, ...],
    lines: tuple[Line, ...],
    evidence: tuple[dt.date, ...] = (),
    events: tuple[tuple[dt.date, str], ...] = (),
) -> Canvas:
    """Draw lines from 0 to 100% over the dates, at least one, on which a case was forecast; few runs have marks.

    ``evidence`` are the days on which some arrived, ticks below the axis; ``events`` are lines across, with a name.
    """
    events = tuple((day, name) for day, name in events if dates[0] <= day <= dates[-1])
    top, bottom, gap = 10.0 + _EVENT_ROW * min(len(events), _EVENT_ROWS), 40.0 if evidence else 26.0, 30.0
    height = max(136.0, gap * len(lines))
    canvas, axes = paper(top + height + bottom, left=40, right=_LINE_LABELS, top=top, bottom=bottom)
    x = [day.toordinal() for day in dates]
    axes.set(xlim=(x[0], max(x[-1], x[0] + 1)), ylim=(0, 100))
    percent_ticks(axes.set_yticks)
    axes.grid(axis="y")
    for index, line in enumerate(lines):
        style, again = look(index), index >= len(LOOKS)
        marked = slice(None) if len(x) <= _MARKED else slice(-1, None)
        y = [100 * value for value in line.values]
        axes.plot(x, y, color=style.colour, linestyle=style.dash, linewidth=0.9 if again else 1.6)
        axes.plot(x[marked], y[marked], style.marker, color=style.colour, markersize=5, clip_on=False,
                  markerfacecolor="white" if again else style.colour)  # fmt: skip
    ends = [line.values[-1] for line in lines]
    placed = apart([height * end for end in ends], gap)
    if min(placed) < 0 or max(placed) > height + gap / 2:
        order = sorted(range(len(ends)), key=lambda index: placed[index])
        placed = [gap * (order.index(index) + 0.5) for index in range(len(ends))]
    for index, (line, end, up) in enumerate(zip(lines, ends, placed, strict=True)):
        text = fitted(f"{percent(end)} {line.label}", _LINE_LABELS - 18, 8, lines=3)
        _led_label(axes, text, (x[-1], 100 * end), up - height * end, index, size=8, width=0.8)
    _arrivals(axes, evidence, events)
    date_axis(axes, dates)
    if evidence:
        axes.tick_params(axis="x", pad=10)
    return canvas


def _arrivals(axes: Axes, evidence: tuple[dt.date, ...], events: tuple[tuple[dt.date, str], ...]) -> None:
    across = axes.get_xaxis_transform()
    axes.plot([day.toordinal() for day in evidence], [-0.035] * len(evidence), "|", color=MUTED, markersize=7,
              transform=across, clip_on=False)  # fmt: skip
    middle = sum(axes.get_xlim()) / 2
    for row, (date_, name) in enumerate(events):
        day = date_.toordinal()
        is_right = day <= middle
        axes.axvline(day, color=INK, linewidth=0.9, linestyle=DASHED)
        axes.annotate(
            fitted(name, WIDTH / 2, 8, lines=1), (day, 1),
            (2 if is_right else -2, 3 + _EVENT_ROW * (row % _EVENT_ROWS)), xycoords=across,
            textcoords="offset points", ha="left" if is_right else "right", fontsize=8,
        )  # fmt: skip


def _led_label(
    axes: Axes, text: str, end: tuple[float, float], up: float, index: int, *, size: float, width: float
) -> None:
    """Write a label right of a line's end, ``up`` points above it, and lead to it with a line in its colour."""
    axes.annotate(
        text, end, (16, up), textcoords="offset points", va="center", fontsize=size,
        arrowprops={"arrowstyle": "-", "color": look(index).colour, "linewidth": width, "shrinkA": 0, "shrinkB": 3,
                    "relpos": (0, 0.5)},
    )  # fmt: skip


@drawing
def poll_trend(polls: PollForecast, election: dt.date, share: float, share_sd: float, wins: str, loses: str) -> Canvas:
    """Draw the polls over time, and beside them on the same scale the distribution of election day.

    All are shares of the two leading candidates' vote, the incumbent's, between 0 and 1.
    """
    height, side, gap, room, step = 230.0, 112.0, 10.0, 0.02, 5
    canvas, axes = paper(height, left=40, right=side + gap + 8, top=20, bottom=26)
    spread = axes_at(canvas, WIDTH - side - 8, 26, side, height - 46)
    spread.sharey(axes)
    shares = [point.share for point in polls.points]
    bottom = 100 * (min(*shares, share - 3 * share_sd, 0.5) - room)
    top = 100 * (max(*shares, share + 3 * share_sd, 0.5) + room)
    _trend(axes, polls, election)
    axes.set(ylim=(bottom, top))
    ticks = range(step * math.ceil(bottom / step), math.floor(top) + 1, step)
    axes.set_yticks(ticks, [f"{tick}" for tick in ticks[:-1]] + [f"{ticks[-1]}%"])
    axes.grid(axis="y")
    _spread(spread, (bottom, top), lambda y: _density((y / 100 - share) / share_sd, polls.degrees))
    for text, up in ((wins, 0.9), (loses, 0.1)):
        spread.text(1.88, bottom + up * (top - bottom), text, ha="right", va="center", fontsize=8.5,
                    fontweight="bold")  # fmt: skip
    spread.text(0, 1, "election day", transform=spread.transAxes, va="bottom", fontsize=8.5)
    return canvas


def _trend(axes: Axes, polls: PollForecast, election: dt.date) -> None:
    x = [day.toordinal() for day in polls.days]
    axes.axhline(50, color=INK, linewidth=0.8)
    axes.fill_between(x, *([100 * v for v in edge] for edge in (polls.low, polls.high)), color=BLUE, alpha=0.2, lw=0)
    axes.plot(x, [100 * v for v in polls.level], color=BLUE, marker="o" if len(x) == 1 else "")
    axes.plot(
        [point.day.toordinal() for point in polls.points], [100 * point.share for point in polls.points], "o",
        color=MUTED, markersize=3, markerfacecolor="none", markeredgewidth=0.8,
    )  # fmt: skip
    axes.axvline(election.toordinal(), color=INK, linewidth=1, linestyle=DASHED)
    axes.annotate(
        f"election, {date(election)}", (1, 1), (0, 5), xycoords="axes fraction", textcoords="offset points",
        ha="right", fontsize=8.5,
    )  # fmt: skip
    first = min(point.day for point in polls.points)
    axes.set_xlim(first.toordinal() - 2, election.toordinal() + 2)
    date_axis(axes, (first, election))


def _density(z: float, degrees: float | None) -> float:
    """Return the density so many standard deviations from the median, as a share of its peak."""
    if degrees is None:
        return math.exp(-(z**2) / 2)
    return float((1 + z**2 / (degrees - 2)) ** (-(degrees + 1) / 2))


def _spread(axes: Axes, ends: tuple[float, float], density_at: Callable[[float], float]) -> None:
    """Draw the density of the share on election day, lying on its side, the part above one half filled."""
    steps, (bottom, top) = 160, ends
    y = [bottom + (top - bottom) * step / steps for step in range(steps + 1)]
    density = [density_at(v) for v in y]
    won = [v >= 50 for v in y]  # noqa: PLR2004 - one half, in per cent
    axes.fill_betweenx(y, density, 0, where=won, color=BLUE, alpha=0.45, linewidth=0)
    axes.fill_betweenx(y, density, 0, where=[not w for w in won], facecolor=ORANGE, alpha=0.35, hatch="////", lw=0)
    axes.plot(density, y, color=INK, linewidth=1)
    axes.axhline(50, color=INK, linewidth=0.8)
    axes.set(xlim=(0, 1.9), xticks=[])
    axes.tick_params(labelleft=False)
    axes.spines["bottom"].set_visible(False)
