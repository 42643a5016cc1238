"""Diagnostics of the computation, for every parameter and every number that the forecast reports.

References
----------
Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. and Buerkner, P.-C. (2021), Rank-normalization, folding, and
localization: an improved R-hat.  Bayesian Analysis 16.
Betancourt, M. (2016), Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte Carlo.  arXiv:1604.00695.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from detente.frozen import Immutable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detente.arrays import Floats


Status = Literal["pass", "fail"]

R_HAT_BELOW = 1.01
ESS_PER_CHAIN = 100
E_BFMI_FROM = 0.3
AGREEMENT_WITHIN = 4.0
CONSTANT = 1e-12
"""Range of the draws below which a quantity counts as constant, and has no convergence to check."""
SMALL = 1e-6
"""Relative deviation below which the tail of Bennett's inequality is normal to within rounding."""


class Check(Immutable):
    """One diagnostic: name, result and finding, the remedy if it fails, and which ``quantity`` the finding names."""

    name: str
    status: Status
    finding: str
    advice: str
    quantity: str | None = None


class ExactAgreement(Immutable):
    """Largest difference between sampled and exact, in Monte Carlo standard errors, and of which quantity."""

    max_z: float
    quantity: str
    quantities: int


class Diagnostics(Immutable):
    """Diagnostics of a run; figures of chains are None for the exact engine, and where a draw is no finite number."""

    status: Status
    r_hat_max: float | None = None
    ess_bulk_min: float | None = None
    ess_tail_min: float | None = None
    divergences: int | None = None
    e_bfmi_min: float | None = None
    exact_agreement: ExactAgreement | None = None
    checks: tuple[Check, ...] = ()


class Precision(Immutable):
    """The Monte Carlo standard error of the mean of one scalar."""

    mcse: float


class Convergence(Precision):
    """The same of chains, with R-hat and the bulk and tail effective sample sizes."""

    r_hat: float
    ess_bulk: float
    ess_tail: float


def convergence(quantities: Mapping[str, Floats]) -> dict[str, Convergence]:
    """Return the convergence of each quantity, (chain, draw), leaving out constants.

    Effective sample sizes are by ranks, after rounding to the Monte Carlo standard error of the mean: how chains mix
    below that resolution bears on no result, and there the draws of a vanishing weight spread over hundreds of orders
    of magnitude.  R-hat is by ranks too, for the sake of quantities without a finite variance; one between 0 and 1 has
    a variance, and its R-hat is that of the draws themselves and of their distances from the median.  A quantity with
    a draw that is no finite number has NaN throughout: by ranks an infinite draw is only the largest.
    """
    from arviz_stats.base import array_stats

    endless = [name for name, values in quantities.items() if not np.isfinite(values).all()]
    missed = {name: Convergence(np.nan, np.nan, np.nan, np.nan) for name in endless}
    names = [name for name, values in quantities.items() if name not in missed and np.ptp(values) > CONSTANT]
    if not names:
        return missed
    stacked = np.stack([quantities[name] for name in names], axis=-1)
    axes = {"chain_axis": 0, "draw_axis": 1}
    mcse = np.atleast_1d(array_stats.mcse(stacked, method="mean", **axes))
    rounded = np.round(stacked / mcse) * mcse
    bulk = np.atleast_1d(array_stats.ess(rounded, method="bulk", **axes))
    tail = np.atleast_1d(array_stats.ess(rounded, method="tail", prob=(0.05, 0.95), **axes))
    r_hat = np.atleast_1d(array_stats.rhat(stacked, **axes))
    bounded = ((stacked >= 0) & (stacked <= 1)).all(axis=(0, 1))
    if bounded.any():
        shares = stacked[..., bounded]
        folded = np.abs(shares - np.median(shares, axis=(0, 1)))
        by_moments = [np.atleast_1d(array_stats.rhat(x, method="split", **axes)) for x in (shares, folded)]
        r_hat[bounded] = np.maximum(*by_moments)
    rows = zip(mcse, r_hat, bulk, tail, strict=True)
    return missed | {name: Convergence(*(float(x) for x in row)) for name, row in zip(names, rows, strict=True)}


def independent_error(values: Floats) -> float:
    """Return the standard error of the mean of independent draws."""
    flat = values.ravel()
    return float(flat.std(ddof=1) / np.sqrt(flat.size)) if flat.size > 1 else 0.0


def independent(quantities: Mapping[str, Floats]) -> dict[str, Precision]:
    """Return the standard error of the mean of each quantity of independent draws, leaving out what does not vary."""
    with np.errstate(invalid="ignore"):  # of an infinite draw it is NaN
        return {name: Precision(independent_error(v)) for name, v in quantities.items() if not np.ptp(v) <= CONSTANT}


def variance_if_met(values: Floats, probability: float) -> float:
    """Return the variance of draws of P(h | all else), even if they never met a hypothesis of small probability.

    With ``probability`` = P(h) known, the variance is ``P(h) (E[p | h] - P(h))``, because ``E[p^2] = P(h) E[p | h]``.
    ``E[p | h]`` is estimated from the draws and one more at its largest possible value, 1: draws that never met h then
    have the variance of a coin of probability P(h), not one near 0.  The result is at least the sample variance, and
    close to it if h was met often.
    """
    given_h = float(((values**2).sum() + 1) / (values.sum() + 1))
    return max(float(values.var(ddof=1)), probability * (given_h - probability))


def distance(gap: float, error: float, mean: float = 0.5, draws: float = np.inf) -> float:
    """Return the distance of an average from its expected value in standard errors, its tail not being normal.

    By Bennett's inequality, the average of n draws between 0 and 1 of mean m and variance v is off by ``gap`` with a
    probability of at most ``exp(-d^2 / 2)``, where ``d^2 = 2 n v h(b gap / v) / b^2``, ``h(u) = (1 + u) log(1 + u) -
    u`` and b, the largest deviation of a draw in that direction, is 1 - m or m.  That is ``gap / error`` for small
    gaps, and less if a single draw may account for the gap.

    Parameters
    ----------
    gap
        Average less expected value.
    error
        Standard error of the average.
    mean
        Expected value.
    draws
        Effective number of draws; if infinite, the tail is normal.

    References
    ----------
    Bennett, G. (1962), Probability inequalities for the sum of independent random variables.  JASA 57.

    Examples
    --------
    >>> distance(0.02, 0.01), round(distance(0.02, 0.01, 0.3, 2000), 2)
    (2.0, 1.98)
    >>> round(
    ...     distance(1e-3, 1e-6**0.5 / 1000**0.5, 1e-6, 1000), 1
    ... )  # expected once in a million draws, met once in 1,000
    3.4
    """
    largest, variance = (1 - mean if gap > 0 else mean), draws * error**2
    u = largest * abs(gap) / variance
    if u < SMALL:
        return abs(gap) / error
    return float(np.sqrt(2 * ((1 + u) * np.log1p(u) - u) * draws * variance) / largest)


def agreement(
    sampled: Mapping[str, float],
    exact: Mapping[str, float],
    error: Mapping[str, float],
    draws: Mapping[str, float] | None = None,
) -> ExactAgreement | None:
    """Return the largest standardized difference between sampled and exact; None if nothing varies.

    ``error`` is the combined Monte Carlo standard error, ``draws`` the effective number of draws of each probability
    (other quantities have a normal tail).  A quantity without error must agree to 1e-9, and one that is no finite
    number agrees with nothing.
    """
    distances = {}
    for name, value in sampled.items():
        gap = value - exact[name]
        if not np.isfinite([gap, error[name]]).all():
            distances[name] = float("inf")
        elif error[name] > CONSTANT:
            distances[name] = distance(gap, error[name], exact[name], (draws or {}).get(name, np.inf))
        elif abs(gap) > 1e-9:  # noqa: PLR2004 - the bound of the docstring
            distances[name] = float("inf")
    if not distances:
        return None
    worst = max(distances, key=lambda name: distances[name])
    return ExactAgreement(max_z=distances[worst], quantity=worst, quantities=len(sampled))


def diagnose_chains(
    chained: Mapping[str, Convergence],
    stats: Mapping[str, Floats],
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

    need = ESS_PER_CHAIN * stats["diverging"].shape[0]
    r_hat, bulk, tail = (_worst(chained, figure) for figure in ("r_hat", "ess_bulk", "ess_tail"))
    divergences = int(np.sum(stats["diverging"]))
    bfmi = float(np.min(array_stats.bfmi(stats["energy"], chain_axis=0, draw_axis=1)))
    endless = [name for name, precision in chained.items() if np.isnan(precision.mcse)]
    largest = f"largest {r_hat.value:.4f}, of {r_hat.of} ({len(chained)} quantities, wanted below {R_HAT_BELOW})"
    checks = (
        *_finite_check(endless, len(chained)),
        _check("R-hat", r_hat.value < R_HAT_BELOW, largest, "run longer: --tune 2000 --draws 2000", r_hat.of),
        *(
            _check(
                f"{kind} effective sample size",
                size.value >= need,
                f"smallest {size.value:.0f}, of {size.of} (wanted {need})",
                "draw more: --draws 2000",
                size.of,
            )
            for kind, size in (("Bulk", bulk), ("Tail", tail))
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
        r_hat_max=_known(r_hat.value),
        ess_bulk_min=_known(bulk.value),
        ess_tail_min=_known(tail.value),
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
    passed = agreed.max_z <= AGREEMENT_WITHIN
    return (_check("Agreement with the exact engine", passed, finding, advice, agreed.quantity),)


def _finite_check(endless: Sequence[str], quantities: int) -> tuple[Check, ...]:
    if not endless:
        return ()
    finding = f"{len(endless)} of {quantities} quantities have draws that are infinite or no number, first {endless[0]}"
    return (_check("Finite draws", False, finding, "please report the case", endless[0]),)  # noqa: FBT003 - the verdict


def _check(
    name: str,
    passed: bool,  # noqa: FBT001 - the verdict itself
    finding: str,
    advice: str,
    quantity: str | None = None,
) -> Check:
    return Check(name, "pass" if passed else "fail", finding, advice, quantity)


class _Worst(NamedTuple):
    value: float
    of: str


def _worst(chained: Mapping[str, Convergence], figure: str) -> _Worst:
    """Return the largest R-hat or the smallest sample size; NaN is worse than any number."""
    sign = 1 if figure == "r_hat" else -1
    values = {name: getattr(one, figure) for name, one in chained.items()}
    of = max(values, key=lambda name: np.inf if np.isnan(values[name]) else sign * values[name])
    return _Worst(values[of], of)


def _known(value: float) -> float | None:
    """Return a number that a file can hold: none where there is none."""
    return None if np.isnan(value) else value


def _verdict(checks: tuple[Check, ...]) -> Status:
    return "pass" if all(check.status == "pass" for check in checks) else "fail"
