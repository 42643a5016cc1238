"""The likelihood of each item of the evidence, alone or given the common cause of its cluster.

The common cause pulls on an item with ``d_i sqrt(rho) z``, where the loading ``d_i``, from -1 to 1, is the way in which
seeing the item speaks and how much it says beside the others (:func:`loadings`).  So it does not matter whether a fact
was worded as a presence or as an absence, and what two items differ in is not taken for news.

Everything is worked out from the stated numbers here, apart from the code that feeds PyMC, so that neither engine can
hide a mistake of the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from detente.exact.widths import assumed_mass
from detente.frozen import Immutable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from detente.arrays import Flags, Floats, Integers
    from detente.case.evidence import EvidenceItem
    from detente.case.likelihoods import Interval
    from detente.case.schema import Case

SAME = 1e-9
"""Contrasts, and relative differences of the lengths of axes, from which on two of them are one and the same."""
TOGETHER = 2000
"""Items whose likelihoods are worked out in one array."""


class Items(Immutable):
    """Items of one cluster: mu and s (item, hypothesis), r, whether seen, and the loading d (item,).

    ``weights`` (hypothesis,) are those of every mean over hypotheses.
    """

    location: Floats
    spread: Floats
    trust: Floats
    seen: Flags
    loading: Floats
    weights: Floats


def read_items(case: Case, items: Sequence[EvidenceItem]) -> Items:
    """Turn stated likelihoods into probits: location of the middle, spread from the ends.

    The items are of one cluster, or share no cause; their loadings depend on the other items of the cluster too, also
    those that do not count yet.
    """
    return read_apart(case, items).changed(loading=loadings_of(case, items))


def read_apart(case: Case, items: Sequence[EvidenceItem]) -> Items:
    """Return the same of items as though none shared its cause with another."""
    low, location, high = _probits(case, [case.likelihoods[item.id] for item in items])
    ends = ndtri(0.5 + assumed_mass(case) / 2)
    return Items(
        location=location,
        spread=(high - low) / (2 * ends),
        trust=trust_in(case, items),
        seen=np.array([i.observed for i in items]),
        loading=np.zeros(len(items)),
        weights=weights_of(case),
    )


def trust_in(case: Case, items: Sequence[EvidenceItem]) -> Floats:
    """Return r of items, (item,)."""
    reliability, credibility = case.priors.reliability, case.priors.credibility
    return np.array([reliability[item.reliability] * credibility[item.credibility] for item in items])


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
    items = [item for item in case.evidence_of(cluster) if item.id not in named]
    watched = [one.likelihoods for one in case.watched_in(cluster) if one.id not in named]
    rows = [*(case.likelihoods[item.id] for item in items), *watched]
    return _probits(case, rows)[1], np.concatenate([stated_signs(items), np.zeros(len(watched))])


def weights_of(case: Case) -> Floats:
    """Return the weights of a mean over hypotheses, those of the prior unless others are stated, (hypothesis,)."""
    weights = np.array([case.priors.centre_weights[h] for h in case.hypothesis_ids])
    return weights / weights.sum()


def log_prior_weights(case: Case) -> Floats:
    """Return the log of the prior weight of each hypothesis, (hypothesis,)."""
    return np.log([case.priors.hypotheses.weights[h] for h in case.hypothesis_ids])


def stated_signs(items: Sequence[EvidenceItem]) -> Floats:
    """Return the signs of loadings that the case states, +1 or -1, 0 where it does not, (item,)."""
    return np.array([{"+": 1.0, "-": -1.0}.get(item.loading or "", 0.0) for item in items])


def is_alike(some: Floats, others: Floats) -> bool:
    """Tell whether two rows of loadings are the same, but for which way round the common cause is."""
    return bool(min(np.abs(some - others).max(initial=0), np.abs(some + others).max(initial=0)) <= SAME)


def keep(items: Items, rows: Sequence[int] | Integers) -> Items:
    """Return some of the items."""
    index = list(rows)
    return items.changed(
        location=items.location[index],
        spread=items.spread[index],
        trust=items.trust[index],
        seen=items.seen[index],
        loading=items.loading[index],
    )


def join(one: Items, other: Items) -> Items:
    """Return two groups of items as one."""
    return one.changed(
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
    loading = towards * score * np.abs(score) / (np.where(length > 0, length, 1.0) * longest)
    return np.where(stated == 0, loading, stated * np.abs(loading))


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


def product_alone(items: Items, gamma: Floats) -> Floats:
    """Return log P(y | h, gamma) of all items, none of which shares its cause with another, (gamma, hypothesis)."""
    count = items.trust.size
    parts = (keep(items, range(first, min(first + TOGETHER, count))) for first in range(0, count, TOGETHER))
    return sum((alone(part, gamma).sum(axis=0) for part in parts), np.zeros((gamma.size, items.weights.size)))


class AtGamma(Immutable):
    """Items of one cluster at some gammas: ``shrunk`` a_ih, and ``floor``, what a wrong source adds to every chance.

    Shapes: both (item, gamma, hypothesis).
    """

    items: Items
    shrunk: Floats
    floor: Floats

    @classmethod
    def of(cls, items: Items, gamma: Floats) -> AtGamma:
        """Return the items at the gammas."""
        shrunk = shrink(items, gamma)
        floor = np.broadcast_to((1 - items.trust) * wrong_source(items, shrunk), shrunk.shape)
        return cls(items, *(np.ascontiguousarray(part.transpose(2, 0, 1)) for part in (shrunk, floor)))

    def kept(self, rows: Sequence[int] | Integers) -> AtGamma:
        """Return some of the items."""
        index = list(rows)
        return AtGamma(keep(self.items, index), self.shrunk[index], self.floor[index])

    @property
    def is_sure(self) -> bool:
        """Whether all the sources are wholly reliable."""
        return bool((self.items.trust == 1).all())

    def chances(self, rho: Floats, z: Floats) -> Floats:
        """Return P(y_i | h, z, rho, gamma), shape (item, rho, gamma, hypothesis, z)."""
        right = self._thresholds(rho, z)
        ndtr(right, out=right)
        if not self.is_sure:
            right *= self.items.trust[:, None, None, None, None]
            right += self.floor[:, None, :, :, None]
        return right

    def logs(self, rho: Floats, z: Floats) -> Floats:
        """Return the logs of the chances."""
        if self.is_sure:
            return np.asarray(log_ndtr(self._thresholds(rho, z)))
        right = self.chances(rho, z)
        np.maximum(right, np.finfo(float).tiny, out=right)  # what a wholly reliable source would never report
        return np.log(right, out=right)

    def pull(self, rho: Floats) -> tuple[Floats, Floats]:
        """Return what a_ih is divided by (less than 0 for an absence), and the slope in z, (item, rho, hypothesis)."""
        loading = self.items.loading[:, None, None]
        sign = np.where(self.items.seen, 1.0, -1.0)[:, None, None]
        scale = sign * np.sqrt(1 - loading**2 * rho[:, None] + self.items.spread[:, None, :] ** 2)
        return scale, loading * np.sqrt(rho)[:, None] / scale

    def _thresholds(self, rho: Floats, z: Floats) -> Floats:
        """Return the probits of what was seen or not, were the source right."""
        scale, slope = self.pull(rho)
        at_zero = self.shrunk[:, None] / scale[:, :, None]
        return np.asarray(at_zero[..., None] + (slope[..., None] * z)[:, :, None])


def together(items: Items, gamma: Floats, rho: Floats, z: Floats) -> Floats:
    """Return log P(y_i | h, z, rho, gamma), shape (item, rho, gamma, hypothesis, z)."""
    return AtGamma.of(items, gamma).logs(rho, z)
