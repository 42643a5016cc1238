"""How many states coupled processes have together, against chains that are built, and what is said of too many."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from small import make_case
from tests.cases import CASE, INTENSITIES, write_case

from detente.case import find_case, read_record
from detente.case.check import examine
from detente.case.priors import Coupling, Reached
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
        "couplings of ladder and border, which leaves 700, or merge states"
    )


@pytest.mark.parametrize(("states", "warned"), [(330, False), (340, True)])
def test_check_warns_before_there_are_too_many(tmp_path, states, warned):
    _, advice = examine(find_case(workspace=long_case(tmp_path, states)))
    told = [problem.message for problem in advice if "are coupled" in problem.message]
    remedy = "delete the couplings of ladder and border, which leaves 340, or merge states"
    slow = "of at most 2,000: a forecast can take a minute or more, and one more process multiplies that"
    assert told == (
        [f"couplings: ladder, border are coupled and have 1,020 states together, {slow}: {remedy}"] * warned
    )


def test_processes_without_a_coupling_are_never_one_chain():
    """Twelve of three states each: together they would have half a million."""
    case = make_case(hypotheses=2, processes={f"p{n}": [("a", "b"), ("b", "c")] for n in range(12)})
    assert [chain.states for chain in build_chains(case)] == [3] * 12
    case = case.changed(
        priors=case.priors.changed(
            couplings=(
                Coupling(process="p3", to="b", when=Reached(process="p7", reached="b"), multiplier=2, because="So."),
            )
        )
    )
    assert sorted(chain.states for chain in build_chains(case)) == [3] * 10 + [9]


def test_the_count_is_that_of_the_chain(tmp_path):
    case = read_record(find_case(workspace=long_case(tmp_path, 20)))[0]
    assert [chain.states for chain in build_chains(case.as_of(dt.date(2023, 2, 1)))] == [60]
