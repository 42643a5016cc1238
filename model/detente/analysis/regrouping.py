"""A cluster without some of its items, or with one of them judged differently, in many ways at once.

What the other items say, ``sum_i log P(y_i | h, z, rho, gamma)``, is kept at the rho and gamma that the exact posterior
was integrated with, and at as many z as the items need with the loadings they have, so that a changed item needs only
its own term there.  If its contrast becomes the longest of the cluster, the loadings of the others shrink in
proportion, to ``c d_i``.  As they only occur in ``d_i sqrt(rho)``, the others then say at rho what they said at
``c^2 rho``: one table over ``c sqrt(rho)``, on Chebyshev points, serves every c.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from detente.exact.clusters import NARROWEST, NEAR, Block, at_nodes, cluster_marginal, is_safe, product
from detente.exact.evidence import SAME, AtGamma, beside, is_alike, join, keep, loadings, stated_signs, weights_of
from detente.exact.quadrature import chebyshev_nodes, interpolation_matrix, line, log_normal_weights, log_sum_exp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.arrays import Floats
    from detente.case.evidence import EvidenceItem
    from detente.case.schema import Case
    from detente.exact.evidence import Items
    from detente.exact.factors import ClusterGrid


POINTS = (40, 64)
"""Of a table: as few as are precise."""
PRECISION = 1e-12
"""Error of a table up to which it is used, beside the peak of the integrand."""
LARGE = 200
"""Items of a case from which on compiled loops are worth the half second that it takes to load them."""
SPACING = 0.9
"""Gap between the z, over the narrowest width the integrand can have with the loadings as they are: errs by 1e-11."""
MORE = 1.5
"""Share of nodes up to which one grid is preferred to several, each of which has a table of its own."""
LEAST_MEAN = 1e-5
"""Mean chance over the nodes down to which weights that err by 1e-15 of their peak will do."""
DOUBTED = 0.6
"""Trust in a source below which the nodes that were chosen for it are too few for it once it is trusted more."""
PAIR = 2


@dataclass(frozen=True)
class Regrouping:
    """The items of a cluster, on its grid."""

    case: Case
    cluster: ClusterGrid
    members: tuple[EvidenceItem, ...]

    @cached_property
    def is_large(self) -> bool:
        """Whether the items are of so many that compiled loops work out what they say."""
        return len(self.case.evidence_in_force) >= LARGE

    @cached_property
    def grid(self) -> Floats:
        """The gammas of the cluster's grid."""
        return self.cluster.blocks[0].gamma

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The grid for items that load as these do, or less, and one of them that may load in full."""
        return self.spaced(self.cluster.items)

    def spaced(self, items: Items) -> tuple[Block, ...]:
        """Return the same for other items, with no more z than the cluster was integrated with."""
        spread = self.cluster.items.spread.min()
        blocks = []
        for block in self.cluster.blocks:
            pull = items.loading[:, None] ** 2 * block.rho
            narrow = (pull / (1 - pull + items.spread.min(axis=1)[:, None] ** 2)).sum(axis=0)
            narrow += block.rho / (1 - block.rho + spread**2)
            width = max(NARROWEST, 1 / float(np.sqrt(1 + narrow.max())))
            z = line(block.z[0], block.z[-1], SPACING * width)
            blocks.append(Block(block.rho, min(z, block.z, key=len), block.log_beta, items, self.grid))
        rho, log_beta = (np.concatenate(parts) for parts in zip(*((b.rho, b.log_beta) for b in blocks), strict=True))
        whole = Block(rho, max((block.z for block in blocks), key=len), log_beta, items, self.grid)
        if rho.size * whole.z.size <= MORE * sum(block.rho.size * block.z.size for block in blocks):
            return (whole,)
        return tuple(blocks)

    @cached_property
    def joint(self) -> tuple[Floats, ...]:
        """What all items say on each block, with the weights of its nodes."""
        return tuple(block.log_joint for block in self.blocks)

    @cached_property
    def top(self) -> float:
        """The largest square root of rho on the grid."""
        return float(np.sqrt(max(block.rho.max() for block in self.blocks)))

    def table(self, items: Items, blocks: Sequence[Block], points: int) -> tuple[Floats, ...]:
        """Return what items say, (gamma, hypothesis, point, z), on the z of each block, at points of c sqrt(rho)."""
        rho, at = (self.top * chebyshev_nodes(points)) ** 2, AtGamma.of(items, self.grid)
        return tuple(np.ascontiguousarray(self.say(at, rho, block.z).transpose(1, 2, 0, 3)) for block in blocks)

    @cached_property
    def whole(self) -> tuple[Floats, ...] | None:
        """The table of all items; None where none gives back what they say on the grid itself."""
        for points in POINTS:
            whole = self.table(self.cluster.items, self.blocks, points)
            parts = zip(whole, self.blocks, self.joint, strict=True)
            by_table = ((Tabulated.of(values, block, self.top), joint) for values, block, joint in parts)
            if max(_error(table.stretched(np.ones(1)), Left.of(joint)) for table, joint in by_table) < PRECISION:
                return whole
        return None

    def trusting(self, trust: Floats) -> list[Floats]:
        """Return the log marginals with the sources trusted in other ways, (way, item): (gamma, hypothesis) each.

        They are on the grid of the cluster, but for ways that trust a doubted source more: those have grids of their
        own.
        """
        stated = self.cluster.items.trust
        is_own = ((stated < DOUBTED) & (trust > stated)).any(axis=1)
        shared = iter(self._trusting(trust[~is_own]) if not is_own.all() else ())
        return [self._anew(way) if own else next(shared) for way, own in zip(trust, is_own, strict=True)]

    def _anew(self, trust: Floats) -> Floats:
        """Return the log marginal with the sources trusted otherwise, on nodes of its own."""
        items, priors = dataclasses.replace(self.cluster.items, trust=trust), self.case.priors
        prior = priors.cluster_correlation(self.cluster.id)
        fixed, many = self.grid if priors.discrimination.sd == 0 else None, self.cluster.blocks[0].compiled
        return cluster_marginal(items, prior, fixed, in_full=False, many=many).whole

    def _trusting(self, trust: Floats) -> Floats:
        right, wrong = (
            dataclasses.replace(self.cluster.items, trust=np.full(trust.shape[1], share)) for share in (1.0, 0.0)
        )
        floor, parts = AtGamma.of(wrong, self.grid).floor, []
        for block in self.blocks:
            shape = (trust.shape[0], block.rho.size, *floor.shape[1:], block.z.size)
            log_joint = np.zeros(shape) + block.log_weight
            for row, of_way in enumerate(trust.T[..., None, None, None, None]):
                chance = of_way * AtGamma.of(keep(right, [row]), self.grid).chances(block.rho, block.z)[0]
                chance += (1 - of_way) * floor[row, :, :, None]
                log_joint += np.log(np.maximum(chance, np.finfo(float).tiny, out=chance), out=chance)
            parts.append(log_sum_exp(log_joint, axis=(1, 4)))
        return log_sum_exp(np.array(parts), axis=0)

    def say(self, at: AtGamma, rho: Floats, z: Floats) -> Floats:
        """Return the log of what items say, (rho, gamma, hypothesis, z)."""
        if is_safe(at):
            return np.log(product(at, rho, z, compiled=self.is_large))
        return np.asarray(at.logs(rho, z).sum(axis=0))

    def over(self, at: AtGamma, block: Block, left: Left) -> Floats:
        """Return the log of the chance of each way times weights over nodes, (way, gamma, hypothesis).

        It is not a number where the mean chance is too near to nothing.
        """
        if self.is_large:
            from detente.exact.compiled import weighted  # many items are worth the time it takes to import numba

            each = np.ascontiguousarray(left.weight[(None,) * (5 - left.weight.ndim)].transpose(2, 3, 0, 1, 4))
            total = weighted(at.shrunk, at.floor, *at.pull(block.rho), at.items.trust, block.z, each)
        else:
            chance = at.chances(block.rho, block.z)
            chance *= left.weight
            total = chance.sum(axis=(1, 4))
        return left.top + np.log(np.where(total > LEAST_MEAN * left.total, total, np.nan))


@dataclass(frozen=True)
class Left:
    """What is left on the nodes of a block: ``weight`` (..., rho, gamma, hypothesis, z) times the exp of ``top``.

    ``top`` and ``total``, the sum of the weights, are (..., gamma, hypothesis).
    """

    top: Floats
    weight: Floats
    total: Floats

    @classmethod
    def of(cls, log_joint: Floats) -> Left:
        """Return it of logs with the weights of the nodes, (rho, gamma, hypothesis, z)."""
        top = log_joint.max(axis=(0, 3))
        weight = np.exp(log_joint - top[:, :, None])
        return cls(top, weight, weight.sum(axis=(0, 3)))


@dataclass(frozen=True)
class Tabulated:
    """What items say on the z of a block, at points of c sqrt(rho) up to ``longest``.

    ``share`` (gamma, hypothesis, point, z) is that of each z in the sum over all, whose log is ``log_sum``.  Both are
    interpolated between points: neither is ever next to nothing.
    """

    block: Block
    longest: float
    share: Floats
    log_sum: Floats

    @classmethod
    def of(cls, log_likelihood: Floats, block: Block, longest: float) -> Tabulated:
        """Return the table of what items say, (gamma, hypothesis, point, z)."""
        log_joint = log_likelihood + log_normal_weights(block.z)
        log_sum = log_sum_exp(log_joint, axis=3)
        return cls(block, longest, np.exp(log_joint - log_sum[..., None]), log_sum)

    def stretched(self, ratio: Floats) -> Left:
        """Return what they say at the rho of the block with all loadings times each ratio.

        By products of matrices so small that the library leaves them to one thread: to wait for others costs more.
        """
        place = np.outer(ratio, np.sqrt(self.block.rho)) / self.longest
        matrix = interpolation_matrix(self.log_sum.shape[2], place.ravel())
        log_sum = (self.log_sum @ matrix.T).reshape(*self.log_sum.shape[:2], *place.shape) + self.block.log_beta
        weight = (matrix @ self.share).reshape(*log_sum.shape, self.block.z.size)
        top = log_sum.max(axis=3)
        of_rho = np.exp(log_sum - top[..., None])
        weight *= of_rho[..., None]
        top, total = (part.transpose(2, 0, 1) for part in (top, of_rho.sum(axis=3)))
        return Left(top, weight.transpose(2, 3, 0, 1, 4), total)


def _error(by_table: Left, exact: Left) -> float:
    """Return how far the weights of a table, stretched by one ratio, are from others, beside the peak of those."""
    scale = np.exp(by_table.top[0] - exact.top)[:, :, None]
    return float(np.abs(by_table.weight[0] * scale - exact.weight).max())


@dataclass(frozen=True)
class Rest:
    """A cluster without the items at ``rows``."""

    of: Regrouping
    rows: tuple[int, ...]

    @cached_property
    def _judged(self) -> tuple[Floats, Floats]:
        """The probits and stated signs of all that is judged for the cluster but is not gone; what is left is first."""
        of, names = self.of, [item.id for item in self.of.members]
        around, signs = beside(of.case, of.cluster.id, names)
        left = [row for row in range(len(of.members)) if row not in self.rows]
        location = np.concatenate([of.cluster.items.location[left], around])
        return location, np.concatenate([stated_signs([of.members[row] for row in left]), signs])

    @cached_property
    def _alone(self) -> Floats:
        """The loadings of what is left, by itself."""
        location, signs = self._judged
        return loadings(location, weights_of(self.of.case), signs)[: self._kept.trust.size]

    @cached_property
    def _is_as_before(self) -> bool:
        """Whether what is left loads as beside the items that are gone."""
        return is_alike(self._alone, self._kept.loading)

    @cached_property
    def _kept(self) -> Items:
        """The items that are left, loading as beside those that are gone."""
        return keep(self.of.cluster.items, [row for row in range(len(self.of.members)) if row not in self.rows])

    @cached_property
    def left(self) -> Items:
        """The items that are left, loading as they do by themselves."""
        return self._kept if self._is_as_before else dataclasses.replace(self._kept, loading=self._alone)

    @cached_property
    def _blocks(self) -> tuple[Block, ...]:
        return self.of.blocks if self._is_as_before else self.of.spaced(self.left)

    @cached_property
    def _at_nodes(self) -> tuple[Left, ...]:
        """What is left, on each block."""
        if not self._is_as_before:
            return tuple(Left.of(block.log_joint) for block in self._blocks)
        lost = AtGamma.of(keep(self.of.cluster.items, self.rows), self.of.grid)
        return tuple(
            Left.of(joint - self.of.say(lost, block.rho, block.z))
            for joint, block in zip(self.of.joint, self._blocks, strict=True)
        )

    @cached_property
    def _tables(self) -> tuple[Tabulated, ...]:
        """The same over c sqrt(rho); none where a table is not precise."""
        if self.of.whole is None:
            return ()
        points = self.of.whole[0].shape[2]
        if self._is_as_before:
            lost = self.of.table(keep(self.of.cluster.items, self.rows), self._blocks, points)
            left = [whole - one for whole, one in zip(self.of.whole, lost, strict=True)]
        else:
            left = [*self.of.table(self.left, self._blocks, points)]
        return tuple(Tabulated.of(one, block, self.of.top) for one, block in zip(left, self._blocks, strict=True))

    def __call__(self) -> Floats:
        """Return the log marginal (gamma, hypothesis) of what is left."""
        return log_sum_exp(np.array([left.top + np.log(left.total) for left in self._at_nodes]), axis=0)

    def beside(self, changed: Items) -> Floats:
        """Return the log marginals (way, gamma, hypothesis) with an item added that is judged in each of some ways.

        ``changed`` holds the ways as if each were an item; their loadings are worked out here.
        """
        loading, others = self._loadings(changed)
        changed = dataclasses.replace(changed, loading=loading)
        before = self.left.loading
        length = float(before @ before)
        ratio = np.abs(others @ before) / length if length else np.ones(loading.size)
        away = np.abs(np.abs(others) - np.abs(ratio[:, None] * before)).max(axis=1, initial=0)
        marginal = np.full((loading.size, self.of.grid.size, changed.weights.size), np.nan)
        in_place = (away <= SAME) & (np.abs(ratio - 1) <= SAME)
        scaled = ~in_place & (away <= SAME) & (ratio <= 1) & (in_place.all() or bool(self._tables))
        size = max(1, NEAR // max(left.weight.size for left in self._at_nodes))
        for ways, most in (
            (np.flatnonzero(in_place), loading.size if self.of.is_large else size),  # the loop has no array of its own
            (np.flatnonzero(scaled), size),
        ):
            for first in range(0, ways.size, most):
                here = ways[first : first + most]
                marginal[here] = self._integrated(keep(changed, here), None if in_place[here[0]] else ratio[here])
        for way in np.flatnonzero(np.isnan(marginal).any(axis=(1, 2))):
            anew = join(dataclasses.replace(self.left, loading=others[way]), keep(changed, [int(way)]))
            marginal[way] = at_nodes(self.of.cluster.blocks, anew, self.of.grid)
        return marginal

    def _loadings(self, changed: Items) -> tuple[Floats, Floats]:
        """Return the loadings of an item judged in each of some ways, (way,), and of what is left beside, (way, item).

        The common cause is told the way round in which what is left loads.
        """
        location, signs = self._judged
        own = stated_signs([self.of.members[row] for row in self.rows])
        left, count = self.left.loading, self.left.trust.size
        if changed.weights.size == PAIR:  # they are measured by the longest contrast, and the first hypothesis is +
            contrast, longest = (rows[:, 0] - rows[:, 1] for rows in (changed.location, location))
            contrast[np.abs(contrast) <= SAME] = 0.0
            longest = np.abs(longest)[np.abs(longest) > SAME].max(initial=0)
            length = np.maximum(longest, np.abs(contrast))
            loading = contrast / np.where(length > 0, length, 1.0)
            loading = loading if own[0] == 0 else own[0] * np.abs(loading)
            return loading, left * (longest / np.where(length > 0, length, 1.0))[:, None]
        both = []
        for row in changed.location:
            turned = loadings(np.concatenate([location, row[None]]), weights_of(self.of.case), np.append(signs, own))
            both.append(-turned if turned[:count] @ left < 0 else turned)
        return np.array(both)[:, -1], np.array(both)[:, :count]

    def _integrated(self, changed: Items, ratio: Floats | None) -> Floats:
        """Integrate what is left, its loadings times a ratio for each way if they are given, times a changed item."""
        at = AtGamma.of(changed, self.of.grid)
        on_blocks = self._at_nodes if ratio is None else [table.stretched(ratio) for table in self._tables]
        parts = [self.of.over(at, block, left) for block, left in zip(self._blocks, on_blocks, strict=True)]
        return log_sum_exp(np.array(parts), axis=0)
