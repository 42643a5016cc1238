"""Panels: tables of real answered questions, read as sets that the model can be proved on."""

from detente.evaluation.panels.diagnoses import write_diagnoses

__all__ = ["write_diagnoses"]
