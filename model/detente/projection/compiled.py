"""The systems of a progressive chain, solved by compiled loops.

Nothing is computed that :mod:`detente.projection.carrying` does not compute with arrays, and in the same order, so that
both agree to the last digit; here what belongs to a few draws stays in the processor's own memory.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from detente.loops import compiled
from detente.projection.carrying import POLES, RESIDUES

if TYPE_CHECKING:
    from detente.arrays import Floats, Integers
    from detente.projection.chain import Chain, Move

TOGETHER = 64
"""Draws whose systems are solved together."""


def by_loops(chain: Chain, rates: Floats, leaving: Floats, state: Floats) -> Floats:
    """Return the real parts of the solutions, summed over the poles, (state, draws).

    ``rates`` (transition, draws) and ``leaving`` (state, draws) are those of the whole time, which begins in ``state``.
    """
    parts = (each.view(np.float64).reshape(-1, 2) for each in (POLES, RESIDUES))
    held = (np.ascontiguousarray(each) for each in (rates, leaving, state))  # each layout would have a loop of its own
    return summed(*_arrays(chain.moves, chain.states), *held, *parts)


@lru_cache(maxsize=64)
def _arrays(moves: tuple[Move, ...], states: int) -> tuple[Integers, Integers, Integers, Floats, Integers, Integers]:
    """Return source, target, transition and multiplier of each move, and of each state what those left alike share.

    That is a number (state,); last is the first state of each number.
    """
    left: list[tuple[tuple[int, float], ...]] = [()] * states
    for one in moves:
        left[one.source] += ((one.transition, one.multiplier),)
    number = {key: place for place, key in enumerate(dict.fromkeys(left))}
    return (
        np.array([one.source for one in moves], dtype=np.int64),
        np.array([one.target for one in moves], dtype=np.int64),
        np.array([one.transition for one in moves], dtype=np.int64),
        np.array([one.multiplier for one in moves], dtype=np.float64),
        np.array([number[key] for key in left]),
        np.array([left.index(key) for key in number]),
    )


@compiled(is_copied=True)
def scale(values: Floats, start: int, some: int, factor: float, out: Floats) -> None:
    """Work out ``factor`` times some values, those from ``start`` on."""
    for k in range(some):
        out[k] = factor * values[start + k]


@compiled(is_copied=True)
def invert(pace: Floats, start: int, some: int, real: float, imaginary: float, along: Floats, across: Floats) -> None:
    """Work out 1 / (``pace`` + pole), the imaginary part with its sign turned."""
    square = imaginary * imaginary
    for k in range(some):
        width = pace[start + k] + real
        size = 1 / (width * width + square)
        along[k] = width * size
        across[k] = size * imaginary


@compiled(is_copied=True)
def multiply(x: Floats, y: Floats, along: Floats, across: Floats, total: Floats, some: int) -> None:
    """Multiply numbers of parts ``x`` and ``y`` by such inverses, and add what is real to a total."""
    for k in range(some):
        part = x[k] * along[k] + across[k] * y[k]
        y[k] = y[k] * along[k] - x[k] * across[k]
        x[k] = part
        total[k] += part


@compiled(is_copied=True)
def pass_on(x: Floats, y: Floats, pull: Floats, to_x: Floats, to_y: Floats, some: int) -> None:
    """Add what a move carries from one state to another."""
    for k in range(some):
        to_x[k] += x[k] * pull[k]
        to_y[k] += y[k] * pull[k]


@compiled()
def summed(
    source: Integers,
    target: Integers,
    transition: Integers,
    multiplier: Floats,
    how: Integers,
    first: Integers,
    rates: Floats,
    leaving: Floats,
    state: Floats,
    poles: Floats,
    residues: Floats,
) -> Floats:
    """Work out what :func:`by_loops` returns; ``poles`` and ``residues`` are (pole, part)."""
    states, draws = state.shape
    total, here = np.empty(state.shape), np.zeros((states, TOGETHER))
    x, y = np.zeros((states, TOGETHER)), np.zeros((states, TOGETHER))
    along, across = np.empty((first.size, TOGETHER)), np.empty((first.size, TOGETHER))
    pulls = np.zeros((source.size, TOGETHER))
    for start in range(0, draws, TOGETHER):
        some = min(TOGETHER, draws - start)
        here[:] = 0
        for m in range(source.size):
            scale(rates[transition[m]], start, some, multiplier[m], pulls[m])
        for p in range(poles.shape[0]):
            for n in range(first.size):
                invert(leaving[first[n]], start, some, poles[p, 0], poles[p, 1], along[n], across[n])
            m = 0
            for s in range(states):
                scale(state[s], start, some, -residues[p, 0], x[s])
                scale(state[s], start, some, -residues[p, 1], y[s])
            for s in range(states):
                multiply(x[s], y[s], along[how[s]], across[how[s]], here[s], some)
                while m < source.size and source[m] == s:
                    pass_on(x[s], y[s], pulls[m], x[target[m]], y[target[m]], some)
                    m += 1
        total[:, start : start + some] = here[:, :some]
    return total
