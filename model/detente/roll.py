"""Roll priors forward: a posterior becomes the priors of a new baseline, in the case's files, all or none.

Weights match P(hypothesis), and their concentration the variance of the per-draw probability; discrimination and the
correlation of each cluster match in mean and standard deviation; each intensity, under its hypothesis, in the
probability of its step within the days ahead.  Lost are the correlations between parameters, and the common cause that
later items of a cluster would share with earlier ones.  What is matched is rounded to as many digits as a judgement
has: three, and more only where three would not do.
"""

from __future__ import annotations

import math
import re
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from detente import exact, inference
from detente.case import read_record
from detente.case.changes import priors_files
from detente.case.election import BEFORE
from detente.case.files import digests
from detente.case.phases import main_regime, part_of
from detente.case.priors import Baseline, BetaPrior, WeightedPrior
from detente.case.transaction import alone, commit
from detente.case.values import LEAST_MASS, SURE
from detente.errors import BundledCaseError, RollError
from detente.exact.intensities import mean_chance
from detente.exact.widths import assumed_mass
from detente.forecast.outcomes import headlines

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from detente.arrays import Floats
    from detente.case import Case, CaseLocation, CaseRecord
    from detente.case.intensities import Intensity
    from detente.exact import ExactPosterior
    from detente.forecast import Forecast


POSTERIOR = "Posterior of"
ROLLED = re.compile(rf"^(?:{POSTERIOR} \S+\. )+")
"""How the reason of a number begins that was rolled forward before."""
DRAWS, DEPARTURE_DRAWS = 4000, 4000
NEARLY_ONE = 1 - 1e-9
LEAST_SPREAD = 0.02
LEAST_CONCENTRATION = 0.5
DIGITS, MOST_DIGITS = 3, 17
NODES, HALVINGS = 41, 50
NARROWER = tuple(1.3 - 0.05 * step for step in range(21))
"""Scales tried, as multiples of that of the draws: a record without a step cuts off one tail only."""


@dataclass(frozen=True)
class Rolled:
    """Rolled priors in a case (``inputs``), and by date the headlines without and with them (``departures``)."""

    inputs: CaseRecord
    departures: Mapping[dt.date, Mapping[str, tuple[float, float]]]

    @property
    def largest(self) -> float:
        """The largest departure of any headline."""
        departures = [abs(new - old) for table in self.departures.values() for old, new in table.values()]
        return max(departures, default=0.0)


def roll_forward(
    location: CaseLocation,
    forecast: Forecast,
    tolerance: float | None,
    tell: Callable[[CaseRecord, Rolled], None],
    *,
    dry_run: bool = False,
) -> tuple[Path, ...]:
    """Write the posterior of a run as the priors of its case; the files before are kept in the journal, for undo.

    Parameters
    ----------
    location
        Where the case is.
    forecast
        The run.
    tolerance
        The largest difference allowed in a probability; None allows any.
    tell
        Called with the case and what was matched, before anything is written or refused.
    dry_run
        Write nothing.

    Returns
    -------
    tuple
        What was written.

    Raises
    ------
    BundledCaseError
        If the case belongs to the program.
    RollError
        If the judgements are no longer those of the run, or a probability differs by more than the tolerance.
    WriteBackError
        If a file is laid out in a way that cannot be edited in place.
    OutputError
        If a file cannot be written.
    """
    if location.bundled:
        raise BundledCaseError(location.name)
    with nullcontext() if dry_run else alone(location):
        read = digests(location)
        whole, _ = read_record(location, without_answers=True)
        if whole.is_pooled:
            raise RollError(
                f"the judgements of {whole.id} are the pool of {len(whole.assessors)} assessors', and a posterior is "
                "of one set of numbers: write what all settle on into the case's own tables, without an assessor, and "
                f"`own: decides` into {location.priors / 'assessors.yaml'}; run it again, and roll that run"
            )
        then, run = whole.as_of(forecast.as_of), f"{forecast.case}/{forecast.as_of}"
        if (then.priors, then.likelihoods, then.intensities) != _judged(forecast.inputs, whole):
            raise RollError(f"the judgements of {forecast.case} were edited since that run: run it again")
        rolled = roll(whole, forecast.as_of, run)
        tell(whole, rolled)
        if tolerance is not None and rolled.largest > tolerance:
            raise RollError(
                f"a probability differs by {100 * rolled.largest:.1f} points, more than the {100 * tolerance:g} "
                "allowed: nothing was written; allow more with --tolerance, or write with --anyway"
            )
        files = priors_files(location, rolled.inputs)
        if dry_run:
            return ()
        commit(location, files, f"priors roll {run}", read=read)
    return tuple(files)


def _judged(inputs: Case, whole: CaseRecord) -> tuple[object, object, object]:
    """Return the judgements a run had, with those on items that it did not know yet as they are now."""
    return inputs.priors, {**whole.likelihoods, **inputs.likelihoods}, inputs.intensities


def roll(whole: CaseRecord, as_of: dt.date, run: str) -> Rolled:
    """Return the case with its posterior as of a date as new priors.

    Parameters
    ----------
    whole
        The case on record, with the priors of the run.
    as_of
        The cut-off of the run; only later evidence counts under the new priors.
    run
        The name of the run in the lineage.
    """
    case = whole.as_of(as_of)
    closed_form = exact.posterior(case)
    drawn = inference.draw_exactly(case, closed_form, DRAWS)
    because = f"{POSTERIOR} {run}"
    weights = _weights(case, closed_form, drawn.flat("hypothesis_probability"), because)
    discrimination = _discrimination(case, closed_form, because)
    dependence = dict(case.priors.dependence)
    if "cluster_correlation" in drawn.values:
        correlation = drawn.flat("cluster_correlation")
        for index, cluster in enumerate(inference.labels(case)["cluster"]):
            stated = case.priors.cluster_correlation(cluster)
            if stated.sd > 0:
                drawn_here = correlation[:, index]
                dependence[cluster] = _beta(drawn_here.mean(), drawn_here.std(), _reason(because, stated.because))
    before = case.priors.baseline
    baseline = Baseline(
        run=run,
        inputs_sha256=whole.inputs_sha256,
        evidence_from=as_of,
        before=f"{before.run} ({before.inputs_sha256})" if before else None,
    )
    changed = {
        "hypotheses": weights,
        "centre": dict(case.priors.centre_weights),
        "discrimination": discrimination,
        "dependence": dependence,
        "baseline": baseline,
        "outside_view": None,  # the intensities are moved towards it already
        "assumed_mass": _stated_mass(case),  # the widths are matched, and no longer unsure
    }
    priors = case.priors.changed(**changed)
    new = whole.changed(priors=priors, intensities=_intensities(case, discrimination, because))
    return Rolled(new, {day: _departure(whole, new, day) for day in sorted({as_of, whole.information_cutoff})})


def _departure(whole: CaseRecord, new: CaseRecord, day: dt.date) -> dict[str, tuple[float, float]]:
    old, rolled = (headlines(one.as_of(day), draws=DEPARTURE_DRAWS).flat() for one in (whole, new))
    return {name: (old[name], rolled[name]) for name in old}


def _weights(case: Case, closed_form: ExactPosterior, probability: Floats, because: str) -> WeightedPrior:
    """Match the weights to P(h), and the concentration to the variance of the per-draw probability."""
    weight = closed_form.probability / closed_form.probability.sum()
    strays = float(((probability - weight) ** 2).mean(axis=0).sum())
    size = float((weight * (1 - weight)).sum()) / strays - 1 if strays > 0 else case.priors.hypotheses.concentration
    return WeightedPrior(
        weights=rounded_shares(dict(zip(case.hypothesis_ids, map(float, weight), strict=True))),
        concentration=rounded_size(max(size, LEAST_CONCENTRATION)),
        because=_reason(because, case.priors.hypotheses.because),
    )


def _discrimination(case: Case, closed_form: ExactPosterior, because: str) -> BetaPrior:
    prior = case.priors.discrimination
    if prior.sd == 0:
        return prior
    share = closed_form.gamma_posterior.sum(axis=0) / closed_form.gamma_posterior.sum()
    mean = float(share @ closed_form.gamma)
    return _beta(mean, float(np.sqrt(share @ (closed_form.gamma - mean) ** 2)), _reason(because, prior.because))


def _beta(mean: float, sd: float, because: str) -> BetaPrior:
    return BetaPrior(mean=rounded_share(float(mean)), sd=rounded_size(float(sd)), because=because)


def _reason(because: str, before: str) -> str:
    """Return the reason of a matched number: where it is from, and the reason of the first prior."""
    return f"{because}. {ROLLED.sub('', before)}"


def _intensities(case: Case, discrimination: BetaPrior, because: str) -> tuple[Intensity, ...]:
    """Match every intensity to its posterior given its hypothesis."""
    if not case.transitions:
        return case.intensities
    days = np.array([_days_ahead(case, regime) for regime in case.regimes])
    logs = [_log_intensity(case, hypothesis) for hypothesis in range(len(case.hypotheses))]
    location, total = match_log_normal(np.stack(logs, axis=2), days)  # (transition, hypothesis, regime)
    weights = [case.priors.centre_weights[h] for h in case.hypothesis_ids]
    kept = discrimination.mean
    # What is stated is shrunk by that again, towards the log of the mean pace, and is then where the posterior is.
    level = np.log(np.average(np.exp(location / kept), axis=1, weights=weights))[:, None]
    stated_at = location / kept - (1 - kept) * level
    contrast = stated_at - kept * level
    spread = np.sqrt(np.maximum(total**2 - (discrimination.sd * contrast) ** 2, LEAST_SPREAD**2))
    half = ndtri((1 + _stated_mass(case)) / 2)
    place = {step: index for index, step in enumerate(case.transitions)}
    matched: list[Intensity] = []
    left: dict[tuple[str, str, str, str], float] = {}
    for stated in case.intensities:
        cell = place[stated.transition], case.hypothesis_ids.index(stated.hypothesis), case.regimes.index(stated.regime)
        x, sd = float(stated_at[cell] + np.log(stated.within_days)), float(spread[cell])
        mid = float(mean_chance(np.array(x), np.array(sd)))
        if part_of(stated.regime) in case.occasion_ids:  # what is stated there is not given that no other came first
            rivals = stated.transition.process, stated.transition.source, stated.hypothesis, stated.regime
            before = left.get(rivals, 1.0)
            mid, left[rivals] = before * mid, before * (1 - mid)
        middle = np.log(-np.log1p(-mid))
        low, high = (float(-np.expm1(-np.exp(middle + side * half * sd))) for side in (-1, 1))
        low, mid, high = rounded_rising((low, mid, high))
        now = {"low": low, "mid": mid, "high": high, "because": _reason(because, stated.because)}
        matched.append(stated.changed(**now))
    return tuple(matched)


def _stated_mass(case: Case) -> float:
    """Return how often ranges hold the truth, as a case may state it."""
    return max(round(assumed_mass(case), 3), LEAST_MASS)


def match_log_normal(logs: Floats, days: Floats) -> tuple[Floats, Floats]:
    """Return location and scale of log-normal intensities that give a step the same probability as the draws do.

    The probability within the days ahead is met exactly, that within a quarter of them as closely as possible.

    Parameters
    ----------
    logs
        Draws of log intensities, (draws, ..., regime).
    days
        Days ahead in each regime, (regime,).
    """
    early, late = ((-np.expm1(-np.exp(logs) * days * part)).mean(axis=0) for part in (0.25, 1.0))
    deviation = logs.std(axis=0)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()

    def chance(location: Floats, spread: Floats, part: float) -> Floats:
        intensity = np.exp(location[..., None] + spread[..., None] * nodes)
        return np.asarray(-np.expm1(-intensity * (days * part)[:, None]) @ weights)

    best = np.full((3, *deviation.shape), np.inf)
    for share in NARROWER:
        spread = np.maximum(deviation * share, LEAST_SPREAD)
        low, high = logs.min(axis=0) - 1.0, logs.max(axis=0) + 1.0
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            is_less = chance(middle, spread, 1.0) < late
            low, high = np.where(is_less, middle, low), np.where(is_less, high, middle)
        miss = np.abs(chance((low + high) / 2, spread, 0.25) - early)
        tried = np.stack([miss, (low + high) / 2, spread])
        best = np.where(miss < best[0], tried, best)
    return best[1], best[2]


def _days_ahead(case: Case, regime: str) -> float:
    """Return the days that a regime or a part of one lasts between cut-off and horizon, at least 1."""
    start, end = case.information_cutoff, case.horizon
    if case.election_eve is not None:
        is_before = main_regime(regime) == BEFORE
        start, end = (start, case.election_eve) if is_before else (max(start, case.election_eve), end)
    return float(max(case.days_in(regime, start, end), 1))


def _log_intensity(case: Case, hypothesis: int) -> Floats:
    """Draw log intensities from the posterior given one hypothesis, (draws, transition, regime)."""
    rest = (1 - NEARLY_ONE) / (len(case.hypotheses) - 1)
    sure = {name: NEARLY_ONE if index == hypothesis else rest for index, name in enumerate(case.hypothesis_ids)}
    weights = case.priors.hypotheses.changed(weights=sure)
    centre = case.priors.centre_weights
    given = case.changed(priors=case.priors.changed(hypotheses=weights, centre=centre))
    drawn = inference.draw_exactly(given, exact.posterior(given), DRAWS)
    return drawn.log_intensity[:, :, hypothesis]


def rounded_size(value: float) -> float:
    """Round a size to significant digits.

    >>> rounded_size(4.56789), rounded_size(0.00123456), rounded_size(1234.5)
    (4.57, 0.00123, 1230.0)
    """
    return float(f"{value:.{DIGITS - 1}e}")


def rounded_share(value: float, digits: int = DIGITS) -> float:
    """Round a probability to significant digits of it, or of what is left to 1 where that is less.

    >>> rounded_share(0.123456), rounded_share(0.0012345), rounded_share(0.9987654)
    (0.123, 0.00123, 0.99877)
    """
    return round(value, _decimals(min(value, 1 - value), digits))


def rounded_shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Round weights on one grid, fine enough for the smallest, so that they sum to 1.

    What is left over goes to those that were rounded down most (the method of largest remainders).

    >>> rounded_shares({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})
    {'a': 0.334, 'b': 0.333, 'c': 0.333}
    """
    decimals = max(_decimals(weight, DIGITS) for weight in weights.values())
    grid = 10**decimals
    whole = {name: math.floor(weight * grid) for name, weight in weights.items()}
    left = grid - sum(whole.values())
    by_remainder = sorted(weights, key=lambda name: whole[name] - weights[name] * grid)
    for name in by_remainder[:left]:
        whole[name] += 1
    return {name: number / grid for name, number in whole.items()}


def rounded_rising(values: Sequence[float]) -> tuple[float, ...]:
    """Round probabilities that increase so that they still do, and stay between 0 and 1.

    >>> rounded_rising([0.12344, 0.12346, 0.4567])
    (0.1234, 0.1235, 0.4567)
    """
    for digits in range(DIGITS, MOST_DIGITS):
        rounded = tuple(rounded_share(value, digits) for value in values)
        if rounded[0] < rounded[1] < rounded[2] and rounded[0] > SURE and rounded[2] < 1 - SURE:
            return rounded
    return tuple(values)


def _decimals(value: float, digits: int) -> int:
    """Return the decimals that show so many significant digits of a value below 1."""
    return min(MOST_DIGITS, digits - 1 - math.floor(math.log10(value))) if value > 0 else MOST_DIGITS
