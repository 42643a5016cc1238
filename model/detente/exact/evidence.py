"""The marginal likelihood of each source cluster, with its common cause and its correlation integrated out.

``m_c(h, gamma) = int Beta(rho) int phi(z) prod_i P(y_i | h, z, rho, gamma) dz drho``: Gauss-Jacobi in rho, the
trapezoid rule in z.  Both rules refine themselves: z is spaced by the narrowest width the integrand can have, since
with many items, or rho near 1, its peak is far narrower than the gaps of a fixed Gauss-Hermite rule; rho gets nodes
until the answer stands still.

The common cause pulls on an item with ``d_i sqrt(rho) z``, where the loading ``d_i``, from -1 to 1, is the way in which
seeing the item speaks and how much it says beside the others (:func:`loadings`).  So it does not matter whether a fact
was worded as a presence or as an absence, and what two items differ in is not taken for news.

Everything is worked out from the stated numbers here, apart from the code that feeds PyMC, so that neither engine can
hide a mistake of the other.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from detente.exact.quadrature import (
    beta_nodes,
    chebyshev_nodes,
    interpolation_matrix,
    line,
    log_normal_weights,
    log_sum_exp,
)
from detente.exact.widths import assumed_mass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from detente.case.evidence import EvidenceItem, Interval
    from detente.case.priors import BetaPrior
    from detente.case.schema import Case

    Floats = NDArray[np.float64]

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
TOGETHER = 1_000_000
"""Numbers in one array: as many rho nodes are worked out at once as stay below."""
SAME = 1e-9
"""Contrasts, and relative differences of the lengths of axes, from which on two of them are one and the same."""


@dataclass(frozen=True)
class Items:
    """Items of one cluster: mu and s (item, hypothesis), r, whether seen, and the loading d (item,).

    ``weights`` (hypothesis,) are those of every mean over hypotheses.
    """

    location: Floats
    spread: Floats
    trust: Floats
    seen: NDArray[np.bool_]
    loading: Floats
    weights: Floats


@dataclass(frozen=True)
class Block:
    """log P(items | h, z, rho, gamma) of one cluster for some of its rho nodes.

    ``log_joint`` (rho, gamma, hypothesis, z) includes ``log_weight`` (rho, 1, 1, z) of the nodes ``rho`` and ``z``.
    """

    rho: Floats
    z: Floats
    log_weight: Floats
    log_joint: Floats


@dataclass(frozen=True)
class ClusterMarginal:
    """log m_c on the gamma grid: of the whole cluster, of its first k items, and without each item.

    Shapes: ``whole`` (gamma, hypothesis); ``prefix`` and ``without`` (item, gamma, hypothesis), ``prefix[k]`` with
    items 0..k.  ``blocks`` serve posterior draws.
    """

    whole: Floats
    prefix: Floats
    without: Floats
    blocks: tuple[Block, ...]


def read_items(case: Case, items: Sequence[EvidenceItem]) -> Items:
    """Turn stated likelihoods into probits: location of the middle, spread from the ends.

    The items are of one cluster, or share no cause; their loadings depend on the other items of the cluster too, also
    those that do not count yet.
    """
    low, location, high = _probits(case, [case.likelihoods[item.id] for item in items])
    ends = ndtri(0.5 + assumed_mass(case) / 2)
    return Items(
        location=location,
        spread=(high - low) / (2 * ends),
        trust=np.array(
            [case.priors.reliability[i.reliability] * case.priors.credibility[i.credibility] for i in items]
        ),
        seen=np.array([i.observed for i in items]),
        loading=loadings_of(case, items),
        weights=weights_of(case),
    )


def loadings_of(case: Case, items: Sequence[EvidenceItem], gone: Sequence[EvidenceItem] = ()) -> Floats:
    """Return d of items of one cluster, (item,), as all that is judged for the cluster but ``gone`` makes it.

    Items that do not count yet and indicators that are watched for are judged too: what has been seen does not speak
    otherwise on the day on which they are.
    """
    if not items or items[0].cluster is None:
        return np.zeros(len(items))
    named = {item.id for item in (*items, *gone)}
    location, stated = beside(case, items[0].cluster, named)
    own = _probits(case, [case.likelihoods[item.id] for item in items])[1]
    both = np.concatenate([own, location]), np.concatenate([stated_signs(items), stated])
    return loadings(both[0], weights_of(case), both[1])[: len(items)]


def beside(case: Case, cluster: str, named: Collection[str]) -> tuple[Floats, Floats]:
    """Return the probits (item, hypothesis) and stated signs (item,) of all judged for a cluster but those named."""
    items = [item for item in case.evidence if item.cluster == cluster and item.id not in named]
    watched = [one.likelihoods for one in case.watched_in(cluster) if one.id not in named]
    rows = [*(case.likelihoods[item.id] for item in items), *watched]
    return _probits(case, rows)[1], np.concatenate([stated_signs(items), np.zeros(len(watched))])


def weights_of(case: Case) -> Floats:
    """Return the weights of a mean over hypotheses, those of the prior unless others are stated, (hypothesis,)."""
    weights = np.array([case.priors.centre_weights[h] for h in case.hypothesis_ids])
    return weights / weights.sum()


def stated_signs(items: Sequence[EvidenceItem]) -> Floats:
    """Return the signs of loadings that the case states, +1 or -1, 0 where it does not, (item,)."""
    return np.array([{"+": 1.0, "-": -1.0}.get(item.loading or "", 0.0) for item in items])


def is_alike(some: Floats, others: Floats) -> bool:
    """Tell whether two rows of loadings are the same, but for which way round the common cause is."""
    return bool(min(np.abs(some - others).max(initial=0), np.abs(some + others).max(initial=0)) <= SAME)


def keep(items: Items, rows: Sequence[int]) -> Items:
    """Return some of the items."""
    index = list(rows)
    return dataclasses.replace(
        items,
        location=items.location[index],
        spread=items.spread[index],
        trust=items.trust[index],
        seen=items.seen[index],
        loading=items.loading[index],
    )


def join(one: Items, other: Items) -> Items:
    """Return two groups of items as one."""
    return dataclasses.replace(
        one,
        location=np.concatenate([one.location, other.location]),
        spread=np.concatenate([one.spread, other.spread]),
        trust=np.concatenate([one.trust, other.trust]),
        seen=np.concatenate([one.seen, other.seen]),
        loading=np.concatenate([one.loading, other.loading]),
    )


def loadings(location: Floats, weights: Floats, stated: Floats) -> Floats:
    """Return how the common cause pulls on each item, from -1 to 1, shape (item,).

    ``d = cos |cos| length / longest``: the length of the item's contrast over the longest in the cluster, and the
    cosine of its angle to the first axis of the contrasts (their principal component over hypotheses, weighted by the
    prior).  With two hypotheses the cosine is +1 or -1.  An item that says nothing, or nothing along the axis, shares
    nothing.  The first hypothesis (that is not across it) lies to the + of the axis; ``stated`` (0 if not) are signs
    that the case states.

    Why in proportion: were all pulled alike, a weak item beside a strong one would show how far the cause reaches, and
    the two would together say more than each for itself.  Pulled in proportion, normal variables of unit variance with
    the correlations ``rho d_i d_j`` tell two hypotheses apart no better than independent ones do, for any items and rho
    (the function x / (1 - rho x) is superadditive).

    Several axes of one length are a plane, and the levels give the direction in it; where they give none, their size
    is that of the loadings.
    """
    level = location @ weights
    contrast = location - level[:, None]
    contrast[np.ptp(location, axis=1) <= SAME] = 0.0
    scaled = contrast * np.sqrt(weights)
    length = np.sqrt((scaled**2).sum(axis=1))
    longest = float(length.max(initial=0))
    if longest == 0:
        return np.zeros(level.size)
    size, across = np.linalg.eigh(scaled.T @ scaled)
    along = scaled @ across[:, size >= size[-1] * (1 - SAME)]
    score = along[:, 0]
    if along.shape[1] > 1:
        pointed = along.T @ level
        norm, largest = float(np.sqrt(pointed @ pointed)), float(np.abs(location).max())
        is_nothing = norm <= SAME * np.sqrt(size[-1]) * largest
        score = length * level / largest if is_nothing else along @ (pointed / norm)
    ends = score @ contrast
    towards = np.sign(ends[np.argmax(np.abs(ends) > SAME * np.abs(ends).max())]) or 1.0
    found = towards * score * np.abs(score) / (np.where(length > 0, length, 1.0) * longest)
    return np.where(stated == 0, found, stated * np.abs(found))


def _probits(case: Case, judged: Sequence[Mapping[str, Interval]]) -> Floats:
    """Return the probits of low, mid and high, (3, item, hypothesis)."""
    table = np.array([[(row[h].low, row[h].mid, row[h].high) for h in case.hypothesis_ids] for row in judged])
    return ndtri(table.reshape(len(judged), len(case.hypotheses), 3)).transpose(2, 0, 1)


def shrink(items: Items, gamma: Floats) -> Floats:
    """Return a_ih at each gamma, shape (gamma, hypothesis, item).

    Stretched by the spread, so that with the spread and the common cause integrated out the chance of seeing the item
    is that of the shrunk probit alone: at full discrimination the stated middle.
    """
    centre = items.location @ items.weights
    contrast = items.location - centre[:, None]
    stretch = np.sqrt(1 + items.spread**2)
    return ((centre[:, None] + gamma[:, None, None] * contrast) * stretch).transpose(0, 2, 1)


def wrong_source(items: Items, shrunk: Floats) -> Floats:
    """Return the chance of what was reported were the source wrong: b, or 1 - b if absent, (gamma, 1, item)."""
    scale = np.sqrt(1 + items.spread.T**2)
    sign = np.where(items.seen, 1.0, -1.0)
    return _mean(ndtr(sign * shrunk / scale), items.weights)


def _mean(values: Floats, weights: Floats) -> Floats:
    """Return the mean over hypotheses of values (..., hypothesis, item), (..., 1, item)."""
    return (weights @ values)[..., None, :]


def alone(items: Items, gamma: Floats) -> Floats:
    """Return log P(y_i | h, gamma) of items that share no cause, shape (item, gamma, hypothesis)."""
    shrunk = shrink(items, gamma)
    sign = np.where(items.seen, 1.0, -1.0)
    right = ndtr(sign * shrunk / np.sqrt(1 + items.spread.T**2))
    return np.log(items.trust * right + (1 - items.trust) * _mean(right, items.weights)).transpose(2, 0, 1)


def together(items: Items, gamma: Floats, rho: Floats, z: Floats) -> Floats:
    """Return log P(y_i | h, z, rho, gamma), shape (item, rho, gamma, hypothesis, z)."""
    shrunk = shrink(items, gamma).transpose(2, 0, 1)
    sign = np.where(items.seen, 1.0, -1.0)[:, None, None]
    scale = sign * np.sqrt(1 - items.loading[:, None, None] ** 2 * rho[:, None] + items.spread[:, None, :] ** 2)
    at_zero = shrunk[:, None] / scale[:, :, None]
    slope = items.loading[:, None, None] * np.sqrt(rho)[:, None] / scale
    step = at_zero[..., None] + (slope[..., None] * z)[:, :, None]
    if (items.trust == 1).all():
        return np.asarray(log_ndtr(step))
    right = ndtr(step, out=step)
    trust = items.trust[:, None, None, None, None]
    right *= trust
    right += (1 - trust) * wrong_source(items, shrunk.transpose(1, 2, 0)).transpose(2, 0, 1)[:, None, :, :, None]
    np.maximum(right, np.finfo(float).tiny, out=right)  # what a wholly reliable source would never report
    return np.log(right, out=right)


def cluster_marginal(items: Items, prior: BetaPrior, gamma: Floats | None, *, in_full: bool = True) -> ClusterMarginal:
    """Integrate one cluster at the given gammas, or (None) on a Chebyshev grid of [0, 1] fine enough for it.

    Unless ``in_full``, only the whole is worked out, which takes a third of the time.

    rho gets nodes until more of them change next to nothing at the ends and the middle of gamma; then gamma does,
    until each grid is predicted by every other node of its own.
    """
    rho = beta_nodes(prior.mean, prior.sd, WINDOW_COUNT)[0]
    ends = _window(items, GAMMA_ENDS if gamma is None else gamma[[0, -1]], rho[[0, rho.size // 2, -1]])
    tried, before = chebyshev_nodes(3) if gamma is None else gamma, None
    count = RHO_COUNTS[0]
    for count in RHO_COUNTS if prior.sd > 0 else ():
        found = _whole(items, prior, count, tried, ends)
        if before is not None and np.abs(found - before).max() < RHO_TOLERANCE:
            break
        before = found
    integrate = _integrate if in_full else _integrate_whole
    if gamma is not None:
        return integrate(items, prior, count, gamma, ends)
    made = None
    for size in GAMMA_COUNTS:
        nodes = chebyshev_nodes(size)
        made = integrate(items, prior, count, nodes, ends)
        coarser = interpolation_matrix(size // 2 + 1, nodes) @ made.whole[::2]
        if np.abs(coarser - made.whole).max() < GAMMA_TOLERANCE:
            break
    assert made is not None  # noqa: S101 - there are grids to try
    return made


def at_nodes(blocks: Sequence[Block], items: Items, gamma: Floats) -> Floats:
    """Return log m of items at the nodes that a larger cluster was integrated with, shape (gamma, hypothesis)."""
    parts = [
        log_sum_exp(together(items, gamma, block.rho, block.z).sum(axis=0) + block.log_weight, axis=(0, 3))
        for block in blocks
    ]
    return log_sum_exp(np.array(parts), axis=0)


def _whole(items: Items, prior: BetaPrior, count: int, gamma: Floats, ends: tuple[float, float]) -> Floats:
    """Return log m of the whole cluster, shape (gamma, hypothesis)."""
    parts = [
        _over_z(together(items, gamma, rho, z).sum(axis=0), z, log_weight)
        for rho, log_weight, z in _blocks(items, prior, count, gamma.size, ends)
    ]
    return log_sum_exp(np.concatenate(parts), axis=0)


def _integrate_whole(
    items: Items, prior: BetaPrior, count: int, gamma: Floats, ends: tuple[float, float]
) -> ClusterMarginal:
    """Integrate the whole cluster and nothing else."""
    whole = _whole(items, prior, count, gamma, ends)
    nothing = np.zeros((0, *whole.shape))
    return ClusterMarginal(whole, nothing, nothing, ())


def _integrate(items: Items, prior: BetaPrior, count: int, gamma: Floats, ends: tuple[float, float]) -> ClusterMarginal:
    """Integrate the cluster, its prefixes and what is left without each item; all cost one pass over the grid."""
    prefix, without, blocks = [], [], []
    for rho, log_weight, z in _blocks(items, prior, count, gamma.size, ends):
        log_likelihood = together(items, gamma, rho, z)
        total = log_likelihood.sum(axis=0)
        without.append(_over_z(total - log_likelihood, z, log_weight))
        np.cumsum(log_likelihood, axis=0, out=log_likelihood)
        prefix.append(_over_z(log_likelihood, z, log_weight))
        weight = log_weight[:, None, None, None] + log_normal_weights(z)
        blocks.append(Block(rho, z, weight, total + weight))
    by_prefix = log_sum_exp(np.concatenate(prefix, axis=1), axis=1)
    return ClusterMarginal(
        whole=by_prefix[-1],
        prefix=by_prefix,
        without=log_sum_exp(np.concatenate(without, axis=1), axis=1),
        blocks=tuple(blocks),
    )


def _blocks(
    items: Items, prior: BetaPrior, count: int, gammas: int, ends: tuple[float, float]
) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Yield rho nodes, their log weights and z nodes that serve them, as many at once as make arrays of a fair size.

    z is spaced by the narrowest width the integrand can have: the log likelihood of a probit item is concave in z with
    curvature at most rho / (1 - rho + s^2), whatever its loading, so that the nodes serve other loadings too.
    """
    rho, log_weight = beta_nodes(prior.mean, prior.sd, count)
    keep = log_weight > NEGLIGIBLE * 2
    rho, log_weight = rho[keep], log_weight[keep]
    ratio = rho[:, None] / (1 - rho[:, None] + np.min(items.spread, axis=1) ** 2)
    width = np.maximum(NARROWEST, 1 / np.sqrt(1 + ratio.sum(axis=1)))
    size = gammas * items.location.size * (ends[1] - ends[0]) / SPACING
    first = 0
    while first < rho.size:
        last = first + 1
        while last < rho.size and size * (last + 1 - first) / width[first : last + 1].min() < TOGETHER:
            last += 1
        here = slice(first, last)
        yield rho[here], log_weight[here], line(*ends, SPACING * float(width[here].min()))
        first = last


def _window(items: Items, gamma: Floats, rho: Floats) -> tuple[float, float]:
    """Return the ends of z beyond which the integrand is negligible, for every h at the given rho and gamma."""
    coarse = line(-REACH, REACH, 0.5)
    height = together(items, gamma, rho, coarse).sum(axis=0) - coarse**2 / 2
    matters = (height - height.max(axis=-1, keepdims=True) > NEGLIGIBLE).any(axis=(0, 1, 2))
    found = coarse[matters]
    return float(found[0]) - 0.5, float(found[-1]) + 0.5


def _over_z(log_likelihood: Floats, z: Floats, log_weight: Floats) -> Floats:
    """Integrate over z, the last axis, and weigh each rho, the fourth from the end."""
    return log_sum_exp(log_likelihood + log_normal_weights(z), axis=-1) + log_weight[:, None, None]
