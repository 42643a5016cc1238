"""Draws of the intensities at each gamma point, on random numbers that are kept: common to all that is compared.

References
----------
Owen, A. B. (2013), Monte Carlo theory, methods and examples, chapter 8 (common random numbers).
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.case.phases import main_regime
from detente.exact.intensity_draws import Noise, StepDraws, draw_step, draw_undated, undated_rows, winner_rows
from detente.exact.quadrature import chebyshev_nodes
from detente.exact.reading import changed_rows, held_kinds
from detente.exact.sampling import Groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from detente.analysis.conditional import ConditionalOutcomes
    from detente.arrays import Floats, Integers
    from detente.exact.reading import Steps

GAMMA_POINTS = 5
"""Chebyshev points of [0, 1]: the outcomes bend little with gamma."""


def draw_again(conditional: ConditionalOutcomes, steps: tuple[Steps, ...]) -> tuple[Floats, Integers]:
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
    nodes, size = chebyshev_nodes(GAMMA_POINTS), conditional.lanes // len(conditional.noise)
    width = len(conditional.case.hypotheses)
    numbers = np.arange(width * nodes.size)
    groups = Groups(numbers // nodes.size, numbers % nodes.size, np.repeat(numbers, size))
    own, node = groups.hypothesis[groups.of], groups.node[groups.of]
    cubes = []
    for noise in conditional.noise:
        own_noise = {row: _repeated([of_h[row] for of_h, _ in noise], nodes.size) for row in rows}
        drawn = {
            row: draw_step(steps, row, nodes, groups, own_noise[row]) for row in rows if row not in undated_rows(steps)
        }
        if steps[0].is_undated and undated_rows(steps) & set(rows) and not steps[0].by_winner:
            drawn |= _draw_undated(steps, nodes, noise)
        cube = {row: (_log_intensity(steps, row, one, nodes, node, own), one.width) for row, one in drawn.items()}
        for winner, regime in enumerate(conditional.calendar.later if steps[0].by_winner else ()):
            given = {
                row: draw_step(_held(steps, place, winner), row, nodes, groups, own_noise[row])
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

    def joined(parts: Iterable[NDArray[Any]]) -> NDArray[Any]:
        """Put the draws of all sets at a gamma beside each other, (hypothesis, lane, ...)."""
        apart = [part.reshape(width, nodes.size, size, *part.shape[1:]) for part in parts]
        return np.concatenate(apart, axis=2).reshape(width, -1, *apart[0].shape[3:])

    return {row: (joined(one[row][0] for one in cubes), joined(one[row][1] for one in cubes)) for row in cubes[0]}


def _held(steps: tuple[Steps, ...], place: int, winner: int) -> tuple[Steps, ...]:
    """Return all widths with the counts that the transition of a group has under a winner."""
    return held_kinds(steps, place, 0)[int(steps[0].undated[place].kind(0)[winner])]


def _repeated(noise: Sequence[Noise], times: int) -> Noise:
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
