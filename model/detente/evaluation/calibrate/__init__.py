"""Calibration: learning the discrimination, and a bias in the level of intensities, from resolved outcomes."""

from detente.evaluation.calibrate.learning import (
    BIAS_SD,
    Lesson,
    block,
    calibrate,
    check_target,
    priors_file,
    read_lesson,
)
from detente.evaluation.calibrate.result import Calibration

__all__ = ["BIAS_SD", "Calibration", "Lesson", "block", "calibrate", "check_target", "priors_file", "read_lesson"]
