"""The PyMC model: its names and dimensions, and its density against the formulas of the design, written out here."""

from __future__ import annotations

from itertools import product

import msgspec
import numpy as np
import pytest
from oracle.record import widths
from scipy.optimize import brentq
from scipy.special import logsumexp, ndtr, ndtri, softmax
from scipy.stats import beta, dirichlet, norm
from small import make_case

from detente.inference import DIMENSIONS

SEEDS = (0, 1, 5, 9, 12, 19, 26, 29, 35)
pytestmark = pytest.mark.usefixtures("in_python")


def graph(case):
    from detente.graph import build

    return build(case)


def log_density(model, point):
    """Evaluate the model's log density at constrained values, without compiling."""
    from pymc.model.transform.conditioning import remove_value_transforms
    from pytensor.compile.mode import Mode

    plain = remove_value_transforms(model)
    compiled = plain.compile_logp(mode=Mode(linker="py", optimizer=None))
    return float(compiled({name: np.asarray(value) for name, value in point.items()}))


def shape_of(prior):
    size = prior.mean * (1 - prior.mean) / prior.sd**2 - 1
    return prior.mean * size, (1 - prior.mean) * size


def is_piled(prior):
    """Whether a fraction is sampled as a standard normal, of which it is a quantile."""
    return prior.sd > 0 and min(shape_of(prior)) < 1


def score(prior, value):
    return norm.ppf(beta.cdf(value, *shape_of(prior))) if value < 0.5 else norm.isf(beta.sf(value, *shape_of(prior)))


def log_prior(prior, value):
    if prior.sd == 0:
        return 0.0
    return norm.logpdf(score(prior, value)) if is_piled(prior) else beta.logpdf(value, *shape_of(prior))


def fraction(prior, rng):
    """Draw a fraction; of those that pile up at an end one at a knot of the table, where it has no error."""
    if prior.sd == 0:
        return prior.mean
    if is_piled(prior):
        return beta.ppf(norm.cdf(rng.integers(-8, 9) / 8), *shape_of(prior))
    return np.clip(rng.beta(*shape_of(prior)), 1e-6, 1 - 1e-6)


def random_point(case, rng):
    """Draw every free quantity of the design from its prior: weights, gamma, rho, z, u, v, P(winner)."""
    priors, width = case.priors, len(case.hypotheses)
    clusters = [cluster.name for cluster in case.clusters_in_force]
    rho = [priors.cluster_correlation(name) for name in clusters]
    transitions, regimes = len(case.transitions), len(case.regimes)
    weights = np.array([priors.hypotheses.weights[h] for h in case.hypothesis_ids])
    point = {
        "weight": rng.dirichlet(priors.hypotheses.concentration * weights),
        "gamma": fraction(priors.discrimination, rng),
        "rho": np.array([fraction(prior, rng) for prior in rho]),
        "z": rng.normal(size=len(clusters)),
        "u": rng.normal(size=transitions),
        "v": rng.normal(size=(transitions, width, regimes)),
    }
    if priors.election and not case.winner:
        share = np.array([priors.election.weights[w] for w in case.winner_ids])
        point["winner"] = rng.dirichlet(priors.election.concentration * share)
    return point


def pulls(case):
    """Return each item's loading: cos |cos| of its contrast and the first axis, times its length over the longest."""
    names, found = case.hypothesis_ids, {}
    weights = np.array([case.priors.hypotheses.weights[h] for h in names])
    for cluster in {item.cluster for item in case.evidence if item.cluster}:
        items = [item for item in case.evidence if item.cluster == cluster]
        mu = np.array([[ndtri(case.likelihoods[item.id][h].mid) for h in names] for item in items])
        apart = mu - (mu @ weights)[:, None]
        covariance = apart @ np.diag(weights) @ apart.T
        variance, (values, axes) = np.diag(covariance), np.linalg.eigh(covariance)
        place = axes[:, -1] * np.sqrt(values[-1]) * np.sign(axes[:, -1] @ apart[:, 0])
        square = place * np.abs(place) / np.maximum(np.sqrt(variance * variance.max()), 1e-30)
        found |= dict(zip((item.id for item in items), square, strict=True))
    return found


def location(chance, sigma):
    """Return x for which the mean of 1 - exp(-exp(x + sigma eps)) is the chance."""
    eps = np.linspace(-10, 10, 2001)
    weight = norm.pdf(eps) / norm.pdf(eps).sum()
    return brentq(lambda x: (1 - np.exp(-np.exp(x + sigma * eps))) @ weight - chance, -40, 10 + 9 * sigma, xtol=1e-13)


def by_hand(case, point):
    """Return log density, P(h | rest), items' and transitions' log likelihoods, straight from the design."""
    priors, names = case.priors, case.hypothesis_ids
    mass, halves, largest = widths(
        priors.assumed_mass, [msgspec.to_builtins(question) for question in case.calibration]
    )
    width = 2 * ndtri((1 + mass) / 2)
    share = np.array([priors.hypotheses.weights[h] for h in names])
    gamma, clusters, loading = point["gamma"], case.clusters_in_force, pulls(case)
    home = {item.id: index for index, cluster in enumerate(clusters) for item in cluster.items}
    items = np.zeros((len(case.evidence_in_force), len(names)))
    for row, item in enumerate(case.evidence_in_force):
        stated = [case.likelihoods[item.id][h] for h in names]
        mu = np.array([ndtri(s.mid) for s in stated])
        s = np.array([(ndtri(s.high) - ndtri(s.low)) / width for s in stated])
        a = (share @ mu + gamma * (mu - share @ mu)) * np.sqrt(1 + s**2)
        rho, z = (point["rho"][home[item.id]], point["z"][home[item.id]]) if item.id in home else (0.0, 0.0)
        d = loading.get(item.id, 0)
        p = ndtr((a + d * np.sqrt(rho) * z) / np.sqrt(1 - rho * d**2 + s**2))
        b = share @ ndtr(a / np.sqrt(1 + s**2))
        r = priors.reliability[item.reliability] * priors.credibility[item.credibility]
        q = r * p + (1 - r) * b
        items[row] = np.log(q if item.observed else 1 - q)

    transitions = np.zeros((len(case.transitions), len(names)))
    if case.transitions:
        from detente.graph.record import record_data  # counts, which are tested by themselves

        record = record_data(case)
        given = np.zeros((len(halves), *transitions.shape))
        for (k, half), (t, step) in product(enumerate(halves), enumerate(case.transitions)):
            for g, regime in enumerate(case.regimes):
                stated = [case.intensity(step, h, regime) for h in names]
                sigma = np.array([np.log(np.log(1 - s.high) / np.log(1 - s.low)) / 2 * half for s in stated])
                sigma = np.minimum(sigma, largest)
                eta = np.array(
                    [location(s.mid, sd) - np.log(s.within_days) for s, sd in zip(stated, sigma, strict=True)]
                )
                shared, own = np.sqrt(priors.persistence), np.sqrt(1 - priors.persistence)
                effect = shared * point["u"][t] + own * point["v"][t, :, g]
                level = np.log(share @ np.exp(eta))
                log_rate = level + gamma * (eta - level) + sigma * effect
                given[k, t] += record.happened[t, g] * log_rate - record.exposure[t, g] * np.exp(log_rate)
                given[k, t] += record.log_multiplier[t, g]
        transitions = logsumexp(given, axis=0) - np.log(len(halves))

    joint = np.log(point["weight"]) + items.sum(axis=0) + transitions.sum(axis=0)
    stated = priors.hypotheses
    total = logsumexp(joint)
    total += dirichlet.logpdf(point["weight"], [stated.concentration * stated.weights[h] for h in names])
    total += log_prior(priors.discrimination, gamma)
    for cluster, rho in zip(clusters, point["rho"], strict=True):
        total += log_prior(priors.cluster_correlation(cluster.name), rho)
    for name in ("z", "u", "v"):
        total += norm.logpdf(point[name]).sum()
    if "winner" in point:
        share = priors.election
        total += dirichlet.logpdf(point["winner"], [share.concentration * share.weights[w] for w in case.winner_ids])
    return total, softmax(joint), items, transitions


def values(case, point, model):
    """Return the point under the names of the model's free variables."""
    clusters = [cluster.name for cluster in case.clusters_in_force]
    priors = [case.priors.cluster_correlation(name) for name in clusters]
    rho = [*zip(priors, point["rho"], strict=True)]
    plain = [value for prior, value in rho if prior.sd > 0 and not is_piled(prior)]
    unsure = [v.name for v in model.free_RVs if v.name in ("cluster_correlation", "uncertain_correlation")]
    piled = [score(prior, value) for prior, value in rho if is_piled(prior)]
    about = case.priors.discrimination
    named = {
        "hypothesis_weight": point["weight"],
        "discrimination": point["gamma"] if about.sd and not is_piled(about) else None,
        "discrimination_score": [score(about, point["gamma"])] if is_piled(about) else None,
        **dict.fromkeys(unsure, plain),
        "correlation_score": piled or None,
        "common_cause": point["z"] if clusters else None,
        "step_effect": point["u"] if case.transitions else None,
        "regime_effect": point["v"] if case.transitions else None,
        "winner_probability": point.get("winner"),
    }
    return {name: value for name, value in named.items() if value is not None}


@pytest.mark.parametrize("seed", SEEDS)
def test_density_is_that_of_the_design(random_case, seed):
    """At random points, for every shape of case: fixed priors, no items, no processes, no election, 2-4 hypotheses."""
    case = random_case(seed).case
    model, rng = graph(case), np.random.default_rng(seed)
    for _ in range(2):
        point = random_point(case, rng)
        expected, *_ = by_hand(case, point)
        assert log_density(model, values(case, point, model)) == pytest.approx(expected, abs=1e-8, rel=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_deterministics_are_those_of_the_design(random_case, seed):
    from detente.graph import evaluate

    case = random_case(seed).case
    rng = np.random.default_rng(seed)
    points, model = [random_point(case, rng) for _ in range(3)], graph(case)
    named = [values(case, point, model) for point in points]
    found = evaluate(model, {name: np.array([row[name] for row in named]) for name in named[0]})
    for draw, point in enumerate(points):
        _, probability, items, transitions = by_hand(case, point)
        np.testing.assert_allclose(found["hypothesis_probability"][draw], probability, atol=1e-9)
        if len(items):
            np.testing.assert_allclose(found["item_log_likelihood"][draw], items, rtol=1e-9, atol=1e-9)
        if len(transitions):
            np.testing.assert_allclose(found["transition_log_likelihood"][draw], transitions, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_has_named_dimensions(random_case, seed):
    """Each variable's dims, in the order documented, and a label for every place along them."""
    case = random_case(seed).case
    model = graph(case)
    for name, variable in model.named_vars.items():
        if name == "evidence":  # the potential, a scalar
            continue
        dims = model.named_vars_to_dims.get(name, ())
        assert len(dims) == variable.ndim, f"{name} has {variable.ndim} axes and the dims {dims}"
        assert set(dims) <= set(model.coords)
        assert tuple(dims) == DIMENSIONS.get(name, tuple(dims))
    assert model.coords["hypothesis"] == case.hypothesis_ids


def test_names_of_a_model_with_everything_but_polls_and_an_outside_view(random_case):
    model = graph(random_case(1, point_masses=False, winners=2, over=False, processes=1).case)
    assert {v.name for v in model.free_RVs} == {
        "hypothesis_weight",
        "discrimination_score",
        "cluster_correlation",
        "common_cause",
        "step_effect",
        "regime_effect",
        "winner_probability",
    }
    assert {v.name for v in model.deterministics} == {
        "discrimination",
        "hypothesis_probability",
        "log_intensity_by_width",
        "width_log_likelihood",
        "item_log_likelihood",
        "transition_log_likelihood",
    }


@pytest.mark.parametrize(
    ("options", "absent"),
    [
        ({}, {"discrimination", "cluster_correlation", "common_cause", "step_effect", "winner_probability"}),
        ({"gamma": (0.6, 0.1)}, {"cluster_correlation", "common_cause"}),
        ({"mids": [(0.6, 0.2)], "clusters": ["c"]}, {"cluster_correlation", "common_cause"}),
        ({"mids": [(0.6, 0.2)] * 2, "clusters": ["c"] * 2, "rho": (0.5, 0.0)}, {"cluster_correlation"}),
        ({"processes": {"p": [("a", "b")]}}, {"item_log_likelihood", "winner_probability"}),
    ],
)
def test_what_a_case_lacks_is_not_in_the_model(options, absent):
    case = make_case(**options)
    model = graph(case)
    assert absent.isdisjoint(
        {variable.name for variable in model.free_RVs} | ({*model.named_vars} - {"cluster_correlation"})
    )
    point = random_point(case, np.random.default_rng(1))
    assert log_density(model, values(case, point, model)) == pytest.approx(by_hand(case, point)[0], abs=1e-8)


def test_winner_on_record_needs_no_probability(random_case):
    case = random_case(35).case
    assert case.winner
    assert "winner_probability" not in graph(case).named_vars


def test_building_is_a_plain_function(bundled):
    """The case is left as it was, and the same model is made of it each time."""
    before = msgspec.json.encode(bundled, enc_hook=str)
    first, second = graph(bundled), graph(bundled)
    assert msgspec.json.encode(bundled, enc_hook=str) == before
    assert list(first.named_vars) == list(second.named_vars)
    assert first is not second
