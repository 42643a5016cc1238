"""The use case as a whole: its parts, its executor, its files."""

import csv
import io
import json
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np
import pytest
from small import make_case

from detente.analysis.results import Sensitivity
from detente.analysis.sensitivity import analysis, sensitivity
from detente.analysis.sensitivity.power import power_scaling, power_sensitivity
from detente.errors import UnknownTargetError
from detente.report.sections.sensitivity import sensitivity_csv

CASE = make_case(
    [(0.6, 0.3), (0.4, 0.7), (0.3, 0.5)], clusters=["c", "c", None], width=0.1, gamma=(0.6, 0.15),
    processes={"p": [("a", "b"), ("b", "d")]}, chances=0.4, spread=0.1,
)  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return sensitivity(CASE, random_seed=2)


def test_an_executor_changes_nothing(found, monkeypatch):
    monkeypatch.setattr(analysis, "MUCH", 0)
    with ThreadPoolExecutor(2) as executor:
        assert sensitivity(CASE, random_seed=2, executor=executor) == found


def test_little_work_is_not_spread(found):
    assert sensitivity(CASE, random_seed=2, executor=Executor()) == found  # which takes no work


def test_the_leading_hypothesis_is_the_target_unless_another_is_asked_for(found):
    assert found.target == "h0" if found.base[0] >= 0.5 else found.target == "h1"
    assert sensitivity(CASE, "p_b", random_seed=2).target == "p_b"
    with pytest.raises(UnknownTargetError, match=r'no hypothesis or outcome "p_c".*did you mean'):
        sensitivity(CASE, "p_c")


def test_a_sweep_passes_through_the_answer(found):
    prior = next(sweep for sweep in found.sweeps if sweep.parameter == "prior")
    at = prior.grid.index(prior.stated)
    assert prior.values[at] == pytest.approx(found.base, abs=1e-9)
    leading = found.place(found.target)
    values = [row[leading] for row in prior.values]
    assert values == sorted(values)


def test_without_discrimination_items_say_nothing():
    case = make_case([(0.9, 0.2)], gamma=(0.6, 0.1))
    swept = next(sweep for sweep in sensitivity(case).sweeps if sweep.parameter == "discrimination")
    assert swept.values[0] == pytest.approx((0.5, 0.5), abs=1e-9)
    assert swept.values[-1] == pytest.approx((0.9 / 1.1, 0.2 / 1.1), abs=1e-6)


def test_json_can_be_read_back(found):
    import msgspec

    text = json.dumps(found.to_json())
    assert msgspec.json.decode(text, type=Sensitivity) == found


def test_the_csv_has_every_headline_in_every_part(found):
    rows = list(csv.DictReader(io.StringIO(sensitivity_csv(found))))
    assert {"base", "left_out", "tornado_low", "tornado_high", "sweep", "variance"} <= {row["part"] for row in rows}
    base = next(row for row in rows if row["part"] == "base")
    assert [float(base[name]) for name in found.headlines] == pytest.approx(found.base)


@pytest.mark.slow
def test_power_scaling_tells_a_prior_that_matters_from_one_that_does_not():
    """A posterior that is its own prior moves with it, and not with a variable it is independent of."""
    import xarray as xr

    rng = np.random.default_rng(4)
    x, other = rng.standard_normal((2, 4, 1000))
    p = 1 / (1 + np.exp(-x))
    dims = ("chain", "draw")
    tree = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(
                {"hypothesis_probability": ((*dims, "hypothesis"), np.stack([p, 1 - p], axis=-1))},
                coords={"hypothesis": ["a", "b"]},
            ),
            "log_prior": xr.Dataset({"matters": (dims, -(x**2) / 2), "idle": (dims, -(other**2) / 2)}),
            "log_likelihood": xr.Dataset(
                {"item_log_likelihood": ((*dims, "item"), np.zeros((4, 1000, 1)))}, coords={"item": ["i"]}
            ),
        }
    )
    names, rows = power_scaling(tree)
    values = {row.id: max(row.values) for row in rows}
    assert names == ("a", "b")
    assert values["matters"] > 0.05 > values["idle"]
    assert "i" not in values
    with pytest.raises(ValueError, match="only a run with NUTS"):
        power_scaling(xr.DataTree.from_dict({"posterior": tree["posterior"].dataset}))


@pytest.mark.parametrize(
    "log_density",
    [
        np.zeros((4, 500)),  # a flat prior: two hypotheses, concentration 2
        np.where(np.arange(2000).reshape(4, 500) % 3 == 0, -1.0, -2.0),  # a lone item, its contrasts fixed
        np.where(np.arange(2000).reshape(4, 500) < 20, -1.0, -2.0),  # a hypothesis that is seldom drawn
        np.arange(2000).reshape(4, 500) % 40 / 40.0,
    ],
)
def test_parts_of_few_values_are_weighed_as_they_are(log_density):
    """By hand: the draws that have one value share its weight, and the distribution function moves by their share."""
    values = np.random.default_rng(2).random((4, 500)) + log_density
    found = power_sensitivity(values, log_density)
    if np.ptp(log_density) == 0:
        assert found == 0
        return
    order = np.argsort(values.ravel())
    cut = values.ravel()[order]
    even = np.arange(1, 2000) / 2000
    moved = 0.0
    for alpha in (0.99, 1.01):
        weight = np.exp((alpha - 1) * log_density.ravel()[order])
        other = np.cumsum(weight / weight.sum())[:-1]
        # Near each other the squared distance is the integral of (P - Q)^2 / P over 4 ln 2 and the norm.
        gap = [
            (x - y) ** 2 / (2 * y) / (2 * np.log(2)) * np.diff(cut) for x, y in ((other, even), (1 - other, 1 - even))
        ]
        scale = [(x * np.diff(cut)).sum() * 2 for x in (even, 1 - even)]
        moved += max(np.sqrt(g.sum() / s) for g, s in zip(gap, scale, strict=True)) / abs(np.log2(alpha)) / 2
    assert found == pytest.approx(moved, rel=0.05)


def test_what_does_not_vary_is_not_moved():
    assert power_sensitivity(np.ones((4, 500)), np.random.default_rng(1).random((4, 500))) == 0
