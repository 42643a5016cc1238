"""The questions of a case that count in a calibration: those resolved yes or no, in a window that has closed.

A yes may be known early, a no only when the window closes.  If early answers counted, the questions known on any day
before would be the quick ones, and transitions would look faster than they are.  So a question counts once its window
has closed.  A deadline that no resolution names counts only at the horizon, when what had not occurred by it is known
as well.  Void and pending questions do not count, nor does what was decided on the forecast's date: what had
occurred, or could no longer.

What is known of an outcome is kept as the set of checkpoints (the election, deadlines, the horizon) by which it may
first have occurred; of one that asks for the state on a date, as its answers at checkpoints.  The date and the winner
of the election are taken as they turned out, for who won is not what is learned.  Where it became known which
hypothesis is true, that counts from that day on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from detente.case import Case, CaseRecord, check_cutoff
from detente.case.windows import (
    AFTER_ELECTION,
    ONE_DAY,
    by_deadline,
    is_deadline,
    is_undecided,
    resolve,
    resolved_until,
    windows,
)
from detente.errors import CalibrationError
from detente.exact import known_winners

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from detente.case.outcomes import Outcome, Resolution
    from detente.case.windows import Windows

Exclusion = Literal["void", "pending", "open", "settled"]


@dataclass(frozen=True)
class ResolvedQuestion:
    """A resolved question: whether the outcome occurred in the window."""

    outcome: str
    window: str
    answer: bool


@dataclass(frozen=True)
class ExcludedQuestion:
    """A question that does not count.

    ``void``: its criteria do not decide.  ``pending``: its window has closed, and no resolution gives or implies the
    answer.  ``open``: its window has not closed.  ``settled``: the answer was known when the forecast was made, or
    before the window opened.
    """

    outcome: str
    window: str
    reason: Exclusion


@dataclass(frozen=True)
class ResolvedCase:
    """A case as of its forecast, and how its questions were resolved.

    ``checkpoints`` are the ascending days by which outcomes are checked; the last is the horizon, and ``eve``, the last
    day before an election that was ahead (else None), is one of them.  ``first`` gives, for each outcome, the indices
    of the checkpoints by which it may first have occurred, and their count if it may not have; ``present``, for each
    that asks for the state on a date, its answers as (index of the checkpoint, whether it was in the state).
    ``winners`` gives a probability of 1 to the winner on record, and is empty without an election.  ``truth`` is the
    hypothesis known to be true, None where that is not known.
    """

    case: Case
    eve: dt.date | None
    checkpoints: tuple[dt.date, ...]
    winners: Mapping[str, float]
    questions: tuple[ResolvedQuestion, ...]
    left_out: tuple[ExcludedQuestion, ...]
    first: Mapping[str, frozenset[int]]
    present: Mapping[str, frozenset[tuple[int, bool]]] = field(default_factory=dict)
    truth: str | None = None

    @property
    def is_answered(self) -> bool:
        """Whether an outcome was resolved, or it is known which hypothesis is true."""
        return bool(self.questions) or self.truth is not None


def resolve_case(whole: CaseRecord, as_of: dt.date, winner: str | None = None) -> ResolvedCase:
    """Sort the questions of a whole case as of a date.

    Parameters
    ----------
    whole
        A whole case (:func:`detente.case.read_record`), whose cut-off is the forecast's date.
    as_of
        The day as of which resolutions and the election are known.
    winner
        Who had won by then, where the case's own events do not say.

    Raises
    ------
    CutoffError
        If the case cannot be forecast at its cut-off.
    CalibrationError
        If resolutions contradict each other.
    """
    case = whole.as_of(whole.information_cutoff)
    check_cutoff(case)
    then = whole.as_of(max(as_of, whole.information_cutoff))
    vote = case.voting_day if case.winner else then.voting_day
    eve = vote - ONE_DAY if vote and vote - ONE_DAY > case.information_cutoff else None
    rows = [row for row in whole.resolutions if row.date <= as_of]
    resolved = {row.window for row in rows}
    deadlines = {day for day in case.deadlines_ahead if as_of >= case.horizon or by_deadline(day) in resolved}
    checkpoints = tuple(sorted({case.horizon, *deadlines, *([eve] if eve else [])}))
    resolver = _Resolver(case, as_of, vote, eve, checkpoints)
    answers = [resolver.sort(outcome, [row for row in rows if row.outcome == outcome.id]) for outcome in case.outcomes]
    return ResolvedCase(
        case=case,
        eve=eve,
        checkpoints=checkpoints,
        winners=_winners(case, then.winner or winner),
        questions=tuple(question for one in answers for question in one.questions),
        left_out=tuple(question for one in answers for question in one.left_out),
        first={outcome.id: one.first for outcome, one in zip(case.outcomes, answers, strict=True)},
        present={outcome.id: one.present for outcome, one in zip(case.outcomes, answers, strict=True)},
        truth=whole.truth.hypothesis if whole.truth and whole.truth.date <= as_of else None,
    )


def last_resolution(cases: Sequence[CaseRecord]) -> dt.date | None:
    """Return the last day on which something of some whole cases was resolved; None where nothing was."""
    truths = (case.truth.date for case in cases if case.truth is not None)
    return max((*filter(None, map(resolved_until, cases)), *truths), default=None)


@dataclass(frozen=True)
class _Answers:
    first: frozenset[int]
    questions: tuple[ResolvedQuestion, ...]
    left_out: tuple[ExcludedQuestion, ...]
    present: frozenset[tuple[int, bool]] = frozenset()


@dataclass(frozen=True)
class _Resolver:
    """Sorts the questions about the outcomes of one case."""

    case: Case
    as_of: dt.date
    vote: dt.date | None
    eve: dt.date | None
    checkpoints: tuple[dt.date, ...]

    @cached_property
    def windows(self) -> Windows:
        """The windows from the day after the forecast on."""
        case = self.case
        return windows(case.horizon, self.vote, case.deadlines, case.information_cutoff + ONE_DAY)

    def sort(self, outcome: Outcome, resolutions: Sequence[Resolution]) -> _Answers:
        """Sort the questions about one outcome."""
        case = self.case
        asked = [w for w in self.windows.values() if not is_deadline(w.name) or w.last > case.information_cutoff]
        if outcome.is_current:
            asked = [window for window in asked if window.name != AFTER_ELECTION]
        if not is_undecided(case, outcome):
            anything = frozenset(range(len(self.checkpoints) + 1))
            return _Answers(anything, (), tuple(ExcludedQuestion(outcome.id, w.name, "settled") for w in asked))
        void = {row.window for row in resolutions if row.resolution == "void"}
        counted = [
            row for row in resolutions if row.resolution != "void" and self.as_of >= self.windows[row.window].last
        ]
        own = {row.window: row for row in counted}
        questions, left_out = [], []
        for window in asked:
            resolution = own.get(window.name) if outcome.is_current else resolve(window, counted, self.windows)
            is_past = window.last <= case.information_cutoff
            # The answers of a deadline are all known only at the horizon, unless it was resolved itself.
            closes = case.horizon if is_deadline(window.name) and not outcome.is_current else window.last
            if is_past or (resolution and resolution.resolution == "void"):
                left_out.append(ExcludedQuestion(outcome.id, window.name, "settled"))
            elif window.name in void:
                left_out.append(ExcludedQuestion(outcome.id, window.name, "void"))
            elif self.as_of < closes and window.name not in own:
                left_out.append(ExcludedQuestion(outcome.id, window.name, "open"))
            elif resolution is None:
                left_out.append(ExcludedQuestion(outcome.id, window.name, "pending"))
            else:
                questions.append(ResolvedQuestion(outcome.id, window.name, resolution.resolution == "yes"))
        first = self._first(outcome.id, () if outcome.is_current else counted)
        present = self._present(counted) if outcome.is_current else frozenset()
        return _Answers(first, tuple(questions), tuple(left_out), present)

    def _present(self, counted: Sequence[Resolution]) -> frozenset[tuple[int, bool]]:
        """Return at which checkpoints it is known whether the process was in the state that is asked for, and was."""
        ends = [(self.windows[row.window].last, row.resolution == "yes") for row in counted]
        return frozenset((self.checkpoints.index(day), answer) for day, answer in ends if day in self.checkpoints)

    def _first(self, outcome: str, counted: Sequence[Resolution]) -> frozenset[int]:
        """Return the checkpoints by which the outcome may first have occurred."""
        possible = everything = frozenset(range(len(self.checkpoints) + 1))
        for row in counted:
            inside = {n for n, point in enumerate(self.checkpoints) if self.windows[row.window].holds(point)}
            possible &= inside if row.resolution == "yes" else everything - inside
        occurred = min((row.date for row in counted if row.resolution == "yes"), default=None)
        if occurred is not None:
            possible &= {sum(point < occurred for point in self.checkpoints)}
        if not possible:
            said = " and ".join(f"{row.window} {row.resolution}" for row in counted)
            raise CalibrationError(f"seeds/{self.case.id}/resolutions.csv: {outcome}: {said} cannot both hold")
        return possible


def _winners(case: Case, winner: str | None) -> Mapping[str, float]:
    if case.election is None:
        return {}
    return {winner: 1.0} if winner else known_winners(case)
