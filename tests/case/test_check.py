"""What a careful reader would ask about."""

from __future__ import annotations

import pytest
from tests.cases import CASE, EVIDENCE, INTENSITIES, LIKELIHOODS, PRIORS, write_case

from detente.case import bundled_cases, find_case, read_record
from detente.case.check import examine, lint
from detente.case.judgement_advice import odds
from detente.case.template import SKELETON

C, E, L = "seeds/dispute/case.yaml", "seeds/dispute/evidence.csv", "priors/dispute/likelihoods.csv"
P, N = "priors/dispute/priors.yaml", "priors/dispute/intensities.csv"


def advice(workspace):
    return [str(piece) for piece in lint(*read_record(find_case(workspace=workspace)))]


def test_a_sound_case_gets_no_advice(tmp_path):
    assert advice(write_case(tmp_path)) == []


SEALED = {"us-iran-2026": 1}
"""Pieces of advice on a case whose judgements were committed before its first run, and stay as they were."""


@pytest.mark.parametrize("name", bundled_cases())
def test_the_bundled_cases_get_no_advice(name, tmp_path):
    assert len(examine(find_case(name, tmp_path))[1]) == SEALED.get(name, 0)


def test_the_skeleton_gets_no_advice():
    assert examine(SKELETON)[1] == ()


LINT = {
    "moves_nothing": (
        {"likelihoods": ("0.5,0.7,0.9", "0.5,0.6,0.9")},
        f"{L}:2: speech: is equally likely under every hypothesis, so it is no evidence: drop or revise it",
    ),
    "decisive": (
        {"likelihoods": ("0.3,0.5,0.7,Maps", "0.993,0.998,0.999,Maps")},
        f"{L}:7: map: favours tactic by 400 to 1: check that it is that decisive",
    ),
    "weak_source": (
        {
            "evidence": (",yes,A,1,", ",yes,E,4,"),
            "likelihoods": ("0.4,0.6,0.8,Peace", "0.02,0.05,0.1,Peace"),
        },
        (
            f"{L}:3: speech: favours tactic by 14 to 1 on a source graded E4: find a better source, or "
            "state a weaker contrast"
        ),
    ),
    "no_reason": (
        {"likelihoods": ("Glasses are raised rarely.", "Seems so.")},
        f'{L}:4: toast under sincere: "Seems so." is too short for a reason: say why',
    ),
    "same_reason": (
        {"likelihoods": ("Maps bind those who draw.", "Maps come before treaties.")},
        f"{L}:6: map: has the same reason under several hypotheses: say how they differ",
    ),
    "lone_item": (
        {"evidence": ("2023-01-10,speeches", "2023-01-10,")},
        f"{C}:10: clusters.speeches: has only one item, and a cause is shared: leave that item's cluster blank",
    ),
    "unused_cluster": (
        {"case": ("  speeches: One speaker.", "  speeches: One speaker.\n  songs: One tune.")},
        f"{C}:11: clusters.songs: no item belongs to it: delete it",
    ),
    "waited": (
        {"case": ("start: {state: closed, date: 2022-12-01}", "start: {state: closed, date: 1932-12-01}")},
        (
            f"{C}:26: processes.border: no step has been taken from closed since 1932-12-01, 32,962 days: at any of "
            "the stated paces it would have been, so the forecast takes the paces for far slower: "
            "let start.date be the day from which these paces hold, or state slower ones"
        ),
    ),
    "mixed_directions": (
        {"likelihoods": ("toast,sincere,0.2,0.4,0.6", "toast,sincere,0.6,0.8,0.9")},
        (
            f"{C}:10: clusters.speeches: mixes directions: seeing speech speaks for tactic, seeing toast for sincere: "
            "their shared cause is taken to make one likelier and the other less likely: in the column loading of "
            "evidence.csv write + for both if it makes both likelier, or + for speech and - for toast if it is as taken"
        ),
    ),
    "late_item": (
        {"evidence": ("2023-02-01,,no", "2023-03-02,,no")},
        (
            f"{E}:4: 1 of 3 items are dated after information_cutoff, 2023-03-01: they do not count yet: "
            "move the cut-off, or use --as-of"
        ),
    ),
    "seen_too_late": (
        {"evidence": EVIDENCE.replace("glass.,", "glass.,2023-01-09")},
        (
            f"{E}:3: toast: was seen on 2023-01-10, after 2023-01-09, by which it was expected: record it as "
            "absent, or as another item"
        ),
    ),
    "same_claim": (
        {"evidence": ("North published a map.", "north raised  a glass")},
        f"{E}:4: map: makes the same claim as toast: count it once",
    ),
    "lost_state": (
        {"case": ("states: [closed, open]", "states: [closed, open, gone]")},
        f"{C}:27: processes.border: gone cannot be reached from closed: delete the state, or add a transition",
    ),
    "no_resolution": (
        {"case": (", resolution: Lorries cross.", "")},
        f"{C}:32: outcomes.border_open: has no resolution: say what counts as yes, and who decides",
    ),
    "settled_outcome": (
        {"case": ("process: border, state: open", "process: border, state: closed")},
        (
            f"{C}:32: outcomes.border_open: border starts in closed or beyond it, so the answer is known: delete "
            "the outcome"
        ),
    ),
    "certain_step": (
        {"intensities": ("ladder,apart,met,*,*,100,0.2,0.4,0.6", "ladder,apart,met,*,*,30,0.5,0.9,0.95")},
        (
            f"{N}:2: ladder: apart > met: 0.9 within 30 days makes it all but certain under sincere in before "
            "(99.66% over the time left): check that this is meant"
        ),
    ),
    "impossible_step": (
        {"intensities": ("ladder,met,signed,*,*,365,0.05,0.1,0.2", "ladder,met,signed,*,*,365,0.0001,0.0002,0.0005")},
        (
            f"{N}:5: ladder: met > signed: 0.0002 within 365 days makes it all but impossible under sincere in "
            "after:rival (0.016% over the time left): check that this is meant"
        ),
    ),
    "coupling_by_one": (
        {"priors": ("multiplier: 3", "multiplier: 1")},
        f"{P}:18: couplings: border to open: multiplies by 1, so it changes nothing: delete it",
    ),
    "coupling_to_the_start": (
        {"priors": ("to: open", "to: closed")},
        (
            f"{P}:18: couplings: border to closed: no step from the start leads to closed, so it changes nothing: "
            "delete it"
        ),
    ),
}


@pytest.mark.parametrize("name", LINT)
def test_advice(name, tmp_path):
    changes, expected = LINT[name]
    assert advice(write_case(tmp_path, **changes)) == [expected]


def test_a_cluster_whose_directions_are_stated_is_let_be(tmp_path):
    table = EVIDENCE.replace("expected_by\n", "expected_by,loading\n").replace("glass.,\n", "glass.,,-\n")
    table = table.replace('twice.",\n', 'twice.",,\n').replace("2023-02-20\n", "2023-02-20,\n")
    changes, _ = LINT["mixed_directions"]
    assert advice(write_case(tmp_path, **changes, evidence=table)) == []


def test_a_coupling_on_a_state_that_is_never_reached(tmp_path):
    case = CASE.replace("[apart, met, signed]", "[apart, met, signed, aside]")
    found = advice(write_case(tmp_path, case=case, priors=PRIORS.replace("reached: signed", "reached: aside")))
    text = "couplings: border to open: ladder never reaches aside, so it changes nothing: delete it"
    assert found[0] == f"{P}:18: {text}"


def test_one_sided_evidence_is_counted(tmp_path):
    items = "".join(f"sign_{i},2023-01-0{i},,yes,A,1,,Daily,,Sign {i} was seen.,\n" for i in range(1, 10))
    rows = "".join(
        f"sign_{i},sincere,0.1,0.2,0.3,Rarely seen then {i}.\nsign_{i},tactic,0.3,0.4,0.5,Often seen then {i}.\n"
        for i in range(1, 10)
    )
    write_case(tmp_path, evidence=EVIDENCE + items, likelihoods=LIKELIHOODS + rows)
    text = "12 of the 12 items in force favour tactic: look for evidence against it"
    assert advice(tmp_path) == [f"{E}: {text}"]


def test_an_absent_item_favours_whom_its_presence_would_have_hurt(tmp_path):
    case = read_record(find_case(workspace=write_case(tmp_path)))[0]
    ratio, favoured = odds(case, case.evidence[2])
    assert (ratio, favoured) == (pytest.approx((1 - 0.2) / (1 - 0.5)), "tactic")


def test_advice_needs_no_lines(tmp_path):
    case = read_record(find_case(workspace=write_case(tmp_path, likelihoods=("0.5,0.7,0.9", "0.5,0.6,0.9"))))[0]
    assert str(lint(case)[0]).startswith("likelihoods.csv: speech: is equally likely")


def test_a_case_that_cannot_be_forecast_is_no_matter_of_advice(tmp_path):
    from detente.errors import CutoffError

    write_case(tmp_path, case=("information_cutoff: 2023-03-01", "information_cutoff: 2022-11-01"))
    with pytest.raises(CutoffError, match="process ladder starts on 2022-12-01"):
        examine(find_case(workspace=tmp_path))


def test_a_vote_that_is_not_called_is_said(tmp_path):
    write_case(tmp_path, case=("information_cutoff: 2023-03-01", "information_cutoff: 2023-06-01"))
    _, advice = examine(find_case(workspace=tmp_path))
    assert str(advice[0]) == (
        "seeds/dispute/events.csv: the election was on 2023-05-14, and no winner is on record: the forecast averages "
        "over them; add the winner once it is known"
    )


def test_a_coupling_stated_twice_is_said(tmp_path):
    rule = (
        "  - {process: border, to: open, when: {process: ladder, reached: signed}, multiplier: 2, because: It does.}\n"
    )
    write_case(tmp_path, priors=("because: A treaty opens it.}\n", "because: A treaty opens it.}\n" + rule))
    text = "is stated before on the same condition, and the multipliers are multiplied: keep one"
    assert advice(tmp_path) == [f"priors/dispute/priors.yaml:19: couplings: border to open: {text}"]


def test_a_phase_without_a_day_that_counts_is_said(tmp_path):
    phase = "horizon: 2024-03-01\nphases:\n  - {id: later, from: 2030-01-01, until: 2030-02-01}\n"
    rows = INTENSITIES.replace("regime,within", "regime,phase,within").splitlines()
    rows = [rows[0], *(",".join([*row.split(",")[:5], "", *row.split(",")[5:]]) for row in rows[1:])]
    rows.append("border,closed,open,*,*,later,365,0.1,0.2,0.4,Gates are oiled then.")
    write_case(tmp_path, case=("horizon: 2024-03-01\n", phase), intensities="\n".join(rows) + "\n")
    text = "has no day from the start of the processes to the horizon, so its rows change nothing: correct its days"
    assert advice(tmp_path) == [f"seeds/dispute/case.yaml:20: phases.later: {text}"]
