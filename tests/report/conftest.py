"""What the tests of the report share: the usual report, rendered once."""

from __future__ import annotations

import pytest
from tests.report.factory import make_forecast

from detente.dossier import Dossier
from detente.report.render import render


@pytest.fixture(scope="session")
def usual():
    """Return the files of the report on the usual forecast."""
    return render(Dossier(make_forecast()))
