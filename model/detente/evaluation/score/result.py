"""What a scoring says, and the daily forecasts that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detente.evaluation.score.replaying import Series
    from detente.evaluation.track_record import Standing, TrackRecord


@dataclass(frozen=True)
class Scorecard:
    """A scoring of one case or of several taken together.

    ``by_case`` and ``by_outcome`` say where everybody stands on the questions of each; ``series`` is what was given on
    each day.
    """

    record: TrackRecord
    by_case: Mapping[str, tuple[Standing, ...]]
    by_outcome: Mapping[str, tuple[Standing, ...]]
    series: tuple[Series, ...]
