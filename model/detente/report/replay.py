"""A replay as files: one table for people (Markdown) and for programs (CSV), and two figures."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from detente.report.figures import to_files
from detente.report.figures.series import Line, timeline
from detente.report.prose import capital, clean, count, date, name, percent, whole
from detente.report.render import markdown_page
from detente.report.specs import Figure
from detente.report.tables import Column, Kind, Table, table, to_csv, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from detente.case import CaseRecord
    from detente.evaluation.track import Arrival, Point, Replay

FILES = ("track.md", "track.csv", "hypotheses.svg", "outcomes.svg")
PROBABILITY = Kind("number", percent, "{:.6f}".format)
WHOLE = Kind("number", whole)
WIDTH, WIDEST = 160, 60
"""Columns of a terminal's table, and of what became known in it."""
DRAWN_EVIDENCE = {"item", "silence", "retraction"}


def render_replay(replay: Replay, command: str) -> Mapping[str, bytes]:
    """Return the files of a replay by name; ``command`` makes them again."""
    figures, shown = tuple(_figures(replay)), replay_table(replay)
    past = next((point.date for point in replay.points if not point.outcomes), None)
    content = {"case": replay.case, "points": replay.points, "past": past, "figures": figures, "shown": shown}
    return {
        "track.md": markdown_page("track.j2", replay=replay, command=command, **content).encode(),
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

    arrivals = Kind(
        "text",
        lambda arrivals: arrived(case, arrivals),
        lambda arrivals: "; ".join(f"{arrival.kind} {arrival.id}" for arrival in arrivals),
    )
    return table(
        "",
        replay.points,
        Column("As of", lambda point: point.date, "date", key="date"),
        *(Column(capital(one.label), hypothesis(one.id), PROBABILITY, key=one.id) for one in case.hypotheses),
        *(Column(one.label, outcome(one.id), PROBABILITY, key=one.id) for one in case.outcomes),
        Column("Became known", lambda point: point.arrived, arrivals, key="arrived"),
    )


def replay_lines(replay: Replay) -> Iterator[str]:
    """Yield the table for a terminal: whole percents, outcomes by number, and what became known."""
    case, shown = replay.case, replay_table(replay)
    day, *columns, became_known = shown.columns
    headings = [*case.hypothesis_ids, *(f"[{number}]" for number, _ in enumerate(case.outcomes, 1))]
    columns = [replace(column, heading=h, kind=WHOLE, least=4) for column, h in zip(columns, headings, strict=True)]
    became_known = replace(became_known, heading="became known", limit=WIDEST)
    printed = Table("", (replace(day, heading="as of", kind="iso_date"), *columns, became_known), shown.groups)
    yield from to_text(printed, WIDTH, rule=False).splitlines()
    yield f"In percent; outcomes by {date(case.horizon)}, blank once that date has passed:"
    for number, outcome in enumerate(case.outcomes, 1):
        yield f"  [{number}] {clean(outcome.label)}"


def arrived(case: CaseRecord, arrivals: Sequence[Arrival]) -> str:
    """Say what arrived on a date, polls counted and not named."""
    polls = sum(arrival.kind == "poll" for arrival in arrivals)
    words = [_arrival(case, arrival) for arrival in arrivals if arrival.kind != "poll"]
    return ", ".join([*words, *([count(polls, "poll")] if polls else [])])


def _arrival(case: CaseRecord, arrival: Arrival) -> str:
    if arrival.kind == "event":
        process, _, state = arrival.id.partition(" > ")
        winners = case.election.winners if case.election is not None else ()
        labels = {(one.process, one.state): one.label for one in case.outcomes}
        labels |= {("election", winner.id): winner.label for winner in winners}
        return labels.get((process, state), name(state))
    if arrival.kind == "schedule":
        return f"election called for {date(dt.date.fromisoformat(arrival.id))}"
    words = {"silence": "not seen by its date", "retraction": "withdrawn"}
    return f"{name(arrival.id)} {words.get(arrival.kind, '')}".rstrip()


def _figures(replay: Replay) -> Iterator[Figure]:
    """Yield the lines of the explanations and, as long as they are open, of the outcomes."""
    case, points = replay.case, replay.points
    lines = tuple(Line(one.label, tuple(point.hypotheses[one.id] for point in points)) for one in case.hypotheses)
    leading = max(lines, key=lambda line: line.values[-1])
    yield _figure(replay, "hypotheses", f"{capital(leading.label)}: {_ends(points, leading)}", points, lines)
    if points := tuple(point for point in points if point.outcomes):
        lines = tuple(Line(one.label, tuple(point.outcomes[one.id] for point in points)) for one in case.outcomes)
        most = max(lines, key=lambda line: abs(line.values[-1] - line.values[0]))
        title = f"{most.label} by {date(case.horizon)}: {_ends(points, most)}"
        title += ", the largest change of any outcome" * (len(lines) > 1 and len(points) > 1)
        yield _figure(replay, "outcomes", title, points, lines)


def _figure(replay: Replay, key: str, title: str, points: tuple[Point, ...], lines: tuple[Line, ...]) -> Figure:
    evidence = tuple(point.date for point in points if DRAWN_EVIDENCE & {arrival.kind for arrival in point.arrived})
    events = tuple(
        (point.date, _arrival(replay.case, arrival))
        for point in points
        for arrival in point.arrived
        if arrival.kind == "event"
    )
    return Figure(
        name=key,
        title=title,
        description=f"Probability, forecast as of each date from {date(points[0].date)} to {date(points[-1].date)}: "
        + "; ".join(f"{line.label}, {percent(line.values[0])} to {percent(line.values[-1])}" for line in lines)
        + ".",
        drawing=timeline(tuple(point.date for point in points), lines, evidence, events),
    )


def _ends(points: Sequence[Point], line: Line) -> str:
    """Return a line's first and last value with their dates."""
    first, last = percent(line.values[0]), percent(line.values[-1])
    if len(points) == 1:
        return f"{last} on {date(points[0].date)}"
    verb = "unchanged at" if first == last else f"from {first} to"
    return f"{verb} {last}, {date(points[0].date)} to {date(points[-1].date)}"
