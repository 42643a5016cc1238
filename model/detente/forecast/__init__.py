"""Case and settings to a finished forecast, the one result object."""

from detente.forecast.build import forecast
from detente.forecast.result import Forecast

__all__ = ["Forecast", "forecast"]
