"""What a run is asked to do: engine, length, random seed, cut-off."""

from __future__ import annotations

import platform
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from detente.frozen import Immutable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

DEFAULT_RANDOM_SEED = 1689

EngineName = Literal["nuts", "exact"]


class Settings(Immutable):
    """Settings of one forecast.

    Parameters
    ----------
    engine
        ``nuts`` samples the PyMC model; ``exact`` integrates the same model in closed form and quadrature.
    as_of
        Information cut-off; None takes the case's own.
    draws, tune, chains
        Posterior draws per chain, warm-up draws per chain, and chains.  The exact engine takes ``draws`` independent
        draws, spread evenly, and has neither chains nor warm-up.
    target_accept
        Acceptance rate NUTS adapts its step size to.
    random_seed
        Seed of every random number of the run.
    in_full
        Also what only a report shows: curves over dates, prior predictive, parameters, the ladder of models.  Without
        them those fields are empty.
    """

    engine: EngineName = "nuts"
    as_of: dt.date | None = None
    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    target_accept: float = 0.9
    random_seed: int = DEFAULT_RANDOM_SEED
    in_full: bool = True

    @property
    def sampler(self) -> dict[str, Any]:
        """What ``nutpie.sample`` is told: only the draws are kept, and progress is ours to show."""
        return {
            "draws": self.draws,
            "tune": self.tune,
            "chains": self.chains,
            "seed": self.random_seed,
            "target_accept": self.target_accept,
            "save_warmup": False,
            "progress_bar": False,
        }


LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "exact": ("numpy", "scipy"),
    "nuts": ("pymc", "pytensor", "nutpie", "numba", "llvmlite", "arviz", "numpy", "scipy"),
}
"""The libraries whose version can change an engine's numbers."""


def versions(engine: str) -> dict[str, str]:
    """Return the version of detente, of Python and of each library that shapes the engine's numbers; and the machine's.

    The kind of machine too: the elementary functions of its C library, and of code made for its processor, may round
    the last digit another way.
    """
    names = ("detente", *LIBRARIES[engine])
    machine = {"machine": f"{platform.system()} {platform.machine()}", "python": platform.python_version()}
    return machine | {name: import_module(name).__version__ for name in names}
