"""What the tests of the engines share: the bundled case, and random cases written once a session."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile

# Before NumPy comes in, as the command line does: two processes with two threads each wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from oracle.random_cases import write_random_case
from snapshots import Numbers, Text
from xdist.scheduler import LoadScopeScheduling

from detente import load_case
from detente.caches import give_room

if TYPE_CHECKING:
    from detente.case.schema import Case


@dataclass(frozen=True)
class RandomCase:
    """A random case: its files, for the oracle, and the object the package made of them."""

    workspace: Path
    name: str
    case: Case


@pytest.fixture(scope="session")
def bundled():
    """Return the case that is shipped."""
    return load_case("turkey-syria")


@pytest.fixture(scope="session")
def random_case(tmp_path_factory):
    """Return a function that writes the random case of a seed (and sizes, see the oracle), once, and loads it."""
    root = tmp_path_factory.mktemp("random")

    @cache
    def make(seed, **sizes):
        workspace = root / "-".join(map(str, (seed, *sizes.items())))
        name = write_random_case(workspace, seed, **sizes)
        return RandomCase(workspace, name, load_case(name, workspace))

    return make


@pytest.fixture(scope="session")
def bundled_whole():
    """Return the case that is shipped with all that came later, to be cut at any date."""
    from detente.case.loading import read_record
    from detente.case.locating import find_case

    return read_record(find_case("turkey-syria", Path(__file__).parents[1]))[0]


@pytest.fixture
def text(snapshot):
    """Return the frozen text of the test (tests/frozen/conftest.py says how it is frozen again)."""
    return snapshot.use_extension(Text)


@pytest.fixture
def numbers(snapshot):
    """Return the frozen numbers of the test."""
    return snapshot.use_extension(Numbers)


def without_drawing():
    """Have figures written that are not drawn: of a short run, drawing is most."""
    from markupsafe import Markup

    def draw(figures):
        return {figure.name: Markup("<svg></svg>") for figure in figures}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("detente.report.render.draw", draw)
        yield


undrawn = pytest.fixture(without_drawing, name="undrawn")
all_undrawn = pytest.fixture(without_drawing, name="all_undrawn", scope="module")
"""For a whole module, with what is made once for its tests."""


@pytest.fixture(scope="module")
def in_python():
    """Have PyTensor call no compiler of C, as a forecast calls none: for a few numbers Python is quick enough."""
    import pytensor

    with pytensor.config.change_flags(cxx=""):
        yield


# --- what the run costs


MEMORY, ROOM = Path("/dev/shm"), 2**31  # noqa: S108 - a folder of one's own is made below it
KEPT = "PYTEST_DEBUG_TEMPROOT"
"""Names where temporary files go, and stay, to be looked at: pytest's own."""


def pytest_configure(config):
    """Keep temporary files in memory if it can hold them, for what is written is flushed to the disk file by file.

    What is compiled is kept in one place, whichever test imports PyTensor first, and in whichever process.
    Garbage is looked for less often: modules and tests stay, and to look through them is a quarter of collecting them.
    """
    give_room()
    gc.set_threshold(500_000, 20, 20)
    has_room = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    if has_room and KEPT not in os.environ and "PYTEST_XDIST_WORKER" not in os.environ:
        tempfile.tempdir = os.environ["TMPDIR"] = tempfile.mkdtemp(prefix="detente-tests-", dir=MEMORY)
        config.add_cleanup(lambda: shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True))


def pytest_collection_finish():
    gc.freeze()


# --- two processes


class Units(LoadScopeScheduling):
    """What is computed once is used in one process: tests go to the processes a module, or less or more, at a time."""

    def _split_scope(self, nodeid):
        module, _, test = nodeid.partition("::")
        if module == "tests/test_agreement.py":  # a compiled model for each parameter, and nothing in common
            return f"{module}[{test.partition('[')[2]}"
        folder = module.rpartition("/")[0]
        return folder if folder in {"tests/browser", "tests/frozen"} else module


def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False
    return Units(config, log)


def pytest_collection_modifyitems(items):
    """Begin with what takes long, where there are two processes, so that they end together."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: (not item.get_closest_marker("sampling"), not item.get_closest_marker("slow")))
