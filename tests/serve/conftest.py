"""A workbench on the small case, asked without a socket; and one on a socket for a browser."""

from __future__ import annotations

import pytest
from cases import write_case
from starlette.testclient import TestClient

from detente.serve.app import make_app
from detente.serve.desk import Desk
from detente.serve.guard import Guard

PORT = 8321
ORIGIN = f"http://127.0.0.1:{PORT}"


class Bench:
    """A workbench, and a browser that may or may not be let in."""

    def __init__(self, workspace, *, read_only=False):
        self.workspace = workspace
        self.told = []
        self.app = make_app(Desk(workspace, read_only=read_only))
        self.guard = Guard(self.app, PORT, self.told.append)

    def browser(self, *, let_in=True):
        client = TestClient(self.guard, base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=True)
        if let_in:
            client.get(self.guard.address())
        return client


@pytest.fixture
def bench(tmp_path):
    return Bench(write_case(tmp_path))


@pytest.fixture
def client(bench):
    client = bench.browser()
    client.headers["origin"] = ORIGIN
    return client
