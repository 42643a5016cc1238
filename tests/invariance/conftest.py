"""What the tests of invariance share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def repository():
    """Return the workspace of the bundled cases."""
    return Path(__file__).parents[2]


@pytest.fixture(scope="session")
def graph():
    """Import the graph before hypothesis runs a test: PyTensor raises the recursion limit when it is imported."""
    import detente.graph  # noqa: F401
