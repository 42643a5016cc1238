"""Change several files of a case together, so that a crash at any point leaves it as before or as after.

The new contents are written aside, whole, in a folder that becomes the journal by one rename: from then on the change
has happened.  Putting the contents in place may be interrupted: readers read through the journal (:func:`pending`), and
so see a change whole or not at all; the next writer finishes it.  A lock keeps writers apart.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from detente.case.locating import PRIORS, SEEDS, CaseLocation
from detente.case.writing import replace_files, write_file
from detente.errors import InterruptedUpdateError, OutputError, UndoError

JOURNAL = ".journal"
"""Folder in the case's seeds: there once a change is committed, gone once all of it is in place."""
WAS = "was.json"
"""In a journal: where each of its files belongs (``seeds`` or ``priors``), and the digest of what was there before."""
STAGED, DONE, LOCK = ".journal.new", ".journal.old", ".lock"
UNDO = ".undo"
"""The last change, kept so that it can be taken back: the files as they were before, and what they became."""


@contextmanager
def alone(location: CaseLocation, when_waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Keep every other writer of the case out, after finishing what an interrupted one had begun.

    Raises
    ------
    OutputError
        If the case's folder cannot be written.
    """
    try:
        with _locked(location.seeds / LOCK, when_waiting):
            _tidy(location)
            _put_in_place(location)
            yield
    except PermissionError as error:
        raise OutputError(location.seeds, error) from error


@contextmanager
def _locked(path: Path, when_waiting: Callable[[], None] | None) -> Iterator[None]:
    """Hold the lock of a file.  The system lets it go with its process, however that ends."""
    try:
        import fcntl
    except ImportError:  # no POSIX; elsewhere filelock does the same but takes longer to import than to update
        import filelock

        with filelock.FileLock(path):
            yield
        return
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if when_waiting is not None:
                when_waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def commit(location: CaseLocation, files: Mapping[Path, bytes]) -> None:
    """Change files of the case, all or none; only while :func:`alone`.

    Raises
    ------
    OutputError
        If they cannot be written.  Every file is as it was.
    """
    staged = location.seeds / STAGED
    try:
        staged.mkdir()
        kinds = {path: PRIORS if path.parent == location.priors else SEEDS for path in files}
        was = {path.name: (kind, digest_of(path)) for path, kind in kinds.items()}
        for path, content in files.items():
            write_file(staged / path.name, content)
        write_file(staged / UNDO, json.dumps([_reversed(path, kinds[path], files[path]) for path in files]).encode())
        write_file(staged / WAS, json.dumps(was).encode())
        _flush(staged)
        staged.rename(location.seeds / JOURNAL)
        _flush(location.seeds)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        raise OutputError(location.seeds, error) from error
    try:
        _put_in_place(location)
    except OutputError:
        _drop(location)
        raise


def undo(location: CaseLocation) -> tuple[Path, ...]:
    """Take back the last change of a case's files, and return their paths; only while :func:`alone`.

    A table that the change had made keeps its header.

    Raises
    ------
    UndoError
        If there is no change to take back, or a file was edited since.
    OutputError
        If they cannot be written.  Every file is as it was.
    """
    try:
        changes: list[tuple[str, str, str, str]] = json.loads((location.seeds / UNDO).read_bytes())
    except FileNotFoundError:
        raise UndoError(location.seeds, "there is no change of this case to take back") from None
    files = {}
    for kind, name, before, after in changes:
        path = location.root / kind / location.name / name
        if digest_of(path) != after:
            raise UndoError(path, "was edited since the last change, which cannot be taken back: edit it by hand")
        files[path] = before.encode("latin-1")
    commit(location, files)
    return tuple(files)


def _reversed(path: Path, kind: str, content: bytes) -> tuple[str, str, str, str]:
    """Return where a file belongs, what it held before a change (a new table: its header), and its new digest."""
    before = path.read_bytes() if path.exists() else content.splitlines(keepends=True)[0]
    return kind, path.name, before.decode("latin-1"), digest(content)


def _put_in_place(location: CaseLocation) -> None:
    """Finish a committed journal, if there is one, and keep it so that the change can be taken back."""
    files = pending(location)
    if files:
        replace_files(files)
        for folder in {path.parent for path in files}:
            _flush(folder)
        with suppress(FileNotFoundError):
            (location.seeds / JOURNAL / UNDO).replace(location.seeds / UNDO)
    _drop(location)


def _drop(location: CaseLocation) -> None:
    """Take the journal away, by one rename, so that half of it never counts."""
    with suppress(FileNotFoundError):
        (location.seeds / JOURNAL).rename(location.seeds / DONE)
    shutil.rmtree(location.seeds / DONE, ignore_errors=True)


def _tidy(location: CaseLocation) -> None:
    """Remove what interrupted writers left: journals never committed, files never put in place."""
    for name in (STAGED, DONE):
        shutil.rmtree(location.seeds / name, ignore_errors=True)
    for folder in (location.seeds, location.priors):
        for path in folder.glob(".*.tmp"):
            path.unlink(missing_ok=True)


def _flush(folder: Path) -> None:
    """Make renames in a folder last; a system that cannot open folders sees to that by itself."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def pending(location: CaseLocation) -> Mapping[Path, bytes]:
    """Return what is committed and perhaps not in place, by path; empty nearly always.

    Raises
    ------
    InterruptedUpdateError
        If a file was edited after an update was interrupted, so that neither version may be dropped.
    """
    journal = location.seeds / JOURNAL
    committed = {}
    try:
        was: dict[str, tuple[str, str | None]] = json.loads((journal / WAS).read_bytes())
        for name, (kind, before) in was.items():
            path, content = location.root / kind / location.name / name, (journal / name).read_bytes()
            if digest_of(path) not in {before, digest(content)}:
                raise InterruptedUpdateError(path, journal)
            committed[path] = content
    except (FileNotFoundError, NotADirectoryError):  # there is none, or it is gone by now: then all is in place
        return {}
    return committed


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
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
