"""Write a bulletin as text: one item with its likelihoods, or a retraction, as a person would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.case.editing import quoted_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


@dataclass(frozen=True)
class Judgement:
    """Low, mid and high under one hypothesis, as they were typed, and why."""

    low: str
    mid: str
    high: str
    because: str


@dataclass(frozen=True)
class Item:
    """One item as it was typed; blank is not said."""

    claim: str
    date: str
    source: str
    grade: str
    cluster: str
    actor: str = ""
    locator: str = ""
    expected_by: str = ""
    id: str = ""
    observed: bool = True


def compose_item(item: Item, cluster_reason: str, judgements: Mapping[str, Judgement]) -> str:
    """Return the bulletin of one item."""
    lines = [f"date: {item.date}", f"source: {quoted_text(item.source)}"]
    if cluster_reason:
        lines += ["clusters:", f"  {item.cluster}: {quoted_text(cluster_reason)}"]
    lines += ["evidence:", f"  - id: {item.id}", f"    claim: {quoted_text(item.claim)}"]
    lines += [f"    observed: {'yes' if item.observed else 'no'}"]
    lines += [f"    reliability: {item.grade[:1].upper()}", f"    credibility: {item.grade[1:]}"]
    for name in ("cluster", "actor", "locator", "expected_by"):
        if value := getattr(item, name):
            lines.append(f"    {name}: {value if name in {'cluster', 'expected_by'} else quoted_text(value)}")
    lines.append("    likelihoods:")
    for hypothesis, judged in judgements.items():
        numbers = f"low: {judged.low}, mid: {judged.mid}, high: {judged.high}" if judged.low else f"mid: {judged.mid}"
        lines.append(f"      {hypothesis}: {{{numbers}, because: {quoted_text(judged.because)}}}")
    return "\n".join(lines) + "\n"


def compose_retraction(item: str, because: str, date: dt.date) -> str:
    """Return the bulletin that withdraws one item."""
    return f"date: {date}\nretractions:\n  - {{id: {quoted_text(item)}, because: {quoted_text(because)}}}\n"
