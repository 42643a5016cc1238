"""The normal distribution function of many numbers at once, with its density as a second result.

A compiled graph asks the C library for one number after the other, and for the slope once more.  Of this operation the
linker makes what works out several numbers side by side (:mod:`detente.inference.linking`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.graph.replace import _vectorize_node
from scipy.special import erfc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytensor.tensor.variable import TensorVariable

PEAK = 1 / np.sqrt(2 * np.pi)
"""The density at 0."""


class Normal(Op):  # type: ignore[misc]  # PyTensor's is untyped
    """Phi(x) and phi(x) of an array of doubles; a gradient can be taken of the first alone, and once."""

    __props__ = ()

    def make_node(self, x: TensorVariable) -> Apply:
        """Return the application to an array."""
        return Apply(self, [x], [x.type(), x.type()])

    def perform(self, _node: Apply, inputs: Sequence[Any], results: Sequence[list[Any]]) -> None:
        """Work both out."""
        (x,) = inputs
        results[0][0], results[1][0] = 0.5 * erfc(-x / np.sqrt(2)), PEAK * np.exp(-0.5 * x * x)

    def infer_shape(self, _node: Apply, shapes: Sequence[Any]) -> list[Any]:
        """Return the shapes of both."""
        return [*shapes, *shapes]

    def pullback(self, _inputs: Sequence[Any], outputs: Sequence[Any], slopes: Sequence[Any]) -> list[Any]:
        """Return the gradient."""
        return [slopes[0] * outputs[1]]


_vectorize_node.register(Normal, lambda op, _node, batched: op(batched))


def chance_below(x: TensorVariable) -> TensorVariable:
    """Return Phi(x)."""
    chance: TensorVariable = Normal()(x)[0]
    return chance
