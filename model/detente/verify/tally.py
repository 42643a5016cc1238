"""The record of a case counted a third time, in whole days, for the likelihood of simulated data.

Neither engine's counting is used, so that a slip in one of them is not simulated along with it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detente.arrays import Flags, Floats, Integers
    from detente.case.processes import Event, Transition
    from detente.case.schema import Case

COUNTS = ("made", "log_multiplier", "days")


@dataclass(frozen=True)
class Tally:
    """The record of the processes: transitions, log multipliers and days at risk, each (transition, regime).

    Where the days of steps are not known there is one more axis in front: each way in which they may be dated.  After a
    vote that is not called there are the ways under each ``winner`` (way,), an index; else that is None.
    """

    made: Floats
    log_multiplier: Floats
    days: Floats
    at_once: Flags
    winner: Integers | None = None

    @property
    def ways(self) -> tuple[Floats, ...]:
        """The three by way of dating, (way, transition, regime), also where there is one way only."""
        counts = self.made, self.log_multiplier, self.days
        return counts if self.made.ndim == 3 else tuple(part[None] for part in counts)  # noqa: PLR2004 - as above


def tally(case: Case) -> Tally:
    """Tally the record in whole days, once for each way in which its steps may be dated, and for each open winner."""
    if case.open_winners:
        each = [tally(case.if_called(winner)) for winner in case.open_winners]
        made, log_multiplier, spent = map(np.concatenate, zip(*(one.ways for one in each), strict=True))
        winner = np.repeat(np.arange(len(each)), len(made) // len(each))
        return Tally(made, log_multiplier, spent, each[0].at_once, winner)
    histories = [case.history(process.id) for process in case.processes]
    unsure = [event for history in histories for event in history if not event.has_day]
    if not unsure:
        return _tally(case, histories)
    ways = []
    for days in product(*(range((event.last - event.first).days + 1) for event in unsure)):
        moved = {id(event): event.first + dt.timedelta(days=day) for event, day in zip(unsure, days, strict=True)}
        dated = [
            [event.changed(date=moved[id(event)]) if id(event) in moved else event for event in history]
            for history in histories
        ]
        if all(one.date <= other.date for history in dated for one, other in pairwise(history)):
            ways.append(_tally(case, dated))
    made, log_multiplier, spent = (np.array([getattr(way, name) for way in ways]) for name in COUNTS)
    return Tally(made, log_multiplier, spent, ways[0].at_once)


def _tally(case: Case, histories: Sequence[Sequence[Event]]) -> Tally:
    """Tally a record all of whose days are known, from one change of state or regime to the next."""
    shape = (len(case.transitions), len(case.regimes))
    made, log_multiplier, days = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    eve = case.election_eve
    events = [event for history in histories for event in history]
    state = {process.id: process.start.state for process in case.processes}
    changes = {process.start.date for process in case.processes} | {event.date for event in events}
    changes |= {case.information_cutoff, *([eve] if eve else []), *_turns(case)}
    calendar = sorted(day for day in changes if day <= case.information_cutoff)

    def shares(step: Transition, day: dt.date) -> Floats:
        stated = {case.pace_on(step, regime, day): share for regime, share in case.regimes_on(day).items()}
        return np.array([stated.get(regime, 0.0) for regime in case.regimes])

    for day, following in pairwise([*calendar, case.information_cutoff]):
        on_day, brought, held = [], [], {process.id: process.start.date < day for process in case.processes}
        for event in (event for event in events if event.date == day):
            step = next(
                one for one in case.process(event.process).successors(state[event.process]) if one.target == event.state
            )
            on_day.append(step)
            if held[event.process] and _expected(case, step, day):
                brought.append(step)
                held[event.process] = False
            state[event.process] = event.state
        for step in brought:
            _tally_occasion(case, step, day, state, (made, log_multiplier, days))
        for process in (process for process in case.processes if held[process.id]):
            _tally_occasion(case, None, day, state, (made, log_multiplier, days), process.successors(state[process.id]))
        for step in on_day:  # what is reached on a day speeds up the steps of that day
            row = case.transitions.index(step)
            made[row] += shares(step, day)
            log_multiplier[row] += shares(step, day) * np.log(multiplier(case, step, state))
        for row, step in enumerate(case.transitions if following > day else ()):
            if state[step.process] == step.source and case.process(step.process).start.date <= day:
                days[row] += shares(step, following) * multiplier(case, step, state) * (following - day).days
    at_once = np.array([regime.partition("/")[2] in case.occasion_ids for regime in case.regimes])
    return Tally(made, log_multiplier, days, at_once)


def _turns(case: Case) -> set[dt.date]:
    """Return the days with which a phase or an occasion ends, and those before they begin."""
    spans = [case.days_of(part) for part in (*(phase.id for phase in case.phases), *case.occasion_ids)]
    turns = {day for span in spans if span for day in (span[0].toordinal() - 1, span[1].toordinal())}
    return {dt.date.fromordinal(day) for day in turns if day > 0}


def _expected(case: Case, step: Transition, day: dt.date) -> dict[int, float]:
    """Return the parts of regimes in which a step is stated for an occasion of a day, with their shares of it."""
    shares = {case.occasion_on(step, regime, day): share for regime, share in case.regimes_on(day).items()}
    return {case.regimes.index(name): share for name, share in shares.items() if name}


def _tally_occasion(
    case: Case,
    step: Transition | None,
    day: dt.date,
    state: Mapping[str, str],
    into: tuple[Floats, Floats, Floats],
    rivals: Sequence[Transition] = (),
) -> None:
    """Add an occasion that brought a step, or none of those that were possible."""
    made, log_multiplier, days = into
    possible = rivals if step is None else case.process(step.process).successors(step.source)
    for rival in possible:
        row, factor = case.transitions.index(rival), multiplier(case, rival, state)
        for column, share in _expected(case, rival, day).items():
            if rival == step:
                made[row, column] += share
                log_multiplier[row, column] += np.log(factor)
            else:
                days[row, column] += share * factor
        if rival == step:
            return


def multiplier(case: Case, step: Transition, state: Mapping[str, str]) -> float:
    """Return the product of the couplings that act on a transition, given the state of every process."""
    multipliers = (
        rule.multiplier
        for rule in case.priors.couplings
        if (rule.process, rule.to) == (step.process, step.target)
        and state[rule.when.process] in case.process(rule.when.process).beyond[rule.when.reached]
    )
    return float(np.prod([*multipliers]))
