"""Check what comes from outside the case against it: polls, reference classes, other people's forecasts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from detente.case.facts import REFERENCE_CLASS, CaseDraft
from detente.case.findings import Findings
from detente.case.judgements import PriorsDraft
from detente.case.polling import INCUMBENT
from detente.case.records import Record
from detente.errors import quoted

_FIXED = frozenset(field.name for field in REFERENCE_CLASS)


def check_poll_model(
    polls: Sequence[Record], priors: PriorsDraft, case: CaseDraft, facts: Findings, findings: Findings
) -> None:
    """Check that the case has the contest that polls are of, and that every kind of question has its deviation."""
    if priors.polls is None or case.faulty & {"election", "winners"}:
        return
    line = priors.top.at("polls")
    if not case.has_election:
        findings.add(line, "polls: case.yaml declares no election: delete the block")
    elif len(case.winners) == 2 and INCUMBENT not in case.winners:  # noqa: PLR2004 - more are not forecast from polls
        winners = ", ".join(case.winners)
        message = f"polls: one of the winners must be called {INCUMBENT}, whose share polls.csv gives (got {winners})"
        findings.add(line, message)
    for record in polls:
        kind = record.get("kind")
        if kind is not None and kind not in priors.polls.kinds:
            message = f"kind: {findings.file} gives no polls.kind_sd for"
            facts.unknown(record.line, message, kind, priors.polls.kinds)


def check_reference_class(records: Sequence[Record], findings: Findings) -> None:
    """Check that each member stands once in its class and reached nothing after it was last followed."""
    seen: dict[tuple[str, str], int] = {}
    for record in records:
        name, member = record.get("class"), record.get("member")
        if name is not None and member is not None:
            if (name, member) in seen:
                findings.add(record.line, f"member: {quoted(member)} is there already, on line {seen[name, member]}")
            seen.setdefault((name, member), record.line)
        start, last = record.get("start"), record.get("followed_until")
        if start and last and last < start:
            findings.add(record.line, f"followed_until: must not be before start, {start} (got {last})")
        for state, day in reached(record).items():
            if last and day is not None and day > last:
                findings.add(record.line, f"{state}: must not be after followed_until, {last} (got {day})")


def reached(record: Record) -> dict[str, dt.date | None]:
    """Return when each state that applies to a member was reached; None where it was not."""
    return {
        name: value if isinstance(value, dt.date) else None
        for name, value in record.values.items()
        if name not in _FIXED and (value is None or isinstance(value, dt.date))
    }


def check_outside_view(members: Sequence[Record] | None, priors: PriorsDraft, findings: Findings) -> None:
    """Check that the class leaned on is in the table; ``members`` is None where the table could not be read."""
    view = priors.outside_view
    if view is None or members is None or view.get("class") is None:
        return
    known = {record.get("class"): None for record in members if record.get("class") is not None}
    if view.get("class") not in known:
        message = "outside_view.class: reference_class.csv has no class"
        findings.unknown(view.at("class"), message, view.get("class"), known)


def check_external_forecasts(records: Sequence[Record], case: CaseDraft, findings: Findings) -> None:
    """Check that each forecast is of a declared winner."""
    for record in records:
        if not case.has_election and "election" not in case.faulty:
            findings.add(record.line, "winner: case.yaml declares no election")
        elif case.has_election and case.lacks("winners", record.get("winner")):
            findings.unknown(record.line, "winner: case.yaml declares no winner", record.get("winner"), case.winners)
