"""A small case with an election, polls of it and a ladder, made in memory."""

from __future__ import annotations

import datetime as dt

import numpy as np
from small import make_case

from detente.case.polls import Poll, PollPriors
from detente.case.reference_class import HALF_LIFE_YEARS, Member, OutsideViewPrior

VOTE, TODAY, END = dt.date(2031, 1, 1), dt.date(2030, 12, 1), dt.date(2031, 12, 1)
EVE = VOTE - dt.timedelta(days=1)
KINDS = {"duel": 0.0, "round": 0.015, "guess": 0.02}
PRIORS = PollPriors(
    house_sd=0.02,
    bias_sd=0.03,
    walk_sd=0.002,
    excess_sd=0.01,
    start_sd=0.1,
    design_effect=1.5,
    kind_sd=KINDS,
    unstated_sample=1200,
    because="A test wants it.",
)
LADDER = {"ladder": [("apart", "met"), ("met", "signed"), ("met", "allied"), ("signed", "allied")]}


def poll_case(polls, priors=PRIORS, cutoff=TODAY, winners=("incumbent", "rival")):
    """Return a case with polls, and nothing else to speak of."""
    case = make_case([(0.6, 0.4)], winners=winners, election=VOTE, cutoff=cutoff, horizon=END)
    return case.changed(polls=tuple(polls), priors=case.priors.changed(polls=priors))


def poll(day, share, house="a", size=1000, kind="duel", named=90.0, **more):
    """Return a poll of one day that gives the incumbent this share of the two."""
    fields = {"start": day, "end": day} | more
    incumbent = float(np.clip(named * share, 1e-3, named - 1e-3))
    return Poll(
        pollster=house,
        sample_size=size,
        kind=kind,
        incumbent=incumbent,
        opponent=named - incumbent,
        source="",
        **fields,
    )


def random_polls(rng, count, houses=4, days=200):
    """Return polls of random days, houses, kinds and sizes."""
    return [
        poll(
            TODAY - dt.timedelta(days=int(rng.integers(1, days))),
            rng.uniform(0.4, 0.6),
            house=f"house {rng.integers(houses)}",
            size=int(rng.integers(300, 5000)) if rng.random() < 0.8 else None,
            kind=[*KINDS, None][rng.integers(4)],
            named=rng.uniform(70, 100),
        )
        for _ in range(count)
    ]


def simulate_election(rng, priors=PRIORS, count=30, houses=6, days=100):
    """Draw a share on election day and the polls before it, straight from the model's statements."""
    lean = rng.normal(0, priors.house_sd, houses)
    bias = rng.normal(0, priors.bias_sd)
    effect = {kind: rng.normal(0, sd) for kind, sd in priors.kind_sd.items()}
    length = (VOTE - TODAY).days + days
    first = 0.5 + rng.normal(0, priors.start_sd)
    walk = first + np.concatenate([[0], np.cumsum(rng.normal(0, priors.walk_sd, length))])
    when = np.sort(np.concatenate([[0], rng.integers(0, days, count - 1)]))
    polls = []
    for day in when:
        house, kind, size = rng.integers(houses), [*KINDS][rng.integers(3)], int(rng.integers(500, 4000))
        centre = walk[day] + lean[house] + bias + effect[kind]
        near = np.clip(centre, 0.02, 0.98)
        # The variance is read off the share that is published; one step toward that fixed point is close enough.
        sd = np.sqrt(priors.design_effect * near * (1 - near) / (0.9 * size) + priors.excess_sd**2)
        date = TODAY - dt.timedelta(days=int(days - day))
        polls.append(poll(date, float(np.clip(centre + rng.normal(0, sd), 0.01, 0.99)), f"house {house}", size, kind))
    return float(walk[-1]), polls


def member(name, start, until, election=None, reference_class="others", **reached):
    """Return a member; its dates are days after the first of January 2000, None for not reached; absent is no state.

    A pair of days is a day between the two, both included; `start` may be one as well.
    """
    began = start if isinstance(start, tuple) else (start, start)

    def day(number):
        return None if number is None else dt.date(2000, 1, 1) + dt.timedelta(days=number)

    return Member(
        reference_class=reference_class,
        member=name,
        start=day(began[1]),
        start_earliest=None if began[0] == began[1] else day(began[0]),
        followed_until=day(until),
        reached={state: day(days[1] if isinstance(days, tuple) else days) for state, days in reached.items()},
        earliest={state: day(days[0]) for state, days in reached.items() if isinstance(days, tuple)},
        election=election,
        election_support="recall" if election is not None else None,
    )


def class_case(members, weight=0.5, half_life=HALF_LIFE_YEARS, apart=0.0, **more):
    """Return a case with a ladder and a reference class."""
    fields = {"processes": LADDER, "spread": 0.2, "cutoff": TODAY, "horizon": END, "election": VOTE}
    case = make_case([(0.6, 0.4)], winners=("incumbent", "rival"), **fields | {"chances": 0.3} | more)
    view = OutsideViewPrior(
        weight=weight, half_life=half_life, apart=apart, reference_class="others", because="A test wants it."
    )
    return case.changed(reference_class=tuple(members), priors=case.priors.changed(outside_view=view))


def random_members(rng, count):
    """Return members that reach the states of the ladder in random order, or not, or to which they do not apply."""
    members = []
    for number in range(count):
        start = int(rng.integers(0, 9000))
        until = start + int(rng.integers(1, 3000))
        reached = {}
        for state in ("met", "signed", "allied"):
            chance = rng.random()
            if chance < 0.6:
                reached[state] = int(rng.integers(start - 50, until + 1)) if rng.random() < 0.8 else start
                if rng.random() < 0.2:
                    reached[state] = (
                        (start, until) if rng.random() < 0.3 else (max(start, reached[state] - 30), reached[state])
                    )
                    reached[state] = tuple(sorted(reached[state]))
            elif chance < 0.9:
                reached[state] = None
        ends = [days[1] if isinstance(days, tuple) else days for days in reached.values() if days is not None]
        if number % 4 == 1:  # it began in one of thirty days, before it got anywhere
            start = (start - 60, max(start - 60, min([start - 30, *ends])))
        members.append(member(f"m{number}", start, until, [True, False, None][rng.integers(3)], **reached))
    return members
