"""The exact engine: P(hypothesis) in closed form, and independent draws from the grids of :mod:`detente.exact`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente import exact
from detente.diagnostics import diagnose_exact, independent
from detente.frozen import Immutable
from detente.inference.draws import Draws
from detente.inference.engine import Engine, Posterior, silent
from detente.settings import DEFAULT_RANDOM_SEED

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from detente.arrays import Floats
    from detente.case.schema import Case, CaseRecord
    from detente.diagnostics import Diagnostics, ExactAgreement, Precision
    from detente.exact import ExactPosterior
    from detente.inference.engine import Progress
    from detente.settings import EngineName, Settings

QUICK_DRAWS = 400
"""Enough draws to average an outcome: evenly spread, they are half a percentage point off where intensities are judged
narrowly, and up to a point or two where they are not."""


class ExactEngine(Immutable):
    """The exact engine: closed form and quadrature."""

    name: EngineName = "exact"

    def infer(self, case: Case, settings: Settings, progress: Progress = silent) -> Posterior:
        """Integrate ``case``, and draw ``settings.draws`` times from the result."""
        del progress
        closed_form = exact.posterior(case)
        draws = draw_exactly(case, closed_form, settings.draws, settings.random_seed)
        winners = exact.known_winners(case, closed_form)
        return Posterior(
            engine=self,
            draws=draws,
            probability=closed_form.probability,
            winner=np.array(list(winners.values())) if winners else draws.winner.mean(axis=0),
            random_seed=settings.random_seed,
            closed_form=closed_form,
        )

    def prepare(
        self, record: CaseRecord, last: dt.date, settings: Settings, progress: Progress = silent
    ) -> Callable[[Case], Posterior]:
        """Return a function that integrates each date separately, with no more draws than outcomes need."""
        del record, last
        quick = settings.changed(draws=QUICK_DRAWS)
        return lambda cut: self.infer(cut, quick, progress)

    def measure(self, quantities: Mapping[str, Floats]) -> Mapping[str, Precision]:
        """Return the standard error of the mean of each quantity of independent draws."""
        return independent(quantities)

    def diagnose(
        self, measured: Mapping[str, Precision], draws: Draws, agreement: ExactAgreement | None
    ) -> Diagnostics:
        """Diagnose the draws by the agreement of their averages with the closed form."""
        del measured, draws
        return diagnose_exact(agreement)


EXACT: Engine = ExactEngine()


def draw_exactly(case: Case, closed_form: ExactPosterior, count: int, random_seed: int = DEFAULT_RANDOM_SEED) -> Draws:
    """Return ``count`` independent draws from the exact posterior, in the shape of one chain."""
    drawn = exact.draw(case, closed_form, count, random_seed)
    values = {
        "hypothesis_weight": drawn.weight,
        "discrimination": drawn.discrimination,
        "cluster_correlation": drawn.correlation,
        "common_cause": drawn.common_cause,
        "step_effect": drawn.step_effect,
        "regime_effect": drawn.regime_effect,
        "hypothesis_probability": drawn.probability,
        "log_intensity": drawn.log_intensity,
    }
    if drawn.winner.shape[1] and not case.winner:
        values["winner_probability"] = drawn.winner
        values["winner_given_hypothesis"] = drawn.winner_given
        if case.open_winners and case.transitions and not drawn.winner_given.size:  # no record speaks of the winner
            values["winner_given_hypothesis"] = np.repeat(drawn.winner[:, None], len(case.hypotheses), axis=1)
        values["incumbent_share"] = drawn.incumbent_share
    present = {name: array for name, array in values.items() if array.size}
    return Draws(
        values={name: array[None] for name, array in present.items()}, hypothesis=drawn.hypothesis[None], stats={}
    )
