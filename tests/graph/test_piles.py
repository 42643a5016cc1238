"""Fractions that pile up at an end: the quantiles that the model is given are those of the Beta."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betainc, expit, ndtr
from small import beta, make_case

PILED = [(0.5, 0.3), (0.5, 0.45), (0.5, 0.49), (0.8, 0.39), (0.99, 0.05), (0.01, 0.05)]
pytestmark = pytest.mark.usefixtures("in_python")


def fractions(prior, scores):
    """Return the fractions at standard normals, as the model has them."""
    import pytensor.tensor as pt
    from pytensor.compile.mode import Mode

    from detente.graph.piles import from_score, quantile_table

    table = np.broadcast_to(quantile_table(prior), (scores.size, *quantile_table(prior).shape))
    return from_score(pt.as_tensor(scores), pt.as_tensor(table)).eval(mode=Mode(linker="py", optimizer=None))


@pytest.mark.parametrize(("mean", "sd"), PILED)
def test_quantiles_are_those_of_the_beta(mean, sd):
    """Between knots too: as much lies below the fraction as below the standard normal."""
    size = mean * (1 - mean) / sd**2 - 1
    scores = np.linspace(-4, 4, 333)
    found = fractions(beta(mean, sd), scores)
    assert (np.diff(found) >= 0).all()
    inside = (found > 1e-9) & (found < 1 - 1e-9)  # elsewhere next to everything is one double
    assert inside.any()
    below = betainc(mean * size, (1 - mean) * size, found)
    np.testing.assert_allclose(below[inside], ndtr(scores[inside]), atol=5e-5)


def test_no_fraction_is_the_end_itself():
    """There its square root, and that of what it leaves, have no slope."""
    found = fractions(beta(0.5, 0.49), np.array([-9.0, 9.0]))
    assert found == pytest.approx(expit([-30, 30]), rel=1e-3)
    assert 0 < found[0] < found[1] < 1


@pytest.mark.parametrize(
    ("prior", "is_piled"), [((0.5, 0.28), False), ((0.5, 0.3), True), ((0.5, 0.0), False), ((0.5, 2e-6), True)]
)
def test_what_piles_up_is_sampled_as_a_standard_normal(prior, is_piled):
    from detente.graph import build

    case = make_case([(0.6, 0.2), (0.6, 0.3)], clusters=["c", "c"], gamma=prior, rho=prior)
    scores = {"discrimination_score", "correlation_score"}
    assert scores & {variable.name for variable in build(case).free_RVs} == (scores if is_piled else set())
