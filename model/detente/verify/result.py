"""What a verification is asked to do, and what it found: frozen, and ready for the report."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - part of the results' annotations
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, field
from typing import Any, Literal

from detente.forecast.plain import plain
from detente.settings import DEFAULT_RANDOM_SEED, Engine

Verdict = Literal["pass", "fail", "too few"]

FAMILY_LEVEL = 0.01
"""How often a sound engine may fail, all its tests taken together."""
BAND_LEVEL = 0.05
"""How often a sound quantity leaves its own band."""
SHIFT_WANTED = 0.5
"""A verification that would not find a posterior this many of its deviations off tells too little to pass."""
LAG_BELOW = 0.2
"""Largest mean correlation of a kept draw with the next at which draws pass for independent."""
AGREEMENT_WITHIN = 4.0
"""Monte Carlo standard errors that sampled and exact numbers may lie apart."""


@dataclass(frozen=True)
class Plan:
    """How a verification is made.

    NUTS takes ``draws`` a replicate over ``chains``, after ``tune`` each, and keeps every ``thinning``-th; the exact
    engine takes ``exact_draws`` independent ones.  ``agreement_draws`` are those a chain of the runs that are set
    beside the exact engine.
    """

    replicates: int = 500
    draws: int = 800
    random_cases: int = 3
    random_seed: int = DEFAULT_RANDOM_SEED
    engines: tuple[Engine, ...] = ("nuts", "exact")
    thinning: int = 8
    tune: int = 300
    chains: int = 2
    target_accept: float = 0.9
    exact_draws: int = 400
    agreement_draws: int = 1000


@dataclass(frozen=True)
class Quantity:
    """One quantity's places over the replicates.

    ``p_value`` is the chance that places of a sound engine stray as far from uniform, ``outside`` whether their ECDF
    leaves its own 95 % band, ``farthest`` its largest distance from uniform, with its sign; ``lag`` the mean
    correlation of kept draws; ``difference`` the ECDF less the uniform one at the band's points.
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
    """Forecast probabilities beside what was simulated: the mean forecast, the frequency, and how unlikely the gap is.

    ``z`` is Spiegelhalter's, where that is the test.
    """

    name: str
    count: int
    forecast: float
    frequency: float
    p_value: float
    z: float | None = None


@dataclass(frozen=True)
class Power:
    """The least that would be found four times in five in a quantity.

    A posterior that is off by ``shift`` of its standard deviations, or ``narrow`` times too narrow.
    """

    shift: float
    narrow: float


@dataclass(frozen=True)
class EngineReport:
    """Simulation-based calibration of one engine.

    ``tests`` quantities and calibrations were tested; ``failed`` are those that a sound engine would fail so badly
    less than once in a hundred verifications (Holm's method); ``outside`` left their own 95 % band, of ``expected``.
    """

    engine: Engine
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
    """A case sampled and integrated: the largest distance of any P(hypothesis) or outcome, in Monte Carlo errors."""

    case: str
    max_z: float
    quantity: str
    quantities: int
    verdict: Verdict


@dataclass(frozen=True)
class Verification:
    """The whole answer."""

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
        told: dict[str, Any] = {"schema": 1, **plain(self)}
        for report in told["engines"]:
            for row in report["quantities"]:
                del row["difference"]  # drawn; too long to be read
        return told


def worst(verdicts: tuple[Verdict, ...]) -> Verdict:
    """Return the verdict of several parts: one that failed fails all, one that tells too little leaves all open."""
    for verdict in ("fail", "too few"):
        if verdict in verdicts:
            return "fail" if verdict == "fail" else "too few"
    return "pass"
