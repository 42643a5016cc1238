"""Score what was forecast against what happened, beside simpler answers."""

from detente.score.questions import ScoringError
from detente.score.result import Scorecard
from detente.score.scorer import Past, score

__all__ = ["Past", "Scorecard", "ScoringError", "score"]
