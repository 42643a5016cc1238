"""Roll priors forward: a posterior becomes the prior of a new baseline."""

from detente.roll.forward import Rolled, roll, roll_forward

__all__ = ["Rolled", "roll", "roll_forward"]
