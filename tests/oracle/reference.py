"""P(h | E) by brute force: every integral of the model on a fixed fine grid, straight from the files.

Beta priors (γ, ρ) are integrated in the log-odds, where their density is smooth whatever its shape, by Gauss-Legendre
on short panels; the normals (z, u, v) by the trapezoid rule, exponentially accurate for what vanishes at both ends.
`resolution=2` halves every step: the answer must not move.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from scipy import optimize, special, stats

from .record import Item, Record, load

REACH = 9.0  # standard normals are integrated over ±REACH
EDGE = 30.0  # log-odds beyond ±EDGE are lumped on the edge: there a probability is 0 or 1 to 1e-13


def posterior(
    workspace: Path,
    case: str,
    as_of: date | None = None,
    *,
    without: tuple[str, ...] = (),
    resolution: float = 1.0,
) -> dict[str, float]:
    """Return P(h | E) by hypothesis, as of a date, with the evidence items named in `without` left out."""
    record = load(Path(workspace), case, as_of, without)
    _, joint = joint_posterior(record, resolution)
    return dict(zip(record.hypotheses, joint.sum(axis=0).tolist(), strict=True))


def naive_bayes(workspace: Path, case: str, as_of: date | None = None) -> dict[str, float]:
    """Return P(h | E) ∝ weights times mids (1 - mid if absent): no γ, ρ, s, r, no processes."""
    record = load(Path(workspace), case, as_of)
    log_p = np.log(record.weights)
    for item in record.items:
        log_p = log_p + np.log(item.mid if item.seen else 1 - item.mid)
    return dict(zip(record.hypotheses, special.softmax(log_p).tolist(), strict=True))


def joint_likelihood_ratio(items: int, p: float, q: float, rho: float) -> float:
    """Return P(all seen | p) / P(all seen | q) of `items` equal indicators in a one-factor probit with correlation rho.

    Example:
        >>> round(joint_likelihood_ratio(3, 0.6, 0.2, 0.5), 1)
        7.0
    """
    z, weight = normal_nodes(0.002)
    over, under = (
        weight @ special.ndtr((special.ndtri(x) + np.sqrt(rho) * z) / np.sqrt(1 - rho)) ** items for x in (p, q)
    )
    return float(over / under)


def joint_posterior(record: Record, resolution: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return the nodes of γ (N,) and P(γ node, h | E) on them, (N, K), summing to 1."""
    gamma, _, weight = beta_nodes(*record.discrimination, resolution)
    log_joint = np.log(weight)[:, None] + np.log(record.weights) + log_likelihood(record, gamma, resolution)
    joint = np.exp(log_joint - log_joint.max())
    return gamma, joint / joint.sum()


def log_likelihood(record: Record, gamma: np.ndarray, resolution: float = 1.0) -> np.ndarray:
    """Return log P(E | h, γ), (N, K), up to a constant that is the same for all: clusters and histories multiplied."""
    clusters: dict[str, list[Item]] = defaultdict(list)
    for item in record.items:
        clusters[item.cluster or f" alone {item.id}"].append(item)
    total = np.zeros((len(gamma), len(record.hypotheses)))
    for name, items in clusters.items():
        prior = record.dependence[name] if len(items) > 1 else (0.0, 0.0)
        total += np.log(_cluster(items, gamma, prior, record, resolution))
    return total + special.logsumexp(by_way(record, gamma, resolution), axis=0)


def by_way(record: Record, gamma: np.ndarray, resolution: float = 1.0) -> np.ndarray:
    """Return log P(history | h, γ) up to a constant, its steps dated in each of the possible ways, (W, N, K)."""
    answer = np.zeros((len(record.ways), len(gamma), len(record.hypotheses)))
    for way, (events, exposure, multiplier, brought) in enumerate(record.ways):
        dated = dataclasses.replace(record, events=events, exposure=exposure, ways=((events, exposure, 1.0, brought),))
        answer[way] = np.log(multiplier)
        for t in range(len(record.transitions)):
            answer[way] += np.log(_transition(dated, t, gamma, resolution))
    return answer


def beta_nodes(mean: float, sd: float, resolution: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return nodes x, 1 - x and weights (sum 1) for a mean over Beta(mean, sd); sd = 0 is a point mass."""
    if sd == 0:
        return np.array([mean]), np.array([1 - mean]), np.ones(1)
    size = mean * (1 - mean) / sd**2 - 1
    if size <= 0:
        raise ValueError(f"no Beta has mean {mean} and sd {sd}")
    a, b = mean * size, (1 - mean) * size
    with np.errstate(divide="ignore"):
        first = max(-EDGE, special.logit(stats.beta.ppf(1e-16, a, b)))
        last = min(EDGE, -special.logit(stats.beta.ppf(1e-16, b, a)))
    panel = min(2.5, 2.5 * np.sqrt((a + b) / (a * b))) / resolution
    ends = np.linspace(first, last, int(np.ceil((last - first) / panel)) + 1)
    node, node_weight = np.polynomial.legendre.leggauss(10)
    half = np.diff(ends)[:, None] / 2
    t = (ends[:-1, None] + half * (1 + node)).ravel()
    density = np.exp(a * special.log_expit(t) + b * special.log_expit(-t) - special.betaln(a, b))
    weight = (half * node_weight).ravel() * density
    t = np.concatenate([[first], t, [last]])
    below, above = stats.beta.cdf(special.expit(first), a, b), stats.beta.cdf(special.expit(-last), b, a)
    weight = np.concatenate([[below], weight, [above]])
    if abs(weight.sum() - 1) > 1e-6:
        raise ArithmeticError(f"Beta({mean}, {sd}): weights sum to {weight.sum()}")
    kept = weight > 0
    return special.expit(t)[kept], special.expit(-t)[kept], weight[kept]


def normal_nodes(step: float) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights of the trapezoid rule for a mean over Normal(0, 1)."""
    z = np.linspace(-REACH, REACH, 2 * int(np.ceil(REACH / step)) + 1)
    return z, stats.norm.pdf(z) * (z[1] - z[0])


def _cluster(
    items: list[Item], gamma: np.ndarray, prior: tuple[float, float], record: Record, resolution: float
) -> np.ndarray:
    """Return P(items of a cluster | h, γ), (N, K): the mean over ρ and z of the product over items."""
    width, centre = 2 * special.ndtri((1 + record.assumed_mass) / 2), record.centre
    terms = []
    for item in items:
        mu = special.ndtri(item.mid)
        s = (special.ndtri(item.high) - special.ndtri(item.low)) / width
        mean = (centre * mu).sum()
        a = (mean + gamma[:, None] * (mu - mean)) * np.sqrt(1 + s**2)
        b = (centre * special.ndtr(a / np.sqrt(1 + s**2))).sum(axis=1)
        terms.append((item, a, s, b))
    least = min(float((s**2).min()) for _, _, s, _ in terms)
    answer = np.zeros((len(gamma), len(items[0].mid)))
    for rho, rest, weight in zip(*beta_nodes(*prior, resolution), strict=True):
        # The factor's step follows how steep the steepest item is in z; without correlation there is no factor.
        steep = np.sqrt(1 + len(items) * rho / (rest + least))
        z, z_weight = normal_nodes(max(1.1 / steep, 0.002) / resolution) if rho > 0 else (np.zeros(1), np.ones(1))
        product = np.ones((len(gamma), len(items[0].mid), len(z)))
        for item, a, s, b in terms:
            own = rest + rho * (1 - item.loading**2)  # of its variance what it does not share
            p = special.ndtr((a[:, :, None] + item.loading * np.sqrt(rho) * z) / np.sqrt(own + s**2)[:, None])
            q = item.reliability * p + (1 - item.reliability) * b[:, None, None]
            product *= q if item.seen else 1 - q
        answer += weight * (product @ z_weight)
    return answer


def _transition(record: Record, t: int, gamma: np.ndarray, resolution: float) -> np.ndarray:
    """Return P(history of a transition | h, γ), (N, K), up to a constant: the mean over the widths of its ranges."""
    return np.mean([_given_half(record, t, gamma, resolution, half) for half in record.half_ranges], axis=0)


def _given_half(record: Record, t: int, gamma: np.ndarray, resolution: float, half: float) -> np.ndarray:
    """Return the same where half a range is `half` sds, (N, K): the mean over u and v of λ^d exp(-λ E)."""
    answer = np.ones((len(gamma), len(record.hypotheses)))
    used = [g for g in range(len(record.regimes)) if record.events[t, g] or record.exposure[t, g]]
    if not used:
        return answer
    for k in range(len(record.hypotheses)):
        center, sigma = log_intensity(record, t, k, gamma, half)
        u, u_weight = normal_nodes(0.4 / max(1.0, sigma.max()) / resolution)
        product = np.ones((len(gamma), len(u)))
        for g in used:
            common = np.sqrt(record.persistence) * u[:, None]
            own = np.sqrt(1 - record.persistence) * u
            log_rate = center[:, None, None, g] + sigma[g] * (common + own)
            # Per hundred days, so that no power of a rate underflows: the same constant for every hypothesis.
            d, exposure = record.events[t, g], record.exposure[t, g]
            if record.at_once[g]:
                expected = np.exp(log_rate) * record.ways[0][3][t, g]
                product *= ((1 - np.exp(-expected)) ** d * np.exp(-np.exp(log_rate) * exposure)) @ u_weight
                continue
            product *= np.exp(d * (log_rate + np.log(100)) - np.exp(log_rate) * exposure) @ u_weight
        answer[:, k] = product @ u_weight
    return answer


@np.vectorize
@cache
def _location(chance: float, sigma: float) -> float:
    """Return x, such that exp(x + σ ε) is the number of jumps to be expected, and `chance` the mean chance of one."""
    if sigma == 0:
        return float(np.log(-np.log1p(-chance)))
    eps, weight = normal_nodes(min(0.05, 0.3 / sigma))

    def error(x: float) -> float:
        return float(np.log(-(np.expm1(-np.exp(x + sigma * eps)) @ weight)) - np.log(chance))

    return float(optimize.brentq(error, np.log(chance) - sigma**2 - 1, 9 * sigma + 5, xtol=1e-13, rtol=1e-14))


def log_intensity(
    record: Record, t: int, k: int, gamma: np.ndarray, half: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the centre of log λ, (N, G), and its sd σ, (G,), of transition t under hypothesis k; λ per day.

    `half` of a range is so many sds; left out where there is but one width.
    """
    (sds,) = record.half_ranges if half is None else (half,)
    spread = (np.log(-np.log1p(-record.high[t])) - np.log(-np.log1p(-record.low[t]))) / 2 * sds
    spread = np.minimum(spread, record.largest_sigma)
    eta, sigma = _location(record.mid[t], spread) - np.log(record.within[t]), spread[k]
    mean = np.log(record.centre @ np.exp(eta))
    return mean + gamma[:, None] * (eta[k] - mean), sigma
