"""Priors carried forward: a posterior made the prior of a new baseline."""

from detente.roll.matching import Rolled, roll

__all__ = ["Rolled", "roll"]
