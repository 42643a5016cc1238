"""Reasons that are none: of the skeleton, of polls that are there, too short for a pace; no regime without a vote."""

from __future__ import annotations

import pytest
from cases import INTENSITIES, LIKELIHOODS, POLLS, PRIORS, write_case

from detente.case import find_case, read_record
from detente.case.check import examine, gathered, lint
from detente.case.template import new_case


def advice(folder, name="dispute"):
    return [str(piece) for piece in examine(find_case(name, folder))[1]]


def test_a_reason_that_says_there_are_no_polls_beside_polls(tmp_path):
    said = PRIORS.replace("because: The race is open.", "because: No poll is at hand.")
    assert advice(write_case(tmp_path, priors=said)) == []
    polls = POLLS + "".join(f"House {n},2023-02-0{n},2023-02-0{n},,800,45,45,Daily\n" for n in range(6, 9))
    (found,) = [one for one in advice(write_case(tmp_path, priors=said, polls=polls)) if "no polls" in one]
    assert found.startswith(
        "priors/dispute/priors.yaml: election: its reason says that there are no polls, and 5 polls"
    )


def test_reasons_of_the_skeleton_are_named_once_something_else_was_replaced(tmp_path):
    new_case("q", tmp_path)
    assert advice(tmp_path, "q") == []
    path = tmp_path / "seeds/q/case.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("Arvenia and Belmor: an opening", "Ours: an opening"), "utf-8"
    )
    found = "\n".join(advice(tmp_path, "q"))
    for key in ("hypotheses", "election", "dependence.default"):
        assert f"{key}: its reason is that of the skeleton: say yours" in found
    assert "priors/q/likelihoods.csv: 12 reasons are those of the skeleton" in found
    assert "priors/q/intensities.csv: has reasons of the skeleton" in found


def test_a_pace_needs_a_reason_as_well(tmp_path):
    short = INTENSITIES.replace("Half of them meet.", "So.")
    (found,) = advice(write_case(tmp_path, intensities=short))
    assert found == 'priors/dispute/intensities.csv:2: ladder: apart > met: "So." is too short for a reason: say why'


def test_what_an_assessor_answered_without_a_reason_has_none(tmp_path):
    """Of several each is asked in his own table, and what two left out alike is no repetition."""
    unsaid = "No reason was given."
    rows = LIKELIHOODS.replace("Peace is worth a speech.", unsaid).replace("A speech is worth votes.", unsaid)
    assert advice(write_case(tmp_path / "own", likelihoods=rows)) == [
        f"priors/dispute/likelihoods.csv:{line}: speech under {name}: has no reason: say why"
        for line, name in ((2, "sincere"), (3, "tactic"))
    ]
    write_case(tmp_path / "two")
    for who in ("ann", "bob"):
        home = tmp_path / "two/priors/dispute/assessors" / who
        home.mkdir(parents=True)
        (home / "likelihoods.csv").write_text(rows, "utf-8")
        (home / "intensities.csv").write_text(INTENSITIES.replace("Half of them meet.", unsaid), "utf-8")
        weights = f"hypothesis,weight,because\nsincere,0.4,{unsaid}\ntactic,0.6,Shows are usual here.\n"
        (home / "priors.csv").write_text(weights, "utf-8")
    said = [one for one in advice(tmp_path / "two") if "has no reason" in one]
    assert said == [
        f"priors/dispute/assessors/{who}/{rest}: say why"
        for who in ("ann", "bob")
        for rest in (
            f"intensities.csv:2: {who}: ladder: apart > met: has no reason",
            f"likelihoods.csv:2: {who}: speech under sincere: has no reason",
            f"likelihoods.csv:3: {who}: speech under tactic: has no reason",
            f"priors.csv:2: {who}: sincere: has no reason",
        )
    ]


def test_many_poor_reasons_of_a_file_are_one_line(tmp_path):
    rows = LIKELIHOODS.replace("Peace is worth a speech.", "So.").replace("Glasses are raised rarely.", "So.")
    rows = rows.replace("Maps come before treaties.", "No reason was given.").replace("Maps bind those who draw.", "So")
    write_case(tmp_path, likelihoods=rows)
    pieces = examine(find_case("dispute", tmp_path))[1]
    assert len(pieces) == 4
    assert [str(piece) for piece in gathered(pieces)] == [
        "priors/dispute/likelihoods.csv: 4 reasons are missing or too short: say why (lines 2, 4, 6 and 1 more)"
    ]
    assert gathered(pieces[:2]) == [*pieces[:2]]


def test_without_an_election_nothing_is_in_before():
    whole, places = read_record(find_case("retail-turnaround"))
    assert whole.election is None
    sure = tuple(row.changed(mid=0.999999, within_days=1) for row in whole.intensities)
    found = [str(piece) for piece in lint(whole.changed(intensities=sure), places) if "all but certain" in str(piece)]
    assert found
    assert not [one for one in found if "before" in one]


@pytest.mark.parametrize("quick", [True, False])
def test_a_word_in_a_bulletin_without_a_reason_is_named_when_it_is_taken_in(tmp_path, quick):
    from bulletins import BULLETIN

    from detente.report.listing import describe
    from detente.update import update

    write_case(tmp_path)
    made = update(find_case("dispute", tmp_path), BULLETIN, "news", dry_run=quick)
    said = "  ! word without a reason  envoys_arrived under tactic: say why, by a mapping {mid: unlikely, because: ...}"
    assert said in describe(made)
