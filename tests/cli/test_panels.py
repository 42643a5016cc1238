"""``detente panels``: the page of a small synthetic folder, of a folder that lacks tables, and of none."""

from __future__ import annotations

import csv
import datetime as dt
import html
import json
import re

import numpy as np
import pytest
from tests.answers import simulated, write

pytestmark = pytest.mark.slow

CANDIDATES = [f"D:{n}" for n in range(1, 6)]
BANDS = {"very_frequent": 0.9, "frequent": 0.545, "occasional": 0.17, "very_rare": 0.025}
START = dt.date(1950, 1, 1)


def diagnoses(rng, patients=16):
    for patient in range(patients):
        truth = int(rng.integers(5))
        for item in range(int(rng.integers(3, 11))):
            bands = rng.choice(list(BANDS), 5)
            seen = int(rng.random() < BANDS[bands[truth]])
            yield f"p{patient}", CANDIDATES[truth], truth, "|".join(CANDIDATES), f"F:{item}", seen, *bands


def waits(rng, spells=24):
    for number in range(spells):
        start = START + dt.timedelta(days=int(rng.integers(0, 6000)))
        end = start + dt.timedelta(days=int(1 + rng.exponential(500)))
        yield "made_up_waits", f"g{number // 2}", start, end, 1


def polls(rng, votes=6):
    for number in range(votes):
        day = START + dt.timedelta(days=700 * number)
        share = 0.5 + rng.normal(0, 0.04)
        bias = rng.normal(0, 0.02)
        for poll in range(8):
            on = day - dt.timedelta(days=18 - poll)
            stated = 90 * (share + bias + rng.normal(0, 0.02))
            yield "fte", f"r{number}", "made", day, f"house {poll % 3}", on, on, 800, stated, 90 - stated, share


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of all five tables, one of them compressed."""
    made, rng = tmp_path_factory.mktemp("panels"), np.random.default_rng(3)
    heads = ("patient", "disease", "truth", "five", "item", "seen", *(f"band{n}" for n in range(5)))
    write(made / "diagnoses.csv.gz", diagnoses(rng), heads)
    write(made / "intervals.csv", simulated(4, studies=4, assessors=4, items=6))
    write(made / "waits.csv", sorted(waits(rng), key=lambda row: row[2]), ("panel", "group", "start", "end", "ended"))
    heads = ("panel", "race", "kind", "vote", "pollster", "start", "end", "n", "a", "b", "result")
    write(made / "polls.csv", polls(rng), heads)
    claims = [(f"c{n % 12}", f"p{n // 12}", 1, 6, 20 + n % 12, int(n % 12 == 0)) for n in range(36)]
    write(made / "three_points.csv", claims, ("claim", "person", "low", "mid", "high", "outcome"))
    return made


@pytest.fixture(scope="module")
def page(folder, tmp_path_factory):
    """Return the folder of the page that is written of all tables, and what was printed."""
    from click.testing import CliRunner

    from detente.cli.main import cli

    out = tmp_path_factory.mktemp("page")
    done = CliRunner().invoke(cli, ["panels", str(folder), "--out", str(out), "--workers", "1"])
    assert done.exit_code == 0, done.output
    return out, done.output


def test_every_part_is_on_the_page_and_in_its_twin(page):
    out, printed = page
    parts = (
        "What is wanted",
        "Evidence alone",
        "Stated ranges",
        "Small stated",
        "Pools of probabilities, by round",
        "Waiting times",
        "Polls",
        "fitted where",
    )
    for name in ("index.html", "index.md"):
        text = html.unescape((out / name).read_text("utf-8"))
        assert [part for part in parts if part not in text] == []
    assert "Wanted and reached" in printed
    assert str(out / "index.html") in printed
    figures = sorted(path.name for path in (out / "figures").iterdir())
    assert figures == [
        "evidence-learned.svg", "evidence.svg", "polls-1.svg", "ranges-at-word.svg", "ranges-four-widths.svg",
        "waits-made-up-waits.svg",
    ]  # fmt: skip
    linked = re.findall(r"\(figures/(.+?)\)", (out / "index.md").read_text("utf-8"))
    assert sorted(linked) == figures


def test_the_page_needs_nothing_from_elsewhere(page):
    text = (page[0] / "index.html").read_text("utf-8")
    assert re.findall(r'(?:src|href)="(?!#)', text) == []
    assert "<script" not in text
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert re.findall(r"url\((?!#)", text) == []


def test_every_figure_of_the_page_is_in_the_file_for_programs(page):
    """Each number in a cell of numbers is one of the file's, as it is or in percent or points, rounded as shown."""
    out, _ = page
    numbers = list(leaves(json.loads((out / "panels.json").read_text("utf-8"))))
    held = np.array(numbers)
    text = (out / "index.html").read_text("utf-8")
    cells = re.findall(r'<td class="number"[^>]*>(.*?)</td>', text)
    assert len(cells) > 150
    lacking = []
    for cell in cells:
        for shown in re.findall(r"\d[\d,]*(?:\.\d+)?|\.\d+", html.unescape(cell)):
            digits = len(shown.partition(".")[2])
            value = float(shown.replace(",", ""))
            near = [np.abs(np.abs(held) * scale - value).min() for scale in (1, 100)]
            if min(near) > 0.5000001 * 10**-digits:
                lacking.append(cell)
    assert lacking == []


def leaves(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from leaves(part)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def test_a_figure_is_met_where_it_lies_within_what_is_wanted(page):
    reached = json.loads((page[0] / "panels.json").read_text("utf-8"))["reached"]
    assert {row["kind"] for row in reached} >= {"evidence", "cluster", "intervals", "seldom", "waits", "whole", "polls"}
    for row in reached:
        low, high = row["wanted"]
        assert row["is_met"] == ((low is None or row["value"] >= low) and row["value"] <= high)


def test_the_chance_of_a_small_probability_is_counted(page):
    few = {row["name"]: row for row in json.loads((page[0] / "panels.json").read_text("utf-8"))["seldom"]}
    assert (few["claims"]["statements"], few["claims"]["groups"]) == (36, 12)
    assert few["claims"]["came"] == pytest.approx(3 / 36)
    assert few["features"]["used"] == pytest.approx(few["features"]["stated"], abs=1e-6)


def test_what_several_gave_is_pooled(page):
    """All gave 6% and one of twelve held: 11/12 * 0.06² + 1/12 * 0.94² for every simple pool."""
    (crowd,) = json.loads((page[0] / "panels.json").read_text("utf-8"))["crowds"]
    simple = (11 * 0.06**2 + 0.94**2) / 12
    assert (crowd["questions"], crowd["people"]) == (12, 3)
    assert [row["brier"] for row in crowd["scores"][1:]] == pytest.approx([simple] * 3)
    assert crowd["ratio"] == pytest.approx(crowd["scores"][0]["brier"] / simple)


def test_what_is_missing_is_said_and_the_rest_goes_on(run, folder, tmp_path):
    some = tmp_path / "some"
    some.mkdir()
    (some / "three_points.csv").write_bytes((folder / "three_points.csv").read_bytes())
    code, out, err = run("panels", some, "--out", tmp_path / "page")
    assert (code, err) == (0, "")
    assert "Waiting times: left out, since there is no waits.csv or waits.csv.gz." in out
    assert out.count("left out, since there is no") == 4
    assert "Waiting times: left out" in (tmp_path / "page" / "index.md").read_text("utf-8")
    code, out, _ = run("panels", some, "--json")
    assert code == 0
    assert [row[0] for row in json.loads(out)["missing"]] == ["diagnoses", "intervals", "waits", "polls"]


def test_waits_too_few_to_predict_are_said(run, tmp_path):
    with (tmp_path / "waits.csv").open("w") as file:
        rows = csv.writer(file)
        rows.writerow(("panel", "group", "start", "end", "ended"))
        rows.writerows([("few", "g", "1950-01-01", "1950-05-01", 1), ("few", "h", "1951-01-01", "1951-05-01", 1)])
    code, out, _ = run("panels", tmp_path, "--out", tmp_path / "page")
    assert code == 0
    assert "Waiting times: left out, since waits.csv has too few rows to predict any from earlier ones." in out


def test_no_folder_and_an_empty_one_write_nothing(run, tmp_path):
    code, out, err = run("panels", tmp_path / "none", "--out", tmp_path / "page")
    assert (code, out) == (0, "")
    there = f"there is no such folder in {tmp_path} (folders there: none)"
    assert err == f"nothing to prove the model on: {tmp_path / 'none'}: {there}\n"
    (tmp_path / "empty").mkdir()
    code, out, _ = run("panels", tmp_path / "empty", "--out", tmp_path / "page")
    assert code == 0
    assert out.count("left out, since there is no") == 4
    assert not (tmp_path / "page").exists()
