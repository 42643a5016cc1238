"""A graph that is linked as one function computes what PyTensor's own linker makes of it."""

from __future__ import annotations

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

import detente.graph  # noqa: F401 - settles where PyTensor writes
from detente.inference.linking import AS_ONE_FUNCTION


@pytest.mark.sampling
@pytest.mark.timeout(600)
def test_sums_and_maxima_and_shapes_are_those_of_pytensor():
    x, vector = pt.tensor3("x", dtype="float64"), pt.vector("vector", dtype="float64")
    outputs = [
        *(reduce(x, axis=axis) for reduce in (pt.sum, pt.max) for axis in (0, (1, 2))),
        pt.specify_shape(vector, 4) * pt.specify_shape(vector[::-1], 4),
        pt.exp(vector).sum() + vector[1:].max(),
    ]
    rng = np.random.default_rng(1)
    arrays = rng.normal(size=(2, 3, 4)), rng.normal(size=4)
    arrays[0][1, 2, 3] = np.nan  # which a maximum passes on
    with pytensor.config.change_flags(numba__fastmath=False):
        ours, theirs = (
            pytensor.function([x, vector], outputs, mode=mode)(*arrays) for mode in (AS_ONE_FUNCTION, "NUMBA")
        )
        turned = pytensor.function([x], outputs[:4], mode=AS_ONE_FUNCTION)(np.asfortranarray(arrays[0]))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(turned, ours, strict=False):  # however an array lies in memory
        np.testing.assert_array_equal(one, other)
