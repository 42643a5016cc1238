"""The server: a socket on this machine only, the address printed, and everything stopped by Ctrl-C."""

from __future__ import annotations

import signal
import socket
import threading
from typing import TYPE_CHECKING

from detente.errors import DetenteError, reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from detente.serve.desk import Desk

HOST = "127.0.0.1"
"""Nobody else's machine can reach it."""


class PortError(DetenteError):
    """A port that cannot be had."""

    def __init__(self, port: int, error: OSError) -> None:
        """Say why, and what to do."""
        super().__init__(f"--port {port}: cannot be opened: {reason(error)}: choose another, or 0 for any that is free")


def bind(port: int) -> socket.socket:
    """Return a socket that listens on a port of this machine; 0 is any that is free.

    Raises
    ------
    PortError
        If it cannot be had.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise PortError(port, error) from error
    return listening


def serve(desk: Desk, port: int, tell: Callable[[str], None], report_bug: Callable[[Exception], str]) -> None:
    """Serve a desk until Ctrl-C; ``tell`` is told each address that lets one browser in.

    ``report_bug`` is given what nobody foresaw, and returns the line that the page shows.
    """
    with bind(port) as listening:
        from uvicorn.config import Config
        from uvicorn.server import Server

        from detente.serve.app import make_app
        from detente.serve.guard import Guard

        app = make_app(desk, report_bug)
        guard = Guard(app, listening.getsockname()[1], lambda address: tell(f"for another browser: {address}"))
        config = Config(
            guard, log_level="critical", access_log=False, server_header=False, ws="none", lifespan="off", http="h11",
            loop="asyncio", timeout_graceful_shutdown=1, proxy_headers=False,
        )  # fmt: skip
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))  # what ends it otherwise would leave its runs
        tell(guard.address())
        threading.Thread(target=_warm, args=(desk,), daemon=True).start()
        try:
            Server(config).run(sockets=[listening])
        except KeyboardInterrupt:  # the way to end it
            pass
        finally:
            app.state.site.jobs.close()


def _warm(desk: Desk) -> None:
    """Load what the first page needs while the address is being opened: numpy and scipy take a second."""
    own, _ = desk.cases()
    import detente.forecast.outcomes

    if len(own) == 1:
        from contextlib import suppress

        with suppress(DetenteError):
            _ = desk.snapshot(own[0]).answer
    import detente.serve.editing  # noqa: F401 - what the first change needs
