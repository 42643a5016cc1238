"""Who wins: the winners' probabilities, and what the polls say where the election is forecast from them."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads the annotations when a run is read back
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import ndtri

from detente import exact
from detente.case.polls import FEWEST_POLLS

if TYPE_CHECKING:
    from detente.case.schema import Case

Z = float(ndtri(0.95))
"""Half the width of a 90% interval, in standard deviations."""


@dataclass(frozen=True)
class PollPoint:
    """One poll: the incumbent's share of the two as published, and with its house's lean and its kind's taken off."""

    day: dt.date
    pollster: str
    share: float
    adjusted: float


@dataclass(frozen=True)
class PollForecast:
    """What the polls in force say.

    ``level``, ``low`` and ``high`` (days,) are the share polls would show without house effects, with its 90%
    interval; ``share``, ``share_sd`` and ``interval`` the incumbent's share of the two on election day, in closed form;
    ``probability`` that it is above one half.  With ``usable`` polls fewer than ``wanted`` the rest is empty: the
    stated weights of the winners hold.
    """

    usable: int
    wanted: int = FEWEST_POLLS
    houses: int = 0
    points: tuple[PollPoint, ...] = ()
    days: tuple[dt.date, ...] = ()
    level: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    share: float | None = None
    share_sd: float | None = None
    interval: tuple[float, float] | None = None
    probability: float | None = None


def poll_forecast(case: Case) -> PollForecast | None:
    """Return what the polls say; None where the case has none to lean on, or the election is decided."""
    if case.winner or case.priors.polls is None or case.election is None:
        return None
    if not case.polls_in_force:
        return PollForecast(len(case.usable_polls))
    found = exact.poll_posterior(case)
    return PollForecast(
        usable=len(case.polls_in_force),
        houses=len(found.houses),
        points=tuple(
            PollPoint(poll.middle, poll.pollster, float(share), float(adjusted))
            for poll, share, adjusted in zip(case.polls_in_force, found.shown, found.adjusted, strict=True)
        ),
        days=found.days,
        level=tuple(map(float, found.level)),
        low=tuple(map(float, found.level - Z * found.level_sd)),
        high=tuple(map(float, found.level + Z * found.level_sd)),
        share=found.share,
        share_sd=found.share_sd,
        interval=(found.share - Z * found.share_sd, found.share + Z * found.share_sd),
        probability=found.probability,
    )
