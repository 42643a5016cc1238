"""How fragile a forecast is: what it rests on, what would tip it, and where its uncertainty comes from."""

from detente.analysis.sensitivity.analysis import sensitivity

__all__ = ["sensitivity"]
