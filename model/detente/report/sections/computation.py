"""Annex C, the computation: versions, settings, and every diagnostic with what was found and what to do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from detente.report.figures.histograms import rank_plots
from detente.report.names import check_finding, parameter_name
from detente.report.prose import count
from detente.report.specs import Figure
from detente.report.tables import Column, decimals, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

PANELS = 9
AGREED = 1.01


def build(dossier: Dossier) -> SimpleNamespace:
    """Build the annex."""
    forecast = dossier.forecast
    checks = table(
        "Checks",
        forecast.diagnostics.checks,
        Column("Check", lambda check: check.name),
        Column("Result", lambda check: "passed" if check.status == "pass" else "FAILED"),
        Column("Finding", check_finding, "reason"),
        Column("What to do", lambda check: check.advice if check.status == "fail" else None, "reason"),
    )
    convergence = table(
        "Convergence of every parameter",
        forecast.parameters,
        Column("Parameter", lambda p: parameter_name(p.name)),
        Column("R-hat", lambda p: p.r_hat, decimals("{:.4f}")),
        Column("Bulk ESS", lambda p: p.ess_bulk, decimals("{:,.0f}")),
        Column("Tail ESS", lambda p: p.ess_tail, decimals("{:,.0f}")),
        Column("MCSE", lambda p: p.mcse, decimals("{:.2g}")),
    )
    sampled = any(p.r_hat is not None or p.ess_bulk is not None for p in forecast.parameters)
    return SimpleNamespace(
        passed=forecast.diagnostics.status == "pass",
        exact=forecast.engine == "exact",
        checks=checks if forecast.diagnostics.checks else None,
        numbers=table(
            "The run in numbers",
            _numbers(forecast),
            Column("Quantity", lambda pair: pair[0]),
            Column("Value", lambda pair: pair[1]),
        ),
        figure=_ranks(forecast),
        convergence=convergence if sampled else None,
        versions=table(
            "Versions",
            forecast.versions.items(),
            Column("Software", lambda pair: pair[0]),
            Column("Version", lambda pair: pair[1]),
        ),
    )


def _numbers(forecast: Forecast) -> Iterator[tuple[str, str]]:
    diagnostics, agreement = forecast.diagnostics, forecast.diagnostics.exact_agreement
    yield "Engine", forecast.engine
    yield "Random seed", f"{forecast.random_seed}"
    yield "Draws", f"{forecast.draws:,}"
    if forecast.chains and forecast.engine != "exact":
        yield "Chains, and warm-up draws per chain", f"{forecast.chains}, {forecast.tune:,}"
    for label, value, pattern in (
        ("Largest R-hat (below 1.01)", diagnostics.r_hat_max, "{:.4f}"),
        ("Smallest bulk effective sample size (ESS)", diagnostics.ess_bulk_min, "{:,.0f}"),
        ("Smallest tail effective sample size (ESS)", diagnostics.ess_tail_min, "{:,.0f}"),
        ("Divergent transitions (none)", diagnostics.divergences, "{:,}"),
        ("Smallest E-BFMI (at least 0.3)", diagnostics.e_bfmi_min, "{:.2f}"),
    ):
        if value is not None:
            yield label, pattern.format(value)
    if agreement is not None:
        yield (
            f"Largest distance between sampled and exact, over {count(agreement.quantities, 'quantity', 'quantities')}",
            f"{agreement.max_z:.1f} Monte Carlo standard errors, for “{parameter_name(agreement.quantity)}”",
        )
    error = max([h.mcse for h in forecast.hypotheses.values()] + [o.horizon.mcse for o in forecast.outcomes.values()])
    yield "Largest Monte Carlo standard error of a headline (MCSE)", f"{100 * error:.2f} points"


def _ranks(forecast: Forecast) -> Figure | None:
    ranked = sorted((p for p in forecast.parameters if p.ranks), key=lambda p: -(p.r_hat or 0.0))
    if not ranked:
        return None
    shown = ranked[:PANELS]
    worst = shown[0].r_hat or 0.0
    finding = "Chains agree" if worst < AGREED else "Chains disagree"
    return Figure(
        name="ranks",
        title=f"{finding}: the largest R-hat is {worst:.4f}, for “{parameter_name(shown[0].name)}”",
        description=(
            f"Rank plots of the {count(len(shown), 'parameter')} with the largest R-hat: how the draws of each chain "
            "spread over the ranks of all draws. Lines that stay near the grey level mean that the chains agree. "
            "The table of convergence has the numbers."
        ),
        note="One line for each chain. Grey: where chains that agree would lie.",
        drawing=rank_plots(tuple(shown)),
    )
