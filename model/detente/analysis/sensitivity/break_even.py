"""How sceptical one must be: the prior at which an answer crosses a line, in closed form.

With the other hypotheses in their proportions, the posterior odds of h are its prior odds times a ratio L that the
evidence fixes: the judgements stay centred where they were stated.  So any headline is
``(w c a + (1 - w) d b) / (w c + (1 - w) d)`` of the weight w of h: linear over linear, and
``w = d (line - b) / (d (line - b) + c (a - line))``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente.analysis.results import BreakEven
from detente.estimative import ICD_203, term

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detente.analysis.reweighting import Basis

    Floats = NDArray[np.float64]

EVEN = 0.5


def break_even(basis: Basis, target: str) -> tuple[BreakEven, ...]:
    """Return, for the target, the priors at which it crosses one half and the edges of its word.

    A hypothesis is moved by its own prior, an outcome by that of the leading hypothesis.  For every other hypothesis
    the prior at which it crosses one half is given too.
    """
    names = basis.case.hypothesis_ids
    base = basis.weigh(basis.total)
    mover = target if target in names else names[int(np.argmax(base[: len(names)]))]
    found = [
        _row(basis, mover, target, line, meaning)
        for line, meaning in _lines(float(base[basis.headlines.index(target)]))
    ]
    found += [_row(basis, name, name, EVEN, "one half") for name in names if (name, target) != (mover, name)]
    return tuple(found)


def prior_for(basis: Basis, hypothesis: str, target: str, line: float) -> float | None:
    """Return the prior weight of ``hypothesis`` at which ``target`` equals ``line``, if one between 0 and 1 does."""
    place, index = basis.headlines.index(target), basis.case.hypothesis_ids.index(hypothesis)
    given = np.zeros(len(basis.case.hypotheses))
    given[index] = 1.0
    with np.errstate(divide="ignore"):
        alone, rest = np.log(given), basis.log_prior + np.log(1 - given)
    a, b = (float(basis.weigh(basis.total, log_prior=weights)[place]) for weights in (alone, rest))
    posterior, prior = float(basis.weigh(basis.total)[index]), float(np.exp(basis.log_prior[index]))
    c, d = posterior / prior, (1 - posterior) / (1 - prior)
    below, above = d * (line - b), c * (a - line)
    if below * above <= 0:
        return None
    return below / (below + above)


def _row(basis: Basis, hypothesis: str, target: str, line: float, meaning: str) -> BreakEven:
    stated = float(np.exp(basis.log_prior[basis.case.hypothesis_ids.index(hypothesis)]))
    return BreakEven(hypothesis, target, line, meaning, stated, prior_for(basis, hypothesis, target, line))


def _lines(probability: float) -> list[tuple[float, str]]:
    """Return one half, and the edges of the word that the probability takes, with the words beyond."""
    word = term(probability)
    band = next(band for band in ICD_203.bands if band.word == word)
    bands = list(ICD_203.bands)
    place = bands.index(band)
    lines = [(EVEN, "one half")]
    if place > 0:
        lines.append((band.low, bands[place - 1].word))
    if place < len(bands) - 1:
        lines.append((band.high, bands[place + 1].word))
    return lines
