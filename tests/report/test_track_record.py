"""Section 10: what a later scoring found, told to the report and kept in the run."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from tests.report.factory import in_words, make_forecast
from tests.report.variants import HOSTILE

from detente.dossier import Dossier
from detente.evaluation.questions import Question
from detente.evaluation.scorecard import DailyForecasts, tally
from detente.jsonable import jsonable
from detente.report.reading import parse_dossier, read_dossier
from detente.report.render import render
from detente.report.run_folder import write_run
from detente.report.scores import ScoresFileError, read_record, render_scores
from detente.report.sections.track_record import comparison_words

START, HORIZON = dt.date(2031, 2, 8), dt.date(2032, 5, 14)
SECTION = re.compile(r"^## 10\..*?(?=^## 11\.)", re.DOTALL | re.MULTILINE)


def question(name, answer, group="ladder", window="horizon", **more):
    fields = {
        "case": "north-south", "id": f"{name}.{window}", "label": f"The {name} question", "group": group,
        "outcome": name, "window": window, "status": "void" if answer is None else "resolved", "opens": START,
        "closes": HORIZON, "answer": answer, "resolved_on": dt.date(2031, 3, 1),
    }  # fmt: skip
    return Question(**fields | more)


def series(asked, **given):
    return DailyForecasts(
        asked,
        {who: {START: p if isinstance(p, tuple) else (p,)} for who, p in given.items()},
    )


def make(number=3, label=""):
    rows = [
        series(question("leaders", 1, label=label or "The leaders meet"), detente=0.7, uniform=0.5, no_change=0.01),
        series(question("zone", 0, "accord"), detente=0.2, uniform=0.5, no_change=0.01, independent_evidence=0.1),
        series(question("vote", 1, "election", "winner"), detente=0.4, uniform=0.5, other_forecasters=0.9),
        series(question("leaders", None, window="after_election"), detente=0.3),
        series(question("leaders", 0, window="by:2031-02-20"), detente=0.1, uniform=0.5),
        series(
            question("accord", 0, "accord", "state", categories=("none", "zone", "treaty"), ordered=True),
            detente=(0.8, 0.1, 0.1), uniform=(1 / 3, 1 / 3, 1 / 3),
        ),
    ]  # fmt: skip
    rows += [
        series(question(f"more{n}", int(n % 3 == 0), f"group{n}"), detente=n / number, uniform=0.5)
        for n in range(number - 3)
    ]
    return tally({"north-south": "North and South"}, rows, HORIZON, 1)


@pytest.fixture(scope="module")
def card():
    return make()


@pytest.fixture(scope="module")
def files(card):
    """Return the files of a report with the card's record."""
    return render(Dossier(make_forecast(), track_record=card.record))


def section(files):
    return SECTION.search(files["report.md"].decode())[0]


def section_of(record):
    return SECTION.search(in_words(Dossier(make_forecast(), track_record=record)))[0]


def test_without_a_scoring_the_section_says_so(usual):
    assert "No forecast of this case has been scored yet" in section(usual)


@pytest.mark.parametrize(
    "words",
    [
        "These scores were computed afterwards, by detente score, once it was known what had happened;",
        "nothing of them entered this forecast.",
        "The case was replayed as of 8 February 2031, using only what was known by then.",
        "This forecast is level with uniform (0.125 against 0.250, 4 questions) and no change (0.065 against 0.490,",
        "The questions that independent evidence and other forecasters answered are about one process",
        "5 of 6 questions are resolved; left out of the scores: 1 void.",
        "4 yes-or-no questions are resolved, about 3 processes: too few for a reliability diagram",
        "The explanations are not scored",
        "A case that was written down after the events is replayed here, not tested for foresight",
        "Outcome by outcome, this forecast is beaten by uniform on 1 of 3, by no change on 1 of 2,",
        "**Brier score 0.125 (lower is better): no benchmark is clearly ahead or behind**",
        "| by 20 February 2031<br>1 day | no |",
        "| after the election, if not before | void | – |",
        "| at the election<br>1 day | yes, on 1 March 2031 | 40%<br>40% on the first day | 0.360 |",
        "In order: none, zone and treaty. Answer: none.",
        "| this forecast | 80% | 80% | 0.060 | 0.050 | 0.223 |",
    ],
)
def test_the_section_says(files, words):
    assert words in section(files)


def test_html_says_the_same_and_draws_it(files):
    page = files["report.html"].decode()
    text = page.replace("\N{NO-BREAK SPACE}", " ")
    for words in ("nothing of them entered this forecast", 'id="figure-track-record"', "ours 0.040", "too few for"):
        assert words in text
    assert "figure-reliability" not in page


def test_from_thirty_questions_on_there_is_a_diagram():
    text = section_of(make(30).record)
    assert "![Reliability of 31 first forecasts: miscalibration" in text
    assert "too few for a reliability diagram" not in text
    assert "Forecast probability and observed frequency" in text


def test_ahead_or_behind_only_where_the_interval_leaves_zero():
    rows = [
        series(question(f"leaders{n}", 1, f"group{n}"), detente=0.9, uniform=0.5, independent_evidence=0.95)
        for n in range(3)
    ]
    record = tally({"north-south": ""}, rows, HORIZON, 1).record
    assert comparison_words(record).startswith(
        "This forecast is ahead of uniform (0.010 against 0.250, 3 questions). "
        "It is behind independent evidence (0.010 against 0.003, 3 questions)."
    )
    assert "Brier score 0.010 (lower is better): ahead of one and behind one of two benchmarks" in section_of(record)


def test_against_one_process_nothing_is_claimed():
    rows = [series(question("leaders", 1), detente=0.9, uniform=0.5)]
    record = tally({"north-south": ""}, rows, HORIZON, 1).record
    assert comparison_words(record) == "The questions that uniform answered are about one process: too few to compare."
    assert "Brier score 0.010 (lower is better): no benchmark is clearly ahead or behind" in section_of(record)


def test_the_files_repeat_and_can_be_read_back(card, tmp_path):
    first, second = (render_scores(card, "detente score north-south", ("A note.",)) for _ in range(2))
    assert first == second
    assert set(first) == {"score.json", "score.csv", "daily.csv", "score.md", "figures/track-record.svg"}
    for name, content in first.items():
        path = tmp_path / "score" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert read_record(tmp_path, "north-south") == card.record
    assert read_record(tmp_path, "east-west") is None
    assert read_record(tmp_path / "nowhere", "north-south") is None
    text = first["score.md"].decode()
    assert text.startswith("# Scores: North and South\n\nForecasts as of 8 February 2031, made by the exact engine")
    assert "A note." in text
    assert "detente score north-south\n```" in text


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"schema": 99}', '{"schema": 1, "titles": {"north-south": 3}}', "\x00"]
)
def test_what_cannot_be_read_is_one_line(tmp_path, text):
    (tmp_path / "score").mkdir()
    (tmp_path / "score/score.json").write_text(text, encoding="utf-8")
    with pytest.raises(
        ScoresFileError, match=r"score\.json: cannot be read as scores: run `detente score north-south`"
    ):
        read_record(tmp_path, "north-south")


def test_a_run_in_its_home_takes_the_scores_along(card, tmp_path):
    home = tmp_path / "reports" / "north-south"
    (home / "score").mkdir(parents=True)
    (home / "score/score.json").write_bytes(render_scores(card, "detente score")["score.json"])
    forecast = Dossier(make_forecast())
    write_run(forecast, home / "2031-02-08")
    again = read_dossier(home / "2031-02-08")
    assert again.track_record == card.record
    text = (home / "2031-02-08/report.md").read_text(encoding="utf-8")
    assert "no benchmark is clearly ahead or behind" in text
    assert render(again)["report.md"].decode() == text
    write_run(forecast, tmp_path / "elsewhere")
    assert read_dossier(tmp_path / "elsewhere").track_record is None


def test_the_record_survives_json(card):
    forecast = Dossier(make_forecast(), track_record=card.record)
    assert parse_dossier(forecast.to_text(), "here").track_record == card.record
    assert "track_record" not in jsonable(Dossier(make_forecast()).contents)
    raw = json.loads(forecast.to_text())
    assert raw["track_record"]["coverage"]["void"] == 1


def test_labels_are_text_and_nothing_else(usual):
    record = make(label=HOSTILE).record
    files = render(Dossier(make_forecast(), track_record=record))
    page = files["report.html"].decode()
    assert page.count("<script") == usual["report.html"].decode().count("<script")
    assert "**bold**" not in files["report.md"].decode()
