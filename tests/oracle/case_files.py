"""The plain parts of a generated case, and how its files are written."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

CUTOFF = date(2023, 3, 1)
WHY = "Drawn at random for a test."
EVIDENCE = "id,date,cluster,observed,reliability,credibility,actor,source,locator,claim,expected_by"
LIKELIHOODS = "evidence,hypothesis,low,mid,high,because"
INTENSITIES = "process,from,to,hypothesis,regime,within_days,low,mid,high,because"


def facts(case: str, hypotheses: tuple[str, ...], groups: list[str], processes: dict[str, Any]) -> dict[str, Any]:
    """Give the content of case.yaml without an election."""
    return {
        "case": case,
        "title": f"The random case {case}",
        "question": "Which hypothesis explains the record?",
        "source": {"title": "None", "publisher": "None", "date": CUTOFF, "url": "https://example.org/none"},
        "information_cutoff": CUTOFF,
        "hypotheses": [{"id": h, "statement": f"The hypothesis called {h}."} for h in hypotheses],
        "clusters": dict.fromkeys(groups, "They share a cause."),
        "horizon": date(2024, 6, 1),
        "processes": processes,
        "outcomes": [
            {"id": f"{p}_{s}", "label": f"{p} reaches {s}", "process": p, "state": s, "resolution": "As recorded."}
            for p, process in processes.items()
            for s in process["states"][1:]
        ],
    }


def priors(hypotheses: tuple[str, ...]) -> dict[str, Any]:
    """Give the content of priors.yaml of an ordinary case without an election; equal weights."""
    return {
        "hypotheses": {"weights": {h: 1 / len(hypotheses) for h in hypotheses}, "concentration": 4, "because": WHY},
        "discrimination": {"mean": 0.6, "sd": 0.15, "because": WHY},
        "dependence": {"default": {"mean": 0.5, "sd": 0.15, "because": WHY}},
        "assumed_mass": 0.65,
        "persistence": 0.5,
        "reliability": {"A": 0.98, "B": 0.90, "C": 0.75, "D": 0.50, "E": 0.25, "F": 0.50},
        "credibility": {1: 1.0, 2: 0.95, 3: 0.85, 4: 0.6, 5: 0.3, 6: 0.7},
        "couplings": [],
    }


def write_files(
    root: Path,
    case: str,
    facts: dict[str, Any],
    priors: dict[str, Any],
    evidence: list[list[Any]],
    likelihoods: list[list[Any]],
    intensities: list[list[Any]],
    events: list[list[Any]],
) -> None:
    """Write the four tables and the two YAML files of a case; every table has its header."""
    seeds, judgements = root / "seeds" / case, root / "priors" / case
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    for folder, name, content in ((seeds, "case.yaml", facts), (judgements, "priors.yaml", priors)):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("w", encoding="utf-8") as handle:
            yaml.dump(content, handle)
    for path, header, rows in (
        (seeds / "evidence.csv", EVIDENCE, evidence),
        (seeds / "events.csv", "date,process,state,source,claim", events),
        (judgements / "likelihoods.csv", LIKELIHOODS, likelihoods),
        (judgements / "intensities.csv", INTENSITIES, intensities),
    ):
        with path.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle, lineterminator="\n").writerows([header.split(","), *rows])
