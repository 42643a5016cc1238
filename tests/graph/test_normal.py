"""The operation for many numbers at once is the normal distribution function, with its slope."""

from __future__ import annotations

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.traversal import ancestors
from scipy.stats import norm
from small import make_case

from detente.graph import at_many, build, plain_function
from detente.graph import model as module
from detente.graph.normal import Normal, chance_below

SOME = np.random.default_rng(3).uniform(-5, 5, size=(3, 4))


def test_values_and_slope_are_those_of_the_normal_distribution():
    x = pt.matrix("x", dtype="float64")
    chance, density = Normal()(x)
    slope = pt.grad((2 * chance).sum(), x)
    values = plain_function([x], [chance, density, slope])(SOME)
    for ours, theirs in zip(values, (norm.cdf(SOME), norm.pdf(SOME), 2 * norm.pdf(SOME)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_many_draws_are_worked_out_in_one_step():
    x = pt.vector("x", dtype="float64")
    (many,) = at_many([x], [chance_below(x)])(SOME)
    np.testing.assert_allclose(many, norm.cdf(SOME), rtol=1e-12)


def test_the_model_has_it_from_so_many_items_on(monkeypatch):
    """With the same density and slope as before."""
    case = make_case([(0.6, 0.2), (0.3, 0.5), (0.7, 0.4)], clusters=["c", "c", None], gamma=(0.5, 0.2), trust=0.9)

    def made():
        graph = build(case)
        has_it = any(isinstance(v.owner.op, Normal) for v in ancestors([graph.logp()]) if v.owner)
        return has_it, plain_function(graph.value_vars, [graph.logp(), graph.dlogp()]), graph

    monkeypatch.setattr(module, "MANY", 4)
    few, plain, graph = made()
    monkeypatch.setattr(module, "MANY", 3)
    many, together, _ = made()
    assert (few, many) == (False, True)
    rng = np.random.default_rng(1)
    start = graph.initial_point()
    for _ in range(5):
        point = [start[v.name] + rng.normal(scale=0.5, size=np.shape(start[v.name])) for v in graph.value_vars]
        for one, other in zip(plain(*point), together(*point), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
