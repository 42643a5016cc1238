"""Small cases whose questions were resolved."""

from __future__ import annotations

import datetime as dt

from small import CUTOFF, HORIZON, make_case

from detente.calibrate.questions import resolve
from detente.case.schema import Event, Resolution

VOTE = CUTOFF + dt.timedelta(days=100)
LONG_AFTER = HORIZON + dt.timedelta(days=500)


def resolved_case(*answers, as_of=LONG_AFTER, winner=None, fresh=True, **parts):
    """Make a small case and resolve it: `answers` are (outcome, window, yes, no or void), dated on the horizon.

    `fresh`: nothing is on record, the clocks start on the forecast's day.
    """
    case = make_case(**parts)
    if fresh:
        case = case.changed(processes=tuple(case.restarted(process) for process in case.processes))
    rows = tuple(
        Resolution(outcome=outcome, window=window, resolution=said, date=HORIZON, source="A source")
        for outcome, window, said in answers
    )
    won = (Event(date=VOTE, process="election", state=winner, source="", claim=""),) if winner else ()
    return resolve(case.changed(resolutions=rows, events=(*case.events, *won)), as_of)
