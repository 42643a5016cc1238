"""What may be said about how fragile a forecast is, and about what to watch: results, as plain frozen data.

They are worked out by :mod:`detente.analysis.sensitivity` and :mod:`detente.analysis.watch`, travel inside a
:class:`~detente.forecast.result.Forecast`, and mirror the keys ``sensitivity`` and ``watch`` of ``forecast.json``.
Rows of ``values`` follow the order of ``headlines``: hypotheses, outcomes by the horizon (``<id>``), outcomes before
the election (``<id>.before_election``).
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads the annotations when a run is read back
from dataclasses import dataclass
from typing import Any, Literal

from detente.jsonable import jsonable

Row = tuple[float, ...]
Range = Literal["stated", "own_prior", "next_grade", "none_and_all", "assumed_mass", "none_and_twice", "half_and_twice"]
"""Where the ends of a number come from: its stated low and high; the 5% and 95% points of its own prior; the next grade
in the table; none and all of it; intervals at their worst and at their word; none, or half, and twice of it.
"""
Unit = Literal["half_interval", "standard_deviation", "difference", "step"]
Verdict = Literal["no_evidence", "rare_under_every_hypothesis", "better_than_chance", "rare", "expected"]


@dataclass(frozen=True)
class LeftOut:
    """The headlines without some items: one item, a cluster, or all that an actor or a source is named in."""

    kind: str
    id: str
    items: tuple[str, ...]
    values: Row


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


@dataclass(frozen=True)
class BreakEven:
    """The prior of a hypothesis at which an answer crosses a line, the other hypotheses keeping their proportions.

    ``beyond`` is the estimative word on the line's other side, or ``even`` for one half.  ``prior`` is None where no
    prior between 0 and 1 does it.
    """

    hypothesis: str
    target: str
    line: float
    beyond: str
    stated: float
    prior: float | None = None


@dataclass(frozen=True)
class TippingPoint:
    """The smallest change of one number that makes another hypothesis lead, or gives the target another word.

    ``at`` is the value (of a grade: what is kept of the item) at which it happens; ``distance`` counts half-intervals
    for likelihoods, standard deviations for correlations, and steps of a letter or digit for grades.
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
    """The headlines as one parameter goes from end to end: ``values[i]`` at ``grid[i]``.

    ``parameter`` is prior (of ``hypothesis``), discrimination, correlation (of every cluster) or reliability (of every
    item); ``stated`` is where the case has it, if at one value.
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
    """Variance of each headline over what the assessor left open, split by cause.

    ``total`` and ``total_error`` are the sums of the indices; what they leave to 1 is interaction.
    """

    samples: int
    mean: Row
    deviation: Row
    shares: tuple[Share, ...]
    total: Row
    total_error: Row


@dataclass(frozen=True)
class PowerScaling:
    """How far each headline moves when one block of the prior, or one item, is raised to a power.

    ``kind`` is prior, item or transition; ``values`` the sensitivity of each of the ``quantities`` (flagged from 0.05).
    """

    kind: str
    id: str
    values: Row


@dataclass(frozen=True)
class Surprise:
    """How a group of items (or all) hangs together.

    ``conflict`` is log2 of the product of the items' chances over their joint chance: above 0 they get in each other's
    way, below 0 they confirm each other.  ``tail`` is the chance, before the fact, of evidence no likelier than what
    came; both under the model, then by hypothesis.
    """

    id: str
    items: int
    conflict: float
    tail: float
    by_hypothesis: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Conflict:
    """Conflict of the whole evidence, between the clusters, and within each, with a verdict on the evidence.

    The ``verdict``: such evidence would be rare under every hypothesis; nearly every item came out its likelier way,
    more than chance would allow; it was unlikely under the model as a whole; or it was to be expected.
    """

    whole: Surprise
    between: float
    clusters: tuple[Surprise, ...]
    replicates: int
    verdict: Verdict


@dataclass(frozen=True)
class Sensitivity:
    """How fragile the forecast is.

    ``base`` are the headlines as stated and ``error`` the Monte Carlo standard error of each (0 for hypotheses), which
    the differences between rows do not share: all rows use the same random numbers.  ``power`` is empty without
    the draws of a run with NUTS.
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
    """Something to watch for, and what it would do.

    ``kind`` is indicator (from ``watch.csv``), transition (``id`` is ``process:state``, ``text`` empty where no outcome
    names it) or silence.  ``chance`` is P(seen by ``by``); ``if_seen`` and
    ``if_not`` are the headlines then; ``bits`` the expected information about which hypothesis holds (``hypotheses``)
    and about the target.
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
    """One step of the greedy set: what it adds to the information about the target, and the total so far."""

    id: str
    by: dt.date
    adds: float
    total: float


@dataclass(frozen=True)
class Watch:
    """What to look out for next: indicators by expected information about the target, the best first.

    ``entropy_hypotheses`` and ``entropy_target`` are the bits there are to learn.
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
