"""Learning from scores: the discrimination, and a level bias, given what became of forecast outcomes."""

from detente.calibrate.learning import BIAS_SD, Lesson, calibrate
from detente.calibrate.reading import read_lesson
from detente.calibrate.result import Calibration
from detente.calibrate.writing import block, check_target, priors_file

__all__ = ["BIAS_SD", "Calibration", "Lesson", "block", "calibrate", "check_target", "priors_file", "read_lesson"]
