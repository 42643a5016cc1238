"""The outside view: how other dyads moved, how far the assessor leans on them, and what other forecasters said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from detente.case.frozen import Fraction, Frozen, Id, Probability, Text

PACE_MEDIAN_DAYS = 365.0
PACE_LOG_SD = 1.5
SHAPE_LOG_SD = 1.0
"""The prior of a class's waiting times, weak enough for a handful of members to overrule.

Each member has a pace of its own, Gamma distributed, so that waits are Lomax distributed: the longer one has waited,
the slower one probably is.  The log of the mean pace is Normal(-log 365 days, 1.5), so that a tenfold pace either way
is not excluded; the log of the Gamma's shape is Normal(0, 1), from paces that are nearly alike to very unlike ones.
"""


class Member(Frozen):
    """One member of a reference class: when its waiting began, and which states it had reached by when.

    ``reached`` has an entry for every state that applies to the member: the date, or None while it was followed and
    had not got there.  ``followed_until`` is the last day it was followed.  ``election`` tells whether a national
    election fell within a year of ``start`` (None where nobody looked), ``election_support`` whether a page was seen
    that says so or it rests on memory.
    """

    reference_class: Id
    member: Text
    start: dt.date
    reached: Mapping[Id, dt.date | None]
    followed_until: dt.date
    election: bool | None = None
    election_support: Literal["seen", "recall"] | None = None
    source: str = ""
    note: str = ""

    def as_of(self, cutoff: dt.date) -> Member:
        """Return what was known of the member on ``cutoff``: later dates are not there yet."""
        if self.followed_until <= cutoff and all(day is None or day <= cutoff for day in self.reached.values()):
            return self
        known = {state: day if day and day <= cutoff else None for state, day in self.reached.items()}
        return self.model_copy(update={"reached": known, "followed_until": min(self.followed_until, cutoff)})


class OutsideViewPrior(Frozen):
    """How far the level of each intensity is moved toward a reference class: ``weight`` 0 not at all, 1 all the way."""

    weight: Fraction
    reference_class: Id
    because: Text


class ExternalForecast(Frozen):
    """What somebody else gave for a winner of the election, and the day on which it was known."""

    date: dt.date
    forecaster: Text
    winner: Id
    probability: Probability
    source: str
    note: str = ""
