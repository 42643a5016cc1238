"""A compiled density is that of its model, is kept for all cases of one shape, and is not taken for another's."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import subprocess
import sys

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import warm
from outside_cases import TODAY, class_case, member, poll, poll_case
from small import make_case, sampled_case

from detente.graph import build
from detente.inference import density as module
from detente.inference.density import compile_density, fingerprint
from detente.inference.sampling import SamplerError, sample
from detente.settings import Settings

SHORT = Settings(draws=50, tune=50, chains=2, random_seed=7)


def key(case):
    """Return the key under which the density of a case is kept, without compiling it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_density_at", lambda key, density: key)
        return compile_density(build(case)).at


def test_cases_that_differ_in_numbers_alone_share_one():
    assert key(make_case([(0.6, 0.2)], gamma=(0.5, 0.2))) == key(make_case([(0.9, 0.3)], gamma=(0.5, 0.2)))


def test_an_edited_prior_compiles_nothing():
    items = {"mids": [(0.6, 0.2), (0.7, 0.3)], "clusters": ["c", "c"], "processes": {"p": [("a", "b")]}}
    one = make_case(**items, gamma=(0.5, 0.2), rho=(0.5, 0.15), persistence=0.5, weights=(0.5, 0.5))
    assert key(one) == key(make_case(**items, gamma=(0.6, 0.1), rho=(0.4, 0.2), persistence=0.7, weights=(0.3, 0.7)))


@pytest.mark.parametrize(
    "other",
    [
        make_case([(0.6, 0.2), (0.6, 0.2)], gamma=(0.5, 0.2)),
        make_case([(0.6, 0.2)], gamma=(0.5, 0)),
        make_case([(0.6, 0.2, 0.3)], gamma=(0.5, 0.2)),
    ],
    ids=["an item more", "a fixed discrimination", "a hypothesis more"],
)
def test_cases_of_different_shape_do_not(other):
    assert key(make_case([(0.6, 0.2)], gamma=(0.5, 0.2))) != key(other)


def test_more_polls_of_one_day_and_more_waits_of_one_step_are_data():
    day = TODAY - dt.timedelta(days=10)
    polls = [poll(day, 0.52), poll(day, 0.49, house="b")]
    assert key(poll_case(polls)) == key(poll_case([*polls, poll(day, 0.5)]))
    members = [member("one", 0, 700, met=100), member("two", 0, 700, met=300)]
    assert key(class_case(members)) == key(class_case([*members, member("three", 0, 700, met=200)]))


def graph_of(build_graph):
    x, y = pt.vector("x", dtype="float64"), pt.vector("y", dtype="float64")
    return fingerprint(build_graph(x, y), [x, y])


def test_what_a_graph_computes_and_not_what_it_is_called_decides_its_fingerprint():
    one = graph_of(lambda x, y: (x * np.array([1.0, 2.0]) + y[1:]).sum())
    again, named = (graph_of(lambda x, y: (x * np.array([1.0, 2.0]) + y[1:]).sum()) for _ in range(2))
    assert one == again == named
    others = (
        graph_of(lambda x, y: (x * np.array([1.0, 2.0]) - y[1:]).sum()),  # another operation
        graph_of(lambda x, y: (x * np.array([1.0, 2.5]) + y[1:]).sum()),  # another constant
        graph_of(lambda x, y: (x * np.array([1.0, 2.0]) + y[2:]).sum()),  # another place
        graph_of(lambda x, y: (y * np.array([1.0, 2.0]) + x[1:]).sum()),  # the inputs in each other's place
        graph_of(lambda x, y: (x * np.array([1.0, 2.0]) + y[1:]).sum(keepdims=True)[0]),  # the same another way
        graph_of(lambda x, y: (x.astype("float32") * np.array([1.0, 2.0]) + y[1:]).sum()),  # another type
    )
    assert len({one, *others}) == len(others) + 1


def test_what_another_linker_compiled_is_not_taken(monkeypatch, tmp_path):
    one = graph_of(lambda x, y: x.sum() + y.sum())
    other = tmp_path / "linking.py"
    other.write_text(module.LINKER.read_text(encoding="utf-8").replace("+", "-"), encoding="utf-8")
    monkeypatch.setattr(module, "LINKER", other)
    assert graph_of(lambda x, y: x.sum() + y.sum()) not in {None, one}


def test_of_an_operation_that_text_does_not_tell_apart_there_is_no_fingerprint():
    class Opaque(pytensor.graph.op.Op):
        def make_node(self, x):
            return pytensor.graph.basic.Apply(self, [x], [x.type()])

        def perform(self, node, inputs, outputs):
            outputs[0][0] = inputs[0]

    assert graph_of(lambda x, y: Opaque()(x).sum() + y.sum()) is None


@pytest.mark.sampling
def test_another_models_machine_code_is_refused():
    """As if two models had one key: the draws are of something else, and nobody is shown them."""
    one = compile_density(build(sampled_case([(0.6, 0.2), (0.5, 0.3)])))
    other = build(sampled_case([(0.9, 0.2), (0.5, 0.3)]))
    with pytest.raises(SamplerError, match="not that of the model"):
        sample(dataclasses.replace(one, log_density=compile_density(other).log_density), SHORT)


@pytest.mark.sampling
def test_the_data_of_a_compiled_model_can_be_replaced():
    density = compile_density(build(sampled_case([(0.6, 0.2), (0.5, 0.3)])))
    other = sampled_case([(0.98, 0.02), (0.4, 0.6)], chances=0.7)
    for variable in build(other).data_vars:
        density.model[variable.name].set_value(variable.get_value())
    replaced, own = sample(density.now(), SHORT), sample(compile_density(build(other)), SHORT)
    assert all(np.array_equal(replaced.values[name], own.values[name]) for name in own.values)


PROGRAM = """
import sys
import detente.graph  # settles where PyTensor writes
import pymc as pm
from detente.inference.density import compile_density
with pm.Model() as model:
    level = pm.Data("level", float(sys.argv[1]))
    pm.Normal("x", level, 1)
print(compile_density(model).at.cache_hits)
"""


@pytest.mark.sampling
@pytest.mark.timeout(900)
def test_what_one_process_compiled_the_next_loads_unless_it_is_damaged(tmp_path):
    environment = os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={tmp_path}/compiled"}

    def hits(level, process=None):
        process = process or warm.start(PROGRAM, level, env=environment)
        answer, complaint = process.communicate()
        assert process.returncode == 0, complaint
        return int(answer)

    assert hits(0.5) == 0
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    afresh = subprocess.Popen([sys.executable, "-c", PROGRAM, "1.5"], env=environment, **streams)
    assert hits(1.5, afresh) == 1  # where sets have another order
    for damaged, loaded in (("density_at", 0), ("copy_of", 1)):
        (kept,) = (tmp_path / "compiled").rglob(f"*{damaged}*.nbc")
        kept.write_bytes(kept.read_bytes()[:100])
        assert hits(0.5) == loaded
