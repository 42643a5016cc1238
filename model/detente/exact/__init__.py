"""The model in closed form and quadrature, without PyMC: the other engine, and its test."""

from detente.exact.draws import ExactDraws, draw
from detente.exact.posterior import ExactPosterior, posterior

__all__ = ["ExactDraws", "ExactPosterior", "draw", "posterior"]
