"""A replay as files: one table for people (Markdown) and for programs (CSV), and two figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from detente.report.figures import to_files
from detente.report.figures.series import Line, Timeline
from detente.report.markdown import text
from detente.report.prose import clean, count, date, name, percent, whole
from detente.report.specs import Figure
from detente.report.tables import ISO_DATE, Column, Kind, Table, table, to_csv, to_markdown, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from detente.evaluation.track import Arrival, Point, Replay

FILES = ("track.md", "track.csv", "hypotheses.svg", "outcomes.svg")
PROBABILITY = Kind("number", percent, "{:.6f}".format)
WHOLE = Kind("number", whole)
WIDTH, WIDEST = 160, 60
"""Columns of a terminal's table, and of what became known in it."""
DRAWN_EVIDENCE = {"item", "silence", "retraction"}


def render_replay(replay: Replay, command: str) -> Mapping[str, bytes]:
    """Return the files of a replay by name; ``command`` makes them again."""
    figures = tuple(_figures(replay))
    shown = replay_table(replay)
    return {
        "track.md": _markdown(replay, shown, [figure.name for figure in figures], command).encode(),
        "track.csv": to_csv(shown).encode(),
        **to_files(figures),
    }


def replay_table(replay: Replay) -> Table[Point]:
    """Return a row for each date; an outcome that is no longer open is blank."""
    case = replay.case

    def outcome(key: str) -> Callable[[Point], float | str]:
        return lambda point: point.outcomes.get(key, "")

    def hypothesis(key: str) -> Callable[[Point], float]:
        return lambda point: point.hypotheses[key]

    return table(
        "",
        replay.points,
        Column("As of", lambda point: point.date, ISO_DATE, key="date"),
        *(Column(name(key), hypothesis(key), PROBABILITY, key=key) for key in case.hypothesis_ids),
        *(Column(one.label, outcome(one.id), PROBABILITY, key=one.id) for one in case.outcomes),
        Column("Became known", lambda point: point.arrived, ARRIVALS, key="arrived"),
    )


def replay_lines(replay: Replay) -> Iterator[str]:
    """Yield the table for a terminal: whole percents, outcomes by number, and what became known."""
    shown, outcomes = replay_table(replay), replay.case.outcomes
    day, *columns, became_known = shown.columns
    hypotheses = columns[: len(columns) - len(outcomes)]
    headings = [*(column.key for column in hypotheses), *(f"[{number}]" for number, _ in enumerate(outcomes, 1))]
    columns = [replace(column, heading=h, kind=WHOLE, least=4) for column, h in zip(columns, headings, strict=True)]
    became_known = replace(became_known, heading="became known", limit=WIDEST)
    printed = Table("", (replace(day, heading="as of"), *columns, became_known), shown.groups)
    yield from to_text(printed, WIDTH, rule=False).splitlines()
    yield "numbers are percents; outcomes are by the horizon, blank once that is past:"
    for number, outcome in enumerate(outcomes, 1):
        yield f"  [{number}] {clean(outcome.label)}"


def arrived(arrivals: Sequence[Arrival]) -> str:
    """Say what arrived on a date, polls counted and not named."""
    polls = Counter(arrival.kind for arrival in arrivals)["poll"]
    words = [_arrival(arrival) for arrival in arrivals if arrival.kind != "poll"]
    return ", ".join([*words, *([count(polls, "poll")] if polls else [])])


def _arrival(arrival: Arrival) -> str:
    if arrival.kind == "schedule":
        return f"election set for {arrival.id}"
    if arrival.kind == "silence":
        return f"{name(arrival.id)}: has not come"
    return f"{name(arrival.id)} withdrawn" if arrival.kind == "retraction" else name(arrival.id)


ARRIVALS = Kind("text", arrived, lambda arrivals: "; ".join(f"{arrival.kind} {arrival.id}" for arrival in arrivals))


def _figures(replay: Replay) -> Iterator[Figure]:
    """Yield the lines of the hypotheses and, as long as they are open, of the outcomes."""
    case, points = replay.case, replay.points
    still_open = tuple(point for point in points if point.outcomes)
    lead = max(case.hypothesis_ids, key=lambda key: points[-1].hypotheses[key])
    lines = tuple(Line(name(key), tuple(point.hypotheses[key] for point in points)) for key in case.hypothesis_ids)
    title = f"“{name(lead)}” went {_ends([point.hypotheses[lead] for point in points])}, {_span(points)}"
    yield _figure("hypotheses", title, points, lines)
    if still_open:
        lines = tuple(Line(one.label, tuple(point.outcomes[one.id] for point in still_open)) for one in case.outcomes)
        title = f"The chance of each outcome by {date(case.horizon)}, {_span(still_open)}"
        yield _figure("outcomes", title, still_open, lines)


def _figure(key: str, title: str, points: Sequence[Point], lines: tuple[Line, ...]) -> Figure:
    evidence = tuple(point.date for point in points if DRAWN_EVIDENCE & {arrival.kind for arrival in point.arrived})
    events = tuple(
        (point.date, name(arrival.id)) for point in points for arrival in point.arrived if arrival.kind == "event"
    )
    return Figure(
        name=key,
        title=title,
        description="; ".join(f"{line.label}: {_ends(line.values)}" for line in lines),
        drawing=Timeline(tuple(point.date for point in points), lines, evidence, events),
    )


def _span(points: Sequence[Point]) -> str:
    return f"{date(points[0].date)} to {date(points[-1].date)}"


def _ends(values: Sequence[float]) -> str:
    return f"from {percent(values[0])} to {percent(values[-1])}"


def _markdown(replay: Replay, shown: Table[Point], figures: Sequence[str], command: str) -> str:
    case, points = replay.case, replay.points
    closed = [point for point in points if not point.outcomes]
    notes = [
        f"Every row is a forecast as of its date, by the {replay.engine} engine, from what was known by then.",
        "Outcomes are by the horizon.",
    ]
    if closed and case.outcomes:
        notes.append(f"From {date(closed[0].date)} on the horizon is past, and only the explanations are followed.")
    blocks = [
        f"# {text(case.title)}: {_span(points)}",
        " ".join(notes),
        *(f"![{text(figure)}]({figure}.svg)" for figure in figures),
        to_markdown(shown),
        f"Made by `{command}`; the same numbers are in `track.csv`. A tick below a figure marks new evidence.",
    ]
    return "\n\n".join(blocks) + "\n"
