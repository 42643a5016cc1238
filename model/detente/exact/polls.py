"""The election from polls in closed form: everything is Gaussian, so the answer is one multivariate normal.

    poll_j ~ Normal(theta(d_j) + house + kind + bias, v_j),   v_j = deff x (1 - x) / n + excess^2
    theta = a random walk in days, from a diffuse start

What polls cannot show, the bias they share and what voters will still change, has deviations that are known from a few
earlier votes only.  With ``degrees`` it is that deviation times a Student t, a scale mixture of normals: a chi-squared
of so many degrees is integrated out on nodes of its distribution function.

The information (precision) form is assembled poll by poll, the houses, which do not know each other, are eliminated
one by one, and what remains has one row a day with polls: the cost is linear in polls and houses.

References
----------
Jackman, S. (2005), Pooling the polls over an election campaign.  Australian Journal of Political Science 40.
Heidemanns, M., Gelman, A. and Morris, G. E. (2020), An updated dynamic Bayesian forecasting model for the US
presidential election.  Harvard Data Science Review 2.
Shirani-Mehr, H., Rothschild, D., Goel, S. and Gelman, A. (2018), Disentangling bias and variance in election polls.
Journal of the American Statistical Association 113.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import chdtri, ndtr, stdtr

from detente.case.polls import INCUMBENT
from detente.frozen import Immutable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from detente.arrays import Floats
    from detente.case.polls import Poll, PollPriors
    from detente.case.schema import Case
    from detente.exact.posterior import ExactPosterior

SCALES = 48
"""Nodes of the scale mixture; the probability is then right to 1e-5 with four degrees of freedom."""
PRECISION = 1e-12
"""The step of Newton's method, beside the share itself, at which the quantile of a share counts as found."""


class PollPosterior(Immutable):
    """What the polls say.

    ``days`` are those with polls; ``level`` and ``level_sd`` (days,) the share the polls would show on each without
    their houses' leans (the shared bias is still in it); ``share`` the median of the incumbent's two-way share on
    election day, and ``probability`` that it is above one half; ``houses``, ``lean`` and ``lean_sd`` (house,) each
    pollster's lean; ``shown`` (poll,) the polls' two-way shares, ``adjusted`` (poll,) the same less lean and kind of
    question, and ``weight`` (poll,) how far the share moves with each, a few of them below nought.

    A draw is of the ends of the level: ``ends_mean`` (2,) and ``ends_covariance`` (2, 2), first day and last.  Given
    them election day is around ``last - regression (first - 1/2)``: ``surprise_sd`` times a Student t of ``degrees``
    (normal where they are infinite) is what the polls cannot tell.
    """

    days: tuple[dt.date, ...]
    level: Floats
    level_sd: Floats
    share: float
    probability: float
    houses: tuple[str, ...]
    lean: Floats
    lean_sd: Floats
    shown: Floats
    adjusted: Floats
    weight: Floats
    ends_mean: Floats
    ends_covariance: Floats
    regression: float
    surprise_sd: float
    degrees: float

    def given_ends(self, first: Floats, last: Floats) -> tuple[Floats, Floats]:
        """Return the mean of election day's share, and P(it is above one half), at levels of the first and last day."""
        mean = last - self.regression * (first - 0.5)
        ahead = (mean - 0.5) / self.surprise_sd
        return mean, ndtr(ahead) if np.isinf(self.degrees) else stdtr(self.degrees, ahead)

    @cached_property
    def mixture(self) -> tuple[Floats, Floats]:
        """Deviations and weights (node,) of the normals around ``share`` whose mixture election day's share is."""
        turn = np.array([-self.regression, 1.0])
        shown = float(turn @ self.ends_covariance @ turn)
        if np.isinf(self.degrees):
            return np.sqrt([shown + self.surprise_sd**2]), np.ones(1)
        node, weight = np.polynomial.legendre.leggauss(SCALES)
        # Nodes crowd where the scale is large, which is what makes the tails.
        place, slope = ((1 + node) / 2) ** 3, 1.5 * ((1 + node) / 2) ** 2
        scale = self.degrees / chdtri(self.degrees, 1 - place)
        return np.sqrt(shown + self.surprise_sd**2 * scale), weight * slope

    @property
    def share_sd(self) -> float:
        """The standard deviation of election day's share."""
        turn = np.array([-self.regression, 1.0])
        widened = 1.0 if np.isinf(self.degrees) else self.degrees / (self.degrees - 2)
        return float(np.sqrt(turn @ self.ends_covariance @ turn + self.surprise_sd**2 * widened))

    def below(self, share: float) -> float:
        """Return the probability that election day's share is below a value."""
        sd, weight = self.mixture
        return float(weight @ ndtr((share - self.share) / sd))

    def quantile(self, probability: float) -> float:
        """Return the share that election day's stays below with a probability; no share lies beyond 0 or 1."""
        sd, weight = self.mixture
        share, step = self.share, np.inf
        # Beyond the median the distribution function bends away from its end: Newton's steps never pass the quantile.
        while abs(step) > PRECISION * (1 + abs(share)):
            away = (share - self.share) / sd
            density = weight @ (np.exp(-(away**2) / 2) / sd) / np.sqrt(2 * np.pi)
            step = float((probability - weight @ ndtr(away)) / density)
            share += step
        return min(max(share, 0.0), 1.0)


def poll_posterior(case: Case) -> PollPosterior:
    """Return what the polls in force say of the election of ``case``.

    Raises
    ------
    ValueError
        The case has no polls in force.
    """
    polls, prior = case.polls_in_force, case.priors.polls
    if not polls or prior is None or case.election is None:
        raise ValueError("the case has no polls in force: the stated weights of its winners hold")
    return share_posterior(polls, prior, case.election.date)


def share_posterior(polls: Sequence[Poll], prior: PollPriors, vote: dt.date) -> PollPosterior:
    """Return what polls say of a vote on a later day, or on the last of theirs."""
    days = tuple(sorted({poll.middle for poll in polls}))
    houses = tuple(dict.fromkeys(poll.pollster for poll in polls))
    kinds = tuple(kind for kind, sd in prior.kind_sd.items() if sd > 0)
    gaps = np.array([(later - earlier).days for earlier, later in pairwise(days)])

    # Rows of the unknowns: the walk on each day, the bias, the kinds; all centred.
    size, bias = len(days) + 1 + len(kinds), len(days)
    row = {day: index for index, day in enumerate(days)}
    column = {kind: bias + 1 + index for index, kind in enumerate(kinds)}
    design = np.zeros((len(polls), size))
    design[np.arange(len(polls)), [row[poll.middle] for poll in polls]] = 1
    design[:, bias] = prior.bias_sd
    for index, poll in enumerate(polls):
        if poll.kind in column:
            design[index, column[poll.kind]] = prior.kind_sd[poll.kind]
    stated = np.array(
        [(p.incumbent, p.opponent, prior.unstated_sample if p.sample_size is None else p.sample_size) for p in polls]
    )
    named = stated[:, 0] + stated[:, 1]
    shown = stated[:, 0] / named
    variance = prior.design_effect * shown * (1 - shown) / (stated[:, 2] * named / 100) + prior.excess_sd**2

    information = _walk(size, gaps, prior.start_sd, prior.walk_sd)
    information[np.arange(bias, size), np.arange(bias, size)] = 1
    weight, heard = 1 / variance, shown - 0.5
    weighted = design * weight[:, None]
    information += weighted.T @ design

    # A house's lean touches only its own polls: take each out in turn.
    number = {house: index for index, house in enumerate(houses)}
    home = np.array([number[poll.pollster] for poll in polls])
    by_house = np.zeros((len(houses), size))
    np.add.at(by_house, home, weighted)
    own = 1 / prior.house_sd**2 + np.bincount(home, weight, len(houses))
    said = np.bincount(home, weight * heard, len(houses))
    information -= by_house.T @ (by_house / own[:, None])
    # What each poll pulls at, so that the weight of each in the answer is known too.
    pulls = weighted - weight[:, None] * (by_house / own[:, None])[home]

    factor = cho_factor(information)
    covariance = cho_solve(factor, np.eye(size))
    mean = covariance @ (pulls.T @ heard)
    lean = (said - by_house @ mean) / own
    level = np.zeros((len(days), size))
    level[np.arange(len(days)), np.arange(len(days))] = 1
    level[:, bias] = prior.bias_sd
    ends = level[[0, -1]]
    lead = (vote - days[-1]).days * prior.walk_sd**2
    both = prior.start_sd**2 + prior.bias_sd**2
    regression = prior.bias_sd**2 / both
    turn = ends[1] - regression * ends[0]
    posterior = PollPosterior(
        days=days,
        level=0.5 + level @ mean,
        level_sd=np.sqrt(np.einsum("di,ij,dj->d", level, covariance, level, optimize=True)),
        share=0.5 + float(turn @ mean),
        probability=0.0,
        houses=houses,
        lean=lean,
        lean_sd=np.sqrt(1 / own + np.einsum("hi,ij,hj->h", by_house, covariance, by_house, optimize=True) / own**2),
        shown=shown,
        adjusted=shown - lean[home] - design[:, bias + 1 :] @ mean[bias + 1 :],
        weight=pulls @ (covariance @ turn),
        ends_mean=0.5 + ends @ mean,
        ends_covariance=ends @ covariance @ ends.T,
        regression=regression,
        surprise_sd=float(np.sqrt((prior.bias_sd * prior.start_sd) ** 2 / both + lead)),
        degrees=prior.degrees or np.inf,
    )
    return posterior.changed(probability=1 - posterior.below(0.5))


def known_winners(case: Case, posterior: ExactPosterior | None = None) -> Mapping[str, float]:
    """Return P(winner) in closed form: of the polls, else as stated; empty without an open election.

    With the ``posterior`` of the case, that of a vote which is not called is what the record since then makes of it.
    """
    if case.election is None or case.winner:
        return {}
    if posterior is not None and posterior.winner.shape[1]:
        return dict(zip(case.winner_ids, map(float, posterior.probability @ posterior.winner), strict=True))
    if case.polls_in_force:
        wins = poll_posterior(case).probability
        return {winner: wins if winner == INCUMBENT else 1 - wins for winner in case.winner_ids}
    return dict(case.priors.election.weights) if case.priors.election else {}


def _walk(size: int, gaps: Floats, start_sd: float, walk_sd: float) -> Floats:
    """Return the precision of a random walk from a diffuse start, in the upper left of (size, size)."""
    precision = np.zeros((size, size))
    precision[0, 0] = 1 / start_sd**2
    step = 1 / (walk_sd**2 * gaps)
    earlier = np.arange(gaps.size)
    precision[earlier, earlier] += step
    precision[earlier + 1, earlier + 1] += step
    precision[earlier, earlier + 1] -= step
    precision[earlier + 1, earlier] -= step
    return precision
