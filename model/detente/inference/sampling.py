"""Compiling a density for nutpie, and drawing from it: the one place where the sampler is called.

The draws of a chain are decided by the density as machine code, the random seed and the sampler's settings; neither by
how many chains are drawn at once nor by what was compiled before.  That last holds only without fast-math: PyTensor's
cache keeps each operation compiled by itself, a first run compiles them into one another, and with fast-math the two
round differently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from detente.parallel import processors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from detente.settings import Settings

PANIC = "PanicException"
"""What the Rust of a library raises where it stops; it is no ``Exception``."""


class SamplerError(RuntimeError):
    """The sampler stopped by itself, or did not draw what it was asked for."""


def compile_density(model: Any, names: Sequence[str] | None = None) -> Any:  # noqa: ANN401 - PyMC's, nutpie's
    """Return the density of a PyMC model compiled for :func:`sample`, which then draws the variables of ``names``."""
    import nutpie
    import pytensor

    with pytensor.config.change_flags(numba__fastmath=False, floatX="float64"):
        return _calling(lambda: nutpie.compile_pymc_model(model, var_names=names))


def sample(
    compiled: Any,  # noqa: ANN401 - nutpie's
    settings: Settings,
    tell: Callable[[float], None] | None = None,
) -> Any:  # noqa: ANN401 - xarray's DataTree
    """Draw from a compiled density.

    Parameters
    ----------
    compiled
        What :func:`compile_density` returned, or its ``with_data``.
    settings
        Draws, warm-up, chains, random seed.
    tell
        Told, from another thread, the share of all draws that is done.

    Raises
    ------
    KeyboardInterrupt
        The user stopped it: what was drawn until then is given up.
    SamplerError
        It stopped by itself, or drew less than it was asked for.
    """
    import nutpie

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

    tree = _calling(draw)
    _refuse_short(tree, settings)
    return tree


def _calling[R](call: Callable[[], R]) -> R:
    """Return what a call returns; where Rust panics in it, raise what a handler of exceptions sees."""
    try:
        return call()
    except BaseException as error:
        if type(error).__name__ == PANIC:
            raise SamplerError(f"the sampler stopped: {error}") from error
        raise


def _refuse_short(tree: Any, settings: Settings) -> None:  # noqa: ANN401 - xarray's DataTree
    """Refuse draws that are fewer than were asked for, or of which the sampler kept no record."""
    wanted = (settings.chains, settings.draws)
    recorded = tree["sample_stats"].dataset["energy"].to_numpy()
    sizes = {values.shape[:2] for values in tree["posterior"].dataset.values()} | {recorded.shape}
    if sizes != {wanted} or np.isnan(recorded).any():
        raise SamplerError(f"the sampler drew {sorted(sizes)} (chains, draws) of {wanted}")
