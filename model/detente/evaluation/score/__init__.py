"""Score what was forecast against what happened, beside simpler answers."""

from detente.evaluation.score.questions import ScoringError
from detente.evaluation.score.result import Scorecard
from detente.evaluation.score.scorer import Past, score

__all__ = ["Past", "Scorecard", "ScoringError", "score"]
