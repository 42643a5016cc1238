"""A replay is a forecast of its own on every date on which something became known."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from bulletins import item_bulletin
from cases import POLLS, write_case

from detente import exact
from detente.case import find_case, read_bulletin, read_bulletins, read_record, take_in, take_in_all
from detente.errors import CutoffError
from detente.evaluation.track import known, track
from detente.forecast.outcomes import headlines
from detente.inference import NUTS
from detente.report.replay import FILES, render_replay
from detente.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    workspace = write_case(tmp_path_factory.mktemp("case"), polls=POLLS)
    whole = read_record(find_case("dispute", workspace))[0]
    texts = [
        item_bulletin("envoys", "2023-03-20", (0.7, 0.4), "shared"),
        item_bulletin("letters", "2023-04-11", (0.3, 0.5), "shared"),
        "date: 2023-05-15\nevents: [{process: election, state: rival, date: 2023-05-14}]\n",
        item_bulletin("speech_two", "2024-06-20", (0.6, 0.2)),
        "date: 2024-07-01\nretractions: [{id: letters, because: Forged.}]\n",
    ]
    for text in texts:
        whole = take_in(whole, read_bulletin(text, "news", whole))
    return whole


def test_dates_are_those_on_which_something_became_known(case):
    arrivals = known(case, case.information_cutoff)
    found = {day: [(one.kind, one.id) for one in arrived] for day, arrived in arrivals.items()}
    assert found[dt.date(2023, 2, 10)] == [("event", "ladder > met")]
    assert found[dt.date(2023, 2, 21)] == [("silence", "map")]
    assert found[dt.date(2023, 1, 15)] == [("schedule", "2023-05-14")]
    assert found[dt.date(2023, 1, 8)] == [("poll", "House")]
    assert found[dt.date(2024, 7, 1)] == [("retraction", "letters")]
    assert dt.date(2023, 2, 1) not in found


def test_rows_beyond_the_cut_off_count_where_the_last_date_is_later(case):
    early = case.changed(information_cutoff=dt.date(2023, 2, 9))
    assert dt.date(2023, 2, 10) not in known(early, early.information_cutoff)
    assert dt.date(2023, 2, 10) in known(early, dt.date(2023, 3, 1))
    assert early.as_of(dt.date(2023, 2, 12)).recorded_until == dt.date(2023, 2, 10)
    assert early.as_of(dt.date(2023, 2, 10)).recorded_until is None


def test_each_point_is_the_forecast_as_of_its_date(case):
    replay = track(case)
    assert [point.date for point in replay.points] == [
        day for day in sorted(known(case, case.information_cutoff)) if day >= dt.date(2022, 12, 1)
    ]
    for point in replay.points:
        cut = case.as_of(point.date)
        assert list(point.hypotheses.values()) == pytest.approx(exact.posterior(cut).probability, abs=1e-12)
        expected = {name: windows["horizon"] for name, windows in headlines(cut).outcomes.items()}
        assert point.outcomes == expected


def test_after_the_horizon_only_the_hypotheses_are_followed(case):
    late = [point for point in track(case).points if point.date >= case.horizon]
    assert [point.date for point in late] == [dt.date(2024, 6, 20), dt.date(2024, 7, 1)]
    assert all(not point.outcomes for point in late)
    assert late[0].hypotheses != late[1].hypotheses


def test_dates_that_cannot_be_forecast_are_left_out_and_named(case):
    """Before the processes started; while votes are counted, the winner open, a forecast can be made."""
    without_winner = case.changed(events=tuple(event for event in case.events if event.process != "election"))
    replay = track(without_winner)
    first = min(process.start.date for process in case.processes)
    assert replay.left_out
    assert max(replay.left_out) < first <= replay.points[0].date
    assert dt.date(2024, 6, 20) in [point.date for point in replay.points]
    with pytest.raises(CutoffError, match=r"cannot be forecast on .* to replay: as of .*starts on"):
        track(without_winner, end=replay.left_out[-1])


def test_the_files_repeat_and_say_the_same(case):
    replay = track(case, start=dt.date(2023, 2, 1))
    first, second = (render_replay(replay, "detente track dispute") for _ in range(2))
    assert first == second
    assert tuple(first) == FILES
    header, *rows = first["track.csv"].decode().splitlines()
    assert header == "date,sincere,tactic,they_meet,border_open,arrived"
    assert rows[-1].startswith("2024-07-01,")
    assert rows[-1].endswith(",,,retraction letters")
    assert b"<svg" in first["hypotheses.svg"]
    assert "letters withdrawn" in first["track.md"].decode()


@pytest.mark.sampling
def test_one_compiled_model_refitted_by_data_agrees_with_the_exact_engine(case):
    last = dt.date(2024, 7, 1)
    infer = NUTS.prepare(case, last, Settings(draws=1000, tune=500, chains=2))
    for day in (dt.date(2023, 2, 15), dt.date(2023, 4, 11), dt.date(2024, 6, 20), last):
        cut = case.as_of(day)
        draws = infer(cut).draws.flat("hypothesis_probability")[:, 0]
        error = draws.std() / np.sqrt(len(draws) / 4)  # chains are correlated: a quarter of the draws is a careful size
        assert draws.mean() == pytest.approx(exact.posterior(cut).probability[0], abs=4 * error + 1e-3)


@pytest.mark.slow
def test_the_committed_replay_is_that_of_the_bundled_case_and_its_bulletins():
    folder = ROOT / "reports/turkey-syria/track"
    whole = read_record(find_case("turkey-syria", ROOT))[0]
    bulletins = read_bulletins(ROOT / "seeds/turkey-syria/bulletins", whole)
    whole = take_in_all(whole, bulletins)
    rows = (folder / "track.csv").read_text(encoding="utf-8").splitlines()
    assert rows[1].startswith("2023-02-08")
    assert rows[-1].startswith("2024-11-30")
    header = rows[0].split(",")
    for row in (rows[1], rows[len(rows) // 2], rows[-1]):
        cells = dict(zip(header, row.split(","), strict=False))
        probability = exact.posterior(whole.as_of(dt.date.fromisoformat(cells["date"]))).probability
        assert [float(cells[h]) for h in whole.hypothesis_ids] == pytest.approx(probability, abs=1e-5)
