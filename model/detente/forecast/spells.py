"""How long a wait will be, by a class of earlier waits alone: the waiting-time model of the outside view by itself.

The probability is that for a new member of the class, or for one that has waited some days already; the intervals show
how far the share of such members moves with what a class of this size leaves unsure of its own parameters.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from detente.exact import members, waiting
from detente.forecast.outside import kaplan_meier
from detente.frozen import Immutable
from detente.scoring import INTERVAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from detente.case.spells import Spell
    from detente.exact.waiting import Wait, WaitPosterior

HALF = (0.25, 0.75)
POINTS = 60
"""Days of a curve, besides the first."""
QUARTERS = (0.25, 0.5, 0.75)
LONGEST = 100 * 365
"""Days beyond which no quantile of the time ahead is looked for."""


class Ahead(Immutable):
    """The probability that the wait has ended so many days after the cut-off.

    ``half`` and ``ninety`` are the 50% and 90% intervals of the share of such members whose wait has; ``counted`` is
    that share as counted (Kaplan-Meier), None where no member was followed for so long.
    """

    days: int
    date: dt.date
    probability: float
    half: tuple[float, float]
    ninety: tuple[float, float]
    counted: float | None


class WaitForecast(Immutable):
    """When a wait will end, as known on ``as_of``.

    ``waited`` is for how many days it has lasted then.  ``quarters`` are the days after which it has ended with
    probability 1/4, 1/2 and 3/4, None beyond a century.  ``ahead`` are the days asked about, ``curve`` days up to the
    last of them.
    """

    spells: int
    ended: int
    as_of: dt.date
    waited: int
    half_life: float
    quarters: tuple[int | None, ...]
    ahead: tuple[Ahead, ...]
    curve: tuple[Ahead, ...]


def waits_of(spells: Iterable[Spell], as_of: dt.date, half_life: float = np.inf) -> tuple[Wait, ...]:
    """Return the waits of spells that had begun before ``as_of``, as known on that day."""
    waits: list[Wait] = []
    for spell in spells:
        if spell.start < as_of:
            member = spell.member.as_of(as_of)
            if spell.state in member.reached:
                span = member.span(spell.state)
                end = span or (member.followed_until,) * 2
                weight = members.weight_at(as_of, spell.start, half_life)
                waits += members.between(member.began, end, weight, made=span is not None)
    return tuple(sorted(waits))


def wait_forecast(
    spells: Sequence[Spell], as_of: dt.date, days: Sequence[int], half_life: float, since: dt.date | None = None
) -> WaitForecast:
    """Forecast when a wait will end.

    Parameters
    ----------
    spells
        The class.
    as_of
        The cut-off: what came later is not known.
    days
        The days after the cut-off to ask about, one or more.
    half_life
        Years after which a spell counts half.
    since
        The day the wait began; None if it begins at the cut-off.
    """
    waits = waits_of(spells, as_of, half_life)
    posterior = waiting.wait_posterior(waits)
    waited = (as_of - (since or as_of)).days

    def at(ahead: int) -> Ahead:
        half, ninety = (posterior.share(ahead, ends, waited) for ends in (HALF, INTERVAL))
        begun, ended = (kaplan_meier(waits, days) for days in (waited, waited + ahead))
        return Ahead(
            days=ahead,
            date=as_of + dt.timedelta(days=ahead),
            probability=posterior.chance(ahead, waited),
            half=(half[0], half[1]),
            ninety=(ninety[0], ninety[1]),
            counted=None if begun is None or ended is None or begun == 1 else 1 - (1 - ended) / (1 - begun),
        )

    last = max(days)
    steps = sorted({round(last * step / POINTS) for step in range(POINTS + 1)})
    return WaitForecast(
        spells=len(waits),
        ended=sum(bool(np.isfinite(wait.by)) for wait in waits),
        as_of=as_of,
        waited=waited,
        half_life=half_life,
        quarters=tuple(_quantile(posterior, waited, probability) for probability in QUARTERS),
        ahead=tuple(at(day) for day in sorted(set(days))),
        curve=tuple(at(step) for step in steps),
    )


def _quantile(posterior: WaitPosterior, waited: int, probability: float) -> int | None:
    """Return the first day by which the wait has ended with a probability; None beyond the longest looked for."""
    low, high = 0, LONGEST
    if posterior.chance(high, waited) < probability:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if posterior.chance(middle, waited) >= probability else (middle, high)
    return high
