"""Simulated elections: the incumbent's share as a random walk, and polls with house effects and errors around it.

    poll_j = share(d_j) + bias + house(j) + kind(j) + error_j

The model computes the variance of a poll's error from the share the poll shows.  The simulated share solves that
equation, so that the model's normal density is exact up to terms of the order of the error times the slope of its
standard deviation: less than 0.01 for samples of a few hundred and shares between 0.3 and 0.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from detente.case.polls import INCUMBENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detente.case.polls import Poll, PollPriors
    from detente.case.schema import Case

    Floats = NDArray[np.float64]

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
    first = prior.start_sd * rng.standard_normal()
    steps = rng.standard_normal(gaps.size)
    share = first + np.concatenate([[0.0], np.cumsum(prior.walk_sd * np.sqrt(gaps) * steps)])
    lead = (case.election.date - days[-1]).days
    ending = share[-1] + prior.walk_sd * np.sqrt(lead) * rng.standard_normal()
    bias = prior.bias_sd * rng.standard_normal()
    houses = {house: prior.house_sd * rng.standard_normal() for house in sorted({poll.pollster for poll in polls})}
    kinds = [kind for kind in sorted({poll.kind or "" for poll in polls}) if prior.kind_sd.get(kind, 0.0) > 0]
    effects = rng.standard_normal(len(kinds))
    effect = {kind: prior.kind_sd[kind] * value for kind, value in zip(kinds, effects, strict=True)}

    simulated = []
    for poll in polls:
        level = 0.5 + share[days.index(poll.middle)] + bias + houses[poll.pollster] + effect.get(poll.kind or "", 0.0)
        shown, named = _shown(level, poll, prior, rng), poll.incumbent + poll.opponent
        simulated.append(poll.model_copy(update={"incumbent": named * shown, "opponent": named * (1 - shown)}))

    # What polls reveal about election day, and what they leave open.
    level = share + bias
    spread = float(np.hypot(prior.start_sd, prior.bias_sd))
    expected = level[-1] - (prior.bias_sd / spread) ** 2 * level[0]
    unknown = np.sqrt((prior.bias_sd * prior.start_sd / spread) ** 2 + prior.walk_sd**2 * lead)
    state = np.concatenate([[level[0] / spread], steps, effects])
    if kinds:
        asked = [poll.kind or "" for poll in polls]
        common = max(kinds, key=lambda kind: (asked.count(kind), -kinds.index(kind)))
        place, sd = len(days) + kinds.index(common), prior.kind_sd[common]
        own, other = state[0], state[place]
        state[0] = (spread * own + sd * other) / np.hypot(spread, sd)
        state[place] = (spread * other - sd * own) / np.hypot(spread, sd)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Contest(
            polls=tuple(simulated),
            share=float(0.5 + ending),
            wins=float(ndtr(expected / unknown)),
            state=state,
            surprise=float((ending - expected) / unknown),
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
