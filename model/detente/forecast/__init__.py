"""Forecasts: from a case and settings to one result object."""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente.forecast.build import forecast as forecast
    from detente.forecast.result import Forecast as Forecast

__all__ = ["Forecast", "forecast"]

_HOMES = {"Forecast": "detente.forecast.result", "forecast": "detente.forecast.build"}


def __getattr__(name: str) -> object:
    """Import a name on first use, so that computing headlines does not load everything else."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)


class _Callable(ModuleType):
    """A package that may be called like the function it is named after: ``detente.forecast(case)`` is either."""

    def __call__(self, *arguments: Any, **options: Any) -> "Forecast":  # noqa: ANN401 - those of the function
        return import_module("detente.forecast.build").forecast(*arguments, **options)


sys.modules[__name__].__class__ = _Callable
