"""Cases made in memory, with nothing in them but what a test is about.

`make_case([(0.6, 0.2), (0.3, 0.5)])` has two hypotheses and two items: their mids, stated without doubt, by reliable
sources, with full discrimination.  So it is naive Bayes until a keyword says otherwise.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from detente.case.election import Election, ScheduledElection, Winner
from detente.case.evidence import EvidenceItem
from detente.case.intensities import Intensity
from detente.case.likelihoods import Likelihood
from detente.case.outcomes import Outcome
from detente.case.priors import BetaPrior, Priors, WeightedPrior
from detente.case.processes import Process, ProcessStart, Transition
from detente.case.question import Hypothesis
from detente.case.schema import Case, CaseRecord
from detente.forecast.causes import largest_deviation

START, CUTOFF, HORIZON = dt.date(2030, 1, 1), dt.date(2030, 6, 1), dt.date(2031, 6, 1)
WHY = "A test wants it."
SURE = 1e-13
"""Half the width of an interval that is as good as none."""


def checked(case):
    """Return a case whose values are of the types declared, as they are when it is read; what cannot be is refused."""
    plain = msgspec.to_builtins(case, enc_hook=lambda value: str(value) if isinstance(value, str) else value.item())
    return msgspec.convert(plain, type(case))


def beta(mean, sd=0.0):
    return BetaPrior(mean=mean, sd=sd, because=WHY)


def around(mid, width, kind=Likelihood, **more):
    """Return the interval from mid - width to mid + width."""
    return kind(low=mid - width, mid=mid, high=mid + width, because=WHY, **more)


def make_case(
    mids=(),
    *,
    seen=None,
    clusters=None,
    weights=None,
    width=SURE,
    gamma=(1.0, 0.0),
    rho=(0.5, 0.15),
    trust=1.0,
    hypotheses=None,
    processes=(),
    chances=0.5,
    spread=SURE,
    winners=(),
    election=None,
    events=(),
    couplings=(),
    persistence=0.5,
    assumed_mass=0.65,
    cutoff=CUTOFF,
    horizon=HORIZON,
):
    """Return a case.

    `mids[i][h]` is P(item i would be seen | h), `clusters[i]` its cluster or None. `chances` is P(step within 100
    days), a number or a function of transition, hypothesis and regime; `spread` the half width of its interval.
    """
    count = hypotheses or (len(mids[0]) if mids else 2)
    names = tuple(f"h{k}" for k in range(count))
    weights = weights or [1 / count] * count
    clusters = clusters or [None] * len(mids)
    seen = seen or [True] * len(mids)
    states = {
        name: list(dict.fromkeys(state for arrow in arrows for state in arrow))
        for name, arrows in dict(processes).items()
    }
    made = tuple(
        Process(
            id=name,
            states=states[name],
            start=ProcessStart(state=states[name][0], date=START),
            transitions=[Transition(process=name, source=a, target=b) for a, b in arrows],
        )
        for name, arrows in dict(processes).items()
    )
    regimes = ("before", *(f"after:{w}" for w in winners))
    chance = chances if callable(chances) else lambda *_: chances
    return checked(
        Case(
            id="small",
            title="A small case",
            question="Which one?",
            information_cutoff=cutoff,
            horizon=horizon,
            hypotheses=[Hypothesis(id=name, statement=f"It is {name}.") for name in names],
            clusters=dict.fromkeys(dict.fromkeys(filter(None, clusters)), "One cause."),
            election=Election(
                schedule=[ScheduledElection(known_from=START, date=election)],
                winners=[Winner(id=w, label=f"{w} wins") for w in winners],
            )
            if winners
            else None,
            processes=made,
            outcomes=[
                Outcome(id=f"{name}_{state}", label=f"{name} reaches {state}", process=name, state=state)
                for name in states
                for state in states[name][1:]
            ],
            evidence=[
                EvidenceItem(
                    id=f"i{i}",
                    date=START + dt.timedelta(days=i % 100),
                    cluster=clusters[i],
                    observed=seen[i],
                    reliability="A",
                    credibility=1,
                    actor="",
                    source="A source",
                    locator="",
                    claim="A claim.",
                )
                for i in range(len(mids))
            ],
            events=events,
            priors=Priors(
                hypotheses=WeightedPrior(weights=dict(zip(names, weights, strict=True)), concentration=4, because=WHY),
                discrimination=beta(*gamma),
                dependence={"default": beta(*rho)},
                assumed_mass=assumed_mass,
                persistence=persistence,
                reliability=dict.fromkeys("ABCDEF", trust),
                credibility=dict.fromkeys(range(1, 7), 1.0),
                election=WeightedPrior(weights={w: 1 / len(winners) for w in winners}, concentration=8, because=WHY)
                if winners
                else None,
                couplings=couplings,
            ),
            likelihoods={
                f"i{i}": {name: around(mid, width) for name, mid in zip(names, row, strict=True)}
                for i, row in enumerate(mids)
            },
            intensities=[
                around(chance(step, h, g), spread, Intensity, transition=step, hypothesis=h, regime=g, within_days=100)
                for process in made
                for step in process.transitions
                for h in names
                for g in regimes
            ],
        )
    )


def sampled_case(mids=((0.8, 0.3), (0.7, 0.1)), **more):
    """Return a case of two items and a record: tests of what is sampled share its shape, which is compiled once."""
    made = {
        "width": 0.01,
        "gamma": (0.9, 0.05),
        "processes": {"p": [("s0", "s1")]},
        "chances": lambda step, h, regime: {"h0": 0.9, "h1": 0.4}[h],
        "spread": 0.02,
    }
    return make_case(mids, **{**made, **more})


def case_of_fractions(discrimination, *correlations, weights, trust):
    """Return a case of four hypotheses, of four clusters of two items, and of an item alone.

    It is of one shape, and compiled once, where a weight is small, the discrimination piles up at an end, and of the
    four correlations, each a mean and a deviation, the first is known, the second piles up nowhere and the others do.
    """
    mids = [
        (0.6, 0.2, 0.4, 0.5),
        (0.7, 0.4, 0.3, 0.5),
        (0.3, 0.5, 0.6, 0.4),
        (0.5, 0.3, 0.4, 0.6),
        (0.2, 0.1, 0.4, 0.3),
        (0.6, 0.5, 0.3, 0.2),
        (0.8, 0.5, 0.6, 0.3),
        (0.4, 0.2, 0.3, 0.6),
        (0.5, 0.4, 0.3, 0.4),
    ]
    clusters = [*"ccddeeff", None]
    case = make_case(mids, clusters=clusters, width=0.05, gamma=discrimination, weights=weights, trust=trust)
    stated = {name: beta(*one) for name, one in zip("cdef", correlations, strict=True)}
    return case.changed(priors=case.priors.changed(dependence={**case.priors.dependence, **stated}))


def on_record(case):
    """Return a case as a record of all that it says, whatever its cut-off."""
    return CaseRecord.read(case.fields(CaseRecord))


def of_one_peak(case):
    """Return a case none of whose fractions piles up at an end: the model has them as they are."""

    def narrowed(prior):
        return prior.changed(sd=min(prior.sd, 0.99 * largest_deviation(prior)))

    priors = case.priors
    dependence = {name: narrowed(prior) for name, prior in priors.dependence.items()}
    narrow = {"discrimination": narrowed(priors.discrimination), "dependence": dependence}
    return case.changed(priors=priors.changed(**narrow))
