"""The model written once in PyMC."""

from detente.caches import give_room

give_room()  # before PyTensor is imported: it then settles where it writes

from detente.graph.evaluation import evaluate, evaluator, free_names  # noqa: E402
from detente.graph.model import build  # noqa: E402
from detente.graph.packing import flat, packed  # noqa: E402

__all__ = ["build", "evaluate", "evaluator", "flat", "free_names", "packed"]
