"""The recorded history counted: transitions made and days at risk, between the days on which anything changed.

A day is at risk from the evening before to its own, and belongs to the regime and the phase that hold on it; on the day
of an occasion the steps that it may bring are at no other risk.

References
----------
Andersen, P. K. and Keiding, N. (2002), Multi-state models for event history analysis.  Stat. Methods Med. Res. 11.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from detente.case.undated import numbered, undated
from detente.frozen import Immutable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detente.arrays import Flags, Floats, Integers
    from detente.case.processes import Process, Transition
    from detente.case.schema import Case
    from detente.case.undated import Undated, Visit

LAST = dt.date.max.toordinal()
COUNTED = ("happened", "exposure", "constant")
"""What is counted of each transition in each regime."""


class UndatedCounts(Immutable):
    """Counted history at each combination of what is not known: the days of some steps, the winner of a vote, or both.

    ``rows`` are the transitions that they bear on, the first that to the first step; ``happened``, ``exposure`` and
    ``constant`` (combination, row, regime) as in :class:`Counts`.  ``winner`` (combination,) says under which winner
    (index) a combination is counted; None where it does not matter who has won.
    """

    rows: tuple[int, ...]
    happened: Floats
    exposure: Floats
    constant: Floats
    winner: Integers | None = None

    @cached_property
    def kinds(self) -> tuple[tuple[Integers, Integers], ...]:
        """For each row the first combination of each kind of counts, and the kind of each combination."""
        kinds = []
        for column in range(len(self.rows)):
            counts = np.concatenate([part[:, column] for part in (self.happened, self.exposure, self.constant)], axis=1)
            _, first, kind = np.unique(counts, axis=0, return_index=True, return_inverse=True)
            kinds.append((first, kind.ravel()))
        return tuple(kinds)

    def kind(self, column: int) -> Integers:
        """Return, for each combination, which of the transition's counts it has; several may have the same."""
        return self.kinds[column][1]


class Counts(NamedTuple):
    """The recorded history in counts, (transition, regime) each.

    ``happened`` (d), ``exposure`` (E, coupling-weighted days) and ``constant`` (log multipliers of the transitions
    made).  Transitions that days or a winner not known bear on have their counts in ``undated`` and none here.
    """

    happened: Floats
    exposure: Floats
    constant: Floats
    undated: tuple[UndatedCounts, ...]


def count(case: Case) -> Counts:
    """Count the record; after a vote that is not called, under each of its winners."""
    if winners := case.open_winners:
        return _by_winner([count(case.if_called(winner)) for winner in winners])
    groups = undated(case)
    combined = [combinations(case, group) for group in groups]
    first = {step: known[:1] for of_group in combined for step, known in of_group.items()}
    (happened,), (exposure,), (constant,) = count_dated(case, first)
    counted = []
    for group, known in zip(groups, combined, strict=True):
        rows = list(group.transitions)
        made, days, factor = (part[:, rows] for part in count_dated(case, first | known))
        counted.append(UndatedCounts(group.transitions, made, days, factor))
        for part in (happened, exposure, constant):
            part[rows] = 0.0
    return Counts(happened, exposure, constant, tuple(counted))


def _by_winner(counts: Sequence[Counts]) -> Counts:
    """Join the counts of a record under each winner: transitions that are counted alike under all of them stay."""
    groups = []
    for of_winner in zip(*(one.undated for one in counts), strict=True):
        parts = [np.stack([getattr(one, name) for one in of_winner]) for name in COUNTED]
        if all((part == part[0]).all() for part in parts):
            groups.append(of_winner[0])
        else:
            winner = np.repeat(np.arange(len(counts)), parts[0].shape[1])
            made, days, factor = map(np.concatenate, parts)
            groups.append(UndatedCounts(of_winner[0].rows, made, days, factor, winner))
    parts = [np.stack([getattr(one, name) for one in counts]) for name in COUNTED]  # (winner, transition, regime)
    differs = np.any([(part != part[0]).any(axis=(0, 2)) for part in parts], axis=0)
    for row in map(int, np.flatnonzero(differs)):
        made, days, factor = (part[:, [row]] for part in parts)
        groups.append(UndatedCounts((row,), made, days, factor, np.arange(len(counts))))
    happened, exposure, constant = (np.where(differs[:, None], 0.0, part[0]) for part in parts)
    return Counts(happened, exposure, constant, tuple(groups))


def combinations(case: Case, group: Undated) -> dict[Visit, Floats]:
    """Return the days of a group's steps that agree with the order of their processes, (combination,) by visit."""
    ranges = [np.arange(event.first.toordinal(), event.last.toordinal() + 1.0) for event in group.events]
    together = [days.ravel() for days in np.meshgrid(*ranges, indexing="ij")]
    days = dict(zip(group.visits, together, strict=True))
    possible = np.ones(together[0].size, dtype=bool)
    for process in {visit[0] for visit in group.visits}:
        path = [days[visit] for visit, _ in numbered(case, process) if visit in days]
        for earlier, later in pairwise(path):
            possible &= earlier <= later
    return {visit: known[possible] for visit, known in days.items()}


class Stay(NamedTuple):
    """A stay of a process in a state: from and until when (combination,), and the state it then left for, if any."""

    state: str
    since: Floats
    until: Floats
    target: str

    def holds(self, day: Floats) -> Flags:
        """Tell whether the process is there on days (combination, day), that of its coming included."""
        return (self.since[:, None] <= day) & ((day < self.until[:, None]) if self.target else np.isfinite(day))


class RiskPeriod(NamedTuple):
    """Days after ``start`` up to ``end``, and in which columns (regime,) a transition is at risk on them."""

    start: float
    end: float
    share: Floats


def count_dated(case: Case, days: Mapping[Visit, Floats]) -> tuple[Floats, Floats, Floats]:
    """Count transitions and exposure between the days on which a state, the regime or the phase changed.

    ``days`` (combination,) of the visits whose first day is not known; the result (combination, transition, regime)
    each.
    """
    ways = max((known.size for known in days.values()), default=1)
    shape = (ways, len(case.transitions), len(case.regimes))
    happened, exposure, constant = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    stays = {process.id: _stays(case, process, days, ways) for process in case.processes}
    bands = [_bands(case, step) for step in case.transitions]
    cutoff = float(case.information_cutoff.toordinal())
    edges = {cutoff, *(min(cutoff, band.end) for row in bands for band in row)}
    marks = [*(stay.since for row in stays.values() for stay in row), *(np.full(ways, edge) for edge in edges)]
    turns = np.sort(np.stack(marks, axis=1), axis=1)
    start, end = turns[:, :-1], turns[:, 1:]
    for row, step in enumerate(case.transitions):
        for stay in (stay for stay in stays[step.process] if stay.state == step.source):
            at_risk = (stay.since[:, None] <= start) & (end <= stay.until[:, None])
            weighted = at_risk * (end - start) * _factor(case, step, stays, start)
            for band in bands[row]:
                inside = (end > band.start) & (end <= band.end)
                exposure[:, row] += (weighted * inside).sum(axis=1)[:, None] * band.share
                if stay.target == step.target:
                    made = ((stay.until > band.start) & (stay.until <= band.end))[:, None] * band.share
                    happened[:, row] += made
                    constant[:, row] += made * np.log(_factor(case, step, stays, stay.until[:, None]))
    for occasion in case.occasions:
        if occasion.date is not None and occasion.date <= case.information_cutoff:
            for process in (one for one in case.processes if one.start.date < occasion.date):
                _count_occasion(case, process, occasion.date, stays, (happened, exposure, constant))
    return happened, exposure, constant


def _stays(case: Case, process: Process, days: Mapping[Visit, Floats], count: int) -> list[Stay]:
    """Return the stays of a process from its start to the cut-off."""
    stays, here, since = [], process.start.state, np.full(count, float(process.start.date.toordinal()))
    for visit, event in numbered(case, process.id):
        until = np.broadcast_to(days.get(visit, float(event.first.toordinal())), (count,))
        stays.append(Stay(here, since, until, event.state))
        here, since = event.state, until
    return [*stays, Stay(here, since, np.full(count, float(case.information_cutoff.toordinal())), "")]


def _bands(case: Case, step: Transition) -> list[RiskPeriod]:
    """Return the stretches of days in each of which a transition has one pace, or none on the day of an occasion."""
    spans = [span for part in case.parts_of(step) if (span := case.days_of(part)) is not None]
    ends = {edge for first, last in spans for edge in (first.toordinal() - 1, last.toordinal())}
    if case.election_eve is not None:
        ends.add(case.election_eve.toordinal())
    bands = []
    for start, end in pairwise([0, *sorted(end for end in ends if 0 < end < LAST), LAST]):
        share, day = np.zeros(len(case.regimes)), dt.date.fromordinal(end)
        for regime, part in case.regimes_on(day).items():
            if (stated := case.pace_on(step, regime, day)) is not None:
                share[case.regimes.index(stated)] = part
        bands.append(RiskPeriod(float(start), float(end), share))
    return bands


def _count_occasion(
    case: Case, process: Process, date: dt.date, stays: Mapping[str, list[Stay]], into: tuple[Floats, Floats, Floats]
) -> None:
    """Add an occasion of a day: the step it brought, and those before it in the order of the case that it did not.

    The process is where it was after the other steps of the day; it is moved once.
    """
    happened, exposure, constant = into
    day, count, moved = float(date.toordinal()), happened.shape[0], np.zeros(happened.shape[0], dtype=bool)
    stated = {
        step.id: {
            name: share
            for regime, share in case.regimes_on(date).items()
            if (name := case.occasion_on(step, regime, date))
        }
        for step in process.transitions
    }
    for stay in stays[process.id] if any(stated.values()) else ():
        brought = f"{process.id}:{stay.state}>{stay.target}"
        leaves = (stay.until == day) & bool(stated.get(brought)) & (stay.since <= day)
        present = (stay.since <= day) & ((stay.until > day) | (not stay.target)) & ~moved
        leaves &= ~moved
        open_ = present | leaves
        for step in process.successors(stay.state):
            row = case.transitions.index(step)
            factor = _factor(case, step, stays, np.full((count, 1), day))
            for name, share in stated[step.id].items():
                column = case.regimes.index(name)
                is_made = open_ & leaves & (step.id == brought)
                happened[:, row, column] += share * is_made
                constant[:, row, column] += np.log(factor[:, 0]) * is_made
                exposure[:, row, column] += share * (factor[:, 0] * (open_ & ~is_made))
            if stated[step.id]:
                open_ = open_ & ~(leaves & (step.id == brought))
        moved |= leaves


def _factor(case: Case, step: Transition, stays: Mapping[str, list[Stay]], day: Floats) -> Floats:
    """Return the product of the couplings in force on ``step`` on days (combination, day)."""
    factor = np.ones_like(day)
    for rule in case.priors.couplings:
        if rule.process == step.process and rule.to == step.target:
            beyond = case.process(rule.when.process).beyond[rule.when.reached]
            held = [stay.holds(day) for stay in stays[rule.when.process] if stay.state in beyond]
            if held:
                factor = np.where(np.any(held, axis=0), rule.multiplier * factor, factor)
    return factor
