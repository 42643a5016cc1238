"""Roll priors forward: a posterior becomes the prior of a new baseline."""

from detente.roll.forward import roll_forward
from detente.roll.matching import Rolled, roll

__all__ = ["Rolled", "roll", "roll_forward"]
