"""Work in the background: a command of ours in a process of its own, its stages as it tells them, and a way to stop it.

A run is an ordinary ``detente run``: what the browser starts is what a terminal would, and leaves the same folder.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from detente.errors import EXIT_DIAGNOSTICS, EXIT_INTERRUPTED, DetenteError

if TYPE_CHECKING:
    from collections.abc import Sequence

START = """\
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from detente.cli import main
main()
"""
"""Our command, hearing what Ctrl-C sends even where a shell has all it starts in the background ignore that."""
LINES = 200
"""Lines of talk that are kept of each job."""
PATIENCE = 5.0
"""Seconds that a job which is asked to stop has before it is made to."""


class BusyError(DetenteError):
    """A second job for a case that has one at work."""

    def __init__(self, case: str) -> None:
        """Say what to do."""
        super().__init__(f"{case}: a run is at work already: wait for it, or cancel it")


@dataclass
class Job:
    """One command at work, or done."""

    case: str
    words: tuple[str, ...]
    process: subprocess.Popen[str]
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    talk: deque[str] = field(default_factory=lambda: deque(maxlen=LINES))
    is_cancelled: bool = False

    @property
    def command(self) -> str:
        """The command as it would be typed."""
        return " ".join(("detente", *self.words))

    @property
    def code(self) -> int | None:
        """The exit code; None while it is at work."""
        return self.process.poll()

    @property
    def seconds(self) -> int:
        """How long it took so far."""
        return round((self.ended or time.monotonic()) - self.began)

    @property
    def standing(self) -> str:
        """How it stands, in words."""
        words = {None: "at work", 0: "done", EXIT_DIAGNOSTICS: "done, but its diagnostics failed"}
        if self.is_cancelled and self.code not in {None, 0}:
            return "cancelled; nothing was half-written"
        if self.code == EXIT_INTERRUPTED:
            return "interrupted"
        return words.get(self.code, "stopped by a problem")


class Jobs:
    """The jobs of a workbench: one at a time for a case."""

    def __init__(self) -> None:
        self._latest: dict[str, Job] = {}
        self._lock = threading.Lock()

    def latest(self, case: str) -> Job | None:
        """Return the last job of a case."""
        return self._latest.get(case)

    def start(self, case: str, words: Sequence[str], hidden: Sequence[str] = ()) -> Job:
        """Start a command; ``hidden`` are options that who types it would leave out.

        Raises
        ------
        BusyError
            If the case has a job at work.
        """
        with self._lock:
            last = self._latest.get(case)
            if last is not None and last.code is None:
                raise BusyError(case)
            process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                [sys.executable, "-c", START, *words, *hidden],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # Ctrl-C is ours: we ask it to stop
                env={**os.environ, "NO_COLOR": "1"},
            )
            job = self._latest[case] = Job(case, tuple(words), process)
        threading.Thread(target=_listen, args=(job,), daemon=True).start()
        return job

    def cancel(self, case: str) -> None:
        """Ask the job of a case to stop, as Ctrl-C does."""
        job = self._latest.get(case)
        if job is not None and job.code is None:
            job.is_cancelled = True
            _send(job, signal.SIGINT)
            threading.Thread(target=_insist, args=(job,), daemon=True).start()

    def close(self) -> None:
        """Stop every job; one that does not listen is ended."""
        at_work = [job for job in self._latest.values() if job.code is None]
        for job in at_work:
            self.cancel(job.case)
        for job in at_work:
            job.process.wait()


def _insist(job: Job) -> None:
    """End a job that was asked to stop and does not listen."""
    try:
        job.process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        _send(job, signal.SIGKILL)


def _listen(job: Job) -> None:
    """Keep what a job says until it ends."""
    with job.process as process:
        for line in process.stdout or ():
            job.talk.append(line.rstrip())
    job.ended = time.monotonic()


def _send(job: Job, number: int) -> None:
    """Send a signal to a job and to the workers it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(job.process.pid, number)
