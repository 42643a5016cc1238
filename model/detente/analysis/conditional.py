"""Outcomes conditional on hypothesis and discrimination: tables that can be reweighted.

Given the hypothesis and gamma, items tell nothing more about the processes.  P(outcome | h, gamma, record) is computed
once, by averaging the exact chain over draws of the intensities given the record; whatever changes only P(h, gamma) is
answered by reweighting the tables.  A changed intensity affects one hypothesis, and a regime after the election one
winner; the rest is kept.

References
----------
Owen, A. B. (2013), Monte Carlo theory, methods and examples, chapter 8 (common random numbers).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente import exact
from detente.case.election import BEFORE, after
from detente.case.phases import main_regime
from detente.exact.quadrature import chebyshev_nodes, interpolation_matrix
from detente.projection import build_chains, carry_through

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from detente.case.schema import Case
    from detente.exact import ExactPosterior
    from detente.exact.record import Steps
    from detente.projection import Chain

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

GAMMA_POINTS = 5
"""Chebyshev points of [0, 1]: the outcomes bend little with gamma."""
LANES = 400
"""Draws of the intensities at each of them."""
CUBE = 100
"""Draws in one Latin hypercube; how far such sets differ tells the error of their mean."""
POLL_DRAWS = 4000
KEPT = ("spread", "happened", "exposure", "constant")
TOLERANCE = 1e-12


@dataclass(frozen=True)
class Calendar:
    """Days from the cut-off to the election (0 without one or once it is past) and to the horizon, and the regimes.

    ``later[w]`` is the main regime that winner w brings (the one in force unless an election is open).
    """

    split: int
    horizon: int
    later: tuple[str, ...]


@dataclass(frozen=True)
class Future:
    """The processes under one hypothesis, lane by lane (a lane is a draw of the intensities).

    Shapes, for L lanes, equally many at each gamma point: ``log_intensity`` (L, transition, regime or part of one);
    ``width``, that of the stated ranges (index), (L, transition); ``at_split`` (state, L) for each chain, on the eve of
    the election; ``early`` (L, outcome) by that day; ``late`` (winner, L, outcome) by the horizon.
    """

    log_intensity: Floats
    width: Integers
    at_split: tuple[Floats, ...]
    early: Floats
    late: Floats


@dataclass(frozen=True)
class ConditionalOutcomes:
    """The futures under every hypothesis, and what is needed to compute one again.

    ``bare`` is the exact posterior of the record alone; ``winner`` (winner,) is P(winner).
    """

    case: Case
    bare: ExactPosterior
    calendar: Calendar
    chains: tuple[Chain, ...]
    winner: Floats
    random_seed: int
    lanes: int
    futures: tuple[Future, ...] = ()

    @property
    def cubes(self) -> int:
        """How many sets of evenly spread draws there are at each gamma point."""
        return max(1, self.lanes // CUBE)

    @property
    def is_ahead(self) -> bool:
        """Whether the election is still to come."""
        return self.calendar.split > 0

    def early(self, nodes: Floats) -> Floats:
        """Return P(outcome by the election | h, gamma) at gamma ``nodes``, shape (gamma, hypothesis, outcome)."""
        return at_nodes(np.stack([by_gamma(future.early) for future in self.futures], axis=1), nodes)

    def late(self, nodes: Floats) -> Floats:
        """Return P(outcome by the horizon | h, gamma) at gamma ``nodes``, shape (gamma, hypothesis, outcome)."""
        tables = [np.tensordot(self.winner, future.late, axes=1) for future in self.futures]
        return at_nodes(np.stack([by_gamma(table) for table in tables], axis=1), nodes)


def by_gamma(values: Floats) -> Floats:
    """Average values (lane, ...) over the lanes of each gamma point, (gamma point, ...)."""
    return values.reshape(GAMMA_POINTS, values.shape[0] // GAMMA_POINTS, *values.shape[1:]).mean(axis=1)


def at_nodes(table: Floats, nodes: Floats) -> Floats:
    """Carry a table (gamma point, ...) to gamma ``nodes``."""
    return np.tensordot(interpolation_matrix(GAMMA_POINTS, nodes), table, axes=1)


def condition_outcomes(case: Case, random_seed: int, lanes: int = LANES) -> ConditionalOutcomes:
    """Return the conditional outcomes of ``case``; if more than :data:`CUBE`, ``lanes`` must be a multiple of it."""
    started = ConditionalOutcomes(
        case=case,
        bare=exact.posterior(case.changed(evidence=())),
        calendar=_calendar(case),
        chains=build_chains(case) if case.processes else (),
        winner=chances(case, random_seed),
        random_seed=random_seed,
        lanes=lanes,
    )
    return recondition_outcomes(started, (started.bare.factors.steps,))[0]


def recondition_outcomes(
    conditional: ConditionalOutcomes, variants: Sequence[tuple[Steps, ...]]
) -> tuple[ConditionalOutcomes, ...]:
    """Return conditional outcomes for each variant of intensities or record, all on the same random numbers.

    If only locations of intensities differ, and only in regimes after the election of which nothing is on record, what
    happens before and in the other regimes is kept.
    """
    width, calendar = len(conditional.case.hypotheses), conditional.calendar
    later = _later_only(conditional, variants)
    if later is None:
        by_variant = [_draw(conditional, steps, h) for steps in variants for h in range(width)]
    else:  # the same u and v, about other middles
        by_variant = [
            (conditional.futures[h].log_intensity + _shift(conditional, steps, h), conditional.futures[h].width)
            for steps in variants
            for h in range(width)
        ]
    log_intensity = np.concatenate([rates for rates, _ in by_variant])
    if later is None:
        later = calendar.later
        at_split, early = _carry_to_split(conditional, log_intensity)
    else:
        at_split = tuple(np.tile(np.hstack(states), len(variants)) for states in _by_chain(conditional))
        early = np.tile(np.concatenate([future.early for future in conditional.futures]), (len(variants), 1))
    late = {place: _carry_on(conditional, log_intensity, at_split, place) for place in later}
    lanes = by_variant[0][0].shape[0]
    futures = []
    for number, (rates, widths) in enumerate(by_variant):
        own, h = slice(number * lanes, (number + 1) * lanes), number % width
        rows = [
            late[place][own] if place in late else conditional.futures[h].late[w]
            for w, place in enumerate(calendar.later)
        ]
        futures.append(Future(rates, widths, tuple(state[:, own] for state in at_split), early[own], np.stack(rows)))
    return tuple(
        dataclasses.replace(conditional, futures=tuple(futures[start : start + width]))
        for start in range(0, len(futures), width)
    )


def chances(case: Case, random_seed: int) -> Floats:
    """Return the probability of each winner that is still possible, (winner,)."""
    if case.election is None or case.winner:
        return np.ones(1)
    if case.priors.election is not None and not case.polls_in_force:
        return np.array([case.priors.election.weights[winner] for winner in case.winner_ids])
    bare = case.changed(evidence=(), processes=(), outcomes=(), events=())
    return exact.draw(bare, exact.posterior(bare), POLL_DRAWS, random_seed).winner.mean(axis=0)


def _by_chain(conditional: ConditionalOutcomes) -> tuple[tuple[Floats, ...], ...]:
    """Return each chain's states on the eve of the election under every hypothesis."""
    return tuple(zip(*(future.at_split for future in conditional.futures), strict=True))


def _carry_to_split(conditional: ConditionalOutcomes, log_intensity: Floats) -> tuple[tuple[Floats, ...], Floats]:
    """Return each chain's state on the eve of the election (or at the cut-off), and the outcomes visited by then."""
    lanes = log_intensity.shape[0]
    early = np.zeros((lanes, len(conditional.case.outcomes)))
    states = []
    for chain in conditional.chains:
        state = np.zeros((chain.states, lanes))
        state[0] = 1.0
        if conditional.is_ahead:
            days = np.array([float(conditional.calendar.split)])
            seen, state = carry_through(conditional.case, chain, rates_of(log_intensity), (BEFORE,), state, days)
            early[:, list(chain.outcomes)] = seen[:, 0]
        states.append(state)
    return tuple(states), early


def _carry_on(
    conditional: ConditionalOutcomes, log_intensity: Floats, at_split: tuple[Floats, ...], regime: str
) -> Floats:
    """Return the outcomes visited by the horizon if that regime follows."""
    case, split = conditional.case, conditional.calendar.split
    days = np.array([float(conditional.calendar.horizon)])
    late = np.zeros((log_intensity.shape[0], len(conditional.case.outcomes)))
    for chain, state in zip(conditional.chains, at_split, strict=True):
        seen, _ = carry_through(case, chain, rates_of(log_intensity), (regime,), state, days, split)
        late[:, list(chain.outcomes)] = seen[:, 0]
    return late


def rates_of(log_intensity: Floats) -> Floats:
    """Return the intensities (lane, regime or part, transition) of their logarithms (lane, transition, regime)."""
    return np.exp(log_intensity).transpose(0, 2, 1)


def _draw(conditional: ConditionalOutcomes, steps: tuple[Steps, ...], hypothesis: int) -> tuple[Floats, Integers]:
    """Draw log intensities, and widths, given the hypothesis, the record and each gamma point, on the same numbers.

    Draws at one gamma are spread evenly in every dimension, which mixing gammas would undo.
    """
    case = conditional.case.changed(evidence=(), polls=())
    factors = dataclasses.replace(conditional.bare.factors, steps=steps)
    mass = np.zeros((len(case.hypotheses), 1))
    mass[hypothesis] = 1.0
    drawn, size = [], conditional.lanes // conditional.cubes
    for node in chebyshev_nodes(GAMMA_POINTS):
        given = dataclasses.replace(conditional.bare, gamma=np.array([node]), gamma_posterior=mass, factors=factors)
        drawn += [exact.draw(case, given, size, conditional.random_seed + cube) for cube in range(conditional.cubes)]
    rates = np.concatenate([one.log_intensity[:, :, hypothesis] for one in drawn])
    return rates, np.concatenate([one.width for one in drawn])


def _shift(conditional: ConditionalOutcomes, steps: tuple[Steps, ...], hypothesis: int) -> Floats:
    """Return the shift of the location of each log intensity by lane, (lane, transition, regime)."""
    before, nodes = conditional.bare.factors.steps, chebyshev_nodes(GAMMA_POINTS)
    width = conditional.futures[hypothesis].width
    by_gamma = np.stack([b.log_intensity(nodes) - a.log_intensity(nodes) for a, b in zip(before, steps, strict=True)])
    by_lane = np.repeat(by_gamma[:, :, :, hypothesis], conditional.lanes, axis=1)  # (width, lane, transition, regime)
    return np.take_along_axis(by_lane, width[None, :, :, None], axis=0)[0]


def _later_only(conditional: ConditionalOutcomes, variants: Sequence[tuple[Steps, ...]]) -> tuple[str, ...] | None:
    """Return the main regimes to project again, or None if the time before the election has to be projected as well."""
    widths = conditional.bare.factors.steps
    if not widths or not conditional.futures or not conditional.is_ahead:
        return None
    moved: set[int] = set()
    for variant in variants:
        if len(variant) != len(widths) or widths[0].undated:
            return None
        for before, steps in zip(widths, variant, strict=True):
            if steps.persistence != before.persistence or not _is_kept(before, steps):
                return None
            differs = np.abs(steps.location - before.location) > TOLERANCE
            moved |= {int(regime) for regime in np.flatnonzero(differs.any(axis=(0, 1)))}
    exposure, happened = widths[0].exposure, widths[0].happened
    on_record = {regime for regime in moved if (exposure[:, regime] > 0).any() or happened[:, regime].any()}
    names = {main_regime(conditional.case.regimes[regime]) for regime in moved}
    later = conditional.calendar.later
    return None if on_record or not names <= set(later) else tuple(name for name in later if name in names)


def _is_kept(before: Steps, steps: Steps) -> bool:
    """Tell whether all but the locations is as before."""
    return all(np.allclose(getattr(steps, name), getattr(before, name), rtol=1e-9, atol=1e-12) for name in KEPT)


def _calendar(case: Case) -> Calendar:
    start, election, eve = case.information_cutoff, case.election, case.election_eve
    split = max(0, (eve - start).days) if eve and case.winner is None else 0
    later: tuple[str, ...] = (BEFORE,)
    if election is not None:
        later = tuple(after(winner) for winner in ((case.winner,) if case.winner else case.winner_ids))
    return Calendar(split, max(split, (case.horizon - start).days), later)
