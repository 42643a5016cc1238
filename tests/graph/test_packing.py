"""A packed model is the same model."""

from __future__ import annotations

import numpy as np
import pytest
from pytensor.compile.mode import Mode
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.traversal import graph_inputs
from small import make_case

from detente.graph import build, flat, packed

PLAIN = Mode(linker="py", optimizer=None)
pytestmark = pytest.mark.usefixtures("in_python")


@pytest.mark.parametrize("seed", [1, 5, 110])
def test_the_density_is_the_same_and_only_one_array_is_left(random_case, seed):
    model = build(random_case(seed).case)
    other, vector = packed(model)
    assert {v.name for v in other.free_RVs} == {v.name for v in model.free_RVs}
    shared = {v for v in graph_inputs([other.logp()]) if isinstance(v, SharedVariable) and v.name not in model.coords}
    assert shared == {vector}
    rng = np.random.default_rng(seed)
    start = model.initial_point()
    one, two = (m.compile_logp(mode=PLAIN) for m in (model, other))
    for _ in range(3):
        point = {name: value + rng.normal(scale=0.5, size=np.shape(value)) for name, value in start.items()}
        assert float(two(point)) == pytest.approx(float(one(point)), rel=1e-12)


def test_the_vector_begins_with_its_length():
    for case in (make_case(hypotheses=2), make_case([(0.6, 0.2)])):
        vector = flat(build(case))
        assert vector[0] == vector.size
