"""Outcomes conditional on hypothesis and discrimination: tables that can be reweighted.

Given the hypothesis and gamma, items tell nothing more about the processes.  P(outcome | h, gamma, record) is computed
once, by averaging the exact chain over draws of the intensities given the record; whatever changes only P(h, gamma) is
answered by reweighting the tables.  A changed intensity affects one hypothesis, and a regime after the election one
winner; the rest is kept.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente import exact
from detente.analysis.lanes import GAMMA_POINTS, draw_again
from detente.case.election import BEFORE, after
from detente.case.phases import main_regime
from detente.exact.draws import noise_under
from detente.exact.quadrature import chebyshev_nodes, interpolation_matrix, log_sum_exp
from detente.exact.reading import read_steps
from detente.exact.record import winner_marginals
from detente.projection import carry_through, lumped_chains

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from detente.arrays import Flags, Floats, Integers
    from detente.case.schema import Case
    from detente.exact.intensity_draws import Noise
    from detente.exact.reading import Steps
    from detente.projection import Chain


LANES = 400
"""Draws of the intensities at each of them."""
CUBE = 100
"""Draws in one Latin hypercube; how far such sets differ tells the error of their mean."""
TOLERANCE = 1e-12
"""Log intensities that are no further apart are the same."""


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
    the election; ``early`` (L, outcome) by that day; ``late`` (winner, L, outcome) by the horizon.  After a vote
    that is not called the intensities of a winner's regime are those given that this one has won, and ``winner`` (L,
    winner) is P(winner | gamma, record); else it is None.
    """

    log_intensity: Floats
    width: Integers
    at_split: tuple[Floats, ...]
    early: Floats
    late: Floats
    winner: Floats | None = None


@dataclass(frozen=True)
class ConditionalOutcomes:
    """The futures under every hypothesis, and what is needed to compute one again.

    ``steps`` are the intensities and the record, for each width of the stated ranges; ``winner`` (winner,) is
    P(winner), before a record that has days after the vote; ``noise[cube][hypothesis]`` are the random numbers of every
    transition, and what draws on.
    """

    case: Case
    steps: tuple[Steps, ...]
    calendar: Calendar
    chains: tuple[Chain, ...]
    winner: Floats
    random_seed: int
    lanes: int
    noise: tuple[tuple[tuple[tuple[Noise, ...], np.random.Generator], ...], ...] = ()
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
        tables = [self.over_winners(future) for future in self.futures]
        return at_nodes(np.stack([by_gamma(table) for table in tables], axis=1), nodes)

    def over_winners(self, future: Future) -> Floats:
        """Return the outcomes visited by the horizon under one hypothesis, whoever wins, (lane, outcome)."""
        if future.winner is None:
            return np.tensordot(self.winner, future.late, axes=1)
        return np.einsum("lw,wlo->lo", future.winner, future.late)


def by_gamma(values: Floats) -> Floats:
    """Average values (lane, ...) over the lanes of each gamma point, (gamma point, ...)."""
    return values.reshape(GAMMA_POINTS, values.shape[0] // GAMMA_POINTS, *values.shape[1:]).mean(axis=1)


def at_nodes(table: Floats, nodes: Floats) -> Floats:
    """Carry a table (gamma point, ...) to gamma ``nodes``."""
    return np.tensordot(interpolation_matrix(GAMMA_POINTS, nodes), table, axes=1)


def condition_outcomes(
    case: Case, random_seed: int, lanes: int = LANES, steps: tuple[Steps, ...] | None = None
) -> ConditionalOutcomes:
    """Return the conditional outcomes of ``case``; if more than :data:`CUBE`, ``lanes`` must be a multiple of it.

    ``steps`` are what its transitions are judged and counted, where that is known already.
    """
    if steps is None:
        steps = read_steps(case) if case.transitions else ()
    started = ConditionalOutcomes(
        case=case,
        steps=steps,
        calendar=_calendar(case),
        chains=lumped_chains(case) if case.processes else (),
        winner=chances(case),
        random_seed=random_seed,
        lanes=lanes,
    )
    size, hypotheses = lanes // started.cubes, range(len(case.hypotheses))
    noise = tuple(
        tuple(noise_under(case, started.steps, h, size, random_seed + cube) for h in hypotheses)
        for cube in range(started.cubes if started.steps else 0)
    )
    return recondition_outcomes(dataclasses.replace(started, noise=noise), (started.steps,))[0]


def recondition_outcomes(
    conditional: ConditionalOutcomes, variants: Sequence[tuple[Steps, ...]], chains: tuple[Chain, ...] | None = None
) -> tuple[ConditionalOutcomes, ...]:
    """Return conditional outcomes for each variant of intensities or record, all on the same random numbers.

    Only transitions that differ are drawn again, and only lanes whose intensities then differ are carried again, from
    the cut-off or from the election on.  ``chains`` are others where couplings differ.
    """
    drawn = [draw_again(conditional, steps) for steps in variants]
    log_intensity = np.concatenate([of_h for rates, _ in drawn for of_h in rates])
    moved = _moved(conditional, log_intensity)
    after = dataclasses.replace(conditional, chains=conditional.chains if chains is None else chains)
    at_split, early = _carry_to_split(after, conditional, log_intensity, moved)
    late = np.stack(
        [_carry_on(after, conditional, log_intensity, at_split, moved, w) for w in range(len(after.calendar.later))]
    )
    lanes, width = drawn[0][0].shape[1], len(conditional.case.hypotheses)
    again = []
    for number, (steps, (rates, widths)) in enumerate(zip(variants, drawn, strict=True)):
        futures, winner = [], _given_record(steps, lanes)
        for h in range(width):
            own = slice((number * width + h) * lanes, (number * width + h + 1) * lanes)
            states = tuple(state[:, own] for state in at_split)
            given = None if winner is None else winner[h]
            futures.append(Future(rates[h], widths[h], states, early[own], late[:, own], given))
        again.append(dataclasses.replace(after, steps=steps, futures=tuple(futures)))
    return tuple(again)


def _given_record(steps: tuple[Steps, ...], lanes: int) -> Floats | None:
    """Return P(winner | h, gamma, record), (hypothesis, lane, winner), at the gamma point of each lane."""
    if not steps or not steps[0].by_winner:
        return None
    log_joint = winner_marginals(steps, chebyshev_nodes(GAMMA_POINTS)).T
    chance = np.exp(log_joint - log_sum_exp(log_joint, axis=2)[..., None])
    return np.repeat(chance, lanes // GAMMA_POINTS, axis=1)


def chances(case: Case) -> Floats:
    """Return P(winner) in closed form for each winner that is still possible, (winner,)."""
    known = exact.known_winners(case)
    return np.array([known[winner] for winner in case.winner_ids]) if known else np.ones(1)


def _moved(conditional: ConditionalOutcomes, log_intensity: Floats) -> Flags | None:
    """Tell which log intensities (lane, transition, regime) differ from those before, if there are any."""
    if not conditional.futures:
        return None
    before = np.concatenate([future.log_intensity for future in conditional.futures])
    return np.abs(log_intensity.reshape(-1, *before.shape) - before).reshape(log_intensity.shape) > TOLERANCE


def _to_carry(
    after: ConditionalOutcomes,
    before: ConditionalOutcomes,
    number: int,
    moved: Flags | None,
    regimes: Collection[str],
    tables: Iterable[Floats],
    lanes: int,
) -> tuple[Integers, Floats]:
    """Return the lanes that a chain has to be carried again in through some regimes, and its outcomes as they were.

    These are (lane, outcome), from ``tables`` by hypothesis, for as many variants as there are lanes; or room for them.
    """
    chain = after.chains[number]
    if moved is None or chain.moves != before.chains[number].moves:
        return np.arange(lanes), np.zeros((lanes, len(chain.outcomes)))
    rows = sorted({move.transition for move in chain.moves})
    columns = [g for g, regime in enumerate(after.case.regimes) if main_regime(regime) in regimes]
    whole = np.concatenate([*tables])[:, list(chain.outcomes)]
    again = np.flatnonzero(moved[:, rows][:, :, columns].any(axis=(1, 2)))
    return again, np.tile(whole, (lanes // len(whole), 1))


def _carry_to_split(
    after: ConditionalOutcomes, before: ConditionalOutcomes, log_intensity: Floats, moved: Flags | None
) -> tuple[tuple[Floats, ...], Floats]:
    """Return each chain's state on the eve of the election (or at the cut-off), and the outcomes visited by then."""
    lanes, days = log_intensity.shape[0], np.array([float(after.calendar.split)])
    early, states = np.zeros((lanes, len(after.case.outcomes))), []
    for number, chain in enumerate(after.chains):
        state = np.zeros((chain.states, lanes))
        state[0] = 1.0
        if after.is_ahead:
            tables = (future.early for future in before.futures)
            here, seen = _to_carry(after, before, number, moved, (BEFORE,), tables, lanes)
            begin, rates = state[:, here], rates_of(log_intensity[here])
            if here.size < lanes:
                kept = np.hstack([future.at_split[number] for future in before.futures])
                state = np.tile(kept, lanes // kept.shape[1])
            if here.size:
                chances, state[:, here] = carry_through(after.case, chain, rates, (BEFORE,), begin, days)
                seen[here] = chances[:, 0]
            early[:, list(chain.outcomes)] = seen
        states.append(state)
    return tuple(states), early


def _carry_on(
    after: ConditionalOutcomes,
    before: ConditionalOutcomes,
    log_intensity: Floats,
    at_split: tuple[Floats, ...],
    moved: Flags | None,
    winner: int,
) -> Floats:
    """Return the outcomes visited by the horizon if the regime that a winner brings follows, (lane, outcome)."""
    calendar, regime, lanes = after.calendar, after.calendar.later[winner], log_intensity.shape[0]
    days, late = np.array([float(calendar.horizon)]), np.zeros((lanes, len(after.case.outcomes)))
    through = (BEFORE, regime) if after.is_ahead else (regime,)
    for number, (chain, state) in enumerate(zip(after.chains, at_split, strict=True)):
        tables = (future.late[winner] for future in before.futures)
        here, seen = _to_carry(after, before, number, moved, through, tables, lanes)
        if here.size:
            rates = rates_of(log_intensity[here])
            chances, _ = carry_through(after.case, chain, rates, (regime,), state[:, here], days, calendar.split)
            seen[here] = chances[:, 0]
        late[:, list(chain.outcomes)] = seen
    return late


def rates_of(log_intensity: Floats) -> Floats:
    """Return the intensities (lane, regime or part, transition) of their logarithms (lane, transition, regime)."""
    return np.exp(log_intensity).transpose(0, 2, 1)


def _calendar(case: Case) -> Calendar:
    start, election, eve = case.information_cutoff, case.election, case.election_eve
    split = max(0, (eve - start).days) if eve and case.winner is None else 0
    later: tuple[str, ...] = (BEFORE,)
    if election is not None:
        later = tuple(after(winner) for winner in ((case.winner,) if case.winner else case.winner_ids))
    return Calendar(split, max(split, (case.horizon - start).days), later)
