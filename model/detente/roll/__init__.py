"""Priors carried forward: a posterior made the prior of a new baseline."""

from detente.roll.matching import TOLERANCE, Rolled, roll
from detente.roll.writing import priors_files

__all__ = ["TOLERANCE", "Rolled", "priors_files", "roll"]
