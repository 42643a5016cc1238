"""The questions that a case asked, and how they ended: outcomes, the winner, competing outcomes, and the hypotheses.

A question opens on the date of the first forecast and closes on the day of its answer or on the last day of its window,
whichever comes first; a forecast made on that day would know the answer.

A yes may be known early, a no only when the window closes.  If early answers counted, the questions known on any day
before would be the quick ones, and forecasts would look too low.  So a question is resolved, and scored, once its
window has closed; one that was answered before stands apart until then.  Which hypothesis is true has no window: it is
a question where it became known, and resolved from that day on.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - annotations are evaluated when a run is read back
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detente.case.outcomes import HYPOTHESIS, Outcome, Resolution
from detente.case.windows import (
    AFTER_ELECTION,
    BEFORE_ELECTION,
    HORIZON,
    case_windows,
    is_undecided,
    known_until,
    occurrence,
    outcome_windows,
    resolve_outcome,
    state_on,
)
from detente.errors import DetenteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.case import CaseRecord
    from detente.case.processes import Process

QuestionStatus = Literal["resolved", "early", "void", "pending"]

ELECTION = "election"
TWO = 2


class ScoringError(DetenteError):
    """A case whose forecasts cannot be scored."""


@dataclass(frozen=True)
class Question:
    """One question of a case.

    ``categories`` is empty for a yes-no question, else it lists the possible answers, ``labels`` what prose calls them
    (None: their ids in words); ``ordered`` says that they rank.  ``status`` is ``resolved`` once the window has closed
    and the answer is known, ``early`` while an answer is known before the window has closed, ``void`` where the
    criteria do not decide, else ``pending``.  ``answer`` is 1 for yes and 0 for no, or the index of the category; None
    while it is not known.  The question is open on the days from ``opens`` to the one before ``closes``.  ``group``
    names the process, or the election, that it is about.
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
    labels: tuple[str, ...] | None = None
    ordered: bool = False

    @property
    def days(self) -> int:
        """Number of days on which it was open."""
        return max(0, (self.closes - self.opens).days)

    @property
    def is_truth(self) -> bool:
        """Whether it asks which hypothesis is true."""
        return self.outcome == HYPOTHESIS

    @property
    def is_resolved(self) -> bool:
        """Whether it counts in the scores."""
        return self.status == "resolved"

    def is_open(self, day: dt.date) -> bool:
        """Tell whether it was open on a day."""
        return self.opens <= day < self.closes


def questions(case: CaseRecord, start: dt.date) -> tuple[Question, ...]:
    """Return the questions of a whole case that were open on ``start``, in the order of its outcomes.

    Raises
    ------
    ScoringError
        If the record and the resolutions contradict each other.
    """
    check_record(case)
    then = case.as_of(start)
    asked: list[Question] = []
    for outcome in case.outcomes:
        if is_undecided(then, outcome):
            asked += _on_outcome(case, outcome, start)
    asked += _on_winner(case, start)
    for process in case.processes:
        asked += _on_competing_outcomes(case, process, start)
    asked += _on_truth(case, start)
    return tuple(question for question in asked if question.days)


def check_record(case: CaseRecord) -> None:
    """Check that a whole case's record contains what its resolutions affirm, and nothing that they deny.

    Raises
    ------
    ScoringError
        One line for each contradiction.
    """
    faults, declared = [], case_windows(case)
    for row in case.resolutions:
        outcome = next(outcome for outcome in case.outcomes if outcome.id == row.outcome)
        if outcome.is_current:
            last = declared[row.window].last
            state = state_on(case, outcome.process, last) if last <= case.information_cutoff else None
            if state is not None and row.resolution == ("no" if state == outcome.state else "yes"):
                claim = f"resolutions.csv has {row.outcome} {row.resolution} on {last}"
                faults.append(f"{case.id}: {claim}, and the record has {state}: correct one of the two")
            continue
        recorded = occurrence(case, outcome)
        days = (recorded.first, recorded.last) if recorded else (None, None)
        has = f"has it {'on' if recorded.has_day else 'in'} {recorded.when}" if recorded else "does not have it"
        if row.resolution == "yes" and not (recorded and recorded.first <= row.date <= recorded.last):
            claim, remedy = f"on {row.date}", "add the event, or bring its bulletin (--bulletins)"
        elif row.resolution == "no" and declared[row.window].ruling(*days) == "yes":
            claim, remedy = f"not in {row.window}", "correct one of the two"
        else:
            continue
        faults.append(f"{case.id}: resolutions.csv has {row.outcome} {claim}, and the record {has}: {remedy}")
    if faults:
        raise ScoringError("\n".join(faults))


def _on_outcome(case: CaseRecord, outcome: Outcome, start: dt.date) -> Iterator[Question]:
    declared, known = outcome_windows(case, outcome), known_until(case)
    is_split = BEFORE_ELECTION in declared and declared[BEFORE_ELECTION].last > start
    resolved = resolve_outcome(case, outcome)
    for window in declared.values():
        if window.last <= start or (window.name == AFTER_ELECTION and not is_split):
            continue  # closed; or the same question as that about the horizon
        answer = resolved.get(window.name)
        status = _status(answer, is_closed=known >= window.last)
        yield Question(
            case=case.id,
            id=f"{outcome.id}.{window.name}",
            label=outcome.label,
            group=outcome.process,
            outcome=outcome.id,
            window=window.name,
            status=status,
            answer=None if answer is None or status == "void" else int(answer.resolution == "yes"),
            resolved_on=answer.date if answer else None,
            source=answer.source if answer else "",
            opens=start,
            closes=window.last if answer is None or status == "void" else min(answer.date, window.last),
        )


def _status(answer: Resolution | None, *, is_closed: bool) -> QuestionStatus:
    if answer is None:
        return "pending"
    return "void" if answer.resolution == "void" else "resolved" if is_closed else "early"


def _on_winner(case: CaseRecord, start: dt.date) -> Iterator[Question]:
    """Yield the question who wins; with two winners, whether the first does."""
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


def _on_truth(case: CaseRecord, start: dt.date) -> Iterator[Question]:
    """Yield the question which hypothesis is true, where that became known after the start."""
    truth = case.truth
    if truth is None:
        return
    yield Question(
        case=case.id,
        id=HYPOTHESIS,
        label="Which explanation is true",
        group=HYPOTHESIS,
        outcome=HYPOTHESIS,
        window="truth",
        status="resolved",
        answer=case.hypothesis_ids.index(truth.hypothesis),
        resolved_on=truth.date,
        source=truth.source,
        opens=start,
        closes=max(start, truth.date),
        categories=case.hypothesis_ids,
        labels=tuple(hypothesis.label for hypothesis in case.hypotheses),
    )


def _on_competing_outcomes(case: CaseRecord, process: Process, start: dt.date) -> Iterator[Question]:
    """Yield the question which state a process ends in, where each step from its present state leads to an end."""
    now = case.as_of(start).state(process.id)
    ends = [step.target for step in process.successors(now)]
    by_state = {one.state: one for one in case.outcomes if one.process == process.id and not one.is_current}
    if len(ends) < TWO or any(process.successors(end) or end not in by_state for end in ends):
        return
    categories = (now, *(state for state in process.states if state in ends))
    answers = [resolve_outcome(case, by_state[state]).get(HORIZON) for state in categories[1:]]
    first = next((row for row in answers if row and row.resolution == "yes"), None)
    is_closed = known_until(case) >= case.horizon
    statuses = {_status(row, is_closed=is_closed) for row in answers}
    status = _status(first, is_closed=is_closed)
    if first is None and len(statuses) == 1:
        status = statuses.pop()
    elif first is None and "void" in statuses:
        status = "void"
    answer = answers.index(first) + 1 if first else 0
    day = first.date if first else case.horizon
    is_known = status in {"resolved", "early"}
    yield Question(
        case=case.id,
        id=f"{process.id}.state",
        label=f"Which of {len(categories)} states {process.id} is in",
        group=process.id,
        outcome=process.id,
        window="state",
        status=status,
        answer=answer if is_known else None,
        resolved_on=day if is_known else None,
        source=first.source if first else "",
        opens=start,
        closes=min(day, case.horizon),
        categories=categories,
        ordered=True,
    )
