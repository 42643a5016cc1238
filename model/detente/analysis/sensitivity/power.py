"""Power-scaling: sensitivity of the headlines to a block of the prior, or one likelihood, raised to a power.

The posterior draws are reweighted (Pareto-smoothed importance sampling) instead of sampled again, which needs their log
prior and complete-data log likelihoods.  Values of 0.05 and more deserve attention.

References
----------
Kallioinen, N., Paananen, T., Buerkner, P.-C. and Vehtari, A. (2024), Detecting and diagnosing prior and likelihood
sensitivity with power-scaling.  Statistics and Computing 34.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detente.analysis.results import PowerScaling

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import xarray as xr

    from detente.arrays import Floats
    from detente.case.schema import Case


HORIZON = ".horizon"
GROUPS = ("posterior", "log_prior", "log_likelihood")
ALPHAS = 0.99, 1.01
"""The powers between which the sensitivity is a difference quotient."""
DISTINCT = 0.9
"""Share of the draws from which on a density counts as continuous: NUTS repeats a draw now and then."""


type Scaled = tuple[tuple[str, ...], tuple[PowerScaling, ...]]
"""Names of the quantities, and the sensitivity of each to every block."""


def power_scaling(tree: xr.DataTree) -> Scaled:
    """Return the names of the quantities, and the sensitivity of each to every prior block, item and transition.

    Parameters
    ----------
    tree
        The draws of a sampled run, as :meth:`detente.forecast.Forecast.draws_tree` or ``posterior.nc`` has them.

    Raises
    ------
    ValueError
        The draws have no log likelihoods, because they are not from NUTS.
    """
    if missing := [name for name in GROUPS if name not in tree.children]:
        raise ValueError(f"the draws have no {', '.join(missing)}: only a run with NUTS has")
    quantities = _quantities(tree)
    blocks = [
        PowerScaling(kind, block, tuple(power_sensitivity(values, log_density) for values in quantities.values()))
        for kind, block, log_density in _blocks(tree)
    ]
    blocks.sort(key=lambda row: -max(row.values))
    return tuple(quantities), tuple(blocks)


def power_sensitivity(values: Floats, log_density: Floats) -> float:
    """Return how far the distribution of a quantity moves as a part of the density is raised to a power.

    ``values`` and ``log_density`` are (chain, draw).  A part that is the same at every draw moves nothing, and what
    does not vary is not moved.
    """
    from arviz_stats.base import array_stats

    if not np.ptp(log_density) > 0 or not np.ptp(values) > 0:
        return 0.0
    weights = []
    for alpha in ALPHAS:
        log_weight = (alpha - 1) * log_density
        # Tails are smoothed by their order, which ties have none of; and a tail of ties has no shape to be fitted.
        if np.unique(log_density).size > DISTINCT * log_density.size:
            log_weight = array_stats.power_scale_lw(log_density, alpha=alpha, axis=(0, 1))
        weight = np.exp(log_weight - log_weight.max())
        weights.append(weight / weight.sum())
    return float(array_stats.power_scale_sense(values, *weights, *ALPHAS))


def power_scaling_of_run(file: Path) -> Scaled:
    """Return the same from a run's ``posterior.nc``."""
    import xarray as xr

    with xr.open_datatree(file, engine="h5netcdf") as tree:
        return power_scaling(tree.load())


def draws_of(folder: Path, case: Case) -> Path | None:
    """Return the draws in a run folder, if they are from NUTS and on the same inputs as of the same cut-off."""
    file = folder / "posterior.nc"
    if not file.is_file():
        return None
    import h5netcdf

    try:
        with h5netcdf.File(file, "r") as stored:
            made_of = {name: str(stored.attrs.get(name)) for name in ("inputs_sha256", "as_of")}
            is_sampled = "log_likelihood" in stored.groups
    except OSError:
        return None
    fits = made_of == {"inputs_sha256": case.inputs_sha256, "as_of": case.information_cutoff.isoformat()}
    return file if is_sampled and fits else None


def _quantities(tree: xr.DataTree) -> dict[str, Floats]:
    """Return the forecast quantities, (chain, draw) each: P(h), and each outcome by the horizon."""
    posterior = tree["posterior"]["hypothesis_probability"]
    columns = {str(h): posterior.sel(hypothesis=h).to_numpy() for h in posterior["hypothesis"].to_numpy()}
    if "predictions" in tree.children:
        for name, values in tree["predictions"].dataset.items():
            if str(name).endswith(HORIZON) and np.ptp(values.to_numpy()) > 0:
                columns[str(name).removesuffix(HORIZON)] = values.to_numpy()
    return columns


def _blocks(tree: xr.DataTree) -> Iterator[tuple[str, str, Floats]]:
    """Yield kind, name and log density (chain, draw) of each block of the prior, item and transition."""
    for name, values in tree["log_prior"].dataset.items():
        array = values.to_numpy()
        yield "prior", str(name), array.reshape(*array.shape[:2], -1).sum(axis=2)
    for dim in ("item", "transition"):
        variable = f"{dim}_log_likelihood"
        if variable not in tree["log_likelihood"].dataset:
            continue
        values = tree["log_likelihood"][variable]
        for position, name in enumerate(values[dim].to_numpy()):
            array = values.to_numpy()[:, :, position]
            if np.ptp(array) > 0:
                yield dim, str(name), array
