"""Track a case: the forecast as of each date on which something became known, and what became known then.

The forecast of each date uses the case as of that date.  From the horizon on there is no outcome left to forecast, and
only the hypotheses are tracked.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from detente import inference
from detente.case.loading import cutoff_faults
from detente.errors import CutoffError
from detente.forecast.outcomes import Headlines, headlines_of
from detente.parallel import Once, as_finished
from detente.settings import EngineName, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from detente.case import Case, CaseRecord
    from detente.inference import Posterior, Progress


PIECE = 4
"""Dates that one worker forecasts in a row."""
FEW = 4
"""Pieces that are done before a process has started to help."""


@dataclass(frozen=True)
class Arrival:
    """Something that became known; ``kind`` is item, silence, retraction, event, schedule or poll."""

    kind: str
    id: str


@dataclass(frozen=True)
class Point:
    """The headline probabilities as of one date; ``outcomes`` are by the horizon, and empty from the horizon on."""

    date: dt.date
    arrived: tuple[Arrival, ...]
    hypotheses: Mapping[str, float]
    outcomes: Mapping[str, float]


@dataclass(frozen=True)
class Replay:
    """The points of a replay in order; ``case`` is the whole case."""

    case: CaseRecord
    engine: EngineName
    points: tuple[Point, ...]
    left_out: tuple[dt.date, ...]


def track(
    case: CaseRecord,
    *,
    start: dt.date | None = None,
    end: dt.date | None = None,
    settings: Settings | None = None,
    executor: Executor | None = None,
    progress: Progress = inference.silent,
) -> Replay:
    """Track a whole case.

    Parameters
    ----------
    case
        A whole case (:func:`detente.case.read_record`), with its bulletins taken in.
    start, end
        First and last date; by default every date up to the cut-off on which the case can be forecast.
    settings
        Engine, draws and random seed; by default the exact engine.
    executor
        Where to run the forecasts; None runs them here.
    progress
        Called with the finished share.

    Raises
    ------
    CutoffError
        If it can be forecast on none of the dates.
    """
    settings = settings or Settings(engine="exact")
    last = end or case.information_cutoff
    arrivals = known(case, last)
    asked = [day for day in sorted({*arrivals, last}) if (start or day) <= day <= last]
    cuts_by_day = {day: case.as_of(day) for day in asked}
    possible = {day: cut for day, cut in cuts_by_day.items() if not cutoff_faults(cut, past_horizon=True)}
    if not possible:
        raise CutoffError(f"{case.id}: {_why_none(cuts_by_day, start, last)}")
    engine, cuts = inference.ENGINES[settings.engine], list(possible.values())
    if settings.engine == "nuts":
        progress("compiling the model", None)
    infer = Once(engine.prepare, case, max(possible), settings)
    pieces = [cuts[start : start + PIECE] for start in range(0, len(cuts), PIECE)]
    spread = executor if len(pieces) > FEW else None
    forecasts: dict[dt.date, Headlines] = {}
    for piece in as_finished(spread, partial(_forecast, infer), pieces):
        forecasts |= piece
        progress("replaying", len(forecasts) / len(cuts))
    points = []
    for day in possible:
        outcomes = {outcome: windows["horizon"] for outcome, windows in forecasts[day].outcomes.items()}
        points.append(Point(day, tuple(arrivals.get(day, ())), forecasts[day].hypotheses, outcomes))
    return Replay(case, settings.engine, tuple(points), tuple(day for day in asked if day not in possible))


def _why_none(cuts: Mapping[dt.date, Case], start: dt.date | None, last: dt.date) -> str:
    """Say why there is nothing to replay: no dates, or none on which a forecast can be made, and the last of them."""
    if not cuts:
        return f"the first date, {start}, is later than the last, {last}"
    dates = "the one date" if len(cuts) == 1 else f"any of the {len(cuts)} dates"
    faults = "; ".join(cutoff_faults(cuts[max(cuts)], past_horizon=True))
    return f"cannot be forecast on {dates} to replay: as of {max(cuts)}, {faults}"


def _forecast(infer: Once[Callable[[Case], Posterior]], cuts: Sequence[Case]) -> dict[dt.date, Headlines]:
    """Forecast a case as of several dates, in this process or a worker."""
    return {cut.information_cutoff: headlines_of(cut, infer()(cut)) for cut in cuts}


def known(case: CaseRecord, last: dt.date) -> dict[dt.date, list[Arrival]]:
    """Return what became known on each date, up to the last."""
    became_known: list[tuple[dt.date, str, str]] = []
    for item in case.evidence:
        if item.observed or item.expected_by is None:
            became_known.append((item.known_on, "item", item.id))
        else:  # a silence counts from the day after the item was due
            became_known.append((max(item.known_on, item.expected_by + dt.timedelta(days=1)), "silence", item.id))
        if item.retracted_on is not None:
            became_known.append((item.retracted_on, "retraction", item.id))
    became_known += [(event.known_on, "event", f"{event.process} > {event.state}") for event in case.events]
    if case.election is not None:
        became_known += [(row.known_from, "schedule", row.date.isoformat()) for row in case.election.schedule]
    became_known += [(poll.known_on, "poll", poll.pollster) for poll in case.polls]
    arrivals: dict[dt.date, list[Arrival]] = {}
    for day, kind, name in sorted(became_known, key=lambda row: row[0]):
        if day <= last:
            arrivals.setdefault(day, []).append(Arrival(kind, name))
    return arrivals
