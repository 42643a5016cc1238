"""A cluster without some of its items, or with its sources trusted otherwise.

What the items say, ``sum_i log P(y_i | h, z, rho, gamma)``, is kept at the rho and gamma that the exact posterior was
integrated with, and at as many z as the items need with the loadings they have.  What is left without an item is what
all say over the chance of that item, unless the others load otherwise without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from detente.analysis.remaining import Left, Tabulated
from detente.exact.clusters import NARROWEST, Block, at_nodes, cluster_marginal, is_safe
from detente.exact.evidence import AtGamma, beside, is_alike, keep, loadings, stated_signs, weights_of
from detente.exact.quadrature import line, log_sum_exp

if TYPE_CHECKING:
    from detente.arrays import Floats
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
DOUBTED = 0.6
"""Trust in a source below which the nodes that were chosen for it are too few for it once it is trusted more."""


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
    def in_full(self) -> tuple[Block, ...]:
        """The grid that the cluster was integrated with, which serves items however they load."""
        return tuple(block.changed(compiled=self.is_large) for block in self.cluster.blocks)

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
            blocks.append(Block(block.rho, min(z, block.z, key=len), block.log_beta, items, self.grid, self.is_large))
        rho, log_beta = (np.concatenate(parts) for parts in zip(*((b.rho, b.log_beta) for b in blocks), strict=True))
        whole = Block(rho, max((block.z for block in blocks), key=len), log_beta, items, self.grid, self.is_large)
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
        return tuple(map(Left.of, self.blocks, self.joint))

    def without(self, lost: AtGamma) -> tuple[Left, ...]:
        """Return what is left on each block without each of some items, the others loading as before."""
        if is_safe(lost):
            return tuple(left.without(lost) for left in self.at_nodes)
        on_blocks = zip(self.blocks, self.joint, strict=True)
        return tuple(Left.of(block, joint - lost.logs(block.rho, block.z)) for block, joint in on_blocks)

    @cached_property
    def around(self) -> tuple[Floats, Floats]:
        """The probits and stated signs of all else that is judged for the cluster."""
        return beside(self.case, self.cluster.id, [item.id for item in self.members])

    @cached_property
    def top(self) -> float:
        """The largest square root of rho on the grid."""
        return float(np.sqrt(max(block.rho.max() for block in self.blocks)))

    @cached_property
    def tables(self) -> tuple[Tabulated, ...]:
        """The table of all items on each block; none where none gives back what they say on the grid itself."""
        for count in POINTS:
            tables = tuple(Tabulated.of(block, self.top, count) for block in self.blocks)
            again = (table.stretched(np.zeros(1, int), np.ones(1)) for table in tables)
            if max(map(_error, again, self.at_nodes)) < PRECISION:
                return tables
        return ()

    def tables_without(self, lost: AtGamma) -> tuple[Tabulated, ...]:
        """Return tables of what is left without each of some items; none where a table is not precise."""
        if is_safe(lost):
            return tuple(table.without(lost) for table in self.tables)
        return tuple(Tabulated.of(table.block, self.top, table.points, lost) for table in self.tables)

    def trusting(self, trust: Floats) -> list[Floats]:
        """Return the log marginals with the sources trusted in other ways, (way, item): (gamma, hypothesis) each.

        They are on the grid of the cluster, but for ways that trust a doubted source more: those have grids of their
        own.
        """
        stated, wrong = self.cluster.items, AtGamma.of(self._trusted(np.zeros(trust.shape[1])), self.grid)
        is_own = ((stated.trust < DOUBTED) & (trust > stated.trust)).any(axis=1)
        floors = ((1 - way)[:, None, None] * wrong.floor for way in trust)
        is_sound = [self.is_large and is_safe(wrong.changed(floor=floor)) for floor in floors]
        by_loop = ~is_own & is_sound
        looped = iter(self._by_loop(trust[by_loop], wrong.floor) if by_loop.any() else ())
        return [
            next(looped) if is_looped else self._anew(way) if own else at_nodes(self.blocks, way, self.grid)
            for way, is_looped, own in zip(map(self._trusted, trust), by_loop, is_own, strict=True)
        ]

    def _trusted(self, trust: Floats) -> Items:
        """Return the items with their sources trusted otherwise."""
        return self.cluster.items.changed(trust=trust)

    def _anew(self, items: Items) -> Floats:
        """Return the log marginal of the items, trusted otherwise, on nodes of its own."""
        priors, many = self.case.priors, self.cluster.blocks[0].compiled
        fixed = self.grid if priors.discrimination.sd == 0 else None
        return cluster_marginal(
            items, priors.cluster_correlation(self.cluster.id), fixed, in_full=False, many=many
        ).whole

    def _by_loop(self, trust: Floats, wrong: Floats) -> Floats:
        """Return the log marginals of ways to trust the sources, none of which makes a chance next to nothing."""
        from detente.exact.compiled import by_trust  # many items are worth the time it takes to import numba

        at, total = AtGamma.of(self.cluster.items, self.grid), np.zeros((len(trust), *wrong.shape[1:]))
        for block in self.blocks:
            weight = np.exp(block.log_weight[:, 0, 0])
            total += by_trust(at.shrunk, wrong, *at.pull(block.rho), trust, block.z, weight)
        return np.log(total)


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
            lost = keep(self.of.cluster.items, self.rows)
            on_blocks = zip(self.of.joint, self.of.blocks, strict=True)
            logs = [joint - block.of(lost, block.gamma).log_joint + block.log_weight for joint, block in on_blocks]
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
