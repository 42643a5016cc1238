"""Programs that find the libraries imported: one process imports them once, and is forked for each.

A command that a test starts, kills or looks at from outside is a process of its own, of which most of the time goes by
importing the same libraries.  Of ours nothing is imported before the fork: a program does that itself, after whatever
it is told to do first.  That a command works in a fresh interpreter is another test's matter (``-m detente``).
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import warnings
from functools import cache
from pathlib import Path

LIBRARIES = (
    "click", "yaml", "msgspec", "rich.console", "rich.table", "rich.progress", "scipy.special", "scipy.stats",
    "scipy.optimize", "jinja2", "pandas", "xarray", "h5netcdf", "matplotlib.figure", "matplotlib.backends.backend_svg",
    "numba", "arviz_stats",
)  # fmt: skip
"""What a run imports, but for PyTensor, which settles where it writes as it is imported.

Threads, which a fork would lose, none of these has but idle ones that look after memory.
"""


class Program:
    """A program at work: what the tests use of :class:`subprocess.Popen`."""

    def __init__(self, pid, said, stdout, stderr):
        self.pid, self.returncode, self._said, self.stdout, self.stderr = pid, None, said, stdout, stderr

    def wait(self, timeout=None):
        if self.returncode is None:
            self._said.settimeout(timeout)
            self.returncode = os.waitstatus_to_exitcode(int(self._said.recv(64)))
            self._said.close()
        return self.returncode

    def communicate(self, timeout=None):
        """Return what was printed, read side by side, once the program has ended."""
        texts = {}

        def read(pipe):
            with pipe:
                texts[pipe] = pipe.read()

        pipes = [pipe for pipe in (self.stdout, self.stderr) if pipe is not None and not pipe.closed]
        readers = [threading.Thread(target=read, args=(pipe,)) for pipe in pipes]
        for reader in readers:
            reader.start()
        self.wait(timeout)
        for reader in readers:
            reader.join(timeout)
        return texts.get(self.stdout), texts.get(self.stderr)

    def send_signal(self, number):
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)


@cache
def _server():
    """Return the connection to the process that is forked, started now."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )

    def end():
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def start(code, *arguments, cwd=None, env=None, stdout=subprocess.PIPE, stderr=subprocess.PIPE, also=()):
    """Start a program, as ``python -c code arguments``; it inherits what is open under the numbers ``also``."""
    pipes, passed = {}, []
    for number, given in enumerate((subprocess.DEVNULL, stdout, stderr)):
        if given == subprocess.PIPE:
            reader, into = os.pipe()
            pipes[number] = open(reader, encoding="utf-8")  # noqa: PTH123, SIM115 - whoever started it closes it
        else:
            into = os.open(os.devnull, os.O_RDWR) if given == subprocess.DEVNULL else os.dup(_number(given))
        passed.append(into)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # a number is a message
    request = {
        "code": code,
        "arguments": [str(one) for one in arguments],
        "folder": str(cwd or Path.cwd()),
        "environment": dict(os.environ if env is None else env),
        "numbers": [0, 1, 2, *also],
    }
    text = json.dumps(request).encode()
    with theirs:
        socket.send_fds(_server(), [len(text).to_bytes(4)], [theirs.fileno(), *passed, *also])
    _server().sendall(text)
    for number in passed:
        os.close(number)
    return Program(int(ours.recv(64)), ours, pipes.get(1), pipes.get(2))


def _number(file):
    return file if isinstance(file, int) else file.fileno()


# --- the process that is forked


def _serve(connection):
    """Fork for each request; return it in the fork, and nothing at the end."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        length, numbers, *_ = socket.recv_fds(connection, 4, 16)
        if not length:
            return None
        request = json.loads(connection.recv(int.from_bytes(length), socket.MSG_WAITALL))
        if os.fork() == 0:
            connection.close()
            return _begun(request, *numbers)
        for number in numbers:
            os.close(number)


def _begun(request, said, *numbers):
    """Return a request in a process made for it, while this one waits to tell how that ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid:
        for number in numbers:
            os.close(number)
        with socket.socket(fileno=said) as to, contextlib.suppress(BrokenPipeError):
            to.sendall(str(pid).encode())
            to.sendall(str(os.waitpid(pid, 0)[1]).encode())
        os._exit(0)
    os.close(said)
    spare = [os.dup(number) for number in numbers]  # none of which has a number that another is to get
    for number, wanted in zip(spare, request["numbers"], strict=True):
        os.dup2(number, wanted)
    for number in {*numbers, *spare} - set(request["numbers"]):
        os.close(number)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    _open_streams()
    sys.argv, sys.path[0] = ["-c", *request["arguments"]], ""
    return request["code"]


def _open_streams():
    """Open the three streams as Python does at its start where it is not told to leave out buffers."""
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "utf-8").partition(":")
    made = {"encoding": encoding, "closefd": False}
    sys.stdin = sys.__stdin__ = open(0, **made)  # noqa: SIM115 - for the life of the process
    sys.stdout = sys.__stdout__ = open(1, "w", errors=errors or "strict", **made)  # noqa: SIM115 - as above
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, errors="backslashreplace", **made)  # noqa: SIM115
    sys.stdout.reconfigure(line_buffering=os.isatty(1))


if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside the idle thread
    sys.modules["dask"] = None  # of the tests' packages; a forecast has none, and else it is imported for each file
    for library in LIBRARIES:
        importlib.import_module(library)
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        task = _serve(asked)
    if task is not None:
        exec(compile(task, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - the tests' own text
