"""Outcomes that ask for the state on a date: how they are forecast, resolved, asked and learned from."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from tests.cases import CASE, INTENSITIES, write_case

from detente.case import find_case, load_case, read_record
from detente.case.bulletins import read_bulletin
from detente.case.changes import take_in
from detente.case.windows import occurrence, resolve_outcome, state_on
from detente.errors import BulletinError, CaseError
from detente.evaluation.calibrate.resolved import resolve_case
from detente.evaluation.calibrate.tables import outcome_means, outcomes_at
from detente.evaluation.forecasters import forecasts_on
from detente.evaluation.questions import questions
from detente.forecast.build import forecast
from detente.settings import Settings

BACK = "      - [met, signed]\n      - [met, apart]\n"
NOW = (
    "outcomes:\n  - {id: meeting, label: They meet, process: ladder, state: met, asks: is_in, resolution: They say.}\n"
)
ASKED = (
    CASE.replace("      - [met, signed]\n", BACK)
    .replace("outcomes:\n", NOW)
    .replace("horizon: 2024-03-01", "horizon: 2024-03-01\ndeadlines: [2023-04-30, 2023-09-30]")
)
ROWS = INTENSITIES + "ladder,met,apart,*,*,100,0.2,0.4,0.6,They quarrel.\n"
EVENTS = """\
date,process,state,source,claim
2023-02-10,ladder,met,Daily,They met.
2023-04-01,ladder,apart,Daily,They left.
2023-06-01,ladder,met,Daily,They met again.
"""


def record(folder, cutoff="2023-10-01", **files):
    text = ASKED.replace("information_cutoff: 2023-03-01", f"information_cutoff: {cutoff}")
    write_case(folder, case=text, intensities=ROWS, **{"events": EVENTS, **files})
    return read_record(find_case("dispute", folder))[0]


def test_the_record_answers_each_date_by_itself(tmp_path):
    whole = record(tmp_path)
    meeting = whole.outcomes[0]
    assert occurrence(whole, meeting) is None
    states = [state_on(whole, "ladder", dt.date(2023, month, 1)) for month in (2, 3, 4, 5, 6)]
    assert states == ["apart", "met", "apart", "apart", "met"]
    answers = {name: row.resolution for name, row in resolve_outcome(whole, meeting).items()}
    assert answers == {"before_election": "no", "by:2023-04-30": "no", "by:2023-09-30": "yes"}


def test_a_state_that_can_no_longer_be_reached_is_a_no(tmp_path):
    whole = record(
        tmp_path, events="date,process,state,source,claim\n2023-02-10,ladder,met,D,.\n2023-02-20,ladder,signed,D,.\n"
    )
    answers = resolve_outcome(whole, whole.outcomes[0])
    assert {name: (row.resolution, str(row.date)) for name, row in answers.items()}["horizon"] == ("no", "2023-02-20")


def test_it_is_asked_of_dates_and_not_of_the_time_after_the_election(tmp_path):
    whole = record(tmp_path)
    asked = [one for one in questions(whole, dt.date(2023, 3, 1)) if one.outcome == "meeting"]
    assert [one.window for one in asked] == ["before_election", "by:2023-04-30", "by:2023-09-30", "horizon"]
    assert [one.answer for one in asked] == [0, 0, 1, None]
    given = forecasts_on(whole, asked, dt.date(2023, 3, 1))
    assert given["meeting.by:2023-09-30"]["no_change"] == (pytest.approx(0.99),)  # they were meeting then


def test_it_is_learned_from_like_any_other(tmp_path):
    """The calibration gives an answer the probability that the forecast, by the exact engine, gave it."""
    rows = "meeting,by:2023-04-30,no,2023-04-30,Daily\nmeeting,horizon,yes,2024-03-01,Daily\n"
    whole = record(
        tmp_path,
        "2023-03-01",
        resolutions=f"outcome,window,resolution,date,source\n{rows}",
        priors=("discrimination: {mean: 0.6, sd: 0.15", "discrimination: {mean: 0.6, sd: 0"),
    )
    after = dt.date(2024, 3, 2)
    counted = {one.window: one.answer for one in resolve_case(whole, after).questions if one.outcome == "meeting"}
    assert counted == {"by:2023-04-30": False, "horizon": True}
    settings = Settings(engine="exact", draws=1000, chains=2)
    windows = forecast(load_case("dispute", tmp_path), settings).outcomes["meeting"].windows
    for row in whole.resolutions:
        asked = resolve_case(whole.changed(resolutions=(row,)), after)
        answered = np.exp(outcomes_at(outcome_means(asked, np.array([0.6]), np.zeros(1), 1)))[0, 0]
        yes = answered if row.resolution == "yes" else 1 - answered
        assert yes == pytest.approx(list(windows[row.window].by_hypothesis.values()), abs=0.01)


def test_the_forecast_of_a_date(tmp_path):
    record(tmp_path)
    made = forecast(load_case("dispute", tmp_path, dt.date(2023, 3, 1)), Settings(engine="exact", draws=400, chains=2))
    meeting, met = made.outcomes["meeting"], made.outcomes["they_meet"]
    assert meeting.asks == "is_in"
    assert meeting.happened is None
    assert list(meeting.windows) == ["before_election", "by:2023-04-30", "by:2023-09-30", "horizon"]
    assert str(met.happened) == "2023-02-10"
    assert met.asks is None
    assert 0 < meeting.windows["horizon"].probability < meeting.windows["by:2023-04-30"].probability < 1
    assert meeting.curve.mean[0] == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "meeting,after_election,yes,2023-09-01,Daily",
            "window: meeting asks for the state on a date: give horizon or a deadline",
        ),
        (
            "meeting,by:2023-09-30,no,2023-09-29,Daily",
            "date: by:2023-09-30 asks for the state on 2023-09-30: leave the row out until then (got 2023-09-29)",
        ),
    ],
)
def test_a_resolution_that_does_not_fit(row, said, tmp_path):
    with pytest.raises(CaseError) as caught:
        record(tmp_path, resolutions=f"outcome,window,resolution,date,source\n{row}\n")
    assert [problem.message for problem in caught.value.problems] == [said]


def test_a_bulletin_brings_a_step_that_was_made_before(tmp_path):
    """Known by its day where the process returns; the same day again is the same step."""
    whole = record(tmp_path, cutoff="2023-06-02")
    step = "  - {process: ladder, state: apart, date: 2023-07-20, claim: They left.}\n"
    again = f"date: 2023-08-01\nsource: Daily\nevents:\n{step}"
    after = take_in(whole, read_bulletin(again, "news.yaml", whole))
    assert [event.state for event in after.as_of(dt.date(2023, 8, 1)).history("ladder")] == [
        "met",
        "apart",
        "met",
        "apart",
    ]
    twice = again.replace("2023-07-20", "2023-04-01").replace("2023-08-01", "2023-06-02")
    with pytest.raises(BulletinError, match="has been taken in already"):
        read_bulletin(twice, "news.yaml", whole)
