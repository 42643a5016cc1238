"""A workbench on a real socket, in a thread of the tests' own process."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

from uvicorn.config import Config
from uvicorn.server import Server

from detente.serve.app import make_app
from detente.serve.desk import Desk
from detente.serve.guard import Guard
from detente.serve.server import bind


@contextmanager
def serving(workspace, *, read_only=False):
    """Yield the guard of a workbench that answers on a free port."""
    listening = bind(0)
    app = make_app(Desk(workspace, read_only=read_only))
    guard = Guard(app, listening.getsockname()[1])
    config = Config(
        guard, log_level="critical", access_log=False, ws="none", lifespan="off", http="h11", loop="asyncio"
    )
    server = Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield guard
    finally:
        server.should_exit = True
        thread.join(10)
        app.state.site.jobs.close()
