"""Small random valid cases on which the engines must agree.

They vary what tends to trip engines: two to four hypotheses; items alone and in clusters, seen, absent, silent until a
date, retracted, and not yet known; processes with branches and shortcuts, and couplings between them; an election
ahead, past, or none, with two winners or three; parameters that are fixed instead of uncertain.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from detente.case.election import BEFORE, Election, ScheduledElection, Winner, after
from detente.case.evidence import EvidenceItem
from detente.case.intensities import Intensity
from detente.case.likelihoods import Likelihood
from detente.case.outcomes import Outcome
from detente.case.priors import BetaPrior, Coupling, Priors, Reached, WeightedPrior
from detente.case.processes import Event, Process, ProcessStart, Transition
from detente.case.question import Hypothesis
from detente.case.schema import Case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.case.values import Credibility, Reliability

WHY = "drawn at random"
CUTOFF = dt.date(2023, 3, 1)
HYPOTHESES = ("first", "second", "third", "fourth")
WINNERS = ("incumbent", "opposition", "outsider")
LETTERS: tuple[Reliability, ...] = ("A", "B", "C", "D", "E", "F")
DIGITS: tuple[Credibility, ...] = (1, 2, 3, 4, 5, 6)
PROCESSES = ("ladder", "settlement", "offensive")


def random_case(rng: np.random.Generator, name: str) -> Case:
    """Return a random valid case as of its cut-off.

    >>> random_case(np.random.default_rng(1), "random").information_cutoff
    datetime.date(2023, 3, 1)
    """
    hypotheses = HYPOTHESES[: rng.integers(2, 5)]
    winners = WINNERS[: rng.choice([0, 2, 3])]
    election, won = _election(rng, winners)
    regimes = (BEFORE, *(after(winner) for winner in winners))
    groups = tuple(f"cluster-{number}" for number in range(rng.integers(0, 5)))
    items = tuple(_item(rng, number, groups) for number in range(rng.integers(2, 16)))
    processes = tuple(_process(rng, process) for process in PROCESSES[: rng.integers(0, 4)])
    case = Case(
        id=name,
        title="A random case",
        question="Do the engines agree?",
        information_cutoff=CUTOFF,
        horizon=CUTOFF + _days(rng, 150, 500),
        hypotheses=tuple(Hypothesis(id=h, statement=f"It is the {h}.") for h in hypotheses),
        clusters=dict.fromkeys(groups, WHY),
        election=election,
        processes=processes,
        outcomes=tuple(
            Outcome(id=f"{process.id}-{state}", label=f"{process.id} reaches {state}", process=process.id, state=state)
            for process in processes
            for state in process.states[1:]
        ),
        evidence=items,
        events=(*_events(rng, processes), *won),
        priors=_priors(rng, hypotheses, winners, groups, processes),
        likelihoods={item.id: _likelihoods(rng, hypotheses) for item in items},
        intensities=tuple(
            _intensity(rng, step, h, regime)
            for process in processes
            for step in process.transitions
            for h in hypotheses
            for regime in regimes
        ),
    )
    return case.as_of(CUTOFF)


def _days(rng: np.random.Generator, low: int, high: int) -> dt.timedelta:
    return dt.timedelta(days=int(rng.integers(low, high)))


def _election(rng: np.random.Generator, winners: Sequence[str]) -> tuple[Election | None, tuple[Event, ...]]:
    """Draw an election that is past or ahead, or none, and its winner."""
    if not winners:
        return None, ()
    is_over = bool(rng.random() < 0.4)  # noqa: PLR2004 - two in five
    date = CUTOFF - _days(rng, 20, 150) if is_over else CUTOFF + _days(rng, 20, 140)
    first = dt.date(2021, 1, 1)
    schedule = [ScheduledElection(known_from=first, date=date + dt.timedelta(days=30))]
    schedule.append(ScheduledElection(known_from=first + dt.timedelta(days=200), date=date))
    known, winner = date + dt.timedelta(days=1), str(rng.choice(winners))
    won = Event(date=known, process="election", state=winner, source="", claim="")
    named = tuple(Winner(id=winner, label=f"The {winner} wins") for winner in winners)
    return Election(schedule=tuple(schedule), winners=named), (won,) if is_over else ()


def _item(rng: np.random.Generator, number: int, groups: Sequence[str]) -> EvidenceItem:
    """Draw an item: one in eight is not known yet, one in ten is retracted, half of the absences were due by a date."""
    kind, observed = rng.random(2)
    date = CUTOFF + _days(rng, 1, 60) if kind < 1 / 8 else CUTOFF - _days(rng, 0, 300)
    seen = bool(observed < 0.65)  # noqa: PLR2004 - two in three
    withdrawn = bool(kind > 0.9)  # noqa: PLR2004 - one in ten
    due = None if seen or rng.random() < 1 / 2 else max(date, CUTOFF + dt.timedelta(days=int(rng.integers(-40, 20))))
    return EvidenceItem(
        id=f"item-{number}",
        date=date,
        cluster=str(rng.choice(groups)) if groups and rng.random() < 3 / 4 else None,
        observed=seen,
        reliability=LETTERS[rng.integers(6)],
        credibility=DIGITS[rng.integers(6)],
        actor="",
        source="A source",
        locator="",
        claim="A claim.",
        expected_by=due,
        retracted_on=date + _days(rng, 1, 40) if withdrawn else None,
        retracted_because=WHY if withdrawn else None,
    )


def _process(rng: np.random.Generator, name: str) -> Process:
    """Draw states, each reached from an earlier one, with branches and shortcuts."""
    states = tuple(f"state-{number}" for number in range(rng.integers(2, 5)))
    arrows = {(int(rng.integers(0, target)), target) for target in range(1, len(states))}
    arrows |= {(a, b) for b in range(1, len(states)) for a in range(b) if rng.random() < 1 / 4}
    return Process(
        id=name,
        states=states,
        start=ProcessStart(state=states[0], date=CUTOFF - _days(rng, 20, 300)),
        transitions=tuple(Transition(process=name, source=states[a], target=states[b]) for a, b in sorted(arrows)),
    )


def _events(rng: np.random.Generator, processes: Sequence[Process]) -> tuple[Event, ...]:
    """Draw a path of each process, with no two transitions on one day."""
    events = []
    for process in processes:
        state, day = process.start.state, process.start.date
        while (onward := process.successors(state)) and rng.random() < 3 / 4:
            day += _days(rng, 1, 200)
            if day > CUTOFF:
                break
            state = onward[rng.integers(len(onward))].target
            events.append(Event(date=day, process=process.id, state=state, source="", claim=""))
    return tuple(sorted(events, key=lambda event: event.date))


def _priors(
    rng: np.random.Generator,
    hypotheses: Sequence[str],
    winners: Sequence[str],
    groups: Sequence[str],
    processes: Sequence[Process],
) -> Priors:
    own = {group: _beta(rng) for group in groups if rng.random() < 1 / 2}
    return Priors(
        hypotheses=WeightedPrior(weights=_shares(rng, hypotheses), concentration=4.0, because=WHY),
        discrimination=_beta(rng),
        dependence={"default": _beta(rng), **own},
        assumed_mass=(0.5, 0.65, None)[int(rng.choice(3))],
        persistence=float(rng.choice([0.0, 0.3, 0.5, 0.9, 1.0])),
        reliability={"A": 0.98, "B": 0.9, "C": 0.75, "D": 0.5, "E": 0.25, "F": 0.5},
        credibility={1: 1.0, 2: 0.95, 3: 0.85, 4: 0.6, 5: 0.3, 6: 0.7},
        election=WeightedPrior(weights=_shares(rng, winners), concentration=8.0, because=WHY) if winners else None,
        couplings=tuple(
            Coupling(
                process=one.id,
                to=str(rng.choice(one.states[1:])),
                when=Reached(process=other.id, reached=str(rng.choice(other.states[1:]))),
                multiplier=float(rng.choice([0.25, 0.5, 2.0, 4.0])),
                because=WHY,
            )
            for one in processes
            for other in processes
            if one.id != other.id and rng.random() < 2 / 5
        ),
    )


def _beta(rng: np.random.Generator) -> BetaPrior:
    """Draw a Beta prior; one in eight is a fixed value."""
    mean = round(float(rng.uniform(0.15, 0.85)), 2)
    share = float(rng.choice([0.0, 0.2, 0.4, 0.5], p=[0.125, 0.375, 0.375, 0.125]))
    return BetaPrior(mean=mean, sd=round(share * (mean * (1 - mean)) ** 0.5, 4), because=WHY)


def _shares(rng: np.random.Generator, names: Sequence[str]) -> dict[str, float]:
    drawn = [round(float(share), 4) for share in 0.2 / len(names) + 0.8 * rng.dirichlet(np.full(len(names), 3.0))]
    return dict(zip(names, [*drawn[:-1], round(1 - sum(drawn[:-1]), 4)], strict=True))


def _likelihoods(rng: np.random.Generator, hypotheses: Sequence[str]) -> dict[str, Likelihood]:
    base, stated = rng.normal(0, 0.6), {}
    for h in hypotheses:
        middle = float(np.clip(base + rng.normal(0, 0.7), -1.9, 1.9))
        below, above = rng.uniform(0.2, 0.9, 2)
        low, mid, high = (round(float(ndtr(middle + gap)), 4) for gap in (-below, 0.0, above))
        stated[h] = Likelihood(low=low, mid=mid, high=high, because=WHY)
    return stated


def _intensity(rng: np.random.Generator, step: Transition, hypothesis: str, regime: str) -> Intensity:
    middle = float(np.clip(rng.normal(-1.0, 0.8), -3.5, 0.8))
    below, above = rng.uniform(0.2, 0.8, 2)
    low, mid, high = (round(float(-np.expm1(-np.exp(middle + gap))), 4) for gap in (-below, 0.0, above))
    return Intensity(
        transition=step, hypothesis=hypothesis, regime=regime, within_days=int(rng.choice([90, 180, 365])),
        low=low, mid=mid, high=high, because=WHY,
    )  # fmt: skip
