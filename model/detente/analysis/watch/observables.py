"""What could be seen next: the indicators of the case, every next step of a process, and every dated silence.

An observable is seen or not by a date, with a probability for each hypothesis and gamma given the evidence so far.  For
a step, that probability and what it implies for the outcomes come from the exact chain, stopped on the date: only the
paths that have taken the step (or have not) continue.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente.analysis.conditional import ConditionalOutcomes, at_nodes, by_gamma, rates_of
from detente.case.election import BEFORE
from detente.case.evidence import EvidenceItem
from detente.case.likelihoods import Likelihood
from detente.case.outcomes import Outcome
from detente.case.windows import occurrence
from detente.exact.clusters import cluster_marginal
from detente.exact.evidence import alone, read_items
from detente.exact.quadrature import log_sum_exp
from detente.projection import build_chains, carry_through

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    from detente.analysis.reweighting import Basis
    from detente.arrays import Floats
    from detente.case.likelihoods import Interval
    from detente.case.schema import Case
    from detente.case.watch import WatchItem
    from detente.projection import Chain


MONTH, QUARTER = 30, 91
APART = 14
"""Dates closer than this many days are merged."""


@dataclass(frozen=True)
class Shared:
    """An item that would share a cause with others, and how it is judged by hypothesis."""

    item: EvidenceItem
    likelihoods: Mapping[str, Likelihood]


@dataclass(frozen=True)
class Observable:
    """Something that will have been seen or not by a date.

    ``seen`` (gamma, hypothesis) is its probability; ``seen_and`` (gamma, hypothesis, outcome) that of it and each
    outcome, None if it tells nothing of them beyond the hypothesis; ``shared`` is the item that would be seen, if it
    belongs to a cluster.
    """

    id: str
    kind: str
    by: dt.date
    text: str
    seen: Floats
    seen_and: Floats | None = None
    shared: Shared | None = None
    because: str = ""
    cost: float | None = None


@dataclass(frozen=True)
class Step:
    """A state that a process may reach next; ``mark`` is the index of the outcome that stands for it."""

    process: str
    state: str
    text: str
    mark: int


def next_steps(case: Case) -> tuple[Case, tuple[Step, ...]]:
    """Return the states that processes may go to next, and the case with an outcome to mark each."""
    outcomes, steps = list(case.outcomes), []
    for process in case.processes:
        for transition in process.successors(case.state(process.id)):
            mark = next(
                (
                    place
                    for place, one in enumerate(outcomes)
                    if (one.process, one.state) == (process.id, transition.target) and not one.is_current
                ),
                None,
            )
            if mark is None:
                name = f"{process.id}_{transition.target}"
                outcomes.append(Outcome(id=name, label=name, process=process.id, state=transition.target))
                mark = len(outcomes) - 1
            if occurrence(case, outcomes[mark]) is None:
                text = outcomes[mark].label if mark < len(case.outcomes) else ""
                steps.append(Step(process.id, transition.target, text, mark))
    return case.changed(outcomes=tuple(outcomes)), tuple(steps)


def dates(case: Case) -> tuple[dt.date, ...]:
    """Return dates to ask about: in a month, the election, a quarter after it, and half-way to the horizon."""
    start, horizon = case.information_cutoff, case.horizon
    pivot = case.election.date if case.election and case.winner is None and case.election.date > start else start
    wanted = [pivot] if pivot > start else []
    wanted += [start + dt.timedelta(days=MONTH), pivot + dt.timedelta(days=QUARTER), pivot + (horizon - pivot) / 2]
    kept: list[dt.date] = []
    for day in wanted:
        if start < day < horizon and all(abs((day - other).days) >= APART for other in kept):
            kept.append(day)
    return tuple(sorted(kept))


def indicators(basis: Basis) -> Iterator[Observable]:
    """Yield the indicators of ``watch.csv`` that are still ahead, as if graded A1 when seen."""
    for watched in basis.case.watch:
        if watched.by > basis.case.information_cutoff:
            item, reasons = _as_item(watched), _reasons(watched)
            yield _from_item(
                basis, item, "indicator", watched.by, watched.likelihoods, because=reasons, cost=watched.cost
            )


def silences(basis: Basis) -> Iterator[Observable]:
    """Yield the items not seen so far whose date has not passed."""
    case = basis.case
    for item in case.evidence:
        expected = item.expected_by
        if expected and not item.observed and item.date <= case.information_cutoff <= expected:
            seen = item.changed(observed=True)
            yield _from_item(basis, seen, "silence", expected, case.likelihoods[item.id])


def transitions(
    basis: Basis, conditional: ConditionalOutcomes, steps: Sequence[Step], executor: Executor | None
) -> Iterator[Observable]:
    """Yield every next step by every such date; ``conditional`` is of the case with an outcome to mark each."""
    days = dates(basis.case)
    arguments = [
        (conditional, tuple(step.mark for step in steps), (day - basis.case.information_cutoff).days) for day in days
    ]
    if executor is None:
        tables = [split_paths(*each) for each in arguments]
    else:
        tables = [future.result() for future in [executor.submit(split_paths, *each) for each in arguments]]
    nodes, kept = basis.closed_form.gamma, len(basis.case.outcomes)
    for day, (chance, joint) in zip(days, tables, strict=True):
        for number, step in enumerate(steps):
            yield Observable(
                id=f"{step.process}:{step.state}",
                kind="transition",
                by=day,
                text=step.text,
                seen=at_nodes(chance[..., number], nodes),
                seen_and=at_nodes(joint[..., number, :kept], nodes),
            )


def split_paths(conditional: ConditionalOutcomes, marks: tuple[int, ...], day: int) -> tuple[Floats, Floats]:
    """Stop the chains after ``day`` days, and let the paths that have visited each mark go on to the horizon.

    Returns
    -------
    tuple of arrays
        Chance of each mark by that day, (gamma point, hypothesis, mark); and of it and each outcome by the horizon,
        (gamma point, hypothesis, mark, outcome).
    """
    chance, joint = [], []
    for future in conditional.futures:
        winner = conditional.winner[:, None] if future.winner is None else future.winner.T
        seen, both = _split(conditional, future.log_intensity, winner, marks, day)
        chance.append(by_gamma(seen))
        joint.append(by_gamma(both))
    return np.stack(chance, axis=1), np.stack(joint, axis=1)


def _split(
    conditional: ConditionalOutcomes, log_intensity: Floats, winner: Floats, marks: tuple[int, ...], day: int
) -> tuple[Floats, Floats]:
    """Return (lane, mark) and (lane, mark, outcome), averaged over winners by ``winner`` (winner, 1 or lane).

    All chains share the winner: what one has come to tells of who has won, and so of where the others go.
    """
    calendar, lanes = conditional.calendar, log_intensity.shape[0]
    case, rates = conditional.case, rates_of(log_intensity)
    seen, whole = np.zeros((len(winner), lanes, len(marks))), np.zeros((len(winner), lanes, len(case.outcomes)))
    both = np.zeros((*seen.shape, len(case.outcomes)))
    early, chains = min(day, calendar.split), build_chains(case)

    def carried(chain: Chain, states: list[Floats], regime: str, start: int, end: int) -> list[Floats]:
        """Carry several states at once, which is faster than one by one."""
        if start >= end:
            return states
        every, several = np.tile(rates, (len(states), 1, 1)), np.hstack(states)
        last = carry_through(case, chain, every, (regime,), several, np.array([float(end)]), start)[1]
        return np.split(last, len(states), axis=1)

    for chain in chains:
        own = [place for place, mark in enumerate(marks) if mark in chain.outcomes]
        asked = list(chain.outcomes)
        state = np.zeros((chain.states, lanes))
        state[0] = 1.0
        (state,) = carried(chain, [state], BEFORE, 0, early)
        for won, regime in enumerate(calendar.later):
            (here,) = carried(chain, [state], regime, early, day)
            masks = [chain.visited[chain.outcomes.index(marks[place])][:, None] for place in own]
            final = [here, *(here * mask for mask in masks)]
            if day < calendar.split:
                final = carried(chain, final, BEFORE, day, calendar.split)
            final = carried(chain, final, regime, max(day, calendar.split), calendar.horizon)
            whole[won][:, asked] = (chain.visited @ final[0]).T
            for place, after in zip(own, final[1:], strict=True):
                seen[won, :, place] = after.sum(axis=0)
                both[won, :, place][:, asked] = (chain.visited @ after).T
    for chain in chains:  # given the winner, outcomes of other chains do not know of a step
        asked = list(chain.outcomes)
        for place, mark in enumerate(marks):
            if mark not in asked:
                both[:, :, place, asked] = seen[:, :, place, None] * whole[:, :, asked]
    return (winner[..., None] * seen).sum(axis=0), (winner[..., None, None] * both).sum(axis=0)


def together_seen(basis: Basis, cluster: str, new: Sequence[Shared]) -> Floats:
    """Return P(pattern of new items of a cluster | those so far), (pattern, gamma, hypothesis).

    Bit i of the pattern's number says whether new item i is seen.
    """
    fixed = basis.closed_form.gamma if basis.closed_form.factors.is_fixed else None
    named = {one.item.id for one in new}
    case = basis.case.changed(
        evidence=(*(item for item in basis.case.evidence if item.id not in named), *(one.item for one in new)),
        likelihoods={**basis.case.likelihoods, **{one.item.id: one.likelihoods for one in new}},
    )
    old = [item for item in basis.case.evidence_in_force if item.cluster == cluster]
    joined, prior = read_items(case, [*old, *(one.item for one in new)]), case.priors.cluster_correlation(cluster)
    logs = []
    for pattern in range(2 ** len(new)):
        flags = np.array([bool(pattern >> bit & 1) for bit in range(len(new))])
        judged = joined.changed(seen=np.concatenate([joined.seen[: len(old)], flags]))
        logs.append(basis.carried(cluster_marginal(judged, prior, fixed).whole))
    return np.exp(np.array(logs) - log_sum_exp(np.array(logs), axis=0))


def _as_item(watched: WatchItem) -> EvidenceItem:
    return EvidenceItem(
        id=watched.id,
        date=watched.by,
        cluster=watched.cluster,
        observed=True,
        reliability="A",
        credibility=1,
        actor="",
        source="",
        locator="",
        claim=watched.indicator,
    )


def _from_item(
    basis: Basis,
    item: EvidenceItem,
    kind: str,
    by: dt.date,
    judged: Mapping[str, Interval],
    *,
    because: str = "",
    cost: float | None = None,
) -> Observable:
    likelihoods = {h: Likelihood(low=p.low, mid=p.mid, high=p.high, because="") for h, p in judged.items()}
    if item.cluster:
        shared = Shared(item, likelihoods)
        seen = together_seen(basis, item.cluster, [shared])[1]
    else:
        shared, alone_here = None, basis.case.changed(likelihoods={item.id: likelihoods})
        seen = np.exp(alone(read_items(alone_here, (item,)), basis.closed_form.gamma)[0])
    return Observable(item.id, kind, by, item.claim, seen, shared=shared, because=because, cost=cost)


def _reasons(watched: WatchItem) -> str:
    return " ".join(f"{hypothesis}: {reason}" for hypothesis, reason in watched.reasons.items())
