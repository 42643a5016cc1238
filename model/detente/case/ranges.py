"""Stated ranges on the scales the model works on, and calibration questions, which tell how wide ranges really are.

A likelihood works as a probit, a step's chance within so many days as the log of its intensity.  A range is a low, a
mid and a high; the model takes each as a 90% range, so that one that claims to hold another share is stretched or
narrowed on its scale, as forms that ask how sure one is of a range do on the plain one (Hemming et al. 2018).

Calibration questions are quantities an assessor gave a range for, and their true values.  What an assessor without any
starts from was fitted on the seed questions of 25 expert elicitations; the studies themselves are described by Cooke
and Goossens.

References
----------
Cooke, R. M. (1991), Experts in Uncertainty: Opinion and Subjective Probability in Science.
Cooke, R. M. and Goossens, L. H. J. (2008), TU Delft expert judgment data base.  Reliability Engineering & System
Safety 93.
Hemming, V., Burgman, M. A., Hanea, A. M., McBride, M. F. and Wintle, B. C. (2018), A practical guide to structured
expert elicitation using the IDEA protocol.  Methods in Ecology and Evolution 9.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final, Literal

from detente.case.columns import Frozen, InFile, Row
from detente.case.values import HUGE, SURE, Date, Mass, Number, Text
from detente.frozen import Immutable

if TYPE_CHECKING:
    from statistics import NormalDist

CLAIM: Final = 0.9
"""What a range holds by its word unless another share is stated."""
GRAIN: Final = 0.005
"""Half a percent: forms ask in whole percents, where 0 means less than that and 1 more than all but that."""

type Triple = tuple[float, float, float]
"""Low, mid and high."""


class WorkingScale(Immutable):
    """A scale on which the model works: there from a probability, and back."""

    there: Callable[[float], float]
    back: Callable[[float], float]


@cache
def _normal() -> NormalDist:
    from statistics import NormalDist

    return NormalDist()


PROBIT: Final = WorkingScale(lambda p: _normal().inv_cdf(p), lambda x: _normal().cdf(x))
"""Of a likelihood."""
LOG_INTENSITY: Final = WorkingScale(lambda p: math.log(-math.log1p(-p)), lambda x: -math.expm1(-math.exp(x)))
"""Of the chance of a step within some days, up to the log of their number."""


def half_width(mass: float) -> float:
    """Return how many standard deviations of a normal lie between the middle and the end of a range of some mass.

    >>> round(half_width(0.9), 4)
    1.6449
    """
    return _normal().inv_cdf((1 + mass) / 2)


def claimed(stated: Triple, holds: float = CLAIM, scale: WorkingScale = PROBIT) -> Triple:
    """Return a stated range as a 90% range whose ends are probabilities, on either side of its middle.

    An end of 0 or 1 is a grain away from it, and one that is the mid itself a grain away from that.  A range that is
    one already stays as it is, to the last bit.

    >>> claimed((0.4, 0.6, 0.9))
    (0.4, 0.6, 0.9)
    >>> claimed((0.0, 0.05, 0.2)), claimed((0.6, 0.6, 1.0))
    ((0.005, 0.05, 0.2), (0.595, 0.6, 0.995))
    """
    low, mid, high = stated
    if low <= 0:
        low = min(GRAIN, mid / 2)
    elif low == mid:
        low = mid - min(GRAIN, mid / 2)
    if high >= 1:
        high = max(1 - GRAIN, (1 + mid) / 2)
    elif high == mid:
        high = mid + min(GRAIN, (1 - mid) / 2)
    if holds == CLAIM:
        return low, mid, high
    middle, factor = scale.there(mid), half_width(CLAIM) / half_width(holds)
    low, high = (scale.back(middle + factor * (scale.there(end) - middle)) for end in (low, high))
    return min(max(low, 2 * SURE), mid), mid, max(min(high, 1 - 2 * SURE), mid)


FIELDS = ("low", "mid", "high", "truth", "scale")

WIDTH_MEDIAN, WIDTH_LOG_SD, TAIL_DF = 1.66, 0.51, 1.06
"""How wide stated ranges really are, before an assessor's own calibration questions are known.

The true value lies from the best guess as a Student t of ``TAIL_DF`` degrees of freedom does, on the scale of a normal
distribution whose stated share lies within the range, times a factor of the assessor's own: the log of the factor is
Normal(log ``WIDTH_MEDIAN``, ``WIDTH_LOG_SD``).  Maximum likelihood on 3,456 answers of 281 experts in 25 studies, with
standard errors of 0.11, 0.04 and 0.10 (`detente calibrate --intervals`; reports/panels).  A stated 90% range so holds
the truth half of the time, and what is known of an assessor beforehand is worth some seven questions.
"""
WIDTHS = 4
"""A range is one of so many widths, all equally likely: the medians of the quarters of what its width may be.

With four, 90% intervals are 0.87 times as wide as with the whole distribution and hold the truth 0.89 of the time.
"""
IGNORANCE = 3.2
"""Largest spread of a log intensity whose range is of unsure width: 90% from once a day to once a century.

Who is that unsure knows nothing of a pace; and in a record of whole days nothing is faster than a day.
"""


class CalibrationQuestion(Frozen):
    """A quantity an assessor gave a range for before its true value was known, and that value."""

    assessor: Annotated[
        Text | None, InFile("Who judged; blank: the assessor of the case.", "analyst", may_lack=True)
    ] = None
    item: Annotated[Text, InFile("What was asked.", "Envoys abroad in 2025")]
    low: Annotated[Number, InFile("Low end of the stated range.", "60")]
    mid: Annotated[Number, InFile("Best guess.", "80")]
    high: Annotated[Number, InFile("High end of the stated range.", "110")]
    truth: Annotated[Number, InFile("The true value.", "127")]
    mass: Annotated[Mass, InFile("How often the range was meant to hold the true value.", "0.9", may_lack=True)] = 0.9
    scale: Annotated[
        Literal["uni", "log"],
        InFile("uni: differences count; log: ratios count, as for what spans powers of ten.", "uni", may_lack=True),
    ] = "uni"
    date: Annotated[
        Date | None, InFile("The day from which the true value was known; blank: always.", "2026-01-15", may_lack=True)
    ] = None

    @classmethod
    def rules(cls, row: Row[CalibrationQuestion]) -> None:
        """Check that the numbers rise, and that ratios can be taken of them where ratios count."""
        known = len(row.findings.problems)
        if row.sound("low", "mid", "high") and not row.item.low < row.item.mid < row.item.high:
            numbers = ", ".join(f"{value:g}" for value in (row.item.low, row.item.mid, row.item.high))
            row.add(f"low, mid, high: must increase (got {numbers})")
        for name in ("low", "truth") if row.sound("scale") and row.item.scale == "log" else ():
            if row.sound(name) and getattr(row.item, name) <= 0:
                message = f"{name}: must be greater than 0 on the scale log (got {getattr(row.item, name):g})"
                row.add(f"{message}: write uni in the column scale, or correct it", at=name)
        if len(row.findings.problems) == known and row.sound(*FIELDS) and not row.item.can_be_measured:
            row.add("truth: is more than a billion times as far from mid as low from high: check them and their unit")

    @property
    def can_be_measured(self) -> bool:
        """Whether the distance of the truth from the best guess has a sensible size beside the range."""
        low, mid, high, truth = self.low, self.mid, self.high, self.truth
        if self.scale == "log":
            low, mid, high, truth = map(math.log, (low, mid, high, truth))
        return high > low and abs(truth - mid) / (high - low) <= HUGE


def check_calibration[T: CalibrationQuestion](rows: Iterable[Row[T]]) -> None:
    """Check that no assessor was asked the same twice."""
    first: dict[tuple[object, ...], int] = {}
    for row in rows:
        if row.sound("assessor", "item"):
            key = tuple(getattr(row.item, name, None) for name in ("study", "assessor", "item"))
            if key in first:
                row.add(f"item: duplicate of line {first[key]}: an assessor answers a question once", at="item")
            first.setdefault(key, row.line)
