"""Which judgement makes sampling hard, for whoever reads that a diagnostic failed."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.case import Case
    from detente.case.priors import BetaPrior
    from detente.diagnostics import Diagnostics


def with_causes(diagnostics: Diagnostics, case: Case) -> Diagnostics:
    """Return diagnostics whose failed checks name the judgements that cause it, where there are such."""
    causes = "; ".join(_u_shaped(case))
    if not causes or diagnostics.r_hat_max is None:
        return diagnostics
    checks = tuple(
        dataclasses.replace(check, advice=f"{check.advice}, or mend the cause: {causes}")
        if check.status == "fail"
        else check
        for check in diagnostics.checks
    )
    return dataclasses.replace(diagnostics, checks=checks)


def largest_deviation(prior: BetaPrior) -> float:
    """Return the largest standard deviation with which the Beta of a mean still has no peak at an end.

    Both parameters are at least 1 where ``m (mean (1 - mean) / sd^2 - 1) >= 1``, m the smaller of mean and 1 - mean.

    Examples
    --------
    >>> from detente.case.priors import BetaPrior
    >>> round(largest_deviation(BetaPrior(mean=0.5, sd=0.45, because="wide")), 4)  # the uniform's
    0.2887
    """
    least = min(prior.mean, 1 - prior.mean)
    return float((prior.mean * (1 - prior.mean) * least / (1 + least)) ** 0.5)


def _u_shaped(case: Case) -> Iterator[str]:
    """Yield each prior of the discrimination or of a correlation in use that piles up at an end."""
    named = {"discrimination": case.priors.discrimination}
    for cluster in case.clusters_in_force:
        named[f"dependence.{cluster.id}"] = case.priors.cluster_correlation(str(cluster.id))
    for name, prior in named.items():
        most = largest_deviation(prior)
        if prior.sd > most * (1 + 1e-9):
            size, bound = f"mean {prior.mean:g}, sd {prior.sd:g}", math.floor(1e4 * most) / 1e4
            yield f"the prior of {name} in priors.yaml ({size}) piles up at an end: state an sd up to {bound:g}"
