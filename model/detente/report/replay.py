"""A replay as files: a table for people (Markdown), one for programs (CSV), and two figures."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING

from detente.report.figures import to_svg
from detente.report.figures.series import Line, ReplayLines
from detente.report.markdown import grid, text
from detente.report.prose import count, date, name, percent
from detente.report.specs import Figure
from detente.report.worded import Column, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detente.evaluation.track import Arrival, Point, Replay

FILES = ("track.md", "track.csv", "hypotheses.svg", "outcomes.svg")
CSV_DIGITS = 6


def render_replay(replay: Replay, command: str) -> Mapping[str, bytes]:
    """Return the files of a replay by name; ``command`` makes them again."""
    figures = {figure.name: to_svg(figure).encode() for figure in _figures(replay)}
    return {
        "track.md": _markdown(replay, tuple(figures), command).encode(),
        "track.csv": to_csv(replay).encode(),
        **{f"{key}.svg": content for key, content in figures.items()},
    }


def to_csv(replay: Replay) -> str:
    """Return the table for programs: a row a date; an outcome that is no longer open is blank."""
    hypotheses, outcomes = replay.case.hypothesis_ids, [outcome.id for outcome in replay.case.outcomes]
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["date", *hypotheses, *outcomes, "arrived"])
    for point in replay.points:
        values = [point.hypotheses[h] for h in hypotheses]
        open_ = [f"{point.outcomes[o]:.{CSV_DIGITS}f}" if o in point.outcomes else "" for o in outcomes]
        arrived = "; ".join(f"{found.kind} {found.id}" for found in point.arrived)
        writer.writerow([point.date, *(f"{value:.{CSV_DIGITS}f}" for value in values), *open_, arrived])
    return lines.getvalue()


def arrived(point: Point) -> str:
    """Say what arrived on a date, polls counted and not named."""
    polls = Counter(found.kind for found in point.arrived)["poll"]
    words = [_arrival(found) for found in point.arrived if found.kind != "poll"]
    return ", ".join([*words, *([count(polls, "poll")] if polls else [])])


def _arrival(found: Arrival) -> str:
    if found.kind == "item":
        return name(found.id)
    if found.kind == "schedule":
        return f"election set for {found.id}"
    if found.kind == "silence":
        return f"{name(found.id)}: has not come"
    return f"{name(found.id)} withdrawn" if found.kind == "retraction" else name(found.id)


def _figures(replay: Replay) -> tuple[Figure, ...]:
    """Draw the hypotheses and, as long as they are open, the outcomes."""
    case, points = replay.case, replay.points
    open_ = tuple(point for point in points if point.outcomes)
    lead = max(case.hypothesis_ids, key=lambda h: points[-1].hypotheses[h])
    lines = tuple(Line(name(h), tuple(point.hypotheses[h] for point in points)) for h in case.hypothesis_ids)
    title = f"“{name(lead)}” went {_ends([point.hypotheses[lead] for point in points])}, {_span(points)}"
    figures = [_figure("hypotheses", title, points, lines)]
    if open_:
        lines = tuple(
            Line(outcome.label, tuple(point.outcomes[outcome.id] for point in open_)) for outcome in case.outcomes
        )
        title = f"The chance of each outcome by {date(case.horizon)}, {_span(open_)}"
        figures.append(_figure("outcomes", title, open_, lines))
    return tuple(figures)


def _figure(key: str, title: str, points: Sequence[Point], lines: tuple[Line, ...]) -> Figure:
    kinds = {"item", "silence", "retraction"}
    evidence = tuple(point.date for point in points if any(found.kind in kinds for found in point.arrived))
    events = tuple((point.date, name(found.id)) for point in points for found in point.arrived if found.kind == "event")
    return Figure(
        name=key,
        title=title,
        description="; ".join(f"{line.label}: {_ends(line.values)}" for line in lines),
        drawing=ReplayLines(tuple(point.date for point in points), lines, evidence, events),
    )


def _span(points: Sequence[Point]) -> str:
    return f"{date(points[0].date)} to {date(points[-1].date)}"


def _ends(values: Sequence[float]) -> str:
    return f"from {percent(values[0])} to {percent(values[-1])}"


def _markdown(replay: Replay, figures: tuple[str, ...], command: str) -> str:
    case, points = replay.case, replay.points
    columns = (
        Column("As of"),
        *(Column(name(h), "number") for h in case.hypothesis_ids),
        *(Column(outcome.label, "number") for outcome in case.outcomes),
        Column("Became known"),
    )
    rows = tuple(
        (
            point.date.isoformat(),
            *(percent(point.hypotheses[h]) for h in case.hypothesis_ids),
            *(percent(point.outcomes[o.id]) if o.id in point.outcomes else "" for o in case.outcomes),
            arrived(point),
        )
        for point in points
    )
    closed = [point for point in points if not point.outcomes]
    notes = [
        f"Every row is a forecast as of its date, by the {replay.engine} engine, from what was known by then.",
        "Outcomes are by the horizon.",
    ]
    if closed and case.outcomes:
        notes.append(f"From {date(closed[0].date)} on the horizon is past, and only the explanations are followed.")
    images = [f"![{text(figure)}]({figure}.svg)" for figure in figures]
    head = f"# {text(case.title)}: {_span(points)}"
    rule = f"Made by `{command}`; the same numbers are in `track.csv`. A tick below a figure marks new evidence."
    caption = grid(table("", columns, rows))
    return "\n\n".join([head, " ".join(notes), *images, caption, rule]) + "\n"
