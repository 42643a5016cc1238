"""Simulated elections: the level that polls show as a random walk, polls around it, and the vote at its end.

    poll_j = level(d_j) + house(j) + kind(j) + error_j,   level = a random walk
    share on election day = level - what it teaches of the bias + what nobody can know yet

The model computes the variance of a poll's error from the share the poll shows.  The simulated share solves that
equation, so that the model's normal density is exact up to terms of the order of the error times the slope of its
standard deviation: less than 0.01 for samples of a few hundred and shares between 0.3 and 0.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, stdtr

from detente.case.polls import DIFFUSE, INCUMBENT, Poll, PollPriors

if TYPE_CHECKING:
    from detente.arrays import Floats
    from detente.case.schema import Case


REACH = 0.3
"""How far from one half a level that is left to the polls begins, at most."""
LEAST, ROUNDS = 0.02, 5
"""Smallest two-way share a simulated poll may show, and iterations to solve for its error."""


@dataclass(frozen=True)
class Contest:
    """A simulated election.

    ``share`` is the incumbent's share on election day and ``wins`` the probability that it exceeds one half given the
    level that polls show; ``state`` and ``surprise`` are the same walk in the coordinates that NUTS samples, as defined
    in :mod:`detente.graph.polls`.
    """

    polls: tuple[Poll, ...]
    share: float
    wins: float
    state: Floats
    surprise: float


def simulate_polls(case: Case, rng: np.random.Generator) -> Contest | None:
    """Simulate a contest whose polls are of the dates, houses and sizes of those in force; None without such polls."""
    polls, prior = case.polls_in_force, case.priors.polls
    if not polls or prior is None or case.election is None:
        return None
    days = sorted({poll.middle for poll in polls})
    gaps = np.array([(later - earlier).days for earlier, later in pairwise(days)], dtype=float)
    # A level that is left to the polls is put somewhere that shares can be: where, their posterior does not depend on.
    spread = float(np.hypot(prior.start_sd, prior.bias_sd))
    first = rng.uniform(-REACH, REACH) if prior.start_sd >= DIFFUSE else spread * rng.standard_normal()
    steps = rng.standard_normal(gaps.size)
    level = first + np.concatenate([[0.0], np.cumsum(prior.walk_sd * np.sqrt(gaps) * steps)])
    # Election day: what the level's beginning teaches of the bias comes off, and what nobody can know yet is added.
    lead = (case.election.date - days[-1]).days
    expected = level[-1] - (prior.bias_sd / spread) ** 2 * level[0]
    unknown = np.sqrt((prior.bias_sd * prior.start_sd / spread) ** 2 + prior.walk_sd**2 * lead)
    surprise = rng.standard_normal() if prior.degrees is None else rng.standard_t(prior.degrees)
    houses = {house: prior.house_sd * rng.standard_normal() for house in sorted({poll.pollster for poll in polls})}
    kinds = [kind for kind in sorted({poll.kind or "" for poll in polls}) if prior.kind_sd.get(kind, 0.0) > 0]
    effects = rng.standard_normal(len(kinds))
    effect = {kind: prior.kind_sd[kind] * value for kind, value in zip(kinds, effects, strict=True)}

    simulated = []
    for poll in polls:
        shift = 0.5 + level[days.index(poll.middle)] + houses[poll.pollster] + effect.get(poll.kind or "", 0.0)
        shown, named = _shown(shift, poll, prior, rng), poll.incumbent + poll.opponent
        simulated.append(poll.changed(incumbent=named * shown, opponent=named * (1 - shown)))

    state = np.concatenate([[level[0] / spread], steps, effects])
    if kinds:
        asked = [poll.kind or "" for poll in polls]
        common = max(kinds, key=lambda kind: (asked.count(kind), -kinds.index(kind)))
        place, sd = len(days) + kinds.index(common), prior.kind_sd[common]
        own, other = state[0], state[place]
        state[0] = (spread * own + sd * other) / np.hypot(spread, sd)
        state[place] = (spread * other - sd * own) / np.hypot(spread, sd)
    with np.errstate(divide="ignore", invalid="ignore"):
        ahead = expected / unknown
    return Contest(
        polls=tuple(simulated),
        share=float(0.5 + expected + unknown * surprise),
        wins=float(ndtr(ahead) if prior.degrees is None else stdtr(prior.degrees, ahead)),
        state=state,
        surprise=float(surprise),
    )


def winner_chances(case: Case, wins: float) -> Floats:
    """Return P(winner), shape (winner,), from the probability that the incumbent wins."""
    return np.array([wins if winner == INCUMBENT else 1 - wins for winner in case.winner_ids])


def _shown(level: float, poll: Poll, prior: PollPriors, rng: np.random.Generator) -> float:
    """Return the two-way share a poll shows, whose error has the standard deviation that the model derives from it."""
    answered = (poll.sample_size or prior.unstated_sample) * (poll.incumbent + poll.opponent) / 100
    error, shown = rng.standard_normal(), level
    for _ in range(ROUNDS):
        shown = float(np.clip(shown, LEAST, 1 - LEAST))
        shown = level + error * np.sqrt(prior.design_effect * shown * (1 - shown) / answered + prior.excess_sd**2)
    return float(np.clip(shown, LEAST, 1 - LEAST))
