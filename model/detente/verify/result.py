"""The plan of a verification and its results."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - part of the results' annotations
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, field
from typing import Any, Literal

from detente.jsonable import jsonable
from detente.settings import DEFAULT_RANDOM_SEED, EngineName

Verdict = Literal["pass", "fail", "too few"]

FAMILY_LEVEL = 0.01
"""Family-wise error rate: how often a sound engine fails, over all its tests."""
BAND_LEVEL = 0.05
"""How often the ECDF of a sound quantity leaves its own simultaneous band."""
SHIFT_WANTED = 0.5
"""Bias, in posterior standard deviations, that a verification must have 80% power to detect in order to pass."""
LAG_BELOW = 0.2
"""Mean lag-one correlation of the kept draws from which they do not count as independent."""
AGREEMENT_WITHIN = 4.0
"""Largest accepted distance between a sampled and an exact number, in Monte Carlo standard errors."""


@dataclass(frozen=True)
class Plan:
    """How to verify.

    For each replicate, NUTS takes ``draws`` in all over ``chains``, after ``tune`` steps per chain, and keeps every
    ``thinning``-th; the exact engine takes ``exact_draws`` independent ones.  Outcomes, which
    take most of the time, are worked out at about ``projected`` of them.  ``agreement_draws`` is the number of draws
    per chain where a sampled run is compared with the exact engine.
    """

    replicates: int = 500
    draws: int = 800
    random_cases: int = 3
    random_seed: int = DEFAULT_RANDOM_SEED
    engines: tuple[EngineName, ...] = ("nuts", "exact")
    thinning: int = 8
    tune: int = 300
    chains: int = 2
    target_accept: float = 0.9
    exact_draws: int = 400
    projected: int = 100
    agreement_draws: int = 1000


@dataclass(frozen=True)
class Quantity:
    """The normalized ranks of one quantity over the replicates.

    ``p_value`` is that of the test of uniformity; ``outside`` tells whether the ECDF leaves its own 95% band,
    ``farthest`` is its largest deviation from uniform, with its sign, and ``difference`` its deviation at the band's
    points; ``lag`` is the mean lag-one correlation of the kept draws.
    """

    name: str
    group: str
    p_value: float
    outside: bool
    farthest: float
    lag: float | None
    difference: tuple[float, ...] = field(repr=False)


@dataclass(frozen=True)
class CalibrationTest:
    """A calibration test: the mean forecast probability, the simulated frequency, and the p-value of their difference.

    ``z`` is Spiegelhalter's statistic, where that is the test.
    """

    name: str
    count: int
    forecast: float
    frequency: float
    p_value: float
    z: float | None = None


@dataclass(frozen=True)
class Power:
    """The smallest fault in one quantity that is detected with 80% power.

    ``shift`` is a bias in posterior standard deviations; ``narrow`` the factor by which a posterior is too narrow.
    """

    shift: float
    narrow: float


@dataclass(frozen=True)
class EngineReport:
    """The simulation-based calibration of one engine.

    ``tests`` counts the tests of quantities and calibration; ``failed`` names those rejected by Holm's method at
    :data:`FAMILY_LEVEL`; ``outside`` quantities left their own 95% band, where ``expected`` would by chance.
    """

    engine: EngineName
    replicates: int
    quantities: tuple[Quantity, ...]
    calibrations: tuple[CalibrationTest, ...]
    tests: int
    outside: int
    expected: float
    failed: tuple[str, ...]
    smallest: float
    smallest_of: str
    power: Power
    divergences: int
    lag_max: float | None
    verdict: Verdict


@dataclass(frozen=True)
class Agreement:
    """A case by both engines: the largest difference of a P(hypothesis) or outcome, in Monte Carlo standard errors."""

    case: str
    max_z: float
    quantity: str
    quantities: int
    verdict: Verdict


@dataclass(frozen=True)
class Verification:
    """The result of ``detente verify``."""

    case: str
    title: str
    as_of: dt.date
    plan: Plan
    inputs_sha256: str
    versions: Mapping[str, str]
    engines: tuple[EngineReport, ...]
    agreements: tuple[Agreement, ...]
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """Return the contents of verify.json."""
        contents: dict[str, Any] = {"schema": 1, **jsonable(self)}
        for report in contents["engines"]:
            for row in report["quantities"]:
                del row["difference"]  # for the figure; too long to read
        return contents


def worst(verdicts: tuple[Verdict, ...]) -> Verdict:
    """Combine verdicts: one failure fails the whole, and one part with too few replicates leaves it undecided."""
    for verdict in ("fail", "too few"):
        if verdict in verdicts:
            return "fail" if verdict == "fail" else "too few"
    return "pass"
