"""Processes to spread work over; a cluster's executor can be passed to the use cases in their place."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future


class Processes(ProcessPoolExecutor):
    """Processes whose work is packed where it is handed over.

    The library packs it later, in a thread of its own; a case remembers what it has worked out, and must not be packed
    while this thread makes it remember more.
    """

    def submit[T](self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401 - the work's own
        """Pack the work, and have it done."""
        return super().submit(_unpacked, pickle.dumps((fn, args, kwargs)))


def processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


@contextmanager
def pool(workers: int) -> Iterator[Executor | None]:
    """Yield an executor of so many processes, or None for one: the work is then done where it is asked for.

    Processes are started afresh: a copy of one in which libraries have threads may hang.
    """
    if workers == 1:
        yield None
        return
    context = multiprocessing.get_context("spawn")
    with Processes(workers, mp_context=context, initializer=_end_with_parent) as executor:
        yield executor


def in_order[P, R](executor: Executor | None, work: Callable[[P], R], pieces: Iterable[P], ahead: int) -> Iterator[R]:
    """Yield what work makes of each piece, in order; no more than ``ahead`` pieces are taken before they are needed.

    Without an executor the work is done here.  Unlike the executor's own ``map`` it does not take all pieces at once.
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


def _end_with_parent() -> None:
    """Let this process end when the one that started it is killed: it would wait for work for ever."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _unpacked(packed: bytes) -> Any:  # noqa: ANN401 - the work's own
    work, args, kwargs = pickle.loads(packed)  # noqa: S301 - packed by this program
    return work(*args, **kwargs)
