"""Product chains: the processes that couplings link, as one chain whose states remember which outcomes were visited.

Where no state of the product is ever come back to, states are numbered in levels, by the most steps that lead there,
and every move leads to a later level.  A chain in which some process may still return has no levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from detente.case.extent import coupled
from detente.case.windows import occurrence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from detente.arrays import Floats
    from detente.case.processes import Process, Transition
    from detente.case.schema import Case

    type State = tuple[tuple[str, ...], tuple[bool, ...]]
    """The state of each process, and for each outcome whether it has been visited."""


@dataclass(frozen=True)
class Move:
    """A move of a product chain by one transition: from, to, and what couplings make of its intensity there."""

    transition: int
    source: int
    target: int
    multiplier: float


@dataclass(frozen=True)
class Chain:
    """A product chain, which starts in state 0.

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


def build_chains(case: Case) -> tuple[Chain, ...]:
    """Return one product chain for each set of processes that couplings link, from their states at the cut-off."""
    return tuple(_chain(case, linked) for linked in coupled(case))


def _chain(case: Case, linked: tuple[Process, ...]) -> Chain:
    ids = [process.id for process in linked]
    outcomes = tuple(index for index, outcome in enumerate(case.outcomes) if outcome.process in ids)
    begin = (
        tuple(case.state(process) for process in ids),
        tuple(occurrence(case, case.outcomes[index]) is not None for index in outcomes),
    )
    steps: dict[State, list[tuple[Transition, State]]] = {}
    queue = [begin]
    for state in queue:
        if state not in steps:
            steps[state] = list(_steps(case, linked, outcomes, state))
            queue += [there for _, there in steps[state]]
    level = _levels(steps, begin)
    order = sorted(steps, key=lambda state: level.get(state, 0))
    number = {state: index for index, state in enumerate(order)}
    transition = {step: index for index, step in enumerate(case.transitions)}
    moves = tuple(
        Move(
            transition[step],
            number[state],
            number[there],
            _multiplier(case, step, dict(zip(ids, state[0], strict=True))),
        )
        for state in order
        for step, there in steps[state]
    )
    sizes = np.bincount([level[state] for state in order]) if level else np.zeros(0, dtype=int)
    ends = np.cumsum(sizes)
    levels = tuple(slice(int(end - size), int(end)) for size, end in zip(sizes, ends, strict=True))
    asked = [case.outcomes[index] for index in outcomes]
    places = [(outcome.is_current, ids.index(outcome.process), outcome.state) for outcome in asked]
    counts = [
        [
            here[place] == state if is_current else flag
            for (is_current, place, state), flag in zip(places, flags, strict=True)
        ]
        for here, flags in order
    ]
    marks = np.array(counts, dtype=float).reshape(len(order), len(outcomes)).T
    return Chain(levels, moves, outcomes, np.ascontiguousarray(marks))


def _steps(
    case: Case, linked: tuple[Process, ...], outcomes: tuple[int, ...], state: State
) -> Iterator[tuple[Transition, State]]:
    """Yield the steps that leave a state of the product, and the states they lead to."""
    here, visited = state
    for place, process in enumerate(linked):
        for step in process.successors(here[place]):
            entered = (process.id, step.target)
            now = tuple(
                flag or (not (asked := case.outcomes[index]).is_current and (asked.process, asked.state) == entered)
                for flag, index in zip(visited, outcomes, strict=True)
            )
            yield step, ((*here[:place], step.target, *here[place + 1 :]), now)


def _levels(steps: Mapping[State, list[tuple[Transition, State]]], begin: State) -> dict[State, int]:
    """Return the most steps that lead to each state; nothing where some state may be come back to."""
    level, front = {begin: 0}, {begin}
    for depth in count(1):
        front = {there for state in front for _, there in steps[state]}
        if not front:
            break
        if depth > len(steps):
            return {}
        level |= dict.fromkeys(front, depth)
    return level


def _multiplier(case: Case, step: Transition, state: dict[str, str]) -> float:
    factor = 1.0
    for coupling in case.priors.couplings:
        if coupling.process == step.process and coupling.to == step.target:
            beyond = case.process(coupling.when.process).beyond[coupling.when.reached]
            factor *= coupling.multiplier if state[coupling.when.process] in beyond else 1.0
    return factor
