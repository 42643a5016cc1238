"""The model written once in PyMC."""

from detente.caches import give_room

give_room()  # before PyTensor is imported: it then settles where it writes

# ArviZ, which nutpie imports, looks through all that is imported by then, once for every call under way: the sooner the
# better.
import arviz_base  # noqa: E402, F401

from detente.graph.evaluation import at_many, evaluate, evaluator, plain_function  # noqa: E402
from detente.graph.model import build  # noqa: E402
from detente.graph.packing import flat, packed  # noqa: E402

__all__ = ["at_many", "build", "evaluate", "evaluator", "flat", "packed", "plain_function"]
