"""The what-if of section 4: a switch for every item, cluster and record, and the tables a page works them with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

from markupsafe import Markup

from detente.estimative import ICD_203
from detente.report.names import hypotheses
from detente.report.prose import clean, decibans, name, span

if TYPE_CHECKING:
    from detente.exact.whatif import WhatIf, WhatIfPart
    from detente.forecast.result import Forecast


@dataclass(frozen=True)
class Switch:
    """One item: its place in its part, its claim, and a note of what it is."""

    index: int
    label: str
    note: str


@dataclass(frozen=True)
class SwitchGroup:
    """One part: ``shared`` items have a switch of their own above them; of a ``large`` one, one at a time."""

    index: int
    label: str
    shared: bool
    large: bool
    switches: tuple[Switch, ...]


def build(forecast: Forecast) -> SimpleNamespace | None:
    """Build the switches, or nothing where the forecast has no tables for them."""
    tables = forecast.what_if
    if tables is None or not tables.parts:
        return None
    prior = forecast.hypotheses[forecast.leading].prior
    return SimpleNamespace(
        groups=_groups(forecast, tables), hypotheses=hypotheses(forecast), prior=prior, data=_data(forecast, tables)
    )


def _groups(forecast: Forecast, tables: WhatIf) -> tuple[SwitchGroup, ...]:
    """Return the groups, heaviest first and the records last, each with its place in the tables."""
    weights = {item.id: item.weight_db[forecast.leading] for item in forecast.evidence}

    def rank(place: int) -> tuple[bool, float]:
        part = tables.parts[place]
        return part.kind == "record", -abs(sum(weights.get(key, 0.0) for key in part.items))

    return tuple(_group(forecast, i, tables.parts[i]) for i in sorted(range(len(tables.parts)), key=rank))


def _group(forecast: Forecast, index: int, part: WhatIfPart) -> SwitchGroup:
    if part.kind == "record":
        switches: tuple[Switch, ...] = tuple(
            Switch(place, f"The record of “{name(key)}”", _weight(forecast, key))
            for place, key in enumerate(part.items)
        )
    else:
        items = {item.id: item for item in forecast.inputs.evidence}
        switches = tuple(
            Switch(
                place,
                items[key].claim if items[key].observed else f"Not seen: {items[key].claim}",
                f"{name(key)} · {items[key].grade} · {_weight(forecast, key)}",
            )
            for place, key in enumerate(part.items)
        )
    return SwitchGroup(index, name(part.id), part.kind == "cluster", not part.every_subset, switches)


def _weight(forecast: Forecast, key: str) -> str:
    weights = {record.process: record.weight_db for record in forecast.records}
    weights |= {item.id: item.weight_db for item in forecast.evidence}
    return f"{decibans(weights[key][forecast.leading])} dB" if key in weights else ""


def _data(forecast: Forecast, tables: WhatIf) -> Markup:
    """Return the tables as JSON; no character of it can end a script element.

    The outer words are open to 0 and 1.
    """
    ids, last = list(forecast.hypotheses), len(ICD_203.bands) - 1
    content = {
        "prior": [forecast.hypotheses[key].prior for key in ids],
        "lead": ids.index(forecast.leading),
        "logWeights": tables.log_weights,
        "parts": [{"every": part.every_subset, "items": len(part.items), "rows": part.rows} for part in tables.parts],
        "words": [
            [band.low if index else 0.0, band.high if index < last else 1.0, band.word, span(band.word)]
            for index, band in enumerate(ICD_203.bands)
        ],
    }
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return Markup(clean(text).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704
