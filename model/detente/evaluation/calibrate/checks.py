"""Whether what was learned can be trusted: the chains, their agreement with quadrature, and the tables."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from detente.diagnostics import Check, agreement, convergence, diagnose_chains
from detente.evaluation.calibrate.quadrature import update
from detente.evaluation.calibrate.tables import SETS, outcome_means, outcomes_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from detente.diagnostics import Diagnostics
    from detente.evaluation.calibrate.model import Fitted
    from detente.evaluation.calibrate.quadrature import GridDensity, Summary
    from detente.evaluation.calibrate.resolved import ResolvedCase
    from detente.evaluation.calibrate.tables import CaseTable

    Floats = NDArray[np.float64]

STAGES = ("evidence", "outcomes")
DRAWS_WITHIN = 0.1
"""Standard error of a posterior mean that the draws behind the tables may leave, in posterior deviations."""
GRID_WITHIN = 0.02
"""How far interpolation may be off a table worked out directly, in nats."""
ADVICE = "if it stays, please report the cases"


def judge(fitted: Sequence[Fitted], known: Sequence[GridDensity], more: Sequence[Check]) -> Diagnostics:
    """Judge the two fits, given the evidence alone and the outcomes too, and add ``more`` checks."""
    judged = [_judge(one, density, stage) for one, density, stage in zip(fitted, known, STAGES, strict=True)]
    checks = (*(check for one in reversed(judged) for check in one.checks), *more)
    is_fine = all(check.status == "pass" for check in checks)
    return dataclasses.replace(judged[-1], status="pass" if is_fine else "fail", checks=checks)


def judge_draws(tables: Sequence[CaseTable], start: GridDensity, known: GridDensity) -> Check:
    """Judge the draws behind the tables by the jackknife: the posterior without each of their sets."""
    grid = tables[0].grid
    without = [update(start, grid, [one.evidence + one.without_set[left] for one in tables]) for left in range(SETS)]
    errors = {}
    for name, whole, parts in (
        ("discrimination", known.of_gamma, [one.of_gamma for one in without]),
        ("level_bias", known.of_bias, [one.of_bias for one in without]),
    ):
        means = np.array([part.mean for part in parts])
        error = float(np.sqrt((SETS - 1) * np.mean((means - means.mean()) ** 2)))
        errors[name] = error / whole.sd if whole.sd > 0 else 0.0
    worst = max(errors, key=lambda name: errors[name])
    return Check(
        "Draws behind the tables",
        "pass" if errors[worst] <= DRAWS_WITHIN else "fail",
        f"they leave the mean of {worst} uncertain by {errors[worst]:.3f} of its deviation (wanted {DRAWS_WITHIN})",
        ADVICE,
    )


def judge_grid(
    resolved: Sequence[ResolvedCase], tables: Sequence[CaseTable], known: GridDensity, random_seed: int
) -> Check:
    """Judge the interpolation by tables worked out directly at the posterior's middle and a deviation off it."""
    gamma = np.clip(_around(known.of_gamma), 0.0, 1.0)
    bias = _around(known.of_bias) if known.bias.size > 1 else np.zeros(1)
    worst = 0.0
    for one, table in zip(resolved, tables, strict=True):
        direct = outcomes_at(outcome_means(one, gamma, bias, random_seed))
        worst = max(worst, float(np.abs(direct - table.grid.at(table.outcomes, gamma, bias)).max()))
    return Check(
        "Interpolation of the tables",
        "pass" if worst <= GRID_WITHIN else "fail",
        f"off by at most {worst:.1g} nats (wanted {GRID_WITHIN})",
        ADVICE,
    )


def _around(summary: Summary) -> Floats:
    return summary.mean + summary.sd * np.array([-1.0, 0.3, 1.0])


def _judge(fitted: Fitted, known: GridDensity, stage: str) -> Diagnostics:
    sampled, exact = _products(fitted), known.moments()
    found = convergence(sampled)
    error = {name: found[name].mcse if name in found else 0.0 for name in sampled}
    agreed = agreement({name: float(values.mean()) for name, values in sampled.items()}, exact, error)
    judged = diagnose_chains(found, fitted.stats, agreed)
    checks = tuple(
        dataclasses.replace(check, name=f"{check.name.replace('the exact engine', 'quadrature')}, given the {stage}")
        for check in judged.checks
    )
    return dataclasses.replace(judged, checks=checks)


def _products(fitted: Fitted) -> Mapping[str, Floats]:
    """Return what is compared with :meth:`GridDensity.moments`, (chain, draw)."""
    gamma, bias = fitted.discrimination, fitted.level_bias
    return {
        "discrimination": gamma,
        "level_bias": bias,
        "discrimination^2": gamma**2,
        "level_bias^2": bias**2,
        "discrimination*level_bias": gamma * bias,
    }
