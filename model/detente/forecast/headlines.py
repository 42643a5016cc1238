"""The numbers of a forecast that people quote, from the exact engine alone: P(hypothesis) and P(outcome)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente import exact, inference
from detente.forecast.windows import windows
from detente.projection import project
from detente.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from detente.case.schema import Case
    from detente.exact import ExactPosterior

    Floats = NDArray[np.float64]
    ByWindow = Mapping[str, Mapping[str, float]]

DRAWS = 400
"""Draws an outcome is averaged over: they are spread evenly, and err by less than half a point."""


@dataclass(frozen=True)
class Headlines:
    """P(hypothesis), exact, and P(outcome) by window (``before_election``, ``after_election``, ``horizon``).

    ``outcomes`` is empty where nothing is left to forecast, from the horizon on.
    """

    hypotheses: Mapping[str, float]
    outcomes: ByWindow

    def flat(self) -> dict[str, float]:
        """Return every headline under one name: ``P(h)`` and ``outcome.window``."""
        found = {f"P({h})": value for h, value in self.hypotheses.items()}
        for outcome, by_window in self.outcomes.items():
            found |= {f"{outcome}.{window}": value for window, value in by_window.items()}
        return found


def headlines(case: Case, draws: int = DRAWS, found: ExactPosterior | None = None) -> Headlines:
    """Return the headlines of a case as of its cut-off; ``found`` saves working out its posterior again."""
    found = found or exact.posterior(case)
    hypotheses = dict(zip(case.hypothesis_ids, map(float, found.probability), strict=True))
    if case.horizon <= case.information_cutoff or not case.outcomes:
        return Headlines(hypotheses, {})
    drawn = inference.draw_exactly(case, found, Settings(engine="exact", draws=draws))
    probability = drawn.flat("hypothesis_probability")
    return Headlines(
        hypotheses, project_outcomes(case, drawn.log_intensity, probability, drawn.winner, found.probability)
    )


def project_outcomes(
    case: Case, log_intensity: Floats, probability: Floats, winner: Floats, known: Floats | None
) -> ByWindow:
    """Return P(outcome) by window from draws; empty from the horizon on.

    Shapes, for S draws: ``log_intensity`` (S, transition, hypothesis, regime), ``probability`` (S, hypothesis),
    ``winner`` (S, winner); ``known`` (hypothesis,) is P(hypothesis) where it is known exactly.
    """
    if case.horizon <= case.information_cutoff or not case.outcomes:
        return {}
    projection = project(case, log_intensity, probability, winner, with_curves=False)
    share = winner if projection.by_horizon.shape[2] > 1 else np.ones((len(probability), 1))
    return {
        outcome.id: {
            window: value.probability for window, value in windows(projection, index, probability, share, known).items()
        }
        for index, outcome in enumerate(case.outcomes)
    }
