"""A cluster without some of its items, or with one of them judged differently, in many ways at once.

What the other items say, ``sum_i log P(y_i | h, z, rho, gamma)``, is kept at the rho and gamma that the exact posterior
was integrated with, and at as many z as the items need with the loadings they have, so that a changed item needs only
its own term there.  If its contrast becomes the longest of the cluster, the loadings of the others shrink in
proportion, to ``c d_i``.  As they only occur in ``d_i sqrt(rho)``, the others then say at rho what they said at
``c^2 rho``: one table over ``c sqrt(rho)``, on Chebyshev points, serves every c.  What is left without an item is what
all say over the chance of that item, unless the others load otherwise without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from detente.exact.clusters import NARROWEST, NEAR, Block, at_nodes, cluster_marginal, is_safe, product
from detente.exact.evidence import SAME, AtGamma, beside, is_alike, join, keep, loadings, stated_signs, weights_of
from detente.exact.quadrature import chebyshev_nodes, interpolation_matrix, line, log_normal_weights, log_sum_exp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.arrays import Floats, Integers
    from detente.case.evidence import EvidenceItem
    from detente.case.schema import Case
    from detente.exact.evidence import Items
    from detente.exact.factors import ClusterGrid


POINTS = (40, 48, 64)
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
ALL_AXES = 5
"""Of what several items say at nodes: item, rho, gamma, hypothesis, z."""


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
    def at_nodes(self) -> tuple[Left, ...]:
        """The same, as weights of which nothing is left out."""
        return tuple(map(Left.of, self.joint))

    @cached_property
    def around(self) -> tuple[Floats, Floats]:
        """The probits and stated signs of all else that is judged for the cluster."""
        return beside(self.case, self.cluster.id, [item.id for item in self.members])

    @cached_property
    def top(self) -> float:
        """The largest square root of rho on the grid."""
        return float(np.sqrt(max(block.rho.max() for block in self.blocks)))

    def points(self, count: int) -> Floats:
        """Return the rho at which a table has so many points."""
        return np.asarray((self.top * chebyshev_nodes(count)) ** 2)

    def table(self, items: Items, blocks: Sequence[Block], count: int) -> tuple[Floats, ...]:
        """Return what items say, (point, gamma, hypothesis, z), on the z of each block, at points of c sqrt(rho)."""
        rho, at = self.points(count), AtGamma.of(items, self.grid)
        return tuple(self.say(at, rho, block.z) for block in blocks)

    @cached_property
    def whole(self) -> tuple[Tabulated, ...]:
        """The table of all items on each block; none where none gives back what they say on the grid itself."""
        for count in POINTS:
            logs = self.table(self.cluster.items, self.blocks, count)
            tables = tuple(Tabulated.of(part, block, self.top) for part, block in zip(logs, self.blocks, strict=True))
            again = (table.stretched(np.zeros(1, int), np.ones(1)) for table in tables)
            if max(map(_error, again, self.at_nodes)) < PRECISION:
                return tables
        return ()

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
        items, priors = self.cluster.items.changed(trust=trust), self.case.priors
        prior = priors.cluster_correlation(self.cluster.id)
        fixed, many = self.grid if priors.discrimination.sd == 0 else None, self.cluster.blocks[0].compiled
        return cluster_marginal(items, prior, fixed, in_full=False, many=many).whole

    def _trusting(self, trust: Floats) -> Floats:
        right, wrong = (
            AtGamma.of(self.cluster.items.changed(trust=np.full(trust.shape[1], share)), self.grid)
            for share in (1.0, 0.0)
        )
        floors = (1 - trust)[:, :, None, None] * wrong.floor
        by_loop = np.array([self.is_large and is_safe(AtGamma(right.items, right.shrunk, floor)) for floor in floors])
        marginal = np.empty((by_loop.size, *right.shrunk.shape[1:]))
        if by_loop.any():
            from detente.exact.compiled import by_trust  # many items are worth the time it takes to import numba

            seen = [(block, (right.shrunk, wrong.floor, *right.pull(block.rho))) for block in self.blocks]
            sums = [by_trust(*of, trust[by_loop], b.z, np.exp(b.log_weight[:, 0, 0])) for b, of in seen]
            marginal[by_loop] = np.log(np.sum(sums, axis=0))
        if not by_loop.all():
            parts = [self._by_arrays(right, block, trust[~by_loop], floors[~by_loop]) for block in self.blocks]
            marginal[~by_loop] = log_sum_exp(np.array(parts), axis=0)
        return marginal

    def _by_arrays(self, right: AtGamma, block: Block, trust: Floats, floors: Floats) -> Floats:
        """Return the log marginals at the nodes of a block, ``floors`` (way, item, gamma, h) added to every chance."""
        log_joint = np.zeros((len(trust), block.rho.size, *floors.shape[2:], block.z.size)) + block.log_weight
        for row, of_way in enumerate(trust.T[..., None, None, None, None]):
            chance = of_way * right.kept([row]).chances(block.rho, block.z)[0]
            chance += floors[:, row, None, :, :, None]
            log_joint += np.log(np.maximum(chance, np.finfo(float).tiny, out=chance), out=chance)
        return log_sum_exp(log_joint, axis=(1, 4))

    def say(self, at: AtGamma, rho: Floats, z: Floats) -> Floats:
        """Return the log of what items say, (rho, gamma, hypothesis, z)."""
        if is_safe(at):
            return np.log(product(at, rho, z, compiled=self.is_large))
        return np.asarray(at.logs(rho, z).sum(axis=0))

    def each(self, at: AtGamma, rho: Floats, z: Floats) -> Floats:
        """Return the chance of each item, (item, gamma, hypothesis, rho, z)."""
        if not self.is_large:
            return at.chances(rho, z).transpose(0, 2, 3, 1, 4)
        from detente.exact.compiled import each  # many items are worth the time it takes to import numba

        return each(at.shrunk, at.floor, *at.pull(rho), at.items.trust, z)

    def over(self, at: AtGamma, block: Block, left: Left, which: Integers) -> Floats:
        """Return the log of the chance of each way times what is left without one of the items, (way, gamma, h).

        It is not a number where the mean chance is too near to nothing.
        """
        if self.is_large:
            from detente.exact.compiled import weighted

            total = weighted(at.shrunk, at.floor, *at.pull(block.rho), at.items.trust, block.z, which, left.weight)
        else:
            total = (at.chances(block.rho, block.z).transpose(0, 2, 3, 1, 4) * left.weight[which]).sum(axis=(3, 4))
        return left.top[which] + _log(total, left.total[which])

    def stretched(self, at: AtGamma, table: Tabulated, which: Integers, ratio: Floats) -> Floats:
        """Return the same with the loadings of what is left times a ratio for each way."""
        if not self.is_large:
            return self.over(at, table.block, table.stretched(which, ratio), np.arange(which.size))
        from detente.exact.compiled import weighted_between

        matrix, top, height = table.heights(which, ratio)
        of_way = at.shrunk, at.floor, *at.pull(table.block.rho), at.items.trust
        total = weighted_between(*of_way, table.block.z, which, table.share, matrix, height)
        return top + _log(total, height.sum(axis=3))


def _log(total: Floats, most: Floats) -> Floats:
    """Return the log of sums of chances times weights that sum to ``most``, nan where they are next to nothing."""
    return np.log(np.where(total > LEAST_MEAN * most, total, np.nan))


@dataclass(frozen=True)
class Left:
    """What is left on the nodes of a block without each of some items.

    ``weight`` (item, gamma, hypothesis, rho, z) times the exp of ``top`` (item, gamma, hypothesis).
    """

    top: Floats
    weight: Floats

    @classmethod
    def of(cls, log_joint: Floats) -> Left:
        """Return it of logs with the weights of the nodes, (item, rho, gamma, hypothesis, z) or of one item."""
        logs = _by_item(log_joint)
        top = logs.max(axis=(3, 4))
        return cls(top, np.exp(logs - top[..., None, None]))

    @cached_property
    def total(self) -> Floats:
        """The sum of the weights, (item, gamma, hypothesis)."""
        return self.weight.sum(axis=(3, 4))

    def without(self, chance: Floats) -> Left:
        """Return what is left without each of some items, whose chances are none of them next to nothing."""
        weight = self.weight / chance
        return Left(np.broadcast_to(self.top, weight.shape[:3]), weight)


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
    def of(cls, log_likelihood: Floats, block: Block, longest: float) -> Tabulated:
        """Return the table of what is said, (item, point, gamma, hypothesis, z) or of one item."""
        logs = _by_item(log_likelihood + log_normal_weights(block.z))
        top = logs.max(axis=4)
        return cls(block, longest, *_shared(np.exp(logs - top[..., None]), top))

    def without(self, chance: Floats) -> Tabulated:
        """Return what is left without each of some items, whose chances are none of them next to nothing."""
        return Tabulated(self.block, self.longest, *_shared(self.share / chance, self.log_sum))

    def heights(self, which: Integers, ratio: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the interpolation to the rho of the block with all loadings times each ratio, and the weights there.

        They are (way, rho, point), and (way, gamma, hypothesis, rho) times the exp of the second, (way, gamma,
        hypothesis).
        """
        place = np.outer(ratio, np.sqrt(self.block.rho)) / self.longest
        matrix = interpolation_matrix(self.log_sum.shape[3], place.ravel()).reshape(*place.shape, -1)
        log_sum = self.log_sum[which] @ matrix[:, None].swapaxes(2, 3) + self.block.log_beta
        top = log_sum.max(axis=3)
        return matrix, top, np.exp(log_sum - top[..., None])

    def stretched(self, which: Integers, ratio: Floats) -> Left:
        """Return what is left without an item in each of some ways, all loadings times the ratio of the way.

        By products of matrices so small that the library leaves them to one thread: to wait for others costs more.
        """
        matrix, top, height = self.heights(which, ratio)
        weight = np.empty((*height.shape, self.block.z.size))
        for item in np.unique(which):
            ways = np.flatnonzero(which == item)
            between = matrix[ways].reshape(-1, matrix.shape[2]) @ self.share[item]
            weight[ways] = np.moveaxis(between.reshape(*top.shape[1:], ways.size, *weight.shape[3:]), 2, 0)
        weight *= height[..., None]
        return Left(top, weight)


def _by_item(logs: Floats) -> Floats:
    """Return (item, gamma, hypothesis, rho, z) of (item, rho, gamma, hypothesis, z), or of one item."""
    return np.ascontiguousarray(np.moveaxis(logs if logs.ndim == ALL_AXES else logs[None], 1, 3))


def _shared(weight: Floats, log_scale: Floats) -> tuple[Floats, Floats]:
    """Return the share of each z in weights, and the log of their sum times a scale."""
    total = weight.sum(axis=4)
    weight /= total[..., None]
    return weight, np.log(total) + log_scale


def _error(by_table: Left, exact: Left) -> float:
    """Return how far the weights of a table, stretched by one ratio, are from others, beside the peak of those."""
    scale = np.exp(by_table.top - exact.top)[..., None, None]
    return float(np.abs(by_table.weight * scale - exact.weight).max())


@dataclass(frozen=True)
class Rest:
    """A cluster without the items at ``rows``."""

    of: Regrouping
    rows: tuple[int, ...]

    @cached_property
    def judged(self) -> tuple[Floats, Floats]:
        """The probits and stated signs of all that is judged for the cluster but is not gone; what is left is first."""
        location, signs = self.of.around
        left = [row for row in range(len(self.of.members)) if row not in self.rows]
        own = self.of.cluster.items.location[left], stated_signs([self.of.members[row] for row in left])
        return np.concatenate([own[0], location]), np.concatenate([own[1], signs])

    @cached_property
    def _alone(self) -> Floats:
        """The loadings of what is left, by itself."""
        location, signs = self.judged
        return loadings(location, weights_of(self.of.case), signs)[: self._kept.trust.size]

    @cached_property
    def is_as_before(self) -> bool:
        """Whether what is left loads as beside the items that are gone."""
        return is_alike(self._alone, self._kept.loading)

    @cached_property
    def _kept(self) -> Items:
        """The items that are left, loading as beside those that are gone."""
        return keep(self.of.cluster.items, [row for row in range(len(self.of.members)) if row not in self.rows])

    @cached_property
    def left(self) -> Items:
        """The items that are left, loading as they do by themselves."""
        return self._kept if self.is_as_before else self._kept.changed(loading=self._alone)

    def __call__(self) -> Floats:
        """Return the log marginal (gamma, hypothesis) of what is left."""
        if self.is_as_before:
            lost = AtGamma.of(keep(self.of.cluster.items, self.rows), self.of.grid)
            on_blocks = zip(self.of.joint, self.of.blocks, strict=True)
            logs = [joint - self.of.say(lost, block.rho, block.z) for joint, block in on_blocks]
        else:
            logs = [block.log_joint for block in self.of.spaced(self.left)]
        return log_sum_exp(np.array([log_sum_exp(joint, axis=(0, 3)) for joint in logs]), axis=0)

    def loadings(self, changed: Items) -> Floats:
        """Return the loadings of what is left, and last of an item judged in each of some ways, (way, item).

        The common cause is told the way round in which what is left loads.
        """
        location, signs = self.judged
        own, count = stated_signs([self.of.members[row] for row in self.rows]), self.left.trust.size
        both = []
        for row in changed.location:
            turned = loadings(np.concatenate([location, row[None]]), weights_of(self.of.case), np.append(signs, own))
            both.append((-turned if turned[:count] @ self.left.loading < 0 else turned)[[*range(count), -1]])
        return np.array(both)


@dataclass(frozen=True)
class Apart:
    """Some items of a cluster, each of which may be judged differently while the others are as they are."""

    of: Regrouping
    rows: tuple[int, ...]

    @cached_property
    def _alike(self) -> tuple[tuple[Integers, Alike], ...]:
        """The items by the nodes that serve what is left without each, with their places."""
        rests = [Rest(self.of, (row,)) for row in self.rows]
        as_before = np.array([rest.is_as_before for rest in rests])
        groups = [np.flatnonzero(as_before), *np.flatnonzero(~as_before)[:, None]]
        return tuple((group, Alike(self.of, tuple(rests[place] for place in group))) for group in groups if group.size)

    def beside(self, which: Integers, changed: Items) -> Floats:
        """Return the log marginals (way, gamma, hypothesis) with an item judged in each of some ways.

        ``which`` (way,) is the place of the item among these; ``changed`` holds the ways as if each were an item, and
        their loadings are worked out here.
        """
        marginal = np.empty((which.size, self.of.grid.size, changed.weights.size))
        for places, alike in self._alike:
            ways = np.flatnonzero(np.isin(which, places))
            if ways.size:
                marginal[ways] = alike.beside(np.searchsorted(places, which[ways]), keep(changed, ways))
        return marginal


@dataclass(frozen=True)
class Alike:
    """What is left of a cluster without each of some items, all on the same nodes."""

    of: Regrouping
    rests: tuple[Rest, ...]

    @cached_property
    def _is_as_before(self) -> bool:
        return self.rests[0].is_as_before

    @cached_property
    def _blocks(self) -> tuple[Block, ...]:
        return self.of.blocks if self._is_as_before else self.of.spaced(self.rests[0].left)

    @cached_property
    def _lost(self) -> AtGamma:
        """The items that are gone."""
        return AtGamma.of(keep(self.of.cluster.items, [row for rest in self.rests for row in rest.rows]), self.of.grid)

    @cached_property
    def _at_nodes(self) -> tuple[Left, ...]:
        """What is left, on each block."""
        if not self._is_as_before:
            return tuple(Left.of(block.log_joint) for block in self._blocks)
        if is_safe(self._lost):
            parts = zip(self.of.at_nodes, self._blocks, strict=True)
            return tuple(whole.without(self.of.each(self._lost, block.rho, block.z)) for whole, block in parts)
        logs = zip(self.of.joint, self._blocks, strict=True)
        return tuple(Left.of(joint - self._lost.logs(block.rho, block.z)) for joint, block in logs)

    @cached_property
    def _tables(self) -> tuple[Tabulated, ...]:
        """The same over c sqrt(rho); none where a table is not precise."""
        if not self.of.whole:
            return ()
        count = self.of.whole[0].log_sum.shape[3]
        rho = self.of.points(count)
        if self._is_as_before and is_safe(self._lost):
            parts = zip(self.of.whole, self._blocks, strict=True)
            return tuple(whole.without(self.of.each(self._lost, rho, block.z)) for whole, block in parts)
        logs = self.of.table(self.of.cluster.items if self._is_as_before else self.rests[0].left, self._blocks, count)
        if self._is_as_before:
            logs = tuple(one - self._lost.logs(rho, block.z) for one, block in zip(logs, self._blocks, strict=True))
        return tuple(Tabulated.of(one, block, self.of.top) for one, block in zip(logs, self._blocks, strict=True))

    def beside(self, which: Integers, changed: Items) -> Floats:
        """Return the log marginals (way, gamma, hypothesis) with an item added that is judged in each of some ways."""
        loading, ratio = self._loadings(which, changed)
        changed = changed.changed(loading=loading)
        at = AtGamma.of(changed, self.of.grid)
        marginal = np.full(at.shrunk.shape, np.nan)
        in_place = np.abs(ratio - 1) <= SAME
        scaled = ~in_place & (ratio <= 1)
        if scaled.any() and not self._tables:
            scaled[:] = False
        size = max(1, NEAR // max(left.weight[0].size for left in self._at_nodes))
        for ways in (np.flatnonzero(in_place), np.flatnonzero(scaled)):
            most = max(1, ways.size) if self.of.is_large else size  # the loop has no array of its own
            for first in range(0, ways.size, most):
                here = ways[first : first + most]
                marginal[here] = self._integrated(
                    at.kept(here), which[here], None if in_place[here[0]] else ratio[here]
                )
        for way in np.flatnonzero(np.isnan(marginal).any(axis=(1, 2))):
            rest, judged = self.rests[which[way]], keep(changed, [int(way)])
            both = join(rest.left, judged)
            turned = both.changed(loading=rest.loadings(judged)[0])
            marginal[way] = at_nodes(self.of.cluster.blocks, turned, self.of.grid)
        return marginal

    def _loadings(self, which: Integers, changed: Items) -> tuple[Floats, Floats]:
        """Return the loadings of an item judged in each of some ways, and what they multiply those of what is left by.

        The latter is no number where these do not stay in proportion.
        """
        if changed.weights.size == PAIR:  # they are measured by the longest contrast, and the first hypothesis is +
            contrast = changed.location[:, 0] - changed.location[:, 1]
            contrast[np.abs(contrast) <= SAME] = 0.0
            longest, own = self._longest[0][which], self._longest[1][which]
            length = np.maximum(longest, np.abs(contrast))
            length[length == 0] = 1.0
            loading = contrast / length
            return np.where(own == 0, loading, own * np.abs(loading)), np.where(longest > 0, longest / length, 1.0)
        loading, ratio = np.empty(which.size), np.empty(which.size)
        for place in np.unique(which):
            ways, rest = np.flatnonzero(which == place), self.rests[place]
            turned, before = rest.loadings(keep(changed, ways)), rest.left.loading
            others, loading[ways] = turned[:, :-1], turned[:, -1]
            squared = float(before @ before)
            ratio[ways] = np.abs(others @ before) / squared if squared else 1.0
            away = np.abs(np.abs(others) - np.abs(ratio[ways, None] * before)).max(axis=1, initial=0)
            ratio[ways[away > SAME]] = np.nan
        return loading, ratio

    @cached_property
    def _longest(self) -> tuple[Floats, Floats]:
        """Of two hypotheses, the longest contrast of what is left, and the sign that is stated of what is gone."""
        contrasts = [np.abs(rest.judged[0][:, 0] - rest.judged[0][:, 1]) for rest in self.rests]
        gone = [self.of.members[row] for rest in self.rests for row in rest.rows]
        return np.array([one[one > SAME].max(initial=0) for one in contrasts]), stated_signs(gone)

    def _integrated(self, at: AtGamma, which: Integers, ratio: Floats | None) -> Floats:
        """Integrate what is left, its loadings times a ratio for each way if they are given, times a changed item."""
        if ratio is None:
            on_blocks = zip(self._blocks, self._at_nodes, strict=True)
            parts = [self.of.over(at, block, left, which) for block, left in on_blocks]
        else:
            parts = [self.of.stretched(at, table, which, ratio) for table in self._tables]
        return log_sum_exp(np.array(parts), axis=0) if len(parts) > 1 else parts[0]
