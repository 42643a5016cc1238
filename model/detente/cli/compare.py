"""``detente compare``: what moved between two runs, and what moved it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from detente.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from detente.analysis.attribution import Move
    from detente.compare import Comparison
    from detente.forecast import Forecast
    from detente.forecast.headlines import Headlines

KINDS = {
    "question": "the question changed",
    "priors": "priors edited",
    "withdrawn": "withdrawn",
    "rejudged": "judged anew",
    "corrected": "record corrected",
    "schedule": "election date",
    "time": "time passes",
    "event": "event",
    "polls": "polls",
    "silent": "has not come",
    "added": "new",
    "other": "all else",
}
BAR = 24


@click.command("compare")
@click.argument("before")
@click.argument("after")
@options.workspace
@click.option("--outcome", metavar="ID", help="Also show what moved this outcome, by the horizon.")
@options.as_json
def command(before: str, after: str, workspace: Path, outcome: str | None, as_json: bool) -> None:
    """Show every headline of two runs, and what moved it from one to the other.

    A run is a run folder, or CASE/AS-OF. Every step is exact, and the steps sum to the whole change.

    \b
    Examples:
      detente compare my-case/2023-02-08 my-case/2023-05-11
      detente compare my-case/2023-02-08 my-case/2023-05-11 --outcome leaders_met
    """
    from detente.compare import compare
    from detente.report import find_run, read_dossier

    runs = [read_dossier(find_run(run, workspace)).forecast for run in (before, after)]
    labels = {one.id: one.label for one in runs[1].inputs.outcomes}
    if outcome is not None and outcome not in labels:
        raise click.UsageError(f"no outcome is called {outcome} (outcomes: {', '.join(labels)})")
    found = compare(*runs)
    if as_json:
        click.echo(json.dumps(_machine(found), indent=1))
        return
    for line in (*_headlines(found), "", *_waterfall(found, found.after.leading, None)):
        click.echo(line)
    if outcome is not None:
        for line in ("", *_waterfall(found, labels[outcome], outcome)):
            click.echo(line)


def _headlines(found: Comparison) -> Iterator[str]:
    from detente.cli.change import headline_table

    old, new = found.before, found.after
    yield f"{new.case}: as of {old.as_of} and as of {new.as_of}, by the exact engine"
    yield headline_table(new.inputs, found.headlines_before, found.headlines_after)


def _waterfall(found: Comparison, label: str, outcome: str | None) -> Iterator[str]:
    """Yield one line a move: points, a bar, and what it was."""
    from detente.cli.change import points, tenths

    def value(move: Move) -> float:
        return move.hypotheses[found.after.leading] if outcome is None else move.outcomes.get(outcome, 0.0)

    def at(side: str) -> float:
        headlines = found.headlines_before if side == "before" else found.headlines_after
        if outcome is None:
            return headlines.hypotheses[found.after.leading]
        return headlines.outcomes.get(outcome, {}).get("horizon", 0.0)

    yield f"{label}: {tenths(at('before'))} -> {tenths(at('after'))}, in points"
    largest = max((abs(value(move)) for move in found.moves), default=0.0) or 1.0
    for move in found.moves:
        size = round(BAR * abs(value(move)) / largest)
        left = ("-" * size if value(move) < 0 else "").rjust(BAR)
        right = ("+" * size if value(move) >= 0 else "").ljust(BAR)
        yield f"{points(value(move)):>7}  {left}|{right}  {_named(move)}".rstrip()
    yield f"{points(sum(map(value, found.moves))):>7}  in all"


def _named(move: Move) -> str:
    day = f" ({move.date})" if move.date else ""
    return f"{KINDS[move.kind]}{f': {move.id}' if move.id else ''}{day}"


def _machine(found: Comparison) -> dict[str, object]:
    def side(run: Forecast, one: Headlines) -> dict[str, object]:
        plain = {"hypotheses": dict(one.hypotheses), "outcomes": {key: dict(row) for key, row in one.outcomes.items()}}
        return {"as_of": str(run.as_of), "inputs_sha256": run.inputs_sha256, **plain}

    return {
        "case": found.after.case,
        "before": side(found.before, found.headlines_before),
        "after": side(found.after, found.headlines_after),
        "moves": [{**vars(move), "date": move.date and str(move.date)} for move in found.moves],
    }
