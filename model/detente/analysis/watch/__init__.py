"""Indicators to watch next, ranked by expected information."""

from detente.analysis.watch.analysis import watch

__all__ = ["watch"]
