"""Sets are read as the cases they are, a question at a time, and every problem is said at once with its line."""

from __future__ import annotations

import tracemalloc

import pytest
from sets import ITEMS, JUDGED, SETTLE, write_many, write_set

from detente.case.question_set import default_priors, raw_questions, read_question, read_set
from detente.case.reference import set_formats
from detente.errors import SetError
from detente.evaluation.sets import answer_set


def problems(folder, **changes):
    """Return what is wrong with a set, each line without its folder."""
    folder = write_set(folder / "talks", **changes)
    with pytest.raises(SetError) as caught:
        answer_set(read_set(folder))
    return [line.replace(f"{folder}/", "") for line in str(caught.value).split("\n")]


def questions_of(folder):
    found = read_set(folder)
    return [read_question(found, asked, []) for asked in raw_questions(found, [])]


def test_a_question_is_a_small_case(tmp_path):
    first, second, third = questions_of(write_set(tmp_path / "talks"))
    assert (first.case.id, first.truth, first.group) == ("q1", 1, "talks")
    assert first.case.hypothesis_ids == ("settle", "show")
    assert [(item.id, item.observed, item.grade) for item in first.case.evidence_in_force] == [
        ("envoys", True, "B2"),
        ("toast", False, "A1"),
    ]
    assert first.case.likelihoods["toast"]["show"].low == 0.2
    assert first.case.priors.hypotheses.weights == {"settle": 0.5, "show": 0.5}
    assert (second.truth, second.group) == (0, "talks")
    assert third.truth == 1
    assert [cluster.id for cluster in third.case.clusters_in_force] == ["army"]
    stalemate = third.case.likelihoods["drums"]["stalemate"].mid
    assert 0.3 < stalemate < 0.7


def test_a_group_that_is_blank_is_the_question_alone(tmp_path):
    *_, third = questions_of(write_set(tmp_path / "talks"))
    assert third.group == "q3"


def test_priors_are_those_of_a_new_case_unless_stated(tmp_path):
    usual = read_set(write_set(tmp_path / "talks")).priors
    assert (usual.discrimination.mean, usual.learned_from) == (default_priors().discrimination.mean, None)
    stated = "discrimination: {mean: 0.3, sd: 0.1, because: Learned., learned_from: [talks]}\nassumed_mass: 0.5\n"
    own = read_set(write_set(tmp_path / "own", priors=stated)).priors
    assert (own.discrimination.mean, own.learned_from, own.assumed_mass) == (0.3, ("talks",), 0.5)
    assert own.reliability == usual.reliability
    weighted = write_set(
        tmp_path / "weighted", questions="id,hypotheses,truth,weights\nq1,settle|show,show,0.3|0.7\n",
        evidence="question,id,observed\n", likelihoods=JUDGED.partition("\n")[0] + "\n",
    )  # fmt: skip
    assert questions_of(weighted)[0].case.priors.hypotheses.weights == {"settle": 0.3, "show": 0.7}


TOGETHER = "keep the rows of a question together, and in the order of questions.csv"
BAD = {
    "truth": ({"questions": (",show,t", ",shaw,t")}, [
        'questions.csv:2: truth: is none of the hypotheses: "shaw" (did you mean `show`?)']),
    "twice": ({"questions": ("q2", "q1")}, [
        "questions.csv:3: id: q1 is a duplicate: give each question an id of its own",
        'evidence.csv:4: question: questions.csv has no question "q2"',
        'likelihoods.csv:6: question: questions.csv has no question "q2"',
        'likelihoods.csv:7: question: questions.csv has no question "q2"']),
    "one hypothesis": ({"questions": ("q2,settle|show", "q2,settle|settle")}, [
        'questions.csv:3: hypotheses: must be two or more different ids (got "settle|settle")',
        'likelihoods.csv:7: hypothesis: questions.csv declares no hypothesis "show"']),
    "apart": ({"evidence": ITEMS.replace("q1,toast,no,,,\n", "") + "q1,toast,no,,,\n"}, [
        f"evidence.csv:6: question: the rows of q1 end before this one: {TOGETHER}",
        'likelihoods.csv:4: evidence: evidence.csv has no item "toast"',
        'likelihoods.csv:5: evidence: evidence.csv has no item "toast"']),
    "no judgement": ({"likelihoods": ("q2,envoys,show,0.2,0.4,0.6\n", "")}, [
        "evidence.csv:4: envoys: has no likelihood under show: add it to {folder}likelihoods.csv"]),
    "cells": ({"evidence": ("q1,toast,no,,,", "q1,toast,perhaps,G,,")}, [
        'evidence.csv:3: observed: must be yes or no (got "perhaps")',
        'evidence.csv:3: reliability: must be A to F (got "G")']),
    "short row": ({"evidence": ("q1,toast,no,,,", "q1,toast,no")}, [
        "evidence.csv:3: the row has 3 cells and the header 6: add the missing commas"]),
    "rising": ({"likelihoods": ("q3,march,peace,0.1,0.2,0.4", "q3,march,peace,0.3,0.2,0.4")}, [
        "likelihoods.csv:9: low, mid, high: must increase (got 0.3, 0.2, 0.4)"]),
    "quote": ({"likelihoods": ("q2,envoys,settle", 'q2,"envoys,settle')}, [
        "likelihoods.csv:6: a double quote is opened here and never closed"]),
    "weights": ({"questions": "id,hypotheses,truth,weights\nq1,a|b,a,0.3|0.3\nq2,a|b,a,1\nq3,a|b,a,0.2|0.3|0.5\n",
                 "evidence": "question,id,observed\n", "likelihoods": JUDGED.partition("\n")[0]}, [
        "questions.csv:2: weights: must sum to 1 (got 0.6): weights are not rescaled",
        'questions.csv:3: weights: each must be greater than 0 and less than 1 (got "1")',
        "questions.csv:4: weights: must be as many as the hypotheses, 2 (got 3)"]),
    "not text": ({"evidence": ITEMS.encode().replace(b"march", b"m\xe4rz", 1)}, [
        ("evidence.csv:5: the text is not UTF-8 (byte 0xE4): save it as UTF-8, or type detente tidy evidence.csv "
        "--encoding windows-1252, or windows-1254")]),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), BAD.values(), ids=BAD)
def test_each_problem_is_one_line_with_its_remedy(tmp_path, changes, said):
    folder = f"{tmp_path / 'talks'}/"
    assert sorted(problems(tmp_path, **changes)) == sorted(line.format(folder="") for line in said), folder


def test_problems_of_all_files_are_said_at_once(tmp_path):
    said = problems(
        tmp_path,
        questions=(",show,t", ",shaw,t"),
        evidence=("q3,drums,yes", "q3,drums,maybe"),
        likelihoods=("0.5,0.7,0.9", "0.5,1.7,0.9"),
    )
    assert [line.partition(": ")[0] for line in said] == ["evidence.csv:6", "likelihoods.csv:2", "questions.csv:2"]


HEADS = {
    "missing": (
        {"evidence": None},
        ["evidence.csv: the file is missing: `detente help evidence.csv` says what it holds"],
    ),
    "empty": ({"questions": ""}, ["questions.csv:1: the file is empty: its first line must be id,hypotheses,truth"]),
    "column": ({"evidence": ("cluster", "custer")}, [
        'evidence.csv:1: unknown column "custer" (did you mean `cluster`?)']),
    "no question": ({"likelihoods": ("question,", "")}, ['likelihoods.csv:1: missing column "question"']),
    "priors": ({"priors": "assumed_mass: 2\n"}, [
        ("priors.yaml:1: assumed_mass: must be greater than 0 and less than 1: write 2% as 0.02; if it was 0.002, a "
        'spreadsheet has taken its point for a mark of thousands (got "2")')]),
    "polls": ({"priors": "polls: {}\n"}, ['priors.yaml:1: unknown key "polls"']),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), HEADS.values(), ids=HEADS)
def test_headers_and_priors_are_checked_before_anything_else(tmp_path, changes, said):
    assert problems(tmp_path, **changes) == said


def test_a_folder_that_is_none_or_has_no_name(tmp_path):
    with pytest.raises(
        SetError, match=r"there is no such folder in .*; a set holds questions\.csv, evidence\.csv, likeli"
    ):
        read_set(tmp_path / "none")
    with pytest.raises(SetError, match="the folder's name is that of the set, and must be lower-case words"):
        read_set(write_set(tmp_path / "My Set"))


def test_many_problems_are_counted(tmp_path):
    """A hundred are said one by one; the same one in a column is one of them."""
    folder = write_many(tmp_path / "many", 60)
    table = folder / "evidence.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace(",yes", ",seen").replace(",no", ",not"), encoding="utf-8")
    with pytest.raises(SetError) as caught:
        answer_set(read_set(folder))
    said = f'{table}:2: observed: must be yes or no (got "seen"); the same on 240 lines: 2, 3, 4, ...'
    assert str(caught.value) == said
    table.write_text(text.replace("\n", ",x\n").replace(",x", "", 1), encoding="utf-8")
    with pytest.raises(SetError) as caught:
        answer_set(read_set(folder))
    assert "the same on 240 lines: 2, 3, 4, ..." in str(caught.value)


def test_blank_lines_and_spreadsheet_marks_are_nothing(tmp_path):
    usual = answer_set(read_set(write_set(tmp_path / "talks")))
    marked = write_set(
        tmp_path / "marked",
        questions=b"\xef\xbb\xbf" + SETTLE.replace("\n", "\r\n").encode(),
        evidence=ITEMS.replace("q2", "\n,,,,,\nq2", 1),
    )
    again = answer_set(read_set(marked))
    assert (again.log_posterior == usual.log_posterior).all()


def test_reading_does_not_keep_the_tables(tmp_path):
    """Twenty times the questions take little more memory: one question is held at a time."""
    peaks = []
    for count in (50, 1000):
        found = read_set(write_many(tmp_path / f"n{count}", count))
        tracemalloc.start()
        for asked in raw_questions(found, []):
            read_question(found, asked, [])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000  # the questions as objects would be thirty times that


def test_every_column_of_a_set_is_described():
    described = {form.path: {key.name: key for key in form.keys} for form in set_formats()}
    assert list(described) == ["SET/questions.csv", "SET/evidence.csv", "SET/likelihoods.csv", "SET/priors.yaml"]
    assert described["SET/evidence.csv"]["reliability"].needed == "default: A"
    assert described["SET/priors.yaml"]["discrimination"].needed == "optional"
    assert "hypotheses" not in described["SET/priors.yaml"]
    assert all(key.doc.endswith(".") for keys in described.values() for key in keys.values())
