"""How many states coupled processes have together, against chains that are built, and what is said of too many."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from tests.cases import CASE, INTENSITIES, write_case

from detente.case import find_case, read_record
from detente.errors import CaseError
from detente.projection.chain import build_chains


def long_case(folder, states):
    """Write the small case with a border of so many states."""
    names = [f"s{number}" for number in range(states)]
    steps = ", ".join(f"[{a}, {b}]" for a, b in pairwise(names))
    case = CASE.replace("[closed, open]\n    start: {state: closed", f"[{', '.join(names)}]\n    start: {{state: s0")
    case = case.replace("[[closed, open]]", f"[{steps}]").replace("state: open", "state: s1")
    rows = [row for row in INTENSITIES.splitlines() if not row.startswith("border")]
    rows += [f"border,{a},{b},*,*,365,0.1,0.2,0.4,So it is." for a, b in pairwise(names)]
    return write_case(folder, case=case, intensities="\n".join(rows) + "\n", priors=("to: open", "to: s1"))


def test_coupled_processes_of_too_many_states_are_refused_with_their_names(tmp_path):
    with pytest.raises(CaseError) as raised:
        read_record(find_case(workspace=long_case(tmp_path, 700)))
    (problem,) = raised.value.problems
    assert str(problem).startswith("priors/dispute/priors.yaml:")
    assert problem.message == (
        "couplings: ladder (3), border (700) are coupled and have 2,100 states together, more than 2,000: delete the "
        "couplings that matter least, or merge states"
    )


def test_the_count_is_that_of_the_chain(tmp_path):
    case = read_record(find_case(workspace=long_case(tmp_path, 20)))[0]
    assert [chain.states for chain in build_chains(case.as_of(dt.date(2023, 2, 1)))] == [60]
