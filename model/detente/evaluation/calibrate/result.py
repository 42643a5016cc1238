"""What was learned: the prior, and the posterior given the evidence alone and given the outcomes too."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from detente.case.priors import BetaPrior
    from detente.diagnostics import Diagnostics
    from detente.evaluation.calibrate.quadrature import Summary
    from detente.evaluation.calibrate.resolved import ExcludedQuestion, ResolvedQuestion


@dataclass(frozen=True)
class StageEstimate:
    """Discrimination and level bias at one stage, by quadrature, and as sampled (None of the prior, which is not).

    ``gained`` is the Kullback-Leibler divergence from the prior, in nats: of each alone, and of both together.
    """

    discrimination: Summary
    level_bias: Summary
    gained: Mapping[str, float]
    sampled_discrimination: Summary | None = None
    sampled_level_bias: Summary | None = None


@dataclass(frozen=True)
class CaseLearned:
    """What one case brought.

    ``hypotheses`` has for each P(h | evidence) and P(h | evidence, outcomes), under what all cases say of both
    parameters; ``winners`` are what its election was taken to be, empty where none was ahead.
    """

    id: str
    forecast_date: dt.date
    questions: tuple[ResolvedQuestion, ...]
    left_out: tuple[ExcludedQuestion, ...]
    winners: Mapping[str, float]
    hypotheses: Mapping[str, tuple[float, float]]

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes with a question that counted."""
        return tuple(dict.fromkeys(question.outcome for question in self.questions))

    @property
    def came_about(self) -> tuple[str, ...]:
        """Those of them that came about."""
        return tuple(dict.fromkeys(question.outcome for question in self.questions if question.answer))


@dataclass(frozen=True)
class Worth:
    """What another case like these may be expected to teach.

    ``information`` is the expected Fisher information about the discrimination of one more such case, at the posterior
    mean and without a level bias; ``cases`` how many would halve the prior's deviation, None where none can.
    """

    information: float
    cases: float | None


@dataclass(frozen=True)
class Calibration:
    """The answer of ``detente calibrate``.

    ``learned`` is the discrimination's posterior as the prior of another case, ``learned_from`` its whole lineage.
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
    worth: Worth | None
    diagnostics: Diagnostics
    draws: int
    random_seed: int
    versions: Mapping[str, str]

    @property
    def resolved(self) -> int:
        """How many outcomes of all cases have a question that counted."""
        return sum(len(case.outcomes) for case in self.cases)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as plain values."""
        found = asdict(self)
        found |= {"as_of": self.as_of.isoformat(), "learned": self.learned.model_dump()}
        for case, row in zip(self.cases, found["cases"], strict=True):
            row["forecast_date"] = case.forecast_date.isoformat()
            row["hypotheses"] = {
                name: {"after_evidence": evidence, "after_outcomes": outcomes}
                for name, (evidence, outcomes) in case.hypotheses.items()
            }
        return found
