"""One model for all dates of a replay: built with every item, it is told by data which of them count on a date.

An item that does not count yet has no trust, no contrast and no cluster, so that its likelihood is a constant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente.case.election import ELECTION
from detente.case.undated import undated
from detente.graph.data import evidence_data
from detente.graph.record import LONGEST, record_data, undated_arrays

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from detente.arrays import Floats
    from detente.case.processes import Event
    from detente.case.schema import Case, CaseRecord


def whole_replay(record: CaseRecord, last: dt.date) -> Case:
    """Return the case that every date's items are part of: nothing retracted, no polls (the engine adds the winner)."""
    items = (item.changed(retracted_on=None, retracted_because=None) for item in record.evidence)
    # Of a step that was known by month before its day was known, the month: there is room in it for the day.
    steps = sorted((event for event in record.events if event.process != ELECTION), key=_width)
    returning = {process.id for process in record.processes if process.returns}
    widest: dict[tuple[str, str, int], Event] = {}
    for event in steps:
        standing = event.changed(replaced_on=None)
        widest[event.process, event.state, _visit(event, widest) if event.process in returning else 0] = standing
    kept = (*(event for event in record.events if event.process == ELECTION), *widest.values())
    return record.changed(evidence=tuple(items), events=kept, polls=(), horizon=max(record.horizon, last)).as_of(last)


def _visit(event: Event, known: Mapping[tuple[str, str, int], Event]) -> int:
    """Return the number of the visit that a step begins: a known one's, if one of the two steps corrects the other."""
    same = {key[2]: other for key, other in known.items() if key[:2] == (event.process, event.state)}
    for number, other in same.items():
        if event.first <= other.last and other.first <= event.last and event.known_on != other.known_on:
            return number
    return len(same)


def _width(event: Event) -> int:
    return LONGEST[event.precision]


def data_as_of(case: Case, whole: Case) -> dict[str, Floats | NDArray[np.int32]]:
    """Return the data of the model of ``whole`` that make it the model of ``case``, an earlier state of it."""
    record = record_data(case, undated(whole))
    data: dict[str, Floats | NDArray[np.int32]] = {}
    if record.transitions:
        data |= {"happened": record.happened, "exposure": record.exposure, "log_multiplier": record.log_multiplier}
        # The outside view knew less then.
        data |= {"intensity_location": record.location, "intensity_spread": record.spread}
    data |= undated_arrays(record)
    every, here = evidence_data(whole), evidence_data(case)
    if not every.items:
        return data
    rows = np.array([every.items.index(item) for item in here.items], dtype=np.int64)
    alone = len(every.clusters)
    home = np.array([*(every.clusters.index(name) for name in here.clusters), alone], dtype=np.int32)
    location, variance = np.zeros_like(every.location), np.ones_like(every.spread)
    trust, sign, loading = np.zeros_like(every.trust), np.ones_like(every.sign), np.ones_like(every.loading)
    cluster = np.full(every.cluster.shape, alone, dtype=np.int32)  # what pm.Data made of it
    if rows.size:
        location[rows], variance[rows] = here.location, here.spread**2
        trust[rows], sign[rows], loading[rows], cluster[rows] = here.trust, here.sign, here.loading, home[here.cluster]
    if every.clusters:
        data["item_loading"] = loading  # how an item is pulled depends on the items known by then
    return data | {
        "item_location": location,
        "item_variance": variance,
        "item_trust": trust,
        "item_sign": sign,
        "item_cluster": cluster,
    }
