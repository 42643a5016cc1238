"""A cluster without some of its items, or with one of them judged differently.

What the other items say, ``sum_i log P(y_i | h, z, rho, gamma)``, is kept on the grid over (rho, z) that the exact
posterior was integrated with, so that a changed item needs only its own term there.  If its contrast becomes the
longest of the cluster, the loadings of the others shrink in proportion, to ``c d_i``.  As they only occur in
``d_i sqrt(rho)``, the others then say at rho what they said at ``c^2 rho``: one table over ``c sqrt(rho)``, on
Chebyshev points, serves every c.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from detente.exact.clusters import Block, at_nodes, is_safe, product
from detente.exact.evidence import AtGamma, beside, is_alike, join, keep, loadings, stated_signs, weights_of
from detente.exact.quadrature import beta_nodes, chebyshev_nodes, interpolation_matrix, log_sum_exp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from detente.arrays import Floats
    from detente.case.evidence import EvidenceItem
    from detente.case.schema import Case
    from detente.exact.evidence import Items
    from detente.exact.factors import ClusterGrid


MANY = 200
"""Items from which on what one of them says is worked out by a compiled loop."""
POINTS = 64
PRECISION = 1e-12
"""Error of the table for each item up to which it is used, times the root of the integrand beside its peak."""
ROUGH_RHOS, ROUGH_GAMMAS, ROUGH_STRIDE = 3, 5, 3
"""Nodes for the correlation and the discrimination on a rough grid, and the step along the z of the full one."""


@dataclass(frozen=True)
class Regrouping:
    """The items of a cluster, on the blocks of its grid; ``gammas(size)`` are those of a grid of that size."""

    case: Case
    cluster: ClusterGrid
    members: tuple[EvidenceItem, ...]
    gammas: Callable[[int], Floats]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The grid."""
        return self.cluster.blocks

    @property
    def grid(self) -> Floats:
        """The gammas of the cluster's grid."""
        return self.gammas(self.blocks[0].gamma.size)

    @cached_property
    def joint(self) -> tuple[Floats, ...]:
        """What all items say on each block, with the weights of its nodes."""
        return tuple(block.log_joint for block in self.blocks)

    @cached_property
    def top(self) -> float:
        """The largest square root of rho on the grid."""
        return float(np.sqrt(max(block.rho.max() for block in self.blocks)))

    @property
    def compiled(self) -> bool:
        """Whether so many items will be judged differently that a compiled loop is worth the seconds it takes."""
        return len(self.case.evidence_in_force) >= MANY

    def table(self, items: Items) -> tuple[Floats, ...]:
        """Return what items say, (point, gamma, hypothesis, z), on the z of each block, at points of c sqrt(rho)."""
        rho = (self.top * chebyshev_nodes(POINTS)) ** 2
        return tuple(self.say(AtGamma.of(items, self.grid), rho, block.z) for block in self.blocks)

    def say(self, at: AtGamma, rho: Floats, z: Floats) -> Floats:
        """Return the log of what items say, (rho, gamma, hypothesis, z)."""
        if is_safe(at):
            return np.log(product(at, rho, z, compiled=self.compiled))
        return np.asarray(at.logs(rho, z).sum(axis=0))

    @cached_property
    def whole(self) -> tuple[Floats, ...] | None:
        """The table of all items; None where it does not give back what they say on the grid itself."""
        table = self.table(self.cluster.items)
        for values, block, joint in zip(table, self.blocks, self.joint, strict=True):
            height = joint - joint.max(axis=(0, 3), keepdims=True)
            log_likelihood = self.stretched(values, block, 1.0) + block.log_weight
            if (np.abs(log_likelihood - joint) * np.exp(height / 2)).max() > PRECISION * len(self.members):
                return None
        return table

    def stretched(self, values: Floats, block: Block, ratio: float) -> Floats:
        """Return a table at the rho of a block, (rho, gamma, hypothesis, z), with all loadings times a ratio."""
        matrix = interpolation_matrix(POINTS, ratio * np.sqrt(block.rho) / self.top)
        return np.tensordot(matrix, values, axes=1)

    def rough(self) -> Regrouping:
        """Return the cluster on a far coarser grid, to tell roughly what another judgement does."""
        prior = self.case.priors.cluster_correlation(self.cluster.id)
        rho, log_weight = beta_nodes(prior.mean, prior.sd, ROUGH_RHOS)
        block = Block(rho, self.blocks[-1].z[::ROUGH_STRIDE], log_weight, self.cluster.items, self.gammas(ROUGH_GAMMAS))
        coarse = dataclasses.replace(self.cluster, blocks=(block,))
        return dataclasses.replace(self, cluster=coarse)

    def rest(self, rows: Sequence[int]) -> Rest:
        """Return what is left without the items at ``rows``."""
        return Rest(self, tuple(rows))


@dataclass(frozen=True)
class Rest:
    """A cluster without the items at ``rows``."""

    of: Regrouping
    rows: tuple[int, ...]

    @cached_property
    def lost(self) -> Items:
        """The items that are gone."""
        return keep(self.of.cluster.items, self.rows)

    @cached_property
    def kept(self) -> Items:
        """The items that are left, loading as beside those that are gone."""
        members = len(self.of.members)
        return keep(self.of.cluster.items, [row for row in range(members) if row not in self.rows])

    @cached_property
    def _judged(self) -> tuple[Floats, Floats]:
        """The probits and stated signs of all that is judged for the cluster but is not gone; what is left is first."""
        of, names = self.of, [item.id for item in self.of.members]
        around, signs = beside(of.case, of.cluster.id, names)
        left = [item for row, item in enumerate(of.members) if row not in self.rows]
        return np.concatenate([self.kept.location, around]), np.concatenate([stated_signs(left), signs])

    @cached_property
    def _at_nodes(self) -> tuple[Left, ...]:
        """What is left, on each block."""
        grid = self.of.grid
        lost = AtGamma.of(self.lost, grid)
        return tuple(
            Left(joint - self.of.say(lost, block.rho, block.z))
            for joint, block in zip(self.of.joint, self.of.blocks, strict=True)
        )

    @cached_property
    def _table(self) -> tuple[Floats, ...] | None:
        """The same as a table over c sqrt(rho)."""
        if self.of.whole is None:
            return None
        return tuple(whole - lost for whole, lost in zip(self.of.whole, self.of.table(self.lost), strict=True))

    def __call__(self, changed: Items | None = None) -> Floats:
        """Return the log marginal (gamma, hypothesis) of what is left, and of one item judged differently."""
        location, stated = self._judged
        if changed is not None:
            own = stated_signs([self.of.members[row] for row in self.rows])
            location, stated = np.concatenate([location, changed.location]), np.concatenate([stated, own])
        turned = loadings(location, weights_of(self.of.case), stated)
        here, before = turned[: self.kept.trust.size], self.kept.loading
        if changed is not None:  # the common cause may be told the other way round
            changed = dataclasses.replace(changed, loading=-turned[-1:] if here @ before < 0 else turned[-1:])
        if is_alike(here, before):
            return self._integrated(self._at_nodes, changed)
        ratio = float(np.abs(here @ before) / (before @ before)) if before.any() else np.inf
        if ratio <= 1 and is_alike(here, ratio * before) and self._table is not None:
            blocks = zip(self._table, self.of.blocks, strict=True)
            left = [Left(self.of.stretched(values, block, ratio) + block.log_weight) for values, block in blocks]
            return self._integrated(left, changed)
        anew = dataclasses.replace(self.kept, loading=here if here @ before >= 0 else -here)
        return at_nodes(self.of.blocks, anew if changed is None else join(anew, changed), self.of.grid)

    def _integrated(self, left: Sequence[Left], changed: Items | None) -> Floats:
        """Integrate what is left on each block, times a changed item."""
        at = None if changed is None else AtGamma.of(changed, self.of.grid)
        parts = []
        for rest, block in zip(left, self.of.blocks, strict=True):
            if at is None:
                parts.append(log_sum_exp(rest.log_joint, axis=(0, 3)))
            elif is_safe(at):
                chance = product(at, block.rho, block.z, compiled=self.of.compiled)
                parts.append(rest.top + np.log(np.einsum("rghz,rghz->gh", rest.weight, chance)))
            else:
                parts.append(log_sum_exp(rest.log_joint + at.logs(block.rho, block.z)[0], axis=(0, 3)))
        return log_sum_exp(np.array(parts), axis=0)


@dataclass(frozen=True)
class Left:
    """What is left on the nodes of a block, with their weights: ``log_joint`` (rho, gamma, hypothesis, z)."""

    log_joint: Floats

    @cached_property
    def top(self) -> Floats:
        """The greatest log, (gamma, hypothesis)."""
        return np.asarray(self.log_joint.max(axis=(0, 3)))

    @cached_property
    def weight(self) -> Floats:
        """The same as numbers of which the greatest is 1: an item that can only be so unlikely needs no logs."""
        return np.asarray(np.exp(self.log_joint - self.top[:, :, None]))
