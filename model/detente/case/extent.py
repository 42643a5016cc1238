"""How many states the forecast would have to carry: those of each process, times those of every one coupled with it.

A state of a process remembers which outcomes of it were visited, where that is asked.  Couplings change the pace of
steps and forbid none, so the states of coupled processes are all combinations of the states of each.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from detente.case.contents import CaseTables
    from detente.case.priors import Coupling
    from detente.case.processes import Process

MOST_STATES = 2000
"""Of processes that are coupled: so many can take minutes to forecast and over a gigabyte, and both grow with them."""


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
        yield ("coupling", str(first)), f"couplings: {text}: {_remedy(case, linked)}"


def nearly_too_many(case: CaseTables) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield what is to be said of each group of coupled processes whose states are half as many as may be, or more."""
    for linked in coupled(case):
        count = prod(_states(case, process) for process in linked)
        if len(linked) > 1 and MOST_STATES / 2 <= count <= MOST_STATES:
            first = next(n for n, rule in enumerate(case.priors.couplings) if rule.process in {p.id for p in linked})
            names = ", ".join(process.id for process in linked)
            text = f"{names} are coupled and have {_count(count)} states together, of at most {MOST_STATES:,}"
            slow = "a forecast can take a minute or more, and one more process multiplies that"
            yield ("coupling", str(first)), f"couplings: {text}: {slow}: {_remedy(case, linked)}"


def _remedy(case: CaseTables, linked: tuple[Process, ...]) -> str:
    """Say which pair of processes to decouple: that which leaves the fewest states together; none may be enough."""
    ids = {process.id for process in linked}
    rules = [rule for rule in case.priors.couplings if rule.process in ids]
    pairs = dict.fromkeys(frozenset({rule.process, rule.when.process}) for rule in rules)
    counts = {process.id: _states(case, process) for process in linked}

    def left(pair: frozenset[str]) -> int:
        rest = [rule for rule in case.priors.couplings if {rule.process, rule.when.process} != pair]
        return max(prod(counts.get(one.id, 1) for one in group) for group in coupled(case, rest))

    best = min(pairs, key=left)
    if len(best) > 1 and left(best) < prod(counts.values()):
        one, other = (process.id for process in linked if process.id in best)
        return f"delete the couplings of {one} and {other}, which leaves {_count(left(best))}, or merge states"
    return "delete the couplings that matter least, or merge states"


def coupled(case: CaseTables, couplings: Iterable[Coupling] | None = None) -> list[tuple[Process, ...]]:
    """Group processes that a coupling links, directly or through others, in the order of the case."""
    group = {process.id: {process.id} for process in case.processes}
    for coupling in case.priors.couplings if couplings is None else couplings:
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
