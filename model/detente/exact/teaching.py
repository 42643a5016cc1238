"""What the outside view does to the intensities: the class's waits, and the case's own, are two readings of one.

References
----------
Kahneman, D. and Lovallo, D. (1993), Timid choices and bold forecasts.  Management Science 39 (the outside view).
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from detente.case.election import BEFORE
from detente.case.phases import main_regime, part_of
from detente.case.windows import visits
from detente.exact.evidence import weights_of
from detente.exact.intensities import locate, mean_chance, mean_pace, stated_intensities
from detente.exact.members import waits_by_step
from detente.exact.waiting import wait_posterior

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detente.arrays import Flags, Floats
    from detente.case.processes import Transition
    from detente.case.schema import Case
    from detente.exact.intensities import Stated
    from detente.exact.waiting import Wait, WaitPosterior


class Taught(NamedTuple):
    """What the outside view adds to the level of each intensity, and what it multiplies its spread by.

    ``moved`` (width, transition, 1, regime) and ``narrower`` (transition, 1, regime), main regimes alone; ``waits`` are
    those of the class, for each transition that some member of it has made.
    """

    waits: Mapping[Transition, tuple[Wait, ...]]
    moved: Floats
    narrower: Floats

    def by_regime(self, case: Case) -> tuple[Floats, Floats]:
        """Return both for all regimes: what moves a regime moves its phases alike; of occasions nothing is taught."""
        of = [case.main_regimes.index(main_regime(regime)) for regime in case.regimes]
        is_taught = np.array([part_of(regime) not in case.occasion_ids for regime in case.regimes])
        return np.where(is_taught, self.moved[..., of], 0.0), np.where(is_taught, self.narrower[..., of], 1.0)


def levels(case: Case) -> tuple[Floats, Floats] | None:
    """Return what the outside view adds to the level of each intensity, and what it multiplies its spread by.

    Their shapes are (width, transition, 1, regime) and (transition, 1, regime).  None where no class is leaned on.
    """
    taught = teach(case, stated_intensities(case), waits_by_step(case))
    return taught.by_regime(case) if taught else None


def teach(
    case: Case,
    stated: Stated,
    waits: Mapping[Transition, tuple[Wait, ...]],
    like: tuple[Case, Stated, Taught] | None = None,
) -> Taught | None:
    """Return what the outside view does to each intensity; None where there is no class to lean on.

    What was stated and the class are two readings of one log intensity: with sigma^2 the variance of the first (its
    mean over the hypotheses and over the widths that ranges may have) and tau^2 that of a new member of the class, the
    chance at the level moves ``w = sigma^2 / (sigma^2 + tau^2)`` of the way to the class's, on the scale of log hazards
    and within the days for which ours is stated (their geometric mean over hypotheses), and the spread shrinks by
    ``sqrt(1 - w)``.  How far the case may lie apart from the class counts in tau.  So the chance that is used lies
    between the two.  Where the case states w, the spreads stay.

    What the record scores itself, the days since a regime began, is not counted as waiting: the class is taken as it
    was on the day the state was entered, or the regime began.  Transitions of which all this is as in ``like``, a case
    with the same facts, are not worked out again.
    """
    view = case.priors.outside_view
    if view is None or not waits:
        return None
    main = len(case.main_regimes)
    ours, spread, days = (part[..., :main] for part in stated[:3])
    share = weights_of(case)
    moved = np.zeros((len(ours), len(case.transitions), 1, main))
    narrower = np.ones(moved.shape[1:])
    kept = _taught_alike(case, stated, waits, like)
    if like is not None and kept.any():
        moved[:, kept], narrower[kept] = like[2].moved[:, kept], like[2].narrower[kept]
    for row, step in enumerate(case.transitions):
        if step in waits and not kept[row]:
            posterior = wait_posterior(waits[step])
            weight = np.full(main, view.weight, dtype=float)
            if view.weight is None:
                weight = weights_of_class(case, step, posterior, spread[:, row])
                narrower[row, 0] = np.sqrt(1 - weight)
            level, width = mean_pace(ours[:, row], share), np.sqrt(np.einsum("h,khg->kg", share, spread[:, row] ** 2))
            within = np.exp(np.einsum("h,hg->g", share, np.log(days[row])))
            chance, of_class = mean_chance(level + np.log(within), width), class_chances(case, step, posterior, within)
            pooled = (1 - weight) * _log_hazard(chance) + weight * _log_hazard(of_class)
            there = locate(-np.expm1(-np.exp(pooled)), width * narrower[row, 0]) - np.log(within)
            moved[:, row, 0] = there - level
    return Taught(waits, moved, narrower)


def _taught_alike(
    case: Case,
    stated: Stated,
    waits: Mapping[Transition, tuple[Wait, ...]],
    like: tuple[Case, Stated, Taught] | None,
) -> Flags:
    """Tell of which transitions (transition,) the outside view does the same as in a case with the same facts."""
    none = np.zeros(len(case.transitions), dtype=bool)
    if like is None or like[2].waits is not waits or like[1].eta.shape != stated.eta.shape:
        return none
    before = like[0].priors
    if (before.outside_view, before.centre_weights) != (case.priors.outside_view, case.priors.centre_weights):
        return none
    alike = np.all([(one == other).all(axis=(0, 2, 3)) for one, other in zip(like[1][:2], stated[:2], strict=True)], 0)
    return np.asarray(alike & (like[1].days == stated.days).all(axis=(1, 2)))


def class_spread(case: Case, step: Transition, posterior: WaitPosterior) -> Floats:
    """Return tau, the spread of the log pace that the class lends this case, from where each regime finds it."""
    view = case.priors.outside_view
    apart = view.apart if view else 0.0
    return np.array(
        [np.hypot(posterior.spread(waited_before(case, step, regime)), apart) for regime in case.main_regimes]
    )


def weights_of_class(case: Case, step: Transition, posterior: WaitPosterior, spread: Floats) -> Floats:
    """Return w of a step, (regime,), from the stated spreads ``spread`` (width, hypothesis, regime)."""
    ours = weights_of(case) @ (spread**2).mean(axis=0)
    return ours / (ours + class_spread(case, step, posterior) ** 2)


def _log_hazard(chance: Floats) -> Floats:
    return np.log(-np.log1p(-chance))


def class_chances(case: Case, step: Transition, posterior: WaitPosterior, days: Floats) -> Floats:
    """Return the class's chance of a step within ``days`` (regime,), from where each regime finds it."""
    waited = [waited_before(case, step, regime) for regime in case.main_regimes]
    return np.array([posterior.chance(within, days_waited) for within, days_waited in zip(days, waited, strict=True)])


def steps_with_class(case: Case) -> tuple[Transition, ...]:
    """Return the transitions that some member of the class leaned on has made; none where nothing is leaned on."""
    return tuple(waits_by_step(case))


def waited_before(case: Case, step: Transition, regime: str) -> tuple[int, ...]:
    """Return for how many days the step's source had been occupied when the record began to score it in the regime.

    That is when the regime began, or later the state was entered, or the process's clock was started anew.  There are
    several numbers where the day on which the state was entered is not known.
    """
    start, waited = case.process(step.process).start.date, []
    for entered in occupied_since(case, step.process, step.source):
        scored = max(entered, start)
        if regime != BEFORE and case.election_eve is not None:
            scored = max(scored, case.election_eve)
        waited.append((scored - entered).days)
    return tuple(waited) or (0,)


def occupied_since(case: Case, process_id: str, state: str) -> tuple[dt.date, ...]:
    """Return the days on which the process may have entered a state, for the last time; none if it has not.

    Also before its clock was started anew.
    """
    path = visits(case, process_id)
    came = [path[0], *(now for was, now in pairwise(path) if was.state != now.state)]  # a clock may be started anew
    entries = [event for event in came if event.state == state]
    if not entries:
        return ()
    entry = entries[-1]
    return tuple(entry.first + dt.timedelta(days=day) for day in range((entry.last - entry.first).days + 1))
