"""The likelihood of a case, tabulated on a small Chebyshev grid of discrimination and level bias.

    evidence[gamma, b, h] = log P(h) + log P(E | h, gamma, b)
    outcomes[gamma, b, h] = log P(R | E, h, gamma, b)

The first is exact.  The bias shifts the intensities and so enters the evidence only through the record: the days on
which a transition could have happened and did not are outcomes too, forecast by the stated intensity.  (That holds as
long as the forecast's date was not chosen because nothing had happened; if it was, the record makes transitions look
slower than they are.)  The second is the mean, over draws of the intensities given the record, of the exact probability
of the resolved pattern R.  The draws come in several independent sets, from which their error is estimated.

All processes share the winner of the election: where it is not known who has won, P(R | E, h, gamma, b) is the mean
over winners, by P(w | E, h, gamma, b), of the product of all their patterns.  A forecast made after a vote that was not
called has E under the winner if it is known by now who that is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from detente.errors import CalibrationError
from detente.evaluation.calibrate.intensities import draw_log_intensity, join, shifted, spread_evenly
from detente.evaluation.calibrate.outcomes import patterns, probability
from detente.exact.evidence import log_prior_weights
from detente.exact.factors import factors
from detente.exact.quadrature import chebyshev_nodes, interpolation_matrix, log_sum_exp
from detente.exact.reading import read_steps
from detente.exact.record import record_marginal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from detente.arrays import Floats
    from detente.case.schema import Case
    from detente.evaluation.calibrate.resolved import ResolvedCase


GAMMA_COUNT, BIAS_COUNT = 7, 11
EVIDENCE_GAMMA_COUNT = 33
BIAS_REACH = 4.0
"""Range of the bias, in prior standard deviations."""
SETS, DRAWS = 4, 128
"""Number of independent sets of draws of the intensities, and of draws in each."""
IMPOSSIBLE = 1e-290
RULED_OUT = -1e5
"""Log probability of what is known about which hypothesis is true, given another."""


@dataclass(frozen=True)
class Grid:
    """The nodes of the tables: ``gamma`` (gamma,) from 0 to 1, and ``bias`` (bias,), a single 0 if it is fixed."""

    gamma: Floats
    bias: Floats

    @property
    def bias_reach(self) -> float:
        """The largest bias."""
        return float(self.bias[-1])

    def at(self, table: Floats, gamma: Floats, bias: Floats) -> Floats:
        """Interpolate a table (gamma, bias, hypothesis) at other points."""
        carried = np.tensordot(interpolation_matrix(table.shape[0], gamma), table, axes=1)
        if table.shape[1] == 1:
            return np.repeat(carried, bias.size, axis=1)
        place = (bias / self.bias_reach + 1) / 2
        return np.einsum("ji,gih->gjh", interpolation_matrix(table.shape[1], place), carried)


@dataclass(frozen=True)
class OutcomeMeans:
    """Means over each set of draws of P(pattern of each chain | E, h, w, gamma, b), and the chances of the winners w.

    ``patterns`` (winner, chain, set, gamma, bias, hypothesis), with no chains where nothing was resolved; ``winner``
    (winner, gamma, bias, hypothesis) is P(w | E, h, gamma, b), a single 1 without an election.
    """

    patterns: Floats
    winner: Floats


@dataclass(frozen=True)
class CaseTable:
    """The tables of one case, each (gamma, bias, hypothesis) on the nodes of ``grid``.

    ``evidence`` includes the prior weights.  ``outcomes`` uses all draws, ``without_set[s]`` all but set ``s``.
    ``truth`` (hypothesis,) rules out, where it is known which hypothesis is true, all others.
    """

    grid: Grid
    evidence: Floats
    outcomes: Floats
    without_set: tuple[Floats, ...]
    truth: Floats

    @property
    def answers(self) -> Floats:
        """The table of the outcomes and of which hypothesis is true."""
        return self.outcomes + self.truth


def make_grid(bias_sd: float) -> Grid:
    """Return the grid of the tables."""
    reach = BIAS_REACH * bias_sd
    bias = (2 * chebyshev_nodes(BIAS_COUNT) - 1) * reach if reach > 0 else np.zeros(1)
    return Grid(chebyshev_nodes(EVIDENCE_GAMMA_COUNT), bias)


def tabulate(
    resolved: ResolvedCase, grid: Grid, random_seed: int, tell: Callable[[float], None] | None = None
) -> CaseTable:
    """Tabulate one case; ``tell`` is called with the finished share.

    Raises
    ------
    CalibrationError
        If no path of the processes leads to the resolved outcomes.
    """
    means = outcome_means(resolved, chebyshev_nodes(GAMMA_COUNT), grid.bias, random_seed, tell)
    coarse = Grid(chebyshev_nodes(GAMMA_COUNT), grid.bias)

    def whole(sets: Sequence[int]) -> Floats:
        return coarse.at(outcomes_at(means, sets), grid.gamma, grid.bias)

    every = range(SETS)
    return CaseTable(
        grid=grid,
        evidence=evidence_table(_since_called(resolved), grid.gamma, grid.bias),
        outcomes=whole(every),
        without_set=tuple(whole([kept for kept in every if kept != left]) for left in every),
        truth=np.array([0.0 if resolved.truth in {None, name} else RULED_OUT for name in resolved.case.hypothesis_ids]),
    )


def evidence_table(case: Case, gamma: Floats, bias: Floats) -> Floats:
    """Return log P(h) + log P(E | h, gamma, b), exactly, (gamma, bias, hypothesis)."""
    prior = case.priors.discrimination
    if prior.sd == 0:  # else the engine would evaluate its single value only
        prior = prior.changed(mean=0.5, sd=0.25)
    parts = factors(case.changed(priors=case.priors.changed(discrimination=prior)))
    weights = log_prior_weights(case)
    items = np.zeros((gamma.size, weights.size))
    for part in parts.whole[: len(parts.whole) - parts.processes]:
        items = items + parts.at(part, gamma)
    table = np.repeat((weights + items)[:, None], bias.size, axis=1)
    if parts.steps:
        for column, value in enumerate(bias):
            steps = shifted(parts.steps, float(value))
            table[:, column] += record_marginal(steps, range(len(case.transitions)), gamma)
    return table


def outcome_means(
    resolved: ResolvedCase,
    gamma: Floats,
    bias: Floats,
    random_seed: int,
    tell: Callable[[float], None] | None = None,
) -> OutcomeMeans:
    """Average the probability of what was resolved over draws of the intensities.

    Raises
    ------
    CalibrationError
        If no path of the processes leads to the resolved outcomes.
    """
    each, winner = under_each_winner(resolved, gamma, bias)
    means = np.concatenate([_means(one, gamma, bias, random_seed, tell) for one in each])
    if not means.max(axis=(2, 3, 4, 5)).min(axis=1, initial=1.0).max() > IMPOSSIBLE:
        raise CalibrationError(
            f"seeds/{resolved.case.id}/resolutions.csv: no path of the processes leads to the resolved outcomes: "
            "correct the resolutions, or the transitions in case.yaml"
        )
    return OutcomeMeans(means, winner)


def _means(
    resolved: ResolvedCase, gamma: Floats, bias: Floats, random_seed: int, tell: Callable[[float], None] | None
) -> Floats:
    """Return the means of each pattern under the winners that have the record in common."""
    asked, width = patterns(resolved), len(resolved.case.hypotheses)
    means = np.empty((max(1, len(resolved.winners)), len(asked), SETS, gamma.size, bias.size, width))
    if not asked:
        return means
    rng = np.random.default_rng(random_seed)
    stated = read_steps(resolved.case)
    uniforms = join([spread_evenly(rng, DRAWS, stated) for _ in range(SETS)])
    for column, value in enumerate(bias):
        steps = shifted(stated, float(value))
        # All draws, hypotheses and discriminations at one bias are carried in one call.
        drawn, weights = zip(*(draw_log_intensity(steps, float(share), uniforms) for share in gamma), strict=True)
        rates, weight = np.exp(np.stack(drawn)), np.stack(weights).reshape(gamma.size, SETS, DRAWS, width)
        flat = rates.reshape(-1, *rates.shape[3:])
        for chain, pattern in enumerate(asked):
            by_draw = probability(resolved, pattern, flat).reshape(-1, gamma.size, SETS, DRAWS, width)
            share = (by_draw * weight).sum(axis=3) / weight.sum(axis=2)
            means[:, chain, :, :, column] = share.swapaxes(1, 2)
        if tell is not None:
            tell((column + 1) / bias.size)
    return means


def under_each_winner(resolved: ResolvedCase, gamma: Floats, bias: Floats) -> tuple[tuple[ResolvedCase, ...], Floats]:
    """Return a case as it is under each winner that a vote not called may have, else alone; and the winners' chances.

    These are P(w | E, h, gamma, b), (winner, gamma, bias, hypothesis); a single 1 without an election.
    """
    case = resolved.case
    chance = np.log(np.maximum([*resolved.winners.values()] or [1.0], IMPOSSIBLE))[:, None, None, None]
    log_joint = chance + np.zeros((gamma.size, bias.size, len(case.hypotheses)))
    each: tuple[ResolvedCase, ...] = (resolved,)
    if case.open_winners:
        each = tuple(replace(resolved, case=case.if_called(w), winners={w: 1.0}) for w in resolved.winners)
        log_joint = log_joint + np.array([evidence_table(one.case, gamma, bias) for one in each])
    return each, np.exp(log_joint - log_sum_exp(log_joint, axis=0))


def _since_called(resolved: ResolvedCase) -> Case:
    """Return the case of a forecast with the winner who was not called then, where he is known by now."""
    if resolved.case.open_winners and len(resolved.winners) == 1:
        return resolved.case.if_called(next(iter(resolved.winners)))
    return resolved.case


def outcomes_at(means: OutcomeMeans, sets: Sequence[int] = range(SETS)) -> Floats:
    """Return log P(R | E, h, gamma, b), (gamma, bias, hypothesis), from the means over some sets of draws."""
    given = np.log(np.maximum(means.patterns[:, :, list(sets)].mean(axis=2), IMPOSSIBLE)).sum(axis=1)
    return log_sum_exp(given + np.log(np.maximum(means.winner, IMPOSSIBLE)), axis=0)
