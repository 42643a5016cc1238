"""The factors of the evidence, each a function of gamma on a grid of its own, carried to common nodes."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from detente.case.priors import BetaPrior
from detente.exact.clusters import Block, ClusterMarginal, at_nodes, cluster_marginal
from detente.exact.evidence import (
    SAME,
    Items,
    alone,
    is_alike,
    keep,
    loadings_of,
    product_alone,
    read_apart,
    read_items,
)
from detente.exact.quadrature import chebyshev_nodes, interpolation_matrix
from detente.exact.reading import Steps, read_steps, rows_of
from detente.exact.record import marginal_by_winner, with_and_without
from detente.frozen import Immutable
from detente.parallel import in_order, processors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from detente.arrays import Floats
    from detente.case.evidence import Cluster, EvidenceItem
    from detente.case.schema import Case

SEVERAL = 32
"""From so many on, clusters are integrated by several threads; numpy lets them run side by side."""
AHEAD = 8
"""Clusters that each of them has before it."""
MANY = 1000
"""Items in clusters from which on it is worth compiling the integrals of these, and none keeps its grid."""
REMEMBERED = 128
"""Clusters whose integrals are kept."""
TWO = 2
GAMMA_GRID = 33
"""Chebyshev points for single items and records, whose cost is small."""


type Without = dict[tuple[int, bytes], Floats]
"""log m of a cluster without one of its items, by its place and the loadings of the others."""


class ClusterGrid(Immutable):
    """Items in force that share a cause: their rows, what they say, and the grid posterior draws need."""

    id: str
    rows: tuple[int, ...]
    items: Items
    blocks: tuple[Block, ...]


class Factors(Immutable):
    """The logs of everything the posterior multiplies.

    Shapes: ``whole[f]`` (gamma, hypothesis), of lone items, then clusters, then processes; for each item by date,
    ``step[i]`` what it adds to the items before it and ``own[i]`` what leaving it out takes away, both (gamma,
    hypothesis); ``own_record``, by process, what leaving its record out takes away; ``winner``, by winner, log P(w,
    record) of what depends on one who is not known, else empty.  Each has the gamma grid it needs; :meth:`at` carries
    it to other nodes.
    """

    whole: tuple[Floats, ...]
    step: tuple[Floats, ...]
    own: tuple[Floats, ...]
    loners: tuple[Items, ...]
    clusters: tuple[ClusterGrid, ...]
    processes: int
    hypotheses: int
    steps: tuple[Steps, ...]
    is_fixed: bool
    own_record: tuple[Floats, ...] = ()
    winner: tuple[Floats, ...] = ()

    @cached_property
    def _matrices(self) -> dict[tuple[int, bytes], Floats]:
        """Return what :meth:`matrix` remembers."""
        return {}

    def carried(self, parts: Sequence[Floats], nodes: Floats) -> Floats:
        """Carry factors, each from its own grid, to ``nodes``: (part, gamma, hypothesis)."""
        carried = np.empty((len(parts), nodes.size, self.hypotheses))
        by_size: dict[int, list[int]] = {}
        for place, part in enumerate(parts):
            by_size.setdefault(part.shape[0], []).append(place)
        for places in by_size.values():
            stacked = np.array([parts[place] for place in places])
            carried[places] = stacked if self.is_fixed else self.matrix(stacked.shape[1], nodes) @ stacked
        return carried

    def total(self, nodes: Floats) -> Floats:
        """Return the sum of all factors at ``nodes``, (gamma, hypothesis)."""
        by_size: dict[int, Floats] = {}
        for part in self.whole:
            by_size[part.shape[0]] = by_size.get(part.shape[0], 0.0) + part
        return self.carried(tuple(by_size.values()), nodes).sum(axis=0)

    @property
    def of_clusters(self) -> tuple[Floats, ...]:
        """The factors of the clusters."""
        end = len(self.whole) - self.processes
        return self.whole[end - len(self.clusters) : end]

    @property
    def of_processes(self) -> tuple[Floats, ...]:
        """The factors of the processes' records."""
        return self.whole[len(self.whole) - self.processes :]

    def at(self, values: Floats, nodes: Floats) -> Floats:
        """Carry values (gamma, ...) from their Chebyshev grid to ``nodes``; a fixed gamma has one node only."""
        if self.is_fixed:
            return values
        return np.tensordot(self.matrix(values.shape[0], nodes), values, axes=1)

    def matrix(self, size: int, nodes: Floats) -> Floats:
        """Return the matrix that carries values at so many Chebyshev points to ``nodes``."""
        key = (size, nodes.tobytes())
        if key not in self._matrices:
            self._matrices[key] = interpolation_matrix(size, nodes)
        return self._matrices[key]


def factors(case: Case, *, in_full: bool = True, like: Factors | None = None) -> Factors:
    """Work out every factor of the evidence of ``case``; unless ``in_full``, only the ``whole`` of each.

    ``like`` are those of a case with the same processes, judged alike, whose factors are taken over.
    """
    items, prior = case.evidence_in_force, case.priors.discrimination
    row = {item.id: index for index, item in enumerate(items)}
    fixed = np.array([prior.mean]) if prior.sd == 0 else None
    grid = chebyshev_nodes(GAMMA_GRID) if fixed is None else fixed
    whole: list[Floats] = []
    step: dict[int, Floats] = {}
    own: dict[int, Floats] = {}

    single = case.lone_items
    loners = (read_items(case, single),) if single else ()
    for item, log_likelihood in zip(single, alone(loners[0], grid) if loners else (), strict=True):
        step[row[item.id]] = own[row[item.id]] = log_likelihood
        whole.append(log_likelihood)

    clusters = []
    for cluster, (grid_of, log_marginal, steps_of, own_of) in zip(
        case.clusters_in_force, _clusters(case, fixed, in_full=in_full), strict=True
    ):
        rows = tuple(row[item.id] for item in cluster.items)
        whole.append(log_marginal)
        clusters.append(grid_of.changed(rows=rows))
        step |= zip(rows, steps_of, strict=in_full)
        own |= zip(rows, own_of, strict=in_full)

    if like is not None:
        steps, records, own_records, winner = like.steps, like.of_processes, like.own_record, like.winner
    else:
        steps = read_steps(case) if case.transitions else ()
        records, own_records, winner = _records(case, steps, grid)
    whole += records
    return Factors(
        whole=tuple(whole),
        step=tuple(step[index] for index in range(len(items))) if in_full else (),
        own=tuple(own[index] for index in range(len(items))) if in_full else (),
        loners=loners,
        clusters=tuple(clusters),
        processes=len(case.processes),
        hypotheses=len(case.hypotheses),
        steps=steps,
        is_fixed=fixed is not None,
        own_record=own_records,
        winner=winner,
    )


def factors_apart(case: Case, discrimination: BetaPrior) -> Factors:
    """Return the ``whole`` of the items in force, as though no two shared a cause and nothing else were known."""
    items = read_apart(case, case.evidence_in_force)
    grid = chebyshev_nodes(GAMMA_GRID) if discrimination.sd > 0 else np.array([discrimination.mean])
    whole = (product_alone(items, grid),)
    return Factors(whole, (), (), (), (), 0, len(case.hypotheses), (), is_fixed=discrimination.sd == 0)


def side_by_side[P, R](work_out: Callable[[P], R], clusters: Iterable[P], count: int) -> Iterator[R]:
    """Yield what a function makes of each cluster, in order; several threads work if their ``count`` is large.

    They are no further ahead than it takes to keep them busy, so that what they make does not pile up.
    """
    if count < SEVERAL:
        yield from map(work_out, clusters)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(processors()) as pool:
        yield from in_order(pool, work_out, clusters, AHEAD * processors())


def _records(
    case: Case, steps: tuple[Steps, ...], grid: Floats
) -> tuple[tuple[Floats, ...], tuple[Floats, ...], tuple[Floats, ...]]:
    """Return the factor of the record of each process, and what leaving it out takes away, (gamma, hypothesis).

    The third is log P(w, record) by winner, where the record has a say in who has won.
    """
    if not steps:
        nothing = (np.zeros((grid.size, len(case.hypotheses))),) * len(case.processes)
        return nothing, nothing, ()
    tables = [marginal_by_winner(steps, rows, grid) for rows in rows_of(case)]
    added, own = with_and_without(steps, tables)
    winner = tuple(sum(tables, steps[0].log_winner[:, None, None])) if steps[0].by_winner else ()
    return tuple(added), tuple(own), winner


def _without(
    case: Case,
    members: Sequence[EvidenceItem],
    place: int,
    read: Items,
    marginal: ClusterMarginal,
    fixed: Floats | None,
    remembered: Without,
) -> Floats:
    """Return log m of a cluster without one of its items, on the grid of the whole; the others may load otherwise."""
    if len(members) == TWO:  # of the one left the marginal is its own, whatever its loading
        return marginal.without[place]
    is_longest = np.abs(read.loading) > 1 - SAME
    if read.location.shape[1] == TWO and (is_longest.sum() > 1 or not is_longest[place]):
        return marginal.without[place]  # the others are measured by the longest contrast, which stays
    others = [item for item in members if item != members[place]]
    kept = keep(read, [row for row in range(len(members)) if row != place])
    if is_alike(turned := loadings_of(case, others, gone=(members[place],)), kept.loading):
        return marginal.without[place]
    key = place, turned.tobytes()
    if key not in remembered:
        grid = chebyshev_nodes(marginal.whole.shape[0]) if fixed is None else fixed
        remembered[key] = at_nodes(marginal.blocks, kept.changed(loading=turned), grid)
    return remembered[key]


def _clusters(
    case: Case, fixed: Floats | None, *, in_full: bool
) -> Iterator[tuple[ClusterGrid, Floats, Floats, Floats]]:
    """Yield of every cluster, in order, its grid (rows to be filled in), its factor, and those of its items."""
    shared = case.clusters_in_force
    many = sum(len(cluster.items) for cluster in shared) >= MANY

    def work_out(cluster: Cluster) -> tuple[ClusterGrid, Floats, Floats, Floats]:
        read, members = read_items(case, cluster.items), cluster.items
        prior = case.priors.cluster_correlation(cluster.name)
        marginal, known = _marginal(read, prior, fixed, in_full=in_full, many=many)
        grid = ClusterGrid(cluster.name, (), read, marginal.blocks)
        if not in_full:
            return grid, marginal.whole, marginal.prefix, marginal.without
        without = [_without(case, members, place, read, marginal, fixed, known) for place in range(len(members))]
        return grid, marginal.whole, np.diff(marginal.prefix, axis=0, prepend=0.0), marginal.whole - np.array(without)

    _ = case.evidence_of("")  # what the case remembers is worked out before threads ask for it
    yield from side_by_side(work_out, shared, len(shared))


def _marginal(
    items: Items, prior: BetaPrior, gamma: Floats | None, *, in_full: bool, many: bool
) -> tuple[ClusterMarginal, Without]:
    """Integrate one cluster, unless it was lately: from one date to the next most clusters stay as they are."""
    parts = (items.location, items.spread, items.trust, items.seen, items.loading, items.weights)
    shape, fixed = items.location.shape, None if gamma is None else float(gamma[0])
    return _remembered(shape, *(part.tobytes() for part in parts), prior.mean, prior.sd, fixed, in_full, many)


@lru_cache(maxsize=REMEMBERED)
def _remembered(
    shape: tuple[int, int],
    location: bytes,
    spread: bytes,
    trust: bytes,
    seen: bytes,
    loading: bytes,
    weights: bytes,
    mean: float,
    sd: float,
    fixed: float | None,
    in_full: bool,  # noqa: FBT001 - a key of what is remembered has no names
    many: bool,  # noqa: FBT001
) -> tuple[ClusterMarginal, Without]:
    items = Items(
        location=np.frombuffer(location).reshape(shape),
        spread=np.frombuffer(spread).reshape(shape),
        trust=np.frombuffer(trust).copy(),  # loops are compiled once more for arrays that are not to be written to
        seen=np.frombuffer(seen, dtype=np.bool_),
        loading=np.frombuffer(loading),
        weights=np.frombuffer(weights),
    )
    prior = BetaPrior.read({"mean": mean, "sd": sd, "because": "as stated"})
    gamma = None if fixed is None else np.array([fixed])
    return cluster_marginal(items, prior, gamma, in_full=in_full, many=many), {}
