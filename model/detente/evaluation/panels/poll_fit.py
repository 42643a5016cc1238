"""Learn how polls err from votes that are past: everything is Gaussian given five numbers.

Of one contest, its polls and its result are jointly normal:

    poll_j ~ Normal(theta(d_j) + house + bias, deff x (1 - x) / n + excess^2),   result = theta(day of the vote)
    theta = a random walk in days from a diffuse start

so the density of polls and result together is closed, with leans, bias and walk integrated out.  Added to it is that
of the result given the polls that were known months before: thousands of polls say how opinion moves from week to week,
and what a forecast needs is how far it moves by the vote.  The sum is a composite likelihood.  The five numbers
(deviations of house, bias, walk and excess, and the design effect) are on the log scale, with weak priors; each kind of
vote has its own.  The posterior mode is found by Fisher scoring.  Contests decided on one day share what moved voters
and polls that day, so its covariance is the sandwich estimator with whole days as its units; so are the estimates
without one day, which forecasts of that day are scored with.

What the result can be off by beyond the level that polls show is bias and walk.  Their deviation is known from few
votes, so a forecast with it has the tails of a Student t, whose degrees of freedom are those that leave the log of the
deviation as unsure as it is, var(log sd) = 1 / (2 degrees), and no more than there are independent votes: the mean
square of n contests, m on a day, whose errors are correlated rho, has n / (1 + (m - 1) rho^2) degrees of freedom.

References
----------
Shirani-Mehr, H., Rothschild, D., Goel, S. and Gelman, A. (2018), Disentangling bias and variance in election polls.
Journal of the American Statistical Association 113.
Varin, C., Reid, N. and Firth, D. (2011), An overview of composite likelihood methods.  Statistica Sinica 21.
White, H. (1982), Maximum likelihood estimation of misspecified models.  Econometrica 50 (the sandwich).
Harville, D. A. (1977), Maximum likelihood approaches to variance component estimation.  JASA 72 (scoring).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from detente.case.polls import DIFFUSE, FEWEST_POLLS, UNSTATED_SAMPLE, PollPriors
from detente.errors import CalibrationError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from detente.arrays import Flags, Floats, Integers
    from detente.case.past_polls import PastVote


NAMES = ("house_sd", "bias_sd", "walk_sd", "excess_sd", "design_effect")
PRIOR_MEDIAN = (0.015, 0.02, 0.003, 0.01, 0.5)
"""Medians of the priors: leans, shared error and excess of one to two points, as Shirani-Mehr and others found them in
4,221 American polls; a third of a point a day, which is 2.5 points over ten weeks; of the design effect, what it
exceeds 1 by."""
PRIOR_LOG_SD = 1.0
"""Deviation of each prior on the log scale: 95 % of it within a factor of seven either way."""
FEWEST_DAYS = 4
"""With fewer days of votes nothing is said of how sure the estimates are."""
LEAST_DEGREES, MOST_DEGREES = 3.0, 60.0
"""Bounds of the degrees of freedom: a finite variance, and what cannot be told from a normal."""
STEPS, LARGEST_STEP = 40, 1.0
"""Most steps of scoring, and the largest on the log scale."""
SETTLED, SHORT_STEP = 0.01, 1.0
"""Steps, in posterior standard deviations, at which the search has arrived, and after which a second is not needed."""
ROUNDING = 1e-4
"""Deviation of a result from its rounding."""
SAME_DAY = 0.9
"""Correlation of the errors of contests of one day: a judgement, on the cautious side, for tables do not say which
share is which party's, so that errors in one direction cannot be told from errors in both.  Between .5 and .9 four days
of 72 contests are worth 15 to 5."""
LEARNED_AT = (30, 90, 180)
"""Days before the vote at which what the polls known by then say of the result counts, beside their last word."""
BATCH = 4_000_000
"""Entries of covariance matrices that are worked on at once."""
_DEFF = NAMES.index("design_effect")


@dataclass(frozen=True)
class PollErrors:
    """How polls of one kind of vote err.

    ``log_mean`` (5,) and ``log_covariance`` (5, 5) are of the logs of :data:`NAMES`, the design effect less 1;
    ``degrees`` are those of the Student t; ``days`` are the days of votes learned from, ``contests`` and ``polls``
    their numbers.
    """

    kind: str
    log_mean: Floats
    log_covariance: Floats
    degrees: float
    days: tuple[dt.date, ...]
    contests: int
    polls: int

    @property
    def values(self) -> dict[str, float]:
        """The five numbers at the mode."""
        return _stated(self.log_mean)

    def interval(self, name: str) -> tuple[float, float]:
        """Return the 90% interval of one of the five."""
        place, z = NAMES.index(name), 1.645
        half = z * np.sqrt(self.log_covariance[place, place])
        low, high = (_stated(self.log_mean + side * half * np.eye(len(NAMES))[place])[name] for side in (-1, 1))
        return low, high

    def to_json(self) -> dict[str, object]:
        """Return the five numbers with their 90% intervals, the degrees of freedom, and what they were learned from."""
        numbers = {name: {"value": value, "interval": self.interval(name)} for name, value in self.values.items()}
        return {
            **numbers,
            "degrees": self.degrees,
            "days": len(self.days),
            "contests": self.contests,
            "polls": self.polls,
        }

    @property
    def priors(self) -> PollPriors:
        """The priors that a case may state, rounded to what is known of them."""
        rounded = {name: float(f"{value:.3g}") for name, value in self.values.items()}
        because = (
            f"Learned from {self.polls:,} polls of {self.contests:,} contests on {len(self.days)} days of votes, "
            f"{min(self.days).year} to {max(self.days).year}{f' ({self.kind})' if self.kind else ''}."
        )
        return PollPriors.read({**rounded, "degrees": float(f"{self.degrees:.2g}"), "because": because})


@dataclass(frozen=True)
class _Batch:
    """Contests of about one size, padded: ``after`` (b, n) days before the vote, 0 for the result, which is last.

    ``share`` (b, n) less one half, ``sampling`` (b, n) the variance of simple random sampling, ``poll`` and ``real``
    (b, n) masks of polls, and of polls and result; ``same`` (b, n, n) one house; ``day`` (b,) the number of the day.
    ``sign`` is -1 for polls whose own density is taken out, so that only that of the result given them is left.
    """

    after: Floats
    share: Floats
    sampling: Floats
    poll: Flags
    real: Flags
    same: Flags
    day: Integers
    sign: int = 1


def learn(votes: Sequence[PastVote]) -> dict[str, PollErrors]:
    """Return how polls err for each kind of vote.

    Raises
    ------
    CalibrationError
        If a kind has votes on too few days to say anything.
    """
    by_kind: dict[str, list[PastVote]] = {}
    for vote in votes:
        by_kind.setdefault(vote.kind, []).append(vote)
    return {kind: PollErrorFit(kind, of_kind).errors() for kind, of_kind in sorted(by_kind.items())}


def pool(learned: Mapping[str, PollErrors]) -> PollErrors:
    """Return how polls of some other kind of vote err: each kind counts once, and how they differ is added.

    The mean over kinds of the logs, with the variance between kinds and that within as the variance of a new one.
    """
    kinds = list(learned.values())
    means = np.array([one.log_mean for one in kinds])
    within = np.mean([one.log_covariance for one in kinds], axis=0)
    between = np.atleast_2d(np.cov(means.T)) if len(kinds) > 1 else 0.0
    mean, covariance = means.mean(axis=0), within + between
    return PollErrors(
        "any other kind of vote",
        mean,
        covariance,
        _degrees(mean, covariance, LEARNED_AT[0]),
        tuple(sorted({day for one in kinds for day in one.days})),
        sum(one.contests for one in kinds),
        sum(one.polls for one in kinds),
    )


class PollErrorFit:
    """The fit to the votes of one kind, which can leave a day out.

    Raises
    ------
    CalibrationError
        If there are votes on too few days.
    """

    def __init__(self, kind: str, votes: Sequence[PastVote]) -> None:
        """Find the mode, and each day's gradient and information there."""
        self.kind, self.votes = kind, votes
        self.days = tuple(sorted({vote.date for vote in votes}))
        if len(self.days) < FEWEST_DAYS:
            of = f" of the kind {kind}" if kind else ""
            days = f"{len(self.days)} day{'s' * (len(self.days) != 1)}"
            raise CalibrationError(
                f"votes{of} on {days}: at least {FEWEST_DAYS} are needed to say how surely polls err"
            )
        early = [_early(vote, lead) for lead in LEARNED_AT for vote in votes]
        known = [vote for vote in early if vote is not None]
        self._batches = (
            *_batches(votes, self.days),
            *_batches(known, self.days),
            *_batches([replace(vote, result=None) for vote in known], self.days, sign=-1),
        )
        self._median, self._precision = np.log(np.array(PRIOR_MEDIAN)), np.eye(len(NAMES)) / PRIOR_LOG_SD**2
        self.mode = self._search(self._median, None)
        self.gradient, self.information = self._parts(self.mode)
        self.lead = float(np.median([(v.date - poll.middle).days for v in votes for poll in v.polls]))

    def errors(self, without: dt.date | None = None) -> PollErrors:
        """Return the estimate, or that without one day of votes."""
        left = np.array([day != without for day in self.days])
        gradient, information, mode = self.gradient, self.information, self.mode
        if not left.all():
            mode = self._search(mode, left)
        whole = information[left].sum(axis=0) + self._precision
        spread = gradient[left] - gradient[left].mean(axis=0)
        scatter = spread.T @ spread * left.sum() / (left.sum() - 1) + self._precision
        bread = np.linalg.inv(whole)
        covariance = bread @ scatter @ bread
        kept = [vote for vote in self.votes if vote.date != without]
        return PollErrors(
            self.kind,
            mode,
            covariance,
            min(_degrees(mode, covariance, self.lead), _independent(len(kept), int(left.sum()))),
            tuple(day for day in self.days if day != without),
            len(kept),
            sum(len(vote.polls) for vote in kept),
        )

    def _search(self, start: Floats, left: Flags | None) -> Floats:
        """Climb to the mode by Fisher scoring.

        Without a day that matters little, the gradient and information of the others at the mode of all are enough: one
        short step leads to where the search would.
        """
        at = start
        if left is not None:
            step, length = _step(self.gradient[left], self.information[left], at - self._median, self._precision)
            if length < SHORT_STEP:
                return at + step
        pace, last = 1.0, np.zeros(at.size)
        for _ in range(STEPS):
            gradient, information = self._parts(at)
            if left is not None:
                gradient, information = gradient[left], information[left]
            step, length = _step(gradient, information, at - self._median, self._precision)
            if length < SETTLED:
                break
            # Excess and design effect can stand in for each other: a step that turns back has gone too far.
            pace = pace / 2 if step @ last < 0 else min(1.0, 1.5 * pace)
            at, last = at + pace * step, step
        return at

    def _parts(self, at: Floats) -> tuple[Floats, Floats]:
        """Return each day's gradient (day, 5) and Fisher information (day, 5, 5) of the log likelihood."""
        gradient, information = np.zeros((len(self.days), at.size)), np.zeros((len(self.days), at.size, at.size))
        for batch in self._batches:
            slope, curvature = _scores(batch, at)
            np.add.at(gradient, batch.day, batch.sign * slope)
            np.add.at(information, batch.day, batch.sign * curvature)
        return gradient, information


def _scores(batch: _Batch, at: Floats) -> tuple[Floats, Floats]:
    """Return the gradient (b, 5) and the Fisher information (b, 5, 5) of each contest's log density."""
    covariance, parts = _covariance(batch, at)
    inverse = np.linalg.inv(covariance)
    solved = np.einsum("bij,bj->bi", inverse, batch.share)
    # The inverse times each part: of those that are diagonal, or the same for all polls, without a product of matrices.
    house, bias, walk, excess, sampling = parts
    poll = batch.poll.astype(float)
    turned = [
        inverse @ house,
        bias * np.einsum("bij,bj->bi", inverse, poll)[:, :, None] * poll[:, None, :],
        inverse @ walk,
        inverse * excess[:, None, :],
        inverse * sampling[:, None, :],
    ]
    pulled = [
        np.einsum("bi,bij,bj->b", solved, house, solved, optimize=True),
        bias * (solved * poll).sum(axis=1) ** 2,
        np.einsum("bi,bij,bj->b", solved, walk, solved, optimize=True),
        (solved**2 * excess).sum(axis=1),
        (solved**2 * sampling).sum(axis=1),
    ]
    gradient = np.stack([0.5 * (p - np.einsum("bii->b", t)) for p, t in zip(pulled, turned, strict=True)], axis=1)
    information = np.zeros((len(gradient), at.size, at.size))
    for i, one in enumerate(turned):
        for j in range(i + 1):
            both = 0.5 * np.einsum("bij,bji->b", one, turned[j])
            information[:, i, j] = information[:, j, i] = both
    return gradient, information


def _covariance(batch: _Batch, at: Floats) -> tuple[Floats, tuple[Floats, float, Floats, Floats, Floats]]:
    """Return the covariances (b, n, n) of polls and result, and their derivatives by each of the five logs.

    Those of house and walk are matrices, that of the bias one number for every two polls, the others diagonals (b, n).
    """
    house, bias, walk, excess, beyond = np.exp(at) ** np.array([2, 2, 2, 2, 1])
    both = batch.poll[:, :, None] & batch.poll[:, None, :]
    real = batch.real[:, :, None] & batch.real[:, None, :]
    first = batch.after.max(axis=1, keepdims=True)
    since = np.where(batch.real, first - batch.after, 0.0)
    shared = house * batch.same
    walked = walk * np.minimum(since[:, :, None], since[:, None, :])
    own = excess * batch.poll + (1 + beyond) * batch.sampling + np.where(batch.real, ROUNDING**2 * ~batch.poll, 1.0)
    covariance = DIFFUSE**2 * real + shared + bias * both + walked
    place = np.arange(own.shape[1])
    covariance[:, place, place] += own
    return covariance, (2 * shared, float(2 * bias), 2 * walked, 2 * excess * batch.poll, beyond * batch.sampling)


def _early(vote: PastVote, lead: int) -> PastVote | None:
    """Return a contest as it was so many days before the vote; None if polls were few then, or none have come since."""
    known = tuple(poll for poll in vote.polls if (vote.date - poll.end).days >= lead)
    return replace(vote, polls=known) if FEWEST_POLLS <= len(known) < len(vote.polls) else None


def _batches(votes: Sequence[PastVote], days: tuple[dt.date, ...], sign: int = 1) -> Iterable[_Batch]:
    """Arrange contests by size, padded to the largest of their batch."""
    number = {day: index for index, day in enumerate(days)}
    waiting: list[PastVote] = []
    by_size = sorted(votes, key=lambda vote: len(vote.polls))
    for place, vote in enumerate(by_size):
        waiting.append(vote)
        after = len(by_size[place + 1].polls) + 1 if place + 1 < len(by_size) else 0
        is_far = after > 1.3 * (len(waiting[0].polls) + 1) + 1
        if not after or is_far or (len(waiting) + 1) * after**2 > BATCH:
            yield _padded(waiting, number, sign)
            waiting = []


def _padded(votes: Sequence[PastVote], number: Mapping[dt.date, int], sign: int) -> _Batch:
    size = max(len(vote.polls) for vote in votes) + 1
    shape = len(votes), size
    after, share, sampling = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    is_poll, real = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    house = np.full(shape, -1)
    for row, vote in enumerate(votes):
        count = len(vote.polls)
        stated = np.array([(p.incumbent, p.opponent, p.sample_size or UNSTATED_SAMPLE) for p in vote.polls])
        named = stated[:, 0] + stated[:, 1]
        shown = stated[:, 0] / named
        after[row, :count] = [(vote.date - poll.middle).days for poll in vote.polls]
        share[row, :count] = shown - 0.5
        sampling[row, :count] = shown * (1 - shown) / (stated[:, 2] * named / 100)
        is_poll[row, :count] = real[row, :count] = True
        house[row, :count] = np.unique([poll.pollster for poll in vote.polls], return_inverse=True)[1]
        if vote.result is not None:
            share[row, count], real[row, count] = vote.result - 0.5, True
    same = (house[:, :, None] == house[:, None, :]) & is_poll[:, :, None] & is_poll[:, None, :]
    return _Batch(after, share, sampling, is_poll, real, same, np.array([number[vote.date] for vote in votes]), sign)


def _step(gradient: Floats, information: Floats, beyond: Floats, precision: Floats) -> tuple[Floats, float]:
    """Return a step of Fisher scoring from a place ``beyond`` the prior's median, and its length in deviations."""
    slope = gradient.sum(axis=0) - precision @ beyond
    step = np.linalg.solve(information.sum(axis=0) + precision, slope)
    length = max(0.0, float(slope @ step)) ** 0.5
    return step * min(1.0, LARGEST_STEP / float(np.abs(step).max(initial=1e-12))), length


def _degrees(mode: Floats, covariance: Floats, lead: float) -> float:
    """Return the degrees of freedom that leave the log of what polls cannot show as unsure as it is.

    That is log sqrt(bias^2 + walk^2 lead), by the delta method, at the median lead of the polls.
    """
    _, bias, walk, *_ = np.exp(mode) ** 2
    walked = walk * lead
    slope = np.zeros(len(NAMES))
    slope[[1, 2]] = np.array([bias, walked]) / (bias + walked)
    return float(np.clip(0.5 / (slope @ covariance @ slope), LEAST_DEGREES, MOST_DEGREES))


def _independent(contests: int, days: int) -> float:
    """Return how many independent errors contests on so many days are worth.

    >>> round(_independent(17, 17)), round(_independent(289, 4), 1)
    (17, 4.9)
    """
    a_day = contests / days
    return max(LEAST_DEGREES, contests / (1 + (a_day - 1) * SAME_DAY**2))


def _stated(logs: Floats) -> dict[str, float]:
    values = np.exp(logs)
    values[_DEFF] += 1
    return dict(zip(NAMES, values.tolist(), strict=True))
