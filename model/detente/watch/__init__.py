"""What to look out for next, ranked by expected information."""

from detente.watch.lookout import watch

__all__ = ["watch"]
