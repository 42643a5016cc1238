"""Carry a product chain so that small probabilities are right to their leading digits, and not only next to 1.

What was resolved may be very unlikely at the far end of the level bias, and its logarithm is what is tabulated.  The
approximation of :func:`detente.projection.carry` errs by some 1e-14 of the whole, which such a probability drowns in.
Uniformization adds up nothing but positive terms, so that each is right by itself; it takes more of them.

References
----------
Jensen, A. (1953), Markoff chains as an aid in the study of Markoff processes.  Skandinavisk Aktuarietidskrift 36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente.projection import carry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detente.projection import Chain

    Floats = NDArray[np.float64]

STEP = 2.0
"""Ratio of the fastest to the slowest of the draws that are carried together."""
MOST = 600.0
"""Expected events of a draw beyond which the approximation has to do: a weight would be too small to be a number."""


def carry_rarely(chain: Chain, rates: Floats, state: Floats, days: float) -> Floats:
    """Return the state some days later; shapes as in :func:`detente.projection.carry`, (state, draws)."""
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
    """Add up the terms; ``expected`` (transition, draws) and ``leaving`` (state, draws) are events over all days."""
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
