"""Sensitivity of a forecast: what it rests on, what would change it, and where its uncertainty comes from."""

from detente.analysis.sensitivity.analysis import sensitivity

__all__ = ["sensitivity"]
