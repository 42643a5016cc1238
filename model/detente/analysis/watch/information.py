"""Expected information: the mutual information, in bits, between what may be seen and what is asked.

``I(X; T) = sum_x,t P(x, t) log2 P(x, t) / (P(x) P(t))`` lies between 0 and the entropy of T.

References
----------
Lindley, D. V. (1956), On a measure of the information provided by an experiment.  Annals of Mathematical Statistics 27.
Krause, A. and Guestrin, C. (2005), Near-optimal nonmyopic value of information in graphical models.  UAI 21.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import xlogy

from detente.analysis.results import Indicator, Pick
from detente.analysis.watch.observables import Observable, Shared, together_seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.analysis.reweighting import Basis
    from detente.arrays import Floats


def entropy(probability: Floats) -> float:
    """Return the entropy in bits of a distribution.

    Examples
    --------
    >>> entropy(np.array([0.5, 0.25, 0.25]))
    1.5
    """
    return float(-xlogy(probability, probability).sum() / np.log(2))


def mutual_information(joint: Floats) -> float:
    """Return the mutual information in bits of a joint distribution, (seen, asked).

    Examples
    --------
    >>> mutual_information(np.array([[0.5, 0.0], [0.0, 0.5]])), mutual_information(np.full((2, 2), 0.25))
    (1.0, 0.0)
    """
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    ratio = np.divide(joint, product, out=np.ones_like(joint), where=(joint > 0) & (product > 0))
    return max(0.0, float(xlogy(joint, ratio).sum() / np.log(2)))


WORTH = 1e-6
"""Bits below which the greedy set stops."""


@dataclass(frozen=True)
class Belief:
    """The current posterior: ``share`` (gamma, hypothesis) is P(h, gamma); ``outcome`` is (gamma, hypothesis, outcome).

    ``target`` is the index of the outcome asked about, None if the question is which hypothesis holds.
    """

    basis: Basis
    share: Floats
    outcome: Floats
    target: int | None

    @property
    def entropy(self) -> tuple[float, float]:
        """The entropy in bits of the hypotheses and of the target."""
        about_h = entropy(self.share.sum(axis=0))
        if self.target is None:
            return about_h, about_h
        chance = float((self.share * self.outcome[..., self.target]).sum())
        return about_h, entropy(np.array([chance, 1 - chance]))


def weigh(belief: Belief, observable: Observable) -> Indicator:
    """Return the forecast if the observable is seen and if not, and its expected information."""
    share, seen = belief.share, observable.seen
    both = seen[..., None] * belief.outcome if observable.seen_and is None else observable.seen_and
    yes = share * seen
    by_h = np.stack([yes.sum(axis=0), (share - yes).sum(axis=0)])
    outcome = np.stack([np.einsum("gk,gko->o", share, part) for part in (both, belief.outcome - both)])
    chance = by_h.sum(axis=1)
    then = np.concatenate([by_h, np.clip(outcome, 0.0, chance[:, None])], axis=1)
    headlines = np.divide(then, chance[:, None], out=np.zeros_like(then), where=chance[:, None] > 0)
    about_h = mutual_information(by_h)
    about_target = about_h
    if belief.target is not None:
        hit = then[:, by_h.shape[1] + belief.target]
        about_target = mutual_information(np.stack([hit, chance - hit], axis=1))
    return Indicator(
        id=observable.id,
        kind=observable.kind,
        by=observable.by,
        text=observable.text,
        chance=float(chance[0]),
        if_seen=tuple(map(float, headlines[0])),
        if_not=tuple(map(float, headlines[1])),
        bits_hypotheses=about_h,
        bits_target=about_target,
        because=observable.because,
        cost=observable.cost,
    )


def best_set(belief: Belief, observables: Sequence[Observable], size: int) -> tuple[Pick, ...]:
    """Return up to ``size`` observables, greedily: each adds most to the information about the target."""
    chosen: list[Observable] = []
    picks: list[Pick] = []
    known = 0.0
    while len(chosen) < size:
        free = [observable for observable in observables if _goes_with(observable, chosen)]
        gains = [(information(belief, [*chosen, observable]), observable) for observable in free]
        if not gains:
            break
        total, best = max(gains, key=lambda pair: pair[0])
        if total - known < WORTH:
            break
        picks.append(Pick(best.id, best.by, total - known, total))
        chosen.append(best)
        known = total
    return tuple(picks)


def information(belief: Belief, chosen: Sequence[Observable]) -> float:
    """Return the joint information of observables about the target in bits, by enumeration."""
    pattern = np.ones((1, *belief.share.shape))
    clusters: dict[str, list[Shared]] = {}
    step: Observable | None = None
    for observable in chosen:
        if observable.seen_and is not None:
            step = observable
        elif observable.shared is not None:
            clusters.setdefault(str(observable.shared.item.cluster), []).append(observable.shared)
        else:
            pattern = _times(pattern, np.stack([1 - observable.seen, observable.seen]))
    for cluster, items in clusters.items():
        pattern = _times(pattern, together_seen(belief.basis, cluster, items))
    if belief.target is None:
        if step is not None:
            pattern = _times(pattern, np.stack([1 - step.seen, step.seen]))
        return mutual_information(np.einsum("pgk,gk->pk", pattern, belief.share))
    hit = belief.outcome[..., belief.target]
    if step is None:
        table = np.stack([1 - hit, hit])[None]
    else:
        assert step.seen_and is not None  # noqa: S101 - that is what makes it a step
        both = step.seen_and[..., belief.target]
        table = np.stack([np.stack([1 - step.seen - hit + both, hit - both]), np.stack([step.seen - both, both])])
    joint = np.einsum("pgk,gk,xogk->pxo", pattern, belief.share, table, optimize=True)
    return mutual_information(np.clip(joint, 0.0, None).reshape(-1, 2))


def _times(one: Floats, other: Floats) -> Floats:
    """Return every pattern of one with every pattern of the other."""
    return (one[:, None] * other[None]).reshape(-1, *one.shape[1:])


def _goes_with(observable: Observable, chosen: Sequence[Observable]) -> bool:
    """Tell whether an observable may join: not chosen yet, and no second step (steps depend on each other)."""
    if any((observable.id, observable.kind) == (other.id, other.kind) for other in chosen):
        return False
    return observable.seen_and is None or all(other.seen_and is None for other in chosen)
