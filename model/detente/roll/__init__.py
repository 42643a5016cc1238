"""Priors carried forward: a posterior made the prior of a new baseline."""

from detente.roll.matching import TOLERANCE, Rolled, roll

__all__ = ["TOLERANCE", "Rolled", "roll"]
