"""What is left of a cluster without an item, at nodes of rho and z, and its sum with the item judged in other ways.

If the contrast of the item becomes the longest of the cluster, the loadings of the others shrink in proportion, to
``c d_i``.  As they only occur in ``d_i sqrt(rho)``, the others then say at rho what they said at ``c^2 rho``: one table
over ``c sqrt(rho)``, on Chebyshev points, serves every c.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from detente.exact.clusters import NEAR
from detente.exact.quadrature import chebyshev_nodes, interpolation_matrix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.arrays import Floats, Integers
    from detente.exact.clusters import Block
    from detente.exact.evidence import AtGamma

LEAST_MEAN = 1e-5
"""Mean chance over the nodes down to which weights that err by 1e-15 of their peak will do."""
ALL_AXES = 5
"""Of what several items say at nodes: item, rho, gamma, hypothesis, z."""


@dataclass(frozen=True)
class Left:
    """What is left on the nodes of a block without each of some items.

    ``weight`` (item, gamma, hypothesis, rho, z) times the exp of ``top`` (item, gamma, hypothesis).
    """

    block: Block
    top: Floats
    weight: Floats

    @classmethod
    def of(cls, block: Block, log_joint: Floats) -> Left:
        """Return it of logs with the weights of the nodes, (item, rho, gamma, hypothesis, z) or of one item."""
        logs = _by_item(log_joint)
        top = logs.max(axis=(3, 4))
        return cls(block, top, np.exp(logs - top[..., None, None]))

    @cached_property
    def total(self) -> Floats:
        """The sum of the weights, (item, gamma, hypothesis)."""
        return self.weight.sum(axis=(3, 4))

    def without(self, lost: AtGamma) -> Left:
        """Return what is left without each of some items, whose chances are none of them next to nothing."""
        weight = self.weight / _each(lost, self.block, self.block.rho)
        return Left(self.block, np.broadcast_to(self.top, weight.shape[:3]), weight)

    def times(self, at: AtGamma, which: Integers) -> Floats:
        """Return the log of the sum over the nodes of what is left times the chance of each way, (way, gamma, h).

        ``which`` (way,) is the item that is judged in each way.  A log is not a number where the mean chance is too
        near to nothing.
        """
        block = self.block
        if block.compiled:
            from detente.exact.compiled import weighted

            total = weighted(at.shrunk, at.floor, *at.pull(block.rho), at.items.trust, block.z, which, self.weight)
        else:
            total = np.empty(at.shrunk.shape)
            for ways in _chunks(which.size, self.weight[0].size):
                chance = at.kept(ways).chances(block.rho, block.z).transpose(0, 2, 3, 1, 4)
                total[ways] = (chance * self.weight[which[ways]]).sum(axis=(3, 4))
        return self.top[which] + _log(total, self.total[which])


@dataclass(frozen=True)
class Tabulated:
    """What is left without each of some items on the z of a block, at points of c sqrt(rho) up to ``longest``.

    ``share`` (item, gamma, hypothesis, point, z) is that of each z in the sum over all, whose log is ``log_sum``.  Both
    are interpolated between points: neither is ever next to nothing.
    """

    block: Block
    longest: float
    share: Floats
    log_sum: Floats

    @classmethod
    def of(cls, block: Block, longest: float, points: int, lost: AtGamma | None = None) -> Tabulated:
        """Return the table of what the items of a block say, or of what is left without each that is lost."""
        rho = _points(longest, points)
        logs = block.changed(rho=rho, log_beta=np.zeros(points)).log_joint
        logs = _by_item(logs if lost is None else logs - lost.logs(rho, block.z))
        top = logs.max(axis=4)
        return cls(block, longest, *_shared(np.exp(logs - top[..., None]), top))

    @property
    def points(self) -> int:
        """How many points there are."""
        return self.log_sum.shape[3]

    def without(self, lost: AtGamma) -> Tabulated:
        """Return what is left without each of some items, whose chances are none of them next to nothing."""
        share = self.share / _each(lost, self.block, _points(self.longest, self.points))
        return Tabulated(self.block, self.longest, *_shared(share, self.log_sum))

    def times(self, at: AtGamma, which: Integers, ratio: Floats) -> Floats:
        """Return the same as :meth:`Left.times`, with all loadings times the ratio of each way, (way,)."""
        block = self.block
        if block.compiled:
            from detente.exact.compiled import weighted_between

            matrix, top, height = self._heights(which, ratio)
            of_way = at.shrunk, at.floor, *at.pull(block.rho), at.items.trust
            total = weighted_between(*of_way, block.z, which, self.share, matrix, height)
            return top + _log(total, height.sum(axis=3))
        log_total = np.empty(at.shrunk.shape)
        for ways in _chunks(which.size, self.log_sum[0, ..., 0].size * block.rho.size * block.z.size):
            left = self.stretched(which[ways], ratio[ways])
            log_total[ways] = left.times(at.kept(ways), np.arange(ways.size))
        return log_total

    def stretched(self, which: Integers, ratio: Floats) -> Left:
        """Return what is left without an item in each of some ways, all loadings times the ratio of the way.

        By products of matrices so small that the library leaves them to one thread: to wait for others costs more.
        """
        matrix, top, height = self._heights(which, ratio)
        weight = np.empty((*height.shape, self.block.z.size))
        for item in np.unique(which):
            ways = np.flatnonzero(which == item)
            between = matrix[ways].reshape(-1, matrix.shape[2]) @ self.share[item]
            weight[ways] = np.moveaxis(between.reshape(*top.shape[1:], ways.size, *weight.shape[3:]), 2, 0)
        weight *= height[..., None]
        return Left(self.block, top, weight)

    def _heights(self, which: Integers, ratio: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the interpolation to the rho of the block with all loadings times each ratio, and the weights there.

        They are (way, rho, point), and (way, gamma, hypothesis, rho) times the exp of the second, (way, gamma,
        hypothesis).
        """
        place = np.outer(ratio, np.sqrt(self.block.rho)) / self.longest
        matrix = interpolation_matrix(self.points, place.ravel()).reshape(*place.shape, -1)
        log_sum = self.log_sum[which] @ matrix[:, None].swapaxes(2, 3) + self.block.log_beta
        top = log_sum.max(axis=3)
        return matrix, top, np.exp(log_sum - top[..., None])


def _points(longest: float, count: int) -> Floats:
    """Return the rho at the points of a table."""
    return np.asarray((longest * chebyshev_nodes(count)) ** 2)


def _each(at: AtGamma, block: Block, rho: Floats) -> Floats:
    """Return the chance of each item on the z of a block, (item, gamma, hypothesis, rho, z)."""
    if not block.compiled:
        return at.chances(rho, block.z).transpose(0, 2, 3, 1, 4)
    from detente.exact.compiled import each  # many items are worth the time it takes to import numba

    return each(at.shrunk, at.floor, *at.pull(rho), at.items.trust, block.z)


def _chunks(ways: int, numbers: int) -> Iterator[Integers]:
    """Yield so many ways at a time as make arrays of a fair size, with so many numbers of each."""
    size = max(1, NEAR // numbers)
    return (np.arange(first, min(first + size, ways)) for first in range(0, ways, size))


def _log(total: Floats, most: Floats) -> Floats:
    """Return the log of sums of chances times weights that sum to ``most``, nan where they are next to nothing."""
    return np.log(np.where(total > LEAST_MEAN * most, total, np.nan))


def _by_item(logs: Floats) -> Floats:
    """Return (item, gamma, hypothesis, rho, z) of (item, rho, gamma, hypothesis, z), or of one item."""
    return np.ascontiguousarray(np.moveaxis(logs if logs.ndim == ALL_AXES else logs[None], 1, 3))


def _shared(weight: Floats, log_scale: Floats) -> tuple[Floats, Floats]:
    """Return the share of each z in weights, and the log of their sum times a scale."""
    total = weight.sum(axis=4)
    weight /= total[..., None]
    return weight, np.log(total) + log_scale
