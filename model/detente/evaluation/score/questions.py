"""What a case asked, and what became of it: outcomes in their windows, the winner, and kinds that exclude each other.

A question opens on the first forecast date and closes on the day of its answer, or with its window; a forecast of that
day would know the answer.  How a question was resolved is read from the case's resolutions, and for windows that these
do not name it follows from them: what came about on a day came about by every later one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.errors import DetenteError
from detente.evaluation.track_record import Question
from detente.forecast.windows import by_deadline
from detente.projection import has_happened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from detente.case import Case
    from detente.case.seeds import Outcome, Process, Resolution
    from detente.evaluation.track_record import Status

ELECTION = "election"
BEFORE, AFTER, HORIZON = "before_election", "after_election", "horizon"
DEADLINE = "by:"
TWO = 2


class ScoringError(DetenteError):
    """A case whose forecasts cannot be scored."""


@dataclass(frozen=True)
class Answer:
    """How a question ended."""

    status: Status
    answer: int | None = None
    day: dt.date | None = None
    source: str = ""


PENDING = Answer("pending")


def questions(case: Case, start: dt.date) -> tuple[Question, ...]:
    """Return the questions of a whole case that were open on ``start``, in the order of its outcomes.

    Raises
    ------
    ScoringError
        If the record and the resolutions contradict each other.
    """
    check_record(case)
    then = case.as_of(start)
    found: list[Question] = []
    for outcome in case.outcomes:
        process = case.process(outcome.process)
        if has_happened(then, outcome) is None and outcome.state in process.beyond[then.state(process.id)]:
            found += _windows(case, outcome, start)
    found += _winner(case, start)
    for process in case.processes:
        found += _kinds(case, process, start)
    return tuple(question for question in found if question.days)


def check_record(case: Case) -> None:
    """Check that a whole case's record has what its resolutions say, and nothing that they deny.

    Raises
    ------
    ScoringError
        One line a contradiction.
    """
    faults = []
    whole = case.changed(information_cutoff=max(case.information_cutoff, case.horizon))
    for row in case.resolutions:
        outcome = next(outcome for outcome in case.outcomes if outcome.id == row.outcome)
        recorded = has_happened(whole, outcome)
        first, last = _span(case, row.window)
        has = f"has it on {recorded}" if recorded else "does not have it"
        if row.resolution == "yes" and recorded != row.date:
            said, remedy = f"on {row.date}", "add the event, or bring its bulletin (--bulletins)"
        elif row.resolution == "no" and recorded is not None and first <= recorded <= last:
            said, remedy = f"not in {row.window}", "mend one of the two"
        else:
            continue
        faults.append(f"{case.id}: resolutions.csv has {row.outcome} {said}, and the record {has}: {remedy}")
    if faults:
        raise ScoringError("\n".join(faults))


def _span(case: Case, window: str) -> tuple[dt.date, dt.date]:
    """Return the first and the last day on which what a window asks for may happen."""
    if window.startswith(DEADLINE):
        return dt.date.min, dt.date.fromisoformat(window.removeprefix(DEADLINE))
    vote = case.voting_day
    if window == HORIZON or vote is None:
        return dt.date.min, case.horizon
    return (dt.date.min, vote - dt.timedelta(days=1)) if window == BEFORE else (vote, case.horizon)


def _windows(case: Case, outcome: Outcome, start: dt.date) -> Iterator[Question]:
    """Yield the questions about one outcome."""
    vote = case.voting_day
    split = (BEFORE, AFTER) if vote is not None and start < vote else ()
    deadlines = case.as_of(start).deadlines_ahead
    for window in (*split, *map(by_deadline, deadlines), HORIZON):
        found = _answer(case, outcome, window)
        end = vote if window == BEFORE and vote is not None else _span(case, window)[1]
        yield Question(
            case=case.id,
            id=f"{outcome.id}.{window}",
            label=outcome.label,
            group=outcome.process,
            outcome=outcome.id,
            window=window,
            status=found.status,
            answer=found.answer,
            resolved_on=found.day,
            source=found.source,
            opens=start,
            closes=min(found.day, end) if found.answer and found.day else end,
        )


def _answer(case: Case, outcome: Outcome, window: str) -> Answer:
    """Return how an outcome ended in a window: as its row says, else as it follows from the other rows."""
    rows: dict[str, Resolution] = {row.window: row for row in case.resolutions if row.outcome == outcome.id}
    first, last = _span(case, window)
    came = next((row for row in rows.values() if row.resolution == "yes"), None)
    row = rows.get(window) or came or rows.get(HORIZON) or _not_at_all(rows)
    if row is None:
        return PENDING
    if row is came and row.window != window:
        if came.date < first:
            return Answer("void", None, came.date, came.source)
        happened = came.date <= last
        return Answer("resolved", int(happened), came.date if happened else last, came.source)
    if row.resolution == "void":
        return Answer("void", None, row.date, row.source)
    return Answer("resolved", int(row.resolution == "yes"), row.date if row.window == window else last, row.source)


def _not_at_all(rows: Mapping[str, Resolution]) -> Resolution | None:
    """Return the row that closes the horizon as well: not before the election, and not after it."""
    halves = [rows[window] for window in (BEFORE, AFTER) if window in rows]
    return halves[-1] if len(halves) == TWO and all(row.resolution == "no" for row in halves) else None


def _winner(case: Case, start: dt.date) -> Iterator[Question]:
    """Yield the question who wins: of two, whether the first does."""
    vote = case.voting_day
    if case.election is None or case.as_of(start).winner is not None or vote is None:
        return
    won = next((event for event in case.events if event.process == ELECTION), None)
    winners, ids = case.election.winners, case.winner_ids
    place = ids.index(won.state) if won else None
    two = len(ids) == TWO
    yield Question(
        case=case.id,
        id=f"{ELECTION}.{ids[0]}" if two else ELECTION,
        label=winners[0].label if two else "Who wins the election",
        group=ELECTION,
        outcome=ELECTION,
        window="winner",
        status="resolved" if won else "pending",
        answer=int(place == 0) if two and place is not None else place,
        resolved_on=won.date if won else None,
        source=won.source if won else "",
        opens=start,
        closes=won.date if won else case.horizon,
        categories=() if two else ids,
    )


def _kinds(case: Case, process: Process, start: dt.date) -> Iterator[Question]:
    """Yield the question in which state a process will be, where from the present one each step ends it."""
    now = case.as_of(start).state(process.id)
    ends = [step.target for step in process.successors(now)]
    by_state = {outcome.state: outcome for outcome in case.outcomes if outcome.process == process.id}
    if len(ends) < TWO or any(process.successors(end) or end not in by_state for end in ends):
        return
    categories = (now, *(state for state in process.states if state in ends))
    answers = [_answer(case, by_state[state], HORIZON) for state in categories[1:]]
    came = next((index for index, found in enumerate(answers, 1) if found.answer == 1), None)
    statuses = {found.status for found in answers}
    status: Status = "resolved" if came is not None or statuses == {"resolved"} else "pending"
    if came is None and "void" in statuses:
        status = "void"
    day = answers[came - 1].day if came is not None else case.horizon
    yield Question(
        case=case.id,
        id=f"{process.id}.state",
        label=f"Which of {len(categories)} states {process.id} is in",
        group=process.id,
        outcome=process.id,
        window="state",
        status=status,
        answer=(came or 0) if status == "resolved" else None,
        resolved_on=day if status == "resolved" else None,
        source=answers[came - 1].source if came is not None else "",
        opens=start,
        closes=min(day or case.horizon, case.horizon),
        categories=categories,
        ordered=True,
    )
