"""Round what is matched to as many digits as a judgement has: three, and more only where three would not do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from detente.case.values import SURE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DIGITS = 3
MOST_DIGITS = 17


def size(value: float) -> float:
    """Round a size to significant digits.

    >>> size(4.56789), size(0.00123456), size(1234.5)
    (4.57, 0.00123, 1230.0)
    """
    return float(f"{value:.{DIGITS - 1}e}")


def share(value: float, digits: int = DIGITS) -> float:
    """Round a probability to significant digits of it, or of what is left to 1 where that is less.

    >>> share(0.123456), share(0.0012345), share(0.9987654)
    (0.123, 0.00123, 0.99877)
    """
    return round(value, _decimals(min(value, 1 - value), digits))


def shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Round weights on one grid, fine enough for the smallest, so that they sum to 1.

    What is left over goes to those that were rounded down most (the method of largest remainders).

    >>> shares({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})
    {'a': 0.334, 'b': 0.333, 'c': 0.333}
    """
    decimals = max(_decimals(weight, DIGITS) for weight in weights.values())
    grid = 10**decimals
    whole = {name: math.floor(weight * grid) for name, weight in weights.items()}
    left = grid - sum(whole.values())
    by_remainder = sorted(weights, key=lambda name: whole[name] - weights[name] * grid)
    for name in by_remainder[:left]:
        whole[name] += 1
    return {name: number / grid for name, number in whole.items()}


def rising(values: Sequence[float]) -> tuple[float, ...]:
    """Round probabilities that increase so that they still do, and stay between 0 and 1.

    >>> rising([0.12344, 0.12346, 0.4567])
    (0.1234, 0.1235, 0.4567)
    """
    for digits in range(DIGITS, MOST_DIGITS):
        rounded = tuple(share(value, digits) for value in values)
        if rounded[0] < rounded[1] < rounded[2] and rounded[0] > SURE and rounded[2] < 1 - SURE:
            return rounded
    return tuple(values)


def _decimals(value: float, digits: int) -> int:
    """Return the decimals that show so many significant digits of a value below 1."""
    return min(MOST_DIGITS, digits - 1 - math.floor(math.log10(value))) if value > 0 else MOST_DIGITS
