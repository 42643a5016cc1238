"""Confidence by a printed rule: how far the answer moves, how much of it rests on weak grades, how many pillars it has.

Confidence is about the basis of a forecast and never about the event; reports keep the two in separate sentences
(Intelligence Community Directive 203, 2015).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detente.report.prose import name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from detente.analysis.results import Sensitivity
    from detente.forecast.result import Forecast, Interval

Level = Literal["low", "moderate", "high"]
Reason = Literal["computation", "turns", "moves", "wide", "weak", "few", "prior"]
"""Lines of the rule from which low confidence follows: the last two are few groups, and a prior near break-even."""

HIGH_MOVE, LOW_MOVE = 0.10, 0.25
HIGH_WEAK, LOW_WEAK = 0.25, 0.50
HIGH_GROUPS, LOW_GROUPS = 5, 2
HIGH_PRIOR, LOW_PRIOR_STEP = 0.25, 0.10
HIGH_WIDTH, LOW_WIDTH = 0.30, 0.60
PARTS, ALL_PARTS = "item, cluster or record", "item, cluster, actor, source or record"


@dataclass(frozen=True)
class Confidence:
    """The level, the lines it is low by, and what it was read from.

    ``width`` is that of the leading explanation's 90% credible interval, and ``prior_answers`` are its probability at
    the two ends of the 90% interval of its prior, ``prior_bounds``.  ``largest_move`` is the largest change of that
    probability when one of ``parts`` is left out: an item, a cluster or a record, and where the run has a sensitivity
    analysis all that an actor or a source is named in; ``turner`` is the first that another explanation leads without.
    ``weak_share`` is the share of absolute weight from items graded C3 or weaker; ``groups`` counts independent groups
    of items; ``source`` is one that every one of several items comes through, if there is one; ``break_even`` is the
    prior of the leading explanation at which it would no longer lead.
    """

    level: Level
    reasons: tuple[Reason, ...]
    width: float
    prior_answers: Interval
    prior_bounds: Interval
    parts: str
    largest_move: float
    mover: str
    turner: str
    weak_share: float
    groups: int
    source: str
    prior: float
    break_even: float

    @property
    def prior_width(self) -> float:
        """How far the probability moves with the prior alone."""
        return self.prior_answers[1] - self.prior_answers[0]


def confidence(forecast: Forecast, sensitivity: Sensitivity | None = None) -> Confidence:
    """Read confidence off a forecast by the rule."""
    lead = forecast.hypotheses[forecast.leading]
    without_each = [*left_out(forecast), *voices_left_out(forecast, sensitivity)]
    move, mover = max(
        ((abs(without[forecast.leading] - lead.posterior), label) for label, without in without_each),
        default=(0.0, ""),
        key=lambda pair: pair[0],
    )
    turner = next((label for label, without in without_each if without[forecast.leading] < max(without.values())), "")
    bounds, width = prior_bounds(forecast), lead.interval[1] - lead.interval[0]
    source = only_source(forecast)
    weak, groups = weak_share(forecast), len(forecast.inputs.groups_in_force)
    even, computed = break_even(forecast), forecast.diagnostics.status == "pass"
    lows: dict[Reason, bool] = {
        "computation": not computed,
        "turns": bool(turner),
        "moves": move > LOW_MOVE and not turner,
        "wide": width > LOW_WIDTH,
        "weak": weak > LOW_WEAK,
        "few": groups <= LOW_GROUPS,
        "prior": lead.prior - LOW_PRIOR_STEP <= even,
    }
    is_high = (
        width <= HIGH_WIDTH and move <= HIGH_MOVE and weak <= HIGH_WEAK and groups >= HIGH_GROUPS
        and even <= HIGH_PRIOR and not source
    )  # fmt: skip
    return Confidence(
        level="low" if any(lows.values()) else "high" if is_high else "moderate",
        reasons=tuple(reason for reason, holds in lows.items() if holds),
        width=width,
        prior_answers=(at_prior(forecast, bounds[0]), at_prior(forecast, bounds[1])),
        prior_bounds=bounds,
        parts=ALL_PARTS if sensitivity else PARTS,
        largest_move=move,
        mover=mover,
        turner=turner,
        weak_share=weak,
        groups=groups,
        source=source,
        prior=lead.prior,
        break_even=even,
    )


def weak_share(forecast: Forecast) -> float:
    """Return the share of absolute weight that comes from items of which no more is kept than of a C3."""
    priors, lead = forecast.inputs.priors, forecast.leading
    line = priors.reliability.get("C", 0.0) * priors.credibility.get(3, 0.0)
    items = {item.id: item for item in forecast.inputs.evidence}
    weights = {w.id: abs(w.weight_db[lead]) for w in forecast.evidence}
    total = sum(weights.values())
    weak = sum(weight for key, weight in weights.items() if priors.trust(items[key]) <= line)
    return weak / total if total else 0.0


def only_source(forecast: Forecast) -> str:
    """Return the source that every item in force names, alone or among others; nothing for fewer than two items."""
    named = [set(item.sources) for item in forecast.inputs.evidence_in_force]
    return next(iter(sorted(set.intersection(*named))), "") if len(named) > 1 else ""


def prior_bounds(forecast: Forecast) -> Interval:
    """Return the 90% interval of the leading hypothesis's prior weight: of the Beta it has under the Dirichlet."""
    from scipy.special import betaincinv

    prior, lead = forecast.inputs.priors.hypotheses, forecast.leading
    alpha, beta = prior.concentration * prior.weights[lead], prior.concentration * (1 - prior.weights[lead])
    return float(betaincinv(alpha, beta, 0.05)), float(betaincinv(alpha, beta, 0.95))


def at_prior(forecast: Forecast, weight: float) -> float:
    """Return P(the leading hypothesis) were its prior ``weight``, the others keeping their proportions."""
    lead = forecast.hypotheses[forecast.leading]
    mine = weight * lead.posterior / lead.prior
    rest = (1 - weight) * (1 - lead.posterior) / (1 - lead.prior)
    return mine / (mine + rest)


def break_even(forecast: Forecast) -> float:
    """Return the prior of the leading hypothesis below which another one leads, the others keeping their proportions.

    The posterior is proportional to prior times likelihood, so the likelihoods can be read back from the two.
    """
    lead = forecast.hypotheses[forecast.leading]
    mine = lead.posterior / lead.prior
    rival = max(h.posterior for key, h in forecast.hypotheses.items() if key != forecast.leading) / (1 - lead.prior)
    return rival / (mine + rival)


def left_out(forecast: Forecast) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Yield the posterior without each item, cluster and record, with a name for what is missing."""
    for item in forecast.evidence:
        yield f"the item “{name(item.id)}”", item.posterior_without
    for cluster in forecast.clusters:
        yield f"the cluster “{name(cluster.id)}”", cluster.posterior_without
    for record in forecast.records:
        yield f"the record of “{name(record.process)}”", record.posterior_without


def voices_left_out(forecast: Forecast, sensitivity: Sensitivity | None) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Yield the posterior without all that an actor or a source is named in, where the run has worked it out."""
    for row in sensitivity.left_out if sensitivity else ():
        if row.kind in {"actor", "source"}:
            yield f"the {row.kind} “{row.id}”", dict(zip(forecast.hypotheses, row.values, strict=False))
