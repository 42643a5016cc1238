"""From a case to draws: log priors, complete-data log likelihoods, and what PyMC itself makes of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax
from small import make_case, of_one_peak

from detente import exact, inference
from detente.inference import FREE, draw_exactly, labels, log_prior
from detente.inference.nuts import given_widths, recover
from detente.settings import DEFAULT_RANDOM_SEED

pytestmark = pytest.mark.usefixtures("in_python")


def drawn(case, random_seed=DEFAULT_RANDOM_SEED):
    return draw_exactly(case, exact.posterior(case), 40, random_seed)


def free_values(model, draws):
    """Return the draws of the model's free variables, flat."""
    return {v.name: draws.flat(v.name) for v in model.free_RVs}


# --- log priors


@pytest.fixture(scope="module")
def with_pymc(random_case):
    """Return log priors ours and PyMC's, at draws of a case that has every kind of variable but polls."""
    import pymc as pm
    import xarray as xr
    from pytensor.compile.mode import Mode

    from detente.graph import build

    case = random_case(1, point_masses=False, winners=2, over=False, processes=1).case
    case = of_one_peak(case)
    draws, model = drawn(case), build(case)
    assert {v.name for v in model.free_RVs} == set(FREE) & set(draws.values)
    variables = {
        name: (("chain", "draw", *(f"{name}_{axis}" for axis in range(values.ndim - 2))), values)
        for name, values in draws.values.items()
        if name in FREE
    }
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset(variables)})
    plain = Mode(linker="py", optimizer=None)
    theirs = pm.stats.compute_log_prior(tree, model=model, progressbar=False, compile_kwargs={"mode": plain})[
        "log_prior"
    ].dataset
    return log_prior(case, draws), {str(name): value.to_numpy() for name, value in theirs.items()}


def test_log_priors_are_pymcs(with_pymc):
    ours, theirs = with_pymc
    assert set(ours) == set(theirs)
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-9, atol=1e-9, err_msg=name)


def test_every_kind_of_variable_was_compared(with_pymc):
    names = {"hypothesis_weight", "discrimination", "cluster_correlation", "common_cause", "step_effect"}
    assert set(with_pymc[0]) == names | {"regime_effect", "winner_probability"}


def test_fixed_quantities_have_no_log_prior():
    case = make_case([(0.6, 0.2)] * 2, clusters=["c"] * 2, rho=(0.5, 0.0))
    found = log_prior(case, drawn(case))
    assert set(found) == {"hypothesis_weight", "common_cause"}


# --- log likelihoods


@pytest.mark.parametrize("seed", [0, 1, 5, 9, 19, 29])
def test_log_likelihoods_sum_to_the_joint(random_case, seed):
    """At every draw: log weight + items + transitions, normalized over h, is the log of the draw's P(h)."""
    from detente.graph import build, evaluate

    case = of_one_peak(random_case(seed).case)
    draws, model = drawn(case), build(case)
    found = evaluate(model, free_values(model, draws))
    joint = np.log(draws.flat("hypothesis_weight"))
    for name in ("item_log_likelihood", "transition_log_likelihood"):
        joint = joint + found[name].sum(axis=1) if name in found else joint
    np.testing.assert_allclose(
        log_softmax(joint, axis=1), np.log(found["hypothesis_probability"]), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("seed", [0, 1, 5, 9, 19, 29])
def test_exact_draws_are_consistent_with_the_graph(random_case, seed):
    """P(h) and log intensities of each exact draw are what the PyMC model derives from its free variables."""
    from detente.graph import build, evaluate

    case = of_one_peak(random_case(seed).case)
    draws, model = drawn(case), build(case)
    found = evaluate(model, free_values(model, draws))
    log_probability = np.log(found["hypothesis_probability"])
    if case.transitions:  # of one of the widths, and P(h) is given that too
        gap = np.abs(found["log_intensity_by_width"] - draws.flat("log_intensity")[:, None]).max(axis=(3, 4))
        np.testing.assert_allclose(gap.min(axis=1), 0, atol=1e-8)
        width = gap.argmin(axis=1)[:, None, :, None]
        given = np.take_along_axis(found["width_log_likelihood"], width, axis=1)[:, 0]
        log_probability = log_softmax(
            log_probability + (given - found["transition_log_likelihood"]).sum(axis=1), axis=1
        )
    np.testing.assert_allclose(draws.flat("hypothesis_probability"), np.exp(log_probability), rtol=1e-8, atol=1e-8)


def test_evaluation_is_what_pymc_compiles(random_case):
    """The vectorized graph as it stands against the deterministics, rewritten as PyMC has it done, draw by draw."""
    from pytensor.compile.mode import Mode

    from detente.graph import build, evaluate

    case = of_one_peak(random_case(1, processes=1).case)
    draws, model = drawn(case), build(case)
    values = {name: array[:3] for name, array in free_values(model, draws).items()}
    ours = evaluate(model, values)
    inputs = [model[name] for name in values]
    rewritten = Mode(linker="py", optimizer="fast_run")  # machine code of these is made nowhere, and takes long to make
    compiled = model.compile_fn(
        model.deterministics, inputs=inputs, mode=rewritten, point_fn=False, on_unused_input="ignore"
    )
    for draw in range(3):
        theirs = compiled(*(array[draw] for array in values.values()))
        for variable, value in zip(model.deterministics, theirs, strict=True):
            np.testing.assert_allclose(ours[variable.name][draw], value, rtol=1e-9, atol=1e-12, err_msg=variable.name)


# --- draws and names


@pytest.mark.parametrize("seed", [0, 1, 2, 9, 19])
def test_draws_have_the_documented_shape(random_case, seed):
    case = random_case(seed).case
    draws, names = drawn(case), labels(case)
    for name, values in draws.values.items():
        assert values.shape == (1, 40, *(len(names[dim]) for dim in inference.DIMENSIONS[name])), name
        assert np.isfinite(values).all()
    assert draws.hypothesis.shape == (1, 40)
    assert draws.winner.shape == (40, 0 if case.winner else len(case.winner_ids))


def test_labels_of_a_whole_case(bundled):
    names = labels(bundled)
    assert names["hypothesis"] == ("sincere", "tactic")
    assert names["regime"] == ("before", "after:incumbent", "after:opposition")
    assert set(names["item"]) == {item.id for item in bundled.evidence_in_force}
    assert "refugees" in names["cluster"]
    assert "ladder:defence_ministers_met>foreign_ministers_met" in names["transition"]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=5), st.integers(0, 1000))
def test_recovered_hypotheses_have_their_probability(weights, random_seed):
    """Within five standard errors of 4,000 draws; never one of probability 0."""
    probability = np.array([*weights, 0.0]) / sum(weights)
    drawn = recover(np.tile(probability, (1, 4000, 1)), np.random.default_rng(random_seed))
    share = np.bincount(drawn.ravel(), minlength=probability.size) / 4000
    assert share[-1] == 0
    np.testing.assert_allclose(share, probability, atol=5 * 0.5 / 4000**0.5)


def test_recovered_widths_are_drawn_given_the_hypothesis_and_lose_nothing():
    """Many draws at one point: widths as often as they are probable; P(h) given them averages to P(h)."""
    rng, count = np.random.default_rng(3), 60_000
    by_width = rng.normal(0, 1.5, size=(4, 3, 2))  # width, transition, hypothesis
    record = np.logaddexp.reduce(by_width, axis=0) - np.log(4)
    prior = np.array([0.3, 0.7])
    share = prior * np.exp(record.sum(axis=0)) / (prior @ np.exp(record.sum(axis=0)))
    rates = rng.normal(size=(4, 3, 2, 1))
    values = {
        "hypothesis_probability": share,
        "transition_log_likelihood": record,
        "width_log_likelihood": by_width,
        "log_intensity_by_width": rates,
    }
    values = {name: np.broadcast_to(array, (1, count, *array.shape)) for name, array in values.items()}
    hypothesis = recover(values["hypothesis_probability"], rng)
    found = given_widths(values, hypothesis, rng)
    np.testing.assert_allclose(found["hypothesis_probability"].mean(axis=(0, 1)), share, atol=5e-3)
    for h in range(2):
        weight = np.exp(by_width[:, :, h] - by_width[:, :, h].max(axis=0))
        weight /= weight.sum(axis=0)
        mine = found["log_intensity"][0, hypothesis[0] == h]
        for t in range(3):
            often = [(mine[:, t, h, 0] == rates[k, t, h, 0]).mean() for k in range(4)]
            np.testing.assert_allclose(often, weight[:, t], atol=0.015)


def test_same_seed_same_draws(random_case):
    case = random_case(19).case
    first, second = drawn(case), drawn(case)
    other = drawn(case, random_seed=2)
    for name, values in first.values.items():
        np.testing.assert_array_equal(values, second.values[name])
    assert not np.array_equal(first.values["hypothesis_weight"], other.values["hypothesis_weight"])
