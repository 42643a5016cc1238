"""A question about polls alone: what they say of one vote, by the function that a case's election uses."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - part of the answer
from collections.abc import Mapping  # noqa: TC003 - as above
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.case.polls import FEWEST_POLLS, waves
from detente.errors import DetenteError
from detente.exact.polls import share_posterior
from detente.forecast.election import PollForecast, from_posterior

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.case.poll_errors import PollPriors
    from detente.case.polls import Poll

LEVELS = (0.5, 0.8, 0.9)


class NoPollsError(DetenteError):
    """A table of polls of which none can be used."""


@dataclass(frozen=True)
class HouseEffect:
    """A house: its polls, how far it leans towards the share that is forecast, and its share of the weight."""

    name: str
    polls: int
    lean: float
    sd: float
    weight: float


@dataclass(frozen=True)
class PollAnswer:
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
        said.append(f"Of fewer than {FEWEST_POLLS} polls a case would make no use.")
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
