"""Waits of a reference class, simulated: the same members, followed for as long, with paces of their own.

A wait that was cut short on a day is cut short there again unless it ends before; one that ended was followed for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente.case.reference_class import PACE_LOG_SD, PACE_MEDIAN_DAYS, SHAPE_LOG_SD
from detente.exact.waiting import class_waits, steps_with_class

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detente.case.schema import Case

    Floats = NDArray[np.float64]


type Wait = tuple[float, bool]
"""Days waited, and whether the wait ended in the step."""


@dataclass(frozen=True)
class ClassWaits:
    """Simulated waits by step, and the standardized pace and shape (step,) they were made with."""

    steps: tuple[str, ...]
    pace: Floats
    shape: Floats
    waits: tuple[tuple[Wait, ...], ...]


def waits_log_likelihood(waits: tuple[Wait, ...], pace: Floats, shape: Floats) -> Floats:
    """Return log P(waits of one step) at standardized pace and shape, elementwise."""
    days, made = np.array(waits, dtype=float).reshape(-1, 2).T
    alpha = np.exp(SHAPE_LOG_SD * shape)[..., None]
    rate = alpha * PACE_MEDIAN_DAYS * np.exp(-PACE_LOG_SD * pace)[..., None]
    ended = made * (np.log(alpha) - np.log(rate + days))
    return (ended - alpha * np.log1p(days / rate)).sum(axis=-1)


def simulate_waits(case: Case, rng: np.random.Generator) -> ClassWaits:
    """Return simulated waits of the class that ``case`` leans on; no step where it leans on none."""
    steps, view = steps_with_class(case), case.priors.outside_view
    recorded = [class_waits(case, step, view.reference_class) for step in steps] if view else []
    pace, shape = rng.standard_normal((2, len(steps)))
    found = []
    for row, waits in enumerate(recorded):
        alpha = np.exp(SHAPE_LOG_SD * shape[row])
        rate = alpha * PACE_MEDIAN_DAYS * np.exp(-PACE_LOG_SD * pace[row])
        drawn = rng.exponential(size=len(waits)) / (rng.standard_gamma(alpha, size=len(waits)) / rate)
        ends = np.array([np.inf if made else days for days, made in waits])
        found.append(tuple((float(min(a, b)), bool(a <= b)) for a, b in zip(drawn, ends, strict=True)))
    return ClassWaits(tuple(step.id for step in steps), pace, shape, tuple(found))
