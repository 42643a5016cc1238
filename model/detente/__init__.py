"""Bayesian forecasts of rapprochements: hypotheses, dated evidence, and what happens before and after an election."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente.case import load_case
    from detente.forecast import Forecast, forecast
    from detente.settings import Settings

__version__ = "0.1.0"
__all__ = ["Forecast", "Settings", "__version__", "forecast", "load_case"]

_HOME = {
    "Forecast": "detente.forecast",
    "Settings": "detente.settings",
    "forecast": "detente.forecast",
    "load_case": "detente.case",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the module holds
    """Import a public name when it is first used, so that ``import detente`` costs nothing."""
    if name not in _HOME:
        message = f"module 'detente' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
