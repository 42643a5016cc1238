"""Section 10, the track record: how forecasts of this case did once it was known what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.evaluation.track_record import DESCRIPTIONS
from detente.report import scored_figures as figures
from detente.report import scored_words as words
from detente.report.prose import date

if TYPE_CHECKING:
    from detente.dossier import Dossier
    from detente.evaluation.track_record import TrackRecord
    from detente.report.specs import Figure
    from detente.report.worded import Table


@dataclass(frozen=True)
class Record:
    """The scores in words, tables and figures; what there is nothing to say of is empty or None."""

    start: str
    end: str
    coverage: str
    better: str
    size: str
    never: str
    figure: Figure | None
    reliability: Figure | None
    standings: Table
    outcomes: Table
    questions: Table
    kinds: Table | None
    forecasters: tuple[tuple[str, str], ...]


def build(dossier: Dossier) -> Record | None:
    """Build the section, or nothing where the case has not been scored."""
    return None if dossier.track_record is None else build_record(dossier.track_record)


def build_record(found: TrackRecord) -> Record:
    """Build what is said of a track record."""
    present = {row.forecaster for row in found.overall}
    return Record(
        start=date(found.start),
        end=date(found.end),
        coverage=words.resolved_words(found),
        better=words.better_words(found),
        size=words.size_words(found),
        never=words.NEVER,
        figure=figures.score_figure(found),
        reliability=figures.reliability_figure(found),
        standings=words.standings_table(found),
        outcomes=words.outcomes_table(found),
        questions=words.questions_table(found),
        kinds=words.kinds_table(found),
        forecasters=tuple((words.NAMES[who], text) for who, text in DESCRIPTIONS.items() if who in present),
    )
