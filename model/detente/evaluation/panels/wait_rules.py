"""How long a wait is, by each method: the class with and without ageing, a whole case, and three simple rules.

The whole case is a process of one step whose assessor knows nothing and states the same wide range everywhere: how
near it comes to the class alone tells whether the outside view weighs enough.

References
----------
Kaplan, E. L. and Meier, P. (1958), Nonparametric estimation from incomplete observations.  JASA 53.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.optimize import minimize_scalar

from detente.case.intensities import Intensity
from detente.case.outcomes import Outcome
from detente.case.priors import BetaPrior, Priors, WeightedPrior
from detente.case.processes import Process, ProcessStart, Transition
from detente.case.question import Hypothesis
from detente.case.reference_class import HALF_LIFE_YEARS, Member, OutsideViewPrior
from detente.case.schema import Case
from detente.case.spells import ENDED, Spell
from detente.case.template import slug
from detente.exact.quadrature import line, log_normal_weights
from detente.exact.reading import read_steps
from detente.exact.waiting import Wait, wait_posterior
from detente.forecast.spells import waits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from detente.arrays import Floats

    Survival = Callable[[Floats], Floats]

REACH, STEP = 9.0, 0.05
Method = Literal["class", "ageless", "whole", "constant", "counted", "weibull"]
METHODS: tuple[Method, ...] = ("class", "ageless", "whole", "constant", "counted", "weibull")
SIMPLE: tuple[Method, ...] = ("constant", "counted", "weibull")
HORIZONS = (30, 91, 182, 365, 730, 1826)
IGNORANT = (0.05, 0.5, 0.95, 365.0)
"""What an assessor who knows nothing states for any step: low, mid and high within so many days."""
WAITING = "waiting"
SHAPES = (0.05, 20.0)


def survival(spells: Sequence[Spell], cutoff: dt.date) -> Callable[[tuple[int, ...]], Floats]:
    """Return P(wait > days) by all methods, (method, day), from what is known on the cut-off.

    It is worked out once for days that several spells are asked about.
    """
    waits, ageless = waits_of(spells, cutoff, HALF_LIFE_YEARS), waits_of(spells, cutoff)
    rules = (
        _by_class(waits),
        _by_class(ageless),
        whole_case(ignorant_case(spells, cutoff)),
        _constant(ageless),
        _counted(ageless),
        _weibull(ageless),
    )
    return cache(lambda days: np.stack([rule(np.array(days, dtype=float)) for rule in rules]))


def _by_class(waits: tuple[Wait, ...]) -> Survival:
    posterior = wait_posterior(waits)
    return lambda days: np.array([posterior.weight @ posterior.still_waiting(float(day)) for day in days])


def ignorant_case(spells: Sequence[Spell], cutoff: dt.date) -> Case:
    """Return a case of one step with the spells as its reference class, and an assessor who knows nothing."""
    low, mid, high, days = IGNORANT
    step = Transition(process="wait", source=WAITING, target=ENDED)
    names = ("one", "other")
    members = tuple(_member(spell, number) for number, spell in enumerate(spells))
    because = "An assessor who knows nothing."
    return Case(
        id=slug("wait"),
        title="A wait",
        question="When will it end?",
        information_cutoff=cutoff,
        horizon=cutoff + dt.timedelta(days=max(HORIZONS)),
        hypotheses=tuple(Hypothesis(id=name, label=name, statement=name) for name in names),
        processes=(
            Process(
                id="wait",
                states=(WAITING, ENDED),
                start=ProcessStart(state=WAITING, date=cutoff),
                transitions=(step,),
            ),
        ),
        outcomes=(Outcome(id=ENDED, label="It ends", process="wait", state=ENDED),),
        intensities=tuple(
            Intensity(
                transition=step, hypothesis=name, regime="before", within_days=days, low=low, mid=mid, high=high,
                because=because,
            )
            for name in names
        ),
        reference_class=members,
        priors=Priors(
            hypotheses=WeightedPrior(weights=dict.fromkeys(names, 0.5), concentration=4.0, because=because),
            discrimination=BetaPrior(mean=0.5, sd=0.1, because=because),
            reliability={},
            credibility={},
            outside_view=OutsideViewPrior(reference_class=members[0].reference_class, because=because),
        ),
    )  # fmt: skip


def _member(spell: Spell, number: int) -> Member:
    """Return a spell as a member that may reach :data:`ENDED` and has a name of its own."""
    member, earliest = spell.member, spell.member.earliest.get(spell.state)
    changed = {
        "member": f"m{number}",
        "reached": {ENDED: member.reached.get(spell.state)},
        "earliest": {} if earliest is None else {ENDED: earliest},
    }
    return member.changed(**changed)


def whole_case(case: Case) -> Survival:
    """Return P(the step is not made within days) in a case of one step whose hypotheses do not differ.

    The record is integrated in closed form: a wait of so many days leaves ``E[exp(-lambda days)]``.
    """
    eps = line(-REACH, REACH, STEP)
    share = np.exp(log_normal_weights(eps))
    share /= share.sum()
    paces = [np.exp(steps.location[0, 0, 0] + steps.spread[0, 0, 0] * eps) for steps in read_steps(case)]
    return lambda days: np.mean([np.exp(-np.outer(days, pace)) @ share for pace in paces], axis=0)


def _constant(waits: tuple[Wait, ...]) -> Survival:
    """Return survival at a constant hazard, the number of ends and one half by the days waited (Jeffreys)."""
    hazard = (sum(bool(np.isfinite(wait.by)) for wait in waits) + 0.5) / sum(_days(wait) for wait in waits)
    return lambda days: np.exp(-hazard * days)


def _counted(waits: tuple[Wait, ...]) -> Survival:
    from scipy.stats import CensoredData, ecdf

    ended = [_days(wait) for wait in waits if np.isfinite(wait.by)]
    cut = [_days(wait) for wait in waits if np.isinf(wait.by)]
    if not ended:
        return np.ones_like
    counted = ecdf(CensoredData(uncensored=ended, right=cut)).sf
    return lambda days: np.asarray(counted.evaluate(days))


def _weibull(waits: tuple[Wait, ...]) -> Survival:
    """Return survival by the Weibull distribution that fits best: given its shape the scale is known."""
    days = np.array([_days(wait) for wait in waits])
    ended = np.array([np.isfinite(wait.by) for wait in waits])
    count = max(float(ended.sum()), 0.5)
    log_days = np.log(days[ended]).sum()

    def misfit(log_shape: float) -> float:
        shape = np.exp(log_shape)
        return float(-count * (log_shape + np.log(count) - np.log((days**shape).sum())) - (shape - 1) * log_days)

    shape = float(np.exp(minimize_scalar(misfit, bounds=tuple(np.log(SHAPES)), method="bounded").x))
    scale = (days**shape).sum() / count
    return lambda at: np.exp(-(at**shape) / scale)


def _days(wait: Wait) -> float:
    """Return a wait as one number: half-way where it ended between two days, and never less than half a day."""
    return max(wait.after if np.isinf(wait.by) else (wait.after + wait.by) / 2, 0.5)
