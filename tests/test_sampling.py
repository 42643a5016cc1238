"""The sampler is interrupted, stops by itself, or draws what it was asked for; and the same again."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import warm
import xarray as xr
from small import make_case

from detente.graph import build
from detente.inference import sampling
from detente.inference.density import compile_density
from detente.inference.sampling import SamplerError, sample
from detente.settings import Settings

SHORT = Settings(draws=100, tune=100, chains=2, random_seed=7)


class PanicException(BaseException):
    """What pyo3 raises where Rust panics."""


class Flat:
    """A density that is the same everywhere."""

    def for_nutpie(self):
        return None

    def is_right(self, points, log_density):
        return not log_density.any()

    def constrained(self, points):
        return {"x": points[:, 0]}


class Running:
    """A sampler at work, in the place of nutpie's."""

    def __init__(self, answer):
        self.answer, self.cancelled = answer, False

    def wait(self):
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    def cancel(self):
        self.cancelled = True


def drawn(chains=2, draws=100, energy=0.0):
    dims, zeros = ("chain", "draw"), np.zeros((chains, draws))
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({"point": ((*dims, "place"), np.zeros((chains, draws, 1)))}),
            "sample_stats": xr.Dataset({"energy": (dims, np.full((chains, draws), energy)), "logp": (dims, zeros)}),
        }
    )


@pytest.fixture
def run(monkeypatch):
    def start(answer):
        running = Running(answer)
        given = {}

        def nutpie_sample(compiled, **options):
            given.update(options)
            return running

        monkeypatch.setattr("nutpie.sample", nutpie_sample)
        return running, given

    return start


def test_an_interrupted_sampler_is_cancelled_and_its_draws_are_given_up(run):
    running, given = run(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        sample(Flat(), SHORT)
    assert running.cancelled
    assert given["blocking"] is False


def test_no_more_chains_are_drawn_at_once_than_there_are(run, monkeypatch):
    monkeypatch.setattr(sampling, "processors", lambda: 64)
    _, given = run(drawn())
    sample(Flat(), SHORT)
    assert given["cores"] == 2


def test_a_panic_of_rust_is_an_error_that_a_handler_sees(run):
    run(PanicException("index out of bounds"))
    with pytest.raises(SamplerError, match="the sampler stopped: index out of bounds"):
        sample(Flat(), SHORT)


def test_a_density_is_compiled_without_fast_math(monkeypatch):
    """With it, what a first run compiles and what the next finds in the cache round differently."""
    import pytensor

    seen = []
    machine_code = "detente.inference.density._machine_code"
    monkeypatch.setattr(machine_code, lambda *_: seen.append(pytensor.config.numba__fastmath))
    compile_density(build(make_case([(0.6, 0.2)])))
    assert set(seen) == {False}


@pytest.mark.parametrize("answer", [drawn(draws=99), drawn(chains=1), drawn(energy=np.nan)])
def test_fewer_draws_than_were_asked_for_are_no_result(run, answer):
    run(answer)
    with pytest.raises(SamplerError, match=r"the sampler drew .* of \(2, 100\)"):
        sample(Flat(), SHORT)


@pytest.mark.sampling
def test_ctrl_c_reaches_who_asked_for_the_draws():
    """The sampler itself, on a density that takes a hundredth of a second each time."""
    from nutpie.compiled_pyfunc import from_pyfunc

    def make_logp():
        def logp(x):
            time.sleep(0.01)
            return -0.5 * float(x @ x), -x

        return logp

    def make_expand(*_):
        return lambda x: {"x": np.asarray(x)}

    class Slow(Flat):
        def for_nutpie(self):
            return from_pyfunc(3, make_logp, make_expand, [np.dtype("float64")], [(3,)], ["x"])

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has background jobs ignore it
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    begun = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            sample(Slow(), Settings(draws=100_000, tune=1000, chains=2))
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - begun < 120  # it would take hours


PROGRAM = """
import hashlib
import detente.graph  # settles where PyTensor writes
import pymc as pm, pytensor.tensor as pt
from detente.inference.density import compile_density
from detente.inference.sampling import sample
from detente.settings import Settings
with pm.Model() as model:
    share, cause = pm.Beta("share", 2.3, 3.1), pm.Normal("cause", 0, 1, shape=5)
    chance = pt.erfc(-(pt.sqrt(share) * cause - 0.3) / pt.sqrt(1.7 - share)) / 2
    pm.Potential("seen", pt.logsumexp(pt.log(0.9 * chance + 0.05)) - pt.exp(share * cause).sum())
sampled = sample(compile_density(model), Settings(draws=200, tune=200, chains=2, random_seed=7))
digest = hashlib.sha256()
for name in ("share", "cause"):
    digest.update(sampled.values[name].tobytes())
print(digest.hexdigest())
"""


@pytest.mark.sampling
@pytest.mark.timeout(900)  # nothing of PyTensor's own is compiled yet
def test_a_first_run_and_the_next_draw_the_same_bytes_on_one_core_or_several(tmp_path):
    """The first compiles all there is, the second finds the parts in PyTensor's cache."""
    digests = set()
    for cores in (2, 1):
        flags = f"base_compiledir={tmp_path}/compiled"
        environment = os.environ | {"PYTENSOR_FLAGS": flags, "PYTHON_CPU_COUNT": str(cores)}
        command = [sys.executable, "-c", PROGRAM]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        digests.add(done.stdout.strip())
    assert len(digests) == 1


COMPILED_ALONE = """
import ctypes
import detente.graph  # settles where PyTensor writes
import numpy as np, pytensor, pytensor.tensor as pt
from detente.inference.density import _density_at, _with_gradient, fingerprint
x, data = pt.dvector("x"), pt.dvector("data")
value = (pt.exp(-x) * x * data[1:] + pt.log1p(x) * pt.sigmoid(x)).sum()
with pytensor.config.change_flags(numba__fastmath=False):
    key = fingerprint(value, [x, data])
    at = _density_at(key, lambda: _with_gradient(value, [x], ((64,),), data))
arrays = np.linspace(0.1, 2, 64), np.zeros(64), np.zeros(1), np.array([65.0, *np.linspace(1, 3, 64)])
doubles = ctypes.POINTER(ctypes.c_double)
assert at.ctypes(64, *(array.ctypes.data_as(doubles) for array in arrays)) == 0
print(arrays[1].tobytes().hex(), arrays[2].tobytes().hex())
"""


@pytest.mark.sampling
@pytest.mark.timeout(600)
def test_two_compile_at_once_and_a_cache_cut_short_is_made_anew(tmp_path):
    """A loss of power leaves files half or not written, which numba stumbles over in every later run."""
    environment = os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={tmp_path}"}

    def begin():
        return warm.start(COMPILED_ALONE, env=environment)

    both = [begin(), begin()]
    printed = [process.communicate()[0] for process in both]
    kept = {file: file.stat().st_size for file in tmp_path.rglob("*.nb[ci]")}
    assert kept
    for number, (file, size) in enumerate(sorted(kept.items())):
        os.truncate(file, size // 2 if number % 3 else 0)
    for _ in range(2):
        process = begin()
        answer, complaint = process.communicate()
        assert process.returncode == 0, complaint
        printed.append(answer)
    assert len(set(printed)) == 1
    assert set(tmp_path.rglob("*.nb[ci]")) == set(kept)
