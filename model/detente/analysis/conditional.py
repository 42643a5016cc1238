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

import copy
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detente import exact
from detente.case.election import BEFORE, after
from detente.case.phases import main_regime
from detente.exact.draws import noise_under
from detente.exact.intensity_draws import Noise, StepDraws, draw_step, draw_undated, undated_rows, winner_rows
from detente.exact.quadrature import chebyshev_nodes, interpolation_matrix, log_sum_exp
from detente.exact.record import changed_rows, held_kinds, read_steps, winner_marginals
from detente.exact.sampling import Groups
from detente.projection import build_chains, carry_through

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from detente.arrays import Flags, Floats, Integers
    from detente.case.schema import Case
    from detente.exact.record import Steps
    from detente.projection import Chain


GAMMA_POINTS = 5
"""Chebyshev points of [0, 1]: the outcomes bend little with gamma."""
LANES = 400
"""Draws of the intensities at each of them."""
CUBE = 100
"""Draws in one Latin hypercube; how far such sets differ tells the error of their mean."""
POLL_DRAWS = 4000
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


def condition_outcomes(case: Case, random_seed: int, lanes: int = LANES) -> ConditionalOutcomes:
    """Return the conditional outcomes of ``case``; if more than :data:`CUBE`, ``lanes`` must be a multiple of it."""
    started = ConditionalOutcomes(
        case=case,
        steps=read_steps(case) if case.transitions else (),
        calendar=_calendar(case),
        chains=build_chains(case) if case.processes else (),
        winner=chances(case, random_seed),
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
    drawn = [_draw_again(conditional, steps) for steps in variants]
    log_intensity = np.concatenate([of_h for rates, _ in drawn for of_h in rates])
    moved = _moved(conditional, log_intensity)
    after = dataclasses.replace(conditional, chains=conditional.chains if chains is None else chains)
    at_split, early = _carry_to_split(after, conditional, log_intensity, moved)
    late = np.stack(
        [_carry_on(after, conditional, log_intensity, at_split, moved, w) for w in range(len(after.calendar.later))]
    )
    lanes, width = drawn[0][0].shape[1], len(conditional.case.hypotheses)
    made = []
    for number, (steps, (rates, widths)) in enumerate(zip(variants, drawn, strict=True)):
        futures, winner = [], _given_record(steps, lanes)
        for h in range(width):
            own = slice((number * width + h) * lanes, (number * width + h + 1) * lanes)
            states = tuple(state[:, own] for state in at_split)
            given = None if winner is None else winner[h]
            futures.append(Future(rates[h], widths[h], states, early[own], late[:, own], given))
        made.append(dataclasses.replace(after, steps=steps, futures=tuple(futures)))
    return tuple(made)


def _given_record(steps: tuple[Steps, ...], lanes: int) -> Floats | None:
    """Return P(winner | h, gamma, record), (hypothesis, lane, winner), at the gamma point of each lane."""
    if not steps or not steps[0].by_winner:
        return None
    log_joint = winner_marginals(steps, chebyshev_nodes(GAMMA_POINTS)).T
    chance = np.exp(log_joint - log_sum_exp(log_joint, axis=2)[..., None])
    return np.repeat(chance, lanes // GAMMA_POINTS, axis=1)


def chances(case: Case, random_seed: int) -> Floats:
    """Return the probability of each winner that is still possible, (winner,)."""
    if case.election is None or case.winner:
        return np.ones(1)
    if case.priors.election is not None and not case.polls_in_force:
        return np.array([case.priors.election.weights[winner] for winner in case.winner_ids])
    bare = case.changed(evidence=(), processes=(), outcomes=(), events=())
    return exact.draw(bare, exact.posterior(bare), POLL_DRAWS, random_seed).winner.mean(axis=0)


def _draw_again(conditional: ConditionalOutcomes, steps: tuple[Steps, ...]) -> tuple[Floats, Integers]:
    """Return log intensities (hypothesis, lane, transition, regime) and widths (hypothesis, lane, transition).

    Those of transitions that are as before are kept.
    """
    shape = len(conditional.case.hypotheses), GAMMA_POINTS * conditional.lanes
    if not steps:
        return np.zeros((*shape, 0, len(conditional.case.regimes))), np.zeros((*shape, 0), dtype=np.int64)
    if conditional.futures:
        log_intensity = np.stack([future.log_intensity for future in conditional.futures])
        width = np.stack([future.width for future in conditional.futures])
        rows = changed_rows(conditional.steps, steps)
    else:
        rows = tuple(range(len(steps[0].location)))
        log_intensity = np.empty((*shape, *steps[0].location.shape[::2]))
        width = np.empty((*shape, len(rows)), dtype=np.int64)
    for row, (values, widths) in _draw(conditional, steps, rows).items():
        log_intensity[:, :, row], width[:, :, row] = values, widths
    return log_intensity, width


def _draw(
    conditional: ConditionalOutcomes, steps: tuple[Steps, ...], rows: Sequence[int]
) -> dict[int, tuple[Floats, Integers]]:
    """Draw log intensities (hypothesis, lane, regime), and widths, of some transitions at each gamma point.

    Draws at one gamma are spread evenly in every dimension, which mixing gammas would undo.
    """
    nodes, size = chebyshev_nodes(GAMMA_POINTS), conditional.lanes // conditional.cubes
    width = len(conditional.case.hypotheses)
    numbers = np.arange(width * nodes.size)
    groups = Groups(numbers // nodes.size, numbers % nodes.size, np.repeat(numbers, size))
    own, node = groups.hypothesis[groups.of], groups.node[groups.of]
    shape = (width, nodes.size, 1, size)
    cubes = []
    for noise in conditional.noise:
        joined = {row: _joined([of_h[row] for of_h, _ in noise], nodes.size) for row in rows}
        drawn = {
            row: draw_step(steps, row, nodes, groups, joined[row]) for row in rows if row not in undated_rows(steps)
        }
        if steps[0].is_undated and undated_rows(steps) & set(rows) and not steps[0].by_winner:
            drawn |= _draw_undated(steps, nodes, noise)
        cube = {row: (_log_intensity(steps, row, one, nodes, node, own), one.width) for row, one in drawn.items()}
        for winner, regime in enumerate(conditional.calendar.later if steps[0].by_winner else ()):
            given = {
                row: draw_step(_held(steps, place, winner), row, nodes, groups, joined[row])
                for row, place in winner_rows(steps).items()
                if row in rows
            }
            if steps[0].is_undated:
                given = _draw_undated(steps, nodes, noise, winner) | given
            columns = [g for g, name in enumerate(conditional.case.regimes) if main_regime(name) == regime]
            for row, one in given.items():
                values = _log_intensity(steps, row, one, nodes, node, own)
                if row in cube:
                    cube[row][0][:, columns] = values[:, columns]
                else:
                    cube[row] = values, one.width
        cubes.append(cube)
    return {
        row: (
            np.concatenate([one[row][0].reshape(*shape, -1) for one in cubes], axis=2).reshape(
                width, -1, steps[0].location.shape[2]
            ),
            np.concatenate([one[row][1].reshape(shape) for one in cubes], axis=2).reshape(width, -1),
        )
        for row in cubes[0]
    }


def _held(steps: tuple[Steps, ...], place: int, winner: int) -> tuple[Steps, ...]:
    """Return all widths with the counts that the transition of a group has under a winner."""
    return held_kinds(steps, place, 0)[int(steps[0].undated[place].kind(0)[winner])]


def _joined(noise: Sequence[Noise], times: int) -> Noise:
    """Return the same random numbers of each hypothesis at so many gamma points, as those of one set of draws."""
    return Noise(
        u=np.concatenate([np.tile(one.u, times) for one in noise]),
        v=np.concatenate([np.tile(one.v, (times, 1)) for one in noise]),
        chance={g: np.concatenate([np.tile(one.chance[g], times) for one in noise]) for g in noise[0].chance},
        width=np.concatenate([np.tile(one.width, times) for one in noise]),
    )


def _draw_undated(
    steps: tuple[Steps, ...],
    nodes: Floats,
    noise: Sequence[tuple[tuple[Noise, ...], np.random.Generator]],
    winner: int | None = None,
) -> dict[int, StepDraws]:
    """Draw the transitions whose days are not known, one hypothesis and gamma point after the other.

    With a ``winner`` those whose counts depend on who has won too, given that it is this one.
    """
    by_group = []
    for h, (of_h, rng) in enumerate(noise):
        for node in nodes:
            group = Groups(np.array([h]), np.zeros(1, dtype=np.int64), np.zeros(of_h[0].u.size, dtype=np.int64))
            won = None if winner is None else np.full(group.of.size, winner)
            by_group.append(dict(draw_undated(steps, np.array([node]), group, of_h, copy.deepcopy(rng), won)))
    return {
        row: StepDraws(*(np.concatenate(parts) for parts in zip(*(one[row] for one in by_group), strict=True)))
        for row in by_group[0]
    }


def _log_intensity(
    steps: tuple[Steps, ...], row: int, drawn: StepDraws, nodes: Floats, node: Integers, own: Integers
) -> Floats:
    """Return the log intensities of draws of a transition, (draw, regime), each at its gamma and hypothesis."""
    kappa = steps[0].persistence
    effect = np.sqrt(kappa) * drawn.u[:, None] + np.sqrt(1 - kappa) * drawn.v
    location = np.stack([one.located(row, nodes) for one in steps])
    spread = np.stack([one.spread[row] for one in steps])
    return location[drawn.width, node, own] + spread[drawn.width, own] * effect


def _moved(conditional: ConditionalOutcomes, log_intensity: Floats) -> Flags | None:
    """Tell which log intensities (lane, transition, regime) differ from those before, if there are any."""
    if not conditional.futures:
        return None
    before = np.concatenate([future.log_intensity for future in conditional.futures])
    return np.abs(log_intensity.reshape(-1, *before.shape) - before).reshape(log_intensity.shape) > TOLERANCE


def _again(
    after: ConditionalOutcomes, before: ConditionalOutcomes, number: int, moved: Flags | None, regimes: Collection[str]
) -> Flags | None:
    """Tell which lanes (lane,) a chain has to be carried again in through some regimes; None where it is in all."""
    chain = after.chains[number]
    if moved is None or chain.moves != before.chains[number].moves:
        return None
    rows = sorted({move.transition for move in chain.moves})
    columns = [g for g, regime in enumerate(after.case.regimes) if main_regime(regime) in regimes]
    return np.asarray(moved[:, rows][:, :, columns].any(axis=(1, 2)))


def _carry_to_split(
    after: ConditionalOutcomes, before: ConditionalOutcomes, log_intensity: Floats, moved: Flags | None
) -> tuple[tuple[Floats, ...], Floats]:
    """Return each chain's state on the eve of the election (or at the cut-off), and the outcomes visited by then."""
    lanes, days = log_intensity.shape[0], np.array([float(after.calendar.split)])
    early, states = np.zeros((lanes, len(after.case.outcomes))), []
    for number, chain in enumerate(after.chains):
        state, seen = np.zeros((chain.states, lanes)), np.zeros((lanes, len(chain.outcomes)))
        state[0] = 1.0
        if after.is_ahead:
            again = _again(after, before, number, moved, (BEFORE,))
            here = np.arange(lanes) if again is None else np.flatnonzero(again)
            if again is not None:
                kept = np.hstack([future.at_split[number] for future in before.futures])
                state = np.where(again, state, np.tile(kept, lanes // kept.shape[1]))
                seen = _kept([future.early for future in before.futures], chain, lanes)
            if here.size:
                rates = rates_of(log_intensity[here])
                chances, state[:, here] = carry_through(after.case, chain, rates, (BEFORE,), state[:, here], days)
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
    for number, (chain, state) in enumerate(zip(after.chains, at_split, strict=True)):
        again = _again(after, before, number, moved, (BEFORE, regime) if after.is_ahead else (regime,))
        here, seen = np.arange(lanes), np.zeros((lanes, len(chain.outcomes)))
        if again is not None:
            here, seen = np.flatnonzero(again), _kept([future.late[winner] for future in before.futures], chain, lanes)
        if here.size:
            rates = rates_of(log_intensity[here])
            chances, _ = carry_through(after.case, chain, rates, (regime,), state[:, here], days, calendar.split)
            seen[here] = chances[:, 0]
        late[:, list(chain.outcomes)] = seen
    return late


def _kept(tables: Sequence[Floats], chain: Chain, lanes: int) -> Floats:
    """Return a chain's outcomes as they were, (lane, outcome), for as many variants as there are lanes."""
    whole = np.concatenate(tables)[:, list(chain.outcomes)]
    return np.tile(whole, (lanes // whole.shape[0], 1))


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
