"""The ladder from the independent-evidence answer to the whole model, one feature at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente import exact
from detente.case.priors import BetaPrior
from detente.forecast.result import ModelStep

if TYPE_CHECKING:
    from detente.case.schema import Case
    from detente.exact import ExactPosterior

PLAIN = BetaPrior(mean=1, sd=0, because="every stated contrast taken at its word")


def naive_bayes(case: Case) -> dict[str, float]:
    """Return P(hypothesis | evidence) with the mids multiplied as if independent and certain.

    The answer a spreadsheet gives; shown beside ours so that a reader sees what the rest of the model does.
    """
    total = np.log([case.priors.hypotheses.weights[h] for h in case.hypothesis_ids])
    for item in case.evidence_in_force:
        mid = np.array([case.likelihoods[item.id][h].mid for h in case.hypothesis_ids])
        total = total + np.log(mid if item.observed else 1 - mid)
    share = np.exp(total - total.max())
    return _named(case, share / share.sum())


def model_steps(case: Case, found: ExactPosterior) -> tuple[ModelStep, ...]:
    """Return the posterior as each feature of the model is added to naive Bayes; the last is the whole model."""
    loose = case.changed(
        processes=(),
        outcomes=(),
        events=(),
        evidence=tuple(item.model_copy(update={"cluster": None}) for item in case.evidence),
    )
    stated = loose.changed(priors=case.priors.model_copy(update={"discrimination": PLAIN}))
    return (
        ModelStep("independent evidence (naive Bayes on the mids)", naive_bayes(case)),
        ModelStep("source grades", _named(case, exact.posterior(stated).probability)),
        ModelStep("discrimination", _named(case, exact.posterior(loose).probability)),
        ModelStep("dependence within clusters", _named(case, found.before_records)),
        ModelStep("the record of what has happened", _named(case, found.probability)),
    )


def _named(case: Case, probability: np.ndarray) -> dict[str, float]:
    return {h: float(p) for h, p in zip(case.hypothesis_ids, probability, strict=True)}
