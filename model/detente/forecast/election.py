"""The election as polls forecast it."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads the annotations when a run is read back
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import ndtri

from detente import exact
from detente.case.polls import FEWEST_POLLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.case.poll_errors import PollPriors
    from detente.case.polls import Poll
    from detente.case.schema import Case
    from detente.exact.polls import PollPosterior

Z = float(ndtri(0.95))
"""Half the width of a 90% interval, in standard deviations."""


@dataclass(frozen=True)
class PollPoint:
    """One poll: the incumbent's two-way share as published, and adjusted for house effect and kind of question."""

    day: dt.date
    pollster: str
    share: float
    adjusted: float


@dataclass(frozen=True)
class PollForecast:
    """The forecast from the polls in force.

    ``level``, ``low`` and ``high`` (days,) are the share that polls without house effects would show, with its 90%
    interval; ``share``, its median, ``share_sd`` and ``interval`` are of the incumbent's two-way share on election day,
    in closed form, and ``probability`` is P(share > 1/2).  ``degrees`` are those of the Student t whose tails it has,
    None for a normal.  With fewer ``usable`` polls than ``wanted``, the rest is empty and the stated weights of the
    winners stand.
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
    degrees: float | None = None


def poll_forecast(case: Case) -> PollForecast | None:
    """Return the forecast from polls; None if the case does not use polls or the election is decided."""
    if case.winner or case.priors.polls is None or case.election is None:
        return None
    if not case.polls_in_force:
        return PollForecast(len(case.usable_polls))
    return from_posterior(exact.poll_posterior(case), case.polls_in_force, case.priors.polls)


def from_posterior(polls: PollPosterior, used: Sequence[Poll], errors: PollPriors) -> PollForecast:
    """Return the forecast that a posterior from polls is."""
    return PollForecast(
        usable=len(used),
        houses=len(polls.houses),
        points=tuple(
            PollPoint(poll.middle, poll.pollster, float(share), float(adjusted))
            for poll, share, adjusted in zip(used, polls.shown, polls.adjusted, strict=True)
        ),
        days=polls.days,
        level=tuple(map(float, polls.level)),
        low=tuple(max(float(share), 0.0) for share in polls.level - Z * polls.level_sd),
        high=tuple(min(float(share), 1.0) for share in polls.level + Z * polls.level_sd),
        share=polls.share,
        share_sd=polls.share_sd,
        interval=(polls.quantile(0.05), polls.quantile(0.95)),
        probability=polls.probability,
        degrees=errors.degrees,
    )
