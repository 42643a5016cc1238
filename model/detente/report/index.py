"""``reports/<case>/index.html``: every run of a case, the headlines over time, and where each report is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from detente.case.writing import replace_files
from detente.report.history import StoredRun, over_time, stored_runs
from detente.report.prose import Chance, capital, chance, date, name
from detente.report.render import draw, page
from detente.report.tables import PERCENT, Column, Table, table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from detente.report.specs import Figure

INDEX = "index.html"
COLUMNS = 6
"""Runs side by side in the table of outcomes: the latest."""


@dataclass(frozen=True)
class RunEntry:
    """One run in the list."""

    address: str
    as_of: str
    leading: str
    chance: Chance
    engine: str
    failed: bool


@dataclass(frozen=True)
class Overview:
    """What the page shows, latest run first."""

    title: str
    question: str
    rows: tuple[RunEntry, ...]
    figures: tuple[Figure, ...]
    outcomes: Table[Any] | None


def write_index(case_folder: Path, case: str) -> tuple[str, ...]:
    """Write the page anew from the runs that are there; return a line on each that cannot be read.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    faults: list[str] = []
    runs = stored_runs(case_folder, case, faults)
    if runs:
        replace_files({case_folder / INDEX: to_html(overview(runs)).encode()})
    return tuple(faults)


def overview(runs: tuple[StoredRun, ...]) -> Overview:
    """Return what the page shows of runs, oldest first."""
    last = runs[-1]
    comparable = [run for run in runs if set(run.hypotheses) == set(last.hypotheses) and not run.failed]
    figure = over_time([(run.as_of, run.hypotheses) for run in comparable], last.leading, last.labels)
    rows = tuple(
        RunEntry(
            quote(run.folder), date(run.as_of), capital(run.labels.get(run.leading, name(run.leading))),
            chance(run.hypotheses[run.leading]), run.engine, run.failed,
        )
        for run in reversed(runs)
    )  # fmt: skip
    return Overview(last.title, last.question, rows, (figure,) if figure else (), _outcomes(runs))


def to_html(made: Overview) -> str:
    """Return the page."""
    return page("index.j2", {"index": made, "drawn": draw(made.figures)})


def _outcomes(runs: tuple[StoredRun, ...]) -> Table[str] | None:
    latest = runs[-1 : -1 - COLUMNS : -1]
    if not latest[0].outcomes:
        return None

    def probability(run: StoredRun) -> Callable[[str], float | None]:
        return run.outcomes.get

    return table(
        "Outcomes in the latest forecasts",
        latest[0].outcomes,
        Column("Outcome by the horizon", lambda key: latest[0].labels[key]),
        *(Column(date(run.as_of), probability(run), PERCENT) for run in latest),
    )
