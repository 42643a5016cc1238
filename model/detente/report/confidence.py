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

    from detente.forecast.result import Forecast

Level = Literal["low", "moderate", "high"]

HIGH_MOVE, LOW_MOVE = 0.10, 0.25
HIGH_WEAK, LOW_WEAK = 0.25, 0.50
HIGH_GROUPS, LOW_GROUPS = 5, 2
HIGH_PRIOR, LOW_PRIOR_STEP = 0.25, 0.10
HIGH_WIDTH, LOW_WIDTH = 0.30, 0.60


@dataclass(frozen=True)
class Confidence:
    """The level and what it was read from.

    ``width`` is how far the leading probability moves with what the assessor is unsure of (its 90 % interval);
    ``largest_move`` is the largest change of the leading probability when one item, cluster or record is left out;
    ``weak_share`` the share of absolute weight from items graded C3 or weaker; ``groups`` counts independent groups
    of items; ``break_even`` is the prior of the leading hypothesis at which it would no longer lead.
    """

    level: Level
    width: float
    largest_move: float
    mover: str
    answer_changes: bool
    weak_share: float
    groups: int
    prior: float
    break_even: float
    computed: bool


def confidence(forecast: Forecast) -> Confidence:
    """Read confidence off a forecast by the rule."""
    lead = forecast.leading
    now = forecast.hypotheses[lead].posterior
    without_each = list(left_out(forecast))
    move, mover = max(
        ((abs(without[lead] - now), label) for label, without in without_each),
        default=(0.0, ""),
        key=lambda pair: pair[0],
    )
    changes = any(max(without, key=lambda h: without[h]) != lead for _, without in without_each)
    weak, groups = weak_share(forecast), len(forecast.inputs.items_by_cluster)
    prior, even = forecast.hypotheses[lead].prior, break_even(forecast)
    computed = forecast.diagnostics.status == "pass"
    level: Level
    low, high = forecast.hypotheses[lead].interval
    width = high - low
    if (
        not computed or width > LOW_WIDTH or changes or move > LOW_MOVE or weak > LOW_WEAK or groups <= LOW_GROUPS
        or prior - LOW_PRIOR_STEP <= even
    ):  # fmt: skip
        level = "low"
    elif (
        width <= HIGH_WIDTH and move <= HIGH_MOVE and weak <= HIGH_WEAK and groups >= HIGH_GROUPS
        and even <= HIGH_PRIOR
    ):  # fmt: skip
        level = "high"
    else:
        level = "moderate"
    return Confidence(level, width, move, mover, changes, weak, groups, prior, even, computed)


def weak_share(forecast: Forecast) -> float:
    """Return the share of absolute weight that comes from items of which no more is kept than of a C3."""
    priors, lead = forecast.inputs.priors, forecast.leading
    line = priors.reliability.get("C", 0.0) * priors.credibility.get(3, 0.0)
    items = {item.id: item for item in forecast.inputs.evidence}
    weights = {w.id: abs(w.weight_db[lead]) for w in forecast.evidence}
    total = sum(weights.values())
    weak = sum(weight for key, weight in weights.items() if priors.trust(items[key]) <= line)
    return weak / total if total else 0.0


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
