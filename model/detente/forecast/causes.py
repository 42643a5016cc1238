"""Which judgement makes sampling hard, for whoever reads that a diagnostic failed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from detente.inference import FREE, Draws, scalars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.case import Case
    from detente.case.priors import BetaPrior
    from detente.diagnostics import Check, Diagnostics

TELLING = 2.0
"""Kolmogorov-Smirnov distance, times the root of the number, from which divergent draws lie apart from the others."""


def with_causes(diagnostics: Diagnostics, case: Case, draws: Draws | None = None) -> Diagnostics:
    """Return diagnostics whose failed checks name the judgements that cause it, where there are such.

    Those are priors that pile up at an end, and what is judged of the quantity that failed; where draws diverged, of
    the quantity by which they differ most from those that did not.
    """
    if diagnostics.r_hat_max is None and diagnostics.divergences is None:
        return diagnostics
    piled = "; ".join(_u_shaped(case))

    def told(check: Check) -> Check:
        if check.status != "fail":
            return check
        quantity = check.quantity
        if quantity is None and diagnostics.divergences and draws is not None:
            quantity = divergent_quantity(case, draws)
        advice, judged = check.advice, judgement(case, quantity) if quantity else None
        advice += f", or mend the cause: {piled}" if piled else ""
        return check.changed(advice=advice + (f"; it is about {judged}" if judged else ""))

    return diagnostics.changed(checks=tuple(map(told, diagnostics.checks)))


def divergent_quantity(case: Case, draws: Draws) -> str | None:
    """Return the sampled quantity whose divergent draws are distributed least like the others; None if none stands out.

    By the two-sample Kolmogorov-Smirnov distance.
    """
    diverging = np.asarray(draws.stats.get("diverging", np.zeros(draws.hypothesis.shape)), dtype=bool).ravel()
    few = int(diverging.sum())
    if few in {0, diverging.size}:
        return None
    distance = {}
    for name, values in scalars(case, draws).items():
        if name.partition("[")[0] in FREE:
            apart, rest = np.sort(values.ravel()[diverging]), np.sort(values.ravel()[~diverging])
            below = [np.searchsorted(some, values.ravel(), side="right") / some.size for some in (apart, rest)]
            distance[name] = float(np.abs(below[0] - below[1]).max())
    name = max(distance, key=lambda each: distance[each])
    return name if distance[name] * math.sqrt(few * (1 - few / diverging.size)) >= TELLING else None


def judgement(case: Case, quantity: str) -> str | None:
    """Return where what is judged of a quantity stands: the file, and the key or the row; None if it is of no one's.

    >>> from detente.case import bundled_cases, load_case
    >>> judgement(load_case(bundled_cases()[0]), "discrimination")
    'discrimination in priors.yaml'
    """
    name, _, inside = quantity.rstrip("]").partition("[")
    steps = {step.id: f"{step.process}, {step.source}, {step.target}" for step in case.transitions}
    polls = "polls in priors.yaml and polls.csv"
    where = {
        "discrimination": "discrimination in priors.yaml",
        "hypothesis_weight": "hypotheses in priors.yaml",
        "hypothesis_probability": "hypotheses in priors.yaml",
        **dict.fromkeys(
            ("winner_probability", "winner_given_hypothesis"),
            polls if case.polls_in_force else "election in priors.yaml",
        ),
        **dict.fromkeys(("poll_state", "election_surprise", "incumbent_share"), polls),
    }.get(name)
    if name in {"cluster_correlation", "common_cause"}:
        key = inside if inside in case.priors.dependence else "default"
        items = ", ".join(item.id for item in case.evidence_in_force if item.cluster == inside)
        where = f"dependence.{key} in priors.yaml and {items} in likelihoods.csv"
    elif name in {"step_effect", "regime_effect"}:
        step, _, row = inside.partition(", ")
        where = f"{', '.join(filter(None, (steps[step], row)))} in intensities.csv"
    elif name.startswith("class_"):
        where = f"outside_view in priors.yaml and {steps[inside]} in reference_class.csv"
    elif where is None:  # an outcome in a window
        asked = quantity.rpartition(".")[0]
        where = next((f"{one.process} in intensities.csv" for one in case.outcomes if one.id == asked), None)
    return where


def largest_deviation(prior: BetaPrior) -> float:
    """Return the largest standard deviation with which the Beta of a mean still has no peak at an end.

    Both parameters are at least 1 where ``m (mean (1 - mean) / sd^2 - 1) >= 1``, m the smaller of mean and 1 - mean.

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
