"""The model written once in PyMC."""

from detente.graph.evaluation import evaluate, evaluator, free_names
from detente.graph.model import build
from detente.graph.packing import flat, packed

__all__ = ["build", "evaluate", "evaluator", "flat", "free_names", "packed"]
