"""What an edit would do, before it is written: the difference of the file, and the answer with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente import exact
from detente.edit import draft
from detente.report.names import labels
from detente.report.prose import Chance, capital, chance, decibans, name

if TYPE_CHECKING:
    from detente.case import Case, CaseLocation
    from detente.edit import Draft, Edit
    from detente.exact import ExactPosterior
    from detente.serve.desk import Snapshot

OF_ITEMS = frozenset({"evidence", "likelihoods", "assessors", "inputs_sha256"})
"""What of a case its record of steps does not depend on."""


@dataclass(frozen=True)
class Moved:
    """A probability as the files have it, and as the edit would make it; ``before`` is None where there was none."""

    name: str
    before: Chance | None
    after: Chance


@dataclass(frozen=True)
class Weighed:
    """What one item does: its weight for the leading explanation, and the answer without it."""

    item: str
    towards: str
    weight: str
    without: Chance


@dataclass(frozen=True)
class Preview:
    """An edit not yet written, and what it would do."""

    draft: Draft
    moved: tuple[Moved, ...]
    weighed: Weighed | None


def preview(location: CaseLocation, snapshot: Snapshot, edit: Edit, item: str = "") -> Preview:
    """Return what an edit would do to a case, and to one item of it; the raises are those of :func:`draft`."""
    made = draft(location, edit)
    if made.record is None:
        return Preview(made, (), None)
    case = made.record.as_of(made.record.information_cutoff)
    before = None if snapshot.case is None else snapshot.posterior
    if before is None or snapshot.case is None:
        posterior = exact.posterior(case)
    elif not made.changes:
        posterior = before
    else:
        posterior = exact.posterior(case, like=before.factors if _differ_in_items(snapshot.case, case) else None)
    return Preview(made, moved(case, before, posterior), weighed(case, posterior, item))


def _differ_in_items(before: Case, after: Case) -> bool:
    """Tell whether two cases have the same processes, judged alike, and the same priors."""
    kept = type(after).model_fields.keys() - OF_ITEMS
    return all(getattr(before, name) == getattr(after, name) for name in kept)


def moved(case: Case, before: ExactPosterior | None, after: ExactPosterior) -> tuple[Moved, ...]:
    """Return every explanation, likeliest first."""
    rows = []
    for place, hypothesis in enumerate(case.hypotheses):
        was = None if before is None else chance(float(before.probability[place]))
        rows.append(Moved(capital(hypothesis.label), was, chance(float(after.probability[place]))))
    return tuple(sorted(rows, key=lambda row: -row.after.probability))


def weighed(case: Case, posterior: ExactPosterior, item: str) -> Weighed | None:
    """Return what one item does; None where it does not count."""
    places = [place for place, one in enumerate(case.evidence_in_force) if one.id == item]
    if not places:
        return None
    lead = int(np.argmax(posterior.probability))
    return Weighed(
        item=name(item),
        towards=labels(case)[case.hypothesis_ids[lead]],
        weight=decibans(float(posterior.item_weight_db[places[0], lead])),
        without=chance(float(posterior.without_item[places[0], lead])),
    )
