"""A linker that makes one function of a graph, where PyTensor's makes two of each operation and three of the graph.

PyTensor wraps every operation, and the graph, in a function of its own to keep each on disk.  Here only what calls the
graph is kept, and the functions of single numbers: numba has fewer to compile, and the longest of them once.  What they
compute is the same to the last digit, but for the order in which several axes of an array that does not lie in that
order are summed.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from pytensor.compile.mode import NUMBA, Mode
from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch.basic import numba_funcify_and_cache_key, numba_njit, numba_typify
from pytensor.link.numba.dispatch.elemwise import scalar_in_place_fn
from pytensor.link.numba.dispatch.string_codegen import CODE_TOKEN, build_source_code
from pytensor.link.numba.linker import NumbaLinker
from pytensor.link.utils import fgraph_to_python
from pytensor.tensor.elemwise import CAReduce
from pytensor.tensor.shape import SpecifyShape

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
