"""A linker that makes one function of a graph, where PyTensor's makes two of each operation and three of the graph.

PyTensor wraps every operation, and the graph, in a function of its own to keep each on disk.  Here only what calls the
graph is kept, and the functions of single numbers: numba has fewer to compile, and the longest of them once.  What they
compute is the same to the last digit, but for the order in which several axes of an array that does not lie in that
order are summed.  The normal distribution function of many numbers (:mod:`detente.graph.normal`) is compiled of a text
of our own.
"""

from __future__ import annotations

import math
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numba.extending import register_jitable
from pytensor.compile.mode import NUMBA, Mode
from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch.basic import numba_funcify_and_cache_key, numba_njit, numba_typify
from pytensor.link.numba.dispatch.elemwise import scalar_in_place_fn
from pytensor.link.numba.dispatch.string_codegen import CODE_TOKEN, build_source_code
from pytensor.link.numba.linker import NumbaLinker
from pytensor.link.utils import fgraph_to_python
from pytensor.tensor.elemwise import CAReduce
from pytensor.tensor.shape import SpecifyShape

from detente.graph.normal import PEAK, Normal

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytensor.graph.basic import Apply
    from pytensor.graph.fg import FunctionGraph

    Function = Callable[..., Any]


class OneFunction(NumbaLinker):  # type: ignore[misc]  # PyTensor's is untyped
    """Links a graph as one function that numba is to make part of its caller; equal operations share theirs."""

    def fgraph_convert(self, fgraph: FunctionGraph, **known: Any) -> Function:  # noqa: ANN401 - PyTensor's
        """Return the Python function of a rewritten graph."""
        functions: dict[tuple[Any, ...], Function] = {}

        def function_of(op: Any, node: Apply, **about: Any) -> Function:  # noqa: ANN401 - as above
            if isinstance(op, Normal):
                return normal
            if isinstance(op, SpecifyShape):  # of slices of the data, of which the model settles the shapes
                return without_shape_check
            if isinstance(op, CAReduce) and reduces_doubles(op, node):
                return reduction(op, node)
            function, key = numba_funcify_and_cache_key(op, node=node, **about)
            takes = [(type(v.type), *(getattr(v.type, what, None) for what in ("dtype", "ndim"))) for v in node.inputs]
            return function if key is None else functions.setdefault((key, *takes), function)

        function: Function = fgraph_to_python(
            fgraph, op_conversion_fn=function_of, type_conversion_fn=numba_typify, **known
        )
        return function

    def jit_compile(self, function: Function) -> Any:  # noqa: ANN401 - numba's
        """Return the function as one of numba's, which copies it into what calls it."""
        return numba.njit(function, inline="always")


AS_ONE_FUNCTION = Mode(linker=OneFunction(), optimizer=NUMBA.provided_optimizer)
"""As PyTensor's own mode for numba in all but the linker."""


@numba_njit  # type: ignore[untyped-decorator]
def without_shape_check(array: Any, *_shape: Any) -> Any:  # noqa: ANN401 - numba's
    """Return an array: to check its shape at each step has the text of an error compiled, which takes long.

    Nothing else checks shapes at run time.  That a density is that of its graph all the same is seen at some of the
    draws, by :meth:`detente.inference.density.Density.is_right`.
    """
    return array


def reduces_doubles(op: CAReduce, node: Apply) -> bool:
    """Tell whether some axes, but not all, are reduced in double precision throughout: see :func:`reduction`."""
    array, (result,) = node.inputs[0], node.outputs
    types = {array.type.dtype, result.type.dtype, op.acc_dtype or result.type.dtype}
    return bool(op.axis) and len(op.axis) < array.ndim and types == {"float64"}


def reduction(op: CAReduce, node: Apply) -> Any:  # noqa: ANN401 - numba's
    """Return the function of a sum or a maximum over some axes, which goes through them in their order.

    So does PyTensor's where an array lies in that order in memory; for all others it has a way a layout, and sorts.
    The array and what it is reduced to are in double precision.
    """
    array = node.inputs[0]
    index = [f"i{axis}" for axis in range(array.ndim)]
    kept = [axis for axis in range(array.ndim) if axis not in op.axis]
    lines = [
        "def reduced(array):",
        CODE_TOKEN.INDENT,
        f"result = np.full(({''.join(f'array.shape[{axis}], ' for axis in kept)}), first, np.float64)",
    ]
    for axis, name in enumerate(index):
        lines += [f"for {name} in range(array.shape[{axis}]):", CODE_TOKEN.INDENT]
    here, element = ", ".join(index[axis] for axis in kept), f"array[{', '.join(index)}]"
    lines += [*scalar_in_place_fn(op.scalar_op, here, "result", element), *repeat(CODE_TOKEN.DEDENT, array.ndim)]
    known = {"np": np, "first": op.scalar_op.identity}
    text = build_source_code([*lines, "return result"])
    return numba_njit(compile_numba_function_src(text, "reduced", known), boundscheck=False)


TAIL = (
    (0.18882128260393785, 0.15197416049297324), (0.09678435018555664, 0.04663046448989468),
    (0.01509914372259023, 0.0018850472422229046), (-0.0008699230891628756, -0.0004077046213683964),
    (3.3336052290036945e-05, 5.7773784446822336e-05), (-4.769190076797745e-07, -8.78640058976113e-06),
    (1.7865053828168654e-07, 1.480723444385482e-06), (-1.5623877693912945e-07, -2.5674601753579823e-07),
    (6.61834320494967e-08, 4.055790802133918e-08), (-1.9695900856734096e-08, -4.892402234993512e-09),
    (4.01684673933235e-09, 3.19308785823943e-10), (-4.221644241696684e-10, 0.0),
)  # fmt: skip
"""Coefficients by powers of u, two and two, of Phi(-a) exp(a^2/2) / t, where t = 4 / (4 + a) and u = 2 t - 1, for all a
from 0 on: the Chebyshev series up to the 22nd power, which is right to 1e-16."""
EXPONENTIAL = tuple((1 / math.factorial(k), 1 / math.factorial(k + 1)) for k in range(0, 14, 2))
"""Of exp(r), likewise, for r up to log(2) / 2 either way."""
LOG_2 = (0.6931471803691238, 1.9082149292705877e-10)
"""In two parts, the first with so few digits that a whole number of it is exact."""
WHOLE = 1.5 * 2.0**52
"""Added to a number, it leaves the nearest whole number in the last bits."""


@register_jitable  # type: ignore[untyped-decorator]
def power_series(coefficients: Any, x: Any) -> Any:  # noqa: ANN401 - numba's
    """Return the sum of powers of a number, the even and the odd ones apart: neither waits for the other."""
    square, even, odd = x * x, 0.0, 0.0
    for k in range(len(coefficients) - 1, -1, -1):
        even = even * square + coefficients[k][0]
        odd = odd * square + coefficients[k][1]
    return even + x * odd


@numba_njit(boundscheck=False, error_model="numpy", fastmath=False)  # type: ignore[untyped-decorator]
def normal(array: Any) -> Any:  # noqa: ANN401 - numba's
    """Return Phi(x) and phi(x) of an array.

    Without branches and calls, so that the processor takes several at once; what it then does to each is what the text
    says, in that order, so that every processor gives the same digits.
    """
    x = np.ascontiguousarray(array).reshape(array.size)
    below, density = np.empty_like(x), np.empty_like(x)
    for k in range(x.size):
        half = max(-0.25 * x[k] * x[k], -700.0)  # of the exponent, so that nothing is lost before the result is 0
        shifted = half * (1 / math.log(2)) + WHOLE
        whole = shifted - WHOLE
        power = np.int64((np.float64(shifted).view(np.int64) + 1023) << 52).view(np.float64)  # of 2
        root = power_series(EXPONENTIAL, half - whole * LOG_2[0] - whole * LOG_2[1]) * power
        t = 4.0 / (4.0 + abs(x[k]))
        tail = root * root * (t * power_series(TAIL, 2.0 * t - 1.0))
        below[k] = 1.0 - tail if x[k] > 0 else tail
        density[k] = PEAK * (root * root)
    return below.reshape(array.shape), density.reshape(array.shape)
