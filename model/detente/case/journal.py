"""Read what an interrupted change of several files has committed but not put in place.

:mod:`detente.case.transaction` writes the journal; whoever reads a case reads through it, so that a change of several
files is seen whole or not at all, whatever happened to its writer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from detente.case.locating import CaseLocation
from detente.errors import InterruptedUpdateError

JOURNAL = ".journal"
"""Folder in the case's seeds: there once a change is committed, gone once all of it is in place."""
WAS = "was.json"
"""In a journal: where each of its files belongs (``seeds`` or ``priors``), and the digest of what was there before."""


def pending(location: CaseLocation) -> Mapping[Path, bytes]:
    """Return what is committed and perhaps not in place, by path; empty nearly always.

    Raises
    ------
    InterruptedUpdateError
        If a file was edited after an update was interrupted, so that neither version may be dropped.
    """
    journal = location.seeds / JOURNAL
    found = {}
    try:
        was: dict[str, tuple[str, str | None]] = json.loads((journal / WAS).read_bytes())
        for name, (kind, before) in was.items():
            path, content = location.root / kind / location.name / name, (journal / name).read_bytes()
            if digest_of(path) not in {before, digest(content)}:
                raise InterruptedUpdateError(path, journal)
            found[path] = content
    except (FileNotFoundError, NotADirectoryError):  # there is none, or it is gone by now: then all is in place
        return {}
    return found


def signature(location: CaseLocation, names: Mapping[str, Sequence[str]]) -> tuple[object, ...]:
    """Return what changes whenever one of a case's files, or its journal, is replaced."""
    paths = [location.root / folder / location.name / name for folder, files in names.items() for name in files]
    return tuple(_state(path) for path in (*paths, location.seeds / JOURNAL))


def digest(content: bytes) -> str:
    """Return the digest of a file's content."""
    return hashlib.sha256(content).hexdigest()


def digest_of(path: Path) -> str | None:
    """Return the digest of a file, or None where there is none."""
    try:
        return digest(path.read_bytes())
    except FileNotFoundError:
        return None


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
