"""Diagnostics of the computation, for every parameter and every number that the forecast reports.

References
----------
Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. and Buerkner, P.-C. (2021), Rank-normalization, folding, and
localization: an improved R-hat.  Bayesian Analysis 16.
Betancourt, M. (2016), Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte Carlo.  arXiv:1604.00695.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Status = Literal["pass", "fail"]

R_HAT_BELOW = 1.01
ESS_PER_CHAIN = 100
E_BFMI_FROM = 0.3
AGREEMENT_WITHIN = 4.0
CONSTANT = 1e-12
"""Range of the draws below which a quantity counts as constant, and has no convergence to check."""


@dataclass(frozen=True)
class Check:
    """One diagnostic: its name, result and finding, and the remedy if it fails."""

    name: str
    status: Status
    finding: str
    advice: str


@dataclass(frozen=True)
class ExactAgreement:
    """Largest difference between sampled and exact, in Monte Carlo standard errors, and of which quantity."""

    max_z: float
    quantity: str
    quantities: int


@dataclass(frozen=True)
class Diagnostics:
    """Diagnostics of a run; the figures of chains are None for the exact engine."""

    status: Status
    r_hat_max: float | None = None
    ess_bulk_min: float | None = None
    ess_tail_min: float | None = None
    divergences: int | None = None
    e_bfmi_min: float | None = None
    exact_agreement: ExactAgreement | None = None
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Precision:
    """The Monte Carlo standard error of the mean of one scalar."""

    mcse: float


@dataclass(frozen=True)
class Convergence(Precision):
    """The same of chains, with R-hat and the bulk and tail effective sample sizes."""

    r_hat: float
    ess_bulk: float
    ess_tail: float


def convergence(quantities: Mapping[str, Floats]) -> dict[str, Convergence]:
    """Return the convergence of each quantity, (chain, draw), leaving out constants."""
    from arviz_stats.base import array_stats

    names = [name for name, values in quantities.items() if not np.ptp(values) <= CONSTANT]  # NaN is not constant
    if not names:
        return {}
    stacked = np.stack([quantities[name] for name in names], axis=-1)
    axes = {"chain_axis": 0, "draw_axis": 1}
    r_hat = np.atleast_1d(array_stats.rhat(stacked, **axes))
    bulk = np.atleast_1d(array_stats.ess(stacked, method="bulk", **axes))
    tail = np.atleast_1d(array_stats.ess(stacked, method="tail", prob=(0.05, 0.95), **axes))
    mcse = np.atleast_1d(array_stats.mcse(stacked, method="mean", **axes))
    rows = zip(mcse, r_hat, bulk, tail, strict=True)
    return {name: Convergence(*(float(x) for x in row)) for name, row in zip(names, rows, strict=True)}


def independent_error(values: Floats) -> float:
    """Return the standard error of the mean of independent draws."""
    flat = values.ravel()
    return float(flat.std(ddof=1) / np.sqrt(flat.size)) if flat.size > 1 else 0.0


def independent(quantities: Mapping[str, Floats]) -> dict[str, Precision]:
    """Return the standard error of the mean of each quantity of independent draws, leaving out what does not vary."""
    return {name: Precision(independent_error(v)) for name, v in quantities.items() if not np.ptp(v) <= CONSTANT}


def agreement(
    sampled: Mapping[str, float], exact: Mapping[str, float], error: Mapping[str, float]
) -> ExactAgreement | None:
    """Return the largest standardized difference between sampled and exact; None if nothing varies.

    ``error`` is the combined Monte Carlo standard error.  A quantity without error must agree to 1e-9.
    """
    distances = {}
    for name, value in sampled.items():
        gap = abs(value - exact[name])
        if error[name] > CONSTANT:
            distances[name] = gap / error[name]
        elif gap > 1e-9:  # noqa: PLR2004 - the bound of the docstring
            distances[name] = float("inf")
    if not distances:
        return None
    worst = max(distances, key=lambda name: distances[name])
    return ExactAgreement(max_z=distances[worst], quantity=worst, quantities=len(sampled))


def diagnose_chains(
    chained: Mapping[str, Convergence],
    stats: Mapping[str, NDArray[np.float64]],
    agreed: ExactAgreement | None,
) -> Diagnostics:
    """Diagnose a run of NUTS.

    Parameters
    ----------
    chained
        Convergence of parameters and forecast quantities, by name.
    stats
        The sampler's ``diverging`` and ``energy``, each (chain, draw).
    agreed
        Agreement with the exact engine.
    """
    from arviz_stats.base import array_stats

    chains = stats["diverging"].shape[0]
    need = ESS_PER_CHAIN * chains
    worst_r = max(chained, key=lambda name: _worst(chained[name].r_hat))
    worst_bulk = max(chained, key=lambda name: _worst(-chained[name].ess_bulk))
    worst_tail = max(chained, key=lambda name: _worst(-chained[name].ess_tail))
    r_hat, bulk, tail = chained[worst_r].r_hat, chained[worst_bulk].ess_bulk, chained[worst_tail].ess_tail
    divergences = int(np.sum(stats["diverging"]))
    bfmi = float(np.min(array_stats.bfmi(stats["energy"], chain_axis=0, draw_axis=1)))
    checks = (
        _check(
            "R-hat",
            r_hat < R_HAT_BELOW,
            f"largest {r_hat:.4f}, of {worst_r} ({len(chained)} quantities, wanted below {R_HAT_BELOW})",
            "run longer: --tune 2000 --draws 2000",
        ),
        _check(
            "Bulk effective sample size",
            bulk >= need,
            f"smallest {bulk:.0f}, of {worst_bulk} (wanted {need})",
            "draw more: --draws 2000",
        ),
        _check(
            "Tail effective sample size",
            tail >= need,
            f"smallest {tail:.0f}, of {worst_tail} (wanted {need})",
            "draw more: --draws 2000",
        ),
        _check(
            "Divergences",
            divergences == 0,
            f"{divergences} of {stats['diverging'].size} draws",
            "take smaller steps: --target-accept 0.99",
        ),
        _check(
            "E-BFMI",
            bfmi >= E_BFMI_FROM,
            f"smallest {bfmi:.2f} (wanted {E_BFMI_FROM})",
            "run a longer warm-up: --tune 2000",
        ),
        *_agreement_check(agreed),
    )
    return Diagnostics(
        status=_verdict(checks),
        r_hat_max=r_hat,
        ess_bulk_min=bulk,
        ess_tail_min=tail,
        divergences=divergences,
        e_bfmi_min=bfmi,
        exact_agreement=agreed,
        checks=checks,
    )


def diagnose_exact(agreed: ExactAgreement | None) -> Diagnostics:
    """Diagnose a run of the exact engine by the agreement of its independent draws with the closed form."""
    checks = _agreement_check(agreed)
    return Diagnostics(status=_verdict(checks), exact_agreement=agreed, checks=checks)


def _agreement_check(agreed: ExactAgreement | None) -> tuple[Check, ...]:
    if agreed is None:
        return ()
    finding = (
        f"largest distance {agreed.max_z:.1f} Monte Carlo standard errors, of {agreed.quantity} "
        f"({agreed.quantities} quantities, wanted at most {AGREEMENT_WITHIN:.0f})"
    )
    advice = "run longer (--draws 4000); if it stays, one of the two engines is wrong: please report the case"
    return (_check("Agreement with the exact engine", agreed.max_z <= AGREEMENT_WITHIN, finding, advice),)


def _check(name: str, passed: bool, finding: str, advice: str) -> Check:  # noqa: FBT001 - the verdict itself
    return Check(name, "pass" if passed else "fail", finding, advice)


def _worst(value: float) -> float:
    """Rank a value in the search for the worst; NaN is worse than any number."""
    return np.inf if np.isnan(value) else value


def _verdict(checks: tuple[Check, ...]) -> Status:
    return "pass" if all(check.status == "pass" for check in checks) else "fail"
