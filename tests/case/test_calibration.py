"""calibration.csv: its problems, its days, and what a careful reader would ask about it."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.cases import PRIORS, write_case

from detente.case import find_case, load_case, read_record
from detente.case.check import lint
from detente.errors import CaseError

Q = "priors/dispute/calibration.csv"
HEAD = "item,low,mid,high,truth\n"
LEARNED = PRIORS.replace("assumed_mass: 0.65\n", "")


def advice(workspace):
    return [str(piece) for piece in lint(*read_record(find_case(workspace=workspace)))]


def test_every_problem_is_named(tmp_path):
    text = """\
assessor,item,low,mid,high,truth,mass,scale
,Ships,60,80,70,127,1.2,ln
,Ships,0,80,90,12,,log
ann,Ships,1,2,3,x,,
"""
    with pytest.raises(CaseError) as caught:
        load_case("dispute", write_case(tmp_path, calibration=text))
    assert str(caught.value).splitlines() == [
        f"{Q}:2: low, mid, high: must increase (got 60, 80, 70)",
        f'{Q}:2: mass: must be greater than 0 and less than 1 (got "1.2")',
        f'{Q}:2: scale: must be uni or log (got "ln")',
        f"{Q}:3: item: duplicate of line 2: an assessor answers a question once",
        f"{Q}:3: low: must be greater than 0 on the scale log (got 0): write uni in the column scale, or correct it",
        f'{Q}:4: truth: must be a number such as 0.25 (got "x")',
    ]


def test_an_answer_counts_from_the_day_it_was_known(tmp_path):
    text = HEAD.replace("truth", "truth,date") + "Ships,1,2,3,4,\nTrade,1,2,3,4,2023-02-20\n"
    workspace = write_case(tmp_path, calibration=text)
    assert [row.item for row in load_case("dispute", workspace).calibration] == ["Ships", "Trade"]
    early = load_case("dispute", workspace, dt.date(2023, 2, 19))
    assert [row.item for row in early.calibration] == ["Ships"]


def rows(truths, low=1, mid=2, high=3):
    return HEAD + "".join(f"q{n},{low},{mid},{high},{truth}\n" for n, truth in enumerate(truths))


LINT = {
    "stated_too": (
        {"calibration": rows([2])},
        "the questions are not used, since priors.yaml states assumed_mass: delete that, or the questions",
    ),
    "few": (
        {"priors": LEARNED, "calibration": rows([2, 9])},
        "2 calibration questions teach less than is known beforehand, which is worth seven: ask more",
    ),
    "none_held": (
        {"priors": LEARNED, "calibration": rows([9] * 8)},
        "none of the 8 true values lies in its range: check their units, and the column scale",
    ),
    "all_held": (
        {"priors": LEARNED, "calibration": rows([2] * 8)},
        "all 8 true values lie in their ranges: make sure that they were not known when these were stated",
    ),
    "somebody": (
        {"priors": LEARNED, "calibration": "assessor,item,low,mid,high,truth\nann,a,1,2,3,4\nbo,a,1,2,3,4\n"},
        (
            "answers of 2 assessors are not used, since no judgement names its assessor: "
            "leave the assessor blank where it is the one of the case"
        ),
    ),
}


@pytest.mark.parametrize(("changes", "text"), LINT.values(), ids=LINT)
def test_advice(changes, text, tmp_path):
    assert advice(write_case(tmp_path, **changes)) == [f"{Q}: {text}"]


def test_good_answers_get_no_advice(tmp_path):
    assert advice(write_case(tmp_path, priors=LEARNED, calibration=rows([2] * 5 + [9] * 4))) == []


def test_a_truth_out_of_all_proportion_is_refused(tmp_path):
    rows = "item,low,mid,high,truth,scale\none,1,2,3,1e308,uni\ntwo,-1e308,0,1e308,1e308,uni\nthree,1,2,3,1e308,log\n"
    write_case(tmp_path, calibration=rows)
    with pytest.raises(CaseError) as raised:
        read_record(find_case(workspace=tmp_path))
    text = "truth: is more than a billion times as far from mid as low from high: check them and their unit"
    assert str(raised.value) == f"priors/dispute/calibration.csv:2: {text}"
