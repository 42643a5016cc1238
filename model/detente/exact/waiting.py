"""How long the members of a reference class waited for a step: exponential waits with Gamma frailty, on a grid.

    pace_i = c + Gamma(shape a, rate b);   P(wait > t) = exp(-c t) (b / (b + t))^a

with ``m = c + a / b`` the mean pace, ``c = phi m`` what all members have in common, and ``log m``, ``log a`` and the
probit of phi normal a priori: a constant hazard at one end (phi = 1), a Lomax distribution at the other (phi = 0).  A
member whose wait had not ended when it was last followed counts with P(wait > t), one whose wait ended between two days
with the difference of the two; each counts with a weight that falls by half every so many years.  For one that has
waited t already, the chance of the step within a further T is ``1 - E[P(wait > t + T)] / E[P(wait > t)]``, the mean
taken over the posterior of the parameters.

References
----------
Lomax, K. S. (1954), Business failures: another example of the analysis of failure data.  JASA 49.
Hougaard, P. (1984), Life table methods for heterogeneous populations.  Biometrika 71 (frailty among survivors).
Vaupel, J. W., Manton, K. G. and Stallard, E. (1979), The impact of heterogeneity in individual frailty on the dynamics
of mortality.  Demography 16.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtr

from detente.case.reference_class import PACE_LOG_SD, PACE_MEDIAN_DAYS, SHAPE_LOG_SD
from detente.frozen import Immutable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from detente.arrays import Flags, Floats


REACH, COARSE, ROUNDS = 7.0, 15, 3
"""Standard deviations of the prior, either way, in which the posterior is looked for, points along each axis, times."""
POINTS = (61, 31, 41)
"""Points along each axis of the final grid: pace, shape and floor."""
TOGETHER = 32_768
"""Values worked out in one array: so few stay in the processor's cache."""
DROP = 32.0
"""Log density below the mode from which on nothing is left of the posterior."""


class Wait(NamedTuple):
    """Days after which and by which a wait ended, one day twice if it is known, infinity if it was cut short.

    ``weight`` is how much it counts in the likelihood.
    """

    after: float
    by: float
    weight: float = 1.0


class WaitPosterior(Immutable):
    """The posterior of a class's waiting times on a grid.

    ``floor`` is the pace c that all members have, ``shape`` and ``rate`` are those of the Gamma on top of it; they and
    ``weight``, which sums to 1, are (cells,).  The cells are those ``chosen`` of a lattice with three ``axes``: see
    :attr:`points`.
    """

    axes: tuple[Floats, ...]
    chosen: Flags
    floor: Floats
    shape: Floats
    rate: Floats
    weight: Floats

    @cached_property
    def known(self) -> dict[tuple[float, ...], float]:
        """Chances and spreads remembered: of the cases that differ in one judgement all ask for the same."""
        return {}

    @property
    def points(self) -> Floats:
        """The cells, (cells, 3): the standardized log of the mean pace, log shape, and probit of c's share of it."""
        return np.stack(_at(self.axes, self.chosen), axis=1)

    def still_waiting(self, days: float | Floats) -> Floats:
        """Return P(wait > days) in each cell."""
        return np.exp(-self.floor * days - self.shape * np.log1p(days / self.rate))

    def chance(self, within: float, waited: float | Sequence[float] = 0.0) -> float:
        """Return the chance of the step within so many days, for one that has waited so many, or any of several."""
        gone = np.atleast_1d(waited)
        key = float(within), *gone
        if key not in self.known:
            before = sum(self.still_waiting(days) @ self.weight for days in gone)
            after = sum(self.still_waiting(days + within) @ self.weight for days in gone)
            self.known[key] = float(1 - after / before)
        return self.known[key]

    def spread(self, waited: float | Sequence[float] = 0.0) -> float:
        """Return the standard deviation of the log pace of a new member that has waited so long, or as any of several.

        Between members it is that of the log-normal with the same coefficient of variation, which the heavy tail of
        slow members does not rule; what is not known of their mean pace comes on top.
        """
        gone = np.atleast_1d(waited)[:, None]
        key = np.inf, *gone.ravel()
        if key not in self.known:
            weight = self.weight * self.still_waiting(gone)
            weight /= weight.sum()
            mean = self.floor + self.shape / (self.rate + gone)
            between = np.log1p(self.shape / (self.rate + gone) ** 2 / mean**2)
            log_mean = np.log(mean)
            unsure = (log_mean - (weight * log_mean).sum()) ** 2
            self.known[key] = float(np.sqrt((weight * (between + unsure)).sum()))
        return self.known[key]

    def share(self, days: float, probabilities: tuple[float, ...], waited: float = 0.0) -> tuple[float, ...]:
        """Return quantiles of the share that makes the step within so many days, of those who have waited so many."""
        left = self.still_waiting(waited)
        made = 1 - np.exp(-self.floor * days - self.shape * np.log1p(days / (self.rate + waited)))
        order = np.argsort(made)
        below = np.cumsum((self.weight * left)[order])
        below /= below[-1]
        return tuple(float(made[order][min(int(np.searchsorted(below, p)), made.size - 1)]) for p in probabilities)


@lru_cache(maxsize=256)
def wait_posterior(waits: tuple[Wait, ...]) -> WaitPosterior:
    """Return the posterior of the waiting times, coarse grids first and then a fine one where there is something."""
    low, high, coarse = np.full(3, -REACH), np.full(3, REACH), (COARSE,) * 3
    everywhere = np.ones(coarse, dtype=bool)
    for _ in range(ROUNDS):
        axes = _axes(low, high, coarse)
        log_density, _ = _log_density(axes, everywhere, waits)
        there = np.nonzero(log_density.reshape(coarse) > log_density.max() - DROP)
        ends = [(axis.ravel()[at.min()], axis.ravel()[at.max()]) for axis, at in zip(axes, there, strict=True)]
        gap, (first, last) = (high - low) / (COARSE - 1), np.transpose(ends)
        low, high = np.maximum(first - gap, -REACH), np.minimum(last + gap, REACH)
    log_density, _ = _log_density(_axes(low, high, coarse), everywhere, waits)
    highest = _highest_around(log_density.reshape(coarse))
    nearest = np.ix_(*(np.rint(np.linspace(0, COARSE - 1, count)).astype(int) for count in POINTS))
    axes, chosen = _axes(low, high, POINTS), highest[nearest] > highest.max() - DROP
    log_density, parameters = _log_density(axes, chosen, waits)
    kept = log_density > log_density.max() - DROP
    chosen[chosen] = kept
    weight = np.exp(log_density[kept] - log_density.max())
    floor, shape, rate = (part[kept] for part in parameters)
    return WaitPosterior(axes, chosen, floor, shape, rate, weight / weight.sum())


def _parameters(pace: Floats, shape: Floats, floor: Floats) -> tuple[Floats, Floats, Floats]:
    """Return c, a and b at the standardized log of the mean pace, log shape and probit of the floor's share."""
    mean, alpha = np.exp(PACE_LOG_SD * pace) / PACE_MEDIAN_DAYS, np.exp(SHAPE_LOG_SD * shape)
    return mean * ndtr(floor), alpha, alpha / (mean * ndtr(-floor))


def _axes(low: Floats, high: Floats, counts: tuple[int, ...]) -> tuple[Floats, ...]:
    """Return the axes of an even lattice of standardized parameters, each along its own dimension."""
    lines = [np.linspace(float(a), float(b), count) for a, b, count in zip(low, high, counts, strict=True)]
    return np.ix_(*lines)


def _at(values: Sequence[Floats], chosen: Flags) -> list[Floats]:
    """Return what is had along the axes of a lattice at its chosen cells, (cells,) each."""
    return [np.broadcast_to(part, chosen.shape)[chosen] for part in values]


def _highest_around(cube: Floats) -> Floats:
    """Return the highest value at each place of a cube and its neighbours."""
    for axis in range(cube.ndim):
        along = np.moveaxis(cube, axis, 0)
        highest = along.copy()
        highest[1:] = np.maximum(highest[1:], along[:-1])
        highest[:-1] = np.maximum(highest[:-1], along[1:])
        cube = np.moveaxis(highest, 0, axis)
    return cube


def _log_density(
    axes: tuple[Floats, ...], chosen: Flags, waits: tuple[Wait, ...]
) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """Return the log posterior density at chosen cells of a lattice, (cells,), up to a constant, and c, a and b."""
    pace, shape, floor = axes
    c, a, b, prior = _at([*_parameters(*axes), (pace**2 + shape**2 + floor**2) / 2], chosen)
    return _log_likelihood(c, a, b, waits) - prior, (c, a, b)


def _log_likelihood(floor: Floats, shape: Floats, rate: Floats, waits: tuple[Wait, ...]) -> Floats:
    """Return the log likelihood of waits at c, a and b, (cells,)."""
    waited: dict[float, float] = defaultdict(float)
    ended: dict[float, float] = defaultdict(float)
    between: list[tuple[float, float, float]] = []
    for wait, weight in _totals(waits).items():
        if wait.after < wait.by < np.inf:  # P(wait > after) - P(wait > by)
            between.append((wait.after, wait.by - wait.after, weight))
        elif wait.after == wait.by:
            ended[wait.after] += weight
        waited[wait.after] += weight
    days, weights = np.array([*waited.items()]).reshape(-1, 2).T
    ends, of_ends = np.array([*ended.items()]).reshape(-1, 2).T
    after, length, of_length = np.array(between).reshape(-1, 3).T
    total = -floor * (weights @ days)
    for some in _slices(floor.size, days.size):
        c, a, b = floor[some], shape[some], rate[some]
        total[some] -= a * (weights @ np.log1p(days[:, None] / b))
        total[some] += of_ends @ np.log(c + a / (b + ends[:, None]))
    for some in _slices(floor.size, after.size):
        c, a, b = floor[some], shape[some], rate[some]
        within = a * np.log1p(length[:, None] / (b + after[:, None])) + c * length[:, None]
        total[some] += of_length @ np.log(-np.expm1(-within))
    return total


def _slices(cells: int, rows: int) -> Iterator[slice]:
    """Yield slices of the cells, each small enough to be worked out with so many rows in one array."""
    size = -(-TOGETHER // max(rows, 1))
    return (slice(first, first + size) for first in range(0, cells, size))


def _totals(waits: tuple[Wait, ...]) -> dict[Wait, float]:
    """Return the total weight of equal waits."""
    totals: dict[Wait, float] = defaultdict(float)
    for after, by, weight in (Wait(*wait) for wait in waits):  # a plain pair counts once
        totals[Wait(after, by)] += weight
    return totals
