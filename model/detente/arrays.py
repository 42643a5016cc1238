"""The arrays that everything computes with, by the kind of their entries; what an axis is, each docstring says."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
