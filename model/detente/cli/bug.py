"""The log a bug leaves behind: versions, the command, the traceback."""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import traceback
from pathlib import Path

from detente.settings import versions


def write_log(error: Exception) -> Path | None:
    """Write the log in the system's temporary folder; return its path, or None where nothing can be written."""
    stamp = dt.datetime.now(tz=dt.UTC).strftime("%Y%m%dT%H%M%S")
    lines = [f"{name} {version}" for name, version in versions("nuts").items()]
    text = "\n".join([*lines, "", " ".join(sys.argv), "", "".join(traceback.format_exception(error))])
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix=f"detente-{stamp}-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(text)
            return Path(file.name)
    except OSError:
        return None
