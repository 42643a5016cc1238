"""The draws as ArviZ reads them."""

from __future__ import annotations

import numpy as np
import pytest

from detente.dossier import Dossier
from detente.forecast import forecast
from detente.report.reading import parse_dossier
from detente.settings import Settings


@pytest.fixture(scope="module")
def result(bundled):
    return forecast(bundled, Settings(engine="exact", draws=60, in_full=False))


@pytest.fixture(scope="module")
def tree(result):
    return result.draws_tree()


def test_groups_of_the_exact_engine(tree):
    """No chain, so no sampler's statistics, and no log likelihoods."""
    expected = {"posterior", "log_prior", "prior", "predictions", "observed_data", "constant_data"}
    assert set(tree.children) == expected


def test_variables_have_named_dimensions_and_labels(tree, bundled):
    posterior = tree["posterior"]
    assert posterior["hypothesis_probability"].dims == ("chain", "draw", "hypothesis")
    assert posterior["log_intensity"].dims == ("chain", "draw", "transition", "hypothesis", "regime")
    assert tuple(posterior["hypothesis"].to_numpy()) == bundled.hypothesis_ids
    assert tuple(posterior["regime"].to_numpy()) == bundled.regimes
    for group in ("posterior", "prior", "log_prior", "predictions"):
        for name, variable in tree[group].dataset.items():
            assert variable.dims[:2] == ("chain", "draw"), name
            assert np.isfinite(variable.to_numpy()).all(), name
            assert not [dim for dim in variable.dims if str(dim).endswith("_dim_0")], name


def test_predictions_average_to_the_forecast(tree, result):
    found = tree["predictions"]["leaders_met.horizon"].to_numpy()
    near = result.outcomes["leaders_met"].horizon
    assert found.shape == (1, 60)
    assert found.mean() == pytest.approx(near.probability, abs=0.05)
    assert np.quantile(found, [0.05, 0.95]) == pytest.approx(near.interval)


def test_observed_is_what_was_seen(tree, bundled):
    seen = {item.id: item.observed for item in bundled.evidence_in_force}
    data = tree["observed_data"]["observed"]
    assert {str(k): bool(v) for k, v in zip(data["item"].to_numpy(), data.to_numpy(), strict=True)} == seen


def test_prior_has_not_seen_the_evidence(tree, bundled):
    drawn = tree["prior"]["discrimination"].to_numpy()
    assert drawn.mean() == pytest.approx(bundled.priors.discrimination.mean, abs=0.01)
    assert tree.attrs["case"] == "turkey-syria"


def test_file_opens_again(tree, tmp_path):
    import xarray as xr

    tree.to_netcdf(tmp_path / "posterior.nc", engine="h5netcdf")
    with xr.open_datatree(tmp_path / "posterior.nc", engine="h5netcdf") as again:
        assert set(again.children) == set(tree.children)
        np.testing.assert_array_equal(again["posterior"]["discrimination"], tree["posterior"]["discrimination"])


def test_forecast_from_a_file_has_no_draws(result):
    with pytest.raises(ValueError, match=r"open posterior\.nc instead"):
        parse_dossier(Dossier(result).to_text(), "here").forecast.draws_tree()
