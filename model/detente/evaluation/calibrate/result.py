"""The result of a calibration: the prior, and the posterior given the evidence alone and the outcomes too."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from msgspec import structs, to_builtins

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from detente.case.priors import BetaPrior
    from detente.diagnostics import Diagnostics
    from detente.evaluation.calibrate.quadrature import Summary
    from detente.evaluation.calibrate.resolved import ExcludedQuestion, ResolvedQuestion


@dataclass(frozen=True)
class StageEstimate:
    """Discrimination and level bias at one stage, by quadrature and as sampled (None for the prior).

    ``gained`` is the Kullback-Leibler divergence from the prior, in nats, of each parameter and of both jointly.
    """

    discrimination: Summary
    level_bias: Summary
    gained: Mapping[str, float]
    sampled_discrimination: Summary | None = None
    sampled_level_bias: Summary | None = None


@dataclass(frozen=True)
class CaseLearned:
    """What one case contributed.

    ``hypotheses`` holds P(h | evidence) and P(h | evidence, outcomes) of each, averaged over the posterior of both
    parameters; ``winners`` holds the probabilities assumed for an election ahead, empty without one; ``truth`` is the
    hypothesis known to be true, None where that is not known.
    """

    id: str
    forecast_date: dt.date
    questions: tuple[ResolvedQuestion, ...]
    left_out: tuple[ExcludedQuestion, ...]
    winners: Mapping[str, float]
    hypotheses: Mapping[str, tuple[float, float]]
    truth: str | None = None

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes with a question that counted."""
        return tuple(dict.fromkeys(question.outcome for question in self.questions))

    @property
    def occurred(self) -> tuple[str, ...]:
        """Those of them that occurred in some window."""
        return tuple(dict.fromkeys(question.outcome for question in self.questions if question.answer))


@dataclass(frozen=True)
class ExpectedInformation:
    """What another case like these may be expected to teach.

    ``information`` is the expected Fisher information about the discrimination from one more such case, at the
    posterior mean and without a level bias; ``cases`` is how many would halve the prior's standard deviation, None if
    none can.
    """

    information: float
    cases: float | None


@dataclass(frozen=True)
class Calibration:
    """The result of ``detente calibrate``.

    ``learned`` is the posterior of the discrimination as a prior for another case, ``learned_from`` the cases behind
    it.
    """

    as_of: dt.date
    prior_of: str
    other_priors: tuple[str, ...]
    bias_sd: float
    cases: tuple[CaseLearned, ...]
    prior: StageEstimate
    after_evidence: StageEstimate
    after_outcomes: StageEstimate
    bias_is_up: float
    learned: BetaPrior
    learned_from: tuple[str, ...]
    worth: ExpectedInformation | None
    diagnostics: Diagnostics
    draws: int
    random_seed: int
    versions: Mapping[str, str]

    @property
    def truths(self) -> int:
        """Number of cases in which it is known which hypothesis is true."""
        return sum(case.truth is not None for case in self.cases)

    @property
    def resolved(self) -> int:
        """Number of outcomes, over all cases, with a question that counted."""
        return sum(len(case.outcomes) for case in self.cases)

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values."""
        contents = asdict(self)
        contents |= {"as_of": self.as_of.isoformat(), "learned": structs.asdict(self.learned)}
        contents |= {"diagnostics": to_builtins(self.diagnostics)}
        for case, row in zip(self.cases, contents["cases"], strict=True):
            row["forecast_date"] = case.forecast_date.isoformat()
            row["hypotheses"] = {
                name: {"after_evidence": evidence, "after_outcomes": outcomes}
                for name, (evidence, outcomes) in case.hypotheses.items()
            }
        return contents
