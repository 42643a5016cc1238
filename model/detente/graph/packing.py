"""Pack the data of a model into one vector: a compiled density is then a function of two vectors, point and data.

The vector begins with its own length and the shapes of the arrays that may be longer in one case than in the next
(:data:`RAGGED`); of all others the shape is part of the model.  Whole numbers are held as doubles, which are exact up
to 2**53.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt

if TYPE_CHECKING:
    from pytensor.compile.sharedvalue import SharedVariable
    from pytensor.tensor import TensorVariable

    from detente.arrays import Floats

RAGGED = frozenset(
    {"class_days", "class_made", "class_more", "class_weight", "class_wait_step"}
    | {"poll_share", "poll_weight", "poll_shows", "poll_house"}
)
"""Data whose length differs from case to case of the same questions: waits of the class, polls."""


def packed(model: pm.Model) -> tuple[pm.Model, SharedVariable]:
    """Return a model of the same density whose data are slices of one shared vector, and the vector."""
    arrays = _arrays(model)
    vector = pytensor.shared(flat(model), name="data")
    place = 1 + sum(array.ndim for name, array in arrays.items() if name in RAGGED)
    header = iter(range(1, place))
    begin: int | TensorVariable = place
    slices = {}
    for name, array in arrays.items():
        if name in RAGGED:
            shape = [vector[next(header)].astype("int64") for _ in array.shape]
            size = pt.prod(pt.stack(shape)) if shape else 1
        else:
            shape, size = list(array.shape), array.size
        part = vector[begin : begin + size].reshape(shape, ndim=array.ndim)
        slices[name] = part.astype(array.dtype)
        begin = begin + size
    return pm.do(model, slices, make_interventions_shared=False), vector


def flat(model: pm.Model) -> Floats:
    """Return the data of a model as they are now in one vector."""
    arrays = _arrays(model)
    shapes = [np.array(array.shape, dtype=float) for name, array in arrays.items() if name in RAGGED]
    vector = np.concatenate([[0.0], *shapes, *(array.ravel().astype(float) for array in arrays.values())])
    vector[0] = vector.size
    return vector


def _arrays(model: pm.Model) -> dict[str, Floats]:
    """Return the data by name, those of a fixed shape first: where they begin is then part of the model."""
    named = {str(variable.name): variable.get_value(borrow=True) for variable in model.data_vars}
    return dict(sorted(named.items(), key=lambda pair: pair[0] in RAGGED))
