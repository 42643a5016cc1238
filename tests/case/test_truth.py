"""A hypothesis can become known: `resolutions.csv` takes it, a forecast does not use it, and faults are said."""

from __future__ import annotations

import datetime as dt

import pytest
from bulletins import item_bulletin
from cases import write_case

from detente.case import find_case, read_case, read_record
from detente.case.outcomes import Truth
from detente.errors import BulletinError, CaseError
from detente.exact import posterior
from detente.update import update

HEAD = "outcome,window,resolution,date,source\n"
KNOWN = "hypothesis,,tactic,2023-09-01,Memoirs\n"
R = "seeds/dispute/resolutions.csv"


def located(folder, rows):
    return find_case("dispute", write_case(folder, resolutions=HEAD + rows))


def test_it_is_read_beside_outcomes(tmp_path):
    whole, _ = read_record(located(tmp_path, KNOWN + "they_meet,before_election,yes,2023-02-10,Daily\n"))
    assert whole.truth == Truth(hypothesis="tactic", date=dt.date(2023, 9, 1), source="Memoirs")
    assert [row.outcome for row in whole.resolutions] == ["they_meet"]


@pytest.mark.parametrize(("day", "is_known"), [("2023-08-31", False), ("2023-09-01", True)])
def test_as_of_cuts_it(tmp_path, day, is_known):
    case, _ = read_case(located(tmp_path, KNOWN), dt.date.fromisoformat(day))
    assert (case.truth is not None) == is_known


def test_a_forecast_neither_uses_it_nor_changes_its_digest(tmp_path):
    later = dt.date(2023, 10, 1)
    with_it, _ = read_case(located(tmp_path / "a", KNOWN), later)
    without, _ = read_case(find_case("dispute", write_case(tmp_path / "b")), later)
    assert with_it.inputs_sha256 == without.inputs_sha256
    assert posterior(with_it).probability.tolist() == posterior(without).probability.tolist()


EARLIER = "a forecast made then would know the answer; set an earlier information_cutoff"
BAD = {
    "unknown": ("hypothesis,,tactics,2023-09-01,M\n", [
        f'{R}:2: resolution: case.yaml declares no hypothesis "tactics" (did you mean `tactic`?)']),
    "two": (KNOWN + "hypothesis,,sincere,2023-10-01,M\n", [
        f"{R}:3: hypothesis: line 2 says which one is true, and only one is: delete one of the two"]),
    "before the cut-off": ("hypothesis,,tactic,2023-03-01,M\n", [
        f"{R}:2: date: must be after information_cutoff, 2023-03-01: {EARLIER} (got 2023-03-01)"]),
    "window": ("hypothesis,horizon,tactic,2023-09-01,M\n", [
        f"{R}:2: window: must be blank beside hypothesis: which one is true has no window"]),
    "no source": ("hypothesis,,tactic,2023-09-01,\n", [f"{R}:2: source: must not be blank"]),
    "date": ("hypothesis,,tactic,1 May,M\n", [f'{R}:2: date: must be an ISO date such as 2023-02-08 (got "1 May")']),
    "an outcome without a window": ("they_meet,,yes,2023-02-10,M\n", [f"{R}:2: window: must not be blank"]),
    "an outcome that is a hypothesis": ("they_meet,horizon,tactic,2023-02-10,M\n", [
        f'{R}:2: resolution: must be yes, no or void (got "tactic")']),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "said"), BAD.values(), ids=BAD)
def test_each_fault_is_one_line(tmp_path, rows, said):
    with pytest.raises(CaseError) as caught:
        read_record(located(tmp_path, rows))
    assert str(caught.value).split("\n") == said


def test_no_outcome_may_have_its_name(tmp_path):
    workspace = write_case(tmp_path, case=("id: they_meet", "id: hypothesis"))
    with pytest.raises(CaseError, match=r"outcomes.id: no outcome may be called hypothesis: resolutions.csv uses that"):
        read_record(find_case("dispute", workspace))


def test_an_update_does_not_move_the_cut_off_past_it(tmp_path):
    location = located(tmp_path, KNOWN)
    update(location, item_bulletin("envoys", "2023-08-31"), "a.yaml", dry_run=True)
    with pytest.raises(BulletinError, match=r"a.yaml: date: it is known from 2023-09-01 on which hypothesis is true"):
        update(location, item_bulletin("envoys", "2023-09-01"), "a.yaml")
