"""What to look out for next, ranked by expected information."""

from detente.analysis.watch.analysis import watch

__all__ = ["watch"]
