"""Pooling: one judgement made of those of several assessors, on the scale on which the model works.

What assessor k states is a noisy reading of one number x: its middle is ``y_k = x + c + d_k``.  ``c`` is what all get
wrong alike, for they read the same papers; ``d_k`` is each one's own.  With G the geometric mean of the deviations that
their ranges really mean, and r_k the variance of assessor k beside the others' (calibration questions tell; 1 where
there are none), harmonic mean 1:

    d_k ~ Normal(0, r_k w)            w ~ InverseGamma with mean OWN G^2, worth WORTH assessors
    c   ~ Normal(0, SHARED G^2 + ALIKE w)        OWN = (1 - SHARED) / (1 + ALIKE): one alone errs by G^2

From a flat start x has, given the y_k, exactly this mean and variance:

    m   = sum_k (y_k / r_k) / n                  S = sum_k (y_k - m)^2 / r_k
    s^2 = SHARED G^2 + (ALIKE + 1/n) (WORTH OWN G^2 + S) / (WORTH + n - 1)

So one assessor is what he states; ten who agree are not ten; and of several who are sure of different things the pool
is unsure.  Weights are equal unless calibration questions tell them apart.

The constants are near the best on the 303 quantities of 25 expert studies that several experts were asked for (two,
three, five, eight of them drawn at random, and all), with errors of a Student t: log scores a quantity of 4.802, 4.706,
4.514, 4.963, 4.631, against 4.799, 4.704, 4.512, 4.957, 4.624 for the best (SHARED .22, ALIKE .1, WORTH 1), 4.814 to
5.035 for independent experts and 4.889 to 5.093 for experts whose differences tell nothing.  They lie on the side of
caution, for people whom one article informed: of n who agree word for word the pool's variance stays above 1/n.

References
----------
Winkler, R. L. (1981), Combining probability distributions from dependent information sources.  Management Science 27.
Clemen, R. T. and Winkler, R. L. (1985), Limits for the precision and value of information from dependent sources.
Operations Research 33.
Satopää, V. A., Pemantle, R. and Ungar, L. H. (2016), Modeling probability forecasts via information diversity.  Journal
of the American Statistical Association 111 (shared information; no sharpening of the middle here: the discrimination
does that, and is learned).
Hanea, A. M. et al. (2021), Mathematically aggregating experts' predictions of possible futures.  PLoS ONE 16 (equal
weights are hard to beat without questions that tell experts apart).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from detente.case.ranges import CLAIM, TAIL_DF, WIDTH_LOG_SD, WIDTH_MEDIAN, half_width
from detente.case.values import SURE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detente.case.ranges import CalibrationQuestion, Triple, WorkingScale

SHARED: Final = 0.25
"""Share of one assessor's variance that all have in common, whatever they state."""
ALIKE: Final = 0.2
"""Variance of the common error in that of the assessors' own: who differ a lot err alike a little too."""
WORTH: Final = 2.0
"""How many assessors' differences what is known beforehand of the size of differences is worth."""
OWN: Final = (1 - SHARED) / (1 + ALIKE)
"""Share of one assessor's variance that is his own, before it is known how far assessors are apart."""
REACH, STEPS = 8.0, 400
"""Standard deviations that the quadrature over an assessor's factor covers on either side, and its steps."""


class AssessorRange(NamedTuple):
    """A low, mid and high, and how wide ranges of this assessor really are, beside those the case goes by."""

    stated: Triple
    factor: float = 1.0


def pooled(readings: Sequence[AssessorRange], deviation: float, scale: WorkingScale) -> Triple:
    """Return low, mid and high of the pool, a range like those of the assessor the case goes by.

    Parameters
    ----------
    readings
        One of each assessor; their order does not matter, to the last bit.
    deviation
        Standard deviations in half a range of the assessor the case goes by (:func:`deviation_of`).
    scale
        That on which the model works.
    """
    if len(readings) == 1 and readings[0].factor == 1:
        return readings[0].stated
    below, level, above = zip(*(map(scale.there, reading.stated) for reading in readings), strict=True)
    halves = [(high - low) / 2 for low, high in zip(below, above, strict=True)]
    middle, half = combined(level, halves, [reading.factor for reading in readings], deviation)
    under = math.fsum(x - low for low, x in zip(below, level, strict=True)) / math.fsum(2 * one for one in halves)
    mid = scale.back(middle)
    low, high = scale.back(middle - 2 * half * under), scale.back(middle + 2 * half * (1 - under))
    return min(max(low, 2 * SURE), mid), mid, max(min(high, 1 - 2 * SURE), mid)


def combined(
    level: Sequence[float], halves: Sequence[float], factors: Sequence[float], deviation: float
) -> tuple[float, float]:
    """Return the middle and the half range of the pool, on the working scale."""
    count = len(level)
    typical = count / math.fsum(factor**-2 for factor in factors)  # of the factors' squares
    own = [factor**2 / typical for factor in factors]
    middle = math.fsum(y / r for y, r in zip(level, own, strict=True)) / count
    claim = math.exp(2 * math.fsum(map(math.log, halves)) / count) * typical
    apart = math.fsum((y - middle) ** 2 / r for y, r in zip(level, own, strict=True)) / deviation**2
    return middle, math.sqrt(_variance(claim, apart, count, count - 1))


def _variance(claim: float, apart: float, count: int, degrees: int) -> float:
    """Return the variance of the pool, from one assessor's and from the squared differences between them."""
    own = (WORTH * OWN * claim + apart) / (WORTH + degrees)
    return SHARED * claim + (ALIKE + 1 / count) * own


def pooled_weights(stated: Sequence[Mapping[str, float]], concentration: float) -> tuple[dict[str, float], float]:
    """Return pooled prior weights and how firmly they are held, in imagined observations.

    The weights are the geometric mean, which sums to 1.  Variances of log weights go with 1 / concentration, so that
    differences count on the scale of one assessor's own Dirichlet distribution.
    """
    if len(stated) == 1:
        return dict(stated[0]), concentration
    logs = [{name: math.log(weight) for name, weight in one.items()} for one in stated]
    mean = {name: math.exp(math.fsum(one[name] for one in logs) / len(logs)) for name in stated[0]}
    total = math.fsum(mean.values())
    weights = {name: weight / total for name, weight in mean.items()}
    apart = []
    for one in logs:
        off = {name: one[name] - math.log(weight) for name, weight in weights.items()}
        level = math.fsum(weights[name] * off[name] for name in weights)
        apart.append(math.fsum(concentration * weights[name] * (off[name] - level) ** 2 for name in weights))
    degrees = (len(stated) - 1) * (len(weights) - 1)
    return weights, concentration / _variance(1.0, math.fsum(apart), len(stated), degrees)


def deviation_of(assumed_mass: float | None, questions: Sequence[CalibrationQuestion]) -> float:
    """Return the standard deviations in half a stated range: as the case states, else as questions teach."""
    if assumed_mass is not None:
        return 1 / half_width(assumed_mass)
    return factor_of(questions) / half_width(CLAIM)


def factor_of(questions: Sequence[CalibrationQuestion]) -> float:
    """Return the factor by which an assessor's ranges are too narrow: the exponential of its posterior mean log."""
    if not questions:
        return WIDTH_MEDIAN
    errors = [_error(question) for question in questions]
    steps = [REACH * (2 * place / STEPS - 1) for place in range(STEPS + 1)]
    log_factor = [math.log(WIDTH_MEDIAN) + WIDTH_LOG_SD * step for step in steps]
    log_density = [
        -(step**2) / 2
        - math.fsum(logs + (TAIL_DF + 1) / 2 * math.log1p((error * math.exp(-logs)) ** 2 / TAIL_DF) for error in errors)
        for step, logs in zip(steps, log_factor, strict=True)
    ]
    most = max(log_density)
    weight = [math.exp(value - most) for value in log_density]
    mean = math.fsum(w * logs for w, logs in zip(weight, log_factor, strict=True)) / math.fsum(weight)
    return math.exp(mean)


def _error(question: CalibrationQuestion) -> float:
    """Return how far a true value lay from its best guess, in standard deviations of the range at its word."""
    values = question.low, question.mid, question.high, question.truth
    low, mid, high, truth = map(math.log, values) if question.scale == "log" else values
    return (truth - mid) / ((high - low) / 2) * half_width(question.mass)
