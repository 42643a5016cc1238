"""What a stated chance of a step says of its intensity: the location of a log-normal that has that chance.

    E[1 - exp(-exp(x + sigma eps))] = chance,   eps ~ Normal(0, 1),   x = eta + log T

The mean over what is unsure is the stated chance, and not the median: a wide range says how fast the record teaches and
how far an interval reaches, and leaves the chance as it was stated.  That holds whatever the width of the range really
is, so that a very wide one, which is never excluded, does not drag the location of the others along.  Newton's method
on the scale of ``log(-log(1 - chance))``, where the left side is concave in x: from the second step on it comes from
below.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from detente.case.phases import part_of
from detente.case.ranges import IGNORANCE
from detente.exact.quadrature import line, log_normal_weights
from detente.exact.widths import widths

if TYPE_CHECKING:
    from detente.arrays import Floats
    from detente.case.schema import Case

REACH = 11.0
STEPS, PRECISION = 60, 1e-13
HALF = 0.5
CERTAIN = 1 - 1e-6


class Stated(NamedTuple):
    """What is stated of every intensity, for each width that the stated ranges may have.

    ``eta``, the log of steps a day, and ``sigma`` (width, transition, hypothesis, regime); the ``days`` T for which a
    chance is stated, and that ``chance`` (transition, hypothesis, regime).
    """

    eta: Floats
    sigma: Floats
    days: Floats
    chance: Floats


def stated_intensities(case: Case, like: Stated | None = None) -> Stated:
    """Return what is stated of every intensity.

    In a part of a regime for which a transition is not stated it is that of the regime, and not used.  Where it is as
    in ``like``, the location is taken from there.
    """
    rows = [[[case.intensity(t, h, g) for g in case.regimes] for h in case.hypothesis_ids] for t in case.transitions]
    shape = (len(case.transitions), len(case.hypotheses), len(case.regimes))
    stated = np.array([[[(r.low, r.mid, r.high, r.within_days) for r in b] for b in a] for a in rows])
    low, mid, high, days = stated.reshape(*shape, 4).transpose(3, 0, 1, 2)
    half = (np.log(-np.log(1 - high)) - np.log(-np.log(1 - low))) / 2
    spread = np.multiply.outer(widths(case), half)
    if case.priors.assumed_mass is None:
        spread = np.minimum(spread, IGNORANCE)
    chance = given_none_before(case, mid)
    if like is None or like.sigma.shape != spread.shape:
        return Stated(locate(np.broadcast_to(chance, spread.shape), spread) - np.log(days), spread, days, chance)
    differs = (spread != like.sigma) | (chance != like.chance) | (days != like.days)
    eta = like.eta.copy()
    wanted, within = (np.broadcast_to(part, spread.shape)[differs] for part in (chance, days))
    eta[differs] = locate(wanted, spread[differs]) - np.log(within)
    return Stated(eta, spread, days, chance)


def given_none_before(case: Case, mid: Floats) -> Floats:
    """Return middles (transition, hypothesis, regime); of steps that compete at an occasion, given none before it.

    They are taken in the order of the case, so that each has its stated chance if those before it have theirs.
    """
    given = mid.copy()
    for column, regime in enumerate(case.regimes):
        taken: dict[tuple[str, str], Floats] = {}
        for row, step in enumerate(case.transitions):
            if part_of(regime) in case.occasion_ids and case.states(step, regime):
                before = taken.get((step.process, step.source), np.zeros(mid.shape[1]))
                left = np.maximum(1 - before, mid[row, :, column] / CERTAIN)  # a sensitivity may ask for more than all
                given[row, :, column] = mid[row, :, column] / left
                taken[step.process, step.source] = before + mid[row, :, column]
    return given


def mean_pace(location: Floats, weights: Floats) -> Floats:
    """Return the log of the mean pace over hypotheses, eta-bar; ``location`` (..., hypothesis, regime).

    The mean is taken of paces and not of their logs: were nothing of the stated contrasts real, a step would have the
    chance that the assessor gives it without knowing which hypothesis is true.
    """
    return np.asarray(np.log(np.einsum("h,...hg->...g", weights, np.exp(location))))


def locate(chance: Floats, spread: Floats) -> Floats:
    """Return x with ``E[1 - exp(-exp(x + spread eps))] = chance``, elementwise."""
    return _located(np.asarray(chance).tobytes(), np.asarray(spread).tobytes()).reshape(np.shape(chance))


@lru_cache(maxsize=64)
def _located(chance: bytes, spread: bytes) -> Floats:
    """Return the locations of the same chances and spreads, solved once: most rows of a case share them."""
    pairs, place = np.unique(np.stack([np.frombuffer(chance), np.frombuffer(spread)]), axis=1, return_inverse=True)
    wanted = np.log(-np.log1p(-pairs[0]))
    x = wanted.copy()
    for _ in range(STEPS):
        gap, slope = _shortfall(x, pairs[1], wanted)
        x += gap / slope
        if np.abs(gap).max(initial=0.0) < PRECISION:
            break
    return x[place.ravel()]


def mean_chance(x: Floats, spread: Floats) -> Floats:
    """Return ``E[1 - exp(-exp(x + spread eps))]``, elementwise."""
    nodes, weights = _rule(spread)
    return -np.expm1(-np.exp(np.asarray(x)[..., None] + np.asarray(spread)[..., None] * nodes)) @ weights


def _shortfall(x: Floats, spread: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    """Return how far log(-log(1 - chance)) at x is from what is wanted, and its slope in x."""
    nodes, weights = _rule(spread)
    intensity = np.exp(x[:, None] + spread[:, None] * nodes)
    stays = np.exp(-intensity)
    left, made = stays @ weights, -np.expm1(-intensity) @ weights
    hazard = np.where(made < HALF, -np.log1p(-np.minimum(made, HALF)), -np.log(np.maximum(left, np.finfo(float).tiny)))
    return wanted - np.log(hazard), ((intensity * stays) @ weights) / (left * hazard)


def _rule(spread: Floats) -> tuple[Floats, Floats]:
    """Return nodes for eps and weights that sum to 1: the trapezoid rule, finer where a wide spread makes it steep."""
    widest = float(np.max(spread, initial=0.0))
    nodes = line(-REACH, REACH, 0.5 / np.sqrt(1 + 4 * widest + widest**2))
    weights = np.exp(log_normal_weights(nodes))
    return nodes, weights / weights.sum()
