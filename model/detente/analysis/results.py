"""The results of the sensitivity analysis and of the ranking of indicators, as frozen data.

:mod:`detente.analysis.sensitivity` and :mod:`detente.analysis.watch` compute them; they are part of a
:class:`~detente.dossier.Dossier` and mirror the keys ``sensitivity`` and ``watch`` of ``forecast.json``.
Rows of ``values`` follow the order of ``headlines``: hypotheses, outcomes by the horizon (``<id>``), outcomes before
the election (``<id>.before_election``).
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - annotations are evaluated when a run is read back
from dataclasses import dataclass
from typing import Any, Literal

from detente.jsonable import jsonable

Row = tuple[float, ...]
Range = Literal[
    "stated", "own_prior", "next_grade", "none_and_all", "assumed_mass", "none_and_twice", "half_and_twice",
    "like_and_unlike",
]  # fmt: skip
"""Where the ends of a number come from: its stated low and high; the 5% and 95% points of its own prior; the next grade
in the table; none and all of it; intervals at their worst and at their word; none, or half, and twice of it.
"""
Unit = Literal["half_interval", "standard_deviation", "difference", "step"]
Verdict = Literal["no_evidence", "rare_under_every_hypothesis", "better_than_chance", "rare", "expected"]


@dataclass(frozen=True)
class LeftOut:
    """The headlines without one item, one cluster, or every item that names an actor or a source."""

    kind: str
    id: str
    items: tuple[str, ...]
    values: Row


SPAN_DECIMALS = 12


@dataclass(frozen=True)
class Swing:
    """The headlines with one elicited number at its low and at its high, everything else as stated.

    ``kind`` is likelihood, correlation, discrimination, prior, reliability, credibility, intensity, coupling,
    persistence, assumed_mass, election, polls or outside_view; ``range`` says where the two ends come from.
    """

    kind: str
    id: str
    low: float
    mid: float
    high: float
    range: Range
    at_low: Row
    at_high: Row

    def span(self, place: int, base: float) -> float:
        """Return the range of a headline over the low, stated and high value.

        It is rounded, so that judgements that mirror each other have the same.
        """
        values = (self.at_low[place], self.at_high[place], base)
        return round(max(values) - min(values), SPAN_DECIMALS)


@dataclass(frozen=True)
class BreakEven:
    """The break-even prior: where an answer crosses a line, the other hypotheses keeping their proportions.

    ``beyond`` is the estimative word on the other side of the line, or ``even`` for one half.  ``prior`` is None if no
    prior between 0 and 1 crosses it.
    """

    hypothesis: str
    target: str
    line: float
    beyond: str
    stated: float
    prior: float | None = None


@dataclass(frozen=True)
class TippingPoint:
    """The smallest change in one number that makes another hypothesis lead or gives the target another word.

    ``effect`` is that word, or ``lead``.  ``at`` is the value there (for a grade, the trust in the item), ``label`` the
    grade; ``distance`` is in half-intervals for likelihoods, standard deviations for correlations, and steps of a
    letter or digit for grades.
    """

    kind: str
    id: str
    effect: str
    stated: float
    at: float
    distance: float
    unit: Unit
    label: str = ""


@dataclass(frozen=True)
class Sweep:
    """A sweep of one parameter over its range: ``values[i]`` at ``grid[i]``.

    ``parameter`` is prior (of ``hypothesis``), discrimination, correlation (of every cluster) or reliability (of every
    item); ``stated`` is its value in the case, if it has one.
    """

    parameter: str
    grid: Row
    values: tuple[Row, ...]
    stated: float | None = None
    hypothesis: str = ""


@dataclass(frozen=True)
class Share:
    """First-order index of one cause for each headline, with its standard error.

    ``kind`` is prior, discrimination, dependence, likelihoods (of the cluster ``id``, or of the items that share no
    cause), intensities or election.
    """

    kind: str
    id: str
    index: Row
    error: Row


@dataclass(frozen=True)
class VarianceSplit:
    """Variance of each headline over the assessor's stated uncertainty, by cause.

    ``total`` is the sum of the indices, with its standard error; the remainder to 1 is interaction.
    """

    samples: int
    mean: Row
    deviation: Row
    shares: tuple[Share, ...]
    total: Row
    total_error: Row


@dataclass(frozen=True)
class PowerScaling:
    """Sensitivity of each quantity to raising one block of the prior, or one likelihood, to a power.

    ``kind`` is prior, item or transition; ``values`` has one per quantity (flagged from 0.05).
    """

    kind: str
    id: str
    values: Row


@dataclass(frozen=True)
class Surprise:
    """Conflict among a group of items (or all), and how surprising they are.

    ``conflict`` is log2 of the product of the items' probabilities over their joint probability: positive if they
    contradict, negative if they confirm one another.  ``tail`` is the prior predictive probability of evidence no
    likelier than what came.  Both are under the model, then by hypothesis.
    """

    id: str
    items: int
    conflict: float
    tail: float
    by_hypothesis: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Conflict:
    """Conflict of the whole evidence, between clusters and within each, with a verdict on the evidence.

    The ``verdict``: rare under every hypothesis; the likelier way item after item, more often than chance allows; rare
    under the model as a whole; or to be expected.
    """

    whole: Surprise
    between: float
    clusters: tuple[Surprise, ...]
    replicates: int
    verdict: Verdict


@dataclass(frozen=True)
class Sensitivity:
    """The sensitivity of a forecast.

    ``base`` holds the headlines as stated, ``error`` their Monte Carlo standard errors (0 for hypotheses); differences
    between rows are far more precise, since all use the same random numbers.  ``power`` is empty without the draws of a
    NUTS run.
    """

    target: str
    headlines: tuple[str, ...]
    base: Row
    error: Row
    left_out: tuple[LeftOut, ...]
    tornado: tuple[Swing, ...]
    break_even: tuple[BreakEven, ...]
    tipping: tuple[TippingPoint, ...]
    sweeps: tuple[Sweep, ...]
    variance: VarianceSplit
    conflict: Conflict
    quantities: tuple[str, ...] = ()
    power: tuple[PowerScaling, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``sensitivity.json`` as plain values."""
        return jsonable(self)

    def place(self, headline: str) -> int:
        """Return the place of a headline in every row."""
        return self.headlines.index(headline)


@dataclass(frozen=True)
class Indicator:
    """An indicator to watch, and the forecast if it is seen and if not.

    ``kind`` is indicator (from ``watch.csv``), transition (``id`` is ``process:state``; ``text`` is empty unless an
    outcome names it) or silence.  ``chance`` is P(seen by ``by``); ``if_seen`` and ``if_not`` are the headlines then;
    ``bits_hypotheses`` and ``bits_target`` the expected information about the hypotheses and about the target.
    """

    id: str
    kind: str
    by: dt.date
    text: str
    chance: float
    if_seen: Row
    if_not: Row
    bits_hypotheses: float
    bits_target: float
    because: str = ""
    cost: float | None = None


@dataclass(frozen=True)
class Pick:
    """One pick of the greedy set: the information about the target that it adds, and the total so far."""

    id: str
    by: dt.date
    adds: float
    total: float


@dataclass(frozen=True)
class Watch:
    """Indicators to watch, by expected information about the target, largest first.

    ``entropy_hypotheses`` and ``entropy_target`` are the entropies in bits.
    """

    target: str
    headlines: tuple[str, ...]
    base: Row
    entropy_hypotheses: float
    entropy_target: float
    indicators: tuple[Indicator, ...]
    best: tuple[Pick, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``watch.json`` as plain values."""
        return jsonable(self)

    def place(self, headline: str) -> int:
        """Return the place of a headline in every row."""
        return self.headlines.index(headline)
