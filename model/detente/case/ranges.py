"""Stated ranges on the scales the model works on, and what a form's 0, 1 and other confidences mean there.

A likelihood works as a probit, a step's chance within so many days as the log of its intensity.  A range is a low, a
mid and a high; the model takes each as a 90% range, so that one that claims to hold another share is stretched or
narrowed on its scale, as forms that ask how sure one is of a range do on the plain one (Hemming et al. 2018).

References
----------
Hemming, V., Burgman, M. A., Hanea, A. M., McBride, M. F. and Wintle, B. C. (2018), A practical guide to structured
expert elicitation using the IDEA protocol.  Methods in Ecology and Evolution 9.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

from detente.case.values import SURE

if TYPE_CHECKING:
    from collections.abc import Callable

CLAIM: Final = 0.9
"""What a range holds by its word unless another share is stated."""
GRAIN: Final = 0.005
"""Half a percent: forms ask in whole percents, where 0 means less than that and 1 more than all but that."""
_NORMAL = NormalDist()

type Triple = tuple[float, float, float]
"""Low, mid and high."""


@dataclass(frozen=True)
class WorkingScale:
    """A scale on which the model works: there from a probability, and back."""

    there: Callable[[float], float]
    back: Callable[[float], float]


PROBIT: Final = WorkingScale(_NORMAL.inv_cdf, _NORMAL.cdf)
"""Of a likelihood."""
LOG_INTENSITY: Final = WorkingScale(lambda p: math.log(-math.log1p(-p)), lambda x: -math.expm1(-math.exp(x)))
"""Of the chance of a step within some days, up to the log of their number."""


def half_width(mass: float) -> float:
    """Return how many standard deviations of a normal lie between the middle and the end of a range of some mass.

    >>> round(half_width(0.9), 4)
    1.6449
    """
    return _NORMAL.inv_cdf((1 + mass) / 2)


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
