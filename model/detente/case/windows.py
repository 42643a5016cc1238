"""The windows of a question: when each opens and closes, how what happened answers it, and whether a resolution fits.

A window is a range of days on which an outcome may occur.  ``horizon`` holds all days up to the horizon, ``by:DATE``
those up to a deadline, ``before_election`` those before election day, and ``after_election`` the rest, given that the
outcome has not occurred before.  Election day is the first day that was, on that day, the scheduled one
(:func:`detente.case.election.election_day`).

An outcome that asks whether a process *is* in a state asks for the last day of each window, and no other; it has no
window ``after_election``, which would be the horizon's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from detente.case.findings import of_horizon
from detente.case.outcomes import Outcome, Resolution, Ruling
from detente.case.processes import Event
from detente.errors import quoted
from detente.frozen import Immutable

if TYPE_CHECKING:
    from detente.case.columns import Row
    from detente.case.contents import CaseTables
    from detente.case.question import Declared
    from detente.case.schema import Case

type Windows = Mapping[str, Window]
"""The windows of a case by name, in the order in which they are shown."""

BEFORE_ELECTION, AFTER_ELECTION, HORIZON = "before_election", "after_election", "horizon"
DEADLINE = "by:"
RECORD = "the record"
"""The source of an answer that no resolution gives."""
ONE_DAY = dt.timedelta(days=1)


def by_deadline(day: dt.date) -> str:
    """Return the name of the window that closes at a deadline.

    >>> by_deadline(dt.date(2022, 10, 30))
    'by:2022-10-30'
    """
    return f"{DEADLINE}{day.isoformat()}"


def is_deadline(window: str) -> bool:
    """Tell whether a window is that of a deadline, by its name."""
    return window.startswith(DEADLINE)


class Window(Immutable):
    """The days from ``first`` to ``last``, both included, on which the outcome in question may occur."""

    name: str
    first: dt.date
    last: dt.date

    def holds(self, day: dt.date) -> bool:
        """Tell whether a day lies in the window."""
        return self.first <= day <= self.last

    def ruling(self, first: dt.date | None, last: dt.date | None = None) -> Ruling | None:
        """Return the answer for an outcome that first occurred on a day, or never.

        If only the ``first`` and the ``last`` day on which it may have occurred are known, and they answer differently,
        it is None.
        """
        if first is None or first > self.last:
            return "no"
        if last is not None and self.ruling(last) != self.ruling(first):
            return None
        return "yes" if first >= self.first else "void"


def windows(
    horizon: dt.date, election: dt.date | None = None, deadlines: Iterable[dt.date] = (), start: dt.date = dt.date.min
) -> Windows:
    """Return the windows of a case; election day splits the days up to the horizon in two."""
    split = []
    if election is not None:
        split = [Window(BEFORE_ELECTION, start, election - ONE_DAY), Window(AFTER_ELECTION, election, horizon)]
    dated = [Window(by_deadline(day), start, day) for day in deadlines]
    return {window.name: window for window in (*split, *dated, Window(HORIZON, start, horizon))}


def case_windows(case: CaseTables) -> Windows:
    """Return the windows of a case."""
    return windows(case.horizon, case.voting_day, case.deadlines)


def outcome_windows(case: CaseTables, outcome: Outcome) -> Windows:
    """Return the windows of one outcome."""
    declared = case_windows(case)
    return {name: window for name, window in declared.items() if name != AFTER_ELECTION or not outcome.is_current}


def visits(case: CaseTables, process_id: str) -> tuple[Event, ...]:
    """Return the states in which a process has been, by the record up to the cut-off, as steps, the start included."""
    start = case.process(process_id).start
    begun = Event.read({"date": start.date, "process": process_id, "state": start.state})
    return (*start.passed, begun, *case.history(process_id))


def occurrence(case: CaseTables, outcome: Outcome) -> Event | None:
    """Return the step with which an outcome first occurred, by the record up to the cut-off; None if it has not.

    One that asks for the state on a date does not occur on any day.
    """
    path = () if outcome.is_current else visits(case, outcome.process)
    return next((event for event in path if event.state == outcome.state), None)


def ruled_out_on(case: CaseTables, outcome: Outcome) -> dt.date | None:
    """Return the day from which an outcome could no longer occur, by the record up to the cut-off; None if it can.

    That is the (first possible) day on which the process entered a state from which the outcome's cannot be reached: a
    competing outcome came first.
    """
    reach = case.process(outcome.process).reach
    path = visits(case, outcome.process)
    return next((event.first for event in path if outcome.state not in reach[event.state]), None)


def is_undecided(case: Case, outcome: Outcome) -> bool:
    """Tell whether an outcome may still turn out either way, by the record up to the cut-off: only then it is asked.

    It is decided once it has occurred or can no longer be reached, and where it asks for the state of a process that no
    step leaves any more.
    """
    process = case.process(outcome.process)
    now = case.state(process.id)
    stays = outcome.is_current and not process.successors(now)
    return occurrence(case, outcome) is None and outcome.state in process.reach[now] and not stays


def state_on(case: CaseTables, process_id: str, day: dt.date) -> str | None:
    """Return the state a process was in at the end of a day, by the record up to the cut-off.

    None before its start, and where a step of which the month or year is known may have come before that or after.
    """
    path = visits(case, process_id)
    if any(event.first <= day < event.last for event in path):
        return None
    return next((event.state for event in reversed(path) if event.last <= day), None)


def resolve(window: Window, resolutions: Iterable[Resolution], among: Windows) -> Resolution | None:
    """Return how the question about one outcome is resolved in a window; None while that is not known.

    A resolution of the window itself decides.  Else the answer follows from those of the outcome's other windows
    (``among``): from the day of a yes, or from noes that leave no day of the window open.
    """
    by_window = {row.window: row for row in resolutions}
    if own := by_window.get(window.name):
        return own
    if yes := next((row for row in by_window.values() if row.resolution == "yes"), None):
        return _by_day(window, (yes.date, yes.date), yes)
    whole = by_window.get(HORIZON)
    if whole is not None and whole.resolution == "void":
        return whole.changed(window=window.name)
    open_from = window.first
    noes = [(among[row.window], row) for row in by_window.values() if row.resolution == "no"]
    for denied, row in sorted(noes, key=lambda pair: pair[0].first):
        if denied.first <= open_from:
            open_from = max(open_from, denied.last + ONE_DAY)
        if open_from > window.last:
            return row.changed(window=window.name, date=window.last)
    return None


def resolve_outcome(case: CaseTables, outcome: Outcome) -> Mapping[str, Resolution]:
    """Return how a whole case resolves an outcome, by window; windows whose answer is not known are left out.

    The resolutions decide, then the record up to the horizon: an event is a yes from its day on; a window that closed
    without one before the record ends is a no; and an outcome that can no longer occur is a no from that day.  An event
    of which the month or year is known answers where all of its days give one answer, from the first of them on.
    """
    declared = outcome_windows(case, outcome)
    rows = [row for row in case.resolutions if row.outcome == outcome.id]
    whole = case.changed(information_cutoff=max(case.information_cutoff, case.horizon))
    if outcome.is_current:
        return _resolve_current(whole, outcome, case.information_cutoff)
    happened, ruled_out = occurrence(whole, outcome), ruled_out_on(whole, outcome)
    resolved = {}
    for window in declared.values():
        answer = resolve(window, rows, declared)
        if answer is None and happened is not None:
            answer = _by_day(window, (happened.first, happened.last), _from_record(outcome, window))
        elif answer is None and (window.last <= case.information_cutoff or ruled_out is not None):
            answer = _from_record(outcome, window)
        if answer is None:
            continue
        if answer.resolution == "no" and happened is None and ruled_out is not None and ruled_out < answer.date:
            answer = answer.changed(date=ruled_out)
        resolved[window.name] = answer
    return resolved


def _resolve_current(whole: CaseTables, outcome: Outcome, recorded: dt.date) -> Mapping[str, Resolution]:
    """Return how an outcome that asks for the state on a date is resolved: each window by itself or by the record."""
    stated = {row.window: row for row in whole.resolutions if row.outcome == outcome.id}
    ruled_out, resolved = ruled_out_on(whole, outcome), {}
    for window in outcome_windows(whole, outcome).values():
        answer, no = stated.get(window.name), _from_record(outcome, window)
        state = state_on(whole, outcome.process, window.last) if window.last <= recorded else None
        if answer is None and state is not None:
            answer = no.changed(resolution="yes" if state == outcome.state else "no")
        elif answer is None and ruled_out is not None and ruled_out <= window.last:
            answer = no.changed(date=ruled_out)
        if answer is not None:
            resolved[window.name] = answer
    return resolved


def _by_day(window: Window, days: tuple[dt.date, dt.date], source: Resolution) -> Resolution | None:
    """Return the answer in a window for an outcome that first occurred between two days, as a resolution has it."""
    ruling = window.ruling(*days)
    if ruling is None:
        return None
    day = window.last if ruling == "no" else days[0]
    return source.changed(window=window.name, resolution=ruling, date=day)


def _from_record(outcome: Outcome, window: Window) -> Resolution:
    return Resolution(outcome=outcome.id, window=window.name, resolution="no", date=window.last, source=RECORD)


def resolved_until(case: CaseTables) -> dt.date | None:
    """Return the last day of a whole case's resolutions; the horizon where each outcome is resolved for it."""
    settled = {row.outcome for row in case.resolutions if row.window == HORIZON}
    days = [row.date for row in case.resolutions]
    if settled and settled == {outcome.id for outcome in case.outcomes}:
        days.append(case.horizon)
    return max(days, default=None)


def known_until(case: CaseTables) -> dt.date:
    """Return the day up to which it is known what became of a whole case: the end of its record or resolutions."""
    return max(case.information_cutoff, resolved_until(case) or case.information_cutoff)


def check_resolutions(rows: Iterable[Row[Resolution]], events: Sequence[Row[Event]], declared: Declared) -> None:
    """Check that each resolution is of a declared outcome, once a window, and agrees with window, record and others."""
    resolved: dict[tuple[str, str], Row[Resolution]] = {}
    for row in rows:
        if row.sound("outcome") and declared.lacks("outcomes", row.item.outcome):
            row.unknown("outcome: case.yaml declares no outcome", row.item.outcome, declared.outcomes)
        if not row.sound("window") or not _has_window(row, declared) or not row.sound("outcome"):
            continue
        key = row.item.outcome, row.item.window
        if key in resolved:
            row.add(f"{key[0]}, {key[1]}: duplicate of line {resolved[key].line}")
        resolved.setdefault(key, row)
    if declared.faulty & {"election", "schedule", "processes", "outcomes", "horizon", "deadlines"}:
        return
    for outcome in dict.fromkeys(outcome for outcome, _ in resolved):
        of_outcome = [row for (name, _), row in resolved.items() if name == outcome]
        if outcome in declared.outcomes and all(row.sound("date", "resolution") for row in of_outcome):
            _check_outcome(of_outcome, events, declared)


def _has_window(row: Row[Resolution], declared: Declared) -> bool:
    """Check that the case has the window of a resolution."""
    window, election = row.item.window, {BEFORE_ELECTION, AFTER_ELECTION}
    if window in election and not declared.has_election and "election" not in declared.faulty:
        row.add(f'window: a case without an election has "horizon" and its deadlines (got {quoted(window)})')
        return False
    if is_deadline(window) and "deadlines" not in declared.faulty:
        deadlines = tuple(map(by_deadline, declared.case.deadlines))
        if window not in deadlines:
            row.unknown("window: case.yaml lists no deadline for", window, deadlines)
            return False
    return True


def _check_outcome(rows: Sequence[Row[Resolution]], events: Iterable[Row[Event]], declared: Declared) -> None:
    outcome = declared.outcomes[rows[0].item.outcome]
    if outcome.process not in declared.processes:
        return
    process, election = declared.processes[outcome.process], declared.case.election
    start, vote = process.start.date, election.voting_day if election else None
    among = windows(declared.case.horizon, vote, declared.case.deadlines, start)
    sound = (row.item for row in events if row.sound("date", "process", "state", "precision", "known_from"))
    path = process.in_order(event for event in sound if event.process == outcome.process)
    ruled_out = next((event.first for event in path if outcome.state not in process.reach.get(event.state, ())), None)
    for row in rows:
        window = among.get(row.item.window)
        if window is None:
            continue
        if row.item.resolution == "yes" and ruled_out is not None and ruled_out <= min(row.item.date, window.last):
            row.add(f"resolution: must not be yes: after what events.csv has on {ruled_out} it can no longer happen")
            continue
        if outcome.is_current:
            if fault := _current_fault(row.item, window, ruled_out):
                row.add(fault)
            continue
        if fault := _does_not_fit(row.item, window, start, ruled_out):
            about, remedy = _of_horizon(row.item, window)
            row.add(fault, about=about, remedy=remedy)
            continue
        said = [(event, "events.csv has it") for event in path if event.state == outcome.state]
        said += [
            (
                Event.read({"date": other.item.date, "process": outcome.process, "state": outcome.state}),
                f"line {other.line} has it",
            )
            for other in rows
            if other.item.resolution == "yes" and other is not row
        ]
        contradictions = (_contradiction(row.item, window, event, who) for event, who in said)
        if fault := next((one for one in contradictions if one is not None), None):
            row.add(fault)


def _does_not_fit(resolution: Resolution, window: Window, start: dt.date, ruled_out: dt.date | None) -> str | None:
    """Say why the window does not allow a resolution's date; ``ruled_out`` is when the outcome became impossible."""
    day, ruling = resolution.date, resolution.resolution
    if ruling == "yes" and day <= start:
        return f"date: must be after {start}, when the process starts (got {day})"
    if ruling == "yes" and day < window.first:
        return f"date: {window.name} opens on {window.first}, and what happened before makes it void (got {day})"
    if ruling == "yes" and day > window.last:
        return f"date: {window.name} ends on {window.last}, and what happened later is a no (got {day})"
    if ruling == "no" and day < min(window.last, ruled_out or window.last):
        return f"date: {window.name} ends on {window.last}: until then it may happen, so leave the row out (got {day})"
    return None


def _of_horizon(resolution: Resolution, window: Window) -> tuple[str, str]:
    """Return what a resolution that does not fit a window up to the horizon has in common with others, and the remedy.

    All of them stop fitting when the horizon is changed.
    """
    if window.name not in {HORIZON, AFTER_ELECTION}:
        return "", ""
    if resolution.resolution == "yes" and resolution.date > window.last:
        remedy = "write no, of that day, for what happened later in"
    elif resolution.resolution == "no":
        remedy = "take out each no that is dated before it, for until then it may still happen, in"
    else:
        return "", ""
    return of_horizon(window.last), remedy


def _current_fault(resolution: Resolution, window: Window, ruled_out: dt.date | None) -> str | None:
    """Say what is wrong with the resolution of an outcome that asks for the state on the last day of a window."""
    if window.name == AFTER_ELECTION:
        return f"window: {resolution.outcome} asks for the state on a date: give {HORIZON} or a deadline"
    first = min(window.last, ruled_out or window.last) if resolution.resolution == "no" else window.last
    if resolution.resolution != "void" and resolution.date < first:
        asked = f"{window.name} asks for the state on {window.last}"
        return f"date: {asked}: leave the row out until then (got {resolution.date})"
    return None


def _contradiction(resolution: Resolution, window: Window, event: Event, who: str) -> str | None:
    """Say how a resolution contradicts somebody's word that it happened on a day, or in a month."""
    ruling, when = resolution.resolution, f"on {event.when}" if event.has_day else f"in {event.when}"
    answer = window.ruling(event.first, event.last)
    if answer == "yes":
        if ruling != "yes":
            return f"resolution: must be yes, for {who} {when} (got {quoted(ruling)})"
    elif answer is not None:
        if ruling == "yes":
            return f"resolution: must not be yes, for {who} {when}, outside {window.name}"
        if answer == "void" and ruling != "void":
            return f"resolution: must be void, for {who} before, {when} (got {quoted(ruling)})"
    if ruling == "yes" and not event.first <= resolution.date <= event.last:
        return f"date: must be {'' if event.has_day else 'in '}{event.when}, for {who} then (got {resolution.date})"
    return None
