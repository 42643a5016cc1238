"""What each candidate would do to the forecast, and the best few together.

Given the hypothesis and gamma, candidates are independent of each other, but for those of one cluster, which share its
cause, and steps of linked processes, of which the best set takes one.  The best set is built greedily: whatever adds
most to what the ones before it tell.

References
----------
Nemhauser, G. L., Wolsey, L. A. and Fisher, M. L. (1978), An analysis of approximations for maximizing submodular set
functions I.  Mathematical Programming 14.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente.analysis.results import Indicator, Pick
from detente.analysis.watch.candidates import Candidate, together_seen
from detente.analysis.watch.information import entropy, mutual_information

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from detente.analysis.reweighting import Basis

    Floats = NDArray[np.float64]

WORTH = 1e-6
"""Bits below which nothing more is picked."""


@dataclass(frozen=True)
class Belief:
    """What is believed now: ``share`` (gamma, hypothesis), P(h, gamma); ``outcome`` (gamma, hypothesis, outcome).

    ``target`` is the index of the outcome in question, None where the question is which hypothesis holds.
    """

    basis: Basis
    share: Floats
    outcome: Floats
    target: int | None

    @property
    def entropy(self) -> tuple[float, float]:
        """Bits there are to learn about the hypotheses, and about the target."""
        about_h = entropy(self.share.sum(axis=0))
        if self.target is None:
            return about_h, about_h
        chance = float((self.share * self.outcome[..., self.target]).sum())
        return about_h, entropy(np.array([chance, 1 - chance]))


def weigh(belief: Belief, candidate: Candidate) -> Indicator:
    """Return what seeing the candidate, and not seeing it, would do."""
    share, seen = belief.share, candidate.seen
    both = seen[..., None] * belief.outcome if candidate.seen_and is None else candidate.seen_and
    yes = share * seen
    by_h = np.stack([yes.sum(axis=0), (share - yes).sum(axis=0)])
    outcome = np.stack([np.einsum("gk,gko->o", share, part) for part in (both, belief.outcome - both)])
    chance = by_h.sum(axis=1)
    then = np.concatenate([by_h, np.clip(outcome, 0.0, chance[:, None])], axis=1)
    rows = np.divide(then, chance[:, None], out=np.zeros_like(then), where=chance[:, None] > 0)
    about_h = mutual_information(by_h)
    about_target = about_h
    if belief.target is not None:
        hit = then[:, by_h.shape[1] + belief.target]
        about_target = mutual_information(np.stack([hit, chance - hit], axis=1))
    return Indicator(
        id=candidate.id,
        kind=candidate.kind,
        by=candidate.by,
        text=candidate.text,
        chance=float(chance[0]),
        if_seen=tuple(map(float, rows[0])),
        if_not=tuple(map(float, rows[1])),
        bits_hypotheses=about_h,
        bits_target=about_target,
        because=candidate.because,
        cost=candidate.cost,
    )


def best_set(belief: Belief, candidates: Sequence[Candidate], size: int) -> tuple[Pick, ...]:
    """Return up to ``size`` candidates, each the one that adds most to the information about the target."""
    chosen: list[Candidate] = []
    picks: list[Pick] = []
    known = 0.0
    while len(chosen) < size:
        free = [candidate for candidate in candidates if _goes_with(candidate, chosen)]
        told = [(information(belief, [*chosen, candidate]), candidate) for candidate in free]
        if not told:
            break
        total, best = max(told, key=lambda pair: pair[0])
        if total - known < WORTH:
            break
        picks.append(Pick(best.id, best.by, total - known, total))
        chosen.append(best)
        known = total
    return tuple(picks)


def information(belief: Belief, chosen: Sequence[Candidate]) -> float:
    """Return the bits that some candidates together tell about the target, by enumeration of what may be seen."""
    pattern = np.ones((1, *belief.share.shape))
    clusters: dict[str, list[Candidate]] = {}
    step: Candidate | None = None
    for candidate in chosen:
        if candidate.seen_and is not None:
            step = candidate
        elif candidate.cluster is not None:
            clusters.setdefault(candidate.cluster, []).append(candidate)
        else:
            pattern = _times(pattern, np.stack([1 - candidate.seen, candidate.seen]))
    for cluster, members in clusters.items():
        items = [member.items for member in members if member.items is not None]
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


def _goes_with(candidate: Candidate, chosen: Sequence[Candidate]) -> bool:
    """Tell whether the candidate is not chosen yet, and no second step (steps are dependent through the chain)."""
    if any((candidate.id, candidate.kind) == (other.id, other.kind) for other in chosen):
        return False
    return candidate.seen_and is None or all(other.seen_and is None for other in chosen)
