"""The density of a PyMC model as machine code that is kept on disk, and the model that nutpie samples with it.

nutpie compiles a wrapper round a model's density anew in every process, which takes longer than all the rest of a run.
Here the wrapper is compiled together with the density, once for all cases of one shape, and kept in PyTensor's cache
under a digest of the graph (:func:`fingerprint`).  The density takes a point and the data as two vectors, so that what
differs between such cases is data.  What is loaded is compared with the graph itself, worked out without compiling, at
some of the draws (:meth:`Density.is_right`).
"""

from __future__ import annotations

import dataclasses
import hashlib
import warnings
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from detente.caches import forget_compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pymc as pm
    from pytensor.graph.basic import Variable

    from detente.arrays import Floats

    Shape = tuple[int, ...]


class FunctionText(NamedTuple):
    """A function for nutpie to call: its name, what it takes and returns as numba says it, and its text."""

    name: str
    takes: str
    text: str


DENSITY = FunctionText(
    "density_at",
    "int64(uint64, CPointer(float64), CPointer(float64), CPointer(float64), CPointer(float64))",
    """
def density_at(dimension, point_, gradient_, density_, data_):
    try:
        value, slope = density(carray(point_, (dimension,)), carray(data_, (int(data_[0]),)))
        if not isfinite(value):
            return 4
        for k in range(dimension):
            if not isfinite(slope[k]):
                return 3
            gradient_[k] = slope[k]
        density_[0] = value
    except Exception:
        return 1
    return 0
""",
)
"""Called at each step; what it returns are nutpie's codes, of which 3 and 4 are divergences."""

COPY = FunctionText(
    "copy_of",
    "int64(uint64, uint64, CPointer(float64), CPointer(float64), CPointer(float64))",
    """
def copy_of(dimension, expanded, point_, out_, data_):
    for k in range(dimension):
        out_[k] = point_[k]
    return 0
""",
)
"""Called at each draw: the point itself is kept."""

REWRITES = ("canonicalize", "stabilize")
"""What is done to the graph before its gradient is taken, which is then as stable."""

RELEASES = ("pymc", "pytensor", "numba", "llvmlite")
"""What else decides the machine code of a graph, with the processor, which numba knows, and :data:`LINKER`."""

LINKER = Path(__file__).with_name("linking.py")
"""The text of what makes a function of a graph, read here because its import takes PyTensor's linkers along."""

CUT_SHORT = (UnpicklingError, EOFError)
"""What numba raises where a loss of power cut a file of its cache short: now, and in every later run."""

POINT = "point"
"""The variable that is sampled: all unconstrained variables, one after the other."""
CHECKED = 8
"""Draws at which the machine code is compared with the graph."""
AGREES = 1e-6
"""How far the two may differ, of the log density's size or of 1."""


@dataclass(frozen=True)
class Density:
    """A compiled density and its data.

    ``names`` and ``shapes`` are those of the unconstrained variables, which follow each other in a point; ``start``
    (dimension,) is where chains begin, give or take 1; ``data`` (length,) is the packed data.  ``free`` and
    ``log_density`` are what the graph itself says, of many points and of one: made once, they follow the model's data.
    """

    model: pm.Model
    names: tuple[str, ...]
    shapes: tuple[Shape, ...]
    start: Floats
    data: Floats
    at: Any
    copy: Any
    free: Callable[..., list[Floats]]
    log_density: Callable[..., list[Floats]]

    def now(self) -> Density:
        """Return the density with the data that the model has now."""
        from detente.graph import flat

        return dataclasses.replace(self, data=flat(self.model))

    def for_nutpie(self) -> Any:  # noqa: ANN401 - nutpie's
        """Return the model that nutpie samples: a posterior of :data:`POINT`."""
        import pandas as pd
        from nutpie.compile_pymc import CompiledPyMCModel

        size = self.start.size

        def near_the_start(seed: int) -> Floats:
            return self.start + np.random.default_rng(seed).uniform(-1, 1, size)

        return CompiledPyMCModel(
            _n_dim=size,
            dims={},
            _coords={"unconstrained_parameter": pd.RangeIndex(size)},
            _shapes={POINT: (size,)},
            compiled_logp_func=self.at,
            compiled_expand_func=self.copy,
            initial_point_func=near_the_start,
            shared_data={},
            shared_var_keys={},
            user_data=self.data,
            n_expanded=size,
            shape_info=([POINT], [slice(0, size)], [(size,)]),
            logp_func=None,
            expand_func=None,
            reparameterized_names=[],
        )

    def constrained(self, points: Floats) -> dict[str, Floats]:
        """Return the free variables of the model, (draws, ...), at points (draws, dimension)."""
        free = zip(self.model.free_RVs, self.free(*self._parts(points)), strict=True)
        return {str(variable.name): array for variable, array in free}

    def is_right(self, points: Floats, log_density: Floats) -> bool:
        """Tell whether the log density sampled at points (draws, dimension) is that of the graph, at some of them."""
        some = np.linspace(0, log_density.size - 1, CHECKED).astype(int)
        ought = np.array([self.log_density(*one)[0] for one in zip(*self._parts(points[some]), strict=True)])
        finite = np.isfinite(ought)  # the graph as it stands may lose in rounding what the compiled one was rid of
        return np.allclose(log_density[some][finite], ought[finite], rtol=AGREES, atol=AGREES)

    def _parts(self, points: Floats) -> list[Floats]:
        """Return the unconstrained variables of points, in the order of the model's."""
        part = {
            name: points[:, place].reshape(len(points), *shape)
            for name, shape, place in zip(self.names, self.shapes, _places(self.shapes), strict=True)
        }
        return [part[str(variable.name)] for variable in self.model.value_vars]


def _places(shapes: Sequence[Shape]) -> list[slice]:
    """Return where each variable stands in a point."""
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)]).tolist()
    return [slice(*pair) for pair in pairwise(ends)]


def compile_density(model: pm.Model) -> Density:
    """Compile the density of a PyMC model and its gradient, or load what was compiled for another of the same shape."""
    import pytensor
    import pytensor.tensor as pt
    from pytensor.compile.sharedvalue import SharedVariable
    from pytensor.graph.replace import clone_replace
    from pytensor.graph.traversal import graph_inputs

    from detente.graph import at_many, flat, packed, plain_function

    with pytensor.config.change_flags(numba__fastmath=False, floatX="float64"):
        whole, vector = packed(model)
        values, begin, log_density = whole.value_vars, whole.initial_point(), whole.logp()
        start = [np.asarray(begin[str(variable.name)]) for variable in values]
        data = pt.vector("data", dtype="float64")
        lengths = {v: pt.constant(v.get_value()) for v in graph_inputs([log_density]) if isinstance(v, SharedVariable)}
        (log_density,) = clone_replace([log_density], lengths | {vector: data})
        shapes = tuple(array.shape for array in start)
        key = fingerprint(log_density, [*values, data])
        return Density(
            model=model,
            names=tuple(str(variable.name) for variable in values),
            shapes=shapes,
            start=np.concatenate([array.ravel() for array in start]),
            data=flat(model),
            at=_density_at(key, lambda: _with_gradient(log_density, values, shapes, data)),
            copy=_kept(COPY, digest(COPY.text), lambda: None),
            free=at_many(model.value_vars, model.replace_rvs_by_values(model.free_RVs)),
            log_density=plain_function(model.value_vars, [model.logp()]),
        )


def fingerprint(graph: Variable, inputs: Sequence[Variable]) -> str | None:
    """Return a digest of what a graph computes of its inputs, or None where it holds what cannot be told apart by text.

    Two graphs have the same if they apply the same operations to the same constants in the same order, whatever their
    variables are called.
    """
    import pytensor
    from pytensor.graph.traversal import io_toposort
    from pytensor.scalar import ScalarOp

    place: dict[Variable, str] = {variable: f"input {k} {variable.type}" for k, variable in enumerate(inputs)}
    lines = [f"{name} {version(name)}" for name in RELEASES]
    lines += [
        f"{pytensor.config.floatX} {pytensor.config.optimizer} {pytensor.config.numba__fastmath}",
        DENSITY.text,
        digest(LINKER.read_text(encoding="utf-8")),
        str(REWRITES),
    ]

    def placed(variable: Variable) -> str:
        constant = getattr(variable, "data", None)
        if variable in place or constant is None:
            return place[variable]
        held = np.asarray(constant)
        return f"{variable.type} {held.dtype} {held.shape} {held.tobytes().hex()}"

    for step, node in enumerate(io_toposort(inputs, [graph])):
        op = node.op
        properties = getattr(op, "__props__", None)
        if properties is None and not isinstance(op, ScalarOp):
            return None
        known = [(name, repr(getattr(op, name))) for name in properties or ()]
        lines.append(f"{type(op).__module__}.{type(op).__qualname__} {op} {known} {[placed(v) for v in node.inputs]}")
        place |= {output: f"step {step} {k} {output.type}" for k, output in enumerate(node.outputs)}
    return digest("\n".join([*lines, placed(graph)]))


def digest(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _density_at(key: str | None, density: Callable[[], Any]) -> Any:  # noqa: ANN401 - numba's
    """Return the function for each step, loaded if it was kept under a key, else compiled of what is then asked for."""
    return _kept(DENSITY, key, density)


def _kept(source: FunctionText, key: str | None, density: Callable[[], Any]) -> Any:  # noqa: ANN401 - numba's
    """Return a function for nutpie to call, loaded if it was kept whole under a key, else compiled."""
    import numba

    if key is not None:
        try:
            return _machine_code(source, key)
        except numba.TypingError:  # there was none to load, and none to call
            pass
        except CUT_SHORT:
            forget_compiled()
        except Exception:  # noqa: BLE001 - what was kept is damaged, in whatever way
            key = None
    try:
        return _machine_code(source, key, density())
    except CUT_SHORT:  # of the parts that PyTensor keeps one by one
        forget_compiled()
        return _machine_code(source, key, density())


def _machine_code(source: FunctionText, key: str | None, density: Any = None) -> Any:  # noqa: ANN401 - numba's
    """Return a function for nutpie to call, which PyTensor's cache keeps under a key."""
    import numba
    import pytensor
    from pytensor.link.numba.cache import compile_numba_function_src

    kept = key if pytensor.config.numba__cache else None
    # Numba asks for the module of what it loads, and for nothing in it.
    known = {"carray": numba.carray, "isfinite": np.isfinite, "density": density, "__name__": __name__}
    function = compile_numba_function_src(source.text, source.name, known, known, cache_key=kept)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Cannot cache compiled function", numba.NumbaWarning)
        return numba.cfunc(source.takes, cache=kept is not None)(function)


def _with_gradient(log_density: Variable, values: Sequence[Variable], shapes: Sequence[Shape], data: Variable) -> Any:  # noqa: ANN401 - numba's
    """Return the function of a point and the data that returns the log density and its gradient."""
    import pytensor.tensor as pt
    from pymc.pytensorf import compile as compile_graph
    from pytensor.graph import rewrite_graph
    from pytensor.graph.replace import clone_replace

    from detente.inference.linking import AS_ONE_FUNCTION

    log_density = rewrite_graph(log_density, include=REWRITES)
    gradient = pt.concatenate([part.ravel() for part in pt.grad(log_density, values)])
    point = pt.vector("point", shape=(sum(int(np.prod(shape)) for shape in shapes),), dtype="float64")
    parts = {
        variable: point[place].reshape(shape).astype(variable.dtype)
        for variable, shape, place in zip(values, shapes, _places(shapes), strict=True)
    }
    outputs = clone_replace([log_density, gradient], parts)
    return compile_graph((point, data), outputs, mode=AS_ONE_FUNCTION, on_unused_input="ignore").vm.jit_fn
