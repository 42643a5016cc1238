"""The election: an incumbent's share that walks, and polls that lean and err around it.

    poll_j = share(d_j) + bias + lean(house_j) + effect(kind_j) + error_j

A poll's error has the variance that the model works out from the share the poll shows; what is simulated fulfils that
equation, so that the model's normal density of a poll is right but for terms of the order of error times slope of the
standard deviation, less than a hundredth for samples of some hundred and shares between 0.3 and 0.7.
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
"""The share nearest to nobody's that a poll may show, and how often its error is worked out again."""


@dataclass(frozen=True)
class Contest:
    """A simulated election.

    ``share`` is the incumbent's on election day; ``wins`` is P(it is above one half) given the level that polls show;
    ``state`` and ``surprise`` are the same walk in the coordinates NUTS samples, as :mod:`detente.graph.polls` defines
    them.
    """

    polls: tuple[Poll, ...]
    share: float
    wins: float
    state: Floats
    surprise: float


def simulate_polls(case: Case, rng: np.random.Generator) -> Contest | None:
    """Return a simulated contest with polls where ``case`` has them; None where it has none in force."""
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
    leans = {house: prior.house_sd * rng.standard_normal() for house in sorted({poll.pollster for poll in polls})}
    kinds = [kind for kind in sorted({poll.kind or "" for poll in polls}) if prior.kind_sd.get(kind, 0.0) > 0]
    effects = rng.standard_normal(len(kinds))
    effect = {kind: prior.kind_sd[kind] * value for kind, value in zip(kinds, effects, strict=True)}

    made = []
    for poll in polls:
        level = 0.5 + share[days.index(poll.middle)] + bias + leans[poll.pollster] + effect.get(poll.kind or "", 0.0)
        shown, named = _shown(level, poll, prior, rng), poll.incumbent + poll.opponent
        made.append(poll.model_copy(update={"incumbent": named * shown, "opponent": named * (1 - shown)}))

    # What polls can show of election day, and what is left open by them.
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
            polls=tuple(made),
            share=float(0.5 + ending),
            wins=float(ndtr(expected / unknown)),
            state=state,
            surprise=float((ending - expected) / unknown),
        )


def winner_chances(case: Case, wins: float) -> Floats:
    """Return P(winner) from the chance that the incumbent wins, (winner,)."""
    return np.array([wins if winner == INCUMBENT else 1 - wins for winner in case.winner_ids])


def _shown(level: float, poll: Poll, prior: PollPriors, rng: np.random.Generator) -> float:
    """Return the two-way share a poll shows: its error has the deviation that the model works out from that share."""
    answered = (poll.sample_size or prior.unstated_sample) * (poll.incumbent + poll.opponent) / 100
    error, shown = rng.standard_normal(), level
    for _ in range(ROUNDS):
        shown = float(np.clip(shown, LEAST, 1 - LEAST))
        shown = level + error * np.sqrt(prior.design_effect * shown * (1 - shown) / answered + prior.excess_sd**2)
    return float(np.clip(shown, LEAST, 1 - LEAST))
