"""The marginal likelihood of each source cluster, with its common cause and its correlation integrated out.

``m_c(h, gamma) = int Beta(rho) int phi(z) prod_i P(y_i | h, z, rho, gamma) dz drho``: Gauss-Jacobi in rho, the
trapezoid rule in z.  Both rules refine themselves: z is spaced by the narrowest width the integrand can have, since
with many items, or rho near 1, its peak is far narrower than the gaps of a fixed Gauss-Hermite rule; rho gets nodes
until the answer stands still.

Likelihoods are multiplied as they are where no product can come near the smallest number, which saves a logarithm and
two exponentials of every one of them; else their logs are added.
"""

from __future__ import annotations

from functools import cached_property
from itertools import batched
from typing import TYPE_CHECKING

import numpy as np

from detente.exact.evidence import AtGamma, Items, together
from detente.exact.quadrature import (
    beta_nodes,
    chebyshev_nodes,
    interpolation_matrix,
    line,
    log_normal_weights,
    log_sum_exp,
)
from detente.frozen import Immutable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from detente.arrays import Floats
    from detente.case.priors import BetaPrior

RHO_COUNTS = (5, 9, 14, 20, 30, 45, 64)
RHO_TOLERANCE = 5e-8  # of the coarser rule; the finer one errs by 1e-8 at worst, and by 1e-11 on what is usual
GAMMA_COUNTS = (9, 17, 33, 65)
GAMMA_TOLERANCE = 3e-4  # of the coarser grid; the finer one errs by about its square
GAMMA_ENDS = np.array([0.0, 1.0])
WINDOW_COUNT = 9  # the rule whose ends and middle tell the window of z
SPACING = 1.1  # of the narrowest width the integrand can have, which it seldom comes near
NARROWEST = 0.002
REACH = 16.0
NEGLIGIBLE = -36.0
LEAST = -500.0
"""Sum of log likelihoods down to which they are multiplied: with the weights of the nodes it is still a number."""
TOGETHER = 1_000_000
"""Numbers in one array, on a usual grid of gamma: as many rho nodes share their z nodes as stay below."""
LEAST_FLOOR = 1e-6
"""Least chance that the compiled loops are for: their normal distribution function errs by 1e-15."""
ANY = int(LEAST / np.log(LEAST_FLOOR))
"""Items any of which may be multiplied, if no chance is less."""
NEAR = 60_000
"""Numbers in one array that is worked on: so many stay in a processor's own memory."""


class Block(Immutable):
    """Items of one cluster at some of its rho nodes, with the z nodes that serve them.

    ``log_beta`` are the log weights of the rho nodes.  ``compiled`` says that the cluster is one of many: its sums are
    worked out by compiled loops, and what would fill the memory, were it kept for each, is not kept.
    """

    rho: Floats
    z: Floats
    log_beta: Floats
    items: Items
    gamma: Floats
    compiled: bool = False

    @property
    def log_weight(self) -> Floats:
        """The log weights of the nodes of rho and z, (rho, 1, 1, z)."""
        return self.log_beta[:, None, None, None] + log_normal_weights(self.z)

    def arguments(self) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats] | None:
        """Return what the compiled loops take; None where they are not to be used: a chance may be next to nothing."""
        if not self.compiled:
            return None
        at = AtGamma.of(self.items, self.gamma)
        return (at.shrunk, at.floor, *at.pull(self.rho), self.items.trust, self.z) if is_safe(at) else None

    @property
    def log_joint(self) -> Floats:
        """The log of P(items | h, z, rho, gamma) with the weights of the nodes, (rho, gamma, hypothesis, z)."""
        return self._log_joint() if self.compiled else self._kept

    @cached_property
    def _kept(self) -> Floats:
        return self._log_joint()

    def _log_joint(self) -> Floats:
        if self.compiled and (at := AtGamma.of(self.items, self.gamma)).floor.min() > LEAST_FLOOR:
            from detente.exact.compiled import joint  # a large record is worth the second it takes to import numba

            some = (at.kept(rows) for rows in batched(range(self.items.trust.size), ANY))
            products = (joint(one.shrunk, one.floor, *one.pull(self.rho), one.items.trust, self.z) for one in some)
            return sum(map(np.log, products), np.zeros(1)).transpose(2, 0, 1, 3) + self.log_weight
        log_joint = np.empty((self.rho.size, self.gamma.size, self.items.weights.size, self.z.size))
        for rhos, gammas, at in _parts(self):
            log_joint[rhos, gammas] = _log_likelihood(at, self.rho[rhos], self.z)
        log_joint += self.log_weight
        return log_joint

    @property
    def whole(self) -> Floats:
        """The log likelihood with the nodes summed over, (gamma, hypothesis)."""
        if (arguments := self.arguments()) is not None:
            from detente.exact.compiled import joint

            return np.log(np.einsum("ghrz,rz->gh", joint(*arguments), np.exp(self.log_weight[:, 0, 0])))
        if self.compiled:
            return log_sum_exp(self.log_joint, axis=(0, 3))
        log_weight = self.log_weight
        whole = np.full((self.gamma.size, self.items.weights.size), -np.inf)
        for rhos, gammas, at in _parts(self):
            rho, weight = self.rho[rhos], log_weight[rhos]
            if _multiplies(at, rho, self.z):
                part = _over(_product(at, rho, self.z)[None], weight)[0]
            else:
                part = log_sum_exp(at.logs(rho, self.z).sum(axis=0) + weight, axis=(0, 3))
            np.logaddexp(whole[gammas], part, out=whole[gammas])
        return whole

    def of(self, items: Items, gamma: Floats) -> Block:
        """Return the block of other items, or at other gammas."""
        return self.changed(items=items, gamma=gamma)


class ClusterMarginal(Immutable):
    """log m_c on the gamma grid: of the whole cluster, of its first k items, and without each item.

    Shapes: ``whole`` (gamma, hypothesis); ``prefix`` and ``without`` (item, gamma, hypothesis), ``prefix[k]`` with
    items 0..k.  ``blocks`` serve posterior draws.
    """

    whole: Floats
    prefix: Floats
    without: Floats
    blocks: tuple[Block, ...]

    def between(self, others: ClusterMarginal) -> ClusterMarginal:
        """Return the marginal on the grid of twice as many gaps, of which ``others`` are the nodes between."""
        return ClusterMarginal(
            whole=_alternate(self.whole, others.whole, 0),
            prefix=_alternate(self.prefix, others.prefix, 1),
            without=_alternate(self.without, others.without, 1),
            blocks=(),
        )


def cluster_marginal(
    items: Items, prior: BetaPrior, gamma: Floats | None, *, in_full: bool = True, many: bool = False
) -> ClusterMarginal:
    """Integrate one cluster at the given gammas, or (None) on a Chebyshev grid of [0, 1] fine enough for it.

    Unless ``in_full``, only the whole is worked out, which takes a third of the time.  Of one among ``many`` the
    loops are compiled, and its blocks keep no more than their nodes.

    rho gets nodes until more of them change next to nothing at the ends and the middle of gamma; then gamma does,
    until each grid is predicted by every other node of its own.
    """
    rho = beta_nodes(prior.mean, prior.sd, WINDOW_COUNT)[0]
    ends = _window(items, GAMMA_ENDS if gamma is None else gamma[[0, -1]], rho[[0, rho.size // 2, -1]])
    tried, before = chebyshev_nodes(3) if gamma is None else gamma, None
    count = RHO_COUNTS[0]
    for count in RHO_COUNTS if prior.sd > 0 else ():
        marginal = _whole(_blocks(items, prior, count, tried, ends, compiled=many))
        if before is not None and np.abs(marginal - before).max() < RHO_TOLERANCE:
            break
        before = marginal
    nodes = chebyshev_nodes(GAMMA_COUNTS[1]) if gamma is None else gamma
    blocks = tuple(_blocks(items, prior, count, nodes, ends, compiled=many))
    nodes = chebyshev_nodes(GAMMA_COUNTS[0]) if gamma is None else gamma
    made = _integrate(items, blocks, nodes, in_full=in_full)
    for size in GAMMA_COUNTS if gamma is None else ():
        if size > GAMMA_COUNTS[0]:
            nodes = chebyshev_nodes(size)
            made = made.between(_integrate(items, blocks, nodes[1::2], in_full=in_full))
        coarser = interpolation_matrix(size // 2 + 1, nodes) @ made.whole[::2]
        if np.abs(coarser - made.whole).max() < GAMMA_TOLERANCE:
            break
    if not in_full:
        return made
    return made.changed(blocks=tuple(block.of(items, nodes) for block in blocks))


def at_nodes(blocks: Sequence[Block], items: Items, gamma: Floats) -> Floats:
    """Return log m of items at the nodes that a larger cluster was integrated with, shape (gamma, hypothesis)."""
    return _whole(block.of(items, gamma) for block in blocks)


def _whole(blocks: Iterable[Block]) -> Floats:
    """Return log m of the whole cluster, shape (gamma, hypothesis)."""
    return log_sum_exp(np.array([block.whole for block in blocks]), axis=0)


def _integrate(items: Items, blocks: Sequence[Block], gamma: Floats, *, in_full: bool) -> ClusterMarginal:
    """Integrate the cluster, its prefixes and what is left without each item; all cost one pass over the grid."""
    if not in_full:
        whole = at_nodes(blocks, items, gamma)
        nothing = np.zeros((0, *whole.shape))
        return ClusterMarginal(whole, nothing, nothing, ())
    prefix, without = (np.full((items.trust.size, gamma.size, items.weights.size), -np.inf) for _ in range(2))
    for block in (one.of(items, gamma) for one in blocks):
        if (arguments := block.arguments()) is not None:
            from detente.exact.compiled import in_full as over_nodes

            sums = over_nodes(*arguments, np.exp(block.log_weight[:, 0, 0]))
            for table, part in zip((prefix, without), sums, strict=True):
                np.logaddexp(table, np.log(part), out=table)
            continue
        log_weight = block.log_weight
        for rhos, gammas, at in _parts(block):
            parts = _in_full(at, block.rho[rhos], block.z, log_weight[rhos])
            for table, part in zip((prefix, without), parts, strict=True):
                np.logaddexp(table[:, gammas], part, out=table[:, gammas])
    return ClusterMarginal(prefix[-1], prefix, without, ())


def _in_full(at: AtGamma, rho: Floats, z: Floats, log_weight: Floats) -> tuple[Floats, Floats]:
    """Return the logs of what the prefixes, and the others of each item, have at some nodes, (item, gamma, h)."""
    if not _multiplies(at, rho, z):
        log_likelihood = at.logs(rho, z)
        total = log_likelihood.sum(axis=0)
        without = log_sum_exp(total - log_likelihood + log_weight, axis=(1, 4))
        np.cumsum(log_likelihood, axis=0, out=log_likelihood)
        return log_sum_exp(log_likelihood + log_weight, axis=(1, 4)), without
    likelihood = at.chances(rho, z)
    before, behind = np.empty_like(likelihood), np.empty_like(likelihood)
    before[0], behind[-1] = likelihood[0], likelihood[-1]
    last = likelihood.shape[0] - 1
    for place in range(1, last + 1):
        np.multiply(before[place - 1], likelihood[place], out=before[place])
        np.multiply(behind[last - place + 1], likelihood[last - place], out=behind[last - place])
    prefix = _over(before, log_weight)
    if last == 0:
        return prefix, _over(np.ones_like(likelihood), log_weight)
    likelihood[0], likelihood[-1] = behind[1], before[-2]
    np.multiply(before[:-2], behind[2:], out=likelihood[1:-1])
    return prefix, _over(likelihood, log_weight)


def _over(likelihood: Floats, log_weight: Floats) -> Floats:
    """Integrate over rho and z and return the log; ``likelihood`` (item, rho, gamma, hypothesis, z)."""
    shape, weight = likelihood.shape, np.exp(log_weight[:, 0, 0])
    by_node = likelihood.transpose(0, 2, 3, 1, 4).reshape(-1, weight.size)
    return np.log(by_node @ weight.ravel()).reshape(shape[0], *shape[2:4])


def _product(at: AtGamma, rho: Floats, z: Floats) -> Floats:
    """Return P(items | h, z, rho, gamma), (rho, gamma, hypothesis, z), of items whose likelihoods may be multiplied."""
    return np.asarray(np.multiply.reduce(at.chances(rho, z), axis=0))


def _log_likelihood(at: AtGamma, rho: Floats, z: Floats) -> Floats:
    """Return log P(items | h, z, rho, gamma), (rho, gamma, hypothesis, z)."""
    if _multiplies(at, rho, z):
        return np.log(_product(at, rho, z))
    return np.asarray(at.logs(rho, z).sum(axis=0))


def is_safe(at: AtGamma) -> bool:
    """Tell whether items may be left to the compiled loops: no chance, and no product of them, is next to nothing."""
    return bool(at.floor.min() > LEAST_FLOOR and np.log(at.floor).sum(axis=0).min() > LEAST)


def _multiplies(at: AtGamma, rho: Floats, z: Floats) -> bool:
    """Tell whether the likelihoods may be multiplied: each is at least its floor, and least at one end of z."""
    with np.errstate(divide="ignore"):
        if np.log(at.floor).sum(axis=0).min() > LEAST:
            return True
    return bool(at.logs(rho, z[[0, -1]]).min(axis=-1).sum(axis=0).min() > LEAST)


def _parts(block: Block) -> Iterator[tuple[slice, slice, AtGamma]]:
    """Yield slices of rho and gamma that cut the nodes of a block into arrays of a fair size, and the items there."""
    one = block.items.location.size * block.z.size
    gammas = min(block.gamma.size, max(1, NEAR // one))
    rhos = max(1, NEAR // (one * gammas)) if gammas == block.gamma.size else 1
    for start in range(0, block.gamma.size, gammas):
        there = slice(start, start + gammas)
        at = AtGamma.of(block.items, block.gamma[there])
        for first in range(0, block.rho.size, rhos):
            yield slice(first, first + rhos), there, at


def _blocks(
    items: Items, prior: BetaPrior, count: int, gamma: Floats, ends: tuple[float, float], *, compiled: bool
) -> Iterator[Block]:
    """Yield rho nodes, their log weights and z nodes that serve them, as many at once as make arrays of a fair size.

    z is spaced by the narrowest width the integrand can have: the log likelihood of a probit item is concave in z with
    curvature at most rho / (1 - rho + s^2), whatever its loading, so that the nodes serve other loadings too.
    """
    rho, log_weight = beta_nodes(prior.mean, prior.sd, count)
    keep = log_weight > NEGLIGIBLE * 2
    rho, log_weight = rho[keep], log_weight[keep]
    ratio = rho[:, None] / (1 - rho[:, None] + np.min(items.spread, axis=1) ** 2)
    width = np.maximum(NARROWEST, 1 / np.sqrt(1 + ratio.sum(axis=1)))
    size = gamma.size * items.location.size * (ends[1] - ends[0]) / SPACING
    first = 0
    while first < rho.size:
        last = first + 1
        while last < rho.size and size * (last + 1 - first) / width[first : last + 1].min() < TOGETHER:
            last += 1
        here = slice(first, last)
        z = line(*ends, SPACING * float(width[here].min()))
        yield Block(rho[here], z, log_weight[here], items, gamma, compiled)
        first = last


def _window(items: Items, gamma: Floats, rho: Floats) -> tuple[float, float]:
    """Return the ends of z beyond which the integrand is negligible, for every h at the given rho and gamma."""
    coarse = line(-REACH, REACH, 0.5)
    height = together(items, gamma, rho, coarse).sum(axis=0) - coarse**2 / 2
    matters = (height - height.max(axis=-1, keepdims=True) > NEGLIGIBLE).any(axis=(0, 1, 2))
    window = coarse[matters]
    return float(window[0]) - 0.5, float(window[-1]) + 0.5


def _alternate(some: Floats, between: Floats, axis: int) -> Floats:
    """Return both, in turn, along an axis."""
    shape = list(some.shape)
    shape[axis] += between.shape[axis]
    both = np.empty(shape)
    index = (slice(None),) * axis
    both[*index, ::2], both[*index, 1::2] = some, between
    return both
