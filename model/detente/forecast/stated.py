"""Every judged probability as it was stated, and as the model uses it before any evidence.

What is used is the mean over everything that is unsure, the discrimination included: at full discrimination it is the
stated middle, and each contrast between hypotheses that the discrimination takes off draws it towards the middle of
them all.  What a reference class says of an intensity's level is in it too; the record and the evidence are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from detente.exact.evidence import read_items, shrink
from detente.exact.intensities import mean_chance
from detente.exact.quadrature import beta_nodes
from detente.exact.record import read_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.case.evidence import EvidenceItem
    from detente.case.processes import Transition
    from detente.case.schema import Case

NODES = 24
"""Gauss-Jacobi nodes of the discrimination."""


@dataclass(frozen=True)
class StatedItem:
    """P(an item is seen | a hypothesis): low, mid and high as stated, and what the model uses."""

    item: EvidenceItem
    hypothesis: str
    low: float
    mid: float
    high: float
    used: float


@dataclass(frozen=True)
class StatedStep:
    """P(a transition within ``within_days``, were it alone | a hypothesis, a regime), stated and used."""

    transition: Transition
    hypothesis: str
    regime: str
    within_days: float
    low: float
    mid: float
    high: float
    used: float


def stated_items(case: Case) -> Iterator[StatedItem]:
    """Yield the judged probability of every item under every hypothesis, in the order of the case."""
    if not case.evidence:
        return
    gamma, share = _discrimination(case)
    items = read_items(case, case.evidence)
    used = np.tensordot(share, ndtr(shrink(items, gamma) / np.sqrt(1 + items.spread.T**2)), axes=1)
    for row, item in enumerate(case.evidence):
        for column, hypothesis in enumerate(case.hypothesis_ids):
            stated = case.likelihoods[item.id][hypothesis]
            yield StatedItem(item, hypothesis, stated.low, stated.mid, stated.high, float(used[column, row]))


def stated_steps(case: Case) -> Iterator[StatedStep]:
    """Yield the judged probability of every transition under every hypothesis in every regime, in the same order."""
    if not case.transitions:
        return
    gamma, share = _discrimination(case)
    steps = read_steps(case)
    location = steps.log_intensity(gamma)  # (gamma, transition, hypothesis, regime)
    for row, transition in enumerate(case.transitions):
        for h, hypothesis in enumerate(case.hypothesis_ids):
            for g, regime in enumerate(case.regimes):
                stated = case.intensity(transition, hypothesis, regime)
                x = location[:, row, h, g] + np.log(stated.within_days)
                used = float(share @ mean_chance(x, np.full_like(x, steps.spread[row, h, g])))
                numbers = stated.within_days, stated.low, stated.mid, stated.high
                yield StatedStep(transition, hypothesis, regime, *numbers, used)


def _discrimination(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes of the prior of the discrimination and their weights."""
    prior = case.priors.discrimination
    nodes, log_weights = beta_nodes(prior.mean, prior.sd, NODES)
    return nodes, np.exp(log_weights)
