"""The report on paper: report.html printed by a headless Chromium, used where there is one and never fetched."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from detente.errors import DetenteError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PATIENCE = 60
_FLAGS = ("--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--no-pdf-header-footer")


class PdfError(DetenteError):
    """No PDF could be made."""


def find_browser() -> str | None:
    """Return a program that can print a page, or None."""
    named = (shutil.which(name) for name in BROWSERS)
    return next((path for path in (*named, *PLACES) if path and Path(path).exists()), None)


def to_pdf(html: bytes) -> bytes:
    """Print a page, A4 as its style sheet asks for.

    Raises
    ------
    PdfError
        If there is no browser, or it does not print.
    """
    browser = find_browser()
    if browser is None:
        raise PdfError(
            "a PDF needs Chromium or Chrome, and none is on the PATH: "
            "install one, or print report.html from any browser"
        )
    with tempfile.TemporaryDirectory(prefix="detente-") as folder:
        page, paper = Path(folder, "report.html"), Path(folder, "report.pdf")
        page.write_bytes(html)
        # A browser run by root, as in a container, refuses to start inside its own sandbox.
        flags = [*_FLAGS, *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])]
        command = [browser, *flags, f"--user-data-dir={folder}/profile", f"--print-to-pdf={paper}", page.as_uri()]
        try:
            printed = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603 - ours
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PdfError(f"{browser} did not print the report: {error}") from error
        if not paper.is_file():
            messages = printed.stderr.decode(errors="replace").strip().splitlines() or ["it gave no reason"]
            raise PdfError(f"{browser} did not print the report: {messages[-1]}")
        return paper.read_bytes()
