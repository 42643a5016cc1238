"""P(winner) in what sensitivity and watch reweight is that of the forecast, to the last digit."""

from __future__ import annotations

import numpy as np
import pytest

from detente.analysis.conditional import condition_outcomes
from detente.inference.exact import EXACT
from detente.settings import Settings


@pytest.mark.parametrize("has_polls", [True, False])
def test_the_winner_is_as_probable_as_in_the_forecast(bundled, has_polls):
    """With polls and without: both are known in closed form, so that no seed moves them."""
    case = bundled if has_polls else bundled.changed(polls=())
    bare = case.changed(evidence=(), processes=(), outcomes=(), events=())
    assert bool(case.polls_in_force) == has_polls
    expected = EXACT.infer(bare, Settings(draws=40)).winner
    for seed in (1, 2):
        np.testing.assert_allclose(condition_outcomes(bare, seed, lanes=5).winner, expected, rtol=0, atol=1e-12)
