"""Replay a case day by day, and keep what each forecaster gave for each question that was open."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from detente.evaluation.score.forecasters import forecasts_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Executor

    from detente.case import Case
    from detente.evaluation.score.forecasters import Daily, Given
    from detente.evaluation.track_record import Question
    from detente.inference import Progress

PIECE = 8
"""Days that a process is given at once."""
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Series:
    """What was given for one question: by forecaster, a forecast on each day on which it gave one, in order of days."""

    question: Question
    given: Mapping[str, Mapping[dt.date, Given]]


def replay(
    case: Case,
    asked: Sequence[Question],
    last: dt.date,
    tell: Progress,
    executor: Executor | None = None,
) -> tuple[Series, ...]:
    """Forecast a whole case as of each day to ``last`` on which a question is open, from what was known by then.

    A day on which no forecast was possible (between a vote and the news of who won it) is left out.
    """
    wanted = sorted({day for question in asked for day in _days(question, last)})
    pieces = [wanted[start : start + PIECE] for start in range(0, len(wanted), PIECE)]
    work = partial(_some, case, tuple(asked))
    results: Iterable[list[tuple[dt.date, Daily]]]
    results = map(work, pieces) if executor is None else executor.map(work, pieces)
    found: dict[str, dict[str, dict[dt.date, Given]]] = {question.id: {} for question in asked}
    stage = f"replaying {case.id}"
    for number, piece in enumerate(results, 1):
        for day, daily in piece:
            for question, by_forecaster in daily.items():
                for who, given in by_forecaster.items():
                    found[question].setdefault(who, {})[day] = given
        tell(stage, number / len(pieces))
    return tuple(Series(question, found[question.id]) for question in asked)


def _days(question: Question, last: dt.date) -> list[dt.date]:
    end = min(question.closes, last + ONE_DAY)
    return [question.opens + number * ONE_DAY for number in range((end - question.opens).days)]


def _some(case: Case, asked: Sequence[Question], days: Sequence[dt.date]) -> list[tuple[dt.date, Daily]]:
    """Forecast some days, in whichever process this is."""
    return [(day, daily) for day in days if (daily := forecasts_on(case, asked, day)) is not None]
