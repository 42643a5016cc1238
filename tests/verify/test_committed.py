"""The committed verification of the bundled case: made by the command, whole, and nothing in it failed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from detente.verify.result import FAMILY_LEVEL, Plan
from detente.verify.verdicts import holm

FOLDER = Path(__file__).parents[2] / "reports/turkey-syria/verify"


def test_it_has_both_engines_and_nothing_in_it_failed():
    told = json.loads((FOLDER / "verify.json").read_text(encoding="utf-8"))
    assert told["verdict"] == "pass"
    assert {report["engine"]: report["replicates"] for report in told["engines"]} == {"nuts": 500, "exact": 500}
    assert told["plan"]["random_seed"] == Plan().random_seed
    assert len(told["agreements"]) == 1 + Plan().random_cases
    assert all(row["max_z"] <= 4 for row in told["agreements"])


def test_the_verdict_follows_from_its_own_table():
    with (FOLDER / "verify.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for engine in ("nuts", "exact"):
        tests = {f"{row['kind']} {row['name']}": float(row["p_value"]) for row in rows if row["engine"] == engine}
        assert len(tests) > 100
        assert holm(tests, FAMILY_LEVEL) == ()


def test_every_parameter_of_the_case_is_in_it(bundled):
    told = json.loads((FOLDER / "verify.json").read_text(encoding="utf-8"))
    for report in told["engines"]:
        names = {row["name"] for row in report["quantities"]}
        clusters = [cluster.name for cluster in bundled.clusters_in_force]
        assert {f"{kind}[{c}]" for c in clusters for kind in ("cluster_correlation", "common_cause")} <= names
        assert {f"step_effect[{step.id}]" for step in bundled.transitions} <= names
        assert {f"{outcome.id}.horizon" for outcome in bundled.outcomes} <= names
        assert {"discrimination", "hypothesis_probability[sincere]", "joint_log_likelihood", "polls_missed"} <= names
        assert {f"{kind}[{bundled.transitions[0].id}]" for kind in ("class_pace", "class_log_likelihood")} <= names
