"""What these tests share."""

import pytest
from resolving import resolved_case


@pytest.fixture
def resolved():
    """Return the function that makes a small case and resolves it."""
    return resolved_case
