"""The register of a case: every item, with the weight it has or the reason why it has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente import exact

if TYPE_CHECKING:
    from detente.case.evidence import EvidenceItem
    from detente.case.schema import Case


@dataclass(frozen=True)
class Row:
    """An item; ``weight_db`` is for the leading hypothesis against the rest, given the items before it."""

    item: EvidenceItem
    weight_db: float | None
    note: str


@dataclass(frozen=True)
class Register:
    """All items by date, and the hypothesis their weights are for."""

    towards: str
    rows: tuple[Row, ...]


def register(case: Case) -> Register:
    """Return the register of a case as of its cut-off."""
    found = exact.posterior(case)
    lead = int(found.probability.argmax())
    weights = dict(zip((item.id for item in case.evidence_in_force), found.item_weight_db[:, lead], strict=True))
    rows = [
        Row(item, float(weights[item.id]) if item.id in weights else None, _note(item, counts=item.id in weights))
        for item in sorted(case.evidence, key=lambda item: item.date)
    ]
    return Register(case.hypothesis_ids[lead], tuple(rows))


def _note(item: EvidenceItem, *, counts: bool) -> str:
    if item.retracted_on is not None and not counts:
        return f"withdrawn on {item.retracted_on}: {item.retracted_because}"
    if not counts:
        return f"not seen so far, expected by {item.expected_by}"
    return "" if item.observed else "not seen"
