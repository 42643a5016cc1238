"""Work that is handed over is what it was then, whatever this process does to it afterwards."""

from __future__ import annotations

import threading

from detente.parallel import pool


class Noted:
    """Remembers in which thread it was packed."""

    packed_in: list[int] = []  # noqa: RUF012 - shared on purpose

    def __reduce__(self):
        self.packed_in.append(threading.get_ident())
        return (int, ("7",))


def test_work_is_packed_in_the_thread_that_hands_it_over():
    with pool(2) as executor:
        Noted.packed_in.clear()
        assert executor.submit(abs, Noted()).result() == 7
        assert list(executor.map(abs, [Noted(), -2])) == [7, 2]
    assert set(Noted.packed_in) == {threading.get_ident()}


def test_one_worker_needs_no_other_process():
    with pool(1) as executor:
        assert executor is None


def test_workers_end_with_the_process_that_started_them():
    """However it ends: a worker would wait for work for ever, and keep the pipe of its output open."""
    import subprocess
    import sys

    work = """
from detente.parallel import pool
import time
if __name__ == "__main__":
    with pool(2) as executor:
        print(executor.submit(abs, -2).result(), flush=True)
        time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", work], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout.readline() == "2\n"
        parent.kill()
        assert parent.stdout.read() == ""  # which ends only once every process that holds the pipe is gone
