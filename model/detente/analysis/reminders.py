"""Reminders: what a case has dated, and whether it is done, due or overdue as of a day.

Dated are the indicators to watch, what is expected and not seen, the election, occasions, deadlines and the horizon.
An indicator is done once it is an item, an expectation once it is withdrawn or has passed in silence (which then
counts), a vote once its winner is on record, a deadline and the horizon once every outcome is answered there.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - of a field
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detente.case.election import ELECTION
from detente.case.windows import HORIZON, by_deadline, resolve_outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.case import Case, CaseRecord

Kind = Literal["indicator", "expected", "election", "occasion", "deadline", "horizon"]


@dataclass(frozen=True)
class Reminder:
    """Something to be looked up by a day: its kind, its id in the case, what it is, and where the answer goes."""

    day: dt.date
    kind: Kind
    id: str
    text: str
    remedy: str

    def standing(self, as_of: dt.date) -> Literal["overdue", "due", "ahead"]:
        """Tell whether its day has passed, has come, or is still to come."""
        return "overdue" if self.day < as_of else "due" if self.day == as_of else "ahead"


def reminders(whole: CaseRecord, as_of: dt.date) -> tuple[Reminder, ...]:
    """Return what of a case was still to be done as of a day, by the record up to then, in order of its day."""
    case = whole.as_of(as_of)
    due = (*_indicators(case), *_expected(case, min(whole.information_cutoff, as_of)), *_votes(case), *_answers(whole))
    return tuple(sorted(due, key=lambda one: (one.day, one.kind, one.id)))


def _indicators(case: Case) -> Iterator[Reminder]:
    items = {item.id for item in case.evidence}
    for watched in case.watch:
        if watched.id not in items:
            remedy = (
                f"take its rows out of watch.csv, then evidence add --id {watched.id} (--absent if it was not seen)"
            )
            yield Reminder(watched.by, "indicator", watched.id, watched.indicator, remedy)


def _expected(case: Case, recorded: dt.date) -> Iterator[Reminder]:
    """Yield what is awaited: once the record goes beyond the day, its absence counts."""
    for item in case.evidence:
        if not item.observed and item.expected_by is not None and item.retracted_on is None:
            remedy = (
                "if it was seen, correct it by a bulletin (replace: true); if not, it counts from the next cut-off on"
            )
            if recorded <= item.expected_by:
                yield Reminder(item.expected_by, "expected", item.id, item.claim, remedy)


def _votes(case: Case) -> Iterator[Reminder]:
    if case.election is not None and case.election.schedule and case.winner is None:
        remedy = "a bulletin with the winner, or with a new date"
        yield Reminder(case.election.date, "election", ELECTION, "The vote", remedy)
    for occasion in case.occasions:
        if occasion.date is not None and occasion.date > case.information_cutoff:
            yield Reminder(occasion.date, "occasion", occasion.id, occasion.label, "a bulletin, if a step was made")


def _answers(whole: CaseRecord) -> Iterator[Reminder]:
    """Yield the deadlines at which some outcome is not answered, by a resolution or by the record."""
    answered = {outcome.id: resolve_outcome(whole, outcome) for outcome in whole.outcomes}
    for day in (*whole.deadlines, whole.horizon):
        kind: Kind = "horizon" if day == whole.horizon else "deadline"
        window = HORIZON if kind == "horizon" else by_deadline(day)
        labels = [outcome.label for outcome in whole.outcomes if window not in answered[outcome.id]]
        if labels:
            yield Reminder(day, kind, window, f"To be answered: {'; '.join(labels)}", "its answer, in resolutions.csv")
