"""Earlier and later runs of a case: the headlines in the ``forecast.json`` files beside each other."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.dossier import PastRun
from detente.report.reading import FILE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from detente.forecast.result import Forecast


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
