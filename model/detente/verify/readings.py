"""Simulate what assessors say of a number from the number, and rank it in the pool of what they say.

Once a replicate for a likelihood and for an intensity, drawn among those that several judged: the errors come from the
reading model of :mod:`detente.case.pooling`, written down here anew, with the assessors' own ranges; the middles go
through the pool.  Its place is uniform if the pool's mean and variance are right.  (The pool is taken as normal and is
a mixture of normals: at most 0.02 off in the distribution function, for two assessors.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from detente.case.assessors import cell_of
from detente.case.pooling import ALIKE, OWN, SHARED, WORTH, combined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.case.assessors import Panel
    from detente.case.schema import Case


def reading_places(case: Case, rng: np.random.Generator) -> dict[str, float]:
    """Return the place of a simulated truth in the pool, by what it is; nothing where no several assessors judged."""
    if not case.is_pooled:
        return {}
    places, panel = {}, case.panel
    tables = ("pooled_likelihood", _likelihoods(case, panel)), ("pooled_intensity", _intensities(panel))
    for name, cells in tables:
        judged = [cell for cell in cells if len(cell[0]) > 1]
        if judged:
            halves, factors = judged[rng.integers(len(judged))]
            places[name] = _place(np.array(halves), np.array(factors), panel.deviation, rng)
    return places


def _place(halves: np.ndarray, factors: np.ndarray, deviation: float, rng: np.random.Generator) -> float:
    """Draw errors of readings of zero, pool them, and return the distribution function of the pool at zero."""
    own = factors**2 / np.reciprocal(np.mean(factors**-2.0))
    alone = np.exp(np.log(halves * deviation).mean()) ** 2 * np.reciprocal(np.mean(factors**-2.0))
    spread = WORTH * OWN * alone / 2 / rng.gamma(WORTH / 2 + 1)
    together = rng.normal(0, np.sqrt(SHARED * alone + ALIKE * spread))
    said = together + rng.normal(0, np.sqrt(spread * own))
    middle, half = combined([float(x) for x in said], [*halves], [*factors], deviation)
    return float(ndtr(-middle / (half * deviation)))


def _likelihoods(case: Case, panel: Panel) -> Iterator[tuple[list[float], list[float]]]:
    """Yield half ranges, in probits, and factors of those who judged each likelihood in force."""
    for item in case.evidence_in_force:
        for hypothesis in case.hypothesis_ids:
            judged = [
                (one.id, one.likelihoods[item.id][hypothesis])
                for one in panel.assessors
                if hypothesis in one.likelihoods.get(item.id, {})
            ]
            halves = [float(ndtri(row.high) - ndtri(row.low)) / 2 for _, row in judged]
            yield halves, [panel.factors[who] for who, _ in judged]


def _intensities(panel: Panel) -> Iterator[tuple[list[float], list[float]]]:
    """Yield half ranges, in log intensities, and factors of those who judged each intensity."""
    cells: dict[tuple[str, ...], list[tuple[float, float]]] = {}
    for one in panel.assessors:
        for stated in one.intensities:
            low, high = (float(np.log(-np.log1p(-end))) for end in (stated.low, stated.high))
            cells.setdefault(cell_of(stated), []).append(((high - low) / 2, panel.factors[one.id]))
    for judged in cells.values():
        yield [half for half, _ in judged], [factor for _, factor in judged]
