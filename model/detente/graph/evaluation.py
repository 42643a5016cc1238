"""The model's own quantities at given draws, without compiling anything.

NUTS needs only the density; what is derived from a draw is the same graph, vectorized over draws and run by
PyTensor's plain Python linker.  That leaves the density alone to be compiled and keeps one copy of the mathematics.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import pytensor
from pytensor.compile.mode import Mode
from pytensor.graph.replace import _vectorize_node, vectorize_graph
from pytensor.tensor.special import LogSumExp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pymc as pm
    from pytensor.graph.basic import Apply, Variable

    from detente.arrays import Floats


TOGETHER = 1_000_000
"""Numbers in one array: of the largest data at so many draws.  Arrays five times as long are given back to the system
each time, and what it hands out is cleared anew."""


def _at_once(op: LogSumExp, node: Apply, batched: Variable) -> list[Variable]:
    """Sum over the same axes of all draws at once, as PyTensor does for its softmax: else it takes them one by one."""
    added = batched.type.ndim - node.inputs[0].type.ndim
    return [LogSumExp(axis=tuple(axis % node.inputs[0].type.ndim + added for axis in op.axis))(batched)]


_vectorize_node.register(LogSumExp, _at_once)


def evaluate(model: pm.Model, draws: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return every deterministic of ``model`` at each draw.

    Parameters
    ----------
    model
        The model of :func:`detente.graph.build`.
    draws
        Values of the free variables, each (draws, ...).

    Returns
    -------
    dict
        Values of the deterministics, each (draws, ...).
    """
    return evaluator(model)(draws)


def plain_function(inputs: Sequence[Variable], outputs: Sequence[Variable]) -> Callable[..., list[Floats]]:
    """Return the function of a graph as it stands, run operation by operation: nothing is compiled or rewritten."""
    with pytensor.config.change_flags(cxx="", floatX="float64"):
        plain = Mode(linker="py", optimizer=None)
        return pytensor.function(list(inputs), list(outputs), mode=plain, on_unused_input="ignore")


def at_many(inputs: Sequence[Variable], outputs: Sequence[Variable]) -> Callable[..., list[Floats]]:
    """Return :func:`plain_function` of a graph at many values of its inputs at once, each (many, ...)."""
    batched = [variable.type.clone(shape=(None, *variable.type.shape))(name=variable.name) for variable in inputs]
    return plain_function(batched, vectorize_graph(outputs, dict(zip(inputs, batched, strict=True))))


def evaluator(model: pm.Model) -> Callable[[Mapping[str, Floats]], dict[str, Floats]]:
    """Return :func:`evaluate` of ``model``, to be called again and again; it follows the model's data.

    PyTensor's functions keep what they work out in themselves, so that of two threads one may be given the other's
    result: one call at a time.
    """
    free, derived = model.free_RVs, model.deterministics
    function = at_many(free, derived)
    one_at_a_time = Lock()

    def evaluated(draws: Mapping[str, Floats]) -> dict[str, Floats]:
        count = len(next(iter(draws.values())))
        size = max(1, TOGETHER // max((data.get_value(borrow=True).size for data in model.data_vars), default=1))
        whole: list[Floats] = []
        with one_at_a_time:
            for first in range(0, max(1, count), size):
                some = slice(first, first + size)
                arrays = function(*(draws[str(variable.name)][some] for variable in free))
                # What does not depend on the draws is there once.
                whole = whole or [
                    np.empty((count, *a.shape[a.ndim - v.ndim :])) for a, v in zip(arrays, derived, strict=True)
                ]
                for array, of_some in zip(whole, arrays, strict=True):
                    array[some] = of_some
        return {str(variable.name): array for variable, array in zip(derived, whole, strict=True)}

    return evaluated
