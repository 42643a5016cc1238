"""The committed scores are those of the bundled case: forecast again on a few days, and added up again."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import pytest

from detente.case import find_case, read_bulletins, read_record, take_in_all
from detente.evaluation.forecasters import forecasts_on
from detente.evaluation.questions import questions

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "reports/turkey-syria/score"
STALE = "the case has changed since it was scored: run `detente score turkey-syria` again"
START = dt.date(2023, 2, 8)


@pytest.fixture(scope="module")
def case():
    whole = read_record(find_case("turkey-syria", ROOT))[0]
    return take_in_all(whole, read_bulletins(ROOT / "seeds/turkey-syria/bulletins", whole))


@pytest.fixture(scope="module")
def daily():
    with (FOLDER / "daily.csv").open(encoding="utf-8") as file:
        return {row.pop("date"): row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def record():
    return json.loads((FOLDER / "score.json").read_text(encoding="utf-8"))


def test_the_questions_are_the_cases(case, record):
    asked = {question.id: (question.status, question.answer) for question in questions(case, START)}
    found = {row["question"]["id"]: row["question"] for row in record["questions"]}
    assert {name: (row["status"], row.get("answer")) for name, row in found.items()} == asked, STALE


@pytest.mark.parametrize("day", ["2023-02-08", "2023-05-20", "2024-03-01"])
def test_a_day_is_forecast_again(case, daily, day):
    made = forecasts_on(case, questions(case, START), dt.date.fromisoformat(day))
    stored = {key: tuple(map(float, cell.split())) for key, cell in daily[day].items() if cell}
    assert stored
    for key, given in stored.items():
        question, _, who = key.rpartition(":")
        assert made[question][who] == pytest.approx(given, abs=1e-4), f"{key}: {STALE}"


def test_the_scores_are_those_of_the_days(daily, record):
    for row in record["questions"]:
        asked = row["question"]
        if asked["status"] == "resolved" and not asked["categories"]:
            for found in row["performances"]:
                cells = [day.get(f"{asked['id']}:{found['forecaster']}") for day in daily.values()]
                given = [float(cell) for cell in cells if cell]
                if given:
                    brier = sum((p - asked["answer"]) ** 2 for p in given) / len(given)
                    assert found["brier"] == pytest.approx(brier, abs=2e-4)
                    assert found["days"] == len(given)


def test_overall_is_the_mean_over_questions(record):
    rows = [row for row in record["questions"] if row.get("performances") and not row["question"]["categories"]]
    ours = [row["performances"][0]["brier"] for row in rows]
    (found,) = (row for row in record["overall"] if row["forecaster"] == "detente")
    assert found["brier"] == pytest.approx(sum(ours) / len(ours))
    assert found["questions"] == len(rows)
