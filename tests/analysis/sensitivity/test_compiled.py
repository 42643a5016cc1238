"""The sensitivity of a large record is worked out by compiled loops, and has the answer of the arrays."""

import numpy as np
import pytest
from small import make_case

from detente.analysis import regrouping
from detente.analysis.reweighting import take_apart
from detente.analysis.sensitivity import compiled, variance
from detente.analysis.sensitivity.thresholds import tipping
from detente.analysis.sensitivity.tornado import set_up, tornado

MIDS = [(0.6, 0.4), (0.5, 0.3), (0.45, 0.7), (0.2, 0.6), (0.55, 0.5), (0.3, 0.35), (0.8, 0.4)]


def answers(case, monkeypatch, large):
    """Return the swings, the tipping points and the split of the variance of a case that counts as large or not."""
    for module in (regrouping, variance):
        monkeypatch.setattr(module, "LARGE", large)
    basis = take_apart(case, 5)
    split = variance.split_variance(case, basis.headlines, (), 3, 500)
    return tornado(set_up(basis), "h0"), tipping(basis, "h0"), split


@pytest.mark.parametrize("trust", [0.9, 1.0])
def test_compiled_loops_have_the_answer_of_the_arrays(monkeypatch, trust):
    """Also where every source is right for certain, and what was reported may be next to impossible."""
    seen = [True, False, True, True, True, False, True]
    case = make_case(MIDS, clusters=[*"abaabab"], seen=seen, width=0.1, gamma=(0.6, 0.15), trust=trust)
    by_arrays, by_loops = (answers(case, monkeypatch, large) for large in (10**6, 0))
    for swing, loop in zip(by_arrays[0], by_loops[0], strict=True):
        assert (loop.kind, loop.id) == (swing.kind, swing.id)
        assert [*loop.at_low, *loop.at_high] == pytest.approx([*swing.at_low, *swing.at_high], abs=1e-12)
    for point, loop in zip(by_arrays[1], by_loops[1], strict=True):
        assert (loop.kind, loop.id, loop.effect) == (point.kind, point.id, point.effect)
        assert loop.at == pytest.approx(point.at, abs=1e-9)
    for share, loop in zip(by_arrays[2].shares, by_loops[2].shares, strict=True):
        assert loop.index == pytest.approx(share.index, abs=1e-6)


def test_the_loop_has_the_normal_distribution_function_of_the_arrays():
    x = np.linspace(-12, 12, 2001, dtype=np.float32)
    by_loop = np.array([compiled.normal(one) for one in x])
    np.testing.assert_allclose(by_loop, variance.normal_cdf(x), rtol=2e-5)
    assert by_loop.min() > 0
