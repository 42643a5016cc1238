"""The posterior of a case: two engines behind one protocol, with one shape of result."""

from detente.inference.draws import DIMENSIONS, FREE, Draws, labels, log_prior, scalars
from detente.inference.engine import Engine, Posterior, Progress, silent
from detente.inference.exact import EXACT, QUICK_DRAWS, draw_exactly
from detente.inference.nuts import NUTS

ENGINES: dict[str, Engine] = {engine.name: engine for engine in (NUTS, EXACT)}
"""The engines by name."""

__all__ = [
    "DIMENSIONS",
    "ENGINES",
    "EXACT",
    "FREE",
    "NUTS",
    "QUICK_DRAWS",
    "Draws",
    "Engine",
    "Posterior",
    "Progress",
    "draw_exactly",
    "labels",
    "log_prior",
    "scalars",
    "silent",
]
