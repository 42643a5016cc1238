"""The answer along one dial at a time: prior, discrimination, correlation and reliability, from end to end."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from detente.analysis.results import Sweep
from detente.analysis.reweighting import take_apart
from detente.analysis.sensitivity.swings import correlated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detente.analysis.reweighting import Basis

    Floats = NDArray[np.float64]

PRIORS = tuple(round(0.05 * k, 2) for k in range(1, 20))
GAMMAS = tuple(round(0.1 * k, 1) for k in range(11))
RHOS = (0.001, *(round(0.1 * k, 1) for k in range(1, 10)), 0.97)
KEPT = tuple(round(0.1 * k, 1) for k in range(11))


def sweeps(basis: Basis, hypothesis: str) -> tuple[Sweep, ...]:
    """Return the sweeps; the prior's is over the weight of ``hypothesis``, the others keeping their proportions."""
    prior = basis.case.priors.hypotheses.weights[hypothesis]
    gamma = basis.case.priors.discrimination.mean
    found = [
        Sweep("prior", f"prior weight of {hypothesis}", PRIORS, _rows(_priors(basis, hypothesis)), prior),
        Sweep("discrimination", "discrimination, held to be known", GAMMAS, _rows(map(basis.at, GAMMAS)), gamma),
    ]
    if basis.cluster:
        values = (basis.weigh(correlated(basis, basis.cluster, rho)) for rho in RHOS)
        found.append(Sweep("correlation", "correlation of every cluster, held to be known", RHOS, _rows(values)))
    if basis.case.evidence_in_force:
        values = (_kept(basis, share) for share in KEPT)
        found.append(Sweep("reliability", "what is kept of every item, whatever its grade", KEPT, _rows(values)))
    return tuple(found)


def _priors(basis: Basis, hypothesis: str) -> list[Floats]:
    index = basis.case.hypothesis_ids.index(hypothesis)
    weights = np.exp(basis.log_prior)
    found = []
    for weight in PRIORS:
        moved = weights * (1 - weight) / (1 - weights[index])
        moved[index] = weight
        found.append(basis.weigh(basis.total, log_prior=np.log(moved)))
    return found


def _kept(basis: Basis, share: float) -> Floats:
    priors = basis.case.priors
    tables = {
        "reliability": dict.fromkeys(priors.reliability, share),
        "credibility": dict.fromkeys(priors.credibility, 1.0),
    }
    case = basis.case.changed(priors=priors.model_copy(update=tables))
    changed = take_apart(case, basis.outlook.random_seed, outlook=basis.outlook)
    return dataclasses.replace(changed).weigh(changed.total)


def _rows(values: object) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(float, row)) for row in values)  # type: ignore[attr-defined]
