"""The answer without an item, a cluster, an actor or a source: by formula, which equals deleting the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.analysis.results import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.analysis.reweighting import Basis
    from detente.case.schema import Case

SEPARATOR = ";"
"""Between the names of several actors, or several sources, of one item."""


def left_out(basis: Basis) -> tuple[LeftOut, ...]:
    """Leave out each item, each cluster of several, each actor and each source, one at a time.

    An actor or a source takes with it every item that names it, also beside others.
    """
    return tuple(
        LeftOut(kind, name, items, tuple(map(float, basis.weigh(basis.without(items)))))
        for kind, name, items in groups(basis.case)
    )


def groups(case: Case) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield kind, name and items of everything that can be left out."""
    for item in case.evidence_in_force:
        yield "item", item.id, (item.id,)
    for cluster in case.clusters_in_force:
        yield "cluster", cluster.name, tuple(item.id for item in cluster.items)
    for kind in ("actor", "source"):
        named: dict[str, list[str]] = {}
        for item in case.evidence_in_force:
            names = (part.strip() for part in getattr(item, kind).split(SEPARATOR))
            for name in dict.fromkeys(filter(None, names)):
                named.setdefault(name, []).append(item.id)
        for name, items in named.items():
            yield kind, name, tuple(items)
