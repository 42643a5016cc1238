"""Sampled against exact: one case, both engines, every P(hypothesis) and outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.forecast import forecast
from detente.settings import Settings
from detente.verify.result import AGREEMENT_WITHIN, Agreement

if TYPE_CHECKING:
    from detente.case.schema import Case
    from detente.verify.result import Plan, Verdict


def agree(case: Case, plan: Plan) -> Agreement:
    """Sample ``case`` and set every P(hypothesis) and outcome beside the exact engine's, in Monte Carlo errors."""
    settings = Settings(draws=plan.agreement_draws, random_seed=plan.random_seed, in_full=False)
    found = forecast(case, settings).diagnostics.exact_agreement
    if found is None:  # nothing varies: both say the same
        return Agreement(case.id, 0.0, "none that varies", 0, "pass")
    verdict: Verdict = "pass" if found.max_z <= AGREEMENT_WITHIN else "fail"
    return Agreement(case.id, round(found.max_z, 3), found.quantity, found.quantities, verdict)
