"""`detente poll` and `detente calibrate --polls`: what they print, what they draw, and what they refuse in one line."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest
from outside_cases import TODAY, VOTE, poll, poll_case

from detente import exact
from detente.case.polls import LEARNED

HEAD = "pollster,start,end,published,sample_size,kind,incumbent,opponent,source\n"
PAST = "panel,race,kind,vote,pollster,start,end,n,a,b,result\n"


@pytest.fixture
def table(tmp_path):
    polls = [poll(TODAY - dt.timedelta(days=3 * n), 0.51 + 0.002 * n, "abc"[n % 3], 1000, None) for n in range(1, 9)]
    rows = [f"{p.pollster},{p.start},{p.end},,{p.sample_size},,{p.incumbent},{p.opponent},\n" for p in polls]
    path = tmp_path / "polls.csv"
    path.write_text(HEAD + "".join(rows))
    return path, polls


def test_it_is_the_election_of_a_case_with_these_polls(run, table):
    path, polls = table
    code, out, err = run("poll", path, "--vote", VOTE, "--kind", "senator", "--json")
    assert (code, err) == (0, "")
    found, expected = json.loads(out), exact.poll_posterior(poll_case(polls, LEARNED["senator"]))
    assert found["share"] == pytest.approx(expected.share)
    assert found["probability"] == pytest.approx(expected.probability)
    assert found["intervals"]["0.9"] == pytest.approx([expected.quantile(0.05), expected.quantile(0.95)])
    assert [*found["intervals"]] == ["0.5", "0.8", "0.9"]
    assert sum(house["weight"] for house in found["houses"]) == pytest.approx(1)
    assert {house["name"] for house in found["houses"]} == set("abc")


def test_it_prints_the_share_with_its_intervals_and_draws_it(run, table, tmp_path):
    path, _ = table
    for name, begins in (("p.svg", b"<svg"), ("p.png", b"\x89PNG")):
        code, out, err = run("poll", path, "--vote", VOTE, "--out", tmp_path / name)
        assert (code, err) == (0, f"wrote {tmp_path / name}\n")
        assert (tmp_path / name).read_bytes().startswith(begins)
    assert "Two-way share of incumbent: 51.6%" in out
    assert "80% interval: " in out
    assert "probability of more than half: " in out
    (errors,) = (line for line in out.splitlines() if line.startswith("Errors, in points: "))
    assert ". Learned from " in errors
    assert errors.endswith(".")
    houses = out[out.index("Houses, the weightiest first") :]
    assert "−" in houses
    assert " -" not in houses


def test_as_of_uses_what_was_known(run, table):
    path, polls = table
    day = TODAY - dt.timedelta(days=12)
    _, out, _ = run("poll", path, "--vote", VOTE, "--as-of", day, "--json")
    assert json.loads(out)["polls"] == sum(p.end <= day for p in polls)


def test_one_share_against_the_rest(run, table):
    path, polls = table
    _, out, _ = run("poll", path, "--vote", VOTE, "--share", "--json")
    assert json.loads(out)["share"] == pytest.approx(np.mean([p.incumbent for p in polls]) / 100, abs=0.01)
    assert json.loads(out)["what"] == "Share of incumbent of all votes"


def past(races=("x",), results=False):
    return PAST + "".join(
        f"p,{race},k,2013-09-22,H{n},2013-08-0{n + 1},2013-08-0{n + 2},,52,44,{'0.55' if results else ''}\n"
        for race in races
        for n in range(4)
    )


def test_a_table_of_several_contests_asks_which(run, tmp_path):
    path = tmp_path / "past.csv"
    path.write_text(past(("ohio", "utah")))
    code, _, err = run("poll", path)
    assert (code, err) == (
        1, f"{path}: the table has 2 contests (ohio on 2013-09-22, utah on 2013-09-22): choose with --race\n"
    )  # fmt: skip
    code, _, err = run("poll", path, "--race", "ohoi")
    assert (code, err) == (1, f'{path}: there is no contest "ohoi" (did you mean `ohio`?)\n')
    code, out, _ = run("poll", path, "--race", "ohio", "--json")
    assert json.loads(out)["share"] == pytest.approx(52 / 96, abs=1e-3)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ((), "the table does not say when the vote is: add --vote DATE"),
        (("--vote", VOTE, "--race", "x"), "the table has one contest: leave out --race"),
    ],
)
def test_what_is_missing_is_said(run, table, more, message):
    code, _, err = run("poll", table[0], *more)
    assert (code, err) == (1, f"{table[0]}: {message}\n")


def test_the_day_of_the_vote_need_not_be_in_the_table(run, tmp_path):
    path = tmp_path / "asked.csv"
    path.write_text('"pollster","start","end","n","a","b"\nA,2013-08-01,2013-08-03,900,52,44\n')
    code, out, _ = run("poll", path, "--vote", "2013-09-22", "--json")
    assert (code, json.loads(out)["vote"]) == (0, "2013-09-22")
    expected = f"{path}:1: the table does not say when the vote is: add a column vote, or --vote to `detente poll`\n"
    assert run("poll", path) == (1, "", expected)
    path.write_text(
        "pollster,start,end,n,a,b,vote\nA,2013-08-01,2013-08-03,900,52,44,2013-09-22\nB,2013-08-01,2013-08-03,900,52,44,\n"
    )
    assert run("poll", path) == (1, "", f"{path}:3: vote: must not be blank\n")


def test_contests_that_no_option_tells_apart(run, tmp_path):
    path = tmp_path / "asked.csv"
    row = "A,2013-08-01,2013-08-03,900,52,44,2013-09-22,"
    path.write_text(f"pollster,start,end,n,a,b,vote,kind\n{row}president\n{row}\n")
    text = "the table has 2 contests (president on 2013-09-22, 2013-09-22): keep the rows of one in the table"
    assert run("poll", path) == (1, "", f"{path}: {text}\n")


def test_no_interval_of_a_share_leaves_the_shares_there_are(run, tmp_path):
    path = tmp_path / "polls.csv"
    path.write_text(HEAD + "A,1913-08-01,1913-08-03,,1,,50,40,\n")
    _, out, _ = run("poll", path, "--vote", "2013-09-22", "--json")
    found = json.loads(out)
    assert found["intervals"]["0.9"] == [0, 1]
    assert (found["forecast"]["low"], found["forecast"]["high"]) == ([0], [1])


def test_it_says_that_nothing_was_learned_of_a_kind(run, tmp_path):
    path = tmp_path / "past.csv"
    path.write_text(past())
    _, out, _ = run("poll", path)
    assert 'no errors were learned for votes of the kind "k": those of all kinds are used' in " ".join(out.split())


def test_a_day_without_polls_and_a_day_after_the_vote(run, table):
    first = TODAY - dt.timedelta(days=24)
    code, _, err = run("poll", table[0], "--vote", VOTE, "--as-of", "2029-01-01")
    assert (code, err) == (1, f"no poll was known on 2029-01-01: the first was on {first}\n")
    code, _, err = run("poll", table[0], "--vote", VOTE, "--as-of", VOTE + dt.timedelta(days=1))
    assert code == 1
    assert "is after the vote" in err


def test_a_faulty_table_is_said_with_its_lines(run, tmp_path):
    path = tmp_path / "polls.csv"
    path.write_text(HEAD + "A,2013-08-01,2013-08-03,,1000,,0.5,0.4,\na,2013-08-05,2013-08-07,,1000,,50,40,\n")
    code, _, err = run("poll", path, "--vote", "2013-09-22")
    assert code == 1
    assert f"{path}:2: incumbent, opponent: must be percentages, 50 and 40 (got 0.5 and 0.4)" in err
    assert f'{path}:3: pollster: "a" is "A" on line 2: use one spelling' in err
    code, _, err = run("poll", tmp_path / "none.csv")
    assert (code, err) == (
        1,
        f"{tmp_path / 'none.csv'}: there is no such file in {tmp_path} (files there: polls.csv)\n",
    )


def test_calibrate_learns_from_past_votes_and_scores_itself(run, tmp_path):
    rng = np.random.default_rng(3)
    rows = []
    for year in range(1990, 2002):
        result, bias = rng.uniform(0.4, 0.6), rng.normal(0, 0.02)
        for n in range(8):
            share = 90 * (result + bias + rng.normal(0, 0.015))
            day = dt.date(year, 8, 1) + dt.timedelta(days=6 * n)
            rows.append(f"p,r,k,{year}-09-22,H{n % 4},{day},{day},900,{share:.2f},{90 - share:.2f},{result:.4f}\n")
    path = tmp_path / "past.csv"
    path.write_text(PAST + "".join(rows))
    code, out, _ = run("calibrate", "--polls", path, "--held-out", path, "--json")
    found = json.loads(out)
    assert code == 0
    assert 0.008 < found["errors"]["k"]["bias_sd"]["value"] < 0.04
    assert found["errors"]["k"]["contests"] == 12
    assert [score["group"] for score in found["scores"]] == ["p"]
    assert [score["group"] for score in found["held_out"]] == ["p"]
    code, out, _ = run("calibrate", "--polls", path)
    assert "Forecasts of votes they were not learned from" in out
    assert "polls: {house_sd: " in out
    code, _, _ = run("calibrate", "some-case", "--polls", path)
    assert code == 2


def test_too_few_votes_are_said(run, tmp_path):
    path = tmp_path / "past.csv"
    path.write_text(past(results=True))
    code, _, err = run("calibrate", "--polls", path)
    assert (code, err) == (
        1, "votes of the kind k on 1 day: at least 4 are needed to say how surely polls err\n"
    )  # fmt: skip
