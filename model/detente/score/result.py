"""What a scoring says, and the daily forecasts that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detente.forecast.track_record import TrackRecord
    from detente.score.replaying import Series


@dataclass(frozen=True)
class Scorecard:
    """A scoring of one case or of several taken together; ``series`` is what was given, day by day."""

    record: TrackRecord
    series: tuple[Series, ...]
