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

    from detente.case.schema import Case

HORIZON = ".horizon"
GROUPS = ("posterior", "log_prior", "log_likelihood")


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
    import xarray as xr
    from arviz_stats import psense

    quantities = _quantities(tree)
    names = tuple(str(name) for name in quantities.data_vars)
    blocks = []
    for kind, block, log_density in _blocks(tree):
        group = "prior" if kind == "prior" else "likelihood"
        data = xr.DataTree.from_dict(
            {"posterior": quantities, f"log_{group}": xr.Dataset({"block": (("chain", "draw"), log_density)})}
        )
        row = psense(data, group=group)
        blocks.append(PowerScaling(kind, block, tuple(float(row[name]) for name in names)))
    blocks.sort(key=lambda row: -max(row.values))
    return names, tuple(blocks)


def power_scaling_of_run(file: Path) -> Scaled:
    """Return the same from a run's ``posterior.nc``."""
    import xarray as xr

    with xr.open_datatree(file, engine="h5netcdf") as tree:
        return power_scaling(tree.load())


def draws_of(folder: Path, case: Case) -> Path | None:
    """Return the draws in a run folder, if they are from NUTS and on the same inputs as of the same cut-off."""
    import h5netcdf

    file = folder / "posterior.nc"
    if not file.is_file():
        return None
    try:
        with h5netcdf.File(file, "r") as stored:
            made_of = {name: str(stored.attrs.get(name)) for name in ("inputs_sha256", "as_of")}
            is_sampled = "log_likelihood" in stored.groups
    except OSError:
        return None
    fits = made_of == {"inputs_sha256": case.inputs_sha256, "as_of": case.information_cutoff.isoformat()}
    return file if is_sampled and fits else None


def _quantities(tree: xr.DataTree) -> xr.Dataset:
    """Return the forecast quantities, (chain, draw) each: P(h), and each outcome by the horizon."""
    import xarray as xr

    dims = ("chain", "draw")
    posterior = tree["posterior"]["hypothesis_probability"]
    columns = {str(h): (dims, posterior.sel(hypothesis=h).to_numpy()) for h in posterior["hypothesis"].to_numpy()}
    if "predictions" in tree.children:
        for name, values in tree["predictions"].dataset.items():
            if str(name).endswith(HORIZON) and np.ptp(values.to_numpy()) > 0:
                columns[str(name).removesuffix(HORIZON)] = (dims, values.to_numpy())
    return xr.Dataset(columns)


def _blocks(tree: xr.DataTree) -> Iterator[tuple[str, str, np.ndarray]]:
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
