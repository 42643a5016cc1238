"""A cluster of items that agree never says more than its items would alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from small import make_case

from detente import exact
from detente.exact.evidence import loadings

MANY = settings(max_examples=60, deadline=None)
ROUNDING = 1e-6
"""Of the exact engine's integrals over the common cause, the correlation and the discrimination."""
LEVELS, CONTRASTS = st.floats(-1.5, 1.5), st.floats(0.0, 2.0)
PROFILES = [np.array([1.0, -1.0]), np.array([1.0, -0.5, -0.5]), np.array([1.0, 0.2, -1.2])]


@st.composite
def agreeing(draw):
    """Draw items that all speak for the first hypothesis and in one way, told as presences or as absences."""
    profile = draw(st.sampled_from(PROFILES))
    pairs = draw(st.lists(st.tuples(LEVELS, CONTRASTS), min_size=2, max_size=5))
    seen = draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    probits = [
        (level + contrast * profile) * (1 if is_seen else -1)
        for (level, contrast), is_seen in zip(pairs, seen, strict=True)
    ]
    mids = [tuple(map(float, np.clip(ndtr(row), 0.003, 0.997))) for row in probits]
    parts = draw(st.lists(st.integers(1, 9), min_size=profile.size, max_size=profile.size))
    return mids, seen, [part / sum(parts) for part in parts]


@MANY
@given(agreeing(), st.floats(0.05, 0.95), st.floats(0.1, 1.0))
def test_items_that_agree_say_no_more_together_than_alone(items, rho, gamma):
    """At any correlation and discrimination.

    The probability of the first item is less raised by its threshold if the others, which vary with it, are known
    (of positively dependent variables one at its threshold is as high as it may be for the item to be seen).
    """
    mids, seen, weights = items
    options = {"seen": seen, "weights": weights, "gamma": (gamma, 0.0)}
    alone = exact.posterior(make_case(mids, **options)).probability
    shared = exact.posterior(make_case(mids, clusters=["c"] * len(mids), rho=(rho, 0.0), **options)).probability
    assert shared[0] <= alone[0] + ROUNDING


@MANY
@given(
    st.lists(st.floats(0.01, 3.0), min_size=2, max_size=12),
    st.floats(0.0, 0.999),
    st.lists(st.sampled_from([1, -1]), min_size=12, max_size=12),
)
def test_normal_variables_with_these_loadings_tell_no_more_than_independent_ones(contrast, rho, signs):
    """Two hypotheses: the squared distance of the means in the metric of the covariance, that agree or not."""
    means = np.array(contrast) * signs[: len(contrast)]
    pull = loadings(np.stack([means, -means], axis=1) / 2, np.array([0.5, 0.5]), np.zeros(means.size))
    covariance = np.diag(1 - rho * pull**2) + rho * np.outer(pull, pull)
    assert means @ np.linalg.solve(covariance, means) <= means @ means * (1 + 1e-9)


def test_a_weak_item_is_no_measure_of_a_strong_ones_cause():
    """Pulled alike, a weak item that was not seen would raise .73, from a strong one that was, to .92."""
    mids = [(0.9, 0.3), (0.52, 0.48)]
    alone = exact.posterior(make_case(mids, seen=[True, False])).probability[0]
    shared = exact.posterior(make_case(mids, seen=[True, False], clusters=["c"] * 2, rho=(0.8, 0.0))).probability[0]
    assert abs(shared - alone) < 0.01
