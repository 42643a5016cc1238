"""One headless browser for all browser tests, and the pages they look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.browser import chromium
from tests.report import odd, variants
from tests.report.factory import make_forecast

from detente.dossier import Dossier
from detente.report.history import StoredRun, overview
from detente.report.reading import read_dossier
from detente.report.render import render

EXAMPLE = Path(__file__).parents[2] / "reports" / "turkey-syria" / "2023-02-08"
"""The committed run: what readers see, with every section."""
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Return the browser, or skip where there is none."""
    if chromium.find() is None:
        pytest.skip("no Chromium or Chrome on the PATH: `apt-get install chromium`")
    browser = chromium.Chromium(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def axe():
    """Return the source of the accessibility checker, or skip where it was not fetched."""
    if not AXE.is_file():
        pytest.skip("axe-core is not in tests/browser/node_modules: `sh tests/browser/install.sh` needs npm")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """Return the files of some reports and of an overview, by name."""
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "example": read_dossier(EXAMPLE),
        "usual": odd.with_history().changed(forecast=odd.with_switches()),
        "failed": Dossier(variants.failed()),
        "hostile": Dossier(variants.hostile()),
        "right-to-left": Dossier(odd.right_to_left()),
        "long": Dossier(odd.long_text()),
    }
    content = {name: render(found)["report.html"] for name, found in made.items()}
    content["index"] = overview(_runs()).encode()
    for name, page in content.items():
        (folder / f"{name}.html").write_bytes(page)
    return {name: folder / f"{name}.html" for name in content}


def _runs():
    now = make_forecast()
    labels = {key: outcome.label for key, outcome in now.outcomes.items()}
    return tuple(
        StoredRun(
            folder=run.as_of.isoformat(), as_of=run.as_of, title=now.title, question=now.question, engine="exact",
            failed=False, hypotheses=run.hypotheses, outcomes=run.outcomes, labels=labels,
        )
        for run in odd.with_history().history
    )  # fmt: skip
