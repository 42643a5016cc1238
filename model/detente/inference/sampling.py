"""Drawing from a compiled density: the one place where the sampler is called.

The draws of a chain are decided by the density as machine code, the random seed and the sampler's settings; neither by
how many chains are drawn at once nor by what was compiled before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from detente.frozen import Immutable
from detente.inference.density import POINT
from detente.parallel import processors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from detente.arrays import Floats
    from detente.inference.density import Density
    from detente.settings import Settings

PANIC = "PanicException"
"""What the Rust of a library raises where it stops; it is no ``Exception``."""


class SamplerError(RuntimeError):
    """The sampler stopped by itself, or did not draw what it was asked for."""


class Sampled(Immutable):
    """The free variables of a model at each draw, (chain, draw, ...), and the sampler's statistics, (chain, draw)."""

    values: Mapping[str, Floats]
    stats: Mapping[str, NDArray[Any]]


def sample(density: Density, settings: Settings, tell: Callable[[float], None] | None = None) -> Sampled:
    """Draw from a compiled density.

    Parameters
    ----------
    density
        The density, with its data.
    settings
        Draws, warm-up, chains, random seed.
    tell
        Told, from another thread, the share of all draws that is done.

    Raises
    ------
    KeyboardInterrupt
        The user stopped it: what was drawn until then is given up.
    SamplerError
        It stopped by itself, drew less than it was asked for, or the machine code is not that of the model.
    """
    import nutpie

    compiled = density.for_nutpie()
    total = settings.chains * (settings.draws + settings.tune)

    def on_progress(chains: list[Any]) -> None:
        if tell is not None:
            tell(sum(chain.finished_draws for chain in chains) / total)

    def draw() -> Any:  # noqa: ANN401 - xarray's DataTree
        # Blocking, nutpie takes Ctrl-C for "enough" and returns what there is: chains cut short, and NaN for the rest.
        running = nutpie.sample(
            compiled,
            **settings.sampler,
            cores=min(settings.chains, processors()),
            progress_callback=on_progress,
            blocking=False,
        )
        try:
            return running.wait()
        except BaseException:
            running.cancel()
            raise

    try:
        tree = draw()
    except BaseException as error:
        if type(error).__name__ == PANIC:
            raise SamplerError(f"the sampler stopped: {error}") from error
        raise
    _refuse_short(tree, settings)
    points = tree["posterior"][POINT].to_numpy().reshape(settings.chains * settings.draws, -1)
    stats = {str(name): array.to_numpy() for name, array in tree["sample_stats"].dataset.items()}
    if not density.is_right(points, stats["logp"].ravel()):
        raise SamplerError("the density it was given is not that of the model: delete what was compiled before")
    square = (settings.chains, settings.draws)
    free = density.constrained(points)
    return Sampled({name: array.reshape(square + array.shape[1:]) for name, array in free.items()}, stats)


def _refuse_short(tree: Any, settings: Settings) -> None:  # noqa: ANN401 - xarray's DataTree
    """Refuse draws that are fewer than were asked for, or of which the sampler kept no record."""
    wanted = (settings.chains, settings.draws)
    recorded = tree["sample_stats"].dataset["energy"].to_numpy()
    sizes = {values.shape[:2] for values in tree["posterior"].dataset.values()} | {recorded.shape}
    if sizes != {wanted} or np.isnan(recorded).any():
        raise SamplerError(f"the sampler drew {sorted(sizes)} (chains, draws) of {wanted}")
