"""The probability of what was resolved: of the whole pattern of visits at once, and not question by question.

Outcomes of one process nest (a ladder) or exclude each other (kinds of settlement), and couplings link processes.  The
product chain of :mod:`detente.projection` remembers which outcomes have been visited, so that the probability of a
pattern is a sum over its states: those that fit at the election, carried on, and those that fit at the horizon.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from detente.calibrate.questions import PATHS
from detente.case.schema import BEFORE, after
from detente.projection import build_chains, carry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from detente.calibrate.questions import Path, Resolved
    from detente.projection import Chain

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

UNTIED = frozenset({PATHS[0], PATHS[2]})
"""The one set of paths in which what holds at the horizon depends on what held at the election."""


@dataclass(frozen=True)
class Pattern:
    """What must hold of one product chain: pairs of states that fit at the election and at the horizon, each (state,).

    ``ends_early`` where nothing is asked of the horizon.
    """

    chain: Chain
    fits: tuple[tuple[Mask, Mask], ...]

    @property
    def ends_early(self) -> bool:
        """Whether nothing is asked of the horizon."""
        return all(late.all() for _, late in self.fits)


def patterns(resolved: Resolved) -> tuple[Pattern, ...]:
    """Return what was resolved of each product chain; a chain of which nothing was resolved is left out."""
    found = []
    for chain in build_chains(resolved.case):
        paths = [resolved.paths[resolved.case.outcomes[index].id] for index in chain.outcomes]
        if any(question.outcome in _names(resolved, chain) for question in resolved.questions):
            found.append(Pattern(chain, tuple(_fits(chain, paths))))
    return tuple(found)


def probability(resolved: Resolved, pattern: Pattern, rates: Floats) -> Floats:
    """Return P(pattern) at each draw of intensities.

    Parameters
    ----------
    resolved
        The case, and when and how its election ended.
    pattern
        What must hold of one chain.
    rates
        Transitions a day, (draws, transition, regime).

    Returns
    -------
    array
        One probability a draw, (draws,).
    """
    state = _at_election(resolved, pattern.chain, rates)
    total = np.zeros(rates.shape[0])
    for early, late in pattern.fits:
        left = state * early[:, None]
        if not pattern.ends_early:
            left = _at_horizon(resolved, pattern.chain, rates, left) * late[:, None]
        total += left.sum(axis=0)
    return np.minimum(total, 1.0)


def by_horizon(resolved: Resolved, rates: Floats) -> Iterator[Floats]:
    """Yield, of each product chain with outcomes, the probability of each pattern by the horizon, (pattern, draws)."""
    for chain in (one for one in build_chains(resolved.case) if one.outcomes):
        state = _at_horizon(resolved, chain, rates, _at_election(resolved, chain, rates))
        kinds, number = np.unique(chain.visited, axis=1, return_inverse=True)
        found = np.zeros((kinds.shape[1], rates.shape[0]))
        np.add.at(found, number.ravel(), state)
        yield found


def _at_election(resolved: Resolved, chain: Chain, rates: Floats) -> Floats:
    """Carry the chain from the cut-off to the election, or nowhere where none is ahead, (state, draws)."""
    case = resolved.case
    state = np.zeros((chain.states, rates.shape[0]))
    state[0] = 1.0
    if resolved.election is None:
        return state
    days = (min(resolved.election, case.horizon) - case.information_cutoff).days
    return carry(chain, rates[..., case.regimes.index(BEFORE)], state, np.array([float(days)]))[1]


def _at_horizon(resolved: Resolved, chain: Chain, rates: Floats, state: Floats) -> Floats:
    """Carry the chain on to the horizon, under each winner that is possible."""
    case = resolved.case
    days = max((case.horizon - (resolved.election or case.information_cutoff)).days, 0)
    total = np.zeros_like(state)
    for winner, share in (resolved.winners or {"": 1.0}).items():
        regime = case.regimes.index(after(winner) if winner else BEFORE)
        total += share * carry(chain, rates[..., regime], state, np.array([float(days)]))[1]
    return total


def _names(resolved: Resolved, chain: Chain) -> set[str]:
    return {resolved.case.outcomes[index].id for index in chain.outcomes}


def _fits(chain: Chain, paths: Sequence[frozenset[Path]]) -> Iterator[tuple[Mask, Mask]]:
    """Yield pairs of masks that exclude each other and together allow what the paths of all outcomes allow."""
    options = [_split(allowed) for allowed in paths]
    visited = chain.visited.astype(bool)
    for chosen in product(*options):
        early, late = np.ones(chain.states, dtype=bool), np.ones(chain.states, dtype=bool)
        for row, allowed in zip(visited, chosen, strict=True):
            early &= np.isin(row, [path[0] for path in allowed])
            late &= np.isin(row, [path[1] for path in allowed])
        yield early, late


def _split(allowed: frozenset[Path]) -> tuple[frozenset[Path], ...]:
    """Return sets of paths in each of which the election and the horizon may be looked at one by one."""
    return tuple(frozenset({path}) for path in allowed) if allowed == UNTIED else (allowed,)
