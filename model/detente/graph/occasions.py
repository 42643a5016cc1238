"""What the occasions of the record say: which brought a step, and which could have and did not.

The process is where it was after the other steps of the day, and an occasion moves it once.  Of the steps that compete,
those that come before the one that was made were not made.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from detente.case.phases import within
from detente.case.undated import numbered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from detente.arrays import Flags, Integers
    from detente.case.phases import Occasion
    from detente.case.processes import Process, Transition
    from detente.case.schema import Case
    from detente.case.undated import Visit


def past_occasions(case: Case) -> Iterator[tuple[Occasion, Process]]:
    """Yield each occasion held by the cut-off with each process that had begun before its day."""
    for occasion in case.occasions:
        for process in case.processes:
            if occasion.date is not None and process.start.date < occasion.date <= case.information_cutoff:
                yield occasion, process


def day_of(occasion: Occasion) -> int:
    """Return the day of an occasion that has one, as a number."""
    assert occasion.date is not None  # noqa: S101 - only what was held is asked for
    return occasion.date.toordinal()


def held(
    case: Case, occasion: Occasion, process: Process, entered: Mapping[Visit, Integers]
) -> Iterator[tuple[int, int, float, Flags, Flags]]:
    """Yield what an occasion that is past says of each step of a process that is stated for it.

    That is: the transition, the part of a regime, the share that the part has of the day, and in which combinations of
    days the step was made, and in which it could have been and was not.  ``entered`` has the days of all visits.
    """
    day, visits = day_of(occasion), tuple(visit for visit, _ in numbered(case, process.id))
    days = [entered[visit] for visit in visits]
    path = (process.start.state, *(state for _, state, _ in visits))
    parts = {(step.source, step.target): _parts(case, step, occasion) for step in process.transitions}
    # Where the process was after the other steps of the day, and where the occasion took it.
    place = np.zeros(max((known.size for known in days), default=1), np.int64)
    place = place + sum((known <= day).astype(np.int64) for known in days)
    taken = np.full(place.shape, -1)
    for number in reversed(range(len(days))):
        is_by_occasion = (days[number] == day) & bool(parts.get((path[number], path[number + 1])))
        place, taken = np.where(is_by_occasion, number, place), np.where(is_by_occasion, number + 1, taken)
    here, there = np.array(path)[place], np.array([*path, ""])[taken]
    for step in process.transitions:
        before = [one.target for one in process.successors(step.source)]
        before = before[: before.index(step.target)]
        is_missed = (here == step.source) & (there != step.target) & ~np.isin(there, before)
        for column, share in parts[step.source, step.target].items():
            yield case.transitions.index(step), column, share, (here == step.source) & (there == step.target), is_missed


def _parts(case: Case, step: Transition, occasion: Occasion) -> dict[int, float]:
    """Return the parts of regimes in which a step is stated for an occasion, with the share each has of its day."""
    on_day = case.regimes_on(dt.date.fromordinal(day_of(occasion)))
    shares = {within(regime, occasion.id): share for regime, share in on_day.items()}
    return {case.regimes.index(name): share for name, share in shares.items() if case.states(step, name)}
