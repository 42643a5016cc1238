"""The outside view: how a reference class moved, how that shifts stated levels, and what it implies by itself.

References
----------
Kaplan, E. L. and Meier, P. (1958), Nonparametric estimation from incomplete observations.  JASA 53.
Brown, L. D., Cai, T. T. and DasGupta, A. (2001), Interval estimation for a binomial proportion.  Statistical Science 16
(the Jeffreys interval).
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - annotations are evaluated when a run is read back
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc, betaincinv, ndtr

from detente import exact
from detente.case.reference_class import PACE_LOG_SD, PACE_MEDIAN_DAYS, SHAPE_LOG_SD, Member, OutsideViewPrior
from detente.exact import ExactPosterior, known_winners, members, teaching, waiting
from detente.exact.evidence import weights_of
from detente.exact.intensities import mean_chance, mean_pace, stated_intensities
from detente.frozen import Immutable
from detente.scoring import INTERVAL

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from detente.arrays import Floats
    from detente.case.schema import Case
    from detente.exact.waiting import Wait
    from detente.inference import Draws

MONTHS = {5: 152, 12: 365, 24: 730}
"""The months after which shares are shown, in days."""
NODES = 4001


class ClassShare(Immutable):
    """How many of a class reached a state, from the day its waiting began.

    Of the ``waited`` members ``reached`` got there while they were followed, ``at_once`` of them on the first day.
    ``by`` gives, for months after the first day, the share that had: by the waiting-time model, with its 90% interval,
    and as counted (Kaplan-Meier), None where nobody was followed for so long.
    """

    state: str
    at_once: int
    waited: int
    reached: int
    by: Mapping[int, tuple[float, float, float, float | None]]


class ReferenceClass(Immutable):
    """A class: its members as known at the cut-off, and how far they got."""

    id: str
    members: int
    shares: tuple[ClassShare, ...]


class StepLevel(Immutable):
    """One step in one regime: its probability in the class, and the stated level before and after the outside view.

    Levels are weighted means over hypotheses on the log scale.  All are probabilities within ``within_days``; that of
    the class is for a member that has waited ``waited`` days when the regime begins, or any number up to
    ``waited_most`` where that is not known better.  ``weight`` is how far the level moved; None in runs from before it
    was kept.
    """

    process: str
    source: str
    target: str
    regime: str
    members: int
    reached: int
    within_days: float
    waited: int
    of_class: float
    before: float
    after: float
    weight: float | None = None
    waited_most: int | None = None


class Count(Immutable):
    """A count out of a total, with the 90% Jeffreys interval of the share."""

    reached: int
    of: int
    interval: tuple[float, float]


class BaseRate(Immutable):
    """How many members reached their last state within ``months`` of the start, with and without an election near.

    ``fewer_with`` is the probability that the share is smaller with an election than without.  Of the
    ``flags`` that say whether there was one, ``recalled`` rest on memory.  ``unknown`` members
    were not followed long enough.
    """

    state: str
    months: int
    with_election: Count
    without: Count
    fewer_with: float
    unknown: int
    recalled: int
    flags: int


class OutsideView(Immutable):
    """The outside view: classes, levels shifted by ``weight``, a base rate, and what the class alone implies.

    ``weight`` is None where none was stated, so that each level has its own.
    ``alone`` gives, for each outcome that the class bears on, its probability by the horizon for a member that has
    waited as long, whatever the hypothesis.
    """

    weight: float | None
    reference_class: str
    classes: tuple[ReferenceClass, ...]
    levels: tuple[StepLevel, ...]
    base_rate: BaseRate | None
    alone: Mapping[str, float]


def outside_view(case: Case) -> OutsideView | None:
    """Return the outside view of ``case``; None if the case uses no class."""
    view = case.priors.outside_view
    if view is None or not case.reference_class:
        return None
    names = tuple(dict.fromkeys(member.reference_class for member in case.reference_class))
    return OutsideView(
        weight=view.weight,
        reference_class=view.reference_class,
        classes=tuple(_class(case, name) for name in names),
        levels=tuple(_levels(case, view)),
        base_rate=_base_rate(case, view.reference_class),
        alone=class_alone(case, case.horizon),
    )


def class_alone(case: Case, until: dt.date) -> dict[str, float]:
    """Return the probability by a date, by the reference class alone, of each open outcome that it bears on.

    It is that of a member in the state of the process that has waited as long, by any path, whatever the hypothesis.
    Empty if the case uses no class.
    """
    view, chances = case.priors.outside_view, {}
    if view is None:
        return {}
    ahead = (until - case.information_cutoff).days
    for outcome in case.outcomes:
        process = case.process(outcome.process)
        now = case.state(process.id)
        since = teaching.occupied_since(case, process.id, now)
        if outcome.is_current or outcome.state == now or outcome.state not in process.beyond[now] or not since:
            continue
        waits = members.rung_waits(case, process, now, outcome.state, view.reference_class)
        if any(np.isfinite(wait.by) for wait in waits):
            waited = [(case.information_cutoff - day).days for day in since]
            chances[outcome.id] = waiting.wait_posterior(waits).chance(ahead, waited)
    return chances


def outside_agreement(case: Case, draws: Draws, posterior: ExactPosterior | None) -> dict[str, tuple[Floats, float]]:
    """Return sampled values, (chain, draw), and exact values of what polls and the reference class imply, by name.

    They are the probability of each winner, if it is from polls or a record since the vote bears on it, and that of
    each step within a year in the class.
    """
    pairs = {}
    if "winner_given_hypothesis" in draws.values:
        sampled = draws.winner.reshape(*draws.hypothesis.shape, -1)
        for index, (winner, chance) in enumerate(known_winners(case, posterior).items()):
            pairs[f"P({winner} wins)"] = (sampled[..., index], chance)
    elif case.polls_in_force:
        for index, (winner, chance) in enumerate(known_winners(case).items()):
            pairs[f"P({winner} wins)"] = (draws.values["winner_probability"][..., index], chance)
        pairs["incumbent's share"] = (draws.values["incumbent_share"], exact.poll_posterior(case).share)
    view = case.priors.outside_view
    if view is not None and "class_pace" in draws.values:
        shape, share = np.exp(SHAPE_LOG_SD * draws.values["class_shape"]), ndtr(draws.values["class_floor"])
        mean = np.exp(PACE_LOG_SD * draws.values["class_pace"]) / PACE_MEDIAN_DAYS * MONTHS[12]
        chance_of_step = 1 - np.exp(-mean * share - shape * np.log1p(mean * (1 - share) / shape))
        for index, step in enumerate(teaching.steps_with_class(case)):
            waits = members.class_waits(case, step, view.reference_class)
            pairs[f"class {step.id}"] = (chance_of_step[..., index], waiting.wait_posterior(waits).chance(MONTHS[12]))
    return pairs


def kaplan_meier(waits: tuple[Wait, ...], days: float) -> float | None:
    """Return the share that made the step within ``days``, censored waits counted until they end (Kaplan-Meier).

    A wait that ended between two days is taken to have ended half-way.  None where nobody was followed for so long and
    some who were followed longest had not made it: the count says nothing of those days, and a curve that goes on flat
    would say that nobody makes the step any more.

    >>> from detente.exact.waiting import Wait
    >>> kaplan_meier((Wait(10, 10), Wait(20, np.inf), Wait(30, 30), Wait(40, 40)), 30)
    0.625
    >>> kaplan_meier((Wait(10, 10), Wait(20, np.inf)), 20), kaplan_meier((Wait(10, 10), Wait(20, np.inf)), 21)
    (0.5, None)
    """
    ends = np.array([(after + by) / 2 for after, by, *_ in waits if np.isfinite(by)])
    cut = np.array([after for after, by, *_ in waits if np.isinf(by)])
    followed = max(ends.max(initial=0.0), cut.max(initial=0.0))
    if days > followed and cut.size and cut.max() >= ends.max(initial=0.0):
        return None
    days_ended, steps = np.unique(ends[ends <= days], return_counts=True)
    at_risk = [(ends >= day).sum() + (cut >= day).sum() for day in days_ended]
    return 1 - float(np.prod(1 - steps / np.array(at_risk, dtype=float)))


def _class(case: Case, name: str) -> ReferenceClass:
    members = sum(member.reference_class == name for member in case.reference_class)
    return ReferenceClass(name, members, tuple(_shares(case, name)))


def _shares(case: Case, name: str) -> Iterator[ClassShare]:
    for process in case.processes:
        first = members.origin(process)
        for state in process.states:
            waits = members.rung_waits(case, process, first, state, name)
            if state == first or not waits:
                continue
            wait = waiting.wait_posterior(waits)
            yield ClassShare(
                state=state,
                at_once=sum(wait.by <= 1 for wait in waits),
                waited=len(waits),
                reached=int(sum(np.isfinite(wait.by) for wait in waits)),
                by={
                    months: (wait.chance(days), *_pair(wait.share(days, INTERVAL)), kaplan_meier(waits, days))
                    for months, days in MONTHS.items()
                },
            )


def _levels(case: Case, view: OutsideViewPrior) -> Iterator[StepLevel]:
    stated = stated_intensities(case)
    weights, ours, spread = weights_of(case), stated.eta, stated.sigma
    moved, narrower = teaching.levels(case) or (np.zeros_like(ours[:, :, :1]), np.ones_like(ours[0, :, :1]))
    for row, step in enumerate(case.transitions):
        waits = members.class_waits(case, step, view.reference_class)
        if not any(np.isfinite(wait.by) for wait in waits):
            continue
        posterior, main = waiting.wait_posterior(waits), case.main_regimes
        leant = teaching.weights_of_class(case, step, posterior, spread[:, row, :, : len(main)])
        for column, regime in enumerate(main):
            within = case.intensity(step, case.hypothesis_ids[0], regime).within_days
            waited, own = teaching.waited_before(case, step, regime), spread[:, row, :, column]
            level = mean_pace(ours[:, row], weights)[:, column] + np.log(within)
            shift, factor = moved[:, row, 0, column], narrower[row, 0, column]
            before, after = (
                float((mean_chance(np.broadcast_to(x[:, None], width.shape), width) @ weights).mean())
                for x, width in ((level, own), (level + shift, factor * own))
            )
            yield StepLevel(
                process=step.process,
                source=step.source,
                target=step.target,
                regime=regime,
                members=len(waits),
                reached=int(sum(np.isfinite(wait.by) for wait in waits)),
                within_days=within,
                waited=min(waited),
                of_class=posterior.chance(within, waited),
                before=before,
                after=after,
                weight=float(leant[column]) if view.weight is None else view.weight,
                waited_most=max(waited) if max(waited) > min(waited) else None,
            )


def _base_rate(case: Case, name: str) -> BaseRate | None:
    """Count the members that reached the last state with dates, within the longest time shown."""
    months, days = max(MONTHS.items())
    members = [member for member in case.reference_class if member.reference_class == name]
    for process in case.processes:
        last = [state for state in process.states if not process.successors(state)]
        for state in last:
            flagged = [m for m in members if m.election is not None and state in m.reached]
            if flagged:
                return _counted(case, state, flagged, months, days)
    return None


def _counted(case: Case, state: str, members: list[Member], months: int, days: int) -> BaseRate:
    counts, unknown = {True: [0, 0], False: [0, 0]}, 0
    for member in members:
        span, (first, last) = member.span(state), member.began
        has_reached = span is not None and (span[1] - first).days <= days
        until = span[0] if span else min(member.followed_until, case.information_cutoff)
        if not has_reached and (until - last).days < (days + 1 if span else days):
            unknown += 1
            continue
        counts[bool(member.election)][0] += has_reached
        counts[bool(member.election)][1] += 1
    near, far = (Count(k, n, _jeffreys(k, n)) for k, n in (counts[True], counts[False]))
    return BaseRate(
        state=state,
        months=months,
        with_election=near,
        without=far,
        fewer_with=_smaller(near, far),
        unknown=unknown,
        recalled=sum(member.election_support == "recall" for member in members),
        flags=len(members),
    )


def _jeffreys(reached: int, of: int) -> tuple[float, float]:
    low, high = betaincinv(reached + 0.5, of - reached + 0.5, INTERVAL)
    return float(low), float(high)


def _smaller(one: Count, other: Count) -> float:
    """Return the probability that the first share is smaller, given Jeffreys posteriors."""
    edges = np.linspace(0, 1, NODES)
    below = betainc(one.reached + 0.5, one.of - one.reached + 0.5, edges)
    mass = np.diff(betainc(other.reached + 0.5, other.of - other.reached + 0.5, edges))
    return float(mass @ (below[1:] + below[:-1]) / 2)


def _pair(values: tuple[float, ...]) -> tuple[float, float]:
    low, high = values
    return low, high
