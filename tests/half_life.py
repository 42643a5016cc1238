"""How :data:`detente.case.reference_class.HALF_LIFE_YEARS` was fitted: what weights that fall with age gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.evaluation.panels import waits
from detente.exact.waiting import wait_posterior
from detente.forecast.spells import waits_of

HALF_LIVES = (5.0, 10.0, 15.0, 25.0, 40.0, 80.0, 160.0)


@dataclass(frozen=True)
class HalfLife:
    """The gain of the log score of the waits, in nats, over weights that do not fall, and its standard error.

    Gains are averaged within groups and summed over them, as the error is worked out from them.
    """

    years: float
    gain: float
    error: float


def profile_half_life(spells, half_lives=HALF_LIVES):
    """Return what weights that fall with age gain, for several half-lives in years.

    Each wait that begins in the year after a cut-off is scored by the log density of what is known of it in the end.
    """
    totals = {years: [] for years in (np.inf, *half_lives)}
    groups = []
    for cutoff, begun, _ in waits._cutoffs(spells):
        news = [spells[number] for number in begun]
        groups += [spell.group for spell in news]
        days = np.array([max((spell.last - spell.start).days, 1) for spell in news], dtype=float)
        ended = np.array([spell.member.span(spell.state) is not None for spell in news])
        for years, scores in totals.items():
            posterior = wait_posterior.__wrapped__(waits_of(spells, cutoff, years))
            for day, made in zip(days, ended, strict=True):
                left = posterior.still_waiting(day)
                hazard = posterior.floor + posterior.shape / (posterior.rate + day) if made else 1.0
                scores.append(float(np.log(posterior.weight @ (left * hazard))))
    place = np.unique(np.array(groups), return_inverse=True)[1]
    size = np.bincount(place)
    base = np.array(totals[np.inf])
    gains = {years: np.bincount(place, np.array(totals[years]) - base) / size for years in half_lives}
    return tuple(HalfLife(years, float(g.sum()), float(np.sqrt((g**2).sum()))) for years, g in gains.items())
