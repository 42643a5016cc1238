"""The marginal likelihood of the recorded history: transitions made, and days on which none was.

``m_t(h, gamma) = int phi(u) prod_g int phi(v) lambda^d exp(-lambda E) dv du`` by the trapezoid rule in both, and the
mean of that over the widths which the stated ranges may have: one for a transition, under all hypotheses and regimes.
Exposure E is counted here interval by interval between the dates on which anything changed.  A day is at risk from the
evening before to its own, and belongs to the regime that holds on it.

References
----------
Andersen, P. K. and Keiding, N. (2002), Multi-state models for event history analysis.  Stat. Methods Med. Res. 11.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from detente.exact.evidence import weights_of
from detente.exact.intensities import stated_intensities
from detente.exact.quadrature import interpolate, line, log_normal_weights, log_sum_exp
from detente.exact.waiting import levels

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from detente.case.processes import Event, Transition
    from detente.case.schema import Case

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

REACH = 12.0
TABLE_STEP, TABLE_POINTS = 0.1, 10
"""Spacing of the table over log intensities, and the points a value between two of them is interpolated from."""


@dataclass(frozen=True)
class Steps:
    """Elicited intensities, their stated ranges of one width, and counted history.

    Shapes: ``location`` (eta, log of transitions a day) and ``spread`` (sigma), as the outside view leaves them
    (transition, hypothesis, regime); ``happened`` (d), ``exposure`` (E, coupling-weighted days) and ``constant`` (log
    multipliers of the transitions made) (transition, regime); ``weights`` (hypothesis,) of a mean over hypotheses.
    ``over_v`` remembers, by transition and regime, what :func:`given_u` needs.
    """

    location: Floats
    spread: Floats
    happened: Floats
    exposure: Floats
    constant: Floats
    weights: Floats
    persistence: float
    over_v: dict[tuple[int, int], tuple[float, Floats]] = field(default_factory=dict, compare=False, repr=False)

    def __getstate__(self) -> dict[str, object]:
        """Pack a copy of what is remembered, which another thread may be adding to."""
        return {**self.__dict__, "over_v": dict(self.over_v)}

    def log_intensity(self, gamma: Floats) -> Floats:
        """Return the location of log lambda at each gamma, shape (gamma, transition, hypothesis, regime)."""
        centre = np.einsum("h,thg->tg", self.weights, self.location)[:, None]
        return centre + gamma[:, None, None, None] * (self.location - centre)

    def recorded(self, transition: int) -> tuple[int, ...]:
        """Return the regimes in which the transition was at risk or made."""
        return tuple(np.flatnonzero((self.exposure[transition] > 0) | (self.happened[transition] > 0)))


def read_steps(case: Case) -> tuple[Steps, ...]:
    """Turn stated probabilities into log intensities, for each width that ranges may have, and the record into counts.

    The widths are equally likely.
    """
    location, spread, days = stated_intensities(case)
    happened, exposure, constant = _count(case)
    moved, narrower = levels(case, (location, spread, days)) or (0.0, 1.0)
    return tuple(
        Steps(
            location=at,
            spread=sd,
            happened=happened,
            exposure=exposure,
            constant=constant,
            weights=weights_of(case),
            persistence=case.priors.persistence,
        )
        for at, sd in zip(location + moved, spread * narrower, strict=True)
    )


def grid(spread: float) -> Floats:
    """Return nodes for u and v: finer where a wide spread makes the integrand fall faster."""
    return line(-REACH, REACH, 0.5 / np.sqrt(1 + 4 * spread + spread**2))


def log_sojourn(steps: Steps, transition: int, regime: int, log_intensity: Floats) -> Floats:
    """Return d log lambda - lambda E for one transition in one regime, elementwise."""
    made, days = steps.happened[transition, regime], steps.exposure[transition, regime]
    with np.errstate(over="ignore"):
        return made * log_intensity + steps.constant[transition, regime] - np.exp(log_intensity) * days


def given_u(steps: Steps, transition: int, regime: int, location: Floats, u: Floats) -> Floats:
    """Return log of the integral over v at each u; ``location`` (..., hypothesis), the result (..., hypothesis, u).

    The integral depends on location and u through one number, so that it is worked out on a line and interpolated.
    """
    spread = steps.spread[transition, :, regime]
    at = location[..., None] + np.sqrt(steps.persistence) * spread[:, None] * u
    key = (transition, regime)
    if key not in steps.over_v:
        steps.over_v[key] = _integrate_v(steps, transition, regime)
    start, values = steps.over_v[key]
    return interpolate(start, TABLE_STEP, values, at, TABLE_POINTS)


def _integrate_v(steps: Steps, transition: int, regime: int) -> tuple[float, Floats]:
    """Return the first node, and log of the integral over v at nodes ``TABLE_STEP`` apart, (hypothesis, node)."""
    spread = steps.spread[transition, :, regime]
    ends = steps.log_intensity(np.array([0.0, 1.0]))[:, transition, :, regime]
    reach = np.sqrt(steps.persistence) * float(spread.max()) * REACH + TABLE_STEP * TABLE_POINTS
    x = np.arange(ends.min() - reach, ends.max() + reach + TABLE_STEP, TABLE_STEP)
    v = grid(float(spread.max()))
    shift = np.sqrt(1 - steps.persistence) * spread[:, None, None] * v
    sojourn = log_sojourn(steps, transition, regime, x[:, None] + shift)
    return float(x[0]), log_sum_exp(sojourn + log_normal_weights(v), axis=-1)


def transition_marginal(widths: tuple[Steps, ...], transition: int, gamma: Floats) -> Floats:
    """Return log m_t(h, gamma), shape (gamma, hypothesis)."""
    return log_sum_exp(by_width(widths, transition, gamma), axis=0) - np.log(len(widths))


def by_width(widths: tuple[Steps, ...], transition: int, gamma: Floats) -> Floats:
    """Return log m_t(h, gamma) given each width, shape (width, gamma, hypothesis)."""
    return np.stack([_given_width(steps, transition, gamma) for steps in widths])


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


def _given_width(steps: Steps, transition: int, gamma: Floats) -> Floats:
    location = steps.log_intensity(gamma)[:, transition]
    regimes = steps.recorded(transition)
    if len(regimes) == 1:  # u and v only appear as one standard normal
        spread = steps.spread[transition, :, regimes[0]]
        x = grid(float(spread.max()))
        log_intensity = location[:, :, regimes[0], None] + spread[:, None] * x
        return log_sum_exp(log_sojourn(steps, transition, regimes[0], log_intensity) + log_normal_weights(x), axis=-1)
    u = grid(float(steps.spread[transition].max()))
    total = sum(given_u(steps, transition, g, location[:, :, g], u) for g in regimes)
    return log_sum_exp(total + log_normal_weights(u), axis=-1) if regimes else np.zeros(location.shape[:2])


def _count(case: Case) -> tuple[Floats, Floats, Floats]:
    """Count transitions and exposure between the dates on which a state or the regime changed."""
    shape = (len(case.transitions), len(case.regimes))
    happened, exposure, constant = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    column = {regime: place for place, regime in enumerate(case.regimes)}
    histories = {process.id: case.history(process.id) for process in case.processes}
    turns = {e.date for history in histories.values() for e in history} | {p.start.date for p in case.processes}
    if case.election_eve:
        turns.add(case.election_eve)
    for row, step in enumerate(case.transitions):
        for entered, left, event in _sojourns(case, step, histories[step.process]):
            cuts = sorted({entered, left} | {day for day in turns if entered < day < left})
            for start, end in pairwise(cuts):
                days = _factor(case, step, histories, start) * (end - start).days
                for regime, share in case.regimes_on(end).items():
                    exposure[row, column[regime]] += share * days
            if event and event.state == step.target:
                factor = np.log(_factor(case, step, histories, event.date))
                for regime, share in case.regimes_on(event.date).items():
                    happened[row, column[regime]] += share
                    constant[row, column[regime]] += share * factor
    return happened, exposure, constant


def _sojourns(case: Case, step: Transition, history: tuple[Event, ...]) -> list[tuple[dt.date, dt.date, Event | None]]:
    """Return each stay in the step's source state: from, to, and the event that ended it."""
    start = case.process(step.process).start
    states = [start.state, *(event.state for event in history)]
    dates = [start.date, *(event.date for event in history), case.information_cutoff]
    ended_by = [*history, None]
    return [(dates[i], dates[i + 1], ended_by[i]) for i, state in enumerate(states) if state == step.source]


def _factor(case: Case, step: Transition, histories: dict[str, tuple[Event, ...]], day: dt.date) -> float:
    """Return the product of the couplings in force on ``step`` on ``day``."""
    factor = 1.0
    for rule in case.priors.couplings:
        if rule.process == step.process and rule.to == step.target:
            other = case.process(rule.when.process)
            past = [event.state for event in histories[other.id] if event.date <= day]
            now = past[-1] if past else other.start.state
            factor *= rule.multiplier if now in other.beyond[rule.when.reached] else 1.0
    return factor
