"""Earlier and later runs of a case: the headlines in the ``forecast.json`` files beside each other, and over time.

``reports/<case>/index.html`` shows every run, the headlines over time, and where each report is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.case.writing import replace_files
from detente.dossier import SEAL, PastRun, digest
from detente.jsonable import ROUNDING, parsed
from detente.report.figures.series import Line, timeline
from detente.report.prose import capital, cardinal, date, name, percent, points
from detente.report.reading import FILE
from detente.report.render import draw, page
from detente.report.specs import Figure
from detente.report.tables import Column, Columns, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from detente.forecast.result import Forecast

    Dated = tuple[dt.date, Mapping[str, float]]

INDEX = "index.html"
COLUMNS = 6
"""Runs side by side in the table of outcomes: the latest."""
UNCHANGED = 0.005
"""Half a percentage point."""


@dataclass(frozen=True)
class StoredRun:
    """What an overview needs of one run; ``folder`` is the name of its folder, ``labels`` those of everything in it."""

    folder: str
    as_of: dt.date
    title: str
    question: str
    engine: str
    failed: bool
    hypotheses: Mapping[str, float]
    outcomes: Mapping[str, float]
    labels: Mapping[str, str]

    @property
    def leading(self) -> str:
        """Id of the hypothesis with the largest posterior."""
        return max(self.hypotheses, key=lambda h: self.hypotheses[h])

    @property
    def leader(self) -> str:
        """What that hypothesis is called."""
        return self.labels.get(self.leading, name(self.leading))


def stored_runs(case_folder: Path, case: str, faults: list[str] | None = None) -> tuple[StoredRun, ...]:
    """Return the runs of ``case`` in a folder, oldest cut-off first.

    What cannot be read is passed over, and said in a line added to ``faults``.
    """
    runs = []
    for path in sorted(case_folder.glob(f"*/{FILE}")):
        if path.parent.name.startswith("."):
            continue
        try:
            run = _read(path, case)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else str(error).partition("\n")[0]
            if faults is not None:
                faults.append(f"{path}: left out of the overview of runs, for it cannot be read: {reason}")
        else:
            runs += [run] if run else []
    return tuple(sorted(runs, key=lambda run: (run.as_of, run.folder)))


def earlier(forecast: Forecast, case_folder: Path) -> tuple[PastRun, ...]:
    """Return the headlines of the runs with an earlier cut-off and the same hypotheses, one a date."""
    same = set(forecast.hypotheses)
    runs = {
        run.as_of: PastRun(run.as_of, run.hypotheses, run.outcomes)
        for run in stored_runs(case_folder, forecast.case)
        if run.as_of < forecast.as_of and set(run.hypotheses) == same and not run.failed
    }
    return tuple(runs[day] for day in sorted(runs))


def _read(path: Path, case: str) -> StoredRun | None:
    """Read the headlines of a run; None where it is of another case."""
    raw: dict[str, Any] = parsed(path.read_text(encoding="utf-8"))
    if raw["case"] != case:
        return None
    if SEAL in raw and raw[SEAL] != digest(raw):
        raise ValueError("it was changed after it was written")
    stored = StoredRun(
        folder=path.parent.name,
        as_of=dt.date.fromisoformat(raw["as_of"]),
        title=str(raw["title"]),
        question=str(raw["question"]),
        engine=str(raw["engine"]),
        failed=raw["diagnostics"]["status"] == "fail",
        hypotheses={
            str(key): _probability(hypothesis["posterior"], key) for key, hypothesis in raw["hypotheses"].items()
        },
        outcomes={str(key): _probability(one["horizon"]["probability"], key) for key, one in raw["outcomes"].items()},
        labels={str(key): str(outcome["label"]) for key, outcome in raw["outcomes"].items()}
        | {str(one["id"]): str(one.get("label", name(one["id"]))) for one in raw["inputs"]["hypotheses"]},
    )
    if not stored.hypotheses:
        raise ValueError("hypotheses: there is none")
    return stored


def _probability(value: object, key: str) -> float:
    if not isinstance(value, (int, float)) or not -ROUNDING <= value <= 1 + ROUNDING:
        raise ValueError(f"{key}: must be a probability (got {value})")
    return min(max(float(value), 0.0), 1.0)


def since_the_first(forecast: Forecast, history: Sequence[PastRun]) -> Figure | None:
    """Return the figure of the earlier runs and this one, or nothing where this is the first."""
    now = {key: answer.posterior for key, answer in forecast.hypotheses.items()}
    past: list[Dated] = [(run.as_of, run.hypotheses) for run in history]
    labels = {hypothesis.id: hypothesis.label for hypothesis in forecast.inputs.hypotheses}
    return over_time([*past, (forecast.as_of, now)], forecast.leading, labels, forecast.election_date)


def over_time(
    runs: Sequence[Dated], leading: str, labels: Mapping[str, str], election_date: dt.date | None = None
) -> Figure | None:
    """Return the lines of every explanation over the runs, oldest first; nothing for fewer than two dates."""
    dated = dict(runs)
    if len(dated) < 2:  # noqa: PLR2004 - no line through one point
        return None
    days = sorted(dated)

    lines = {
        key: Line(labels.get(key, name(key)), tuple(dated[day].get(key, 0.0) for day in days)) for key in runs[-1][1]
    }
    lead = lines[leading]
    change = lead.values[-1] - lead.values[0]
    way = "unchanged" if abs(change) < UNCHANGED else f"{'up' if change > 0 else 'down'} {points(change)}"
    return Figure(
        name="over-time",
        title=f"{capital(lead.label)}: {percent(lead.values[-1])}, {way} since {date(days[0])}",
        description=(
            f"Probability of each explanation in {cardinal(len(days))} forecasts from {date(days[0])} to "
            f"{date(days[-1])}: "
            + "; ".join(f"{one.label}, {percent(one.values[0])} to {percent(one.values[-1])}" for one in lines.values())
            + "."
        ),
        drawing=timeline(
            tuple(days), tuple(lines.values()), events=((election_date, "election"),) if election_date else ()
        ),
        data=table(
            "Probability of each explanation, forecast by forecast",
            days,
            Column("As of", lambda day: day, "date"),
            Columns(lines, lambda key: capital(lines[key].label), lambda key, day: dated[day].get(key, 0.0), "percent"),
        ),
    )


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
        replace_files({case_folder / INDEX: overview(runs).encode()})
    return tuple(faults)


def overview(runs: tuple[StoredRun, ...]) -> str:
    """Return the page on runs, which come oldest first; it shows the latest first."""
    last, latest = runs[-1], runs[::-1]
    comparable = [run for run in runs if set(run.hypotheses) == set(last.hypotheses) and not run.failed]
    figure = over_time([(run.as_of, run.hypotheses) for run in comparable], last.leading, last.labels)
    outcomes = table(
        "Outcomes in the latest forecasts",
        last.outcomes,
        Column("Outcome by the horizon", lambda key: last.labels[key]),
        Columns(latest[:COLUMNS], lambda run: date(run.as_of), lambda run, key: run.outcomes.get(key), "percent"),
    )
    drawn = draw((figure,)) if figure else {}
    return page("index.j2", runs=latest, figure=figure, drawn=drawn, outcomes=outcomes if last.outcomes else None)
