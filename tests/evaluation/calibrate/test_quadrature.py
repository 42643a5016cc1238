"""The fine grid: closed forms, another integrator, and the divergence by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta, norm
from small import beta as beta_prior

from detente.elicitation import beta_parameters
from detente.evaluation.calibrate.quadrature import divergence, hypotheses, prior_density, summarize, update
from detente.evaluation.calibrate.tables import make_grid

SD = 0.7
GRID = make_grid(SD)
PRIOR = beta_prior(0.6, 0.15)
A, B = beta_parameters(PRIOR)


def of_gamma(function):
    """Return a table of one hypothesis that depends on the discrimination alone."""
    return np.repeat(function(GRID.gamma)[:, None, None], GRID.bias.size, axis=1)


def of_bias(function):
    return np.repeat(function(GRID.bias)[None, :, None], GRID.gamma.size, axis=0)


def test_the_prior_is_the_stated_one():
    start = prior_density(PRIOR, SD, GRID)
    found = start.of_gamma
    assert (found.mean, found.sd) == pytest.approx((0.6, 0.15), abs=5e-6)
    assert (found.low, found.high) == pytest.approx(beta(A, B).ppf([0.05, 0.95]), abs=1e-5)
    inside = start.of_bias
    assert (inside.mean, inside.sd) == pytest.approx((0, SD), abs=5e-4)  # cut at four deviations
    assert (inside.low, inside.high) == pytest.approx(norm(0, SD).ppf([0.05, 0.95]), abs=2e-4)


def test_a_prior_piled_up_at_an_end_keeps_its_mass():
    start = prior_density(beta_prior(0.9, 0.25), SD, GRID)
    assert start.of_gamma.mean == pytest.approx(0.9, abs=1e-3)
    assert start.of_gamma.sd == pytest.approx(0.25, abs=1e-3)


def test_a_likelihood_of_the_discrimination():
    """Three yes and one no at 0.2 + 0.6 gamma, integrated by another rule."""
    start = prior_density(PRIOR, SD, GRID)
    found = update(start, GRID, [of_gamma(lambda g: 3 * np.log(0.2 + 0.6 * g) + np.log(0.8 - 0.6 * g))])

    def moment(power):
        return quad(lambda g: g**power * beta(A, B).pdf(g) * (0.2 + 0.6 * g) ** 3 * (0.8 - 0.6 * g), 0, 1)[0]

    mean = moment(1) / moment(0)
    assert found.of_gamma.mean == pytest.approx(mean, abs=1e-5)
    assert found.of_gamma.sd == pytest.approx(np.sqrt(moment(2) / moment(0) - mean**2), abs=1e-5)
    assert found.of_bias.sd == pytest.approx(start.of_bias.sd, abs=1e-9)


def test_a_normal_likelihood_of_the_bias():
    """Conjugate: precisions add up; and the divergence of two normals is known."""
    start = prior_density(PRIOR, SD, GRID)
    cases = [of_bias(lambda b: -((b - 0.5) ** 2) / (2 * 0.8**2))] * 2
    found = update(start, GRID, cases)
    precision = 1 / SD**2 + 2 / 0.8**2
    mean, sd = (2 * 0.5 / 0.8**2) / precision, precision**-0.5
    assert found.of_bias.mean == pytest.approx(mean, abs=1e-4)
    assert found.of_bias.sd == pytest.approx(sd, abs=1e-4)
    nats = np.log(SD / sd) + (sd**2 + mean**2) / (2 * SD**2) - 0.5
    assert divergence(found.mass.sum(axis=0), start.mass.sum(axis=0)) == pytest.approx(nats, abs=1e-3)
    assert divergence(found.mass, start.mass) == pytest.approx(nats, abs=1e-3)
    assert found.of_gamma.mean == pytest.approx(0.6, abs=1e-5)


def test_hypotheses_are_summed_out_within_a_case():
    """0.3 f + 0.7 g for each case, multiplied over cases: not the other way round."""
    start = prior_density(PRIOR, SD, GRID)
    parts = [of_gamma(lambda g: np.log(0.3 * (0.1 + 0.8 * g))), of_gamma(lambda g: np.log(0.7 * (0.9 - 0.8 * g)))]
    table = np.concatenate(parts, axis=2)
    found = update(start, GRID, [table, table])

    def weight(g):
        return beta(A, B).pdf(g) * (0.3 * (0.1 + 0.8 * g) + 0.7 * (0.9 - 0.8 * g)) ** 2

    total = quad(weight, 0, 1)[0]
    assert found.of_gamma.mean == pytest.approx(quad(lambda g: g * weight(g), 0, 1)[0] / total, abs=1e-5)
    first = hypotheses(found, GRID, table)

    def share(g):
        yes, no = 0.3 * (0.1 + 0.8 * g), 0.7 * (0.9 - 0.8 * g)
        return yes / (yes + no)

    assert first[0] == pytest.approx(quad(lambda g: share(g) * weight(g), 0, 1)[0] / total, abs=1e-5)
    assert first.sum() == pytest.approx(1, abs=1e-12)


def test_a_fixed_bias():
    grid = make_grid(0.0)
    start = prior_density(PRIOR, 0.0, grid)
    assert start.mass.shape == (400, 1)
    found = update(start, grid, [np.log(0.2 + 0.6 * grid.gamma)[:, None, None]])
    mean = (0.2 * 0.6 + 0.6 * (0.6**2 + 0.15**2)) / (0.2 + 0.6 * 0.6)
    assert found.of_gamma.mean == pytest.approx(mean, abs=1e-5)
    assert (found.of_bias.mean, found.of_bias.sd, found.of_bias.high) == (0, 0, 0)


def test_a_summary_interpolates_within_cells():
    found = summarize(np.array([0.25, 0.75]), np.array([0.5, 0.5]))
    assert (found.mean, found.low, found.high) == pytest.approx((0.5, 0.05, 0.95))
    assert divergence(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == 0
    assert divergence(np.array([1.0, 0.0]), np.array([0.25, 0.75])) == pytest.approx(np.log(4))
