"""The elicited numbers of a case, read a third time, and the likelihood of simulated data.

The simulation uses neither engine's reading of the case, so that a slip in one of them is not simulated along with it.
What is taken over is how a reference class moves the level of an intensity and narrows it, which the model takes as
given.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp, ndtr, ndtri

from detente.case.ranges import IGNORANCE, TAIL_DF, WIDTH_LOG_SD, WIDTH_MEDIAN, WIDTHS, CalibrationQuestion
from detente.exact.teaching import levels

if TYPE_CHECKING:
    from detente.arrays import Flags, Floats, Integers
    from detente.case.schema import Case
    from detente.verify.tally import Tally

TINY = 1e-9
"""What is taken for no difference, of probits and of the lengths of axes."""


@dataclass(frozen=True)
class Elicitation:
    """Elicited numbers of the items in force and of the transitions.

    Shapes: ``mu`` and ``s`` (item, hypothesis); ``trust``, ``pull`` (+1 or -1, the way the common cause pulls) and
    ``cluster`` (item,), where ``cluster`` indexes ``clusters`` and is -1 for an item in none; ``eta`` and ``sigma``
    (width, transition, hypothesis, regime), before the outside view, for each width of the stated ranges; ``share``
    (hypothesis,), the weight of each in a mean.
    """

    mu: Floats
    s: Floats
    trust: Floats
    pull: Floats
    cluster: Integers
    clusters: tuple[str, ...]
    eta: Floats
    sigma: Floats
    share: Floats
    persistence: float


@dataclass(frozen=True)
class Parameters:
    """S sets of parameter values.

    Shapes: ``weight`` (S, hypothesis); ``discrimination`` (S,); ``correlation`` and ``common_cause`` (S, cluster);
    ``log_intensity`` (S, transition, hypothesis, regime); ``winner`` (S, winner), P(winner), without columns unless an
    election is open.
    """

    weight: Floats
    discrimination: Floats
    correlation: Floats
    common_cause: Floats
    log_intensity: Floats
    winner: Floats


def read_stated(case: Case) -> Elicitation:
    """Read the elicited numbers of ``case``."""
    items, hypotheses, regimes = case.evidence_in_force, case.hypothesis_ids, case.regimes
    mass, halves = read_widths(case)
    reach = 2 * ndtri((1 + mass) / 2)
    shape = (len(items), len(hypotheses), 3)
    judged = [case.likelihoods[item.id][h] for item in items for h in hypotheses]
    low, mid, high = np.moveaxis(ndtri([[row.low, row.mid, row.high] for row in judged] or np.zeros((0, 3))), -1, 0)
    homes = {item.id: index for index, cluster in enumerate(case.clusters_in_force) for item in cluster.items}
    rows = [case.intensity(step, h, g) for step in case.transitions for h in hypotheses for g in regimes]
    table = np.array([[row.low, row.mid, row.high, row.within_days] for row in rows]).reshape(-1, 4)
    ends = np.log(-np.log1p(-table[:, [0, 2]]))
    sigma = np.outer(halves, (ends[:, 1] - ends[:, 0]) / 2)
    if case.priors.assumed_mass is None:
        sigma[sigma > IGNORANCE] = IGNORANCE
    left = _left_to(case, table[:, 1].reshape(len(case.transitions), len(hypotheses), len(regimes)))
    goal = np.repeat(left.reshape(1, -1), len(sigma), axis=0)
    cells = (len(sigma), len(case.transitions), len(hypotheses), len(regimes))
    return Elicitation(
        mu=mid.reshape(shape[:2]),
        s=((high - low) / reach).reshape(shape[:2]),
        trust=np.array([case.priors.trust(item) for item in items]),
        pull=_pulls(case),
        cluster=np.array([homes.get(item.id, -1) for item in items], dtype=np.int64),
        clusters=tuple(cluster.name for cluster in case.clusters_in_force),
        eta=(_middle(goal, sigma) - np.log(table[:, 3])).reshape(cells),
        sigma=sigma.reshape(cells),
        share=_share(case),
        persistence=case.priors.persistence,
    )


def read_widths(case: Case) -> tuple[float, Floats]:
    """Return how often 90% ranges hold the truth, and the standard deviations half a range may be, (width,).

    By Simpson's rule over the assessor's factor, and by solving for each quantile.
    """
    word = ndtri(0.95)
    stated = case.priors.assumed_mass
    if stated is not None:
        return stated, np.array([1 / ndtri((1 + stated) / 2)])
    return _taught(tuple(_error(question) for question in case.calibration_of()), word)


def _error(question: CalibrationQuestion) -> float:
    """Return how far an answer is from the truth, in standard deviations of its range at its word."""
    low, mid, high, truth = question.low, question.mid, question.high, question.truth
    if question.scale == "log":
        wide, off = np.log(high / low), np.log(truth / mid)
    else:
        wide, off = high - low, truth - mid
    return float(2 * off / wide * ndtri((1 + question.mass) / 2))


@cache
def _taught(errors: tuple[float, ...], word: float) -> tuple[float, Floats]:
    from scipy import integrate, optimize, stats

    step = np.linspace(-8.0, 8.0, 2001)
    factor = WIDTH_MEDIAN * np.exp(WIDTH_LOG_SD * step)
    log_density = stats.norm.logpdf(step)
    for error in errors:
        log_density = log_density + stats.t.logpdf(error, TAIL_DF, scale=factor)
    density = np.exp(log_density - log_density.max())

    def mean(values: Floats) -> float:
        return float(integrate.simpson(density * values, x=step) / integrate.simpson(density, x=step))

    def short_of(half: float, part: float) -> float:
        return mean(stats.chi2.sf(TAIL_DF * (factor / half) ** 2, TAIL_DF)) - part

    halves = [optimize.brentq(short_of, 1e-4, 1e5, args=((part + 0.5) / WIDTHS,), xtol=1e-12) for part in range(WIDTHS)]
    return mean(1 - 2 * stats.t.sf(word / factor, TAIL_DF)), np.array(halves) / word


def _left_to(case: Case, middle: Floats) -> Floats:
    """Return each middle as a share of what the steps before it leave, where steps compete at an occasion."""
    share = middle.copy()
    for column, name in enumerate(case.regimes):
        if name.partition("/")[2] not in case.occasion_ids:
            continue
        stated = [row for row, step in enumerate(case.transitions) if case.states(step, name)]
        for row in stated:
            rivals = case.process(case.transitions[row].process).successors(case.transitions[row].source)
            earlier = [other for other in stated if other < row and case.transitions[other] in rivals]
            share[row, :, column] /= 1 - middle[earlier, :, column].sum(axis=0)
    return share


def _middle(chance: Floats, sigma: Floats) -> Floats:
    """Return where the log of the expected number of steps must lie for the mean chance of one to be that."""
    from scipy.optimize import elementwise

    eps = np.linspace(-12, 12, 961)
    weight = np.exp(-(eps**2) / 2)

    def excess(x: Floats, goal: Floats, sd: Floats) -> Floats:
        spared = np.exp(-np.exp(x[..., None] + sd[..., None] * eps)) @ (weight / weight.sum())
        return np.asarray((1 - spared) / goal - 1)

    if not chance.size:
        return chance
    rough = np.log(-np.log1p(-chance))
    ends = rough - sigma**2 - 1, rough + 10 * sigma + 1
    return np.asarray(elementwise.find_root(excess, ends, args=(chance, sigma), tolerances={"fatol": 0}).x)


def _share(case: Case) -> Floats:
    """Return the weight of each hypothesis in a mean over all of them."""
    stated = [case.priors.centre_weights[h] for h in case.hypothesis_ids]
    return np.array(stated) / np.sum(stated)


def _pulls(case: Case) -> Floats:
    """Return how the common cause pulls on each item in force, by the covariance of the items over hypotheses."""
    share = _share(case)
    pull = {}
    for name in {item.cluster for item in case.evidence if item.cluster}:
        items = [item for item in case.evidence if item.cluster == name]
        judged = [case.likelihoods[item.id] for item in items] + [one.likelihoods for one in case.watched_in(name)]
        mu = ndtri([[row[h].mid for h in case.hypothesis_ids] for row in judged])
        level = mu @ share
        away = np.where(np.ptp(mu, axis=1, keepdims=True) > TINY, mu - level[:, None], 0.0)
        covariance = (away * share) @ away.T
        variance = np.diag(covariance)
        values, vectors = np.linalg.eigh(covariance)
        size = np.sqrt(max(values[-1], 0.0))
        top = vectors[:, values >= values[-1] * (1 - TINY)]
        along = top[:, 0] * size
        if top.shape[1] > 1:  # no axis is the first: as the levels lie in the plane of the first
            lies = top.T @ level
            on_one = np.linalg.norm(lies) > TINY * np.abs(mu).max()
            along = size * top @ (lies / np.linalg.norm(lies)) if on_one else along
            along = along if on_one or not mu.any() else np.sqrt(variance) * level / np.abs(mu).max()
        spoken = variance > 0
        squares = np.zeros(len(judged))
        squares[spoken] = (along * np.abs(along))[spoken] / np.sqrt(variance[spoken] * variance.max())
        ends = along @ away
        squares *= -1 if next((end for end in ends if abs(end) > TINY * np.abs(ends).max()), 1.0) < 0 else 1
        for item, square in zip(items, squares, strict=False):
            pull[item.id] = abs(square) * float(f"{item.loading}1") if item.loading else float(square)
    return np.array([pull.get(item.id, 0.0) for item in case.evidence_in_force])


def intensity(case: Case, stated: Elicitation, gamma: float, u: Floats, v: Floats, width: Integers) -> Floats:
    """Return the log intensities, (transition, hypothesis, regime), moved by the outside view given the record.

    ``width`` (transition,) says which of its widths the range of each transition has.
    """
    (level, narrower), rows = levels(case) or (0.0, 1.0), np.arange(width.size)
    eta = (stated.eta + level)[width, rows]
    centre = np.log(np.average(np.exp(eta), axis=1, weights=stated.share))[:, None]
    effect = np.sqrt(stated.persistence) * u[:, None, None] + np.sqrt(1 - stated.persistence) * v
    return centre + gamma * (eta - centre) + stated.sigma[width, rows] * narrower * effect


def chance_of_report(stated: Elicitation, at: Parameters, seen: Flags) -> Floats:
    """Return P(item as reported in ``seen`` (item,) | hypothesis, common cause), (S, item, hypothesis)."""
    sign = np.where(seen, 1.0, -1.0)[:, None]
    centre = np.average(stated.mu, axis=1, weights=stated.share)[:, None]
    a = centre + at.discrimination[:, None, None] * (stated.mu - centre)
    a = a * np.sqrt(1 + stated.s**2)  # so that on average over what is unsure the chance is what was stated
    padded = [np.pad(values, ((0, 0), (0, 1))) for values in (at.correlation, at.common_cause)]
    rho, z = (values[:, stated.cluster][..., None] for values in padded)  # -1 picks the padding: an item in no cluster
    pull = stated.pull[:, None]
    reliable = ndtr(sign * (a + pull * np.sqrt(rho) * z) / np.sqrt(1 - rho * pull**2 + stated.s**2))
    unreliable = np.average(ndtr(sign * a / np.sqrt(1 + stated.s**2)), axis=2, weights=stated.share)[..., None]
    trust = stated.trust[:, None]
    return trust * reliable + (1 - trust) * unreliable


def log_likelihood(stated: Elicitation, at: Parameters, seen: Flags, tally: Tally) -> Floats:
    """Return log P(items, record | hypothesis, parameters), (S, hypothesis)."""
    by_winner = log_likelihood_by_winner(stated, at, seen, tally)
    return by_winner[..., 0] if tally.winner is None else logsumexp(by_winner, axis=2)


def log_likelihood_by_winner(stated: Elicitation, at: Parameters, seen: Flags, tally: Tally) -> Floats:
    """Return log P(items, record, winner | hypothesis, parameters), (S, hypothesis, winner).

    Of items and record alone, in one column, unless they are of days after a vote that is not called.
    """
    chance = np.maximum(
        chance_of_report(stated, at, seen), np.finfo(float).tiny
    )  # a fully reliable source can make an observation impossible
    items = np.log(chance).sum(axis=1)
    made, constant, days = tally.ways
    rate = np.exp(at.log_intensity)
    records = []
    for one, factor, spent in zip(made, constant, days, strict=True):
        record = -np.einsum("sthg,tg->sh", rate, spent)
        for t, g in zip(*np.nonzero(one), strict=True):
            here = at.log_intensity[:, t, :, g]
            if tally.at_once[g]:  # an occasion: at least one of those to be expected on its day
                record = record + one[t, g] * np.log(-np.expm1(-np.exp(here + factor[t, g])))
            else:
                record = record + one[t, g] * here + factor[t, g]
        records.append(record)
    if tally.winner is None:
        return (items + logsumexp(records, axis=0))[..., None]
    with np.errstate(divide="ignore"):
        chances = np.log(at.winner)
    of = [np.array(records)[tally.winner == winner] for winner in range(chances.shape[1])]
    together = [chances[:, winner, None] + logsumexp(ways, axis=0) for winner, ways in enumerate(of)]
    return items[..., None] + np.stack(together, axis=2)


def joint(at: Parameters, by_hypothesis: Floats) -> tuple[Floats, Floats]:
    """Return log P(data | parameters), (S,), and P(hypothesis | data, parameters), (S, hypothesis)."""
    log_joint = np.log(at.weight) + by_hypothesis
    total = logsumexp(log_joint, axis=1)
    return total, np.exp(log_joint - total[:, None])
