"""The agreement of an engine with the exact one: every P(hypothesis), outcome, and number from polls or a class.

The error of an average has to allow for what its draws never met.  About one draw in 10,000 meets a hypothesis of
probability .0001; if none did, the draws hardly vary, and their standard error does not tell.  But P(h) is known
exactly, and with it the variance of draws that meet h as often as they should
(:func:`~detente.diagnostics.variance_if_met`).  What the sample variance lacks of it belongs to the error of P(h) and,
in proportion to what h implies for them, to that of the outcomes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente.case.windows import AFTER_ELECTION
from detente.diagnostics import agreement, variance_if_met
from detente.forecast.outside import outside_agreement

if TYPE_CHECKING:
    from detente.arrays import Floats
    from detente.case.schema import Case
    from detente.diagnostics import ExactAgreement
    from detente.forecast.build import Answer


def agreement_of(case: Case, answer: Answer, reference: Answer) -> ExactAgreement | None:
    """Return how far an engine's answer is from the exact engine's; for the latter, its draws from the closed form."""
    draws = answer.posterior.draws.flat("hypothesis_probability")
    closed_form = reference.posterior.probability
    sampled: dict[str, float] = {}
    exact: dict[str, float] = {}
    error: dict[str, float] = {}
    effective: dict[str, float] = {}
    unmet = np.zeros(closed_form.size)
    for index, h in enumerate(case.hypothesis_ids):
        values, name = draws[:, index], f"P({h})"
        sampled[name], exact[name] = float(values.mean()), float(closed_form[index])
        variance, mcse = float(values.var(ddof=1)), answer.mcse(f"hypothesis_probability[{h}]")
        effective[name] = variance / mcse**2 if mcse > 0 else float(values.size)
        unmet[index] = (variance_if_met(values, exact[name]) - variance) / effective[name]
        error[name] = float(np.hypot(mcse, np.sqrt(unmet[index])))
    if answer is not reference:
        few = _of_few_draws(reference.posterior.draws.flat("hypothesis_probability"), closed_form)
        expected = reference.outcomes.by_name
        for name, window in answer.outcomes.by_name.items():
            sampled[name], exact[name] = window.probability, expected[name].probability
            contrast = expected[name].by_hypothesis - exact[name]
            unseen = np.sqrt(unmet @ contrast**2 + few)
            error[name] = float(np.linalg.norm([answer.mcse(name), reference.mcse(name), unseen]))
            if not name.endswith(AFTER_ELECTION) and answer.mcse(name) > 0:  # that is a ratio of two averages
                effective[name] = float(window.draws.var(ddof=1)) / answer.mcse(name) ** 2
        from_outside = outside_agreement(case, answer.posterior.draws, reference.posterior.closed_form)
        measured = answer.posterior.engine.measure({name: values for name, (values, _) in from_outside.items()})
        for name, (values, expected_mean) in from_outside.items():
            sampled[name], exact[name] = float(values.mean()), expected_mean
            error[name] = measured[name].mcse if name in measured else 0.0
    return agreement(sampled, exact, error, effective)


def _of_few_draws(probability: Floats, closed_form: Floats) -> float:
    """Return the squared error of outcomes that is due to hypotheses which few of the exact engine's draws weigh in.

    An outcome under h is averaged with weights ``probability`` (draws, hypothesis): over so many draws as
    ``(sum p)^2 / sum p^2``.  One more, anywhere between 0 and 1, has a variance of at most 1/4.
    """
    weighed = probability.sum(axis=0) ** 2 / np.maximum((probability**2).sum(axis=0), np.finfo(float).tiny)
    return float(((closed_form / (2 * (weighed + 1))) ** 2).sum())
