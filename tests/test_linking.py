"""A graph that is linked as one function computes what PyTensor's own linker makes of it."""

from __future__ import annotations

from functools import reduce
from operator import add

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.stats import norm

from detente.graph import plain_function
from detente.graph.normal import Normal
from detente.inference.linking import AS_ONE_FUNCTION, normal, reduces_doubles, reduction, without_shape_check

SINGLE, SEVERAL = (0, 1, 2), ((0, 2), (1, 2))
DTYPES = ("float64", "float32", "int8", "bool")


def numbers(dtype):
    """Return an array of three axes, all negative where numbers of its type can be."""
    some = np.random.default_rng(1).uniform(-9, -1, size=(2, 3, 4))
    return some > -5 if dtype == "bool" else some.astype(dtype)


def test_what_is_reduced_here_is_in_double_precision():
    """The least integer is not minus infinity, and single precision is summed in double."""
    for dtype in DTYPES:
        x = pt.tensor3(dtype=dtype)
        nodes = [reduction_of(x, axis=axis).owner for reduction_of in (pt.sum, pt.max) for axis in SINGLE + SEVERAL]
        assert {reduces_doubles(node.op, node) for node in nodes} == {dtype == "float64"}
        assert not any(reduces_doubles(node.op, node) for node in (x.sum().owner, x.sum(axis=(0, 1, 2)).owner))


def test_reductions_are_those_of_numpy():
    """As text, before they are compiled."""
    x, held = pt.tensor3(dtype="float64"), numbers("float64")
    for name in ("sum", "max", "prod"):
        for axis in SINGLE + SEVERAL:
            node = getattr(x, name)(axis=axis).owner
            ours, theirs = reduction(node.op, node).py_func(held), getattr(held, name)(axis=axis)
            np.testing.assert_allclose(ours, theirs, rtol=1e-14)
    assert without_shape_check.py_func(held, 2, 3, 4) is held


def all_of_the_line():
    """Return numbers from where the normal distribution function is 0 to where it is 1, and those that are none."""
    line = np.random.default_rng(4).uniform(-37, 9, size=500)
    return np.array([*line, -0.0, 0.0, 1e-300, -np.inf, -60.0, 60.0, np.inf, np.nan]).reshape(2, -1)


def test_the_normal_distribution_function_is_that_of_scipy():
    """As text: in the far tail, too, of which SciPy rounds the exponent."""
    x = all_of_the_line()
    below, density = normal.py_func(x)
    np.testing.assert_allclose(below, norm.cdf(x), rtol=1e-12)
    np.testing.assert_allclose(density, norm.pdf(x), rtol=1e-12)


@pytest.mark.sampling
def test_the_normal_distribution_function_compiled_is_its_text_to_the_last_digit():
    """Sums and products are done in the order of the text on every processor, however many at once."""
    x = pt.matrix("x", dtype="float64")
    held = all_of_the_line()
    with pytensor.config.change_flags(numba__fastmath=False):
        compiled = pytensor.function([x], Normal()(x), mode=AS_ONE_FUNCTION)
    for array in (held, np.asfortranarray(held), held[:, ::3]):
        for ours, text in zip(compiled(array), normal.py_func(array), strict=True):
            np.testing.assert_array_equal(ours, text)


@pytest.mark.sampling
def test_sums_and_maxima_and_shapes_are_those_of_pytensor():
    """To the last digit of what Python works out for PyTensor; sums over several axes go through numbers in order."""
    arrays, vector = [pt.tensor3(dtype=dtype) for dtype in DTYPES], pt.vector("vector", dtype="float64")
    doubles, singles, integers, booleans = arrays
    one_axis = [doubles.sum(axis=0), doubles.max(axis=0), singles.sum(axis=0)]
    one_axis += [integers.max(axis=0), integers.min(axis=0), booleans.max(axis=0)]
    others = [doubles.max(axis=(1, 2)), pt.specify_shape(vector, 4) * pt.specify_shape(vector[::-1], 4)]
    sums = [doubles.sum(axis=(1, 2)), pt.exp(vector).sum() + vector[1:].max()]
    held = [*map(numbers, DTYPES), np.random.default_rng(2).normal(size=4)]
    held[0][1, 2, 3] = np.nan  # which a maximum passes on
    turned = [np.asfortranarray(array) for array in held]
    theirs = plain_function([*arrays, vector], one_axis + others + sums)
    *expected, in_parts, of_exp = theirs(*held)
    in_order = np.array([reduce(add, part.ravel(), 0.0) for part in held[0]])
    np.testing.assert_allclose(in_order, in_parts, rtol=1e-14)
    with pytensor.config.change_flags(numba__fastmath=False):
        ours = pytensor.function([*arrays, vector], one_axis + others + sums, mode=AS_ONE_FUNCTION)
        for given in (held, turned):  # however an array lies in memory
            *found, of_parts, of_all = ours(*given)
            for one, other in zip([*found, of_parts], [*expected, in_order], strict=True):
                np.testing.assert_array_equal(one, other)
                assert one.dtype == other.dtype
            np.testing.assert_allclose(of_all, of_exp, rtol=1e-14)
