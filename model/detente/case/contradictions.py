"""Where a case goes against itself, for one that was read back from a result and not from its own files.

The loader checks files as it reads them, with the line of every value.  A result has the whole case in it, and people
edit, merge and truncate results: here the same is asked of the objects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple, get_args

from detente.case.columns import Frozen, Row
from detente.case.election import ELECTION
from detente.case.findings import Findings
from detente.case.phases import part_of
from detente.case.priors import DEFAULT, BetaPrior
from detente.case.schema import Case
from detente.case.values import Credibility, Reliability
from detente.errors import quoted


class Fault(NamedTuple):
    """Where a stored run contradicts itself, as a path, and how."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def faults_of(case: Case) -> Iterator[Fault]:
    """Yield where a case goes against itself: by the rules of each of its objects, and in the names they have."""
    yield from _by_rules(case, "")
    named: Mapping[str, tuple[Any, ...]] = {
        "hypotheses": case.hypotheses,
        "evidence": case.evidence,
        "processes": case.processes,
        "outcomes": case.outcomes,
        "phases": case.phases,
        "occasions": case.occasions,
        "election.winners": case.election.winners if case.election else (),
    }
    for part, members in named.items():
        ids = [one.id for one in members]
        if len(set(ids)) < len(ids):
            yield Fault(part, "an id stands twice")
    yield from _states(case)
    if missing := [item.id for item in case.evidence if item.id not in case.likelihoods]:
        yield Fault("likelihoods", f"nothing is said of {', '.join(missing[:3])}")
    yield from _intensities(case)
    if case.clusters and DEFAULT not in case.priors.dependence:
        yield Fault("priors.dependence", f"{DEFAULT} is missing")
    if case.election is not None and case.priors.election is None:
        yield Fault("priors.election", "is missing, and the case has an election")
    held = case.priors
    complete: Mapping[str, tuple[Mapping[Any, float], Collection[object]]] = {
        "hypotheses.weights": (held.hypotheses.weights, case.hypothesis_ids),
        "election.weights": (held.election.weights, case.winner_ids) if held.election else ({}, ()),
        "reliability": (held.reliability, get_args(get_args(Reliability)[0])),
        "credibility": (held.credibility, get_args(get_args(Credibility)[0])),
    }
    for name, (table, wanted) in complete.items():
        if missing := [str(key) for key in wanted if key not in table]:
            yield Fault(f"priors.{name}", f"there is none of {', '.join(missing[:3])}")


def _states(case: Case) -> Iterator[Fault]:
    """Yield the states that a process does not have."""
    states = {process.id: process.states for process in case.processes}
    for number, process in enumerate(case.processes):
        here = f"processes.{number}"
        steps = [state for step in process.transitions for state in (step.source, step.target)]
        unknown = [state for state in (process.start.state, *steps) if state not in process.states]
        if unknown or any(step.process != process.id for step in process.transitions):
            yield Fault(here, "its steps and its start must be among its own states")
    named = [
        *((f"outcomes.{n}.state", one.process, one.state) for n, one in enumerate(case.outcomes)),
        *((f"events.{n}.state", one.process, one.state) for n, one in enumerate(case.events)),
        *((f"priors.couplings.{n}.to", one.process, one.to) for n, one in enumerate(case.priors.couplings)),
        *(
            (f"priors.couplings.{n}.when", one.when.process, one.when.reached)
            for n, one in enumerate(case.priors.couplings)
        ),
    ]
    for place, owner, state in named:
        if state not in (case.winner_ids if owner == ELECTION else states.get(owner, ())):
            yield Fault(place, f"{quoted(owner)} has no state {quoted(state)}")


def _intensities(case: Case) -> Iterator[Fault]:
    """Yield where an intensity is missing, stands twice or is of no step."""
    stated = [(row.transition.id, row.hypothesis, row.regime) for row in case.intensities]
    steps = [step.id for step in case.transitions]
    wanted = set(product(steps, case.hypothesis_ids, case.main_regimes))
    if missing := sorted(wanted - set(stated)):
        yield Fault("intensities", f"there is none of {', '.join(missing[0])}")
    if len(set(stated)) < len(stated):
        yield Fault("intensities", "one stands twice")
    for number, (step, _, _) in enumerate(stated):
        if step not in steps:
            yield Fault(f"intensities.{number}.transition", f"there is no step {quoted(step)}")
    parts: dict[tuple[str, str], set[str]] = {}
    for step, hypothesis, regime in stated:
        if part_of(regime):
            parts.setdefault((step, regime), set()).add(hypothesis)
    for (step, regime), hypotheses in parts.items():
        if hypotheses != set(case.hypothesis_ids):
            yield Fault("intensities", f"{step} in {regime}: one is missing for a hypothesis")


def _by_rules(part: Any, place: str) -> Iterator[Fault]:  # noqa: ANN401 - whatever a case holds
    """Yield what the rules of the objects of a case say of them, each by itself."""
    if isinstance(part, Frozen):
        findings = Findings(place)
        if not (isinstance(part, BetaPrior) and part.sd == 0):  # a fixed value has no distribution to obey
            type(part).rules(Row(part, findings))
        for problem in findings.problems:
            yield Fault(place, problem.message)
        for name in type(part).__struct_fields__:
            yield from _by_rules(getattr(part, name), _below(place, name))
    elif isinstance(part, dict):
        for name, one in part.items():
            yield from _by_rules(one, _below(place, name))
    elif isinstance(part, tuple):
        for number, one in enumerate(part):
            yield from _by_rules(one, f"{place}.{number}")


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
