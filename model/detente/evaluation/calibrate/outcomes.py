"""The probability of the resolved outcomes, as one joint pattern and not question by question.

Outcomes of one process are nested (a ladder) or compete (kinds of settlement), and couplings link processes.  The
product chain of :mod:`detente.projection` records which outcomes have been visited, and knows the present states.  So
the probability of a pattern follows by carrying the chain from checkpoint to checkpoint and keeping the states that fit
at each.

At the far end of the level bias the pattern may be very unlikely, and its logarithm is tabulated.  The approximation of
:func:`detente.projection.carry` has an absolute error of some 1e-14, which would swamp it.  There uniformization is
used instead: it adds only positive terms, so that small probabilities keep their relative accuracy.

References
----------
Jensen, A. (1953), Markoff chains as an aid in the study of Markoff processes.  Skandinavisk Aktuarietidskrift 36.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from detente.case.election import BEFORE, after
from detente.projection import Chain, build_chains, carry, carry_through

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from detente.arrays import Flags, Floats
    from detente.evaluation.calibrate.resolved import ResolvedCase

    Carry = Callable[[Chain, Floats, Floats, Floats], tuple[Floats, Floats]]

RARE = 1e-8
"""Probability below which uniformization replaces the fast approximation."""
STEP = 2.0
"""Largest ratio between the rates of draws that are uniformized together."""
MOST = 600.0
"""Expected events of a draw beyond which uniformization would underflow, and the approximation is used."""


@dataclass(frozen=True)
class Pattern:
    """The resolved outcomes of one product chain.

    ``fits`` are mutually exclusive alternatives: which states fit at each checkpoint, (checkpoint, state).
    """

    chain: Chain
    fits: tuple[Flags, ...]


def patterns(resolved: ResolvedCase) -> tuple[Pattern, ...]:
    """Return the pattern of each product chain of which something was resolved."""
    each = [Pattern(chain, tuple(_fits(resolved, chain))) for chain in build_chains(resolved.case)]
    return tuple(one for one in each if not all(fits.all() for fits in one.fits))


def probability(resolved: ResolvedCase, pattern: Pattern, rates: Floats) -> Floats:
    """Return P(pattern | winner) at each draw of intensities.

    Parameters
    ----------
    resolved
        The case, and when and how its election ended.
    pattern
        The resolved outcomes of one chain.
    rates
        Intensities per day, (draws, transition, regime or part of one).

    Returns
    -------
    array
        A probability for each draw under each of the case's winners, (winner, draws); one row without an election.
    """
    total = _total(resolved, pattern, rates, carry)
    rare = (total < RARE).any(axis=0)
    if rare.any():
        total[:, rare] = _total(resolved, pattern, rates[rare], _carry_rare)
    return np.clip(total, 0.0, 1.0)


def _total(resolved: ResolvedCase, pattern: Pattern, rates: Floats, method: Carry) -> Floats:
    """Sum over the alternatives."""
    total = np.zeros((max(1, len(resolved.winners)), rates.shape[0]))
    for fits in pattern.fits:
        asked = np.flatnonzero(~fits.all(axis=1))
        last = int(asked[-1]) + 1 if asked.size else 0  # after that, every state fits
        total += _carried(resolved, pattern.chain, rates, fits[:last], method).sum(axis=1)
    return total


def by_horizon(resolved: ResolvedCase, rates: Floats) -> Iterator[Floats]:
    """Yield P(each pattern by the horizon | winner), (winner, pattern, draws), for each product chain with outcomes."""
    for chain in (built for built in build_chains(resolved.case) if built.outcomes):
        anything = np.ones((len(resolved.checkpoints), chain.states), dtype=bool)
        state = _carried(resolved, chain, rates, anything, carry)
        kinds, number = np.unique(chain.visited, axis=1, return_inverse=True)
        by_pattern = np.zeros((len(state), kinds.shape[1], rates.shape[0]))
        np.add.at(by_pattern.swapaxes(0, 1), number.ravel(), state.swapaxes(0, 1))
        yield by_pattern


def _carried(resolved: ResolvedCase, chain: Chain, rates: Floats, fits: Flags, method: Carry) -> Floats:
    """Carry the chain through the checkpoints of ``fits``, keeping those that fit, (winner, state, draws)."""
    case = resolved.case
    early = 0 if resolved.eve is None else resolved.checkpoints.index(resolved.eve) + 1
    state = np.zeros((chain.states, rates.shape[0]))
    state[0] = 1.0
    by_regime = rates.transpose(0, 2, 1)
    days = [0, *((day - case.information_cutoff).days for day in resolved.checkpoints)]

    def over(state: Floats, regime: str, legs: range) -> Floats:
        for leg in legs:
            end = np.array([float(days[leg + 1])])
            carried = carry_through(case, chain, by_regime, (regime,), state, end, days[leg], method)[1]
            state = carried * fits[leg][:, None]
        return state

    state = over(state, BEFORE, range(min(early, len(fits))))
    later = [after(winner) for winner in resolved.winners] or [BEFORE]
    return np.stack([over(state, regime, range(early, len(fits))) for regime in later])


def _carry_rare(chain: Chain, rates: Floats, state: Floats, days: Floats) -> tuple[Floats, Floats]:
    last = carry_by_uniformization(chain, rates, state, float(days[-1]))
    return np.tile((chain.visited @ last).T[:, None], (1, days.size, 1)), last


def _fits(resolved: ResolvedCase, chain: Chain) -> Iterator[Flags]:
    """Yield mutually exclusive alternatives that together allow what is allowed of every outcome."""
    asked = [resolved.case.outcomes[index].id for index in chain.outcomes]
    counts, last = chain.visited.astype(bool), len(resolved.checkpoints)
    known = np.ones((last, chain.states), dtype=bool)
    for row, outcome in zip(counts, asked, strict=True):
        for place, answer in resolved.present.get(outcome, ()):
            known[place] &= row == answer
    for chosen in product(*(_runs(resolved.first[outcome]) for outcome in asked)):
        mask = known.copy()
        for row, (low, high) in zip(counts, chosen, strict=True):
            if low > 0:
                mask[low - 1] &= ~row
            if high < last:
                mask[high] &= row
        yield mask


def _runs(allowed: frozenset[int]) -> list[tuple[int, int]]:
    """Return the first and last number of each run of consecutive numbers."""
    numbers = sorted(allowed)
    starts = [number for number in numbers if number - 1 not in allowed]
    ends = [number for number in numbers if number + 1 not in allowed]
    return list(zip(starts, ends, strict=True))


def carry_by_uniformization(chain: Chain, rates: Floats, state: Floats, days: float) -> Floats:
    """Return the state (state, draws) some days later, with relative accuracy; see :func:`detente.projection.carry`."""
    leaving = np.zeros(state.shape)
    for move in chain.moves:
        leaving[move.source] += move.multiplier * rates[:, move.transition]
    events = leaving.max(axis=0) * days
    order = np.argsort(events)
    last, done = np.empty_like(state), order.size
    while done:
        top = events[order[done - 1]]
        first = int(np.searchsorted(events[order], top / STEP, side="right")) if top > 0 else 0
        draws = order[first:done]
        if top > MOST:
            last[:, draws] = carry(chain, rates[draws], state[:, draws], np.array([days]))[1]
        else:
            last[:, draws] = _uniformize(chain, rates[draws].T * days, leaving[:, draws] * days, state[:, draws], top)
        done = first
    return last


def _uniformize(chain: Chain, expected: Floats, leaving: Floats, state: Floats, top: float) -> Floats:
    """Sum the terms; ``expected`` (transition, draws) and ``leaving`` (state, draws) are events over all days."""
    if top == 0:
        return state
    stay = 1 - leaving / top
    pulls = [(move.source, move.target, expected[move.transition] * (move.multiplier / top)) for move in chain.moves]
    weight = np.exp(-top)
    last, now = weight * state, state
    for term in range(1, int(np.ceil(top + 8 * np.sqrt(top) + 20))):
        following = now * stay
        for source, target, pull in pulls:
            following[target] += now[source] * pull
        now, weight = following, weight * top / term
        last = last + weight * now
    return last
