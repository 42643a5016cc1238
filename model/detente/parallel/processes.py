"""Processes of this machine as an executor that outlives the death of one."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from detente.parallel.workers import keep_to_one_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

DEATHS = 3
"""So many times in a row may processes die without anything being finished before work is given up."""


class Processes(Executor):
    """Processes of this machine, of which one that dies costs only the piece it was at.

    The standard library's executor gives everything up once a process has died; what it had not finished is submitted
    again here.  Processes are started afresh: a copy of one in which libraries have threads may hang.
    """

    def __init__(self, workers: int) -> None:
        """Start no process yet: the first piece of work does."""
        self._workers, self._lock, self._deaths, self._closed = workers, threading.Lock(), 0, False
        self._lifeline, self._held = get_context("spawn").Pipe(duplex=False)
        self._pools: list[ProcessPoolExecutor] = []

    def submit[**P, R](self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Have a call made in one of the processes."""
        future: Future[R] = Future()
        self._hand_over(future, lambda pool: pool.submit(fn, *args, **kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - as declared
        """Take no more work, and end the processes once they have done what they have."""
        with self._lock:
            self._closed, pools = True, self._pools[-1:]
        for pool in pools:
            pool.shutdown(wait=wait, cancel_futures=cancel_futures)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End the processes: at once, if the work is given up."""
        with self._lock:
            self._closed = True
        if kind is not None:
            self._held.close()
        self.shutdown(wait=True, cancel_futures=kind is not None)
        self._held.close()
        self._lifeline.close()

    def _start(self) -> ProcessPoolExecutor:
        context = get_context("spawn")
        return ProcessPoolExecutor(self._workers, context, initializer=_begin, initargs=(self._lifeline,))

    def _hand_over[R](self, future: Future[R], submit: Callable[[ProcessPoolExecutor], Future[R]]) -> None:
        """Submit a piece of work whose result ``future`` is to have."""
        with self._lock:
            self._pools = self._pools or [self._start()]
            pool = self._pools[-1]
        try:
            inner = submit(pool)
        except BrokenExecutor as error:  # nobody has noticed yet
            inner = Future()
            inner.set_exception(error)

        def settle(inner: Future[R]) -> None:
            if inner.cancelled():
                future.cancel()
            elif isinstance(inner.exception(), BrokenExecutor) and self._renewed(pool) and not future.cancelled():
                self._hand_over(future, submit)
                return
            if not future.set_running_or_notify_cancel():
                return
            if (error := inner.exception()) is not None:
                future.set_exception(error)
            else:
                self._deaths = 0
                future.set_result(inner.result())

        inner.add_done_callback(settle)

    def _renewed(self, broken: ProcessPoolExecutor) -> bool:
        """Tell whether work that a broken pool had is to be submitted again, to fresh processes."""
        with self._lock:
            if broken is self._pools[-1] and not self._closed and self._deaths < DEATHS:
                self._deaths += 1
                self._pools.append(self._start())  # the broken one is kept: it holds a lock that its end waits for
            return not self._closed and self._deaths < DEATHS


def _begin(lifeline: Connection) -> None:
    """Begin a process: it ends when the other end of its lifeline is closed, on purpose or by its parent's death.

    Ctrl-C reaches every process of a terminal; what it means is left to the one that asked for the work.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_to_one_thread()

    def watch() -> None:
        lifeline.poll(None)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
