"""Attribute the difference between two states of a case to the changes between them, one at a time.

At the earlier cut-off, priors are edited first, then items withdrawn and judged anew; then time passes, with each event
and each change of the election date on its day; then come polls, silences that now count, and new items, by date.  Each
stage is a whole case, so that contributions are exact and sum to the difference.  Their order affects each contribution
but not the sum.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - annotations are evaluated when a run is read back
from collections.abc import Mapping  # noqa: TC003 - as above
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.errors import IncomparableError
from detente.forecast.outcomes import headlines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.case.evidence import EvidenceItem
    from detente.case.schema import Case


@dataclass(frozen=True)
class Contribution:
    """What one change contributed: differences in probability.

    ``kind`` is ``question``, ``priors``, ``withdrawn``, ``rejudged``, ``corrected``, ``schedule``, ``time``, ``event``,
    ``polls``, ``silent``, ``added`` or ``other``; ``id`` names the item, or ``process > state``.  ``outcomes`` are by
    the horizon.
    """

    kind: str
    id: str
    date: dt.date | None
    hypotheses: Mapping[str, float]
    outcomes: Mapping[str, float]


@dataclass(frozen=True)
class ChangeSinceLast:
    """What an update changed: the exact answer before it, and the contribution of each change in order."""

    since: dt.date
    hypotheses: Mapping[str, float]
    outcomes: Mapping[str, float]
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True)
class Stage:
    """A case between the two, and the change that led to it: its kind, what changed, and its date."""

    kind: str
    id: str
    date: dt.date | None
    case: Case


def stages(before: Case, after: Case) -> tuple[Stage, ...]:
    """Return the stages from one case to another, both cut to their dates; the last one is ``after``.

    Raises
    ------
    IncomparableError
        The two do not weigh the same hypotheses.
    """
    if before.hypothesis_ids != after.hypothesis_ids:
        raise IncomparableError(before.hypothesis_ids, after.hypothesis_ids)
    kept: list[Stage] = []
    now, waiting = before, list[str]()
    for stage in _raw(before, after):
        waiting.append(stage.id)
        if stage.case.election is not None and not stage.case.election.schedule:
            continue  # no date of its election is known yet, and it cannot be forecast
        if now is not stage.case and _seen(now) != _seen(stage.case):
            kept.append(Stage(stage.kind, ", ".join(name for name in waiting if name), stage.date, stage.case))
        now, waiting = stage.case, []
    return tuple(kept)


def attribute(before: Case, after: Case) -> tuple[Contribution, ...]:
    """Return what each change between two cases contributes to P(hypothesis) and P(outcome by horizon)."""
    contributions, last = [], _answer(before)
    for stage in stages(before, after):
        here = _answer(stage.case)
        difference = [
            {name: new[name] - old.get(name, 0.0) for name in new} for old, new in zip(last, here, strict=True)
        ]
        contributions.append(Contribution(stage.kind, stage.id, stage.date, *difference))
        last = here
    return tuple(contributions)


def _answer(case: Case) -> tuple[dict[str, float], dict[str, float]]:
    numbers = headlines(case)
    return dict(numbers.hypotheses), {name: windows["horizon"] for name, windows in numbers.outcomes.items()}


def _raw(before: Case, after: Case) -> Iterator[Stage]:
    """Yield every stage, even if it changes nothing or cannot be forecast."""
    now = _with_question(before, after)
    yield Stage("question", "", None, now)
    judged = {name: getattr(after, name) for name in ("priors", "intensities", "calibration")}
    now = now.changed(**judged).as_of(before.information_cutoff)
    yield Stage("priors", "", None, now)
    for part in (_items, _course):
        for stage in part(now, after):
            now = stage.case
            yield stage
    fresh_polls = sum(poll not in now.polls for poll in after.polls)
    now = now.changed(polls=after.polls)
    yield Stage("polls", str(fresh_polls), None, now)
    kept = {item.id for item in now.evidence}
    known = {item.id for item in before.evidence}
    fresh = [item for item in after.evidence_in_force if item.id not in kept]
    for item in sorted(fresh, key=lambda item: (item.id not in known, item.date)):
        now = _with_item(now, item, after)
        yield Stage("silent" if item.id in known else "added", item.id, item.date, now)
    yield Stage("other", "", None, after)


def _with_question(before: Case, after: Case) -> Case:
    """Return the earlier case with the questions of the later one."""
    if _question(before) == _question(after):
        return before
    names = ("hypotheses", "horizon", "processes", "outcomes", "intensities", "priors", "calibration", "clusters")
    changed = before.changed(**{name: getattr(after, name) for name in names})
    winners = (case.election.winners if case.election else () for case in (before, after))
    return changed if len(set(winners)) == 1 else changed.changed(election=after.election)


def _question(case: Case) -> tuple[Any, ...]:
    """Return the questions of a case, without the starts of processes, which rolled priors change."""
    processes = tuple((process.id, process.states, process.transitions) for process in case.processes)
    return processes, case.outcomes, case.horizon, case.winner_ids


def _items(now: Case, after: Case) -> Iterator[Stage]:
    """Withdraw items, judge items anew, and set aside silences that will count only later."""
    later = {item.id: item for item in after.evidence}
    in_force = {item.id for item in after.evidence_in_force}
    for item in now.evidence:
        there = later.get(item.id)
        if there is None or (there.retracted_on is not None and item.retracted_on is None):
            now = _without_item(now, item)
            yield Stage("withdrawn", item.id, there.retracted_on if there else None, now)
        elif there != item or after.likelihoods[item.id] != now.likelihoods[item.id]:
            now = _with_item(_without_item(now, item), there, after)
            yield Stage("rejudged", item.id, there.date, now)
    for item in now.evidence:
        if item.id in in_force and not item.in_force(now.information_cutoff):
            now = _without_item(now, item)
    yield Stage("", "", None, now)


def _course(now: Case, after: Case) -> Iterator[Stage]:
    """Let time pass, with each event and each change of the election's date on its day."""
    now = now.changed(events=tuple(event for event in now.events if event in after.events))
    yield Stage("corrected", "events", None, now)
    turns: list[tuple[dt.date, str, str, dict[str, Any]]] = []
    if now.election is not None and after.election is not None:
        fresh = [row for row in after.election.schedule if row not in now.election.schedule]
        turns += [(row.known_from, "schedule", row.date.isoformat(), {"row": row}) for row in fresh]
    turns += [
        (event.known_on, "event", f"{event.process} > {event.state}", {"event": event})
        for event in after.events
        if event not in now.events
    ]
    for day, kind, name, what in sorted(turns, key=lambda turn: (turn[0], turn[1] == "event")):
        if "row" in what and now.election is not None:
            # The new date first: the old one may be past by the day on which it was replaced.
            schedule = (*now.election.schedule, what["row"])
            now = now.changed(election=now.election.changed(schedule=schedule))
            yield Stage(kind, name, day, now)
        if day > now.information_cutoff:
            now = now.changed(information_cutoff=day)
            yield Stage("time", "", day, now)
        if "event" in what:
            now = now.changed(events=(*now.events, what["event"]))
            yield Stage(kind, name, day, now)
    now = now.changed(information_cutoff=after.information_cutoff, election=after.election)
    yield Stage("time", "", after.information_cutoff, now)


def _with_item(case: Case, item: EvidenceItem, source: Case) -> Case:
    likelihoods = {**case.likelihoods, item.id: source.likelihoods[item.id]}
    return case.changed(evidence=(*case.evidence, item), likelihoods=likelihoods)


def _without_item(case: Case, item: EvidenceItem) -> Case:
    return case.changed(evidence=tuple(other for other in case.evidence if other.id != item.id))


def _seen(case: Case) -> tuple[Any, ...]:
    """Return what the model sees of a case."""
    items = [
        (item.id, item.observed, item.grade, item.cluster, item.date, case.likelihoods[item.id])
        for item in sorted(case.evidence_in_force, key=lambda item: item.id)
    ]
    known = (case.information_cutoff, case.election, sorted(case.events, key=lambda event: (event.date, event.process)))
    judged = case.priors, case.intensities, case.calibration
    return items, known, case.polls, case.processes, case.outcomes, case.horizon, *judged
