"""Carry priors forward: make the posterior of a run the prior of a new baseline, and measure what that loses.

Each prior is matched to its posterior: weights to P(hypothesis), their concentration to how far a draw's probability
strays, discrimination and each cluster's correlation to mean and deviation, and each intensity, under its hypothesis,
to how likely the step is within the days ahead.  What is lost is how they hang together, and the common cause that
later items of a cluster would share with earlier ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from detente import exact, inference
from detente.case.election import BEFORE
from detente.case.priors import Baseline, BetaPrior, WeightedPrior
from detente.forecast.headlines import headlines

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from detente.case import Case, CaseRecord
    from detente.case.intensities import Intensity
    from detente.exact import ExactPosterior

    Floats = NDArray[np.float64]

TOLERANCE = 0.01
"""How far a headline of the rolled forecast may be from that of the unrolled one."""
DRAWS, DEPARTURE_DRAWS = 4000, 4000
NEARLY_ONE = 1 - 1e-9
LEAST_SPREAD = 0.02
LEAST_CONCENTRATION = 0.5
NODES, HALVINGS = 41, 50
NARROWER = tuple(1.3 - 0.05 * step for step in range(21))
"""Deviations tried, as shares of that of the draws: a record without a step cuts off one tail only."""


@dataclass(frozen=True)
class Rolled:
    """New priors, and on each date tried every headline without and with them; ``inputs`` is the case they are for."""

    inputs: CaseRecord
    departures: Mapping[dt.date, Mapping[str, tuple[float, float]]]

    @property
    def largest(self) -> float:
        """The largest departure of any headline."""
        found = [abs(new - old) for table in self.departures.values() for old, new in table.values()]
        return max(found, default=0.0)


def roll(whole: CaseRecord, as_of: dt.date, run: str) -> Rolled:
    """Make the posterior of a whole case as of a date its new priors.

    Parameters
    ----------
    whole
        The whole case, with the priors that the run had.
    as_of
        The run's cut-off, from which evidence counts anew.
    run
        What the lineage calls the run.
    """
    case = whole.as_of(as_of)
    found = exact.posterior(case)
    drawn = inference.draw_exactly(case, found, DRAWS)
    because = f"Posterior of {run}"
    weights = _weights(case, found, drawn.flat("hypothesis_probability"), because)
    discrimination = _discrimination(case, found, because)
    dependence = dict(case.priors.dependence)
    if "cluster_correlation" in drawn.values:
        correlation = drawn.flat("cluster_correlation")
        for index, cluster in enumerate(inference.labels(case)["cluster"]):
            if case.priors.cluster_correlation(cluster).sd > 0:
                dependence[cluster] = _beta(correlation[:, index].mean(), correlation[:, index].std(), because)
    before = case.priors.baseline
    baseline = Baseline(
        run=run,
        inputs_sha256=whole.inputs_sha256,
        evidence_from=as_of,
        before=f"{before.run} ({before.inputs_sha256})" if before else None,
    )
    changed = {
        "hypotheses": weights,
        "discrimination": discrimination,
        "dependence": dependence,
        "baseline": baseline,
        "outside_view": None,  # the intensities are moved towards it already
    }
    priors = case.priors.model_copy(update=changed)
    new = whole.changed(priors=priors, intensities=_intensities(case, discrimination, because))
    return Rolled(new, {day: _departure(whole, new, day) for day in sorted({as_of, whole.information_cutoff})})


def _departure(whole: CaseRecord, new: CaseRecord, day: dt.date) -> dict[str, tuple[float, float]]:
    old, rolled = (headlines(one.as_of(day), draws=DEPARTURE_DRAWS).flat() for one in (whole, new))
    return {name: (old[name], rolled[name]) for name in old}


def _weights(case: Case, found: ExactPosterior, probability: Floats, because: str) -> WeightedPrior:
    """Match weights to P(h), and the concentration to how far a draw's probability strays from it."""
    weight = found.probability / found.probability.sum()
    strays = float(((probability - weight) ** 2).mean(axis=0).sum())
    size = float((weight * (1 - weight)).sum()) / strays - 1 if strays > 0 else case.priors.hypotheses.concentration
    return WeightedPrior(
        weights=dict(zip(case.hypothesis_ids, map(float, weight), strict=True)),
        concentration=max(size, LEAST_CONCENTRATION),
        because=f"{because}. {case.priors.hypotheses.because}",
    )


def _discrimination(case: Case, found: ExactPosterior, because: str) -> BetaPrior:
    prior = case.priors.discrimination
    if prior.sd == 0:
        return prior
    share = found.gamma_posterior.sum(axis=0) / found.gamma_posterior.sum()
    mean = float(share @ found.gamma)
    return _beta(mean, float(np.sqrt(share @ (found.gamma - mean) ** 2)), f"{because}. {prior.because}")


def _beta(mean: float, sd: float, because: str) -> BetaPrior:
    return BetaPrior(mean=float(mean), sd=float(sd), because=because)


def _intensities(case: Case, discrimination: BetaPrior, because: str) -> tuple[Intensity, ...]:
    """Match every intensity under every hypothesis to the posterior given that hypothesis."""
    if not case.transitions:
        return case.intensities
    days = np.array([_days_ahead(case, regime) for regime in case.regimes])
    logs = [_log_intensity(case, hypothesis) for hypothesis in range(len(case.hypotheses))]
    location, total = match_log_normal(np.stack(logs, axis=2), days)  # (transition, hypothesis, regime)
    centre = location.mean(axis=1, keepdims=True)
    contrast = (location - centre) / discrimination.mean
    spread = np.sqrt(np.maximum(total**2 - (discrimination.sd * contrast) ** 2, LEAST_SPREAD**2))
    half = ndtri((1 + case.priors.assumed_mass) / 2)
    place = {step: index for index, step in enumerate(case.transitions)}
    rows = []
    for row in case.intensities:
        cell = place[row.transition], case.hypothesis_ids.index(row.hypothesis), case.regimes.index(row.regime)
        eta = float(centre[cell[0], 0, cell[2]] + contrast[cell])
        low, mid, high = (
            float(-np.expm1(-np.exp(eta + side * half * float(spread[cell])) * row.within_days)) for side in (-1, 0, 1)
        )
        found = {"low": low, "mid": mid, "high": high, "because": f"{because}. {row.because}"}
        rows.append(row.model_copy(update=found))
    return tuple(rows)


def match_log_normal(logs: Floats, days: Floats) -> tuple[Floats, Floats]:
    """Return location and deviation of the log-normal intensities that make a step as likely as the drawn ones do.

    As likely within the days ahead, and as nearly as can be within a quarter of them.

    Parameters
    ----------
    logs
        Draws of log intensities, (draws, ..., regime).
    days
        Days ahead in each regime.
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
        found = np.stack([miss, (low + high) / 2, spread])
        best = np.where(miss < best[0], found, best)
    return best[1], best[2]


def _days_ahead(case: Case, regime: str) -> float:
    """Return how long a regime lasts from the cut-off to the horizon; at least a day."""
    start, end = case.information_cutoff, case.horizon
    if case.election_eve is not None:
        start, end = (start, case.election_eve) if regime == BEFORE else (max(start, case.election_eve), end)
    return float(max((end - start).days, 1))


def _log_intensity(case: Case, hypothesis: int) -> Floats:
    """Draw log intensities from the posterior given one hypothesis, (draws, transition, regime)."""
    rest = (1 - NEARLY_ONE) / (len(case.hypotheses) - 1)
    sure = {name: NEARLY_ONE if index == hypothesis else rest for index, name in enumerate(case.hypothesis_ids)}
    weights = case.priors.hypotheses.model_copy(update={"weights": sure})
    given = case.changed(priors=case.priors.model_copy(update={"hypotheses": weights}))
    drawn = inference.draw_exactly(given, exact.posterior(given), DRAWS)
    return drawn.log_intensity[:, :, hypothesis]
