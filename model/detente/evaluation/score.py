"""Score past forecasts: replay cases day by day, and score the forecasts of every open question.

Simpler benchmarks are scored on the same questions and days.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from detente import inference
from detente.case import CaseRecord, refuse_in_sample
from detente.evaluation.forecasters import Daily, Probabilities, forecasts_on
from detente.evaluation.questions import Question, ScoringError, questions
from detente.evaluation.scorecard import DailyForecasts, Scorecard, tally
from detente.settings import DEFAULT_RANDOM_SEED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Executor

    from detente.inference import Progress

PIECE = 8
"""Days sent to a worker process at once."""
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Past:
    """A whole case with its bulletins taken in, the date of its first forecast, and the digest before the bulletins."""

    case: CaseRecord
    start: dt.date
    inputs_sha256: str = ""


def score(
    pasts: Sequence[Past],
    *,
    end: dt.date | None = None,
    random_seed: int = DEFAULT_RANDOM_SEED,
    executor: Executor | None = None,
    progress: Progress = inference.silent,
) -> tuple[Scorecard, ...]:
    """Replay cases day by day, and score the forecasts against what happened.

    Parameters
    ----------
    pasts
        Whole cases (:func:`detente.case.read_record`), each with the date of its first forecast.
    end
        The last day to replay; by default the last on which a question is open.
    random_seed
        Seed of the bootstrap.
    executor
        Where to run the forecasts; None runs them here.
    progress
        Called with the finished share.

    Returns
    -------
    tuple of Scorecard
        One for each case, then, for several cases, one for all of them together.

    Raises
    ------
    ScoringError
        If there is nothing to score, or the record contradicts the resolutions.
    InSampleError
        If the discrimination of a case was learned from its own resolutions.
    """
    asked = {past.case.id: _asked(past, end) for past in pasts}
    replayed: list[tuple[Past, tuple[DailyForecasts, ...]]] = []
    for past in pasts:
        last = min(end or past.case.horizon, past.case.horizon)
        series = replay(past.case, asked[past.case.id], last, progress, executor)
        if not any(one.given for one in series if one.question.is_resolved):
            raise ScoringError(f"{past.case.id}: nothing to score: none of its questions could be forecast by {last}")
        replayed.append((past, series))
    cards = [tally({p.case.id: p.case.title}, series, p.case.horizon, random_seed) for p, series in replayed]
    if len(replayed) > 1:
        titles = {past.case.id: past.case.title for past, _ in replayed}
        together = tuple(one for _, series in replayed for one in series)
        cards.append(tally(titles, together, max(past.case.horizon for past in pasts), random_seed))
    known = {past.case.id: past.inputs_sha256 for past in pasts if past.inputs_sha256}
    return tuple(_of_inputs(card, known) for card in cards)


def _of_inputs(card: Scorecard, known: Mapping[str, str]) -> Scorecard:
    digests = {case: known[case] for case in card.record.titles if case in known}
    return dataclasses.replace(card, record=dataclasses.replace(card.record, inputs_sha256=digests))


def _asked(past: Past, end: dt.date | None) -> tuple[Question, ...]:
    """Return a case's questions, or raise if there is nothing to score."""
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
    """Forecast a whole case as of each day, up to ``last``, on which a question is open, from what was known then.

    Days on which no forecast was possible are left out.
    """
    days = sorted({day for question in asked for day in _days(question, last)})
    pieces = [days[start : start + PIECE] for start in range(0, len(days), PIECE)]
    work = partial(_forecast_days, case, tuple(asked))
    results: Iterable[list[tuple[dt.date, Daily]]]
    results = map(work, pieces) if executor is None else executor.map(work, pieces)
    forecasts: dict[str, dict[str, dict[dt.date, Probabilities]]] = {question.id: {} for question in asked}
    stage = f"replaying {case.id}"
    for number, piece in enumerate(results, 1):
        for day, daily in piece:
            for question, by_forecaster in daily.items():
                for forecaster, given in by_forecaster.items():
                    forecasts[question].setdefault(forecaster, {})[day] = given
        tell(stage, number / len(pieces))
    return tuple(DailyForecasts(question, forecasts[question.id]) for question in asked)


def _days(question: Question, last: dt.date) -> list[dt.date]:
    end = min(question.closes, last + ONE_DAY)
    return [question.opens + number * ONE_DAY for number in range((end - question.opens).days)]


def _forecast_days(case: CaseRecord, asked: Sequence[Question], days: Sequence[dt.date]) -> list[tuple[dt.date, Daily]]:
    """Forecast several days, in this process or a worker."""
    return [(day, daily) for day in days if (daily := forecasts_on(case, asked, day)) is not None]
