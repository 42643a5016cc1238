"""What a case says of its transitions: log intensities as judged, and the record in counts.

Exposure is counted interval by interval between the dates on which anything changed.  A day is at risk from the evening
before to its own, and belongs to the regime that holds on it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from msgspec import field, structs

from detente.case.phases import part_of
from detente.exact.counting import COUNTED, count
from detente.exact.evidence import weights_of
from detente.exact.intensities import Stated, mean_pace, stated_intensities
from detente.exact.members import waits_by_step
from detente.exact.polls import known_winners
from detente.exact.teaching import Taught, teach
from detente.frozen import Immutable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detente.arrays import Flags, Floats, Integers
    from detente.case.processes import Transition
    from detente.case.reference_class import OutsideViewPrior
    from detente.case.schema import Case
    from detente.exact.counting import Counts, UndatedCounts
    from detente.exact.waiting import Wait

SAME = 1e-13
"""Difference up to which two stated numbers, or counts, are one."""
TINY = np.finfo(float).tiny
"""The least that the probability of a winner is taken for."""


class Steps(Immutable):
    """Elicited intensities, their stated ranges of one width, and counted history.

    Shapes: ``location`` (eta, log of transitions a day) and ``spread`` (sigma), as the outside view leaves them
    (transition, hypothesis, regime); ``happened`` (d), ``exposure`` (E, coupling-weighted days) and ``constant`` (log
    multipliers of the transitions made) (transition, regime); ``weights`` (hypothesis,) of a mean over hypotheses.
    Of the regimes in ``at_once`` (regime,), which are occasions, lambda is the expected number on the day.
    Transitions that days or a winner not known bear on have their counts in ``undated`` and none here; ``log_winner``
    (winner,) is log P(winner) before the record, empty unless the winner matters to it.  ``over_v`` remembers, by
    transition, regime and counts, what the integral over v needs, and ``variants`` what :meth:`held` returns.
    """

    location: Floats
    spread: Floats
    happened: Floats
    exposure: Floats
    constant: Floats
    weights: Floats
    persistence: float
    at_once: Flags
    undated: tuple[UndatedCounts, ...] = ()
    log_winner: Floats = field(default_factory=lambda: np.zeros(0))
    over_v: dict[tuple[float, ...], tuple[float, Floats]] = field(default_factory=dict)
    variants: dict[tuple[int, int], tuple[Steps, ...]] = field(default_factory=dict)

    def __reduce__(self) -> tuple[object, ...]:
        """Pack a copy of what is remembered, which another thread may be adding to."""
        return type(self), (*structs.astuple(self)[:-2], dict(self.over_v), dict(self.variants))

    def log_intensity(self, gamma: Floats) -> Floats:
        """Return the location of log lambda at each gamma, shape (gamma, transition, hypothesis, regime)."""
        centre = mean_pace(self.location, self.weights)[:, None]
        return centre + gamma[:, None, None, None] * (self.location - centre)

    def located(self, transition: int, gamma: Floats) -> Floats:
        """Return the same for one transition, (gamma, hypothesis, regime)."""
        location = self.location[transition]
        centre = mean_pace(location, self.weights)
        return centre + gamma[:, None, None] * (location - centre)

    def recorded(self, transition: int) -> tuple[int, ...]:
        """Return the regimes in which the transition was at risk or made."""
        return self._recorded[transition]

    @cached_property
    def _recorded(self) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(map(int, np.flatnonzero(row))) for row in (self.exposure > 0) | (self.happened > 0))

    @property
    def is_undated(self) -> bool:
        """Whether counts depend on days that are not known, and not on the winner alone."""
        return any(group.winner is None or group.winner.size > self.log_winner.size for group in self.undated)

    @property
    def by_winner(self) -> tuple[int, ...]:
        """The groups (place in ``undated``) whose counts depend on who has won."""
        return tuple(place for place, group in enumerate(self.undated) if group.winner is not None)

    def held(self, group: int, column: int) -> tuple[Steps, ...]:
        """Return these with the counts of one transition of a group, for each kind that days not known allow."""
        if (group, column) not in self.variants:
            counts, made = self.undated[group], []
            row = counts.rows[column]
            for first in counts.kinds[column][0]:
                parts = {}
                for name in ("happened", "exposure", "constant"):
                    parts[name] = getattr(self, name).copy()
                    parts[name][row] = getattr(counts, name)[first, column]
                made.append(self.changed(**parts, undated=(), variants={}))
            self.variants[group, column] = tuple(made)
        return self.variants[group, column]


class Reading(Immutable):
    """What a case says of its transitions: as judged, as counted, and as the class that it leans on waited."""

    case: Case
    stated: Stated
    counts: Counts
    taught: Taught | None

    @cached_property
    def steps(self) -> tuple[Steps, ...]:
        """The log intensities, for each width that ranges may have (equally likely), and the record."""
        case, counts = self.case, self.counts
        moved, narrower = self.taught.by_regime(case) if self.taught else (0.0, 1.0)
        matters = any(group.winner is not None for group in counts.undated)
        log_winner = np.log(np.maximum([*known_winners(case).values()], TINY)) if matters else np.zeros(0)
        return tuple(
            Steps(
                location=at,
                spread=sd,
                happened=counts.happened,
                exposure=counts.exposure,
                constant=counts.constant,
                weights=weights_of(case),
                persistence=case.priors.persistence,
                at_once=np.array([part_of(regime) in case.occasion_ids for regime in case.regimes]),
                undated=counts.undated,
                log_winner=log_winner,
            )
            for at, sd in zip(self.stated.eta + moved, self.stated.sigma * narrower, strict=True)
        )

    def rejudged(self, case: Case) -> Reading:
        """Return the reading of a case with the same facts; what is judged alike is not worked out again."""
        stated, before = stated_intensities(case, self.stated), self.case.priors
        was, view = before.outside_view, case.priors.outside_view
        waits: Mapping[Transition, tuple[Wait, ...]] = {}
        if self.taught and was and view and view.weight != 0 and _class_of(was) == _class_of(view):
            waits = self.taught.waits
        elif view:
            waits = waits_by_step(case)
        like = (self.case, self.stated, self.taught) if self.taught else None
        counts = self.counts if before.couplings == case.priors.couplings else count(case)
        return Reading(case, stated, counts, teach(case, stated, waits, like))


def _class_of(view: OutsideViewPrior) -> tuple[str, float]:
    """Return what the waits of a class depend on."""
    return view.reference_class, view.half_life


def read_record(case: Case) -> Reading:
    """Turn stated probabilities into log intensities, and the record into counts."""
    stated = stated_intensities(case)
    return Reading(case, stated, count(case), teach(case, stated, waits_by_step(case)))


def read_steps(case: Case) -> tuple[Steps, ...]:
    """Return log intensities, for each width that ranges may have, and the record in counts."""
    return read_record(case).steps


def changed_rows(before: tuple[Steps, ...], after: tuple[Steps, ...]) -> tuple[int, ...]:
    """Return the transitions that are judged, or counted, differently; all where days are not known.

    Counts under each winner of a vote that is not called are compared; P(winner) is not.
    """
    rows = np.zeros(len(after[0].location), dtype=bool)
    for one, other in zip(before, after, strict=True):
        if one.persistence != other.persistence or one.is_undated or other.is_undated:
            return tuple(range(rows.size))
        if [group.rows for group in one.undated] != [group.rows for group in other.undated]:
            return tuple(range(rows.size))
        for group, again in zip(one.undated, other.undated, strict=True):
            for name in COUNTED:
                rows[list(group.rows)] |= (np.abs(getattr(group, name) - getattr(again, name)) > SAME).any()
        for name in ("location", "spread", *COUNTED):
            differs = np.abs(getattr(one, name) - getattr(other, name)) > SAME
            rows |= differs.reshape(rows.size, -1).any(axis=1)
    return tuple(map(int, np.flatnonzero(rows)))


def rows_of(case: Case) -> list[list[int]]:
    """Return the transitions (index) of each process."""
    return [[row for row, step in enumerate(case.transitions) if step.process == one.id] for one in case.processes]


def held_kinds(widths: tuple[Steps, ...], place: int, column: int) -> list[tuple[Steps, ...]]:
    """Return all widths with the counts of one transition of a group, for each kind that days not known allow."""
    return list(zip(*(steps.held(place, column) for steps in widths), strict=True))


def log_intensities(widths: tuple[Steps, ...], gamma: Floats, width: Integers, effect: Floats) -> Floats:
    """Return the log intensities of draws, shape (draw, transition, hypothesis, regime).

    ``gamma`` (draw,), the ``width`` (draw, transition) of the transition's ranges, and ``effect`` (draw, transition,
    hypothesis, regime), what u and v make together.
    """
    log_intensity = np.empty(effect.shape)
    for number, steps in enumerate(widths):
        place = width == number
        log_intensity[place] = (steps.log_intensity(gamma) + steps.spread * effect)[place]
    return log_intensity
