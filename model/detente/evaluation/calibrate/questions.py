"""Which questions of a case count: those resolved yes or no by a date, whose window had closed by then.

A yes may be known early, a no only when its window closes.  So a question counts once its window has closed: if early
answers counted, the questions known on any day before would be the quick ones, and steps would look faster than they
are.  For the same reason deadlines count once the horizon has closed, when what had not come about by them is written
down too.  Void and pending questions do not count, nor what had happened by the forecast's date and was no forecast.

What is known of an outcome is kept as the checkpoints (the election, deadlines, the horizon) by which it may first have
come about.  The day of a yes settles those that no row names.  The day of the election and its winner are taken as they
turned out: who won is no part of what is learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detente.case import check_cutoff
from detente.case.windows import AFTER_ELECTION, BEFORE_ELECTION, HORIZON, case_windows, happened_on, is_deadline
from detente.errors import CalibrationError
from detente.forecast.election import known_winners

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from detente.case import Case
    from detente.case.outcomes import Resolution

Reason = Literal["void", "pending", "open", "settled"]


@dataclass(frozen=True)
class Question:
    """A resolved question: whether the outcome came about in the window."""

    outcome: str
    window: str
    answer: bool


@dataclass(frozen=True)
class LeftOut:
    """A question that does not count.

    ``void``: its criteria do not decide; ``pending``: its window has closed, nobody has resolved it, and what else was
    resolved does not imply it; ``open``: its window had not closed; ``settled``: its answer was known when the forecast
    was made, or before the window began.
    """

    outcome: str
    window: str
    reason: Reason


@dataclass(frozen=True)
class Resolved:
    """A case as of its forecast, and what became of its questions.

    ``checkpoints`` are the days at which outcomes are looked at, ascending; the last is the horizon, and ``election``,
    None where none was ahead, is one of them.  ``first`` has, for each outcome, the numbers of the checkpoints by which
    it may first have come about, their count where it may not have.  ``winners`` have a single probability of 1 where
    the winner is on record, and are empty without an election.
    """

    case: Case
    election: dt.date | None
    checkpoints: tuple[dt.date, ...]
    winners: Mapping[str, float]
    questions: tuple[Question, ...]
    left_out: tuple[LeftOut, ...]
    first: Mapping[str, frozenset[int]]


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
    election = (then.voting_day or then.election.date) if then.election and not case.winner else None
    if election is not None and election <= case.information_cutoff:
        election = None
    days = {case.horizon} | ({election} if election else set())
    if as_of >= case.horizon:
        days |= set(case.deadlines_ahead)
    checkpoints = tuple(sorted(days))
    rows = [row for row in whole.resolutions if row.date <= as_of]
    asker = _Asker(case, as_of, election, checkpoints)
    found = [asker.ask(outcome.id, [row for row in rows if row.outcome == outcome.id]) for outcome in case.outcomes]
    return Resolved(
        case=case,
        election=election,
        checkpoints=checkpoints,
        winners=_winners(case, then.winner or winner),
        questions=tuple(question for one in found for question in one.questions),
        left_out=tuple(row for one in found for row in one.left_out),
        first={outcome.id: one.first for outcome, one in zip(case.outcomes, found, strict=True)},
    )


def last_resolution(cases: Sequence[Case]) -> dt.date | None:
    """Return the day by which all that some whole cases have on record was known; None where there is nothing.

    Where every outcome of a case is resolved for the horizon, that is no earlier than the horizon.
    """
    days = [row.date for case in cases for row in case.resolutions]
    for case in cases:
        settled = {row.outcome for row in case.resolutions if row.window == HORIZON}
        if settled and settled == {outcome.id for outcome in case.outcomes}:
            days.append(case.horizon)
    return max(days, default=None)


@dataclass(frozen=True)
class _Answers:
    first: frozenset[int]
    questions: tuple[Question, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class _Asker:
    """Sorts the questions about the outcomes of one case."""

    case: Case
    as_of: dt.date
    election: dt.date | None
    checkpoints: tuple[dt.date, ...]

    @property
    def windows(self) -> tuple[str, ...]:
        ahead = case_windows(self.case).values()
        return tuple(w.name for w in ahead if not is_deadline(w.name) or w.last > self.case.information_cutoff)

    def ask(self, outcome: str, rows: Sequence[Resolution]) -> _Answers:
        """Return what the rows of one outcome leave, and which of its questions count."""
        everything = frozenset(range(len(self.checkpoints) + 1))
        known = next(one for one in self.case.outcomes if one.id == outcome)
        if happened_on(self.case, known):
            return _Answers(everything, (), tuple(LeftOut(outcome, window, "settled") for window in self.windows))
        first = self._first(outcome, rows, everything)
        void = {row.window for row in rows if row.resolution == "void"}
        questions, left_out = [], []
        for window in self.windows:
            inside = self._inside(window)
            answers = {place in inside for place in first} if inside is not None else set()
            if inside is None or (window == AFTER_ELECTION and first <= self._inside_early()):
                left_out.append(LeftOut(outcome, window, "settled"))
            elif window in void:
                left_out.append(LeftOut(outcome, window, "void"))
            elif not self._has_closed(window):
                left_out.append(LeftOut(outcome, window, "open"))
            elif len(answers) > 1:
                left_out.append(LeftOut(outcome, window, "pending"))
            else:
                questions.append(Question(outcome, window, answers == {True}))
        return _Answers(first, tuple(questions), tuple(left_out))

    def _first(self, outcome: str, rows: Sequence[Resolution], everything: frozenset[int]) -> frozenset[int]:
        """Return the checkpoints by which the outcome may first have come about."""
        counted = [row for row in rows if row.resolution != "void" and self._has_closed(row.window)]
        left = everything
        for row in counted:
            inside = self._inside(row.window)
            if inside is not None:
                left &= inside if row.resolution == "yes" else everything - inside
        if not left:
            said = " and ".join(f"{row.window} {row.resolution}" for row in counted)
            raise CalibrationError(f"seeds/{self.case.id}/resolutions.csv: {outcome}: {said} cannot both hold")
        came = min((row.date for row in counted if row.resolution == "yes"), default=None)
        place = None if came is None else self._place(came)
        return frozenset({place}) if place in left else left

    def _place(self, day: dt.date) -> int:
        """Return the number of the first checkpoint by which something of that day has come about."""
        passed = (day < point if point == self.election else day <= point for point in self.checkpoints)
        return next((number for number, is_by in enumerate(passed) if is_by), len(self.checkpoints))

    def _inside(self, window: str) -> frozenset[int] | None:
        """Return the checkpoints by which what a window asks for may first have come about; None if it is past."""
        if window == BEFORE_ELECTION:
            return None if self.election is None else self._inside_early()
        if window == AFTER_ELECTION:
            return frozenset(range(len(self.checkpoints))) - self._inside_early()
        day = case_windows(self.case)[window].last
        return frozenset(number for number, point in enumerate(self.checkpoints) if point <= day)

    def _inside_early(self) -> frozenset[int]:
        return frozenset(
            number for number, point in enumerate(self.checkpoints) if self.election and point <= self.election
        )

    def _has_closed(self, window: str) -> bool:
        day = self.election if window == BEFORE_ELECTION and self.election else self.case.horizon
        return self.as_of >= day


def _winners(case: Case, winner: str | None) -> Mapping[str, float]:
    if case.election is None:
        return {}
    return {winner: 1.0} if winner else known_winners(case)
