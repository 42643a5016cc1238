"""Scores of probability forecasts, their skill and uncertainty, and reliability by isotonic regression.

The scores themselves come from the scoringrules library; this module sets their conventions (ranges, clipping).  All
scores are losses: lower is better.

References
----------
Brier, G. W. (1950), Verification of forecasts expressed in terms of probability.  Monthly Weather Review 78.
Good, I. J. (1952), Rational decisions.  Journal of the Royal Statistical Society B 14 (the logarithmic score).
Epstein, E. S. (1969), A scoring system for probability forecasts of ranked categories.  Journal of Applied
Meteorology 8.
Gneiting, T. and Raftery, A. E. (2007), Strictly proper scoring rules, prediction, and estimation.  JASA 102.
Dimitriadis, T., Gneiting, T. and Jordan, A. I. (2021), Stable reliability diagrams for probabilistic classifiers.  PNAS
118 (CORP).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente.frozen import Immutable

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from detente.arrays import Floats, Integers

CLIP = 0.01
"""Probabilities are clipped to [CLIP, 1 - CLIP] in the logarithmic score, as they are in prose."""
INTERVAL = (0.05, 0.95)


def brier_score(probability: ArrayLike, happened: ArrayLike) -> Floats:
    """Return the Brier score (p - y)² of probabilities of a yes and answers 0 or 1, of one shape.

    In [0, 1], and 1/4 for even odds.

    >>> brier_score([0.8, 0.5], [1, 0])
    array([0.04, 0.25])
    """
    import scoringrules

    return np.asarray(scoringrules.brier_score(np.asarray(happened, dtype=float), np.asarray(probability, dtype=float)))


def log_score(probability: ArrayLike, happened: ArrayLike) -> Floats:
    """Return minus the log of the probability of what happened, in nats, clipped by :data:`CLIP`.

    >>> log_score([0.8, 0.5, 0.0], [1, 0, 1])
    array([0.22..., 0.69..., 4.60...])
    """
    import scoringrules

    clipped = np.clip(np.asarray(probability, dtype=float), CLIP, 1 - CLIP)
    return np.asarray(scoringrules.log_score(np.asarray(happened, dtype=float), clipped))


def multicategory_brier_score(probability: ArrayLike, category: int | Integers) -> Floats:
    """Return Σ_k (p_k - y_k)², in [0, 2], of probabilities (..., categories) and the category that occurred, or (...,).

    >>> multicategory_brier_score([[0.5, 0.3, 0.2], [1, 0, 0]], 1)
    array([0.78, 2.  ])
    """
    shares = np.asarray(probability, dtype=float)
    occurred = np.broadcast_to(np.arange(shares.shape[-1]) == np.asarray(category)[..., None], shares.shape)
    return brier_score(shares, occurred).sum(axis=-1)


def multicategory_log_score(probability: ArrayLike, category: int) -> Floats:
    """Return minus the log of the probability of the category that occurred, in nats, clipped by :data:`CLIP`.

    >>> multicategory_log_score([[0.5, 0.3, 0.2], [1, 0, 0]], 1)
    array([1.20..., 4.60...])
    """
    own = np.asarray(probability, dtype=float)[..., category]
    return log_score(own, np.ones_like(own))


def ranked_probability_score(probability: ArrayLike, category: int) -> Floats:
    """Return Σ_k (P_k - Y_k)², P and Y cumulative over ordered categories (..., categories); in [0, categories - 1].

    >>> ranked_probability_score([[0.5, 0.3, 0.2], [0, 0, 1]], 0)
    array([0.29, 2.  ])
    """
    import scoringrules

    shares = np.asarray(probability, dtype=float)
    occurred = np.broadcast_to((np.arange(shares.shape[-1]) == category).astype(float), shares.shape)
    return np.asarray(scoringrules.rps_score(occurred, shares, onehot=True))


def skill(score: float, reference: float) -> float | None:
    """Return the skill 1 - S / S_ref: 1 is perfect, 0 equals the reference, below 0 is worse; None if S_ref is 0.

    Examples
    --------
    >>> skill(0.2, 0.25), skill(0.5, 0.25), skill(0.1, 0.0)
    (0.2, -1.0, None)
    """
    return None if reference <= 0 else 1 - score / reference


Bounds = tuple[float, float]
RESAMPLES = 2000
BLOCK = 4096
"""Forecasts, and resamples, that are worked on at once."""


def interval(values: Floats) -> Bounds:
    """Return the 90% equal-tailed interval of draws."""
    low, high = np.quantile(values, INTERVAL)
    return float(low), float(high)


def numbered(names: Iterable[Hashable]) -> Integers:
    """Return a number from 0 up for each name, in order of appearance."""
    names = list(names)
    number = {name: index for index, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names], dtype=np.int64)


def group_totals(values: Floats, weight: Floats, group: Integers) -> tuple[Floats, Floats]:
    """Return weighted sums of values (forecast, ...) and of weights by group, (group, ...) and (group,)."""
    count = int(group.max()) + 1
    total = np.zeros((count, *values.shape[1:]))
    np.add.at(total, group, values * weight.reshape(-1, *(1,) * (values.ndim - 1)))
    return total, np.bincount(group, weights=weight, minlength=count)


def resampled(total: Floats, size: Floats, random_seed: int, draws: int = RESAMPLES) -> Floats:
    """Return means (draw, ...) over groups drawn with replacement, from their sums (group, ...) and sizes (group,).

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993), An Introduction to the Bootstrap.  Chapman and Hall.
    Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008), Bootstrap-based improvements for inference with clustered
    errors.  Review of Economics and Statistics 90 (few groups: the interval is too narrow).
    """
    rng = np.random.default_rng(random_seed)
    flat = np.column_stack([total.reshape(size.size, -1), size])
    means = np.empty((draws, flat.shape[1] - 1))
    step = max(1, BLOCK * 256 // size.size)
    for start in range(0, draws, step):
        chosen = rng.integers(size.size, size=(min(step, draws - start), size.size))
        times = np.array([np.bincount(row, minlength=size.size) for row in chosen])
        drawn = times @ flat
        means[start : start + step] = drawn[:, :-1] / np.maximum(drawn[:, -1:], np.finfo(float).tiny)
    return means.reshape(draws, *total.shape[1:])


def resampled_means(values: Floats, group: Integers | Floats, random_seed: int, weight: Floats | None = None) -> Floats:
    """Return means (draw, ...) of values (n, ...), resampled by whole groups (n,), however these are numbered."""
    weight = np.ones(len(values)) if weight is None else weight
    return resampled(*group_totals(values, weight, np.unique(group, return_inverse=True)[1]), random_seed)


def bootstrap_interval(
    values: ArrayLike, groups: Sequence[Hashable], draws: int = 4000, random_seed: int = 0
) -> tuple[float, float]:
    """Return the 90% percentile interval of the mean of values (n,), by resampling whole groups of them.

    Values of one group depend on each other, so they are resampled together; if every value is a group of its own, this
    is the plain bootstrap.  A single group shows no spread: the interval is then the mean itself.
    """
    table = np.asarray(values, dtype=float)
    if table.shape != (len(groups),) or not table.size:
        raise ValueError(f"each value needs a group, and there must be one (got {table.shape} and {len(groups)})")
    return interval(resampled(*group_totals(table, np.ones(table.size), numbered(groups)), random_seed, draws))


class ReliabilityCurve(Immutable):
    """A reliability curve; each tuple is by distinct forecast probability, ascending.

    Of the ``count`` forecasts of ``probability``, a share ``recalibrated`` occurred (isotonic regression of the answers
    on the forecasts); if the forecasts were calibrated, it would lie between ``low`` and ``high`` in 90% of samples.
    The mean Brier score is ``miscalibration - discrimination + uncertainty``.
    """

    probability: tuple[float, ...]
    recalibrated: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    count: tuple[int, ...]
    miscalibration: float
    discrimination: float
    uncertainty: float


def reliability(
    probability: ArrayLike, happened: ArrayLike, draws: int = 1000, random_seed: int = 0
) -> ReliabilityCurve:
    """Return the reliability curve of forecasts (n,) of a yes and their answers (n,), 0 or 1 (CORP).

    With x the recalibrated forecasts, r the share of yes and S the mean Brier score: miscalibration = S(p) - S(x),
    discrimination = S(r) - S(x), uncertainty = S(r).

    Raises
    ------
    ValueError
        If there are no forecasts, or the two differ in length.
    """
    forecasts, answers = np.asarray(probability, dtype=float), np.asarray(happened, dtype=float)
    if forecasts.ndim != 1 or forecasts.shape != answers.shape or not forecasts.size:
        shapes = f"{forecasts.shape} and {answers.shape}"
        raise ValueError(f"forecasts and answers must be of one length, at least 1 (got {shapes})")
    distinct, place, count = np.unique(forecasts, return_inverse=True, return_counts=True)
    fitted = _pooled(answers, place, count)
    random = np.random.default_rng(random_seed)
    simulated = [_pooled(random.random(forecasts.size) < forecasts, place, count) for _ in range(draws)]
    low, high = np.quantile(np.array(simulated), INTERVAL, axis=0)
    share = answers.mean()
    ours, best, even = (
        brier_score(p, answers).mean() for p in (forecasts, fitted[place], np.full_like(answers, share))
    )
    return ReliabilityCurve(
        probability=tuple(distinct.tolist()),
        recalibrated=tuple(fitted.tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        count=tuple(count.tolist()),
        miscalibration=float(ours - best),
        discrimination=float(even - best),
        uncertainty=float(even),
    )


def _pooled(answers: NDArray[np.generic], place: NDArray[np.intp], count: NDArray[np.intp]) -> Floats:
    """Return the isotonic regression at each distinct forecast, weighted by the number of its answers."""
    from scipy.optimize import isotonic_regression

    means = np.bincount(place, weights=answers.astype(float)) / count
    # An average of answers, which rounding must not carry out of [0, 1].
    return np.clip(isotonic_regression(means, weights=count.astype(float)).x, 0.0, 1.0)
