"""One probability from those that several people gave: simple pools, and one that learns how far to sharpen them.

A pool gives a question the log odds ``m``: of the mean, of the median, or the mean of the log odds of the people, these
weighted alike, by how well each did on answered questions, or by how narrow a range each gave compared with his own
others; where people spoke in several rounds, also of the mean of what each said over the rounds.  The answer is then

    logit P(yes) = a sqrt(d(n)) m + b,    d(n) = n (sqrt(3 n^2 - 3 n + 1) - 2) / (n^2 - n - 1),  d(1) = 1,

with ``n`` the people who spoke.  ``d`` sharpens as is best in the worst case where everybody knows something that the
others do not (Neyman and Roughgarden); who share all they know need no sharpening; its root is midway.  Groups differ
from this by a factor: with probability 1/2 a pool is right as it stands (``a sqrt(d)`` is 1 and ``b`` is 0), with 1/5
``log a`` is normal about 0 with deviation .6 and ``b`` is 0, with 1/5 ``b``, a lean of all towards yes or no, is normal
about 0 with deviation .3 as well, and with 1/10 the group knows far less than it says: ``log a`` is normal about -1
with deviation .8.  Answered questions teach which pool, which factor and which lean; without any, this is the answer.
Everything is summed over a grid, so nothing is drawn at random.

That tenth is there for panels of people who know next to nothing, where any sharpening loses: in simulated ones of
thirty questions and ten people the pool is level with the mean or 2% worse with it, .9% or 2.6% worse without.
Elsewhere it costs at most .1% (five to thirty questions, calibrated people) and gains 2% where all err together.

References
----------
Baron, J., Mellers, B. A., Tetlock, P. E., Stone, E. and Ungar, L. H. (2014), Two reasons to make aggregated probability
forecasts more extreme.  Decision Analysis 11.
Satopää, V. A., Baron, J., Foster, D. P., Mellers, B. A., Tetlock, P. E. and Ungar, L. H. (2014), Combining multiple
probability predictions using a simple logit model.  International Journal of Forecasting 30.
Neyman, E. and Roughgarden, T. (2022), Are you smarter than a random expert?  EC '22.
Hanea, A. M., Wilkinson, D. P., McBride, M., Lyon, A., van Ravenzwaaij, D., Singleton Thorn, F. et al. (2021),
Mathematically aggregating experts' predictions of possible futures.  PLoS ONE 16 (weights by the width of intervals).
Herzog, S. M. and Hertwig, R. (2009), The wisdom of many in one mind.  Psychological Science 20 (means over rounds).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, log_expit, logit, logsumexp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from detente.arrays import Flags, Floats

    Places = NDArray[np.intp]

LEAST = 0.005
"""How near to 0 and 1 a stated probability counts: half of the whole percents that people think in."""
FACTOR_LOG_SD, LEAN_SD = 0.6, 0.3
AS_IT_STANDS, LEARNED, EMPTY = 0.5, 0.2, 0.1
"""Prior probability that a pool is right as it stands; that its factor has to be learned, its lean as well; or that
there is little in what the group says."""
EMPTY_LOG_MEAN, EMPTY_LOG_SD = -1.0, 0.8
"""Of the log of the factor of such a group."""
LEAST_WEIGHT, MOST_WEIGHT = 0.25, 4.0
"""Between these the weight of a person lies, of what it is where all have the same."""
PARTS = 24
"""Steps of the grid on each side of a prior's middle, over four deviations."""
MEAN, MEDIAN, LOG_ODDS, SKILL, WIDTH, ROUNDS = "mean", "median", "log_odds", "skill", "width", "rounds"
INTERVAL = (0.05, 0.95)


@dataclass(frozen=True)
class Opinions:
    """What people said, one entry for each person and question.

    ``question`` and ``person`` (n,) count from 0; ``width`` (n,) is of the stated range in log odds, NaN where there is
    none; ``over_rounds`` (n,) is the mean log odds of what the person said in all rounds.  ``answer`` (questions,) is 1
    or 0, NaN where it is not known.
    """

    question: Places
    person: Places
    probability: Floats
    width: Floats
    over_rounds: Floats
    answer: Floats

    @property
    def is_answered(self) -> Flags:
        """Of each question, whether it is answered."""
        return ~np.isnan(self.answer)

    @property
    def log_odds(self) -> Floats:
        """Log odds of each probability, no nearer to 0 and 1 than :data:`LEAST`."""
        return log_odds(self.probability)

    @cached_property
    def people(self) -> Floats:
        """How many spoke on each question."""
        return np.bincount(self.question, minlength=self.answer.size).astype(float)

    def mean(self, values: Floats, weights: Floats | None = None) -> Floats:
        """Return the weighted mean of values over the people of each question."""
        weights = np.ones(values.size) if weights is None else weights
        total, size = (
            np.bincount(self.question, part, minlength=self.answer.size) for part in (weights * values, weights)
        )
        return np.asarray(total / size)

    @cached_property
    def simple(self) -> Mapping[str, Floats]:
        """The probability of each question by the pools that learn nothing."""
        order = np.argsort(self.question, kind="stable")
        parts = np.split(self.probability[order], np.cumsum(self.people.astype(int))[:-1])
        return {
            MEAN: self.mean(self.probability),
            MEDIAN: np.array([np.median(part) for part in parts]),
            LOG_ODDS: expit(self.mean(self.log_odds)),
        }


def opinions(
    question: Sequence[int] | Places,
    person: Sequence[int] | Places,
    probability: Sequence[float],
    answer: Sequence[float],
    *,
    ends: Sequence[tuple[float, float] | None] = (),
    over_rounds: Sequence[float] = (),
) -> Opinions:
    """Return what people said; without ranges, or without rounds before the last, these may be left out."""
    stated = np.array(probability, dtype=float)
    range_of = np.array([end or (np.nan, np.nan) for end in ends or [None] * stated.size]).reshape(-1, 2)
    width = log_odds(range_of[:, 1]) - log_odds(range_of[:, 0])
    rounds = np.array(over_rounds, dtype=float) if len(over_rounds) else log_odds(stated)
    return Opinions(np.array(question), np.array(person), stated, width, rounds, np.array(answer, dtype=float))


def log_odds(probability: Floats) -> Floats:
    """Return log odds, no nearer to certainty than :data:`LEAST`.

    >>> log_odds(np.array([0.5, 0.9, 1.0])).round(3)
    array([0.   , 2.197, 5.293])
    """
    return np.asarray(logit(np.clip(probability, LEAST, 1 - LEAST)))


def private_information(people: Floats) -> Floats:
    """Return the factor ``d`` that sharpens best, in the worst case, where each of ``people`` knows something else.

    >>> private_information(np.array([1.0, 2.0, 10.0, 1e6])).round(3)
    array([1.   , 1.292, 1.625, 1.732])
    """
    n = np.asarray(people, dtype=float)
    alone = n <= 1
    safe = np.where(alone, 2, n)
    return np.where(alone, 1.0, safe * (np.sqrt(3 * safe**2 - 3 * safe + 1) - 2) / (safe**2 - safe - 1))


@dataclass(frozen=True)
class Skill:
    """What answered questions teach of people: how many each answered, his mean excess in Brier score, his weight.

    The excess is over the mean of all on the same questions, and shrunk: by as much as people would differ by chance.
    """

    answered: Places
    excess: Floats
    weight: Floats


def skill_of(given: Opinions, use: Flags) -> tuple[Skill, Floats]:
    """Return the skill of each person on the questions used, and the weight (n,) of each opinion.

    An opinion on a question that is used is weighted by the others alone, so that no answer weighs itself.  The weight
    is the mean squared error of all over the person's own, within :data:`LEAST_WEIGHT` and :data:`MOST_WEIGHT`.
    """
    size = int(given.person.max()) + 1
    used = use[given.question]
    loss = (given.probability - np.nan_to_num(given.answer)[given.question]) ** 2
    excess = np.where(used, loss - given.mean(loss)[given.question], 0.0)
    total = np.bincount(given.person, excess, minlength=size)
    count = np.bincount(given.person, used, minlength=size)
    shrink = _shrinkage(given.person, excess, used, total, count)
    if not used.any() or shrink is None:
        return Skill(count.astype(int), np.zeros(size), np.ones(size)), np.ones(given.person.size)
    base = float(loss[used].mean())
    own = total / (count + shrink)
    without = (total[given.person] - excess) / (count[given.person] - used + shrink)
    return Skill(count.astype(int), own, _weight(base, own)), _weight(base, without)


def _shrinkage(person: Places, excess: Floats, used: Flags, total: Floats, count: Floats) -> float | None:
    """Return how many questions of one's own count as much as what is known of all; None if people do not differ."""
    several = count > 1
    if several.sum() <= 2:  # noqa: PLR2004 - a variance of two says nothing
        return None
    mean = np.divide(total, count, out=np.zeros(count.size), where=count > 0)
    within = float((np.where(used & several[person], excess - mean[person], 0) ** 2).sum() / (count[several] - 1).sum())
    between = float(mean[several].var(ddof=1) - (within / count[several]).mean())
    return within / between if between > 0 else None


def _weight(base: float, excess: Floats) -> Floats:
    least = base / MOST_WEIGHT
    return np.minimum(np.maximum(base, 1e-9) / np.maximum(base + excess, max(least, 1e-9)), MOST_WEIGHT).clip(
        LEAST_WEIGHT
    )


def width_weights(given: Opinions) -> Floats | None:
    """Return the weight (n,) of each opinion by its range: the person's mean width over this one; None without ranges.

    A range a person left out weighs like his others, and one habit of narrow ranges does not weigh more than another.
    """
    has = ~np.isnan(given.width)
    if not has.any():
        return None
    width = np.maximum(np.where(has, given.width, 0.0), 1e-3)
    size = int(given.person.max()) + 1
    count = np.bincount(given.person, has, minlength=size)
    mean = np.bincount(given.person, np.where(has, width, 0.0), minlength=size) / np.maximum(count, 1)
    return np.where(has, np.clip(mean[given.person] / width, LEAST_WEIGHT, MOST_WEIGHT), 1.0)


@dataclass(frozen=True)
class Pooled:
    """The pool of every question, and what was learned of how to pool.

    ``probability`` (questions,) and ``interval`` (questions, 2), 90%, over what is unsure of the pool.  ``pools`` has
    the posterior weight of each pool by name.  ``factor`` is by which log odds are multiplied, its mean over all
    questions, with a 90% interval; ``as_it_stands`` is the probability that it is 1, and ``lean`` the mean of ``b``.
    """

    probability: Floats
    interval: Floats
    pools: Mapping[str, float]
    factor: float
    factor_interval: tuple[float, float]
    prior_factor: float
    as_it_stands: float
    lean: float
    skill: Skill


class Pool:
    """Pools of opinions, each with every factor and lean of the grid."""

    def __init__(self, given: Opinions) -> None:
        """Work out what does not depend on the answers."""
        self.given = given
        answered = given.is_answered
        fixed = {name: log_odds(chance) for name, chance in given.simple.items()}
        fixed[LOG_ODDS] = given.mean(given.log_odds)  # exactly: the mean of clipped log odds is never clipped again
        if (weights := width_weights(given)) is not None:
            fixed[WIDTH] = given.mean(given.log_odds, weights)
        if not np.array_equal(given.over_rounds, given.log_odds):
            fixed[ROUNDS] = given.mean(given.over_rounds)
        self.names = (*fixed, SKILL) if answered.any() else tuple(fixed)
        self.sharpening = np.sqrt(private_information(given.people))
        self.a, self.b, self.prior = _grid()
        self._fixed = [self._tried(pool) for pool in fixed.values()]

    def pooled(self, use: Flags | None = None) -> Pooled:
        """Pool all questions by what the answers to those used teach; None uses all that are answered."""
        use = self.given.is_answered if use is None else use
        posterior, chances, skill = self._learned(use)
        grid = posterior.sum(axis=0)
        factor = np.where(np.isnan(self.a), 1.0, self.a * self.sharpening.mean())
        flat = chances.reshape(-1, self.given.answer.size)
        return Pooled(
            probability=np.einsum("kg,kgq->q", posterior, chances),
            interval=np.array([_quantiles(column, posterior.ravel()) for column in flat.T]),
            pools=dict(zip(self.names, posterior.sum(axis=1).tolist(), strict=True)),
            factor=float(grid @ factor),
            factor_interval=_quantiles(factor, grid),
            prior_factor=float(np.exp(self.prior) @ factor),
            as_it_stands=float(grid[np.isnan(self.a)].sum()),
            lean=float(grid @ self.b),
            skill=skill,
        )

    def left_out(self, parts: Sequence[Flags]) -> Floats:
        """Return the probability (questions,) of each part by what the other answers teach; NaN elsewhere."""
        answered = self.given.is_answered
        pooled = np.full(answered.size, np.nan)
        for part in parts:
            posterior, chances, _ = self._learned(answered & ~part)
            pooled[part] = np.einsum("kg,kgq->q", posterior, chances[..., part])
        return pooled

    def _tried(self, pool: Floats) -> tuple[Floats, Floats]:
        """Return probability and log likelihood, each (grid, questions), of a pool's log odds (questions,)."""
        factor = np.where(np.isnan(self.a)[:, None], 1.0, self.a[:, None] * self.sharpening)
        predicted = factor * pool + self.b[:, None]
        return expit(predicted), _log_likelihood(predicted, self.given.answer)

    def _learned(self, use: Flags) -> tuple[Floats, Floats, Skill]:
        """Return the posterior (pools, grid), the probabilities (pools, grid, questions), and the people's skill."""
        skill, weights = skill_of(self.given, use)
        tried = [*self._fixed]
        if SKILL in self.names:
            tried.append(self._tried(self.given.mean(self.given.log_odds, weights)))
        posterior = np.array([fit[:, use].sum(axis=1) for _, fit in tried]) + self.prior
        return np.exp(posterior - logsumexp(posterior)), np.array([chance for chance, _ in tried]), skill


def _grid() -> tuple[Floats, Floats, Floats]:
    """Return factor (NaN where a pool stands as it is), lean and log prior of each point of the grid."""
    deviations = np.linspace(-4, 4, PARTS + 1)
    share = np.exp(-(deviations**2) / 2)
    share /= share.sum()
    few = deviations[::2]
    share_few = np.exp(-(few**2) / 2)
    share_few /= share_few.sum()
    a = np.exp(FACTOR_LOG_SD * deviations)
    empty = np.exp(EMPTY_LOG_MEAN + EMPTY_LOG_SD * deviations)
    factors = np.concatenate([[np.nan], a, np.repeat(a, few.size), empty])
    leans = np.concatenate([[0.0], np.zeros(a.size), np.tile(LEAN_SD * few, a.size), np.zeros(a.size)])
    both = np.outer(share, share_few).ravel()
    prior = np.concatenate([[AS_IT_STANDS], LEARNED * share, LEARNED * both, EMPTY * share])
    return factors, leans, np.log(prior)


def _log_likelihood(predicted: Floats, answer: Floats) -> Floats:
    """Return the log probability (grid, questions) of each answer; 0 where it is not known."""
    sign = np.where(answer == 1, 1.0, -1.0)
    return np.where(np.isnan(answer), 0.0, log_expit(sign * predicted))


def _quantiles(values: Floats, weights: Floats) -> tuple[float, float]:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    low, high = (float(values[order][np.searchsorted(reached, part * reached[-1])]) for part in INTERVAL)
    return low, high


def crowd_probability(probabilities: Sequence[float]) -> float:
    """Return the pool of what several people gave for one question of which nothing is known but that.

    >>> round(crowd_probability([0.6, 0.9]), 3), round(crowd_probability([0.4, 0.6]), 3)
    (0.762, 0.5)
    """
    count = len(probabilities)
    return float(Pool(opinions([0] * count, range(count), probabilities, [np.nan])).pooled().probability[0])
