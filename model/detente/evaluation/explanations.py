"""Scores of P(hypothesis) where it became known which hypothesis was true.

A forecast gives each of several hypotheses a probability; one of them is true.  Its scores are the logarithmic score,
the Brier score over all hypotheses, and how often the true one was the likeliest.  Its calibration is shown by bins,
and by the exponent a for which p^a, renormalized, would have scored best: 1 if the forecasts are calibrated, less if
they are overconfident, more if they are too timid.  Intervals come from resampling whole groups of questions.

References
----------
Brier, G. W. (1950), Verification of forecasts expressed in terms of probability.  Monthly Weather Review 78.
Cox, D. R. (1958), Two further applications of a model for binary regression.  Biometrika 45 (the slope of forecasts).
Guo, C., Pleiss, G., Sun, Y. and Weinberger, K. Q. (2017), On calibration of modern neural networks.  ICML 34
(temperature scaling: the exponent is one over the temperature).
Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008), Bootstrap-based improvements for inference with clustered
errors.  Review of Economics and Statistics 90.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from detente.scoring import (
    BLOCK,
    INTERVAL,
    Bounds,
    interval,
    multicategory_brier_score,
    resampled,
    resampled_means,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from detente.arrays import Flags, Floats, Integers


EXPONENTS = np.geomspace(0.02, 20.0, 121)
"""Exponents among which the best is looked for; beyond them forecasts say either nothing or what is certain."""
EDGES = np.linspace(0.0, 1.0, 11)
"""Ends of the bins of a calibration table."""
SAME = 1e-9
"""Scores that differ by no more are the same: what is left is rounding."""


@dataclass(frozen=True)
class Forecasts:
    """Forecasts of which hypothesis is true, one a row.

    ``log_probability`` (forecast, hypothesis), minus infinity where a question has fewer hypotheses than another;
    ``truth``, ``weight`` and ``group`` (forecast,): the index of the true one, how much the forecast counts, and the
    number of its group, from 0 up.
    """

    log_probability: Floats
    truth: Integers
    weight: Floats
    group: Integers

    def __len__(self) -> int:
        return self.truth.size

    def only(self, rows: Flags) -> Forecasts:
        """Return some of the forecasts, their groups numbered anew."""
        group = np.unique(self.group[rows], return_inverse=True)[1]
        return Forecasts(self.log_probability[rows], self.truth[rows], self.weight[rows], group)

    def with_probability(self, log_probability: Floats) -> Forecasts:
        """Return other forecasts of the same questions."""
        return Forecasts(log_probability, self.truth, self.weight, self.group)


@dataclass(frozen=True)
class ExplanationStanding:
    """The mean scores of one forecaster, and of ours where it forecast too; lower is better but for ``top``.

    ``log`` is in nats, not clipped; ``brier`` in [0, 2]; ``top`` is how often the true hypothesis was the likeliest, a
    tie shared.  The intervals, of 90%, are those of ours less theirs, None with a single group.
    """

    forecaster: str
    questions: int
    log: float
    brier: float
    top: float
    ours_log: float
    ours_brier: float
    log_difference: Bounds | None = None
    brier_difference: Bounds | None = None

    @property
    def relation(self) -> str:
        """How ours stands to it by the log score: ahead or behind only where the interval leaves zero."""
        if self.log_difference is None:
            return ""
        low, high = self.log_difference
        return "ahead of" if high < -SAME else "behind" if low > SAME else "level with"


@dataclass(frozen=True)
class Exponent:
    """The exponent that would have scored best, with its 90% interval (None if unknown), and that score."""

    value: float
    log: float
    interval: Bounds | None = None


@dataclass(frozen=True)
class CalibrationBin:
    """Probabilities from ``low`` to ``high``: how many, their mean, and how often the hypothesis was true.

    ``interval`` is that of how often it was true, None with a single group.
    """

    low: float
    high: float
    count: int
    mean: float
    came: float
    interval: Bounds | None = None


@dataclass(frozen=True)
class ExplanationScores:
    """The scores of P(hypothesis): everybody's standing, ours first, and the calibration of ours.

    ``forecasts`` counts them, ``questions`` what they are about, ``groups`` what is resampled as a whole.
    """

    questions: int
    groups: int
    forecasts: int
    standings: tuple[ExplanationStanding, ...]
    exponent: Exponent
    bins: tuple[CalibrationBin, ...]

    def standing(self, forecaster: str) -> ExplanationStanding | None:
        """Return the standing of one forecaster."""
        return next((row for row in self.standings if row.forecaster == forecaster), None)


def log_scores(forecasts: Forecasts) -> Floats:
    """Return minus the log of the probability given to the truth, (forecast,), in nats."""
    return -np.take_along_axis(forecasts.log_probability, forecasts.truth[:, None], axis=1)[:, 0]


def brier_scores(forecasts: Forecasts) -> Floats:
    """Return Σ_h (p_h - y_h)², (forecast,), in [0, 2]."""
    return multicategory_brier_score(np.exp(forecasts.log_probability), forecasts.truth)


def top_scores(forecasts: Forecasts) -> Floats:
    """Return 1 where the truth was the likeliest, its share where several were, else 0, (forecast,)."""
    top = forecasts.log_probability >= forecasts.log_probability.max(axis=1, keepdims=True) - 1e-12
    own = np.take_along_axis(top, forecasts.truth[:, None], axis=1)[:, 0]
    return np.asarray(own / top.sum(axis=1))


def normalized(log_share: Floats) -> Floats:
    """Return log shares that sum to 1 over the last axis."""
    top = log_share.max(axis=-1, keepdims=True)
    return log_share - top - np.log(np.exp(log_share - top).sum(axis=-1, keepdims=True))


def scores_by_exponent(log_base: Floats, log_tempered: Floats, truth: Integers) -> Iterator[tuple[slice, Floats]]:
    """Yield, block by block, the log scores (forecast, exponent) of base × p^a, renormalized, at :data:`EXPONENTS`."""
    for start in range(0, truth.size, BLOCK):
        rows = slice(start, start + BLOCK)
        base = np.where(np.isfinite(log_base[rows]), log_base[rows], -np.inf)[:, None, :]
        powers = np.where(np.isfinite(log_tempered[rows]), log_tempered[rows], -np.inf)[:, None, :]
        with np.errstate(invalid="ignore"):
            share = normalized(base + EXPONENTS[:, None] * powers)
        yield rows, -np.take_along_axis(share, truth[rows, None, None], axis=2)[:, :, 0]


def best_exponent(forecasts: Forecasts, random_seed: int) -> Exponent:
    """Return the exponent that would have scored best; 1, without an interval, where all score the same."""
    groups = int(forecasts.group.max()) + 1
    total, size = np.zeros((groups, EXPONENTS.size)), np.zeros(groups)
    flat = np.zeros_like(forecasts.log_probability)
    flat[~np.isfinite(forecasts.log_probability)] = -np.inf
    for rows, scores in scores_by_exponent(flat, forecasts.log_probability, forecasts.truth):
        np.add.at(total, forecasts.group[rows], scores * forecasts.weight[rows, None])
        np.add.at(size, forecasts.group[rows], forecasts.weight[rows])
    mean = total.sum(axis=0) / size.sum()
    if np.ptp(mean) <= SAME:
        return Exponent(1.0, float(mean[0]))
    value, log = _lowest(mean[None])
    if groups == 1:
        return Exponent(float(value[0]), float(log[0]))
    drawn, _ = _lowest(resampled(total, size, random_seed))
    return Exponent(float(value[0]), float(log[0]), interval(drawn))


def _lowest(means: Floats) -> tuple[Floats, Floats]:
    """Return where mean scores (row, exponent) are lowest, by the parabola through the lowest and its neighbours."""
    place = np.clip(means.argmin(axis=1), 1, EXPONENTS.size - 2)
    rows = np.arange(means.shape[0])
    left, here, right = (means[rows, place + step] for step in (-1, 0, 1))
    bend = left - 2 * here + right
    shift = np.where(bend > 0, (left - right) / (2 * np.where(bend > 0, bend, 1.0)), 0.0)
    shift = np.clip(shift, -1.0, 1.0)
    ratio = np.log(EXPONENTS[1] / EXPONENTS[0])
    return EXPONENTS[place] * np.exp(shift * ratio), here + shift * (right - left) / 2 + bend * shift**2 / 2


def calibration_bins(forecasts: Forecasts, random_seed: int) -> tuple[CalibrationBin, ...]:
    """Return the calibration of every probability given to a hypothesis, by bins; empty ones are left out."""
    share = np.exp(forecasts.log_probability)
    given = np.isfinite(forecasts.log_probability)
    true = np.arange(share.shape[1]) == forecasts.truth[:, None]
    place = np.clip(np.searchsorted(EDGES, share, side="right") - 1, 0, EDGES.size - 2)
    weight = forecasts.weight[:, None] * given
    bins = []
    for number, (low, high) in enumerate(pairwise(EDGES)):
        inside = (place == number) & given
        if not inside.any():
            continue
        mass = (weight * inside).sum(axis=1)
        came = (weight * inside * true).sum(axis=1)
        bounds = None
        held = mass > 0
        if len(np.unique(forecasts.group[held])) > 1:
            drawn = resampled_means(came[held] / mass[held], forecasts.group[held], random_seed, mass[held])
            bounds = wider(interval(drawn), float(came.sum()), float(mass.sum()))
        mean = float((weight * inside * share).sum() / mass.sum())
        bins.append(
            CalibrationBin(float(low), float(high), int(inside.sum()), mean, float(came.sum() / mass.sum()), bounds)
        )
    return tuple(bins)


def wider(bounds: Bounds, came: float, count: float) -> Bounds:
    """Return an interval of a share, as wide at least as Jeffreys': resampling cannot show what never came or always.

    Brown, L. D., Cai, T. T. and DasGupta, A. (2001), Interval estimation for a binomial proportion.  Statistical
    Science 16.
    """
    from scipy.special import betaincinv

    low, high = (float(betaincinv(came + 0.5, count - came + 0.5, share)) for share in INTERVAL)
    return min(bounds[0], low), max(bounds[1], high)


def score_explanations(
    ours: str, by_forecaster: Mapping[str, Forecasts], questions: int, random_seed: int
) -> ExplanationScores:
    """Score forecasts of the same questions, ours and those of others, row by row."""
    own = by_forecaster[ours]
    groups = int(own.group.max()) + 1
    table = {
        name: np.column_stack([log_scores(forecasts), brier_scores(forecasts), top_scores(forecasts)])
        for name, forecasts in by_forecaster.items()
    }
    standings = []
    for name, scores in table.items():
        mean, best = (np.average(values, axis=0, weights=own.weight) for values in (scores, table[ours]))
        bounds: tuple[Bounds | None, Bounds | None] = (None, None)
        if groups > 1 and name != ours:
            drawn = resampled_means(table[ours] - scores, own.group, random_seed, own.weight)
            bounds = interval(drawn[:, 0]), interval(drawn[:, 1])
        standings.append(
            ExplanationStanding(
                forecaster=name,
                questions=questions,
                log=float(mean[0]),
                brier=float(mean[1]),
                top=float(mean[2]),
                ours_log=float(best[0]),
                ours_brier=float(best[1]),
                log_difference=bounds[0],
                brier_difference=bounds[1],
            )
        )
    return ExplanationScores(
        questions=questions,
        groups=groups,
        forecasts=len(own),
        standings=tuple(standings),
        exponent=best_exponent(own, random_seed),
        bins=calibration_bins(own, random_seed),
    )
