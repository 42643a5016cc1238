"""From intensities to probabilities: the joint chain of all processes carried over the regimes, without simulation.

Processes that a coupling links move as one product chain, whose states also remember which outcomes have been visited;
processes nothing links are carried apart.  Within a regime intensities are constant, so the chain is carried exactly:
by uniformization, whose Poisson weights serve every date at once, or by the matrix exponential where the chain is
so fast that uniformization would need too many terms.

References
----------
Jensen, A. (1953), Markoff chains as an aid in the study of Markoff processes.  Skandinavisk Aktuarietidskrift 36.
Aalen, O. O., Borgan, O. and Gjessing, H. K. (2008), Survival and Event History Analysis.  Springer.
"""

from __future__ import annotations

import datetime as dt
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import expm
from scipy.special import gammaln, xlogy

from detente.case.schema import BEFORE, after

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from detente.case.schema import Case, Outcome, Process, Transition

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

WEEK = 7
STIFF = 30.0
"""Expected events a draw beyond which matrix exponentials are quicker than uniformization."""
CHUNK = 1024
"""Draws carried together: their states fit the processor's cache."""
STEP = 1.6
"""Ratio of the fastest to the slowest draw carried together."""
NEGLIGIBLE = 1e-16


@dataclass(frozen=True)
class Projection:
    """Probability that each outcome has been visited, per draw.

    Shapes, for S draws, K hypotheses, W winners (1 where the winner is known or there is no election), O outcomes and
    D dates: ``by_election`` (S, K, O), None once the election is past or without one; ``by_horizon`` (S, K, W, O), and
    for each of the case's deadlines still ahead ``by_deadline[date]`` (S, K, W, O).
    """

    outcomes: tuple[str, ...]
    winners: tuple[str, ...]
    by_election: Floats | None
    by_horizon: Floats
    by_deadline: Mapping[dt.date, Floats]
    dates: tuple[dt.date, ...]
    curve: Curves | None


@dataclass(frozen=True)
class Curves:
    """The same by every date.

    Shapes: ``by_draw`` (S, D, O) summed over hypotheses and winners; ``by_hypothesis`` (K, D, O) and ``by_winner``
    (W, D, O), means over draws given the hypothesis or the winner.
    """

    by_draw: Floats
    by_hypothesis: Floats
    by_winner: Floats


@dataclass(frozen=True)
class Moves:
    """The moves of a product chain by one transition: from, to, and the couplings' multiplier, each (moves,)."""

    transition: int
    source: Integers
    target: Integers
    multiplier: Floats


@dataclass(frozen=True)
class Chain:
    """A product chain: its moves, and ``visited`` (outcome, state), 1 where a state counts for an outcome."""

    states: int
    moves: tuple[Moves, ...]
    outcomes: tuple[int, ...]
    visited: Floats


def project(
    case: Case, log_intensity: Floats, probability: Floats, winner: Floats, *, with_curves: bool = True
) -> Projection:
    """Carry every outcome of ``case`` from its cut-off to its horizon.

    Parameters
    ----------
    case
        The case as of its cut-off.
    log_intensity
        Log of transitions a day, shape (draws, transition, hypothesis, regime).
    probability
        P(hypothesis) at each draw, shape (draws, hypothesis).
    winner
        P(winner) at each draw, shape (draws, winner); no columns without an election.
    with_curves
        Also every week between; else only the election, the deadlines and the horizon.
    """
    start, horizon = case.information_cutoff, case.horizon
    election = case.election.date if case.election else None
    ahead = election is not None and start < election
    winners = case.winner_ids if election is not None and case.winner is None else (case.winner or "",)
    share = winner if len(winners) > 1 else np.ones((len(probability), 1))
    marked = (*case.deadlines_ahead, *((election,) if ahead and election else ()), horizon)
    dates = _calendar(start, marked, every=WEEK if with_curves else None)
    split = (election - start).days if ahead and election else 0
    days = np.array([(date - start).days for date in dates], dtype=float)
    before, later = days[days <= split] if ahead else days[:0], (days[days > split] if ahead else days) - split

    draws, width, count = *probability.shape, len(case.outcomes)
    regime = {name: index for index, name in enumerate(case.regimes)}
    after_it = [regime[after(name)] if name else regime[BEFORE] for name in winners]
    joint = probability[:, :, None] * share[:, None, :]
    early = np.zeros((draws, width, before.size, count))
    late = np.zeros((draws, width, len(winners), later.size, count))
    rates = np.exp(log_intensity).transpose(0, 2, 3, 1)
    for chain in build_chains(case):
        state = np.zeros((chain.states, draws * width))
        state[0] = 1.0
        if ahead:
            seen, state = carry(chain, _lanes(rates[:, :, regime[BEFORE]]), state, before)
            early[..., list(chain.outcomes)] = seen.reshape(draws, width, *seen.shape[1:])
        seen, _ = carry(chain, _lanes(rates[:, :, after_it]), np.repeat(state, len(winners), axis=1), later)
        late[..., list(chain.outcomes)] = seen.reshape(draws, width, len(winners), *seen.shape[1:])
    return Projection(
        outcomes=tuple(outcome.id for outcome in case.outcomes),
        winners=tuple(winners) if election is not None else (),
        by_election=early[:, :, -1] if ahead else None,
        by_horizon=late[:, :, :, -1],
        by_deadline={day: _by(dates.index(day), early, late) for day in case.deadlines_ahead},
        dates=dates,
        curve=_curves(probability, joint, early, late) if with_curves else None,
    )


def build_chains(case: Case) -> tuple[Chain, ...]:
    """Return one product chain for each set of processes that couplings link, from their states at the cut-off."""
    return tuple(_chain(case, linked) for linked in _linked(case))


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
    lanes = rates.shape[0]
    seen, last = np.empty((lanes, days.size, len(chain.outcomes))), np.empty_like(state)
    leaving = np.zeros((chain.states, lanes))
    for moves in chain.moves:
        leaving[moves.source] += moves.multiplier[:, None] * rates[:, moves.transition]
    fastest = leaving.max(axis=0)
    order = np.argsort(fastest)

    def carry_some(place: slice) -> None:
        members, top = order[place], fastest[order[place.stop - 1]]
        method = _exponential if _is_stiff(top * days[-1], members.size) else _uniformization
        seen[members], last[:, members] = method(chain, rates[members], state[:, members], days, top)

    places = _alike(fastest[order])
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # numpy lets threads run side by side
        list(pool.map(carry_some, places))
    return np.clip(seen, 0.0, 1.0), last


def _alike(ascending: Floats) -> list[slice]:
    """Cut draws, sorted by their fastest rate, into groups that need about as many terms."""
    places, done = [], ascending.size
    while done:
        top = ascending[done - 1]
        first = max(int(np.searchsorted(ascending, top / STEP, side="right")), done - CHUNK) if top > 0 else 0
        places.append(slice(first, done))
        done = first
    return places


def _is_stiff(events: float, lanes: int) -> bool:
    """Tell whether matrix exponentials, one a draw, are quicker than that many terms for all draws together."""
    return events > max(STIFF, STIFF * lanes)


def _uniformization(chain: Chain, rates: Floats, state: Floats, days: Floats, top: float) -> tuple[Floats, Floats]:
    expected = top * days
    terms = int(np.ceil(expected[-1] + 6 * np.sqrt(expected[-1]) + 9))
    number = np.arange(terms + 1)[:, None]
    weight = np.exp(xlogy(number, expected) - expected - gammaln(number + 1))
    weight /= weight.sum(axis=0)
    step = rates.T / top if top > 0 else np.zeros_like(rates.T)
    stay = np.ones_like(state)
    pulls = [(moves.source, moves.target, moves.multiplier[:, None] * step[moves.transition]) for moves in chain.moves]
    for source, _, pull in pulls:
        stay[source] -= pull
    visits = np.empty((terms + 1, len(chain.outcomes), rates.shape[0]))
    last, now = np.zeros_like(state), state
    for n in range(terms + 1):
        if n:
            following = now * stay
            for source, target, pull in pulls:
                following[target] += now[source] * pull
            now = following
        visits[n] = chain.visited @ now
        if weight[n, -1] > NEGLIGIBLE:
            last += weight[n, -1] * now
    seen = np.tensordot(weight, visits, axes=(0, 0))  # (dates, outcome, draws)
    return seen.transpose(2, 0, 1), last


def _exponential(chain: Chain, rates: Floats, state: Floats, days: Floats, top: float) -> tuple[Floats, Floats]:
    del top
    generator = np.zeros((rates.shape[0], chain.states, chain.states))
    for moves in chain.moves:
        flow = rates[:, [moves.transition]] * moves.multiplier
        generator[:, moves.source, moves.target] += flow
        generator[:, moves.source, moves.source] -= flow
    seen = np.empty((rates.shape[0], days.size, len(chain.outcomes)))
    now, day, steps = state.T[:, None, :], 0.0, {}
    for column, date in enumerate(days):
        gap = float(date - day)
        if gap > 0:
            if gap not in steps:
                steps[gap] = expm(generator * gap)
            now, day = now @ steps[gap], float(date)
        seen[:, column] = now[:, 0] @ chain.visited.T
    return seen, now[:, 0].T


def _chain(case: Case, linked: tuple[Process, ...]) -> Chain:
    """Enumerate the states that can be reached, breadth first, with the outcomes each has visited."""
    ids = [process.id for process in linked]
    outcomes = tuple(index for index, outcome in enumerate(case.outcomes) if outcome.process in ids)
    number = {step: index for index, step in enumerate(case.transitions)}
    begin = tuple(case.state(process) for process in ids)
    flags = tuple(has_happened(case, case.outcomes[index]) is not None for index in outcomes)
    states = {(begin, flags): 0}
    queue: list[tuple[tuple[str, ...], tuple[bool, ...]]] = [(begin, flags)]
    found: dict[int, list[tuple[int, int, float]]] = {}
    for here, visited in queue:
        for place, process in enumerate(linked):
            for step in process.successors(here[place]):
                there = (*here[:place], step.target, *here[place + 1 :])
                now = tuple(
                    flag or (case.outcomes[index].process == process.id and case.outcomes[index].state == step.target)
                    for flag, index in zip(visited, outcomes, strict=True)
                )
                if (there, now) not in states:
                    states[there, now] = len(states)
                    queue.append((there, now))
                factor = _multiplier(case, step, dict(zip(ids, here, strict=True)))
                found.setdefault(number[step], []).append((states[here, visited], states[there, now], factor))
    marks = np.array([visited for _, visited in states], dtype=float).reshape(len(states), len(outcomes)).T
    moves = tuple(
        Moves(transition, *(np.array(column) for column in zip(*rows, strict=True)))
        for transition, rows in sorted(found.items())
    )
    return Chain(len(states), moves, outcomes, marks)


def has_happened(case: Case, outcome: Outcome) -> dt.date | None:
    """Return the date on which the record has the outcome's state, if it has."""
    start = case.process(outcome.process).start
    visited = [(event.state, event.date) for event in start.passed]
    visited += [(start.state, start.date), *((event.state, event.date) for event in case.history(outcome.process))]
    return next((date for state, date in visited if state == outcome.state), None)


def _multiplier(case: Case, step: Transition, state: dict[str, str]) -> float:
    factor = 1.0
    for coupling in case.priors.couplings:
        if coupling.process == step.process and coupling.to == step.target:
            beyond = case.process(coupling.when.process).beyond[coupling.when.reached]
            factor *= coupling.multiplier if state[coupling.when.process] in beyond else 1.0
    return factor


def _linked(case: Case) -> list[tuple[Process, ...]]:
    """Group processes that a coupling links, directly or through others."""
    group = {process.id: {process.id} for process in case.processes}
    for coupling in case.priors.couplings:
        joined = group[coupling.process] | group[coupling.when.process]
        for member in joined:
            group[member] = joined
    distinct = {frozenset(members) for members in group.values()}
    order = [tuple(process for process in case.processes if process.id in members) for members in distinct]
    return sorted(order, key=lambda members: case.processes.index(members[0]))


def _by(place: int, early: Floats, late: Floats) -> Floats:
    """Return what has been visited by one date, (draws, hypothesis, winner, outcome)."""
    if place < early.shape[2]:
        return np.repeat(early[:, :, place][:, :, None], late.shape[2], axis=2)
    return late[:, :, :, place - early.shape[2]]


def _calendar(start: dt.date, marked: tuple[dt.date, ...], *, every: int | None) -> tuple[dt.date, ...]:
    """Return the cut-off, every so many days after it up to the last of the marked dates, and those."""
    days = range(0, (marked[-1] - start).days, every) if every else range(1)
    return tuple(sorted({start + dt.timedelta(days=day) for day in days} | set(marked)))


def _lanes(rates: Floats) -> Floats:
    """Put draws, hypotheses and winners on one axis, (lanes, transition)."""
    return rates.reshape(-1, rates.shape[-1])


def _curves(probability: Floats, joint: Floats, early: Floats, late: Floats) -> Curves:
    """Average the outcomes before (draws, hypothesis, date, outcome) and after it (also by winner) the election."""

    def both(indices: str, kept: str, total: Floats | None) -> Floats:
        parts = [np.einsum(f"{indices},skdo->{kept}", joint if "w" in indices else probability, early)]
        parts.append(np.einsum(f"skw,skwdo->{kept}", joint, late))
        values = np.concatenate(parts, axis=1)
        return values if total is None else _share(values, total)

    return Curves(
        by_draw=both("sk", "sdo", None),
        by_hypothesis=both("sk", "kdo", probability.sum(axis=0)),
        by_winner=both("skw", "wdo", joint.sum(axis=(0, 1))),
    )


def _share(values: Floats, total: Floats) -> Floats:
    """Divide each row by its total; a row without weight is 0."""
    total = total[:, None, None]
    return np.divide(values, total, out=np.zeros_like(values), where=total > 0)
