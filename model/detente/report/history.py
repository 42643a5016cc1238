"""Earlier and later runs of a case: the headlines in the ``forecast.json`` files beside each other, and over time."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.dossier import PastRun
from detente.report.figures.series import Line, Timeline
from detente.report.prose import cardinal, date, name, percent, points
from detente.report.reading import FILE
from detente.report.specs import Figure
from detente.report.tables import DATE, PERCENT, Column, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from detente.forecast.result import Forecast

    Dated = tuple[dt.date, Mapping[str, float]]


@dataclass(frozen=True)
class StoredRun:
    """What an overview needs of one run; ``folder`` is the name of its folder, ``labels`` name its outcomes."""

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


def stored_runs(case_folder: Path, case: str) -> tuple[StoredRun, ...]:
    """Return the runs of ``case`` in a folder, oldest cut-off first; what cannot be read is passed over."""
    found = []
    for path in sorted(case_folder.glob(f"*/{FILE}")):
        if not path.parent.name.startswith("."):
            run = _read(path, case)
            found += [run] if run else []
    return tuple(sorted(found, key=lambda run: (run.as_of, run.folder)))


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
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if raw["case"] != case:
            return None
        return StoredRun(
            folder=path.parent.name,
            as_of=dt.date.fromisoformat(raw["as_of"]),
            title=str(raw["title"]),
            question=str(raw["question"]),
            engine=str(raw["engine"]),
            failed=raw["diagnostics"]["status"] == "fail",
            hypotheses={str(key): float(found["posterior"]) for key, found in raw["hypotheses"].items()},
            outcomes={str(key): float(found["horizon"]["probability"]) for key, found in raw["outcomes"].items()},
            labels={str(key): str(found["label"]) for key, found in raw["outcomes"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def since_the_first(forecast: Forecast, history: Sequence[PastRun]) -> Figure | None:
    """Return the figure of the earlier runs and this one, or nothing where this is the first."""
    now = {key: found.posterior for key, found in forecast.hypotheses.items()}
    past: list[Dated] = [(run.as_of, run.hypotheses) for run in history]
    return over_time([*past, (forecast.as_of, now)], forecast.leading, forecast.election_date)


def over_time(runs: Sequence[Dated], leading: str, election_date: dt.date | None = None) -> Figure | None:
    """Return the lines of every hypothesis over the runs, oldest first; nothing for fewer than two dates."""
    dated = dict(runs)
    if len(dated) < 2:  # noqa: PLR2004 - no line through one point
        return None
    days, ids = sorted(dated), list(runs[-1][1])
    first, last = dated[days[0]].get(leading, 0.0), dated[days[-1]][leading]

    def probability(key: str) -> Callable[[dt.date], float]:
        return lambda day: dated[day].get(key, 0.0)

    lines = tuple(Line(name(key), tuple(dated[day].get(key, 0.0) for day in days)) for key in ids)
    change = last - first
    way = "stands where it stood" if abs(change) < 0.005 else f"{'up' if change > 0 else 'down'} {points(change)}"  # noqa: PLR2004
    return Figure(
        name="over-time",
        title=f"“{name(leading)}” over {cardinal(len(days))} forecasts: {percent(last)}, {way} since {date(days[0])}",
        description=(
            f"Probability of each hypothesis in the forecasts from {date(days[0])} to {date(days[-1])}. "
            + " ".join(
                f"“{line.label}”: from {percent(line.values[0])} to {percent(line.values[-1])}." for line in lines
            )
        ),
        drawing=Timeline(tuple(days), lines, events=((election_date, "election"),) if election_date else ()),
        data=table(
            "Probability of each hypothesis, forecast by forecast",
            days,
            Column("As of", lambda day: day, DATE),
            *(Column(name(key), probability(key), PERCENT) for key in ids),
        ),
    )
