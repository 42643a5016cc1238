"""Sample one compiled model again and again: the dates of a replay differ in data only.

Compiling takes a hundred times as long as sampling, so that a replay by NUTS compiles once and refits by data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from detente.case.schema import Case
    from detente.settings import Settings

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Compiled:
    """The model of the last date of a replay, compiled."""

    whole: Case
    model: Any
    compiled: Any
    names: tuple[str, ...]


@dataclass(frozen=True)
class Refit:
    """Posterior draws as of one date: ``probability`` (draws, hypothesis), ``log_intensity`` (draws, step, ...)."""

    probability: Floats
    log_intensity: Floats
    divergences: int


def compile_once(case: Case, last: dt.date) -> Compiled:
    """Compile the model of a whole case for a replay that ends on ``last``."""
    import nutpie

    from detente.graph import build, free_names
    from detente.graph.replay import whole_replay

    whole = whole_replay(case, last)
    model = build(whole)
    names = free_names(model)
    return Compiled(whole, model, nutpie.compile_pymc_model(model, var_names=names), names)


def refit(compiled: Compiled, case: Case, settings: Settings) -> Refit:
    """Sample as of an earlier date; ``case`` is the whole case cut there."""
    import nutpie

    from detente.graph import evaluate
    from detente.graph.replay import data_as_of

    data = data_as_of(case, compiled.whole)
    tree = nutpie.sample(
        compiled.compiled.with_data(**data),
        **settings.sampler,
    )
    posterior = tree["posterior"].dataset
    values = {name: posterior[name].to_numpy() for name in compiled.names}
    flat = {name: array.reshape(-1, *array.shape[2:]) for name, array in values.items()}
    for name, array in data.items():
        compiled.model[name].set_value(array)
    derived = evaluate(compiled.model, flat)
    probability = derived["hypothesis_probability"]
    nothing = np.zeros((len(probability), 0, probability.shape[1], 0))
    return Refit(
        probability=probability,
        log_intensity=derived.get("log_intensity", nothing),
        divergences=int(tree["sample_stats"].dataset["diverging"].to_numpy().sum()),
    )
