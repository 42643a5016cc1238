"""A changed case: one message says everything that must follow, in which file."""

from __future__ import annotations

import pytest
from cases import CASE, RESOLUTIONS, WATCH, write_case

from detente.case import find_case, load_case, read_record
from detente.errors import CaseError, Problem, together


def problems(folder, **changes):
    write_case(folder, **changes)
    with pytest.raises(CaseError) as caught:
        read_record(find_case("dispute", folder))
    return [str(problem) for problem in caught.value.problems]


def test_a_hypothesis_that_is_renamed(tmp_path):
    (one,) = problems(tmp_path, case=("id: tactic", "id: gallery"), watch=WATCH)
    assert one == (
        'priors/dispute/intensities.csv:7: case.yaml declares no hypothesis "tactic" (if it is now `gallery`, rename '
        "it there too): rename or delete it in priors/dispute/intensities.csv (line 7), priors/dispute/likelihoods.csv "
        "(lines 3, 5, 7) and priors/dispute/watch.csv (line 3); give it to `gallery` in priors/dispute/priors.yaml "
        "(line 2)"
    )


def test_a_hypothesis_that_is_deleted(tmp_path):
    three = CASE.replace(
        "  - {id: tactic, statement: North wants to be seen.}\n",
        "  - {id: other, statement: North wants something else.}\n  - {id: none, statement: North wants nothing.}\n",
    )
    (one, rest) = problems(tmp_path, case=three)
    assert one.endswith("delete it, so that the weights sum to 1, or rename it, in priors/dispute/priors.yaml (line 2)")
    assert "priors/dispute/likelihoods.csv (lines 3, 5, 7)" in one
    assert "must give a weight to every hypothesis (missing: other, none)" in rest


def test_a_hypothesis_that_is_new(tmp_path):
    more = CASE.replace("clusters:\n", "  - {id: other, statement: North wants something else.}\nclusters:\n")
    (one,) = problems(tmp_path, case=more)
    assert 'nothing is said of the hypothesis "other"' in one
    for follows in (
        "give it a weight in priors/dispute/priors.yaml (line 2)",
        "state a likelihood in priors/dispute/likelihoods.csv for every item of seeds/dispute/evidence.csv (lines",
        "state the pace of every step in priors/dispute/intensities.csv",
    ):
        assert follows in one


def test_an_item_that_is_renamed(tmp_path):
    (one,) = problems(tmp_path, evidence=("speech,2022", "declaration,2022"))
    assert one == (
        'priors/dispute/likelihoods.csv:2: evidence.csv has no item "speech" (if it is now `declaration`, rename it '
        "there too): rename or delete it in priors/dispute/likelihoods.csv (lines 2, 3)"
    )


def test_an_election_that_is_deleted(tmp_path):
    (one,) = problems(tmp_path, case=CASE[: CASE.index("election:")] + CASE[CASE.index("horizon:") :])
    assert one == (
        'priors/dispute/intensities.csv:4: case.yaml declares no election, and so no regime "after:incumbent": take '
        "the rows after the vote out of priors/dispute/intensities.csv (line 4); delete the weights in "
        "priors/dispute/priors.yaml (line 13)"
    )


ANSWERS = """\
outcome,window,resolution,date,source
they_meet,horizon,yes,2023-02-10,Daily
border_open,after_election,no,2024-03-01,Daily
border_open,horizon,no,2024-03-01,Daily
"""


def test_a_horizon_that_is_moved(tmp_path):
    later = CASE.replace("horizon: 2024-03-01", "horizon: 2024-06-01")
    (one,) = problems(tmp_path, case=later, resolutions=ANSWERS)
    assert one.startswith("seeds/dispute/resolutions.csv:3: the horizon is 2024-06-01: take out each no")
    assert one.endswith("in seeds/dispute/resolutions.csv (lines 3, 4)")
    answers = ANSWERS.replace("border_open,after_election,no", "border_open,after_election,yes").replace(
        "border_open,horizon,no", "border_open,horizon,yes"
    )
    earlier = CASE.replace("horizon: 2024-03-01", "horizon: 2023-09-01\ndeadlines: [2023-12-31]")
    (one,) = problems(tmp_path, case=earlier, resolutions=answers)
    assert one == (
        "seeds/dispute/case.yaml:19: the horizon is 2023-09-01: take out each deadline that does not come before it in "
        "seeds/dispute/case.yaml (line 19); write no, of that day, for what happened later in "
        "seeds/dispute/resolutions.csv (lines 3, 4)"
    )


def test_what_is_said_once_stays_as_it_is():
    one = Problem("a.csv", 2, "hypothesis: unknown", "unknown", "delete it in")
    other = Problem("b.csv", 3, "date: wrong")
    assert together([other, one, one]) == (one, other)


WRONG = (RESOLUTIONS + "nobody,horizon,yes,2023-02-10,Daily\n", b"\xff\xfe", "outcome\n")


@pytest.mark.parametrize("answers", WRONG, ids=["row", "encoding", "header"])
def test_no_forecast_stops_at_the_answers(tmp_path, answers):
    write_case(tmp_path)
    sound = load_case("dispute", tmp_path)
    write_case(tmp_path, resolutions=answers)
    case, places = read_record(find_case("dispute", tmp_path), without_answers=True)
    assert {problem.file for problem in places.beside} == {"seeds/dispute/resolutions.csv"}
    assert (case.resolutions, case.truth) == ((), None)
    assert load_case("dispute", tmp_path) == sound
    with pytest.raises(CaseError):
        read_record(find_case("dispute", tmp_path))
