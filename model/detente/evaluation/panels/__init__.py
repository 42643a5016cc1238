"""Panels: tables of real answered questions, read as sets that the model can be proved on."""

from detente.evaluation.panels.diagnoses import write_diagnoses
from detente.evaluation.panels.gather import gather_panels
from detente.evaluation.panels.interval_fit import read_intervals
from detente.evaluation.panels.intervals import prove_widths, score_widths
from detente.evaluation.panels.waits import prove_waits

__all__ = [
    "gather_panels",
    "prove_waits",
    "prove_widths",
    "read_intervals",
    "score_widths",
    "write_diagnoses",
]
