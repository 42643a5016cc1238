"""Write a rendered report into a run folder: every file beside its place first, then all moved at once."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from detente.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detente.report.render import Rendered


def write(rendered: Rendered, folder: Path) -> None:
    """Replace the report's files in ``folder``; nothing is changed unless all of them could be written.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    write_files({folder / name: content for name, content in rendered.files.items()})


def write_file(content: bytes, path: Path) -> None:
    """Replace one file, wholly or not at all.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    write_files({path: content})


def write_files(files: Mapping[Path, bytes]) -> None:
    """Replace files; nothing is changed unless all of them could be written.

    Raises
    ------
    OutputError
        If one cannot be written.
    """
    waiting: list[tuple[Path, Path]] = []
    path = Path()
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            waiting.append((Path(temporary), path))
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).chmod(0o644)
        for ready, path in waiting:
            ready.replace(path)
    except OSError as error:
        raise OutputError(path, error) from error
    finally:
        for ready, _ in waiting:
            with contextlib.suppress(OSError):
                ready.unlink(missing_ok=True)
