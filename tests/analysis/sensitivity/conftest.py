"""What these tests share: the bundled case taken apart, on few draws."""

import pytest

from detente.analysis.reweighting import take_apart
from detente.analysis.sensitivity.tornado import set_up

SEED, LANES = 3, 100


@pytest.fixture(scope="session")
def basis(bundled):
    return take_apart(bundled, SEED, LANES)


@pytest.fixture(scope="session")
def bench(basis):
    return set_up(basis)
