"""The course of the time ahead: a chain carried from one change of pace to the next, and moved by occasions.

Within a phase, or between two, every intensity is constant; a chain is carried over as many stretches as its own
transitions have phases.  An occasion moves it at the end of its day, on which the steps that it may bring have no pace:
by one step of each process at most, and of the steps that compete, each with its chance given that none before it in
the order of the case was made.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from detente.projection.carrying import carry

if TYPE_CHECKING:
    from collections.abc import Callable

    from detente.arrays import Floats
    from detente.case.schema import Case
    from detente.projection.chain import Chain


def carry_through(
    case: Case,
    chain: Chain,
    rates: Floats,
    regimes: tuple[str, ...],
    state: Floats,
    days: Floats,
    start: int = 0,
    method: Callable[[Chain, Floats, Floats, Floats], tuple[Floats, Floats]] = carry,
) -> tuple[Floats, Floats]:
    """Carry ``state`` over days of which each is in one regime, or in one of several that are carried side by side.

    Parameters
    ----------
    case
        The case as of its cut-off.
    chain
        One of its chains.
    rates
        Transitions a day, and of occasions the expected number, shape (draws, regime or part of one, transition).
    regimes
        The main regimes carried side by side.
    state
        Probability of each state at the start, shape (state, lanes): a lane is a draw in a regime, regimes fastest.
    days
        Ascending days after the cut-off, none before the start, shape (dates,).
    start
        The day after the cut-off at which the state is known.
    method
        What carries the chain where nothing changes.

    Returns
    -------
    tuple of arrays
        Probability that each of the chain's outcomes has been visited by each day, (lanes, dates, outcome), and the
        state at the last day, (state, lanes).
    """
    seen = np.zeros((state.shape[1], days.size, len(chain.outcomes)))
    now, last = start, int(days[-1])
    occasions = {(one.date - case.information_cutoff).days for one in case.occasions if one.date is not None}
    for end in [*(day for day in _changes(case, chain) if start < day < last), last]:
        here = (days >= now if now == start else days > now) & (days <= end)
        stops = days[here] - now
        if not stops.size or stops[-1] < end - now:
            stops = np.append(stops, float(end - now))
        part, state = method(chain, _lanes(case, chain, rates, regimes, end), state, stops)
        seen[:, here] = part[:, : int(here.sum())]
        if end > start and end in occasions:
            state = _jump(case, chain, rates, regimes, end, state)
            seen[:, days == end] = np.clip(chain.visited @ state, 0.0, 1.0).T[:, None]
        now = end
    return seen, state


def _transitions(case: Case, chain: Chain) -> list[int]:
    """Return the chain's transitions that are stated for some phase or occasion."""
    rows = {move.transition for move in chain.moves}
    return sorted(row for row in rows if case.parts_of(case.transitions[row]))


def _changes(case: Case, chain: Chain) -> list[int]:
    """Return the days after the cut-off with whose end a pace of the chain changes, or it jumps."""
    ends: set[int] = set()
    for part in {part for row in _transitions(case, chain) for part in case.parts_of(case.transitions[row])}:
        first, last = case.days_of(part) or (dt.date.max, dt.date.max)
        ends |= {first.toordinal() - 1, last.toordinal()}
    return sorted(end - case.information_cutoff.toordinal() for end in ends)


def _lanes(case: Case, chain: Chain, rates: Floats, regimes: tuple[str, ...], day: int) -> Floats:
    """Return the rates on a day in each lane, (lanes, transition)."""
    number = {name: index for index, name in enumerate(case.regimes)}
    columns = np.repeat([[number[regime]] for regime in regimes], rates.shape[2], axis=1)
    paused = np.zeros(columns.shape, dtype=bool)
    for row in _transitions(case, chain):
        date = case.information_cutoff + dt.timedelta(days=day)
        for place, regime in enumerate(regimes):
            stated = case.pace_on(case.transitions[row], regime, date)
            paused[place, row], columns[place, row] = stated is None, number[stated or regime]
    chosen = rates[:, columns, np.arange(rates.shape[2])]
    if paused.any():
        chosen[:, paused] = 0.0
    return chosen.reshape(-1, rates.shape[2])


def _jump(case: Case, chain: Chain, rates: Floats, regimes: tuple[str, ...], day: int, state: Floats) -> Floats:
    """Move the chain by the occasions of a day, process by process."""
    date = case.information_cutoff + dt.timedelta(days=day)
    number = {name: index for index, name in enumerate(case.regimes)}
    expected: dict[int, Floats] = {}
    for row in _transitions(case, chain):
        stated = [case.occasion_on(case.transitions[row], regime, date) for regime in regimes]
        if any(stated):
            expected[row] = np.stack(
                [rates[:, number[name], row] if name else 0 * rates[:, 0, row] for name in stated], 1
            )
    for process in case.processes:
        left, moved = state.copy(), state.copy()
        for move in sorted(chain.moves, key=lambda one: one.transition):
            if move.transition in expected and case.transitions[move.transition].process == process.id:
                flow = left[move.source] * -np.expm1(-move.multiplier * expected[move.transition].ravel())
                left[move.source] -= flow
                moved[move.source] -= flow
                moved[move.target] += flow
        state = moved
    return state
