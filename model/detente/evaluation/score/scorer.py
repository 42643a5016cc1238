"""The use case: from cases and what became of them to a scorecard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente import inference
from detente.case import refuse_in_sample
from detente.evaluation.score.questions import ScoringError, questions
from detente.evaluation.score.replaying import replay
from detente.evaluation.score.tally import tally
from detente.settings import DEFAULT_RANDOM_SEED

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from detente.case import Case
    from detente.evaluation.score.replaying import Series
    from detente.evaluation.score.result import Scorecard
    from detente.evaluation.track_record import Question
    from detente.inference import Progress


@dataclass(frozen=True)
class Past:
    """A whole case, its bulletins taken in, and the date of its first forecast."""

    case: Case
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
        Whole cases (:func:`detente.case.read_whole_case`), each with the date from which on it is replayed.
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
    played: list[tuple[Past, tuple[Series, ...]]] = []
    for past in pasts:
        last = min(end or past.case.horizon, past.case.horizon)
        series = replay(past.case, asked[past.case.id], last, tell, executor)
        if not any(one.given for one in series if one.question.answer is not None):
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
    if not any(question.status == "resolved" for question in asked):
        raise ScoringError(
            f"{case.id}: nothing to score: none of its questions is resolved "
            f"(add what became of them to seeds/{case.id}/resolutions.csv)"
        )
    if end is not None and end < past.start:
        raise ScoringError(f"{case.id}: nothing to score: its first forecast is of {past.start}, and --to is {end}")
    return asked
