"""Replay cases day by day, and score what was forecast for each question that was open.

Beside the forecast, simpler answers to the same questions on the same days are scored.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from detente import inference
from detente.case import refuse_in_sample
from detente.evaluation.forecasters import forecasts_on
from detente.evaluation.questions import ScoringError, questions
from detente.evaluation.scorecard import DailyForecasts, tally
from detente.settings import DEFAULT_RANDOM_SEED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Executor

    from detente.case import CaseRecord
    from detente.evaluation.forecasters import Daily, Given
    from detente.evaluation.questions import Question
    from detente.evaluation.scorecard import Scorecard
    from detente.inference import Progress

PIECE = 8
"""Days that a process is given at once."""
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Past:
    """A whole case, its bulletins taken in, and the date of its first forecast."""

    case: CaseRecord
    start: dt.date


def score(
    pasts: Sequence[Past],
    *,
    end: dt.date | None = None,
    random_seed: int = DEFAULT_RANDOM_SEED,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> tuple[Scorecard, ...]:
    """Replay cases day by day and score what was forecast against what happened.

    Parameters
    ----------
    pasts
        Whole cases (:func:`detente.case.read_record`), each with the date from which on it is replayed.
    end
        The last day to replay; by default all on which a question is open.
    random_seed
        Seed of the bootstrap.
    executor
        Where to forecast; None does it here.
    progress
        Told the share that is done.

    Returns
    -------
    tuple of Scorecard
        One a case, then, where there are several, one of all together.

    Raises
    ------
    ScoringError
        If there is nothing to score, the record contradicts the resolutions, or a case's numbers were learned from
        its own resolutions.
    """
    tell = progress or inference.silent
    asked = {past.case.id: _asked(past, end) for past in pasts}
    played: list[tuple[Past, tuple[DailyForecasts, ...]]] = []
    for past in pasts:
        last = min(end or past.case.horizon, past.case.horizon)
        series = replay(past.case, asked[past.case.id], last, tell, executor)
        if not any(one.given for one in series if one.question.is_resolved):
            raise ScoringError(f"{past.case.id}: nothing to score: none of its questions could be forecast by {last}")
        played.append((past, series))
    cards = [tally({p.case.id: p.case.title}, series, p.case.horizon, random_seed) for p, series in played]
    if len(played) > 1:
        titles = {past.case.id: past.case.title for past, _ in played}
        together = tuple(one for _, series in played for one in series)
        cards.append(tally(titles, together, max(past.case.horizon for past in pasts), random_seed))
    return tuple(cards)


def _asked(past: Past, end: dt.date | None) -> tuple[Question, ...]:
    """Return a case's questions, or say why there is nothing to score."""
    case = past.case
    refuse_in_sample(case)
    asked = questions(case, past.start)
    if not asked:
        raise ScoringError(
            f"{case.id}: nothing to score: it had no open question on {past.start}, the date of its first forecast "
            "(--from takes an earlier one)"
        )
    if not any(question.is_resolved for question in asked):
        early = sum(question.status == "early" for question in asked)
        answered = f" ({early} of them answered, but a yes comes early and a no only at the end)" if early else ""
        raise ScoringError(
            f"{case.id}: nothing to score yet: no question has both an answer and a closed window{answered}: "
            f"add resolutions to seeds/{case.id}/resolutions.csv once a window has closed"
        )
    if end is not None and end < past.start:
        raise ScoringError(f"{case.id}: nothing to score: its first forecast is of {past.start}, and --to is {end}")
    return asked


def replay(
    case: CaseRecord,
    asked: Sequence[Question],
    last: dt.date,
    tell: Progress,
    executor: Executor | None = None,
) -> tuple[DailyForecasts, ...]:
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
    return tuple(DailyForecasts(question, found[question.id]) for question in asked)


def _days(question: Question, last: dt.date) -> list[dt.date]:
    end = min(question.closes, last + ONE_DAY)
    return [question.opens + number * ONE_DAY for number in range((end - question.opens).days)]


def _some(case: CaseRecord, asked: Sequence[Question], days: Sequence[dt.date]) -> list[tuple[dt.date, Daily]]:
    """Forecast some days, in whichever process this is."""
    return [(day, daily) for day in days if (daily := forecasts_on(case, asked, day)) is not None]
