"""How many states the forecast would have to carry: those of each process, times those of every one coupled with it.

A state of a process remembers which outcomes of it were visited, where that is asked.  Couplings change the pace of
steps and forbid none, so the states of coupled processes are all combinations of the states of each.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.case.processes import Process
    from detente.case.schema import CaseTables

MOST_STATES = 2000
"""Of processes that are coupled: so many take minutes to forecast and some 800 MB, and both grow with their number."""


MOST_DIGITS = 9
"""A count with more digits is given as a power of ten."""


def too_many_states(case: CaseTables) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield what is wrong with each group of coupled processes that has too many: its process or coupling, and why."""
    for linked in coupled(case):
        sizes = [_states(case, process) for process in linked]
        if prod(sizes) <= MOST_STATES:
            continue
        if len(linked) == 1:
            name = linked[0].id
            yield (
                ("process", name),
                f"processes.{name}: has more than {MOST_STATES:,} states, counting which outcomes were visited",
            )
            continue
        ids = {process.id for process in linked}
        first = next(place for place, rule in enumerate(case.priors.couplings) if rule.process in ids)
        parts = ", ".join(f"{process.id} ({_count(size)})" for process, size in zip(linked, sizes, strict=True))
        many = _count(prod(sizes)) if max(sizes) <= MOST_STATES else f"more than {MOST_STATES:,}"
        text = f"{parts} are coupled and have {many} states together, more than {MOST_STATES:,}"
        yield ("coupling", str(first)), f"couplings: {text}: delete the couplings that matter least, or merge states"


def coupled(case: CaseTables) -> list[tuple[Process, ...]]:
    """Group processes that a coupling links, directly or through others, in the order of the case."""
    group = {process.id: {process.id} for process in case.processes}
    for coupling in case.priors.couplings:
        joined = group[coupling.process] | group[coupling.when.process]
        for member in joined:
            group[member] = joined
    distinct = {frozenset(members) for members in group.values()}
    order = [tuple(process for process in case.processes if process.id in members) for members in distinct]
    return sorted(order, key=lambda members: case.processes.index(members[0]))


def _count(size: int) -> str:
    return f"{size:,}" if size <= 10**MOST_DIGITS else f"some 10^{len(str(size)) - 1}"


def _states(case: CaseTables, process: Process) -> int:
    """Count the states that can be reached from the start, with the outcomes visited; no further than the most."""
    asked = {outcome.state for outcome in case.outcomes if outcome.process == process.id and not outcome.is_current}
    leads: dict[str, list[str]] = {}
    for step in process.transitions:
        leads.setdefault(step.source, []).append(step.target)
    begin = process.start.state, frozenset(asked & {process.start.state})
    seen, queue = {begin}, [begin]
    while queue and len(seen) <= MOST_STATES:
        state, visited = queue.pop()
        for target in leads.get(state, ()):
            there = (target, visited | (asked & {target}))
            if there not in seen:
                seen.add(there)
                queue.append(there)
    return len(seen)
