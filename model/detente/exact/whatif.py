"""What a page needs to answer "what if this item, cluster or record were not there, and the prior were another?".

``P(h | what is switched on) ~ w_h int Beta(gamma) prod_p m_p(on, h, gamma) dgamma``, over parts p: a cluster, an item
that shares no cause, a process's record.  Each part's ``log m_p`` is tabulated on the gamma nodes for every subset of
its items, so that any setting is one sum over nodes: exact, and no harder than adding up rows.  A part with too many
items has the rows for all of them, for none, and for all but one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from detente.exact.evidence import is_alike, loadings_of, log_prior_weights, together
from detente.exact.quadrature import beta_nodes, chebyshev_nodes, log_sum_exp
from detente.exact.reading import rows_of
from detente.exact.record import marginal_by_winner, over_winners
from detente.frozen import Immutable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.arrays import Floats
    from detente.case.schema import Case
    from detente.exact.factors import ClusterGrid
    from detente.exact.posterior import ExactPosterior

GAMMA_COUNTS = (8, 12, 16, 24, 32, 48, 64)
TOLERANCE = 1e-9
SUBSETS_OF = 6
"""A part of more items than this has no row for every subset: 2^6 rows are 64."""
MOST_NUMBERS = 60_000
"""Numbers in all tables together: about half a megabyte of text."""
DECIMALS = 8

PartKind = Literal["cluster", "item", "record"]


class WhatIfPart(Immutable):
    """One part: its items (of a record the processes), and a row of log likelihoods for each setting of its switches.

    A row holds (gamma, hypothesis), flattened, and is known up to a constant.  With ``every_subset``, row number b has
    on the items whose bits are set in b (the first item is bit 0); else row 0 has none on, row 1 all, and row 2 + i all
    but item i.
    """

    id: str
    kind: PartKind
    items: tuple[str, ...]
    every_subset: bool
    rows: tuple[tuple[float, ...], ...]


class WhatIf(Immutable):
    """Log weights of the gamma nodes (they include the Beta density), and the parts."""

    log_weights: tuple[float, ...]
    parts: tuple[WhatIfPart, ...]


def what_if(case: Case, posterior: ExactPosterior) -> WhatIf | None:
    """Return the tables for ``case``, or None where even the smallest would be too large to ship."""
    nodes, log_weights = _nodes(case, posterior)
    width = nodes.size * len(case.hypotheses)
    sizes = [len(cluster.rows) for cluster in posterior.factors.clusters]
    made = posterior.factors
    records = _rows(made.processes, SUBSETS_OF) if made.winner else 2 * made.processes
    fixed = 2 * sum(len(items.trust) for items in made.loners) + records
    bound = next(
        (b for b in range(SUBSETS_OF, 0, -1) if width * (fixed + sum(_rows(n, b) for n in sizes)) <= MOST_NUMBERS), None
    )
    if bound is None:
        return None
    return WhatIf(tuple(map(float, log_weights)), _parts(case, posterior, nodes, bound))


def _rows(items: int, bound: int) -> int:
    return 2**items if items <= bound else 2 + items


def _nodes(case: Case, posterior: ExactPosterior) -> tuple[Floats, Floats]:
    """Return as few gamma nodes and log weights as give back the exact answer."""
    prior = case.priors.discrimination
    log_prior = log_prior_weights(case)
    nodes, log_weights = beta_nodes(prior.mean, prior.sd, GAMMA_COUNTS[0])
    for count in GAMMA_COUNTS:
        nodes, log_weights = beta_nodes(prior.mean, prior.sd, count)
        total = sum((posterior.factors.at(part, nodes) for part in posterior.factors.whole), np.zeros((1, 1)))
        joint = log_prior + log_sum_exp(total + log_weights[:, None], axis=0)
        if np.abs(np.exp(joint - log_sum_exp(joint, axis=0)) - posterior.probability).max() < TOLERANCE:
            break
    return nodes, log_weights


def _parts(case: Case, posterior: ExactPosterior, nodes: Floats, bound: int) -> tuple[WhatIfPart, ...]:
    """Return the parts in the order of ``Factors.whole``: single items, clusters, records."""
    made = posterior.factors
    none = np.zeros((nodes.size, len(case.hypotheses)))
    ids = [item.id for item in case.evidence_in_force]
    parts = [
        _part(item.id, "item", (item.id,), [none, made.at(table, nodes)], every_subset=True)
        for item, table in zip(case.lone_items, made.whole, strict=False)
    ]
    for cluster, whole in zip(made.clusters, made.of_clusters, strict=True):
        every = len(cluster.rows) <= bound
        masks = _masks(len(cluster.rows), every_subset=every)
        rows = [made.at(row, nodes) for row in _subsets(case, posterior, cluster, masks, whole.shape[0])]
        parts.append(_part(cluster.id, "cluster", tuple(ids[row] for row in cluster.rows), rows, every_subset=every))
    if made.winner:  # records that have a winner in common who is not known
        parts.append(_records(case, posterior, nodes))
        return tuple(parts)
    for process, table in zip(case.processes, made.of_processes, strict=True):
        parts.append(_part(process.id, "record", (process.id,), [none, made.at(table, nodes)], every_subset=True))
    return tuple(parts)


def _records(case: Case, posterior: ExactPosterior, nodes: Floats) -> WhatIfPart:
    """Return the records of all processes as one part: whether one counts changes what the others say of the winner."""
    made, several = posterior.factors, len(case.processes)
    grid = posterior.gamma if made.is_fixed else chebyshev_nodes(made.of_processes[0].shape[0])
    every = several <= SUBSETS_OF
    tables = [marginal_by_winner(made.steps, rows, grid) for rows in rows_of(case)]
    nothing, rows = np.zeros_like(tables[0]), []
    for mask in _masks(several, every_subset=every):
        kept = [table for is_on, table in zip(mask, tables, strict=True) if is_on]
        rows.append(made.at(over_winners(made.steps, [nothing, *kept]), nodes))
    ids = tuple(process.id for process in case.processes)
    return _part("record", "record", ids, rows, every_subset=every)


def _part(key: str, kind: PartKind, items: tuple[str, ...], rows: list[Floats], *, every_subset: bool) -> WhatIfPart:
    """Round the rows; a constant a row changes no probability, so that each is brought near zero."""
    flat = [np.round(np.broadcast_to(row, rows[0].shape) - row.max(), DECIMALS).ravel() for row in rows]
    return WhatIfPart(key, kind, items, every_subset, tuple(tuple(map(float, row)) for row in flat))


def _masks(items: int, *, every_subset: bool) -> Floats:
    """Return which items are on in each row, (row, item)."""
    if every_subset:
        return (np.arange(2**items)[:, None] >> np.arange(items) & 1).astype(float)
    return np.concatenate([np.zeros((1, items)), np.ones((1, items)), 1 - np.eye(items)])


def _subsets(
    case: Case, posterior: ExactPosterior, cluster: ClusterGrid, masks: Floats, gammas: int
) -> Iterator[Floats]:
    """Yield log m of the items on in each mask, (gamma, hypothesis), on a gamma grid of the cluster or of its own."""
    grid = posterior.gamma if posterior.factors.is_fixed else chebyshev_nodes(gammas)
    members = next(one.items for one in case.clusters_in_force if one.id == cluster.id)
    tables: list[tuple[Floats, list[Floats]]] = []
    rows = {}
    for number in np.argsort(-masks.sum(axis=1), kind="stable"):
        on = np.flatnonzero(masks[number])
        gone = [member for row, member in enumerate(members) if row not in on]
        loading = cluster.items.loading.copy()
        loading[on] = loadings_of(case, [members[row] for row in on], gone) if on.size else 0.0
        table = next((known for load, known in tables if is_alike(load[on], loading[on])), None)
        if table is None:
            items = cluster.items.changed(loading=loading)
            table = [together(items, grid, block.rho, block.z) for block in cluster.blocks]
            if len(tables) < masks.shape[1]:  # of two hypotheses one for each item whose contrast may be the longest
                tables.append((loading, table))
        parts = [
            log_sum_exp(np.tensordot(masks[number], values, axes=1) + block.log_weight, axis=(0, 3))
            for values, block in zip(table, cluster.blocks, strict=True)
        ]
        rows[int(number)] = log_sum_exp(np.stack(parts), axis=0)
    return (rows[number] for number in range(masks.shape[0]))
