"""Pack the data of a model into one vector, because compiling for nutpie costs about half a second per data array.

The density itself comes from PyTensor's cache; what nutpie wraps around it is compiled anew in every process, and that
grows with the number of shared variables.  The bundled case has eighteen: packed, it compiles in half the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pymc as pm
import pytensor

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray
    from pytensor.compile.sharedvalue import SharedVariable

    Floats = NDArray[np.float64]


def packed(model: pm.Model, apart: Collection[str] = ()) -> pm.Model:
    """Return a model of the same density whose data are slices of one shared vector, in the order of the data.

    The data can no longer be replaced by name, but for those ``apart``, whose shape may change: the vector ``data`` is
    replaced by :func:`flat` of the model that was packed.
    """
    arrays = {variable.name: variable.get_value(borrow=True) for variable in _together(model, apart)}
    if not arrays:
        return model
    vector = pytensor.shared(flat(model, apart), name="data")
    ends = np.cumsum([array.size for array in arrays.values()])
    slices = {
        name: vector[end - array.size : end].reshape(array.shape).astype(array.dtype)
        for (name, array), end in zip(arrays.items(), map(int, ends), strict=True)
    }
    return pm.do(model, slices, make_interventions_shared=False)


def flat(model: pm.Model, apart: Collection[str] = ()) -> Floats:
    """Return the data of a model as they are now, but for those ``apart``, in one vector."""
    arrays = [variable.get_value(borrow=True).ravel().astype(float) for variable in _together(model, apart)]
    return np.concatenate(arrays)


def _together(model: pm.Model, apart: Collection[str]) -> list[SharedVariable]:
    return [variable for variable in model.data_vars if variable.name not in apart]
