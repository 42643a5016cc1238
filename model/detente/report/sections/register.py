"""Annex A, the evidence register: claim, date, source, locator, grade, and each likelihood with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.prose import count, date, name, percent
from detente.report.specs import Column, Group, Table

if TYPE_CHECKING:
    from detente.case.evidence import EvidenceItem
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast


@dataclass(frozen=True)
class Register:
    """All items of the case, those in force first."""

    items: str
    waiting: str
    table: Table | None


def build(dossier: Dossier) -> Register:
    """Build the register."""
    forecast = dossier.forecast
    inputs = forecast.inputs
    force = {item.id for item in inputs.evidence_in_force}
    waiting = tuple(item for item in inputs.evidence if item.id not in force)
    ordered = (*inputs.evidence_in_force, *waiting)
    columns = (
        Column("Hypothesis"),
        Column("Low", "number"),
        Column("Best", "number"),
        Column("High", "number"),
        Column("Because", "reason"),
    )
    groups = tuple(_group(forecast, item, counts=item.id in force) for item in ordered)
    caption = "Evidence register: how likely the assessor holds each indicator to be seen under each hypothesis"
    return Register(
        items=count(len(force), "item"),
        waiting=count(len(waiting), "item") if waiting else "",
        table=Table(caption, columns, groups) if groups else None,
    )


def _group(forecast: Forecast, item: EvidenceItem, *, counts: bool) -> Group:
    seen = "seen" if item.observed else "looked for and not seen"
    facts = [
        name(item.id),
        _standing(item, seen, counts=counts),
        date(item.date),
        f"expected by {date(item.expected_by)}" if item.expected_by else "",
        f"actor: {item.actor}" if item.actor else "",
        f"source: {item.source}{', ' + item.locator if item.locator else ''}",
        f"grade {item.grade}",
        f"cluster: {name(item.cluster)}" if item.cluster else "no cluster",
    ]
    likelihoods = forecast.inputs.likelihoods.get(item.id, {})
    rows = tuple(
        (name(key), percent(stated.low), percent(stated.mid), percent(stated.high), stated.because)
        for key, stated in likelihoods.items()
    )
    return Group(rows, item.claim, " · ".join(fact for fact in facts if fact))


def _standing(item: EvidenceItem, seen: str, *, counts: bool) -> str:
    """Say whether an item counts, and if not why."""
    if counts:
        return seen
    if item.retracted_on is not None:
        return f"withdrawn on {date(item.retracted_on)}: {item.retracted_because}"
    return f"not counted yet: {seen} so far"
