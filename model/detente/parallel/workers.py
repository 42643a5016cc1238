"""Who does the work that a use case spreads, and what a worker keeps to.

A use case takes a standard :class:`concurrent.futures.Executor`, or None for this process.  Whatever is handed over
packs itself and carries its random seed, so that the result is the same wherever it is computed.  A
worker keeps to one thread, since others have the other processors.
"""

from __future__ import annotations

import os
from collections import deque
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.errors import WorkerError
from detente.frozen import Immutable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

_one_thread: list[bool] = []
"""Not empty in a worker."""


def processors() -> int:
    """Return how many processors this process may use: one, if it is a worker."""
    if _one_thread:
        return 1
    count = getattr(os, "process_cpu_count", None)  # from Python 3.13 on; PYTHON_CPU_COUNT may lower it
    if count is not None:
        return count() or 1
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


class Workers(Immutable):
    """Who does the work: so many processes of this machine, or the workers of the Dask cluster at ``scheduler``."""

    workers: int = 1
    scheduler: str | None = None

    @contextmanager
    def executor(self) -> Iterator[Executor | None]:
        """Yield an executor, or None for one process: the work is then done where it is asked for.

        Unfinished work is given up at once if an exception ends it.

        Raises
        ------
        SchedulerError
            There is no scheduler, or its workers cannot do the work.
        WorkerError
            A piece of work was too much for every process that was given it.
        """
        if self.scheduler:
            from detente.parallel.cluster import cluster

            with cluster(self.scheduler) as executor:
                yield executor
        elif self.workers > 1:
            from concurrent.futures import BrokenExecutor

            from detente.caches import give_room
            from detente.parallel.processes import Processes

            give_room()  # the processes take it over
            try:
                with Processes(self.workers) as executor:
                    yield executor
            except BrokenExecutor as error:
                raise WorkerError from error
        else:
            yield None


def as_finished[T, R](executor: Executor | None, work: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
    """Yield what ``work`` returns for each piece, in the order in which they are finished; what is left is given up."""
    if executor is None:
        yield from map(work, pieces)
        return
    from concurrent.futures import as_completed

    futures = [executor.submit(work, piece) for piece in pieces]
    try:
        for future in as_completed(futures):
            yield future.result()
    finally:
        for future in futures:
            future.cancel()


def in_order[P, R](executor: Executor | None, work: Callable[[P], R], pieces: Iterable[P], ahead: int) -> Iterator[R]:
    """Yield what ``work`` makes of each piece, in order, here or on the executor.

    No more than ``ahead`` pieces are taken before they are needed; the executor's own ``map`` takes all at once.
    """
    if executor is None:
        yield from map(work, pieces)
        return
    waiting: deque[Future[R]] = deque()
    try:
        for piece in pieces:
            waiting.append(executor.submit(work, piece))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


class Once[R]:
    """Something costly that each process makes once, however many pieces of work need it: ``make(*args)``."""

    def __init__(self, make: Callable[..., R], *args: Any) -> None:  # noqa: ANN401 - what is to be packed
        """Pack what it is made from, which is all that is sent."""
        import pickle

        self._packed = pickle.dumps((make, args))

    def __call__(self) -> R:
        """Return it, made now if this process has not yet."""
        made: R = _made(self._packed)
        return made


@lru_cache(maxsize=2)
def _made(packed: bytes) -> Any:  # noqa: ANN401 - whatever is made
    import pickle

    make, args = pickle.loads(packed)  # noqa: S301 - packed by this program
    return make(*args)


def keep_to_one_thread() -> str:
    """Let this process be a worker, and return what program it runs."""
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    _one_thread.append(True)
    return program_digest()


@lru_cache(maxsize=1)
def program_digest() -> str:
    """Hash the source of the package, so that an edited program is not taken for another."""
    import hashlib

    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
