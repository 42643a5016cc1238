"""Tables of opinions: percents and fractions, other names of columns, rounds, and what is wrong told line by line."""

from __future__ import annotations

import gzip

import pytest

from detente.case.opinions import read_opinions
from detente.errors import SetError


def read(tmp_path, text, name="opinions.csv"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return read_opinions(path)


def test_percents_fractions_signs_and_names(tmp_path):
    """A row in fractions among percents is read as such; a sign says percent whatever the others are."""
    text = (
        "round,claim,person,low,mid,high,outcome\n"
        "round_10,a,ana,20,30,50,1\nround_2,a,bob,0.2,0.3,0.5,TRUE\nround_2,b,ana,1,1,1,\nround_2,b,bob,,38%,,\n"
    )
    found = read(tmp_path, text, "opinions.csv.gz")
    assert [one.probability for one in found.opinions] == pytest.approx([0.3, 0.3, 0.01, 0.38])
    assert found.opinions[0].ends == pytest.approx((0.2, 0.5))
    assert found.opinions[3].ends is None
    assert found.rounds == ("round_2", "round_10")
    assert found.answers == {"a": True}
    assert found.notes == ("1 row is in fractions among percents, and read as such (line 3).",)


def test_a_turkish_sheet(tmp_path):
    found = read(tmp_path, "sep=;\nquestion;person;probability\nq;ana;%38,5\nq;bob;44,5 %\n")
    assert [one.probability for one in found.opinions] == pytest.approx([0.385, 0.445])


def test_fractions(tmp_path):
    found = read(tmp_path, "question,person,probability\nq,ana,0.25\nq,bob,1\n")
    assert [one.probability for one in found.opinions] == [0.25, 1.0]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("q,ana,0.3,0.2,0.4,,\n", ":2: low, probability, high: must not decrease (got 0.3, 0.2, 0.4)"),
        ("q,ana,,0.2,0.4,,\n", ":2: low and high: give both, or neither"),
        ("q,ana,,0.2,,1,\nq,ana,,0.3,,1,\n", ':3: person: "ana" has answered "q" on line 2 already'),
        ("q,ana,,0.2,,,yes\nq,bob,,0.3,,,no\n", ":3: outcome: must be that of line 2, which is of the same question"),
        ("q,ana,,120,,,\n", ":2: probability: must be a probability from 0 to 1, or a percent from 0 to 100"),
        ("q,ana,,perhaps,,,\n", ":2: probability: must be a probability such as 0.25, or a percent such as 25"),
        (
            "q,ana,,0.3,,,\nq,bob,,1.7,,,\nr,ana,,0.6,,,\nr,bob,,0.4,,,\n",
            ":3: probability: must be from 0 to 1, as on the other rows; a percent has its sign (got 1.7)",
        ),
        ("q,ana,,30,,,\nq,bob,,0.4,,,\n", ":3: probability: stands among percents: write 40, or 0.4% (got 0.4)"),
        ("", ": the table has no probabilities: add a row for each question and person"),
    ],
)
def test_what_is_wrong(tmp_path, rows, message):
    with pytest.raises(SetError) as error:
        read(tmp_path, f"question,person,low,probability,high,round,outcome\n{rows}")
    assert message in str(error.value)


def test_a_plain_table_is_read_whatever_its_name_says(tmp_path):
    path = tmp_path / "opinions.csv.gz"
    path.write_text("question,person,probability\nq,ana,0.4\nq,bob,0.6\n", encoding="utf-8")
    assert [one.probability for one in read_opinions(path).opinions] == [0.4, 0.6]
