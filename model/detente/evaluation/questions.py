"""What a case asked, and what became of it: outcomes in their windows, the winner, and kinds that exclude each other.

A question opens on the first forecast date and closes on the day of its answer, or with its window; a forecast of that
day would know the answer.  How a question was resolved is read from the case's resolutions, and for windows that these
do not name it follows from them: what came about on a day came about by every later one.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads the annotations when a run is read back
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detente.case.windows import BEFORE_ELECTION, HORIZON, case_windows, happened_on, is_deadline, resolve
from detente.errors import DetenteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.case import Case
    from detente.case.outcomes import Outcome, Resolution
    from detente.case.processes import Process
    from detente.case.windows import Window

QuestionStatus = Literal["resolved", "void", "pending"]

ELECTION = "election"
TWO = 2


class ScoringError(DetenteError):
    """A case whose forecasts cannot be scored."""


@dataclass(frozen=True)
class Question:
    """One question of a case.

    ``categories`` are empty for a question of yes or no, else what may come about; ``ordered`` says that they rank.
    ``answer`` is 1 for yes and 0 for no, or the place of the category that came about; None while ``status`` is not
    resolved.  It is open on the days from ``opens`` to the one before ``closes``.  ``group`` names what hangs together:
    the process, or the election.
    """

    case: str
    id: str
    label: str
    group: str
    outcome: str
    window: str
    status: QuestionStatus
    opens: dt.date
    closes: dt.date
    answer: int | None = None
    resolved_on: dt.date | None = None
    source: str = ""
    categories: tuple[str, ...] = ()
    ordered: bool = False

    @property
    def days(self) -> int:
        """Number of days on which it was open."""
        return max(0, (self.closes - self.opens).days)

    def is_open(self, day: dt.date) -> bool:
        """Tell whether it was open on a day."""
        return self.opens <= day < self.closes


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
        if happened_on(then, outcome) is None and outcome.state in process.beyond[then.state(process.id)]:
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
    faults, declared = [], case_windows(case)
    whole = case.changed(information_cutoff=max(case.information_cutoff, case.horizon))
    for row in case.resolutions:
        outcome = next(outcome for outcome in case.outcomes if outcome.id == row.outcome)
        recorded = happened_on(whole, outcome)
        has = f"has it on {recorded}" if recorded else "does not have it"
        if row.resolution == "yes" and recorded != row.date:
            said, remedy = f"on {row.date}", "add the event, or bring its bulletin (--bulletins)"
        elif row.resolution == "no" and recorded is not None and declared[row.window].holds(recorded):
            said, remedy = f"not in {row.window}", "mend one of the two"
        else:
            continue
        faults.append(f"{case.id}: resolutions.csv has {row.outcome} {said}, and the record {has}: {remedy}")
    if faults:
        raise ScoringError("\n".join(faults))


def _windows(case: Case, outcome: Outcome, start: dt.date) -> Iterator[Question]:
    """Yield the questions about one outcome."""
    vote, declared = case.voting_day, case_windows(case)
    is_split = vote is not None and start < vote
    for window in declared.values():
        if window.last <= start if is_deadline(window.name) else window.name != HORIZON and not is_split:
            continue
        status, answer, row = _resolved(case, outcome, window)
        end = vote if window.name == BEFORE_ELECTION and vote is not None else window.last
        yield Question(
            case=case.id,
            id=f"{outcome.id}.{window.name}",
            label=outcome.label,
            group=outcome.process,
            outcome=outcome.id,
            window=window.name,
            status=status,
            answer=answer,
            resolved_on=row.date if row else None,
            source=row.source if row else "",
            opens=start,
            closes=min(row.date, end) if row and answer else end,
        )


def _resolved(case: Case, outcome: Outcome, window: Window) -> tuple[QuestionStatus, int | None, Resolution | None]:
    """Return the status of a question, its answer 1 or 0, and the resolution that says so."""
    rows = [row for row in case.resolutions if row.outcome == outcome.id]
    found = resolve(window, rows, case_windows(case))
    if found is None:
        return "pending", None, None
    return ("void", None, found) if found.resolution == "void" else ("resolved", int(found.resolution == "yes"), found)


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
    horizon = case_windows(case)[HORIZON]
    answers = [_resolved(case, by_state[state], horizon) for state in categories[1:]]
    came, resolution = next(
        ((number, row) for number, (_, answer, row) in enumerate(answers, 1) if answer == 1), (None, None)
    )
    statuses = {status for status, _, _ in answers}
    status: QuestionStatus = "resolved" if came is not None or statuses == {"resolved"} else "pending"
    if came is None and "void" in statuses:
        status = "void"
    day = resolution.date if resolution else case.horizon
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
        source=resolution.source if resolution else "",
        opens=start,
        closes=min(day, case.horizon),
        categories=categories,
        ordered=True,
    )
