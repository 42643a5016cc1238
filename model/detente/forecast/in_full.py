"""What only a report shows of a forecast: the ladder of models, the prior predictive, parameters, views from outside.

References
----------
Gelman, A. et al. (2020), Bayesian workflow.  arXiv:2011.01808 (prior predictive checks).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from detente import exact, inference
from detente.exact.whatif import what_if
from detente.forecast.answer import answer
from detente.forecast.election import poll_forecast
from detente.forecast.outside import outside_view
from detente.forecast.parameters import summarize_parameters
from detente.forecast.steps import model_steps
from detente.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detente.case.schema import Case
    from detente.diagnostics import Convergence
    from detente.exact import ExactPosterior
    from detente.forecast.result import Forecast
    from detente.inference import Draws

PRIOR_DRAWS = 1000


def in_full(
    result: Forecast, case: Case, found: ExactPosterior, draws: Draws, chained: Mapping[str, Convergence]
) -> Forecast:
    """Return a forecast with all that a report shows.

    Parameters
    ----------
    result
        The forecast so far.
    case
        The case as of its cut-off.
    found
        Its exact posterior.
    draws
        The engine's draws.
    chained
        How well each quantity converged; empty without chains.
    """
    return dataclasses.replace(
        result,
        model_steps=model_steps(case, found),
        prior_outcomes=_prior_outcomes(case, result.random_seed),
        parameters=summarize_parameters(case, draws, chained),
        what_if=what_if(case, found),
        polls=poll_forecast(case),
        outside_view=outside_view(case),
    )


def _prior_outcomes(case: Case, random_seed: int) -> dict[str, float]:
    """Return P(outcome by the horizon) before any evidence or record: what the judgements alone imply."""
    bare = case.without_evidence()
    quick = Settings(engine="exact", draws=PRIOR_DRAWS, chains=1, random_seed=random_seed)
    found = exact.posterior(bare)
    known = answer(bare, inference.draw_exactly(bare, found, quick), found.probability, with_curves=False)
    return {outcome: open_windows["horizon"].probability for outcome, open_windows in known.windows.items()}
