"""Roll priors forward: a posterior becomes the prior of a new baseline."""

from detente.roll.matching import TOLERANCE, Rolled, roll

__all__ = ["TOLERANCE", "Rolled", "roll"]
