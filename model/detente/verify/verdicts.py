"""From replicates to a verdict: whether ranks are uniform and probabilities calibrated, allowing for multiple tests.

Of a hundred quantities, five leave their 95% band by chance, so that a single excursion decides nothing.  Holm's method
adjusts each p-value for all the others: a sound engine fails fewer than one verification in a hundred, however the
quantities depend on each other.

References
----------
Spiegelhalter, D. J. (1986), Probabilistic prediction in patient management and clinical trials.  Statistics in
Medicine 5.
Hong, Y. (2013), On computing the distribution function for the Poisson binomial distribution.  Computational
Statistics and Data Analysis 59.
Holm, S. (1979), A simple sequentially rejective multiple test procedure.  Scandinavian Journal of Statistics 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr, bdtrc, ndtr, ndtri

from detente.case.windows import case_windows
from detente.verify.result import (
    BAND_LEVEL,
    FAMILY_LEVEL,
    LAG_BELOW,
    SHIFT_WANTED,
    CalibrationTest,
    EngineReport,
    Power,
    Quantity,
)
from detente.verify.uniformity import band, ecdf_counts, p_value, points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detente.arrays import Floats, Integers
    from detente.case.schema import Case
    from detente.settings import EngineName
    from detente.verify.replicate import Replicate
    from detente.verify.result import Verdict


GROUPS: Mapping[str, tuple[str, ...]] = {
    "Hypotheses and the likelihood of everything": (
        "hypothesis_weight",
        "hypothesis_probability",
        "joint_log_likelihood",
    ),
    "Assessors": ("pooled_likelihood", "pooled_intensity"),
    "Evidence": ("discrimination", "cluster_correlation", "common_cause"),
    "Processes": ("step_effect", "regime_effect"),
    "Election and reference class": (
        "poll_state",
        "election_surprise",
        "incumbent_share",
        "winner_probability",
        "winner_given_hypothesis",
        "class_pace",
        "class_shape",
        "class_floor",
        "class_log_likelihood",
        "polls_missed",
    ),
}
OUTCOMES = "Outcomes"
SPIEGELHALTER = "Spiegelhalter's z of P(hypothesis)"
DETECTED, NARROW_AT = 0.8, 0.15
STEPS = 400


def judge(case: Case, engine: EngineName, replicates: Sequence[Replicate]) -> EngineReport:
    """Judge an engine by its replicates, of which there is at least one."""
    quantities = tuple(_quantity(name, replicates) for name in replicates[0].places)
    calibrations = _calibrations(case, replicates)
    p_values = {row.name: row.p_value for row in quantities}
    for row in calibrations:  # under names that differ from every quantity's
        p_values[row.name if row.z is not None else f"frequency of {row.name}"] = row.p_value
    failed = holm(p_values, FAMILY_LEVEL)
    least = min(p_values, key=lambda name: p_values[name])
    power = _power(len(replicates), FAMILY_LEVEL / len(p_values))
    lags = [row.lag for row in quantities if row.lag is not None]
    dependent = bool(lags) and max(lags) >= LAG_BELOW
    verdict: Verdict = "fail" if failed or dependent else "too few" if power.shift > SHIFT_WANTED else "pass"
    return EngineReport(
        engine=engine,
        replicates=len(replicates),
        quantities=quantities,
        calibrations=calibrations,
        tests=len(p_values),
        outside=sum(row.outside for row in quantities),
        expected=round(BAND_LEVEL * len(quantities), 1),
        failed=failed,
        smallest=p_values[least],
        smallest_of=least,
        power=power,
        divergences=sum(row.divergences for row in replicates),
        lag_max=max(lags) if lags else None,
        verdict=verdict,
    )


def holm(p_values: Mapping[str, float], level: float) -> tuple[str, ...]:
    """Return the names rejected at a family-wise level, smallest p-value first.

    >>> holm({"a": 0.03, "b": 0.004, "c": 0.5}, 0.05)
    ('b',)
    """
    rejected = []
    for place, name in enumerate(sorted(p_values, key=lambda key: p_values[key])):
        if p_values[name] > level / (len(p_values) - place):
            break
        rejected.append(name)
    return tuple(rejected)


def _quantity(name: str, replicates: Sequence[Replicate]) -> Quantity:
    places = np.array([row.places[name] for row in replicates])
    count = places.size
    ecdf, bounds = ecdf_counts(places) / count, band(count, BAND_LEVEL)
    difference = ecdf - points(count)
    lags = [row.lags[name] for row in replicates if name in row.lags]
    return Quantity(
        name=name,
        group=_group(name),
        p_value=p_value(places),
        outside=bool(((ecdf < bounds.low) | (ecdf > bounds.high)).any()),
        farthest=float(difference[np.abs(difference).argmax()]),
        lag=float(np.mean(lags)) if lags else None,
        difference=tuple(round(float(value), 4) for value in difference),
    )


def _group(name: str) -> str:
    variable = name.partition("[")[0]
    return next((group for group, names in GROUPS.items() if variable in names), OUTCOMES)


def _calibrations(case: Case, replicates: Sequence[Replicate]) -> tuple[CalibrationTest, ...]:
    """Test P(hypothesis) and the outcomes' probabilities against the simulated frequencies."""
    probability = np.array([row.probability for row in replicates])
    probability /= probability.sum(axis=1, keepdims=True)
    truth = np.array([row.hypothesis for row in replicates])
    count = truth.size
    of_truth = probability[np.arange(count), truth]
    z = spiegelhalter(probability, truth)
    expected = float((probability**2).sum(axis=1).mean())
    rows = [CalibrationTest(SPIEGELHALTER, count, expected, float(of_truth.mean()), two_sided(z), z)]
    names = case.hypothesis_ids
    for index, h in enumerate(names[:-1] if len(names) == 2 else names):  # noqa: PLR2004 - the second of two is redundant
        happened = (truth == index).astype(np.int64)
        rows.append(_frequency(f"P({h})", probability[:, index], happened))
    outcomes, order = [outcome.id for outcome in case.outcomes], list(case_windows(case))

    def place(name: str) -> tuple[int, int]:
        outcome, _, window = name.partition(".")
        return outcomes.index(outcome), order.index(window)

    for name in sorted({key for row in replicates for key in row.futures}, key=place):
        scored = [row.futures[name] for row in replicates if name in row.futures]
        forecast, happened = np.array([p for p, _ in scored]), np.array([int(occurred) for _, occurred in scored])
        rows.append(_frequency(name, forecast, happened))
    return tuple(rows)


def _frequency(name: str, forecast: np.ndarray, happened: np.ndarray) -> CalibrationTest:
    chance = np.clip(forecast, 0.0, 1.0)
    return CalibrationTest(
        name, happened.size, float(chance.mean()), float(happened.mean()), frequency_p_value(chance, happened)
    )


def _power(count: int, level: float) -> Power:
    """Return the faults detected with 80% power by so many replicates, by the ECDF at one point."""
    at = points(count)
    bounds = band(count, level)

    def least(place: float, chances: np.ndarray, values: np.ndarray) -> float:
        row = int(np.abs(at - place).argmin())
        low, high = round(bounds.low[row] * count), round(bounds.high[row] * count)
        power = bdtrc(high, count, chances) + np.where(low > 0, bdtr(max(low - 1, 0), count, chances), 0.0)
        enough = power >= DETECTED
        return float(values[enough.argmax()]) if enough.any() else float("inf")

    shift, narrow = np.linspace(0, 4, STEPS + 1), np.linspace(1, 9, STEPS + 1)
    middle = at[int(np.abs(at - 0.5).argmin())]
    edge = at[int(np.abs(at - NARROW_AT).argmin())]
    return Power(
        shift=least(0.5, ndtr(ndtri(middle) + shift), shift),
        narrow=least(NARROW_AT, ndtr(ndtri(edge) / narrow), narrow),
    )


def spiegelhalter(probability: Floats, happened: Integers) -> float:
    """Return Spiegelhalter's z: the distance of the Brier score from its expectation under the forecasts.

    Parameters
    ----------
    probability
        Forecast of each possibility, (forecasts, possibilities), with rows that sum to 1.
    happened
        Index of the possibility that occurred, (forecasts,).

    Returns
    -------
    float
        Standard normal if the forecasts are calibrated; positive if they are overconfident.

    Examples
    --------
    >>> half = np.full((100, 2), [0.9, 0.1])
    >>> round(spiegelhalter(half, np.repeat([0, 1], [90, 10])), 4), round(spiegelhalter(half, np.repeat([0, 1], 50)), 1)
    (0.0, 13.3)
    """
    each = 1 + (probability**2).sum(axis=1, keepdims=True) - 2 * probability  # the score if that one occurs
    expected = (probability * each).sum(axis=1)
    variance = (probability * (each - expected[:, None]) ** 2).sum()
    scored = each[np.arange(happened.size), happened]
    return float((scored - expected).sum() / np.sqrt(variance)) if variance > 0 else 0.0


def two_sided(z: float) -> float:
    """Return the two-sided p-value of a standard normal statistic."""
    return float(2 * ndtr(-abs(z)))


def frequency_p_value(probability: Floats, happened: Integers) -> float:
    """Return the p-value of a count of events, each with a probability of its own, both (forecasts,).

    Exact, by the Poisson-binomial distribution: twice the smaller tail.

    >>> round(frequency_p_value(np.full(2, 0.5), np.array([1, 1])), 4)
    0.5
    """
    mass = np.ones(1)
    for p in probability:
        mass = np.convolve(mass, [1 - p, p])
    count = int(happened.sum())
    return float(min(1.0, 2 * min(mass[: count + 1].sum(), mass[count:].sum())))
