"""Sets of questions: scored, and learned from, a thousand at a time."""

from detente.evaluation.sets.answers import Answers, answer_set
from detente.evaluation.sets.learn import SetCalibration, calibrate_set, check_prior
from detente.evaluation.sets.score import SetScore, refuse_in_sample, score_set

__all__ = [
    "Answers",
    "SetCalibration",
    "SetScore",
    "answer_set",
    "calibrate_set",
    "check_prior",
    "refuse_in_sample",
    "score_set",
]
