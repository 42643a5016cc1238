"""Conflict among the items of evidence, and their prior predictive tail probability.

``conflict = log2 prod_i P(e_i) / P(E)`` is positive if the items contradict one another and negative if each makes the
others likelier.  The tail is the prior predictive probability of evidence (seen or not, for each item looked for) no
likelier than what came; if it is small under every hypothesis, none of them expects such evidence.

References
----------
Jensen, F. V., Chamberlain, B., Nordahl, T. and Jensen, F. (1991), Analysis in HUGIN of data conflict.  Uncertainty in
Artificial Intelligence 6.
Box, G. E. P. (1980), Sampling and Bayes' inference in scientific modelling and robustness.  JRSS A 143.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from detente.analysis.results import Conflict, Surprise
from detente.analysis.reweighting import FactorKey
from detente.exact.evidence import Items, alone, read_items, shrink, together, wrong_source
from detente.exact.quadrature import beta_nodes, line, log_normal_weights, log_sum_exp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.analysis.results import Verdict
    from detente.analysis.reweighting import Basis
    from detente.arrays import Flags, Floats, Integers
    from detente.case.schema import Case


REPLICATES = 1000
GAMMAS, RHOS = 5, 5
REACH, SPACING = 5.0, 0.5
AT_ONCE = 250_000
"""Multiplications in one product of matrices, so few that the library leaves it to one thread."""
RARE = 0.05
SLACK = 1e-9


@dataclass(frozen=True)
class ItemGroup:
    """Items that share a cause (or a lone item), with nodes to integrate over the cause and the correlation."""

    key: FactorKey
    items: Items
    rho: Floats
    log_weight: Floats
    z: Floats


def conflict(basis: Basis, random_seed: int, replicates: int = REPLICATES) -> Conflict:
    """Return the conflict of the whole evidence, between its clusters and within each."""
    case = basis.case
    gamma, log_gamma = beta_nodes(case.priors.discrimination.mean, case.priors.discrimination.sd, GAMMAS)
    groups = _groups(case)
    rng = np.random.default_rng([random_seed, 7])
    hypothesis = rng.choice(len(case.hypotheses), size=replicates, p=np.exp(basis.log_prior))
    node = rng.choice(gamma.size, size=replicates, p=np.exp(log_gamma - log_sum_exp(log_gamma, axis=0)))
    by_hypothesis = np.arange(replicates) % len(case.hypotheses)
    chances = []
    for group in groups:
        drawn = [_replicate(group, gamma[node], of, rng) for of in (hypothesis, by_hypothesis)]
        chances.append(_log_chance(group, gamma, np.concatenate([group.items.seen[None], *drawn])))
    parts = slice(1), slice(1, 1 + replicates), slice(1 + replicates, None)
    came, model, given = ([rows[part] for rows in chances] for part in parts)
    width = len(case.hypotheses)
    weights = basis.log_prior, log_gamma

    def surprise(name: str, places: Sequence[int]) -> tuple[Surprise, list[float]]:
        """Return it, and the chance under each hypothesis of evidence that is as likely as what came, or likelier."""
        nothing = np.zeros((1, gamma.size, width))
        here, drawn, drawn_h = (sum((rows[k] for k in places), nothing) for rows in (came, model, given))
        tail = float(np.mean(_mixed(drawn, *weights) <= _mixed(here, *weights) + SLACK))
        rows = [_under(drawn_h[by_hypothesis == h] if places else drawn_h, here, h, log_gamma) for h in range(width)]
        at_most, at_least = zip(*rows, strict=True)
        items = sum(groups[k].items.seen.size for k in places)
        within = _conflict(basis, [groups[k].key for k in places])
        return Surprise(name, items, within[0], tail, tuple(zip(within[1:], at_most, strict=True))), list(at_least)

    whole, at_least = surprise("all", range(len(groups)))
    clusters = tuple(surprise(group.key.id, [k])[0] for k, group in enumerate(groups) if group.items.seen.size > 1)
    between = whole.conflict - sum(row.conflict for row in clusters)
    return Conflict(whole, between, clusters, replicates, _verdict(case, whole, at_least))


def _conflict(basis: Basis, keys: Sequence[FactorKey]) -> list[float]:
    """Return the conflict of some groups together, under the model and then under each hypothesis, in bits."""
    case, gamma = basis.case, basis.closed_form.gamma
    joint = sum((basis.factor[key] for key in keys), np.zeros_like(basis.total))
    items = [item for key in keys for item in basis.members[key]]
    single = alone(read_items(case, items), gamma) if items else np.zeros((0, *joint.shape))
    weight = basis.log_weight[:, None]

    def chance(log_likelihood: Floats) -> Floats:
        """Return log P under the model, then under each hypothesis, (..., 1 + hypothesis)."""
        by_h = log_sum_exp(log_likelihood + weight, axis=-2)
        return np.concatenate([log_sum_exp(by_h + basis.log_prior, axis=-1)[..., None], by_h], axis=-1)

    bits = (chance(single).sum(axis=0) - chance(joint)) / np.log(2)
    return [float(value) for value in bits]


def _groups(case: Case) -> list[ItemGroup]:
    groups = []
    for group in case.groups_in_force:
        key, items = FactorKey.of(group), read_items(case, group.items)
        if group.id is not None:
            prior = case.priors.cluster_correlation(group.id)
            groups.append(ItemGroup(key, items, *beta_nodes(prior.mean, prior.sd, RHOS), line(-REACH, REACH, SPACING)))
        else:
            groups.append(ItemGroup(key, items, np.zeros(1), np.zeros(1), line(-REACH, REACH, 2 * REACH)))
    return groups


def _replicate(group: ItemGroup, gamma: Floats, hypothesis: Integers, rng: np.random.Generator) -> Flags:
    """Draw replicated evidence, (replicates, item), given the gamma and hypothesis of each replicate."""
    share = np.exp(group.log_weight - log_sum_exp(group.log_weight, axis=0))
    rho = group.rho[rng.choice(group.rho.size, size=gamma.size, p=share)]
    z = rng.standard_normal(gamma.size)
    positive = group.items.changed(seen=np.ones_like(group.items.seen))
    shrunk = shrink(positive, gamma)
    scale = np.sqrt(1 - rho[:, None, None] * positive.loading**2 + positive.spread.T**2)
    right = ndtr((shrunk + (np.sqrt(rho) * z)[:, None, None] * positive.loading) / scale)
    chance = positive.trust * right + (1 - positive.trust) * wrong_source(positive, shrunk)
    own = chance[np.arange(gamma.size), hypothesis]
    return rng.random(own.shape) < own


def _log_chance(group: ItemGroup, gamma: Floats, seen: Flags) -> Floats:
    """Return log P(what was seen | h, gamma) for each row of ``seen`` (rows, item): (rows, gamma, hypothesis).

    An item that is not seen contributes the log of the complement, so that all rows are one matrix product.
    """
    items = group.items
    yes, no = (
        together(items.changed(seen=np.full_like(items.seen, value)), gamma, group.rho, group.z)
        for value in (True, False)
    )
    grid = yes.shape[1:]
    weights = group.log_weight[:, None, None, None] + log_normal_weights(group.z)
    if group.rho.size == 1 and group.rho[0] == 0:  # no common cause: the nodes need not carry the normal density
        weights = np.broadcast_to(np.log(1 / group.z.size), weights.shape)
    packed = np.packbits(seen, axis=1)  # rows are told apart by their bytes
    _, first, place = np.unique(packed.view(f"V{packed.shape[1]}")[:, 0], return_index=True, return_inverse=True)
    patterns = seen[first]
    contrast = (yes - no).transpose(0, 2, 3, 1, 4).reshape(items.seen.size, -1)
    base = (no.sum(axis=0) + weights).transpose(1, 2, 0, 3).ravel()
    log_chance = np.empty((patterns.shape[0], *grid[1:3]))
    size = max(1, AT_ONCE // contrast.size)
    for start in range(0, patterns.shape[0], size):
        rows = patterns[start : start + size].astype(float) @ contrast
        rows += base
        log_chance[start : start + size] = log_sum_exp(rows.reshape(-1, *grid[1:3], grid[0] * grid[3]), axis=-1)
    return log_chance[place]


def _mixed(log_chance: Floats, log_prior: Floats, log_gamma: Floats) -> Floats:
    return log_sum_exp(log_chance + log_prior + log_gamma[:, None], axis=(-2, -1))


def _under(drawn: Floats, here: Floats, hypothesis: int, log_gamma: Floats) -> tuple[float, float]:
    """Return the chance given a hypothesis of evidence that is at most as likely as what came, and at least."""
    rows, own = (log_sum_exp(values[..., hypothesis] + log_gamma, axis=-1) for values in (drawn, here))
    return float(np.mean(rows <= own + SLACK)), float(np.mean(rows >= own - SLACK))


def _verdict(case: Case, whole: Surprise, at_least: Sequence[float]) -> Verdict:
    if not case.evidence_in_force:
        return "no_evidence"
    tails = [tail for _, tail in whole.by_hypothesis]
    if max(tails) < RARE:
        return "rare_under_every_hypothesis"
    if max(at_least) < RARE:
        return "better_than_chance"
    return "rare" if whole.tail < RARE else "expected"
