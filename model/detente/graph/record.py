"""The numbers the PyMC model is given of the record: elicited intensities, and exposure counted day by day.

The exact engine prepares the same numbers by code of its own (:mod:`detente.exact`); nothing here is shared with it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from detente import elicitation
from detente.case.phases import part_of
from detente.case.undated import numbered, undated
from detente.graph.occasions import day_of, held, past_occasions
from detente.graph.waiting import moved_levels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detente.arrays import Flags, Floats, Integers
    from detente.case.intensities import Intensity
    from detente.case.processes import Event, Transition
    from detente.case.schema import Case
    from detente.case.undated import Undated, Visit

LONGEST = {"day": 1, "month": 31, "year": 366}
"""Days of the longest month and the longest year."""
AT_ONCE = 5_000_000
"""Days counted in one array, all combinations taken together."""


@dataclass(frozen=True)
class UndatedData:
    """Counted history at each combination of the days of some steps of which only month or year is known.

    ``rows`` are the transitions that they bear on, the first that to the first step; ``happened``, ``exposure`` and
    ``log_multiplier`` (combination, row, regime); ``possible`` (combination,) is 0, or minus infinity for days that
    cannot be; ``at_once`` (regime,) are occasions.  After a vote that is not called there are the combinations of the
    first winner, then as many of the next.
    """

    rows: tuple[int, ...]
    happened: Floats
    exposure: Floats
    log_multiplier: Floats
    possible: Floats
    at_once: Flags


@dataclass(frozen=True)
class RecordData:
    """Transitions and the recorded history.

    Shapes: ``location``, ``spread`` (width, transition, hypothesis, regime), for each of the equally likely widths of
    the stated ranges; ``happened`` and ``exposure`` (days, weighted by the couplings) and ``log_multiplier`` of the
    transitions made (transition, regime); ``at_once`` (regime,), which of them are occasions, whose intensity is the
    number to be expected on the day.
    After a vote that is not called the counts have one more axis in front, that of its ``winners``.
    Transitions that days not known bear on have their counts in ``undated`` and none here.
    """

    transitions: tuple[str, ...]
    regimes: tuple[str, ...]
    location: Floats
    spread: Floats
    happened: Floats
    exposure: Floats
    log_multiplier: Floats
    at_once: Flags
    undated: tuple[UndatedData, ...] = ()
    winners: tuple[str, ...] = ()


def record_data(case: Case, frame: tuple[Undated, ...] | None = None) -> RecordData:
    """Collect the transitions of ``case`` and count its history.

    ``frame`` are the steps whose day may not be known, if the model was built for others than those of ``case``.
    """
    if case.open_winners:
        return _under_each_winner([record_data(case.if_called(winner), frame) for winner in case.open_winners], case)
    steps, regimes = case.transitions, case.regimes
    stated = [_stated(case, step, h, g) for step in steps for h in case.hypothesis_ids for g in regimes]
    days = np.array([row.within_days for row in stated])
    widths = elicitation.widths_of(case)
    location, spread = elicitation.log_intensity(stated, days, widths)
    shape = (widths.deviations.size, len(steps), len(case.hypotheses), len(regimes))
    groups = undated(case) if frame is None else frame
    known = dict(visit for process in case.processes for visit in numbered(case, process.id))
    dated = {visit: np.array([event.first.toordinal()]) for visit, event in known.items()}
    at_once = np.array([part_of(regime) in case.occasion_ids for regime in regimes])
    counted = []
    for group in groups:
        mine, possible = _days(group, known)
        counts = _count(case, dated | {visit: days for visit, days in mine.items() if visit in known})
        possible &= _in_order(case, mine)
        rows = list(group.transitions)
        made, days, multiplied = (part[:, rows] for part in counts)
        within = np.where(possible, 0.0, -np.inf)
        counted.append(UndatedData(group.transitions, made, days, multiplied, within, at_once))
    (happened,), (exposure,), (log_multiplier,) = _count(case, dated)
    for part in (happened, exposure, log_multiplier):
        part[[row for group in groups for row in group.transitions]] = 0.0
    moved, factor = moved_levels(case) or (0.0, 1.0)
    return RecordData(
        transitions=tuple(step.id for step in steps),
        regimes=regimes,
        location=location.reshape(shape) + moved,
        spread=spread.reshape(shape) * factor,
        happened=happened,
        exposure=exposure,
        log_multiplier=log_multiplier,
        at_once=at_once,
        undated=tuple(counted),
    )


def _under_each_winner(records: Sequence[RecordData], case: Case) -> RecordData:
    """Return the record as it is counted under each of the winners that a vote may have."""
    counts = ("happened", "exposure", "log_multiplier")
    groups = tuple(
        replace(of[0], **{name: np.concatenate([getattr(one, name) for one in of]) for name in (*counts, "possible")})
        for of in zip(*(record.undated for record in records), strict=True)
    )
    happened, exposure, log_multiplier = (np.stack([getattr(record, name) for record in records]) for name in counts)
    return replace(
        records[0],
        happened=happened,
        exposure=exposure,
        log_multiplier=log_multiplier,
        undated=groups,
        winners=case.open_winners,
    )


def _stated(case: Case, step: Transition, hypothesis: str, regime: str) -> Intensity:
    """Return the stated intensity; of a step on an occasion, given that none of those that come before it is made."""
    stated = case.intensity(step, hypothesis, regime)
    if part_of(regime) not in case.occasion_ids or not case.states(step, regime):
        return stated
    rivals = case.process(step.process).successors(step.source)
    before = [one for one in rivals[: rivals.index(step)] if case.states(one, regime)]
    left = 1 - sum(case.intensity(one, hypothesis, regime).mid for one in before)
    return stated.changed(mid=stated.mid / left)


def widths_given_days(
    group: UndatedData,
    log_intensity: Floats,
    hypothesis: Integers,
    rng: np.random.Generator,
    winner: tuple[Integers, int] | None = None,
) -> tuple[Integers, Floats]:
    """Draw the width of each range that days not known bear on, and return what the record then says.

    Parameters
    ----------
    group
        The counts at each combination of days.
    log_intensity
        Of the group's transitions, by width, (draw, width, row, hypothesis, regime).
    hypothesis
        The draw of H, (draw,).
    rng
        Draws a combination of days for each draw, and the widths given it.
    winner
        The draw of who has won a vote that is not called, (draw,), and how many may have.

    Returns
    -------
    tuple
        The widths (draw, row), and with them the log likelihood of the record, summed over the days: (draw,
        hypothesis), or (draw, winner, hypothesis) after a vote that is not called.
    """
    winners = 1 if winner is None else winner[1]
    of = np.repeat(np.arange(winners), group.possible.size // winners)
    won = np.zeros_like(hypothesis) if winner is None else winner[0]
    width, likelihood = [], []
    for draw, true, here_won in zip(log_intensity, hypothesis, won, strict=True):
        usual = np.flatnonzero(~group.at_once)
        each = (
            np.einsum("arg,krhg->akrh", group.happened[..., usual], draw[..., usual])
            - np.einsum("arg,krhg->akrh", group.exposure, np.exp(draw))
            + group.log_multiplier[..., usual].sum(axis=2)[:, None, :, None]
        )
        for g in np.flatnonzero(group.at_once):
            expected = np.exp(draw[..., g] + group.log_multiplier[:, None, :, None, g])
            each += group.happened[:, None, :, None, g] * np.log(-np.expm1(-expected))
        here = each[..., true]
        by_dating = np.logaddexp.reduce(here, axis=1).sum(axis=1) + group.possible
        by_dating[of != here_won] = -np.inf
        given = here[int(np.argmax(by_dating + rng.gumbel(size=by_dating.size)))]
        width.append(np.argmax(given + rng.gumbel(size=given.shape), axis=0))
        rows = np.arange(len(group.rows))
        record = each[:, width[-1], rows].sum(axis=1) + group.possible[:, None]
        likelihood.append(np.logaddexp.reduce(record.reshape(winners, -1, record.shape[1]), axis=1))
    return np.array(width), np.array(likelihood)[:, 0] if winner is None else np.array(likelihood)


def undated_arrays(record: RecordData) -> dict[str, Floats]:
    """Return the model's data on steps whose day is not known, by name."""
    return {
        f"undated_{place}_{name}": getattr(group, name)
        for place, group in enumerate(record.undated)
        for name in ("happened", "exposure", "log_multiplier", "possible")
    }


def _days(group: Undated, known: Mapping[Visit, Event]) -> tuple[dict[Visit, Integers], Flags]:
    """Return every combination of days in the months and years of some steps, by visit, and which of them may be.

    There are as many in each month, and in each year, so that one model has room for all; a step that is not on record
    has one.
    """
    days, possible = [], []
    for visit, event in zip(group.visits, group.events, strict=True):
        here = known.get(visit)
        first, last = (event.first, event.first) if here is None else (here.first, here.last)
        stretch = first.toordinal() + np.arange(LONGEST[event.precision])
        days.append(np.minimum(stretch, last.toordinal()))
        possible.append(stretch <= last.toordinal())
    together = [axis.ravel() for axis in np.meshgrid(*days, indexing="ij")]
    allowed = np.logical_and.reduce([axis.ravel() for axis in np.meshgrid(*possible, indexing="ij")])
    return dict(zip(group.visits, together, strict=True)), allowed


def _in_order(case: Case, days: Mapping[Visit, Integers]) -> Flags:
    """Return in which combinations of days the steps of each process come one after the other."""
    possible = np.ones(next(iter(days.values())).size, dtype=bool)
    for process in case.processes:
        path = [visit for visit, _ in numbered(case, process.id) if visit in days]
        for earlier, later in pairwise(path):
            possible &= days[earlier] <= days[later]
    return possible


def _count(case: Case, dated: Mapping[Visit, Integers]) -> tuple[Floats, Floats, Floats]:
    """Count, day by day, what happened, and what could have happened on the next day.

    ``dated`` has the first day of each visit on record, one number or one a combination; the result (combination,
    transition, regime).  A coupling counts from the day on which its state was reached.
    """
    count = max((days.size for days in dated.values()), default=1)
    shape = (count, len(case.transitions), len(case.regimes))
    happened, exposure, log_multiplier = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    if not case.processes:
        return happened, exposure, log_multiplier
    first = min(process.start.date for process in case.processes).toordinal()
    calendar = np.arange(first, case.information_cutoff.toordinal() + 1)
    paths = {p.id: tuple(visit for visit, _ in numbered(case, p.id)) for p in case.processes}
    states = {p.id: (p.start.state, *(state for _, state, _ in paths[p.id])) for p in case.processes}
    shares = [_shares(case, step, calendar) for step in case.transitions]
    size = max(1, AT_ONCE // calendar.size)
    for start in range(0, count, size):
        here = slice(start, start + size)
        days = {key: known[here] if known.size > 1 else known for key, known in dated.items()}
        # How many steps of each process have been made by the evening of each day.
        made = {
            name: np.zeros((1, calendar.size), np.int64) + sum(days[visit][:, None] <= calendar for visit in path)
            for name, path in paths.items()
        }
        for index, step in enumerate(case.transitions):
            path, begins = states[step.process], case.process(step.process).start.date.toordinal()
            multiplier = _multiplier(case, step, states, made)
            for place in (place for place, state in enumerate(path) if state == step.source):
                at_risk = (made[step.process] == place) & (calendar >= begins)
                exposure[here, index] += (at_risk * multiplier)[:, :-1] @ shares[index][1:]
                if path[place + 1 : place + 2] == (step.target,):
                    day = days[paths[step.process][place]] - first
                    combination = np.arange(len(multiplier)) if len(multiplier) > 1 else 0
                    factor = np.log(multiplier[combination, day])[:, None]
                    happened[here, index] += shares[index][day]
                    log_multiplier[here, index] += shares[index][day] * factor
        for occasion, process in past_occasions(case):
            evening = int(np.searchsorted(calendar, day_of(occasion)))
            for index, column, share, is_made, is_missed in held(case, occasion, process, days):
                factor = _multiplier(case, case.transitions[index], states, made)[:, evening]
                happened[here, index, column] += share * is_made
                log_multiplier[here, index, column] += np.log(factor) * is_made
                exposure[here, index, column] += share * factor * is_missed
    return happened, exposure, log_multiplier


def _shares(case: Case, step: Transition, calendar: Integers) -> Floats:
    """Return the share of each day that each regime or phase has in the risk of a transition, (day, regime).

    One has all of it where the winner is known, and none on the day of an occasion on which the step could be made.
    """
    table = np.zeros((calendar.size, len(case.regimes)))
    number = {regime: index for index, regime in enumerate(case.regimes)}
    dates = [dt.date.fromordinal(day) for day in calendar.tolist()]
    changes = {case.voting_day, *(edge for part in case.parts_of(step) for edge in _edges(case, part))}
    known: list[tuple[int, float]] = []
    for row, day in enumerate(dates):
        if row == 0 or day in changes:
            stated = ((case.pace_on(step, regime, day), share) for regime, share in case.regimes_on(day).items())
            known = [(number[name], share) for name, share in stated if name is not None]
        for column, share in known:
            table[row, column] = share
    return table


def _edges(case: Case, part: str) -> tuple[dt.date, ...]:
    """Return the first day of a phase or an occasion and the one after it."""
    span = case.days_of(part)
    if span is None:
        return ()
    return span[0], span[1] + dt.timedelta(days=1) if span[1] < dt.date.max else span[1]


def _multiplier(
    case: Case, step: Transition, states: Mapping[str, Sequence[str]], made: Mapping[str, Integers]
) -> Floats:
    """Return the product of the couplings in force on a transition, (combination, day)."""
    product = np.ones_like(made[step.process], dtype=float)
    for coupling in case.priors.couplings:
        if (coupling.process, coupling.to) == (step.process, step.target):
            other = case.process(coupling.when.process)
            beyond = [state in other.beyond[coupling.when.reached] for state in states[other.id]]
            product = product * np.where(np.array(beyond)[made[other.id]], coupling.multiplier, 1.0)
    return product
