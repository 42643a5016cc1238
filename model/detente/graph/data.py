"""The numbers the PyMC model is given of the evidence: elicited parameters, and what was seen.

The exact engine prepares the same numbers by code of its own (:mod:`detente.exact`); nothing here is shared with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente import elicitation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detente.arrays import Floats, Integers
    from detente.case.likelihoods import Interval
    from detente.case.priors import BetaPrior
    from detente.case.schema import Case

EQUAL = 1e-9
"""Probits nearer to each other, and axes whose lengths differ by less of themselves, are taken to be the same."""


@dataclass(frozen=True)
class EvidenceData:
    """Items in force, by date.

    Shapes: ``location`` and ``spread`` (item, hypothesis); ``trust``, ``sign`` (+1 seen, -1 absent), ``loading`` (-1
    to 1, how the cluster's cause pulls) and ``cluster`` (item,), the latter an index into ``clusters`` or
    ``len(clusters)`` for an item that shares no cause.
    """

    items: tuple[str, ...]
    clusters: tuple[str, ...]
    correlation: tuple[BetaPrior, ...]
    location: Floats
    spread: Floats
    trust: Floats
    sign: Floats
    loading: Floats
    cluster: Integers


def evidence_data(case: Case) -> EvidenceData:
    """Collect the items in force of ``case``."""
    items = case.evidence_in_force
    home = {item.id: index for index, cluster in enumerate(case.clusters_in_force) for item in cluster.items}
    stated = [case.likelihoods[item.id][h] for item in items for h in case.hypothesis_ids]
    location, spread = elicitation.probit(stated, elicitation.widths_of(case).mass)
    shape = (len(items), len(case.hypotheses))
    names = tuple(cluster.name for cluster in case.clusters_in_force)
    return EvidenceData(
        items=tuple(item.id for item in items),
        clusters=names,
        correlation=tuple(case.priors.cluster_correlation(name) for name in names),
        location=location.reshape(shape),
        spread=spread.reshape(shape),
        trust=np.array([case.priors.trust(item) for item in items]),
        sign=np.array([1.0 if item.observed else -1.0 for item in items]),
        loading=_loadings(case),
        cluster=np.array([home.get(item.id, len(names)) for item in items], dtype=np.int64),
    )


def shares(case: Case) -> Floats:
    """Return how much each hypothesis counts in a mean over them."""
    stated = [case.priors.centre_weights[h] for h in case.hypothesis_ids]
    return np.divide(stated, sum(stated))


def _loadings(case: Case) -> Floats:
    """Return how the common cause of its cluster pulls on each item in force, from -1 to 1; 0 for an item alone."""
    loading: dict[str, float] = {}
    for cluster in {item.cluster for item in case.evidence_in_force if item.cluster}:
        members = [item for item in case.evidence if item.cluster == cluster]
        judged: list[Mapping[str, Interval]] = [case.likelihoods[item.id] for item in members]
        judged += [one.likelihoods for one in case.watched_in(cluster)]  # a yardstick too, though not seen yet
        pulls = _pulls(case, judged)
        for item, pull in zip(members, pulls, strict=False):
            loading[item.id] = abs(pull) * float(f"{item.loading}1") if item.loading else pull
    return np.array([loading.get(item.id, 0.0) for item in case.evidence_in_force])


def _pulls(case: Case, judged: Sequence[Mapping[str, Interval]]) -> list[float]:
    """Return how far items of a cluster lie along the first principal axis of their contrasts, weighted by the prior.

    An item is as far out as its contrast is long, beside the longest, and counts for the square of its cosine to the
    axis; its sign says on which side it lies, of which the positive one is that of the first hypothesis on either.  If
    several axes are the longest, the one among them is taken on which the levels lie; if they lie on none, an item is
    as far out as its level is, beside the largest probit.
    """
    share = shares(case)
    stated = [row[h] for row in judged for h in case.hypothesis_ids]
    probits = elicitation.probit(stated, elicitation.CLAIM)[0].reshape(len(judged), share.size)
    level = (probits * share).sum(axis=1)
    speaks = (np.abs(probits - probits[:, :1]) > EQUAL).any(axis=1)
    if not speaks.any():
        return [0.0] * len(judged)
    apart = np.where(speaks[:, None], probits - level[:, None], 0.0)
    axes, lengths, _ = np.linalg.svd(apart * np.sqrt(share), full_matrices=False)
    places = axes * lengths
    out = np.hypot.reduce(places, axis=1)
    first = lengths**2 >= lengths[0] ** 2 * (1 - EQUAL)
    place = places[:, 0]
    if first.sum() > 1:
        lies = places[:, first].T @ level
        most = np.abs(probits).max()
        is_nothing = np.hypot.reduce(lies) <= EQUAL * lengths[0] * most
        place = out * level / most if is_nothing else places[:, first] @ (lies / np.hypot.reduce(lies))
    cosine = np.divide(place, out, out=np.zeros_like(place), where=speaks)
    sides = place @ apart
    is_minus = sides[np.abs(sides) > EQUAL * np.abs(sides).max()][:1].sum() < 0
    pull = cosine * np.abs(cosine) * out / out.max() * (-1 if is_minus else 1)
    return [float(x) for x in pull]
