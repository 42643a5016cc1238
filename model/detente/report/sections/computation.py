"""Annex C, the computation: versions, settings, and every diagnostic with what was found and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.report.figures.histograms import ChainRanks, RankPlots
from detente.report.prose import count
from detente.report.sections.priors import parameter_name
from detente.report.specs import Column, Figure, Table, table

if TYPE_CHECKING:
    from detente.dossier import Dossier
    from detente.forecast.result import Diagnostics, Forecast

PANELS = 9
AGREED = 1.01


@dataclass(frozen=True)
class Computation:
    """How the numbers were computed, and whether that worked."""

    passed: bool
    exact: bool
    checks: Table | None
    numbers: Table
    figure: Figure | None
    convergence: Table | None
    versions: Table


def build(dossier: Dossier) -> Computation:
    """Build the annex."""
    forecast = dossier.forecast
    sampled = [p for p in forecast.parameters if p.r_hat is not None or p.ess_bulk is not None]
    return Computation(
        passed=forecast.diagnostics.status == "pass",
        exact=forecast.engine == "exact",
        checks=_checks(forecast.diagnostics) if forecast.diagnostics.checks else None,
        numbers=_numbers(forecast),
        figure=_ranks(forecast),
        convergence=_convergence(forecast) if sampled else None,
        versions=table("Versions", (Column("Software"), Column("Version")), tuple(forecast.versions.items())),
    )


def _checks(diagnostics: Diagnostics) -> Table:
    rows = tuple(
        (
            check.name,
            "passed" if check.status == "pass" else "FAILED",
            check.finding,
            check.advice if check.status == "fail" else "–",
        )
        for check in diagnostics.checks
    )
    return table(
        "Checks", (Column("Check"), Column("Result"), Column("Found", "reason"), Column("What to do", "reason")), rows
    )


def _numbers(forecast: Forecast) -> Table:
    found, agreement = forecast.diagnostics, forecast.diagnostics.exact_agreement
    rows: list[tuple[str, str]] = [
        ("Engine", forecast.engine),
        ("Random seed", f"{forecast.random_seed}"),
        ("Draws", f"{forecast.draws:,}"),
    ]
    if forecast.chains and forecast.engine != "exact":
        rows.append(("Chains, and warm-up draws of each", f"{forecast.chains}, {forecast.tune:,}"))
    for label, value, pattern in (
        ("Largest R-hat (below 1.01)", found.r_hat_max, "{:.4f}"),
        ("Smallest bulk effective sample size", found.ess_bulk_min, "{:,.0f}"),
        ("Smallest tail effective sample size", found.ess_tail_min, "{:,.0f}"),
        ("Divergent transitions (none)", found.divergences, "{:,}"),
        ("Smallest E-BFMI (at least 0.3)", found.e_bfmi_min, "{:.2f}"),
    ):
        if value is not None:
            rows.append((label, pattern.format(value)))
    if agreement is not None:
        rows.append(
            (
                f"Largest distance of sampled from exact, over {count(agreement.quantities, 'quantity', 'quantities')}",
                f"{agreement.max_z:.1f} Monte Carlo standard errors, at {agreement.quantity}",
            )
        )
    error = max([h.mcse for h in forecast.hypotheses.values()] + [o.horizon.mcse for o in forecast.outcomes.values()])
    rows.append(("Largest Monte Carlo standard error of a headline", f"{100 * error:.2f} points"))
    return table("The run in numbers", (Column("Quantity"), Column("Value")), tuple(rows))


def _ranks(forecast: Forecast) -> Figure | None:
    ranked = sorted((p for p in forecast.parameters if p.ranks), key=lambda p: -(p.r_hat or 0.0))
    if not ranked:
        return None
    shown = ranked[:PANELS]
    worst = shown[0].r_hat or 0.0
    finding = "Chains agree" if worst < AGREED else "Chains disagree"
    return Figure(
        name="ranks",
        title=f"{finding}: the worst R-hat is {worst:.4f}, of “{parameter_name(shown[0].name)}”",
        description=(
            f"Rank plots of the {count(len(shown), 'parameter')} with the largest R-hat: how the draws of each chain "
            "spread over the ranks of all draws. Lines that stay near the grey level mean that the chains agree. "
            "The table of convergence has the numbers."
        ),
        note="One line a chain; grey: the level of chains that agree.",
        drawing=RankPlots(tuple(ChainRanks(parameter_name(p.name), p.ranks) for p in shown)),
    )


def _convergence(forecast: Forecast) -> Table:
    def shown(value: float | None, pattern: str) -> str:
        return "–" if value is None else pattern.format(value)

    rows = tuple(
        (
            parameter_name(p.name),
            shown(p.r_hat, "{:.4f}"),
            shown(p.ess_bulk, "{:,.0f}"),
            shown(p.ess_tail, "{:,.0f}"),
            shown(p.mcse, "{:.2g}"),
        )
        for p in forecast.parameters
    )
    columns = (
        Column("Parameter"),
        Column("R-hat", "number"),
        Column("Bulk ESS", "number"),
        Column("Tail ESS", "number"),
        Column("MCSE", "number"),
    )
    return table("Convergence of every parameter", columns, rows)
