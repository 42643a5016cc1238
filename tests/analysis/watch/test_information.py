"""Expected information: by hand, by enumeration, and never negative."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from detente.analysis.watch.information import entropy, mutual_information


def test_a_channel_by_hand():
    """Even hypotheses, .9 against .1: 1 - H(.1) bits."""
    joint = np.array([[0.45, 0.05], [0.05, 0.45]])
    assert mutual_information(joint) == pytest.approx(1 - entropy(np.array([0.1, 0.9])))


@given(
    arrays.arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.just(0.0) | st.floats(1e-6, 1))
)
def test_it_is_never_negative_and_never_more_than_there_is_to_learn(table):
    if table.sum() < 1e-6:
        return
    joint = table / table.sum()
    bits = mutual_information(joint)
    assert bits >= 0
    assert bits <= min(entropy(joint.sum(axis=0)), entropy(joint.sum(axis=1))) + 1e-9
    summed = sum(p * np.log2(p / (joint[i].sum() * joint[:, j].sum())) for (i, j), p in np.ndenumerate(joint) if p > 0)
    assert bits == pytest.approx(max(0, summed), abs=1e-9)
