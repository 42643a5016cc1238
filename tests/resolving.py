"""Small cases whose questions were resolved."""

from __future__ import annotations

import datetime as dt

from small import CUTOFF, HORIZON, make_case

from detente.case.outcomes import Resolution
from detente.case.processes import Event
from detente.case.windows import by_deadline
from detente.evaluation.calibrate.resolved import resolve_case

VOTE = CUTOFF + dt.timedelta(days=100)
EVE = VOTE - dt.timedelta(days=1)
LONG_AFTER = HORIZON + dt.timedelta(days=500)


def resolved_case(*answers, as_of=LONG_AFTER, winner=None, fresh=True, deadlines=(), current=(), **parts):
    """Make a small case and resolve it: `answers` are (outcome, window, yes, no or void, and a day for a yes).

    Without a day they are dated on the window's last. `fresh`: nothing is on record, the clocks start on the forecast's
    day. `current`: outcomes that are asked once more, as `p_b_now` beside `p_b`, for the state on a date.
    """
    case = make_case(**parts).changed(deadlines=tuple(deadlines))
    named = {outcome.id: outcome for outcome in case.outcomes}
    now = (named[one].changed(id=f"{one}_now", asks="is_in") for one in current)
    case = case.changed(outcomes=(*case.outcomes, *now))
    if fresh:
        case = case.changed(processes=tuple(case.restarted(process) for process in case.processes))
    last = {"before_election": EVE} | {by_deadline(day): day for day in deadlines}
    rows = tuple(
        Resolution(
            outcome=outcome,
            window=window,
            resolution=said,
            date=day[0] if day else last.get(window, case.horizon),
            source="A source",
        )
        for outcome, window, said, *day in answers
    )
    won = (Event(date=VOTE, process="election", state=winner, source="", claim=""),) if winner else ()
    return resolve_case(case.changed(resolutions=rows, events=(*case.events, *won)), as_of)
