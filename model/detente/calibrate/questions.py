"""Which questions of a case count: those resolved yes or no by a date, whose window had closed by then.

A yes may be known early, a no only when its window closes.  So a question counts once its window has closed: if early
answers counted, the questions known on any day before would be the quick ones, and steps would look faster than they
are.  Void and pending questions do not count, nor what had happened by the forecast's date and was no forecast.

The date of the election and its winner are taken as they turned out: who won is no part of what is learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detente.case import check_cutoff
from detente.errors import CalibrationError
from detente.forecast.election import known_winners
from detente.projection import has_happened

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from detente.case import Case

Window = Literal["before_election", "after_election", "horizon"]
Reason = Literal["void", "pending", "open", "settled"]
Path = tuple[bool, bool]
"""Whether an outcome has been visited by the election (or, where none is ahead, the cut-off), and by the horizon."""

PATHS: tuple[Path, ...] = ((False, False), (False, True), (True, True))
BEFORE_ELECTION: Window = "before_election"
AFTER_ELECTION: Window = "after_election"
HORIZON: Window = "horizon"


@dataclass(frozen=True)
class Question:
    """A resolved question: whether the outcome came about in the window."""

    outcome: str
    window: Window
    answer: bool


@dataclass(frozen=True)
class LeftOut:
    """A question that does not count.

    ``void``: its criteria do not decide; ``pending``: its window has closed, nobody has resolved it, and what else was
    resolved does not imply it; ``open``: its window had not closed; ``settled``: its answer was known when the forecast
    was made.
    """

    outcome: str
    window: Window
    reason: Reason


@dataclass(frozen=True)
class Resolved:
    """A case as of its forecast, and what became of its questions.

    ``election`` is the day it was held, None where none was ahead; ``winners`` their probability, a single 1 where the
    winner is on record, empty without an election.  ``paths`` are, for each outcome, the paths its resolutions leave.
    """

    case: Case
    election: dt.date | None
    winners: Mapping[str, float]
    questions: tuple[Question, ...]
    left_out: tuple[LeftOut, ...]
    paths: Mapping[str, frozenset[Path]]

    @property
    def is_winner_known(self) -> bool:
        """Whether nothing is left open about who won."""
        return len(self.winners) <= 1


def resolve(whole: Case, as_of: dt.date, winner: str | None = None) -> Resolved:
    """Find the questions of a whole case that count on a date.

    Parameters
    ----------
    whole
        A whole case (:func:`detente.case.read_whole_case`): its cut-off is the forecast's date.
    as_of
        Resolutions, and the election, as known on this day.
    winner
        Who won by then, where the case's own events do not say.

    Raises
    ------
    CutoffError
        If no forecast could be made on the case's cut-off.
    CalibrationError
        If resolutions contradict each other.
    """
    case = whole.as_of(whole.information_cutoff)
    check_cutoff(case)
    then = whole.as_of(max(as_of, whole.information_cutoff))
    election = then.election.date if then.election else None
    if election is not None and (case.winner or election <= case.information_cutoff):
        election = None
    questions, left_out = _sort(case, as_of, election, tuple(_answers(whole, as_of)))
    paths = {outcome.id: _paths(case, outcome.id, questions, election) for outcome in case.outcomes}
    return Resolved(
        case=case,
        election=election,
        winners=_winners(case, then.winner or winner),
        questions=questions,
        left_out=tuple(row for row in left_out if row.reason != "pending" or len(paths[row.outcome]) > 1),
        paths=paths,
    )


def last_resolution(cases: Sequence[Case]) -> dt.date | None:
    """Return the day of the last resolution on record in any of some whole cases; None where there is none."""
    return max((row.date for case in cases for row in case.resolutions), default=None)


def _winners(case: Case, winner: str | None) -> Mapping[str, float]:
    if case.election is None:
        return {}
    return {winner: 1.0} if winner else known_winners(case)


def _answers(whole: Case, as_of: dt.date) -> Iterator[tuple[str, Window, str]]:
    for row in whole.resolutions:
        if row.date <= as_of:
            yield row.outcome, row.window, row.resolution


def _sort(
    case: Case, as_of: dt.date, election: dt.date | None, answers: Sequence[tuple[str, Window, str]]
) -> tuple[tuple[Question, ...], tuple[LeftOut, ...]]:
    found = {(outcome, window): answer for outcome, window, answer in answers}
    windows = (BEFORE_ELECTION, AFTER_ELECTION, HORIZON) if case.election else (HORIZON,)
    questions, left_out = [], []
    for outcome in case.outcomes:
        for window in windows:
            answer = found.get((outcome.id, window))
            closes = election if window == BEFORE_ELECTION else case.horizon
            if has_happened(case, outcome) or closes is None:
                left_out.append(LeftOut(outcome.id, window, "settled"))
            elif answer == "void":
                left_out.append(LeftOut(outcome.id, window, "void"))
            elif as_of < closes:
                left_out.append(LeftOut(outcome.id, window, "open"))
            elif answer is None:
                left_out.append(LeftOut(outcome.id, window, "pending"))
            else:
                questions.append(Question(outcome.id, window, answer == "yes"))
    return tuple(questions), tuple(left_out)


def _paths(case: Case, outcome: str, questions: Sequence[Question], election: dt.date | None) -> frozenset[Path]:
    """Return the paths of one outcome that its answers leave; all where there are none."""
    own = [question for question in questions if question.outcome == outcome]
    possible = PATHS if election is not None else PATHS[:2]
    left = frozenset(path for path in possible if all(_fits(path, question) for question in own))
    if not left:
        said = " and ".join(f"{question.window} {'yes' if question.answer else 'no'}" for question in own)
        raise CalibrationError(f"seeds/{case.id}/resolutions.csv: {outcome}: {said} cannot both hold")
    return left


def _fits(path: Path, question: Question) -> bool:
    early, late = path
    if question.window == BEFORE_ELECTION:
        return early == question.answer
    if question.window == AFTER_ELECTION:
        return (late and not early) == question.answer
    return late == question.answer
