"""The weight of evidence: of items, records and clusters; the register of items; the ladder of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from detente import exact
from detente.case.priors import BetaPrior
from detente.exact.evidence import log_prior_weights
from detente.forecast.result import ClusterWeight, EvidenceWeight, ModelStep, RecordWeight
from detente.frozen import Immutable
from detente.scoring import INTERVAL

if TYPE_CHECKING:
    from detente.arrays import Floats
    from detente.case.evidence import EvidenceItem
    from detente.case.schema import Case
    from detente.exact import ExactPosterior
    from detente.inference import Draws


Standing = Literal["seen", "absent", "awaited", "withdrawn"]
"""Of an item: it counts as seen, or as looked for and absent; it is not due yet; or it was withdrawn."""
NO_SHRINKAGE = BetaPrior.read({"mean": 1.0, "sd": 0.0, "because": "every stated contrast taken at its word"})


def item_weights(case: Case, closed_form: ExactPosterior) -> tuple[EvidenceWeight, ...]:
    """Return the weight of each item in force, and the posterior without it."""
    rows = zip(case.evidence_in_force, closed_form.item_weight_db, closed_form.without_item, strict=True)
    return tuple(
        EvidenceWeight(item.id, item.date, item.cluster, _named(case, weight), _named(case, without))
        for item, weight, without in rows
    )


def record_weights(case: Case, closed_form: ExactPosterior) -> tuple[RecordWeight, ...]:
    """Return the weight of each process's record, and the posterior without it."""
    rows = zip(case.processes, closed_form.record_weight_db, closed_form.without_record, strict=True)
    return tuple(
        RecordWeight(
            process=process.id,
            days=(case.information_cutoff - process.start.date).days,
            transitions=len(case.history(process.id)),
            weight_db=_named(case, weight),
            posterior_without=_named(case, without),
        )
        for process, weight, without in rows
    )


def cluster_weights(case: Case, closed_form: ExactPosterior, draws: Draws) -> tuple[ClusterWeight, ...]:
    """Return the weight of each cluster, the posterior without it, and its correlation as drawn."""
    clusters = closed_form.factors.clusters
    correlation = draws.flat("cluster_correlation") if clusters else np.zeros((1, 0))
    lows, highs = np.quantile(correlation, INTERVAL, axis=0)
    means = correlation.mean(axis=0)
    return tuple(
        ClusterWeight(
            id=cluster.id,
            items=tuple(case.evidence_in_force[row].id for row in cluster.rows),
            weight_db=_named(case, closed_form.cluster_weight_db[index]),
            posterior_without=_named(case, closed_form.without_cluster[index]),
            correlation=float(means[index]),
            correlation_interval=(float(lows[index]), float(highs[index])),
        )
        for index, cluster in enumerate(clusters)
    )


def naive_bayes(case: Case) -> dict[str, float]:
    """Return naive Bayes on the best guesses: items independent and likelihoods certain.

    A spreadsheet would give this answer; shown beside the forecast, it tells what the rest of the model does.
    """
    total = log_prior_weights(case) + naive_log_likelihood(case)
    share = np.exp(total - total.max())
    return _named(case, share / share.sum())


def naive_log_likelihood(case: Case) -> Floats:
    """Return log P(items | h), (hypothesis,), as naive Bayes has it."""
    total = np.zeros(len(case.hypotheses))
    for item in case.evidence_in_force:
        mid = np.array([case.likelihoods[item.id][h].mid for h in case.hypothesis_ids])
        total = total + np.log(mid if item.observed else 1 - mid)
    return total


def model_steps(case: Case, closed_form: ExactPosterior) -> tuple[ModelStep, ...]:
    """Return the posterior as features are added to naive Bayes one by one; the last is the whole model."""
    stated, loose = (
        _named(case, np.exp(exact.log_probabilities_apart(case, prior)))
        for prior in (NO_SHRINKAGE, case.priors.discrimination)
    )
    return (
        ModelStep("naive_bayes", naive_bayes(case)),
        ModelStep("judgements", stated),
        ModelStep("discrimination", loose),
        ModelStep("dependence", _named(case, closed_form.before_records)),
        ModelStep("record", _named(case, closed_form.probability)),
    )


class RegisterRow(Immutable):
    """An item and its standing; ``weight_db`` favours the leading hypothesis over the rest, given earlier items."""

    item: EvidenceItem
    weight_db: float | None
    standing: Standing


class Register(Immutable):
    """All items by date, and the hypothesis that positive weights favour."""

    towards: str
    rows: tuple[RegisterRow, ...]


def register(case: Case, closed_form: ExactPosterior | None = None) -> Register:
    """Return the register of a case as of its cut-off; ``closed_form`` is its exact posterior where that is known."""
    closed_form = closed_form or exact.posterior(case)
    lead = int(closed_form.probability.argmax())
    weights = dict(zip((item.id for item in case.evidence_in_force), closed_form.item_weight_db[:, lead], strict=True))
    rows = [
        RegisterRow(
            item, float(weights[item.id]) if item.id in weights else None, _standing(item, counts=item.id in weights)
        )
        for item in sorted(case.evidence, key=lambda item: item.date)
    ]
    return Register(case.hypothesis_ids[lead], tuple(rows))


def _standing(item: EvidenceItem, *, counts: bool) -> Standing:
    if counts:
        return "seen" if item.observed else "absent"
    return "awaited" if item.retracted_on is None else "withdrawn"


def _named(case: Case, values: Floats) -> dict[str, float]:
    return {h: float(value) for h, value in zip(case.hypothesis_ids, values, strict=True)}
