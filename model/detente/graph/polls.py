"""The election from polls, in the PyMC model: a random walk under polls that lean, ask different questions, and err.

What polls show and what voters do differ by a bias that all polls share, of which polls say nothing.  So the walk that
is sampled is the level that polls show, which the data fix well; election day is drawn from what is left.  Everything
is a weighted sum of standard normals (``poll_state``); the weights are data, which keeps the graph small.  The houses'
leans are integrated out by hand, as H is.  What is left has a deviation learned from a few votes, and so a Student t.

References
----------
Linzer, D. A. (2013), Dynamic Bayesian forecasting of presidential elections in the states.  Journal of the American
Statistical Association 108.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from detente.case.polls import INCUMBENT

if TYPE_CHECKING:
    from pytensor.tensor.variable import TensorVariable

    from detente.arrays import Floats, Integers
    from detente.case.polls import Poll, PollPriors
    from detente.case.schema import Case


@dataclass(frozen=True)
class PollData:
    """Polls in force, by date, shares centred on one half.

    ``state`` names the standard normals: the level on the first day, a step to each later day with polls, an effect of
    each kind of question.  Shapes: ``share`` and ``weight`` (inverse variance) (poll,); ``home`` (house, poll), 1 where
    the poll is the house's; ``shows`` (poll, state), what a poll without error and lean would show; ``day`` (2, state),
    the level on the first and the last day.  Given them election day is ``last - taught * first`` and ``unknown`` times
    a Student t of ``degrees``, or a standard normal where they are None.  ``lean`` is the precision of a house's lean.
    """

    state: tuple[str, ...]
    share: Floats
    weight: Floats
    home: Floats
    shows: Floats
    day: Floats
    lean: float
    taught: float
    unknown: float
    degrees: float | None


def poll_data(case: Case) -> PollData | None:
    """Collect the polls in force of ``case``; None where there are none."""
    polls, prior = case.polls_in_force, case.priors.polls
    if not polls or prior is None or case.election is None:
        return None
    days, day = np.unique([poll.middle.toordinal() for poll in polls], return_inverse=True)
    houses, house = np.unique([poll.pollster for poll in polls], return_inverse=True)
    kinds = [kind for kind in sorted({poll.kind or "" for poll in polls}) if prior.kind_sd.get(kind, 0.0) > 0]
    state = ("level", *(case.election.date.fromordinal(int(number)).isoformat() for number in days[1:]), *kinds)

    # Voters begin anywhere near one half, and change their minds a little every day; all polls share a bias.
    spread = float(np.hypot(prior.start_sd, prior.bias_sd))
    level = np.zeros((days.size, len(state)))
    level[:, 0] = spread
    level[:, 1 : days.size] = np.tril(np.ones((days.size, days.size - 1)), -1) * prior.walk_sd * np.sqrt(np.diff(days))
    # Questions that are not the contest itself differ from it.
    effect = np.zeros((len(kinds) + 1, len(state)))
    for index, kind in enumerate(kinds):
        effect[index, days.size + index] = prior.kind_sd[kind]
    asked = np.array([kinds.index(poll.kind) if poll.kind in kinds else len(kinds) for poll in polls])
    if kinds:
        common = int(np.bincount(asked, minlength=len(kinds) + 1)[:-1].argmax())
        level, effect = _turned(level, effect, common, days.size)

    share, variance = _shares(polls, prior)
    lead = case.election.date.toordinal() - int(days[-1])
    return PollData(
        state=state,
        share=share,
        weight=1 / variance,
        home=np.eye(houses.size)[:, house],
        shows=level[day] + effect[asked],
        day=level[[0, -1]],
        lean=prior.house_sd**-2,
        taught=(prior.bias_sd / spread) ** 2,
        unknown=float(np.hypot(prior.bias_sd * prior.start_sd / spread, prior.walk_sd * np.sqrt(lead))),
        degrees=prior.degrees,
    )


def add_polls(case: Case, data: PollData) -> TensorVariable:
    """Add the polls to the model in whose context this is called, and return P(winner), (winner,).

    Free variables ``poll_state`` (state), standard normal, and ``election_surprise``; deterministics
    ``incumbent_share`` (of the two, on election day) and ``winner_probability`` (winner), at each draw what the level
    of the polls leaves open: the bias they share and what voters will still change.
    """
    state = pm.Normal("poll_state", 0, 1, dims="poll_state_part")

    # What a poll says beyond what it should show: the lean of its house, integrated out, and an error of its own.
    weight, home = pm.Data("poll_weight", data.weight), pm.Data("poll_house", data.home)
    left = pm.Data("poll_share", data.share) - pt.dot(pm.Data("poll_shows", data.shows), state)
    by_house = pt.dot(home, weight * left)
    leans = (by_house**2 / (pm.Data("poll_lean", data.lean) + pt.dot(home, weight))).sum()
    pm.Potential("polls", 0.5 * (leans - (weight * left**2).sum()))

    # Election day: the level, less what the level's beginning teaches of the bias, and what nobody can know yet.
    ends = pt.dot(pm.Data("poll_ends", data.day), state)
    expected = ends[1] - pm.Data("poll_taught", data.taught) * ends[0]
    unknown = pm.Data("poll_unknown", data.unknown)
    ahead = expected / unknown
    if data.degrees is None:
        surprise, wins = pm.Normal("election_surprise", 0, 1), 0.5 * pt.erfc(-ahead / np.sqrt(2))
    else:
        degrees = pm.Data("poll_degrees", data.degrees)
        surprise = pm.StudentT("election_surprise", nu=degrees, mu=0, sigma=1)
        tail = 0.5 * pt.betainc(degrees / 2, 0.5, degrees / (degrees + ahead**2))
        wins = pt.switch(ahead > 0, 1 - tail, tail)
    pm.Deterministic("incumbent_share", 0.5 + expected + unknown * surprise)
    of = [wins if winner == INCUMBENT else 1 - wins for winner in case.winner_ids]
    return pm.Deterministic("winner_probability", pt.stack(of), dims="winner")


def _shares(polls: tuple[Poll, ...], prior: PollPriors) -> tuple[Floats, Floats]:
    """Return the incumbent's share of the two, less one half, and the variance of its error, each (poll,)."""
    counted = np.array([poll.sample_size or prior.unstated_sample for poll in polls])
    answered = np.array([(poll.incumbent + poll.opponent) / 100 for poll in polls])
    share = np.array([poll.incumbent / (poll.incumbent + poll.opponent) for poll in polls])
    return share - 0.5, prior.design_effect * share * (1 - share) / (counted * answered) + prior.excess_sd**2


def cut_off(case: Case, share: Floats, surprise: Floats, winner: Integers) -> tuple[Floats, Floats]:
    """Return ``election_surprise`` and ``incumbent_share`` given who has won (index), each of one shape.

    A surprise drawn from all of its distribution is moved to the same quantile of the part that the winner leaves.
    """
    data = poll_data(case)
    if data is None:
        return surprise, share

    def below(x: Floats) -> Floats:
        return ndtr(x) if data.degrees is None else stdtr(data.degrees, x)

    needed = surprise - (share - 0.5) / data.unknown  # with which the share is one half
    side = np.where(winner == case.winner_ids.index(INCUMBENT), 1.0, -1.0)
    # From the end that the winner is at, so that tails keep their digits.
    quantile = below(-side * surprise) * below(-side * needed)
    moved = -side * (ndtri(quantile) if data.degrees is None else stdtrit(data.degrees, quantile))
    return moved, share + data.unknown * (moved - surprise)


def _turned(level: Floats, effect: Floats, common: int, first_kind: int) -> tuple[Floats, Floats]:
    """Turn the first level and the commonest kind's effect so that their sum, which the polls fix, is one normal.

    Two independent normals are rotated into two others: the same belief, in directions that NUTS finds easy.
    """
    spread, differs = level[0, 0], effect[common, first_kind + common]
    whole = np.hypot(spread, differs)
    level, effect = level.copy(), effect.copy()
    level[:, 0], level[:, first_kind + common] = spread**2 / whole, -spread * differs / whole
    effect[common, 0], effect[common, first_kind + common] = differs**2 / whole, spread * differs / whole
    return level, effect
