"""The frozen objects of ``priors/<case>/``: likelihoods, intensities, and the priors of everything unsure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from pydantic import Field

from detente.case.frozen import Fraction, Frozen, Id, Probability, Text
from detente.case.outside import OutsideViewPrior
from detente.case.polling import PollPriors
from detente.case.seeds import Credibility, EvidenceItem, Reliability, Transition


class Interval(Frozen):
    """A stated probability: a best guess between a low and a high that the assessor holds to be a 90 % interval."""

    low: Probability
    mid: Probability
    high: Probability


class Likelihood(Interval):
    """P(the indicator would be seen | hypothesis), with its reason."""

    because: Text
    word: str | None = None


class Intensity(Interval):
    """P(``transition`` within ``within_days``, were it alone | hypothesis, regime), with its reason."""

    transition: Transition
    hypothesis: Id
    regime: Text
    within_days: float = Field(gt=0)
    because: Text


class BetaPrior(Frozen):
    """A Beta prior by mean and standard deviation; ``sd`` 0 fixes the value at the mean."""

    mean: Fraction
    sd: float = Field(ge=0)
    because: Text


class WeightedPrior(Frozen):
    """Dirichlet(concentration x weights).

    ``centre`` holds the weights of the mean that contrasts between hypotheses are stated about, where they are others:
    a posterior made a prior leaves the judgements where they were.
    """

    weights: Mapping[Id, Probability]
    concentration: float = Field(gt=0)
    because: Text
    centre: Mapping[Id, Probability] | None = None


class Reached(Frozen):
    """The condition of a coupling: ``process`` is in, or beyond, the state ``reached``."""

    process: Id
    reached: Id


class Coupling(Frozen):
    """Multiplies the intensity of every transition of ``process`` into ``to`` while ``when`` holds."""

    process: Id
    to: Id
    when: Reached
    multiplier: float = Field(gt=0)
    because: Text


class Baseline(Frozen):
    """The run whose posterior the priors are: what counted by ``evidence_from`` is in them, and counts no more."""

    run: Text
    inputs_sha256: Text
    evidence_from: dt.date
    before: Text | None = None


class Priors(Frozen):
    """The judgements of ``priors.yaml``.

    ``learned_from`` are the cases from whose outcomes the discrimination was learned; None where it was stated.
    """

    hypotheses: WeightedPrior
    discrimination: BetaPrior
    learned_from: tuple[Id, ...] | None = None
    dependence: Mapping[str, BetaPrior] = Field(default_factory=dict)
    assumed_mass: Probability = 0.65
    persistence: Fraction = 0.5
    reliability: Mapping[Reliability, Fraction]
    credibility: Mapping[Credibility, Fraction]
    election: WeightedPrior | None = None
    couplings: tuple[Coupling, ...] = ()
    polls: PollPriors | None = None
    outside_view: OutsideViewPrior | None = None
    baseline: Baseline | None = None

    @property
    def centre(self) -> Mapping[str, float]:
        """The weights of every mean over hypotheses: those of the prior, unless others are stated."""
        return self.hypotheses.centre or self.hypotheses.weights

    def cluster_correlation(self, cluster: str) -> BetaPrior:
        """Return the prior of a cluster's correlation: its own, else the default."""
        return self.dependence.get(cluster, self.dependence["default"])

    def trust(self, item: EvidenceItem) -> float:
        """Return r of an item: reliability of its source times credibility of the report."""
        return self.reliability[item.reliability] * self.credibility[item.credibility]


class WatchItem(Frozen):
    """Something to look out for, with the chance of seeing it by a date under each hypothesis.

    ``reasons`` says why, by hypothesis; ``cost`` is what looking for it takes, in a unit of the case's own; ``cluster``
    the shared cause that it would belong to.
    """

    id: Id
    by: dt.date
    indicator: Text
    likelihoods: Mapping[Id, Interval]
    reasons: Mapping[Id, Text] = Field(default_factory=dict)
    cost: float | None = Field(default=None, ge=0)
    cluster: Id | None = None
