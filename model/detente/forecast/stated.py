"""Every judged probability as it was stated, and as the model uses it before any evidence.

What is used is the mean over everything that is unsure, the discrimination included: at full discrimination it is the
stated middle, and each contrast between hypotheses that the discrimination takes off draws it towards the middle of
them all.  What a reference class says of an intensity's level is in it too; the record and the evidence are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from detente.case.phases import part_of
from detente.exact.evidence import read_apart, shrink
from detente.exact.intensities import mean_chance
from detente.exact.quadrature import beta_nodes
from detente.exact.reading import read_steps
from detente.exact.widths import STATED, assumed_mass, widths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.case.evidence import EvidenceItem
    from detente.case.processes import Transition
    from detente.case.schema import Case

NODES = 24
"""Gauss-Jacobi nodes of the discrimination."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True)
class StatedRanges:
    """How often stated 90% ranges hold the truth (``mass``), and where that is from.

    ``is_stated`` by the case; else learned from so many calibration ``questions``, of which the ranges ``held`` so many
    true values.  ``narrowest`` and ``widest`` of the widths that the range of a pace may have are multiples of the
    stated one.
    """

    mass: float
    is_stated: bool
    questions: int
    held: int
    narrowest: float
    widest: float


def stated_ranges(case: Case) -> StatedRanges:
    """Return how stated ranges are read."""
    asked, is_stated = case.calibration_of(), case.priors.assumed_mass is not None
    factor = widths(case) * ndtri(0.5 + STATED / 2)
    held = sum(question.low <= question.truth <= question.high for question in asked)
    return StatedRanges(
        mass=assumed_mass(case),
        is_stated=is_stated,
        questions=len(asked),
        held=held,
        narrowest=float(factor.min()),
        widest=float(factor.max()),
    )


def stated_items(case: Case) -> Iterator[StatedItem]:
    """Yield the judged probability of every item under every hypothesis, in the order of the case."""
    if not case.evidence:
        return
    gamma, share = _discrimination(case)
    items = read_apart(case, case.evidence)
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
    by_width = read_steps(case)
    location = np.stack([steps.log_intensity(gamma) for steps in by_width])  # (width, gamma, transition, ...)
    spread = np.stack([steps.spread for steps in by_width])
    left: dict[tuple[str, str, int, int], np.ndarray] = {}
    for row, transition in enumerate(case.transitions):
        for h, hypothesis in enumerate(case.hypothesis_ids):
            for g, regime in enumerate(case.regimes):
                if not case.states(transition, regime):
                    continue  # a phase in which it keeps the pace of the regime
                stated = case.intensity(transition, hypothesis, regime)
                x = location[:, :, row, h, g] + np.log(stated.within_days)
                chance = mean_chance(x, np.broadcast_to(spread[:, row, h, g, None], x.shape))
                at = chance.mean(axis=0)  # (gamma,)
                if part_of(regime) in case.occasion_ids:  # given that none of those before it is made
                    rivals = transition.process, transition.source, h, g
                    before = left.get(rivals, np.ones_like(at))
                    left[rivals] = before * (1 - at)
                    at = before * at
                used = float(at @ share)
                numbers = stated.within_days, stated.low, stated.mid, stated.high
                yield StatedStep(transition, hypothesis, regime, *numbers, used)


def _discrimination(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes of the prior of the discrimination and their weights."""
    prior = case.priors.discrimination
    nodes, log_weights = beta_nodes(prior.mean, prior.sd, NODES)
    return nodes, np.exp(log_weights)
