"""The evidence of a case as a Bayesian network of discrete variables, for programs that know no continuous ones.

It is a tree, since formats and their readers differ in the order of a table with several parents: ``hypothesis``;
below it ``world``, a hypothesis with one value of the discrimination; below that each item that shares no cause,
``record``, a finding as likely as the recorded history, and for each source cluster a node that its items hang on.

What is continuous in the model is replaced by few states.  The discrimination takes Gauss-Jacobi nodes, as many as the
answer needs.  A cluster's states are, in each world, a few of thousands of nodes of a fine rule over its correlation
and common cause: non-negative least squares finds weights for them under which the probability of each item, of each
pair, of all that is on record, and of that without any one item are those of the fine rule (Tchakaloff's theorem says
that there are such).  So P(h | E) is that of the model; other findings than those on record come out close to it.

References
----------
Tchakaloff, V. (1957), Formules de cubatures mecaniques a coefficients non negatifs.  Bull. Sci. Math. 81.
Lawson, C. L. and Hanson, R. J. (1974), Solving Least Squares Problems (non-negative least squares).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import block_diag

from detente import exact
from detente.case.template import free
from detente.exact.evidence import Items, alone, read_items, together
from detente.exact.quadrature import beta_nodes, line, log_normal_weights, log_sum_exp
from detente.exchange.formats import to_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from detente.arrays import Floats
    from detente.case.evidence import EvidenceItem
    from detente.case.priors import BetaPrior
    from detente.case.schema import Case
    from detente.exact import ExactPosterior

HYPOTHESIS, WORLD, RECORD = "hypothesis", "world", "record"
SEEN, ABSENT = "seen", "absent"
AS_RECORDED, OTHERWISE = "as_recorded", "otherwise"
GAMMA_COUNTS = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
RHO_COUNT = 24
REACH, SPACING, NARROWEST = 9.0, 1.0, 0.01
"""Ends of the common cause's grid, and its spacing by the width of the integrand."""
CLOSE = 1e-9
"""How near to the exact answer the discrimination's nodes have to bring it."""
RANKS = (1e-10, 1e-9, 1e-8, 1e-7)
"""Shares of the largest singular value below which others are dropped; the next where least squares does not end."""
PAIRS_UP_TO = 12
"""Items of a cluster up to which their pairs are kept as well."""


@dataclass(frozen=True)
class Variable:
    """A variable: its states, its parent, and P(state | parent), (parent's state, state), or (state,) at the root.

    ``finding`` is the state that is on record, None if it is not observed; ``says`` describes it in one line.
    """

    name: str
    states: tuple[str, ...]
    parent: Variable | None
    table: Floats
    says: str
    finding: str | None = None


@dataclass(frozen=True)
class Network:
    """The nodes, parents first, and P(hypothesis | findings), from the tables and by the exact engine."""

    case: str
    title: str
    nodes: tuple[Variable, ...]
    posterior: Mapping[str, float]
    exact: Mapping[str, float]


def network(case: Case) -> Network:
    """Return the evidence of ``case`` as of its cut-off as a Bayesian network."""
    posterior, ids, taken = exact.posterior(case), case.hypothesis_ids, set[str]()

    def name(id_: str) -> str:
        """Return a name that every format takes: letters, digits and underscores, a letter first, each once."""
        taken.add(free_name := free(to_name(id_), taken))
        return free_name

    weights = np.array([case.priors.hypotheses.weights[h] for h in ids])
    gamma, gamma_weight = _discrimination(case, posterior)
    shares: Floats = np.asarray(weights / weights.sum(), dtype=np.float64)
    root = Variable(name(HYPOTHESIS), tuple(map(to_name, ids)), None, shares, case.question)
    worlds = tuple(f"{h}_g{number}" for h in root.states for number in range(gamma.size))
    values = ", ".join(f"g{number} {value:.6g}" for number, value in enumerate(gamma))
    says = f"A hypothesis with the share of every stated contrast that is real: {values}."
    of_worlds = np.kron(np.eye(weights.size), gamma_weight).astype(np.float64)
    world = Variable(name(WORLD), worlds, root, of_worlds, says)
    nodes = [root, world]
    record = posterior.factors.of_processes
    name_of_record = name(RECORD)
    if case.lone_items:
        seen = np.exp(alone(_all_seen(read_items(case, case.lone_items)), gamma)).transpose(0, 2, 1)
        nodes += [_item(item, name(item.id), world, chance) for item, chance in zip(case.lone_items, seen, strict=True)]
    for cluster in case.clusters_in_force:
        prior = case.priors.cluster_correlation(cluster.name)
        share, chances = _cluster(read_items(case, cluster.items), prior, gamma)
        states = tuple(f"{here}_c{number}" for here, of in zip(worlds, share, strict=True) for number in range(of.size))
        says = f"What the items of {cluster.name} share: a world with values of its correlation and common cause."
        home = Variable(name(f"cluster_{cluster.name}"), states, world, block_diag(*share), says)
        nodes += [home, *(_item(i, name(i.id), home, x) for i, x in zip(cluster.items, chances, strict=True))]
    if record:
        total = np.sum([posterior.factors.at(part, gamma) for part in record], axis=0).T.ravel()
        chance = np.exp(total - total.max())
        says = "The recorded history: as likely as it is in proportion to the largest, for only ratios count."
        table = np.stack([chance, 1 - chance], axis=-1)
        nodes.append(Variable(name_of_record, (AS_RECORDED, OTHERWISE), world, table, says, AS_RECORDED))
    return Network(
        case=case.id,
        title=case.title,
        nodes=tuple(nodes),
        posterior=dict(zip(ids, map(float, answer(nodes)), strict=True)),
        exact=dict(zip(ids, map(float, posterior.probability), strict=True)),
    )


def answer(nodes: Sequence[Variable]) -> Floats:
    """Return P(state of the root | findings), carried up the tree from its leaves, (state,)."""
    upward = {node.name: np.zeros(len(node.states)) for node in nodes}
    for node in reversed(nodes):
        here = upward[node.name]
        if node.finding is not None:
            here = np.where(np.array(node.states) == node.finding, here, -np.inf)
        with np.errstate(divide="ignore"):
            sent = log_sum_exp(np.log(node.table) + here, axis=-1) if node.parent else np.log(node.table) + here
        if node.parent is None:
            return np.asarray(np.exp(sent - log_sum_exp(sent, axis=0)))
        upward[node.parent.name] += sent
    raise AssertionError("a tree has a root")


def _item(item: EvidenceItem, name: str, parent: Variable, chance: Floats) -> Variable:
    """Return an item as a node; ``chance`` of seeing it, in the order of the parent's states."""
    flat = chance.ravel()
    table = np.stack([flat, 1 - flat], axis=-1)
    return Variable(name, (SEEN, ABSENT), parent, table, item.claim, SEEN if item.observed else ABSENT)


def _all_seen(items: Items) -> Items:
    return items.changed(seen=np.ones_like(items.seen))


def _discrimination(case: Case, posterior: ExactPosterior) -> tuple[Floats, Floats]:
    """Return nodes of the discrimination and their weights, as few as bring P(h | E) to the exact one."""
    prior = case.priors.discrimination
    log_prior = np.log([case.priors.hypotheses.weights[h] for h in case.hypothesis_ids])
    nodes, log_weight = beta_nodes(prior.mean, prior.sd, GAMMA_COUNTS[0])
    for number in GAMMA_COUNTS:
        nodes, log_weight = beta_nodes(prior.mean, prior.sd, number)
        total = np.zeros((nodes.size, log_prior.size))
        for part in posterior.factors.whole:
            total += posterior.factors.at(part, nodes)
        joint = log_prior + log_sum_exp(total + log_weight[:, None], axis=0)
        if np.abs(np.exp(joint - log_sum_exp(joint, axis=0)) - posterior.probability).max() < CLOSE:
            break
    weight = np.exp(log_weight)
    return nodes, weight / weight.sum()


def _cluster(items: Items, prior: BetaPrior, gamma: Floats) -> tuple[list[Floats], list[Floats]]:
    """Return the weights of a cluster's states in each world, and P(item seen | state of any world), item by item."""
    weights, chances = zip(*_fine(items, prior, gamma), strict=True)
    weight, seen = np.concatenate(weights), np.concatenate(chances, axis=-1)
    weight, seen = weight[weight > 0], seen[..., weight > 0]
    shares, kept = [], []
    for world in np.ndindex(seen.shape[1:3]):
        here = seen[:, *world]
        share = _sparse(_moments(items, here), weight / weight.sum())
        shares.append(share[share > 0])
        kept.append(here[:, share > 0])
    return shares, list(np.concatenate(kept, axis=1))


def _sparse(rows: Floats, weight: Floats) -> Floats:
    """Return non-negative weights, few of them positive, under which rows have the sums they have under ``weight``."""
    from scipy.optimize import nnls

    _, size, axes = np.linalg.svd(rows / (rows @ weight)[:, None], full_matrices=False)
    for rank in RANKS:
        kept = axes[size > rank * size[0]]
        with suppress(RuntimeError):  # rounding can keep it from ending
            share = np.asarray(nnls(kept, kept @ weight, maxiter=30 * len(kept))[0])
            return share / share.sum()
    return weight


def _fine(items: Items, prior: BetaPrior, gamma: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Yield the weights of a fine rule and P(item seen | h, gamma, node), for each correlation."""
    rho, log_weight = beta_nodes(prior.mean, prior.sd, RHO_COUNT)
    least = np.min(items.spread, axis=1) ** 2
    for value, log_share in zip(rho, log_weight, strict=True):
        narrow = 1 / np.sqrt(1 + (value / (1 - value + least)).sum()) if value < 1 else NARROWEST
        z = line(-REACH, REACH, SPACING * max(NARROWEST, float(narrow)))
        seen = np.exp(together(_all_seen(items), gamma, np.array([value]), z))[:, 0]
        yield np.exp(log_share + log_normal_weights(z)), seen.transpose(0, 2, 1, 3)


def _moments(items: Items, seen: Floats) -> Floats:
    """Return what the states of one world have to keep, at each node of the fine rule, (row, node)."""
    as_found = np.where(items.seen[:, None], seen, 1 - seen)
    rows = [np.ones_like(as_found[0]), as_found.prod(axis=0), *seen]
    rows += [np.delete(as_found, one, axis=0).prod(axis=0) for one in range(len(seen))]
    if len(seen) <= PAIRS_UP_TO:
        rows += [seen[one] * seen[other] for one, other in combinations(range(len(seen)), 2)]
    return np.array(rows)
