"""The numbers the PyMC model is given: elicited parameters, what was seen, exposure counted day by day.

The exact engine prepares the same numbers by code of its own (:mod:`detente.exact`); nothing here is shared with it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from detente import elicitation
from detente.case.undated import undated
from detente.graph.waiting import moved_levels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from detente.case.evidence import Interval
    from detente.case.priors import BetaPrior
    from detente.case.processes import Event, Transition
    from detente.case.schema import Case
    from detente.case.undated import Undated

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]


EQUAL = 1e-9
"""Probits nearer to each other, and axes whose lengths differ by less of themselves, are taken to be the same."""
LONGEST = {"day": 1, "month": 31, "year": 366}
"""Days of the longest month and the longest year."""
AT_ONCE = 5_000_000
"""Days counted in one array, all combinations taken together."""


@dataclass(frozen=True)
class EvidenceData:
    """Items in force, by date.

    Shapes: ``location`` and ``spread`` (item, hypothesis); ``trust``, ``sign`` (+1 seen, -1 absent), ``loading`` (-1
    to 1, how the cluster's cause pulls) and ``cluster`` (item,), the latter an index into ``clusters`` or
    ``len(clusters)`` for an item that shares no cause.  ``share`` (hypothesis,) weighs the hypotheses in every mean.
    """

    items: tuple[str, ...]
    clusters: tuple[str, ...]
    correlation: tuple[BetaPrior, ...]
    location: Floats
    spread: Floats
    trust: Floats
    sign: Floats
    loading: Floats
    cluster: Integers
    share: Floats


@dataclass(frozen=True)
class UndatedData:
    """Counted history at each combination of the days of some steps of which only month or year is known.

    ``rows`` are the transitions that they bear on, the first that to the first step; ``happened``, ``exposure`` and
    ``log_multiplier`` (combination, row, regime); ``possible`` (combination,) is 0, or minus infinity for days that
    cannot be.
    """

    rows: tuple[int, ...]
    happened: Floats
    exposure: Floats
    log_multiplier: Floats
    possible: Floats


@dataclass(frozen=True)
class RecordData:
    """Transitions and the recorded history.

    Shapes: ``location``, ``spread`` (width, transition, hypothesis, regime), for each of the equally likely widths of
    the stated ranges; ``happened`` and ``exposure`` (days, weighted by
    the couplings) and ``log_multiplier`` of the transitions made (transition, regime); ``share`` (hypothesis,).
    Transitions that days not known bear on have their counts in ``undated`` and none here.
    """

    transitions: tuple[str, ...]
    regimes: tuple[str, ...]
    location: Floats
    spread: Floats
    happened: Floats
    exposure: Floats
    log_multiplier: Floats
    share: Floats
    undated: tuple[UndatedData, ...] = ()


def evidence_data(case: Case) -> EvidenceData:
    """Collect the items in force of ``case``."""
    items = case.evidence_in_force
    home = {item.id: index for index, cluster in enumerate(case.clusters_in_force) for item in cluster.items}
    stated = [case.likelihoods[item.id][h] for item in items for h in case.hypothesis_ids]
    location, spread = elicitation.probit(stated, elicitation.widths_of(case).mass)
    shape = (len(items), len(case.hypotheses))
    names = tuple(cluster.name for cluster in case.clusters_in_force)
    return EvidenceData(
        items=tuple(item.id for item in items),
        clusters=names,
        correlation=tuple(case.priors.cluster_correlation(name) for name in names),
        location=location.reshape(shape),
        spread=spread.reshape(shape),
        trust=np.array([case.priors.trust(item) for item in items]),
        sign=np.array([1.0 if item.observed else -1.0 for item in items]),
        loading=_loadings(case),
        cluster=np.array([home.get(item.id, len(names)) for item in items], dtype=np.int64),
        share=_share(case),
    )


def _share(case: Case) -> Floats:
    """Return how much each hypothesis counts in a mean over them."""
    stated = [case.priors.centre_weights[h] for h in case.hypothesis_ids]
    return np.divide(stated, sum(stated))


def _loadings(case: Case) -> Floats:
    """Return how the common cause of its cluster pulls on each item in force, from -1 to 1; 0 for an item alone."""
    found: dict[str, float] = {}
    for cluster in {item.cluster for item in case.evidence_in_force if item.cluster}:
        members = [item for item in case.evidence if item.cluster == cluster]
        judged: list[Mapping[str, Interval]] = [case.likelihoods[item.id] for item in members]
        judged += [one.likelihoods for one in case.watched_in(cluster)]  # a yardstick too, though not seen yet
        pulls = _pulls(case, judged)
        for item, pull in zip(members, pulls, strict=False):
            found[item.id] = abs(pull) * float(f"{item.loading}1") if item.loading else pull
    return np.array([found.get(item.id, 0.0) for item in case.evidence_in_force])


def _pulls(case: Case, judged: Sequence[Mapping[str, Interval]]) -> list[float]:
    """Return how far items of a cluster lie along the first principal axis of their contrasts, weighted by the prior.

    An item is as far out as its contrast is long, beside the longest, and counts for the square of its cosine to the
    axis; its sign says on which side it lies, of which the positive one is that of the first hypothesis on either.  If
    several axes are the longest, the one among them is taken on which the levels lie; if they lie on none, an item is
    as far out as its level is, beside the largest probit.
    """
    share = _share(case)
    stated = [row[h] for row in judged for h in case.hypothesis_ids]
    probits = elicitation.probit(stated, elicitation.CLAIM)[0].reshape(len(judged), share.size)
    level = (probits * share).sum(axis=1)
    speaks = (np.abs(probits - probits[:, :1]) > EQUAL).any(axis=1)
    if not speaks.any():
        return [0.0] * len(judged)
    apart = np.where(speaks[:, None], probits - level[:, None], 0.0)
    axes, lengths, _ = np.linalg.svd(apart * np.sqrt(share), full_matrices=False)
    places = axes * lengths
    out = np.hypot.reduce(places, axis=1)
    first = lengths**2 >= lengths[0] ** 2 * (1 - EQUAL)
    place = places[:, 0]
    if first.sum() > 1:
        lies = places[:, first].T @ level
        most = np.abs(probits).max()
        is_nothing = np.hypot.reduce(lies) <= EQUAL * lengths[0] * most
        place = out * level / most if is_nothing else places[:, first] @ (lies / np.hypot.reduce(lies))
    cosine = np.divide(place, out, out=np.zeros_like(place), where=speaks)
    sides = place @ apart
    is_minus = sides[np.abs(sides) > EQUAL * np.abs(sides).max()][:1].sum() < 0
    pull = cosine * np.abs(cosine) * out / out.max() * (-1 if is_minus else 1)
    return [float(x) for x in pull]


def record_data(case: Case, frame: tuple[Undated, ...] | None = None) -> RecordData:
    """Collect the transitions of ``case`` and count its history.

    ``frame`` are the steps whose day may not be known, if the model was built for others than those of ``case``.
    """
    steps, regimes = case.transitions, case.regimes
    stated = [case.intensity(step, h, g) for step in steps for h in case.hypothesis_ids for g in regimes]
    days = np.array([row.within_days for row in stated])
    widths = elicitation.widths_of(case)
    location, spread = elicitation.log_intensity(stated, days, widths)
    shape = (widths.deviations.size, len(steps), len(case.hypotheses), len(regimes))
    groups = undated(case) if frame is None else frame
    known = {(event.process, event.state): event for process in case.processes for event in case.history(process.id)}
    dated = {key: np.array([event.first.toordinal()]) for key, event in known.items()}
    counted = []
    for group in groups:
        mine, possible = _days(group, known)
        counts = _count(case, dated | {key: days for key, days in mine.items() if key in known})
        possible &= _in_order(case, mine)
        rows = list(group.transitions)
        made, days, multiplied = (part[:, rows] for part in counts)
        counted.append(UndatedData(group.transitions, made, days, multiplied, np.where(possible, 0.0, -np.inf)))
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
        share=_share(case),
        undated=tuple(counted),
    )


def widths_given_days(
    group: UndatedData, log_intensity: Floats, hypothesis: Integers, rng: np.random.Generator
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

    Returns
    -------
    tuple
        The widths (draw, row), and with them the log likelihood of the record, summed over the days (draw, hypothesis).
    """
    width, likelihood = [], []
    for draw, true in zip(log_intensity, hypothesis, strict=True):
        each = (
            np.einsum("arg,krhg->akrh", group.happened, draw)
            - np.einsum("arg,krhg->akrh", group.exposure, np.exp(draw))
            + group.log_multiplier.sum(axis=2)[:, None, :, None]
        )
        here = each[..., true]
        by_dating = np.logaddexp.reduce(here, axis=1).sum(axis=1) + group.possible
        given = here[int(np.argmax(by_dating + rng.gumbel(size=by_dating.size)))]
        width.append(np.argmax(given + rng.gumbel(size=given.shape), axis=0))
        rows = np.arange(len(group.rows))
        likelihood.append(np.logaddexp.reduce(each[:, width[-1], rows].sum(axis=1) + group.possible[:, None], axis=0))
    return np.array(width), np.array(likelihood)


def undated_arrays(record: RecordData) -> dict[str, Floats]:
    """Return the model's data on steps whose day is not known, by name."""
    return {
        f"undated_{place}_{name}": getattr(group, name)
        for place, group in enumerate(record.undated)
        for name in ("happened", "exposure", "log_multiplier", "possible")
    }


def _days(group: Undated, known: Mapping[tuple[str, str], Event]) -> tuple[dict[tuple[str, str], Integers], Flags]:
    """Return every combination of days in the months and years of some steps, by step, and which of them may be.

    There are as many in each month, and in each year, so that one model has room for all; a step that is not on record
    has one.
    """
    days, possible = [], []
    for event in group.events:
        here = known.get((event.process, event.state))
        first, last = (event.first, event.first) if here is None else (here.first, here.last)
        stretch = first.toordinal() + np.arange(LONGEST[event.precision])
        days.append(np.minimum(stretch, last.toordinal()))
        possible.append(stretch <= last.toordinal())
    keys = [(event.process, event.state) for event in group.events]
    together = [axis.ravel() for axis in np.meshgrid(*days, indexing="ij")]
    allowed = np.logical_and.reduce([axis.ravel() for axis in np.meshgrid(*possible, indexing="ij")])
    return dict(zip(keys, together, strict=True)), allowed


def _in_order(case: Case, days: Mapping[tuple[str, str], Integers]) -> Flags:
    """Return in which combinations of days the steps of each process come one after the other."""
    possible = np.ones(next(iter(days.values())).size, dtype=bool)
    for process in case.processes:
        path = [key for event in case.history(process.id) if (key := (process.id, event.state)) in days]
        for earlier, later in pairwise(path):
            possible &= days[earlier] <= days[later]
    return possible


def _count(case: Case, dated: Mapping[tuple[str, str], Integers]) -> tuple[Floats, Floats, Floats]:
    """Count, day by day, what happened, and what could have happened on the next day.

    ``dated`` has the day of each step on record, one number or one a combination; the result (combination, transition,
    regime).  A coupling counts from the day on which its state was reached.
    """
    count = max((days.size for days in dated.values()), default=1)
    shape = (count, len(case.transitions), len(case.regimes))
    happened, exposure, log_multiplier = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    if not case.processes:
        return happened, exposure, log_multiplier
    first = min(process.start.date for process in case.processes).toordinal()
    calendar = np.arange(first, case.information_cutoff.toordinal() + 1)
    shares = np.array([_shares(case, dt.date.fromordinal(day)) for day in calendar.tolist()])
    path = {p.id: [p.start.state, *(event.state for event in case.history(p.id))] for p in case.processes}
    size = max(1, AT_ONCE // calendar.size)
    for start in range(0, count, size):
        here = slice(start, start + size)
        days = {key: known[here] if known.size > 1 else known for key, known in dated.items()}
        # How many steps of each process have been made by the evening of each day.
        made = {
            name: np.zeros((1, calendar.size), np.int64)
            + sum(days[name, state][:, None] <= calendar for state in states[1:])
            for name, states in path.items()
        }
        for index, step in enumerate(case.transitions):
            states, begins = path[step.process], case.process(step.process).start.date.toordinal()
            if step.source not in states:
                continue
            place = states.index(step.source)
            multiplier = _multiplier(case, step, path, made)
            at_risk = (made[step.process] == place) & (calendar >= begins)
            exposure[here, index] = (at_risk * multiplier)[:, :-1] @ shares[1:]
            if states[place + 1 : place + 2] == [step.target]:
                day = days[step.process, step.target] - first
                happened[here, index] = shares[day]
                combination = np.arange(len(multiplier)) if len(multiplier) > 1 else 0
                log_multiplier[here, index] = shares[day] * np.log(multiplier[combination, day])[:, None]
    return happened, exposure, log_multiplier


def _shares(case: Case, day: dt.date) -> Floats:
    """Return the share of a day of the record that each regime has; one has all of it where the winner is known."""
    shares = case.regimes_on(day)
    return np.array([shares.get(regime, 0.0) for regime in case.regimes])


def _multiplier(
    case: Case, step: Transition, path: Mapping[str, Sequence[str]], made: Mapping[str, Integers]
) -> Floats:
    """Return the product of the couplings in force on a transition, (combination, day)."""
    product = np.ones_like(made[step.process], dtype=float)
    for coupling in case.priors.couplings:
        if (coupling.process, coupling.to) == (step.process, step.target):
            other = case.process(coupling.when.process)
            beyond = [state in other.beyond[coupling.when.reached] for state in path[other.id]]
            product = product * np.where(np.array(beyond)[made[other.id]], coupling.multiplier, 1.0)
    return product
