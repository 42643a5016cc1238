"""The election as polls forecast it, and a question about polls alone, by the same function."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - annotations are evaluated when a run is read back
from collections.abc import Mapping  # noqa: TC003 - as above
from typing import TYPE_CHECKING

from scipy.special import ndtri

from detente import exact
from detente.case.polls import FEWEST_POLLS, Poll, PollPriors, waves
from detente.errors import DetenteError
from detente.exact.polls import PollPosterior, share_posterior
from detente.frozen import Immutable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.case.schema import Case

Z = float(ndtri(0.95))
"""Half the width of a 90% interval, in standard deviations."""


class PollPoint(Immutable):
    """One poll: the incumbent's two-way share as published, and adjusted for house effect and kind of question."""

    day: dt.date
    pollster: str
    share: float
    adjusted: float


class PollForecast(Immutable):
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


LEVELS = (0.5, 0.8, 0.9)


class NoPollsError(DetenteError):
    """A table of polls of which none can be used."""


class HouseEffect(Immutable):
    """A house: its polls, how far it leans towards the share that is forecast, and its share of the weight."""

    name: str
    polls: int
    lean: float
    sd: float
    weight: float


class PollAnswer(Immutable):
    """What polls known on ``as_of`` say of the ``vote``: shares between 0 and 1.

    ``share`` is the median of what is called ``what``, ``intervals`` its central intervals by level, ``probability``
    that it exceeds one half; ``forecast`` has the level over time.
    """

    what: str
    vote: dt.date
    as_of: dt.date
    polls: int
    share: float
    share_sd: float
    intervals: Mapping[float, tuple[float, float]]
    probability: float
    houses: tuple[HouseEffect, ...]
    errors: PollPriors
    forecast: PollForecast
    notes: tuple[str, ...] = ()


def answer_from_polls(
    polls: Sequence[Poll],
    errors: PollPriors,
    vote: dt.date,
    as_of: dt.date,
    *,
    what: str = "Two-way share",
    notes: tuple[str, ...] = (),
) -> PollAnswer:
    """Return what polls say of a vote, by those known on a day; field work counts once.

    Raises
    ------
    NoPollsError
        If the day is after the vote, or no poll was known by then.
    """
    if as_of > vote:
        raise NoPollsError(f"--as-of {as_of} is after the vote, {vote}: choose a day before it")
    known = [poll for poll in polls if poll.known_on <= as_of and poll.end <= vote]
    used = sorted(waves(known), key=lambda poll: poll.middle)
    if not used:
        raise NoPollsError(f"no poll was known on {as_of}: the first was on {min(poll.known_on for poll in polls)}")
    posterior = share_posterior(used, errors, vote)
    said = list(notes)
    if len(used) < len(known):
        said.append(
            f"{len(known) - len(used)} polls overlap another of their house: each day of field work counts once"
        )
    if len(used) < FEWEST_POLLS:
        said.append(f"A case uses its polls only where there are at least {FEWEST_POLLS}.")
    by_house = [[place for place, poll in enumerate(used) if poll.pollster == name] for name in posterior.houses]
    total = float(sum(abs(float(posterior.weight[places].sum())) for places in by_house))
    houses = [
        HouseEffect(name, len(places), float(lean), float(sd), abs(float(posterior.weight[places].sum())) / total)
        for name, places, lean, sd in zip(
            posterior.houses, by_house, posterior.lean, posterior.lean_sd, strict=True
        )
    ]  # fmt: skip
    return PollAnswer(
        what=what,
        vote=vote,
        as_of=as_of,
        polls=len(used),
        share=posterior.share,
        share_sd=posterior.share_sd,
        intervals={
            level: (posterior.quantile((1 - level) / 2), posterior.quantile((1 + level) / 2)) for level in LEVELS
        },
        probability=posterior.probability,
        houses=tuple(sorted(houses, key=lambda house: -house.weight)),
        errors=errors,
        forecast=from_posterior(posterior, used, errors),
        notes=tuple(said),
    )
