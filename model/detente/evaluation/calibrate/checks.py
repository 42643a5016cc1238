"""Diagnostics of a calibration: the chains, their agreement with quadrature, and the accuracy of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente.diagnostics import Check, Diagnostics, agreement, convergence, diagnose_chains
from detente.evaluation.calibrate.quadrature import GridDensity, Summary, products, update
from detente.evaluation.calibrate.tables import SETS, CaseTable, outcome_means, outcomes_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detente.arrays import Floats
    from detente.evaluation.calibrate.model import CalibrationPosterior
    from detente.evaluation.calibrate.resolved import ResolvedCase


STAGES = ("evidence", "outcomes")
DRAWS_WITHIN = 0.1
"""Largest Monte Carlo error of a posterior mean from the draws behind the tables, in posterior standard deviations."""
GRID_WITHIN = 0.02
"""Largest error of interpolation against a table computed directly, in nats."""
ADVICE = "if this persists, please report the cases"


def judge(fitted: Sequence[CalibrationPosterior], known: Sequence[GridDensity], more: Sequence[Check]) -> Diagnostics:
    """Diagnose the fits given the evidence alone and the outcomes too, and add ``more`` checks."""
    by_stage = [_judge(fit, density, stage) for fit, density, stage in zip(fitted, known, STAGES, strict=True)]
    checks = (*(check for diagnostics in reversed(by_stage) for check in diagnostics.checks), *more)
    is_fine = all(check.status == "pass" for check in checks)
    return by_stage[-1].changed(status="pass" if is_fine else "fail", checks=checks)


def judge_draws(tables: Sequence[CaseTable], start: GridDensity, known: GridDensity) -> Check:
    """Check the draws behind the tables by the jackknife over their sets."""
    grid = tables[0].grid
    without = [
        update(start, grid, [table.evidence + table.without_set[left] + table.truth for table in tables])
        for left in range(SETS)
    ]
    errors = {}
    for name, whole, parts in (
        ("discrimination", known.of_gamma, [density.of_gamma for density in without]),
        ("level_bias", known.of_bias, [density.of_bias for density in without]),
    ):
        means = np.array([part.mean for part in parts])
        error = float(np.sqrt((SETS - 1) * np.mean((means - means.mean()) ** 2)))
        errors[name] = error / whole.sd if whole.sd > 0 else 0.0
    worst = max(errors, key=lambda name: errors[name])
    return Check(
        "Draws behind the tables",
        "pass" if errors[worst] <= DRAWS_WITHIN else "fail",
        f"standard error of the mean of {worst}: {errors[worst]:.3f} posterior deviations (at most {DRAWS_WITHIN})",
        ADVICE,
    )


def judge_grid(
    resolved: Sequence[ResolvedCase], tables: Sequence[CaseTable], known: GridDensity, random_seed: int
) -> Check:
    """Check the interpolation against tables computed directly, within a standard deviation of the posterior mean."""
    gamma = np.clip(_around(known.of_gamma), 0.0, 1.0)
    bias = _around(known.of_bias) if known.bias.size > 1 else np.zeros(1)
    worst = 0.0
    for case, table in zip(resolved, tables, strict=True):
        direct = outcomes_at(outcome_means(case, gamma, bias, random_seed))
        worst = max(worst, float(np.abs(direct - table.grid.at(table.outcomes, gamma, bias)).max()))
    return Check(
        "Interpolation of the tables",
        "pass" if worst <= GRID_WITHIN else "fail",
        f"the largest error is {worst:.1g} nats (at most {GRID_WITHIN})",
        ADVICE,
    )


def _around(summary: Summary) -> Floats:
    return summary.mean + summary.sd * np.array([-1.0, 0.3, 1.0])


def _judge(fitted: CalibrationPosterior, known: GridDensity, stage: str) -> Diagnostics:
    sampled, exact = products(fitted.discrimination, fitted.level_bias), known.moments()
    chained = convergence(sampled)
    error = {name: chained[name].mcse if name in chained else 0.0 for name in sampled}
    agreed = agreement({name: float(values.mean()) for name, values in sampled.items()}, exact, error)
    diagnostics = diagnose_chains(chained, fitted.stats, agreed)
    checks = tuple(
        check.changed(name=f"{check.name.replace('the exact engine', 'quadrature')}, given the {stage}")
        for check in diagnostics.checks
    )
    return diagnostics.changed(checks=checks)
