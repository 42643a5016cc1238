"""The draws as an xarray DataTree, which ArviZ reads and ``posterior.nc`` stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from detente import inference

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

    from detente.forecast.result import Forecast
    from detente.inference import Draws

PRIOR_DRAWS = 1000
KEPT_STATS = ("diverging", "energy", "n_steps", "step_size", "mean_tree_accept", "logp")
"""Sampler statistics that are stored; the rest concern adaptation."""


def to_tree(forecast: Forecast) -> xr.DataTree:
    """Return posterior, sample_stats, log_prior, log_likelihood, prior, predictions, observed_data, constant_data.

    ``log_likelihood`` holds the complete-data log likelihood of each item and transition at the recovered draw of the
    hypothesis, as power-scaling needs it; it and ``sample_stats`` are absent with the exact engine.

    Raises
    ------
    ValueError
        The forecast was read from a file and has no draws.
    """
    import xarray as xr

    if forecast.sampled is None:
        message = "this forecast was read from forecast.json and has no draws: open posterior.nc instead"
        raise ValueError(message)
    case, draws = forecast.inputs, forecast.sampled
    items = case.evidence_in_force
    named = dict(inference.DIMENSIONS)
    groups: dict[str, tuple[Mapping[str, Any], Mapping[str, tuple[str, ...]]]] = {
        "posterior": (dict(draws.values) | {"hypothesis_index": draws.hypothesis}, named),
        "sample_stats": ({name: draws.stats[name] for name in KEPT_STATS if name in draws.stats}, {}),
        "log_prior": (inference.log_prior(case, draws), named | {"hypothesis_weight": (), "winner_probability": ()}),
        "log_likelihood": _log_likelihood(draws),
        "prior": (_prior(forecast), named),
        "predictions": (
            {
                f"{outcome}.{window}": values.reshape(draws.hypothesis.shape)
                for outcome, open_windows in forecast.per_draw.items()
                for window, values in open_windows.items()
            },
            {},
        ),
    }
    labels = inference.labels(case)
    tree = {name: _dataset(values, dims, labels) for name, (values, dims) in groups.items() if values}
    if items:
        observed = np.array([item.observed for item in items], dtype=np.int8)
        trust = np.array([case.priors.trust(item) for item in items])
        where = {"item": list(labels["item"])}
        tree["observed_data"] = xr.Dataset({"observed": (("item",), observed)}, coords=where)
        tree["constant_data"] = xr.Dataset({"trust": (("item",), trust)}, coords=where)
    whole = xr.DataTree.from_dict(tree)
    whole.attrs = {"case": case.id, "as_of": forecast.as_of.isoformat(), "inputs_sha256": forecast.inputs_sha256}
    return whole


def _dataset(
    values: Mapping[str, Any], dims: Mapping[str, tuple[str, ...]], labels: Mapping[str, tuple[str, ...]]
) -> xr.Dataset:
    """Return variables of shape (chain, draw, ...) as a dataset with named dimensions and labels."""
    import xarray as xr

    variables = {name: (("chain", "draw", *dims.get(name, ())), array) for name, array in values.items()}
    used = {dim for of, _ in variables.values() for dim in of if dim in labels}
    chains, draws = next(iter(values.values())).shape[:2]
    coords = {"chain": range(chains), "draw": range(draws)} | {dim: list(labels[dim]) for dim in sorted(used)}
    return xr.Dataset(variables, coords=coords)


def _log_likelihood(draws: Draws) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
    """Return the log likelihoods under the hypothesis recovered at each draw."""
    tables = {"item": draws.item_log_likelihood, "transition": draws.transition_log_likelihood}
    picked = {
        f"{dim}_log_likelihood": np.take_along_axis(table, draws.hypothesis[..., None, None], axis=3)[..., 0]
        for dim, table in tables.items()
        if table is not None
    }
    return picked, {name: (name.removesuffix("_log_likelihood"),) for name in picked}


def _prior(forecast: Forecast) -> dict[str, Any]:
    """Return draws of every variable from its prior: the exact posterior of a case without evidence or record."""
    from detente import exact

    bare = forecast.inputs.without_evidence()
    draws = inference.draw_exactly(bare, exact.posterior(bare), PRIOR_DRAWS, forecast.random_seed)
    return dict(draws.values)
