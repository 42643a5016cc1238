"""Check the resolutions of a case: each against its window, against the record, and against each other.

A window is a stretch of days: ``horizon`` all of them up to the horizon, ``before_election`` those before election day,
``after_election`` the rest.  Election day is the first day that was, on that day, the scheduled one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from detente.case.facts import CaseDraft
from detente.case.findings import Findings
from detente.case.records import Record
from detente.case.seeds import election_day
from detente.errors import quoted

ONE_DAY = dt.timedelta(days=1)


class Span(NamedTuple):
    """First and last day on which what a window asks for may happen."""

    first: dt.date
    last: dt.date

    def holds(self, day: dt.date) -> bool:
        """Tell whether a day lies in the window."""
        return self.first <= day <= self.last


def check_resolutions(records: Sequence[Record], events: Sequence[Record], case: CaseDraft, findings: Findings) -> None:
    """Check that each resolution is of a declared outcome, once a window, and agrees with window, record and others."""
    seen: dict[tuple[str, str], Record] = {}
    for record in records:
        outcome, window = record.get("outcome"), record.get("window")
        if case.lacks("outcomes", outcome):
            findings.unknown(record.line, "outcome: case.yaml declares no outcome", outcome, case.outcomes)
        if window not in {None, "horizon"} and not case.has_election and "election" not in case.faulty:
            findings.add(record.line, f'window: a case without an election has only "horizon" (got {quoted(window)})')
        elif outcome and window and (outcome, window) in seen:
            line = seen[outcome, window].line
            findings.add(record.line, f"{outcome} in {window} is resolved already, on line {line}")
        elif outcome and window:
            seen[outcome, window] = record
    if case.faulty & {"election", "schedule", "processes", "outcomes"} or not case.top.get("horizon"):
        return
    for outcome in dict.fromkeys(outcome for outcome, _ in seen):
        rows = [row for (name, _), row in seen.items() if name == outcome]
        if outcome in case.outcomes and all(row.get("date") and row.get("resolution") for row in rows):
            _check_outcome(rows, events, case, findings)


def _check_outcome(rows: Sequence[Record], events: Sequence[Record], case: CaseDraft, findings: Findings) -> None:
    """Check the resolutions of one outcome."""
    outcome = case.outcomes[rows[0].get("outcome")]
    process, state = outcome.get("process"), outcome.get("state")
    start = case.processes[process].start.get("date") if process in case.processes else None
    if start is None:
        return
    spans = _spans(case, start)
    recorded = [row for row in events if row.get("process") == process and row.get("state") == state]
    for row in rows:
        span = spans.get(row.get("window"))
        if span is None:
            continue
        if fault := _outside(row, span, start):
            findings.add(row.line, fault)
            continue
        said = [(event.get("date"), "events.csv has it") for event in recorded if event.get("date")]
        said += [
            (other.get("date"), f"line {other.line} has it")
            for other in rows
            if other.get("resolution") == "yes" and other is not row
        ]
        fault = next((found for day, who in said if (found := _contradiction(row, span, day, who))), None)
        if fault is not None:
            findings.add(row.line, fault)


def _spans(case: CaseDraft, start: dt.date) -> dict[str, Span]:
    horizon = case.top.get("horizon")
    spans = {"horizon": Span(start, horizon)}
    rows = [(row.get("known_from"), row.get("date")) for row in case.schedule]
    day = election_day([(known, date) for known, date in rows if known and date])
    if day is not None:
        spans |= {"before_election": Span(start, day - ONE_DAY), "after_election": Span(day, horizon)}
    return spans


def _outside(row: Record, span: Span, start: dt.date) -> str | None:
    """Say why the window does not allow a resolution's date."""
    day, answer, window = row.get("date"), row.get("resolution"), row.get("window")
    if answer == "yes" and day <= start:
        return f"date: must be after {start}, when the process starts (got {day})"
    if answer == "yes" and day < span.first:
        return f"date: {window} opens on {span.first}, and what happened before makes it void (got {day})"
    if answer == "yes" and day > span.last:
        return f"date: {window} ends on {span.last}, and what happened later is a no (got {day})"
    if answer == "no" and day < span.last:
        return f"date: {window} ends on {span.last}: until then it may happen, so leave the row out (got {day})"
    return None


def _contradiction(row: Record, span: Span, day: dt.date, who: str) -> str | None:
    """Say how a resolution contradicts somebody's word that it happened on a day."""
    answer, window = row.get("resolution"), row.get("window")
    if span.holds(day):
        if answer != "yes":
            return f"resolution: must be yes, for {who} on {day} (got {quoted(answer)})"
        return None if row.get("date") == day else f"date: must be {day}, for {who} then (got {row.get('date')})"
    if answer == "yes":
        return f"resolution: must not be yes, for {who} on {day}, outside {window}"
    if window == "after_election" and day < span.first and answer != "void":
        return f"resolution: must be void, for {who} before, on {day} (got {quoted(answer)})"
    return None
