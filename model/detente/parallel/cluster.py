"""A Dask cluster as an executor: the one that comes with ``distributed``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from detente.errors import SchedulerError
from detente.parallel.workers import keep_to_one_thread, program_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor


PATIENCE = "10s"
"""How long a scheduler may take to answer."""


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """Yield an executor on the workers of the scheduler at ``address``; equal calls are made as often as asked for.

    Raises
    ------
    SchedulerError
        There is no scheduler, or its workers do not run this very program, in one thread each.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise SchedulerError(address, "needs Dask: pip install 'detente[dask]'") from error
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise SchedulerError(address, "no scheduler answers there: start one with `dask scheduler`") from error
    with client:
        threads = client.nthreads()
        if not threads:
            raise SchedulerError(address, "it has no workers: start them with `dask worker --nthreads 1`")
        if max(threads.values()) > 1:
            raise SchedulerError(address, "its workers have several threads: start them with `--nthreads 1`")
        try:
            programs = set(client.run(keep_to_one_thread).values())
        except ModuleNotFoundError as error:
            raise SchedulerError(address, "its workers do not have detente: install it where they run") from error
        if programs != {program_digest()}:
            raise SchedulerError(address, "its workers run another version of detente: install this one there")
        executor = client.get_executor(pure=False)
        try:
            yield executor
        except BaseException:
            executor.shutdown(wait=False)
            raise
