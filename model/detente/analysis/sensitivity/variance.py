"""Variance of each headline over the assessor's stated uncertainty, by cause: first-order Sobol indices.

The inputs are prior weights, discrimination, correlations, likelihoods, intensities and election, drawn from their
elicited distributions, before any evidence.  The output is the headline that evidence and record imply if the drawn
numbers are the true ones.  The common causes of clusters are chance rather than judgement and are integrated out; what
is fixed in the priors (grades, persistence, couplings) does not vary.

``S_X = Var(E[Y | X]) / Var(Y)`` is estimated by pick-freeze: ``mean(y_A (y_X - y_B)) / Var(Y)``, where A and B are
independent draws and X is B with one cause taken from A.  Subtracting y_B costs nothing and makes the error of a small
index small.  Standard errors, that of the sum included, are by the delta method.

References
----------
Sobol, I. M. (1993), Sensitivity estimates for nonlinear mathematical models.  Mathematical Modelling and Computational
Experiment 1.
Saltelli, A., Annoni, P., Azzini, I., Campolongo, F., Ratto, M. and Tarantola, S. (2010), Variance based sensitivity
analysis of model output.  Computer Physics Communications 181.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr

from detente import exact
from detente.analysis.regrouping import LARGE
from detente.analysis.results import Share, VarianceSplit
from detente.elicitation import beta_parameters
from detente.exact.evidence import Items, read_items, shrink
from detente.exact.quadrature import line, log_normal_weights, log_sum_exp
from detente.exact.reading import log_intensities
from detente.exact.record import record_by_winner, record_log_likelihood
from detente.projection import project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from detente.arrays import Floats, Integers
    from detente.case.priors import BetaPrior
    from detente.case.schema import Case
    from detente.exact.reading import Steps

    Singles = NDArray[np.float32]

SAMPLES = 4096
CLOSEST = 0.999
"""The correlation above which items are identical and the integrand is a step."""
AT_ONCE = 60_000
"""Numbers in one array, so that it stays in the processor's own memory."""
REACH, SPACING = 5.0, 0.25
NARROW = 1.1
"""Of the narrowest width that an integrand can have: so far apart may nodes be."""
LEAST = 1e-25
"""A sum over nodes down to which they may be multiplied in single precision, whose least number is 1e-38."""
STEADY = 1e-9
"""A standard deviation below which a headline does not vary: what is left is rounding, of which nothing is a cause."""
ALONE = ""
"""Stands for the group of items that share no cause."""


@dataclass(frozen=True)
class Sample:
    """Draws of everything uncertain, (samples, ...) each; ``noise`` by group of items."""

    weight: Floats
    gamma: Floats
    correlation: Mapping[str, Floats]
    noise: Mapping[str, Floats]
    effect: Floats
    width: Integers
    winner: Floats


@dataclass(frozen=True)
class Model:
    """What maps samples to headlines: the items of each group, the record, and the case."""

    case: Case
    groups: Mapping[str, Items]
    steps: tuple[Steps, ...]
    headlines: tuple[str, ...]


def split_variance(
    case: Case, headlines: tuple[str, ...], steps: tuple[Steps, ...], random_seed: int, samples: int = SAMPLES
) -> VarianceSplit:
    """Split the variance of each headline of ``case`` by cause.

    Parameters
    ----------
    case
        The case as of its cut-off.
    headlines
        Hypotheses, outcomes by the horizon, outcomes before the election.
    steps
        The elicited intensities and the record, for each width of the stated ranges; none without processes.
    random_seed
        Seed of the samples.
    samples
        Pairs of draws.
    """
    model = Model(case, _groups(case), steps, headlines)
    rng = np.random.default_rng([random_seed, 6])
    a, b = _sample(model, rng, samples), _sample(model, rng, samples)
    own = _parts(model, a.gamma, a, a)
    rest = _parts(model, b.gamma, b, b)
    whole = _headlines(model, a.weight, sum(own.items.values()) + own.record, own, a.winner)
    frozen: dict[tuple[str, str], Floats] = {}

    def freeze(
        kind: str, weight: Floats, log_likelihood: Floats, future: Parts, winner: Floats, group: str = ""
    ) -> None:
        frozen[kind, group] = _headlines(model, weight, log_likelihood, future, winner)

    total = sum(rest.items.values()) + rest.record
    freeze("prior", a.weight, total, rest, b.winner)
    if case.priors.discrimination.sd > 0:
        swapped = _parts(model, a.gamma, b, b)
        freeze("discrimination", b.weight, sum(swapped.items.values()) + swapped.record, swapped, b.winner)
    if any(a.correlation[name].std() > 0 for name in a.correlation):
        moved = sum(_marginal(model, name, b.gamma, a.correlation[name], b.noise[name]) for name in a.correlation)
        kept = sum((rest.items[name] for name in rest.items if name not in a.correlation), rest.record)
        freeze("dependence", b.weight, moved + kept, rest, b.winner)
    for name in model.groups:
        moved = _marginal(model, name, b.gamma, b.correlation.get(name), a.noise[name])
        freeze("likelihoods", b.weight, total - rest.items[name] + moved, rest, b.winner, name)
    if steps:
        swapped = _parts(model, b.gamma, b, a, items=False)
        freeze("intensities", b.weight, total - rest.record + swapped.record, swapped, b.winner)
    if a.winner.shape[1] > 1 and (case.outcomes or rest.by_winner is not None):
        freeze("election", b.weight, total, rest, a.winner)
    return _indices(whole, _headlines(model, b.weight, total, rest, b.winner), frozen)


@dataclass(frozen=True)
class Parts:
    """Log likelihoods (samples, hypothesis) by group of items and of the record, and outcomes by hypothesis.

    ``early`` (samples, hypothesis, outcome) or None; ``late`` (samples, hypothesis, winner, outcome).  What the record
    says of who has won a vote that is not called is not in ``record``: ``by_winner`` (samples, hypothesis, winner).
    """

    items: Mapping[str, Floats]
    record: Floats
    early: Floats | None
    late: Floats
    by_winner: Floats | None = None


def _parts(model: Model, gamma: Floats, of_items: Sample, of_steps: Sample, *, items: bool = True) -> Parts:
    case, steps = model.case, model.steps
    by_group = {
        name: _marginal(model, name, gamma, of_items.correlation.get(name), of_items.noise[name])
        for name in (model.groups if items else ())
    }
    width = len(case.hypotheses)
    record = np.zeros((gamma.size, width))
    if not steps:
        return Parts(by_group, record, None, np.zeros((gamma.size, width, of_items.winner.shape[1], 0)))
    log_intensity = log_intensities(steps, gamma, of_steps.width, of_steps.effect)
    by_winner = record_by_winner(steps[0], log_intensity) if steps[0].by_winner else None
    record = record_log_likelihood(steps[0], log_intensity) if by_winner is None else record
    if not case.outcomes:
        return Parts(by_group, record, None, np.zeros((gamma.size, width, of_items.winner.shape[1], 0)), by_winner)
    ahead = project(case, log_intensity, np.ones((gamma.size, width)), of_items.winner, with_curves=False)
    return Parts(by_group, record, ahead.by_election, ahead.by_horizon, by_winner)


def _headlines(model: Model, weight: Floats, log_likelihood: Floats, future: Parts, winner: Floats) -> Floats:
    """Return (samples, headline)."""
    with np.errstate(divide="ignore"):
        joint = np.log(weight) + log_likelihood
        of_winner = None if future.by_winner is None else np.log(winner)[:, None] + future.by_winner
    if of_winner is None:
        share = np.exp(joint - log_sum_exp(joint, axis=1)[:, None])
        chances = winner if future.late.shape[2] > 1 else np.ones((weight.shape[0], 1))
        columns = [share, np.einsum("sk,sw,skwo->so", share, chances, future.late, optimize=True)]
    else:
        both = joint[..., None] + of_winner
        together = np.exp(both - log_sum_exp(both, axis=(1, 2))[:, None, None])
        share = together.sum(axis=2)
        columns = [share, np.einsum("skw,skwo->so", together, future.late, optimize=True)]
    if future.early is not None:
        columns.append(np.einsum("sk,sko->so", share, future.early))
    return np.concatenate(columns, axis=1)[:, : len(model.headlines)]


def _marginal(model: Model, name: str, gamma: Floats, rho: Floats | None, noise: Floats) -> Floats:
    """Return log P(items of a group | h) for each sample, with the common cause integrated out.

    Samples are taken in the order of their correlation, so that those that need few nodes get few.
    """
    items = model.groups[name]
    log_likelihood = np.empty((gamma.size, items.location.shape[1]))
    order = np.arange(gamma.size) if rho is None else np.argsort(rho)[::-1]
    by_loop = _loop(items) if rho is not None and len(model.case.evidence_in_force) >= LARGE else None
    while order.size:
        z = np.zeros(1) if rho is None else line(-REACH, REACH, _spacing(items, float(rho[order[0]])))
        count = max(1, AT_ONCE // (items.location.size * z.size))
        here, order = order[:count], order[count:]
        if rho is not None and by_loop is not None:
            total = by_loop(gamma[here], rho[here], noise[here], z)
            if total.min() > LEAST:
                log_likelihood[here] = np.log(total)
                continue
        middle = shrink(items, gamma[here]) + noise[here] * items.spread.T
        log_joint = _log_joint(items, middle, None if rho is None else rho[here], z)
        log_likelihood[here] = log_sum_exp(log_joint, axis=0).T
    return log_likelihood


def _loop(items: Items) -> Callable[[Floats, Floats, Floats, Floats], Floats]:
    """Return the compiled loop that maps gamma, rho and noise of samples, and nodes, to P(items | h) of each sample."""
    from detente.analysis.sensitivity.compiled import sums  # many items are worth the time it takes to import numba

    level, full = (np.ascontiguousarray(part.T) for part in shrink(items, np.array([0.0, 1.0])))
    sign = np.where(items.seen, 1.0, -1.0)
    own = level, full - level, items.spread, sign, items.trust, items.loading, items.weights

    def loop(gamma: Floats, rho: Floats, noise: Floats, z: Floats) -> Floats:
        nodes = z, np.exp(log_normal_weights(z))
        return sums(*own, gamma, rho, noise, *(part.astype(np.float32) for part in nodes))

    return loop


def _spacing(items: Items, rho: float) -> float:
    """Return how far apart nodes of the common cause may be: as the integrand can be narrow, down to a least gap."""
    pull = items.loading**2 * rho
    return max(SPACING, NARROW / float(np.sqrt(1 + (pull / (1 - pull)).sum())))


def _log_joint(items: Items, middle: Floats, rho: Floats | None, z: Floats) -> Floats:
    """Return log of P(items, z | h), (z, hypothesis, samples), for probits ``middle`` (samples, hypothesis, item).

    In single precision, which is far below the error of the sampling and several times as fast.
    """
    sign, trust = np.where(items.seen, 1.0, -1.0)[:, None], items.trust[:, None, None, None].astype(np.float32)
    signed = (sign[:, 0] * middle).transpose(2, 1, 0).astype(np.float32, order="C")
    wrong = (1 - trust) * np.einsum("h,ihs->is", items.weights.astype(np.float32), normal_cdf(signed))[:, None, None]
    threshold = signed[:, None]
    if rho is not None:
        scale = np.sqrt(1 - np.outer(items.loading**2, rho))
        slope = items.loading[:, None] * sign * np.sqrt(rho) / scale
        signed /= scale[:, None]
        threshold = threshold + (z[:, None] * slope[:, None]).astype(np.float32)[:, :, None]
    chance = normal_cdf(threshold)
    chance *= trust
    chance += wrong
    np.maximum(chance, np.finfo(np.float32).tiny, out=chance)
    np.log(chance, out=chance)
    together = chance.sum(axis=0, dtype=float)
    return together if rho is None else together + log_normal_weights(z)[:, None, None]


def normal_cdf(x: Singles) -> Singles:
    """Return the standard normal distribution function in single precision, within 1e-6 of itself.

    ``Phi(-u) = t exp(q(t) - u^2 / 2)`` with ``t = 1 / (1 + 0.35 u)`` and q a polynomial, fitted to SciPy's.
    """
    u = np.abs(x)
    t = 1 / (1 + np.float32(SLOWNESS) * u)
    s = 2 * t - 1
    tail = np.full_like(s, TAIL[-1])
    for coefficient in TAIL[-2::-1]:
        tail *= s
        tail += coefficient
    u *= u
    u *= np.float32(0.5)
    tail -= u
    np.exp(tail, out=tail)
    tail *= t
    return np.abs((x >= 0) - tail)  # tail, or 1 - tail, without a branch


SLOWNESS, FARTHEST, DEGREE = 0.35, 30.0, 9


def _tail() -> Singles:
    """Return the coefficients of q in 2 t - 1."""
    u = np.linspace(0, np.sqrt(FARTHEST), 2000) ** 2
    t = 1 / (1 + SLOWNESS * u)
    q = np.polynomial.Polynomial.fit(2 * t - 1, log_ndtr(-u) + u**2 / 2 - np.log(t), DEGREE, domain=[-1, 1])
    return q.coef.astype(np.float32)


TAIL = _tail()
"""The coefficients of q in 2 t - 1.

The loops of :mod:`detente.analysis.sensitivity.compiled` hold them and :data:`SLOWNESS` as constants, and are compiled
anew only where the text of their own module changes: change that too if you change these.
"""


def _indices(whole: Floats, other: Floats, frozen: Mapping[tuple[str, str], Floats]) -> VarianceSplit:
    """Return the indices from runs of A, of B, and of B with each cause from A, (samples, headline) each."""
    middle = (whole.mean(axis=0) + other.mean(axis=0)) / 2
    square = ((whole - middle) ** 2 + (other - middle) ** 2) / 2
    variance = square.mean(axis=0)
    variance[variance < STEADY**2] = np.inf
    shares, total, influence = [], np.zeros(whole.shape[1]), np.zeros_like(whole)
    for (kind, group), shared in frozen.items():
        product = (whole - middle) * (shared - other)
        index = product.mean(axis=0) / variance
        effect = (product - index * square) / variance
        total, influence = total + index, influence + effect
        shares.append(Share(kind, group, _row(index), _row(_error(effect))))
    return VarianceSplit(
        samples=whole.shape[0],
        mean=_row(whole.mean(axis=0)),
        deviation=_row(np.where(np.isfinite(variance), whole.std(axis=0), 0.0)),
        shares=tuple(shares),
        total=_row(total),
        total_error=_row(_error(influence)),
    )


def _error(influence: Floats) -> Floats:
    return influence.std(axis=0) / np.sqrt(influence.shape[0])


def _row(values: Floats) -> tuple[float, ...]:
    return tuple(map(float, values))


def _groups(case: Case) -> dict[str, Items]:
    """Return the items of each cluster, and the lone items as one more group."""
    members = {cluster.name: read_items(case, cluster.items) for cluster in case.clusters_in_force}
    return members | ({ALONE: read_items(case, case.lone_items)} if case.lone_items else {})


def _sample(model: Model, rng: np.random.Generator, count: int) -> Sample:
    """Draw every input from its elicited distribution."""
    case, steps = model.case, model.steps
    prior = case.priors.hypotheses
    weight = rng.dirichlet(prior.concentration * np.array([prior.weights[h] for h in case.hypothesis_ids]), size=count)
    clusters = [name for name in model.groups if name != ALONE]
    shape = steps[0].location.shape if steps else (0,) * 3
    kappa = case.priors.persistence
    shared = rng.standard_normal((count, shape[0], 1, 1)) * np.sqrt(kappa)
    return Sample(
        weight=weight,
        gamma=_beta(rng, case.priors.discrimination, count),
        correlation={
            name: np.minimum(_beta(rng, case.priors.cluster_correlation(name), count), CLOSEST) for name in clusters
        },
        noise={name: rng.standard_normal((count, *items.location.T.shape)) for name, items in model.groups.items()},
        effect=shared + rng.standard_normal((count, *shape)) * np.sqrt(1 - kappa),
        winner=_winners(case, rng, count),
        width=rng.integers(max(1, len(steps)), size=(count, shape[0])),
    )


def _beta(rng: np.random.Generator, prior: BetaPrior, count: int) -> Floats:
    if prior.sd == 0:
        return np.full(count, prior.mean)
    return rng.beta(*beta_parameters(prior), size=count)


def _winners(case: Case, rng: np.random.Generator, count: int) -> Floats:
    """Draw P(winner), (samples, winner); one column unless an election is open."""
    if case.election is None or case.winner:
        return np.ones((count, 1))
    bare = case.changed(evidence=(), processes=(), outcomes=(), events=())
    return exact.draw(bare, exact.posterior(bare), count, int(rng.integers(2**31))).winner
