"""Product chains: the processes that couplings link, as one chain whose states remember which outcomes were visited.

Where no state of a chain is ever come back to, its states are numbered in levels, by the most steps that lead there,
and every move leads to a later level.  A chain in which some process may still return has no levels.

One outcome needs little of the product: states that differ in nothing it depends on are lumped.  So the chain of a
process grows with the processes that drive it, and not with all that couplings link.

References
----------
Kemeny, J. G. and Snell, J. L. (1960), Finite Markov Chains.  Van Nostrand (section 6.3, lumpable chains).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from detente.case.extent import coupled
from detente.case.windows import occurrence

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from detente.arrays import Floats
    from detente.case.outcomes import Outcome
    from detente.case.processes import Process, Transition
    from detente.case.schema import Case

    type State = tuple[tuple[str, ...], tuple[bool, ...]]
    """The state of each process, and for each outcome whether it has been visited."""


class Move(NamedTuple):
    """A move of a chain by one transition: from, to, and what couplings make of its intensity there."""

    transition: int
    source: int
    target: int
    multiplier: float


@dataclass(frozen=True)
class Chain:
    """A chain of one process or several, which starts in state 0.

    ``levels`` are the slices of states that no move joins, in order, and empty where a state may be come back to;
    ``moves`` are sorted by source; ``outcomes`` are the indices of the outcomes it speaks of, and ``visited`` (outcome,
    state) is 1 where a state counts for one: it has been visited or, if that is asked, is the present one.
    """

    levels: tuple[slice, ...]
    moves: tuple[Move, ...]
    outcomes: tuple[int, ...]
    visited: Floats

    @property
    def states(self) -> int:
        """How many states there are."""
        return int(self.visited.shape[1])


class _Product(NamedTuple):
    """The states of linked processes that can be reached, and the rest as in a chain, but in no order."""

    linked: tuple[Process, ...]
    states: Sequence[State]
    moves: Sequence[Move]
    outcomes: Sequence[int]
    visited: Floats


def build_chains(case: Case) -> tuple[Chain, ...]:
    """Return one product chain for each set of processes that couplings link, from their states at the cut-off."""
    products = (_product(case, linked) for linked in coupled(case))
    return tuple(_in_order(one.moves, one.outcomes, one.visited) for one in products)


def lumped_chains(case: Case) -> tuple[Chain, ...]:
    """Return chains that give each outcome the probability that it has in the product, in far fewer states.

    Each process that is asked about has one; processes that drive each other through couplings share theirs.  Of
    outcomes of different chains the joint probability is lost.
    """
    chains = []
    for linked in coupled(case):
        product = _product(case, linked)
        rows: dict[frozenset[str], list[int]] = {}
        for row, index in enumerate(product.outcomes):
            rows.setdefault(_drivers(case, case.outcomes[index].process), []).append(row)
        chains += [_lumped(case, product, drivers, asked) for drivers, asked in rows.items()]
    return tuple(chains)


def _drivers(case: Case, process: str) -> frozenset[str]:
    """Return a process and all on whose states its pace depends, directly or through others."""
    drivers = [process]
    for driven in drivers:
        needed = (rule.when.process for rule in case.priors.couplings if rule.process == driven)
        drivers += dict.fromkeys(one for one in needed if one not in drivers)
    return frozenset(drivers)


def _lumped(case: Case, product: _Product, drivers: frozenset[str], rows: list[int]) -> Chain:
    """Return the chain of some of the product's outcomes.

    On an occasion the steps of a process compete, even with one that makes no difference to these outcomes: a process
    that has occasions is kept whole.
    """
    dated = {one.id for one in case.occasions}
    jumping = {step.process for step in case.transitions if dated & case.parts_of(step)}
    whole = [place for place, process in enumerate(product.linked) if process.id in jumping & drivers]
    visited = product.visited[rows]
    kinds = (
        (*marks, *(here[place] for place in whole)) for marks, (here, _) in zip(visited.T, product.states, strict=True)
    )
    block = _lump(product.moves, kinds)
    moves = (Move(one.transition, block[one.source], block[one.target], one.multiplier) for one in product.moves)
    first = np.unique(block, return_index=True)[1]
    between = [one for one in dict.fromkeys(moves) if one.source != one.target]
    return _in_order(between, [product.outcomes[row] for row in rows], visited[:, first])


def _lump(moves: Iterable[Move], kinds: Iterable[Hashable]) -> list[int]:
    """Return the block of each state in the coarsest partition of which each block is of one kind, and left alike.

    From all states of a block the same transitions lead, at the same multiples, to the same other blocks.
    """
    block, known = _numbered(kinds), 0
    while len(set(block)) > known:
        known = len(set(block))
        leads: list[set[tuple[int, int, float]]] = [set() for _ in block]
        for one in moves:
            if block[one.source] != block[one.target]:
                leads[one.source].add((one.transition, block[one.target], one.multiplier))
        block = _numbered(zip(block, map(frozenset, leads), strict=True))
    return block


def _numbered(keys: Iterable[Hashable]) -> list[int]:
    """Return the number of each key, by first occurrence."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]


def _product(case: Case, linked: tuple[Process, ...]) -> _Product:
    ids = [process.id for process in linked]
    outcomes = tuple(index for index, outcome in enumerate(case.outcomes) if outcome.process in ids)
    asked = [case.outcomes[index] for index in outcomes]
    begin = (
        tuple(case.state(process) for process in ids),
        tuple(occurrence(case, outcome) is not None for outcome in asked),
    )
    transition = {step: index for index, step in enumerate(case.transitions)}
    entered = {step: _entered(asked, step) for step in transition}
    rules = {step: _rules(case, step, ids) for step in transition}
    number, states, moves = {begin: 0}, [begin], []
    for source, (here, visited) in enumerate(states):
        for place, process in enumerate(linked):
            for step in process.successors(here[place]):
                now = tuple(flag or row in entered[step] for row, flag in enumerate(visited))
                there = ((*here[:place], step.target, *here[place + 1 :]), now)
                if there not in number:
                    number[there] = len(states)
                    states.append(there)
                factor = prod(multiplier for other, beyond, multiplier in rules[step] if here[other] in beyond)
                moves.append(Move(transition[step], source, number[there], float(factor)))
    places = [(outcome.is_current, ids.index(outcome.process), outcome.state) for outcome in asked]
    counts = [
        [
            here[place] == state if is_current else flag
            for (is_current, place, state), flag in zip(places, visited, strict=True)
        ]
        for here, visited in states
    ]
    return _Product(linked, states, moves, outcomes, np.array(counts, dtype=float).reshape(len(states), len(asked)).T)


def _entered(asked: Sequence[Outcome], step: Transition) -> frozenset[int]:
    """Return which outcomes are visited with a step."""
    entered = step.process, step.target
    rows = (row for row, one in enumerate(asked) if not one.is_current and (one.process, one.state) == entered)
    return frozenset(rows)


def _rules(case: Case, step: Transition, ids: list[str]) -> list[tuple[int, frozenset[str], float]]:
    """Return the couplings of a step: the place of the process that drives it, its states that do, the multiplier."""
    return [
        (
            ids.index(rule.when.process),
            case.process(rule.when.process).beyond[rule.when.reached],
            rule.multiplier,
        )
        for rule in case.priors.couplings
        if rule.process in ids and (rule.process, rule.to) == (step.process, step.target)
    ]


def _in_order(moves: Sequence[Move], outcomes: Sequence[int], visited: Floats) -> Chain:
    """Return a chain, its states ordered by level."""
    level = _levels(visited.shape[1], moves)
    order = np.argsort(level, kind="stable") if level else np.arange(visited.shape[1])
    number = np.argsort(order)
    sizes = np.bincount(level)
    ends = np.cumsum(sizes)
    renumbered = (one._replace(source=int(number[one.source]), target=int(number[one.target])) for one in moves)
    return Chain(
        levels=tuple(slice(int(end - size), int(end)) for size, end in zip(sizes, ends, strict=True)),
        moves=tuple(sorted(renumbered, key=lambda one: one.source)),
        outcomes=tuple(outcomes),
        visited=np.ascontiguousarray(visited[:, order]),
    )


def _levels(states: int, moves: Iterable[Move]) -> list[int]:
    """Return the most moves that lead to each state; nothing where some state may be come back to."""
    onward: list[list[int]] = [[] for _ in range(states)]
    for one in moves:
        onward[one.source].append(one.target)
    level, front = [0] * states, {0}
    for depth in count(1):
        front = {there for state in front for there in onward[state]}
        if not front:
            break
        if depth > states:
            return []
        for state in front:
            level[state] = depth
    return level
