"""Draws by inversion: uniform numbers spread evenly, and the cells of tabulated densities they fall in.

References
----------
McKay, M. D., Beckman, R. J. and Conover, W. J. (1979), A comparison of three methods for selecting values of input
variables.  Technometrics 21.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente.frozen import Immutable

if TYPE_CHECKING:
    from detente.arrays import Floats, Integers


class Groups(Immutable):
    """The groups of draws that share a hypothesis and a gamma node, (group,) each, and the group ``of`` each draw."""

    hypothesis: Integers
    node: Integers
    of: Integers

    def under(self, hypothesis: int) -> tuple[Integers, Integers, Integers]:
        """Return the draws under a hypothesis, the gamma nodes of its groups, and the place of each draw's group."""
        groups = self.hypothesis == hypothesis
        draws = np.flatnonzero(groups[self.of])
        return draws, self.node[groups], (np.cumsum(groups) - 1)[self.of[draws]]


def even(rng: np.random.Generator, count: int) -> Floats:
    """Return ``count`` uniform numbers, one in each of as many equal cells, in random order."""
    return (rng.permutation(count) + rng.random(count)) / count


def pick(mass: Floats, uniform: Floats) -> Integers:
    """Return the cell of ``mass`` (need not sum to 1) each uniform number falls in."""
    cumulative = np.cumsum(mass)
    return np.minimum(np.searchsorted(cumulative, uniform * cumulative[-1], side="right"), mass.size - 1)


def pick_rows(log_density: Floats, row: Integers, uniform: Floats) -> Integers:
    """Return the cell of its ``row`` of ``log_density`` (row, cell) each uniform number falls in.

    The rows' cumulative shares, one above the other, make one ascending line, so that one search finds all.
    """
    rows, cells = log_density.shape
    cumulative = np.cumsum(np.exp(log_density - log_density.max(axis=1, keepdims=True)), axis=1)
    line = cumulative / cumulative[:, -1:] + np.arange(rows)[:, None]
    cell = np.searchsorted(line.ravel(), uniform + row, side="right") - row * cells
    return np.clip(cell, 0, cells - 1)
