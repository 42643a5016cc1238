"""What one engine answers: its draws, projected, and summed up window by window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente.forecast.windows import WindowProbability, windows
from detente.projection import Projection, project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from detente.case.schema import Case
    from detente.inference import Draws

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """What one engine says: its draws, their projection, and each outcome's open windows."""

    draws: Draws
    projection: Projection
    windows: Mapping[str, Mapping[str, WindowProbability]]


def answer(case: Case, draws: Draws, known: Floats | None, *, with_curves: bool) -> Answer:
    """Project an engine's draws; ``known`` (hypothesis,) is P(hypothesis) where it is known in closed form."""
    probability = draws.flat("hypothesis_probability")
    projection = project(case, draws.log_intensity, probability, draws.winner, with_curves=with_curves)
    share = draws.winner if projection.by_horizon.shape[2] > 1 else np.ones((len(probability), 1))
    return Answer(
        draws=draws,
        projection=projection,
        windows={
            outcome.id: windows(projection, index, probability, share, known)
            for index, outcome in enumerate(case.outcomes)
        },
    )
