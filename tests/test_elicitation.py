"""From stated numbers to parameters: hand-computed values, and properties of the transformations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.reference import _location
from scipy import stats
from small import around, beta

from detente.case.likelihoods import Interval
from detente.elicitation import Widths, beta_parameters, half_width, log_intensity, log_normal_location, probit
from detente.exact import intensities
from detente.verify.likelihood import _middle

QUICK = settings(max_examples=50, deadline=None)
MID = st.floats(0.01, 0.99)


def test_half_widths_by_hand():
    assert half_width(0.9) == pytest.approx(1.6448536, abs=1e-7)
    assert half_width(0.65) == pytest.approx(0.9345893, abs=1e-7)


def test_probit_by_hand():
    """0.5 between 0.158655 and 0.841345, one standard deviation each way, held to cover 65%: s = 1 / 0.9346."""
    stated = [Interval(low=0.15865525, mid=0.5, high=0.84134475)]
    location, spread = probit(stated, 0.65)
    np.testing.assert_allclose(location, [0.0], atol=1e-12)
    np.testing.assert_allclose(spread, [1 / 0.9345893], rtol=1e-6)


def fixed(mass):
    """Return the one width of ranges that hold a known mass."""
    return Widths(mass, np.array([1 / half_width(mass)]), np.inf)


def test_log_intensity_by_hand():
    """A range from 1 - e^-a to 1 - e^-b is log(b / a) wide; as good as no range, 0.5 within 100 days is log 2 / 100."""
    stated = [Interval(low=1 - np.exp(-0.5), mid=0.5, high=1 - np.exp(-2.0)), around(0.5, 1e-13)]
    (location,), (spread,) = log_intensity(stated, np.array([100.0, 100.0]), fixed(0.9))
    np.testing.assert_allclose(spread, [np.log(4) / (2 * 1.6448536), 0], rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(np.exp(location[1]), np.log(2) / 100)


def test_of_rare_steps_the_mean_of_the_log_normal_is_the_middle():
    """With next to no chance it is the expected number: exp(x + sigma^2 / 2)."""
    for sigma in (0.5, 1.0, 2.0):
        x = log_normal_location(np.array([1e-9]), np.array([sigma]))
        np.testing.assert_allclose(x, np.log(1e-9) - sigma**2 / 2, atol=1e-6)


@pytest.mark.parametrize("locate", [log_normal_location, intensities.locate, _middle, _location])
def test_the_stated_middle_is_the_mean_chance(locate):
    """Of a chance from one in a million to all but sure, and any range: each solver, by quadrature of its own here."""
    chances = np.array([1e-6, 0.001, 0.01, 0.02, 0.1, 0.5, 0.9, 0.999])
    for sigma in (1e-13, 0.1, 0.7, 1.5, 3.0):
        for chance, x in zip(chances, locate(chances, np.full(chances.size, sigma)), strict=True):
            eps = np.linspace(-12, 12, 60_001)
            mean = -np.expm1(-np.exp(x + sigma * eps)) @ stats.norm.pdf(eps) * (eps[1] - eps[0])
            assert mean == pytest.approx(chance, rel=1e-9, abs=1e-12), (chance, sigma)


def test_one_per_cent_within_95_days_enters_as_one_per_cent():
    """The median of so wide a log-normal makes it more than three."""
    stated = [Interval(low=0.001, mid=0.01, high=0.06)]
    ((location,),), ((sigma,),) = log_intensity(stated, np.array([95.0]), fixed(0.65))
    used = intensities.mean_chance(np.array([location + np.log(95)]), np.array([sigma]))
    as_median = intensities.mean_chance(np.array([np.log(-np.log1p(-0.01))]), np.array([sigma]))
    np.testing.assert_allclose(used, 0.01, atol=1e-12)
    assert as_median > 0.03


def test_nothing_stated():
    for found in (*probit([], 0.65), *log_intensity([], np.zeros(0), fixed(0.65))):
        assert found.size == 0


@QUICK
@given(MID, st.floats(0.05, 0.95))
def test_wider_mass_means_narrower_spread(mid, mass):
    stated = [Interval(low=mid / 2, mid=mid, high=(1 + mid) / 2)]
    assert probit(stated, mass)[1][0] > probit(stated, mass + 0.04)[1][0] > 0


@QUICK
@given(MID)
def test_complement_mirrors_the_probit(mid):
    one = Interval(low=mid / 2, mid=mid, high=(1 + mid) / 2)
    other = Interval(low=1 - one.high, mid=1 - one.mid, high=1 - one.low)
    (location,), (spread,) = probit([one], 0.65)
    (mirrored,), (same,) = probit([other], 0.65)
    assert mirrored == pytest.approx(-location, abs=1e-9)
    assert same == pytest.approx(spread, rel=1e-9)


@QUICK
@given(MID, st.floats(1, 1000))
def test_log_intensity_gives_its_probability_back(mid, days):
    stated = [Interval(low=mid / 2, mid=mid, high=(1 + mid) / 2)]
    (location,), (spread,) = log_intensity(stated, np.array([days]), fixed(0.65))
    assert intensities.mean_chance(location + np.log(days), spread)[0] == pytest.approx(mid, rel=1e-9)


@QUICK
@given(MID, st.floats(0.01, 0.99))
def test_beta_has_its_moments(mean, share):
    sd = share * (mean * (1 - mean)) ** 0.5
    a, b = beta_parameters(beta(mean, sd))
    assert stats.beta(a, b).mean() == pytest.approx(mean, rel=1e-9)
    assert stats.beta(a, b).std() == pytest.approx(sd, rel=1e-6)
