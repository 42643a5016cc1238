"""Processes to spread work over; a cluster's executor can be passed to the use cases in their place."""

from __future__ import annotations

import multiprocessing
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor


@contextmanager
def pool(workers: int) -> Iterator[Executor | None]:
    """Yield an executor of so many processes, or None for one: the work is then done where it is asked for.

    Processes are started afresh: a copy of one in which libraries have threads may hang.
    """
    if workers == 1:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as executor:
        yield executor
