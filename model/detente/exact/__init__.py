"""The model in closed form and quadrature, without PyMC: the other engine, and its test."""

from detente.exact.draws import ExactDraws, draw
from detente.exact.polls import PollPosterior, known_winners, poll_posterior
from detente.exact.posterior import ExactPosterior, log_probabilities, log_probabilities_apart, posterior
from detente.exact.teaching import steps_with_class

__all__ = [
    "ExactDraws",
    "ExactPosterior",
    "PollPosterior",
    "draw",
    "known_winners",
    "log_probabilities",
    "log_probabilities_apart",
    "poll_posterior",
    "posterior",
    "steps_with_class",
]
