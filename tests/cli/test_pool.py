"""``detente pool``: a table of opinions as text, JSON and files."""

from __future__ import annotations

import json

import pytest

HEADER = "question,person,round,probability,outcome\n"


@pytest.fixture
def table(tmp_path):
    rows = "".join(
        f"q{n},{person},{r},{0.5 + (0.1 + lean) * (1 if n % 3 else -1):.2f},{'yes' if n % 3 else 'no'}\n"
        for r in (1, 2)
        for n in range(12)
        for person, lean in (("ana", 0.1), ("bob", 0.05), ("cy", 0.0))
    )
    path = tmp_path / "opinions.csv"
    path.write_text(f"{HEADER}{rows}open,ana,2,0.7,\n")
    return path


def test_text_and_files(run, table, tmp_path):
    out = tmp_path / "out"
    code, text, err = run("pool", table, "--out", out)
    assert code == 0
    assert "13 questions, 3 people, round 2; 12 of the questions answered." in text
    assert "Scores on answered questions, each left out in turn" in text
    assert "12 answered questions: behind this pool: mean, median and mean of log odds." in text
    assert sorted(path.name for path in out.iterdir()) == ["pool.csv", "pool.json"]
    assert (out / "pool.csv").read_text().splitlines()[13].startswith("open,1,0.")
    assert "wrote" in err


def test_the_machine_s_answer_and_a_round(run, table):
    code, text, _ = run("pool", table, "--round", "1", "--json")
    answer = json.loads(text)
    assert (code, answer["round"], len(answer["questions"])) == (0, "1", 12)
    assert answer["scores"][0]["pool"] == "pool"
    assert answer["scores"][1]["brier"] == pytest.approx(((1 - 0.65) ** 2 * 8 + 0.35**2 * 4) / 12)


def test_without_answers_it_says_so(run, tmp_path):
    path = tmp_path / "opinions.csv"
    path.write_text("question,person,probability\nq,ana,0.7\nq,bob,0.8\n")
    code, text, _ = run("pool", path)
    assert code == 0
    assert "No question is answered, so nothing is learned of these people" in text
    assert "Scores" not in text


def test_few_answers_cannot_choose(run, tmp_path):
    path = tmp_path / "opinions.csv"
    path.write_text(f"{HEADER}q,ana,,0.7,yes\nq,bob,,0.8,yes\nr,ana,,0.6,no\nr,bob,,0.6,no\n")
    assert "2 answered questions are too few to choose between" in run("pool", path)[1]


def test_one_answer_ranks_nobody(run, tmp_path):
    path = tmp_path / "opinions.csv"
    path.write_text(f"{HEADER}q,ana,,0.7,yes\nq,bob,,0.9,yes\n")
    assert "1 answered question is too few to choose between" in run("pool", path)[1]


def test_a_round_that_is_not_there(run, table):
    code, _, err = run("pool", table, "--round", "3")
    assert code == 2
    assert "--round 3: the table has 1, 2" in err
