"""Carry a chain over a regime, in which intensities are constant, for many draws together.

The chain's distribution after ``t`` days is ``exp(Q t) p``.  At a few dates it is had from the best rational
approximation of the exponential on the negative half line, whatever the intensities: each of its poles asks for the
solution of ``(Q t - pole) x = p``, which is one pass over the states, since a progressive chain's generator is
triangular.  At many dates it is had by uniformization, whose terms serve every date at once.  Where a state may be come
back to, the generator is not triangular: uniformization then gives way to the exponential itself.

References
----------
Jensen, A. (1953), Markoff chains as an aid in the study of Markoff processes.  Skandinavisk Aktuarietidskrift 36.
Carpenter, A. J., Ruttan, A. and Varga, R. S. (1984), Extended numerical computations on the "1/9" conjecture in
rational approximation theory.  Lecture Notes in Mathematics 1105.
Pusa, M. (2012), Correction to partial fraction decomposition coefficients for Chebyshev rational approximation on the
negative real axis.  arXiv:1206.2880.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import gammaln, xlogy

from detente.parallel import processors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from detente.arrays import Flags, Floats
    from detente.projection.chain import Chain

POLES = np.array(
    [
        -8.8977731864688888199 + 16.630982619902085304j,
        -3.7032750494234480603 + 13.656371871483268171j,
        -0.2087586382501301251 + 10.991260561901260913j,
        3.9933697105785685194 + 6.0048316422350373178j,
        5.0893450605806245066 + 3.5888240290270065102j,
        5.6231425727459771248 + 1.1940690463439669766j,
        2.2697838292311127097 + 8.4617379730402214019j,
    ]
)
RESIDUES = np.array(
    [
        -7.1542880635890672853e-5 + 1.4361043349541300111e-4j,
        9.4390253107361688779e-3 - 1.7184791958483017511e-2j,
        -3.7636003878226968717e-1 + 3.3518347029450104214e-1j,
        -2.3498232091082701191e1 - 5.8083591297142074004j,
        4.6933274488831293047e1 + 4.5643649768827760791e1j,
        -2.7875161940145646468e1 - 1.0214733999056451434e2j,
        4.8071120988325088907 - 1.3209793837428723881j,
    ]
)
AT_INFINITY = 1.8321743782540412751e-14
"""``exp(x)`` for x <= 0 is, to 2e-14, ``AT_INFINITY`` plus twice the real part of the sum of residue / (x - pole)."""

FEW, STIFF = 8, 2.0
"""Dates up to which the approximation, date by date, is quicker than uniformization; and with more of them, expected
events for each date from which it is: draws that fast are few, and every term costs them as much as many."""
CHUNK = 256
"""Draws whose systems are solved together."""
MUCH = 2_000_000
"""Moves times draws times dates, a tenth of a second of arrays, after which to import numba is taken to pay."""
GROUP, STEP = 2048, 2.0
"""Draws uniformized together at most, and the ratio of the fastest to the slowest of them."""
NEGLIGIBLE = 1e-16
FASTEST, DRIFT = 1e10, 1e-9
"""Steps expected between two dates above which a step is as good as immediate, where rounding would eat up the whole;
and what rows of an exponential may lack of 1."""


def carry(chain: Chain, rates: Floats, state: Floats, days: Floats) -> tuple[Floats, Floats]:
    """Carry ``state`` over constant ``rates``.

    Parameters
    ----------
    chain
        The chain.
    rates
        Transitions a day at each draw, shape (draws, transition).
    state
        Probability of each state at the start, shape (state, draws).
    days
        Ascending days after the start, shape (dates,).

    Returns
    -------
    tuple of arrays
        Probability that each of the chain's outcomes has been visited by each day, (draws, dates, outcome), and the
        state at the last day, (state, draws).
    """
    by_step = np.ascontiguousarray(rates.T)
    leaving = np.zeros(state.shape)
    for move in chain.moves:
        leaving[move.source] += move.multiplier * by_step[move.transition]
    seen, last = np.empty((rates.shape[0], days.size, len(chain.outcomes))), np.empty(state.shape)
    events = leaving.max(axis=0) * days[-1]
    stiff = _is_stiff(events, days.size) if chain.levels else events > STIFF * days.size
    for method, chosen in ((_by_poles if chain.levels else _by_exponential, stiff), (_by_terms, ~stiff)):
        if chosen.any():
            draws = slice(None) if chosen.all() else np.flatnonzero(chosen)
            chances = method(chain, by_step[:, draws], leaving[:, draws], state[:, draws], days)
            seen[draws], last[:, draws] = chances
    return np.clip(seen, 0.0, 1.0), last


def _is_stiff(events: Floats, dates: int) -> Flags:
    """Tell for which draws the approximation at each date is quicker than that many terms for all dates together."""
    return (events > STIFF * dates) | (dates <= FEW)


def _by_poles(chain: Chain, rates: Floats, leaving: Floats, state: Floats, days: Floats) -> tuple[Floats, Floats]:
    """Approximate the exponential at each date."""
    seen, last = np.empty((state.shape[1], days.size, len(chain.outcomes))), np.empty(state.shape)
    summed = _solver(len(chain.moves) * state.shape[1] * days.size)
    for column, day in enumerate(days):
        last = AT_INFINITY * state + 2 * summed(chain, rates * day, leaving * day, state)
        seen[:, column] = (chain.visited @ last).T
    return seen, last


_carried = [0]
"""How much this process has carried by poles: moves, draws and dates multiplied."""


def _solver(work: int) -> Callable[[Chain, Floats, Floats, Floats], Floats]:
    """Return what solves the systems of a chain: arrays, until so much was carried that a compiled loop is worthwhile.

    Both have the same numbers to the last digit.
    """
    _carried[0] += work
    if _carried[0] < MUCH:
        return _by_arrays
    from detente.projection.compiled import by_loops

    return by_loops


def _by_exponential(chain: Chain, rates: Floats, leaving: Floats, state: Floats, days: Floats) -> tuple[Floats, Floats]:
    """Take the exponential of the generator, once for all dates that are equally far apart."""
    draws = state.shape[1]
    seen, last = np.empty((draws, days.size, len(chain.outcomes))), np.empty(state.shape)
    for first in range(0, draws, CHUNK):
        here = slice(first, first + CHUNK)
        generator = np.zeros((rates[:, here].shape[1], chain.states, chain.states))
        for move in chain.moves:
            generator[:, move.source, move.target] += move.multiplier * rates[move.transition, here]
        generator[:, np.arange(chain.states), np.arange(chain.states)] -= leaving[:, here].T
        now, passed = state[:, here], {}
        for column, gap in enumerate(np.diff(days, prepend=0.0)):
            if gap not in passed:
                passed[gap] = _passage(generator * gap)
            now = np.einsum("sd,dst->td", now, passed[gap])
            seen[here, column] = (chain.visited @ now).T
        last[:, here] = now
    return seen, last


def _passage(generator: Floats) -> Floats:
    """Return the exponential of generators (draw, state, state), whose rows sum to 1 however fast the steps are."""
    from scipy.linalg import expm

    fast = generator.max(axis=(1, 2)) > FASTEST
    if fast.any():
        slower = np.minimum(generator[fast], FASTEST)
        place = np.arange(generator.shape[1])
        slower[:, place, place] = 0.0
        slower[:, place, place] = -slower.sum(axis=2)
        generator = generator.copy()
        generator[fast] = slower
    passage = np.asarray(expm(generator))
    total = passage.sum(axis=2, keepdims=True)
    return passage / total if np.abs(total - 1).max() > DRIFT else passage


class _Work(NamedTuple):
    """Room for one chunk of draws, used again for the next: to ask the system for it anew takes as long as the sums.

    ``x`` (part, state, pole, draws), real and imaginary part; ``level`` (3, state, pole, draws) serves one level,
    ``flow`` (part, pole, draws) one move; ``pulls`` (kind, pole, draws), of a transition and multiplier each, and
    ``kind`` that of each move.
    """

    x: Floats
    level: Floats
    flow: Floats
    pulls: Floats
    kinds: Sequence[tuple[int, float]]
    kind: Sequence[int]

    @classmethod
    def of(cls, chain: Chain, size: int) -> _Work:
        poles = (POLES.size, size)
        of_move = [(move.transition, move.multiplier) for move in chain.moves]
        kinds = list(dict.fromkeys(of_move))
        widest = max(level.stop - level.start for level in chain.levels)
        return cls(
            x=np.empty((2, chain.states, *poles)),
            level=np.empty((3, widest, *poles)),
            flow=np.empty((2, *poles)),
            pulls=np.empty((len(kinds), *poles)),
            kinds=kinds,
            kind=[kinds.index(kind) for kind in of_move],
        )


def _by_arrays(chain: Chain, rates: Floats, leaving: Floats, state: Floats) -> Floats:
    """Return the real parts of the solutions, summed over the poles, (state, draws).

    ``rates`` (transition, draws) and ``leaving`` (state, draws) are those of the whole time, which begins in ``state``.
    """
    draws = state.shape[1]
    size = -(-draws // -(-draws // CHUNK))
    work, total = _Work.of(chain, size), np.empty(state.shape)
    for first in range(0, draws, size):
        here = slice(min(first, draws - size), min(first, draws - size) + size)
        _solve(chain, rates[:, here], leaving[:, here], state[:, here], work)
        work.x[0].sum(axis=1, out=total[:, here])
    return total


def _solve(chain: Chain, rates: Floats, leaving: Floats, state: Floats, work: _Work) -> None:
    """Solve the systems of some draws, in ``work.x``.

    What is solved for begins as the right-hand side; level by level it is divided by the diagonal, and what moves on
    is added to the levels that follow.
    """
    x, moves, done = work.x, chain.moves, 0
    for part, residue in zip(x, (RESIDUES.real, RESIDUES.imag), strict=True):
        np.multiply(-residue[:, None], state[:, None, :], out=part)
    for pull, (transition, multiplier) in zip(work.pulls, work.kinds, strict=True):
        pull[:] = multiplier * rates[transition]  # spelt out for every pole: numpy is quicker on whole blocks
    for level in chain.levels:
        _divide(x[0, level], x[1, level], leaving[level], work.level[:, : level.stop - level.start])
        while done < len(moves) and moves[done].source < level.stop:
            there = x[:, moves[done].target]
            there += np.multiply(x[:, moves[done].source], work.pulls[work.kind[done]], out=work.flow)
            done += 1


def _divide(real: Floats, imaginary: Floats, leaving: Floats, room: Floats) -> None:
    """Divide in place by ``leaving`` (state, draws) + pole."""
    width, size, part = room
    height = POLES.imag[:, None]
    np.add(leaving[:, None, :], POLES.real[:, None], out=width)
    np.multiply(width, width, out=size)
    size += height**2
    np.divide(1, size, out=size)
    width *= size
    size *= height
    np.multiply(real, width, out=part)
    real *= size
    size *= imaginary
    part += size
    imaginary *= width
    imaginary -= real
    real[:] = part


def _by_terms(chain: Chain, rates: Floats, leaving: Floats, state: Floats, days: Floats) -> tuple[Floats, Floats]:
    """Uniformize, draws of like speed together."""
    from concurrent.futures import ThreadPoolExecutor

    seen, last = np.empty((state.shape[1], days.size, len(chain.outcomes))), np.empty(state.shape)
    fastest = leaving.max(axis=0)
    order = np.argsort(fastest)

    def carry_some(place: slice) -> None:
        draws = order[place]
        carried = _uniformize(chain, rates[:, draws], leaving[:, draws], state[:, draws], days)
        seen[draws], last[:, draws] = carried

    with ThreadPoolExecutor(processors()) as pool:  # numpy lets threads run side by side
        list(pool.map(carry_some, _alike(fastest[order])))
    return seen, last


def _alike(ascending: Floats) -> list[slice]:
    """Cut draws, sorted by their fastest rate, into groups that need about as many terms."""
    places, done = [], ascending.size
    while done:
        top = ascending[done - 1]
        first = max(int(np.searchsorted(ascending, top / STEP, side="right")), done - GROUP) if top > 0 else 0
        places.append(slice(first, done))
        done = first
    return places


def _uniformize(chain: Chain, rates: Floats, leaving: Floats, state: Floats, days: Floats) -> tuple[Floats, Floats]:
    top = float(leaving.max())
    expected = top * days
    terms = int(np.ceil(expected[-1] + 6 * np.sqrt(expected[-1]) + 9))
    number = np.arange(terms + 1)[:, None]
    weight = np.exp(xlogy(number, expected) - expected - gammaln(number + 1))
    weight /= weight.sum(axis=0)
    scale = 1 / top if top > 0 else 0.0
    stay = 1 - leaving * scale
    pulls = [(move.source, move.target, rates[move.transition] * (move.multiplier * scale)) for move in chain.moves]
    visits = np.empty((terms + 1, len(chain.outcomes), state.shape[1]))
    last, now, following = np.zeros(state.shape), state.copy(), np.empty(state.shape)
    flow = np.empty(state.shape[1])
    for n in range(terms + 1):
        if n:
            np.multiply(now, stay, out=following)
            for source, target, pull in pulls:
                there = following[target]
                there += np.multiply(now[source], pull, out=flow)
            now, following = following, now
        visits[n] = chain.visited @ now
        if weight[n, -1] > NEGLIGIBLE:
            last += weight[n, -1] * now
    seen = np.tensordot(weight, visits, axes=(0, 0))  # (dates, outcome, draws)
    return seen.transpose(2, 0, 1), last
