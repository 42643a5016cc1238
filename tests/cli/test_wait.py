"""``detente wait``: a wait from a table alone, as text, JSON and files."""

from __future__ import annotations

import json

import pytest

ROWS = "".join(f"19{80 + n // 12}-{1 + n % 12:02}-01,19{82 + n // 12 + n % 5}-{1 + n % 12:02}-01\n" for n in range(60))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "waits.csv"
    path.write_text(f"start,end\n{ROWS}1989-06-01,\n")
    return path


def test_text_and_files(run, table, tmp_path):
    out = tmp_path / "out"
    code, text, err = run(
        "wait", table, "--as-of", "1990-01-01", "--since", "1989-01-01", "--days", "365", "--out", out
    )
    assert (code, err) == (0, "")
    assert "61 spells begun before 1 January 1990, " in text
    assert "This one has lasted 12.0 months by then." in text
    assert "1 January 1991" in text
    assert sorted(path.name for path in out.iterdir()) == ["wait.csv", "wait.json", "wait.svg"]
    assert (out / "wait.csv").read_text().startswith("days,date,probability,low_50,high_50,low_90,high_90,counted\n")
    assert "Kaplan" in (out / "wait.svg").read_text()


def test_the_machine_s_answer(run, table):
    code, text, _ = run("wait", table, "--as-of", "1990-01-01", "--by", "1991-01-01", "--days", "30", "--json")
    answer = json.loads(text)
    assert code == 0
    assert [row["days"] for row in answer["ahead"]] == [30, 365]
    assert answer["ahead"][0]["probability"] < answer["ahead"][1]["probability"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--as-of", "1979-01-01"), 2, "no wait in"),
        (("--as-of", "1990-01-01", "--since", "1990-02-01"), 2, "must not be later than the cut-off"),
        (("--as-of", "1990-01-01", "--by", "1989-02-01"), 2, "must be later than the cut-off"),
        (("--class", "others"), 1, "the table has no class"),
        (("--half-life", "nan"), 2, "nan is not a finite number"),
        (("--half-life", "inf"), 2, "inf is not a finite number"),
        (("--days", "99999999"), 2, "beyond the last day of the calendar"),
    ],
)
def test_what_cannot_be_answered(run, table, options, code, message):
    found, out, err = run("wait", table, *options)
    assert (found, out) == (code, "")
    assert message in err


def test_a_table_of_one_day_says_when_it_is_asked_of(run, tmp_path):
    path = tmp_path / "waits.csv"
    path.write_text('"start","end"\n2005-05-05,\n')
    code, _, err = run("wait", path)
    assert code == 2
    assert "on which a wait began: say with --as-of how long it has lasted" in err
    assert run("wait", path, "--as-of", "2006-05-05")[0] == 0
