"""Change several files of a case together, so that a crash at any point leaves it as before or as after.

The new contents are written aside, whole, in a folder that becomes the journal by one rename: from then on the change
has happened.  Putting the contents in place may be interrupted: readers read through the journal (:func:`pending`), and
so see a change whole or not at all; the next writer finishes it.  A lock keeps writers apart.

Beside the new contents the journal has the earlier ones.  Once a change is in place its journal is kept as the last
change, until the next takes its place: so it can be taken back.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import Any

from detente.case.locating import FOLDER, PRIORS, SEEDS, CaseLocation, place_of
from detente.case.writing import digest, digest_if_any, explained, replace_files, write_file
from detente.errors import (
    ChangedOnDiskError,
    DamagedJournalError,
    DetenteError,
    InterruptedUpdateError,
    NothingToUndoError,
    OutputError,
)

JOURNAL = ".journal"
"""Folder in the case's seeds: there once a change is committed, gone once all of it is in place."""
LAST = ".last"
"""Folder in the case's seeds: the journal of the last change."""
CHANGE = "change.json"
"""In a journal: what the change is; of each of its files, where it belongs (``seeds`` or ``priors``), and its digest
before and after (None: no file)."""
BEFORE = "before"
"""Folder in a journal: the files as they were before the change."""
UNDO = "undo of "
CROSSINGS, CROSSING = 10, 0.02
"""How often, and after how many seconds, a reader looks again at a journal that an editor's save contradicts."""
STAGED, DONE, LOCK = ".journal.new", ".journal.old", ".lock"
LEFT = {JOURNAL, STAGED, DONE}
"""What a killed writer may leave in the case's seeds."""


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
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENOSPC, errno.EDQUOT}:
            raise OutputError(location.seeds, error) from error
        raise


@contextmanager
def _locked(path: Path, when_waiting: Callable[[], None] | None, *, waits: bool = True) -> Iterator[None]:
    """Hold the lock of a file.  The system lets it go with its process, however that ends."""
    try:
        import fcntl
    except ImportError:  # no POSIX; elsewhere filelock does the same but takes longer to import than to update
        import filelock

        with filelock.FileLock(path, timeout=-1 if waits else 0):
            yield
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)  # never through a planted link
    with os.fdopen(os.open(path, flags, 0o666), "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not waits:
                raise
            if when_waiting is not None:
                when_waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def commit(
    location: CaseLocation,
    files: Mapping[Path, bytes | None],
    what: str,
    read: Mapping[Path, str | None] | None = None,
) -> None:
    """Change files of the case, all or none; only while :func:`alone`.

    Parameters
    ----------
    location
        Where the case is.
    files
        The new content of each file; None takes it away.
    what
        What the change is, for whoever takes it back.
    read
        The digests of the files as they were read (None: no file), where the new contents were made from them: an
        editor keeps to no lock.

    Raises
    ------
    OutputError
        If they cannot be written.  Every file is as it was.
    ChangedOnDiskError
        If one was changed since it was read.  Every file is as it was.
    """
    staged = location.seeds / STAGED
    with explained(location.seeds):  # once: what an editor saves after this is seen as it goes
        before = {path: content_of(path) for path in files}
    was = {path: digest_if_any(content) for path, content in before.items()}
    changed = [path for path in files if read is not None and was[path] != read.get(path)]
    if changed:
        raise ChangedOnDiskError(changed[0])
    try:
        (staged / BEFORE).mkdir(parents=True)
        places = {path: place_of(path, location) for path in files}
        after = {path: digest_if_any(content) for path, content in files.items()}
        for folder, contents in ((staged, files), (staged / BEFORE, before)):
            for path, content in contents.items():
                name = places[path][1]
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                if content is not None:
                    write_file(folder / name, content)
        held = {name: (kind, was[path], after[path]) for path, (kind, name) in places.items()}
        write_file(staged / CHANGE, json.dumps({"what": what, "files": held}).encode())
        _flush(staged)
        staged.rename(location.seeds / JOURNAL)
        _flush(location.seeds)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        raise OutputError(location.seeds, error) from error
    try:
        _put_in_place(location)
    except (OutputError, ChangedOnDiskError, InterruptedUpdateError) as error:
        discard(_closed(location))
        if isinstance(error, InterruptedUpdateError):  # an editor saved before anything was in place
            raise ChangedOnDiskError(error.path) from None
        raise


def take_back(location: CaseLocation, when_waiting: Callable[[], None] | None = None) -> tuple[str, tuple[Path, ...]]:
    """Put the files of the last change back as they were before it; done twice, the change is there again.

    Returns
    -------
    tuple
        What the change was, and the files that are as they were.

    Raises
    ------
    NothingToUndoError
        If there is none, or a file was edited since.
    OutputError
        If a file cannot be written.
    """
    with alone(location, when_waiting):
        last = location.seeds / LAST
        try:
            change = json.loads(_own(last / CHANGE, location.seeds).read_bytes())
            files = _digests(location, change)
            earlier = {
                path: None if before is None else _sealed(last / BEFORE, path, location, before)
                for path, (before, _) in files.items()
            }
            what = str(change["what"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise NothingToUndoError(location.name) from None
        edited = [path for path, (_, after) in files.items() if digest_of(path) != after]
        if edited:
            raise NothingToUndoError(location.name, edited[0])
        undone = what.removeprefix(UNDO) if what.startswith(UNDO) else UNDO + what
        commit(location, earlier, undone, read={path: after for path, (_, after) in files.items()})
    return what, tuple(files)


def recover(location: CaseLocation) -> None:
    """Clear away what a killed writer left, where that can be done at once; a reader goes on in any case."""
    try:
        if not any(entry.name in LEFT or entry.name.endswith(".tmp") for entry in _hidden(location)):
            return
        with _locked(location.seeds / LOCK, None, waits=False):
            _tidy(location)
            _put_in_place(location)
    except (OSError, DetenteError):  # at work just now, not ours to write, or damaged: what is read says which
        return


def _hidden(location: CaseLocation) -> Iterator[os.DirEntry[str]]:
    for folder in (location.seeds, location.priors):
        with os.scandir(folder) as entries:
            yield from (entry for entry in entries if entry.name.startswith("."))


def _own(path: Path, home: Path) -> Path:
    """Return a path below a folder, or raise a ValueError where a link leads elsewhere on the way."""
    below = (path, *path.parents)
    if any(part.is_symlink() for part in below[: below.index(home)]):
        raise ValueError(path)
    return path


def discard(path: Path) -> None:
    """Remove a folder, a file or a link, whichever it is; a link's target stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _put_in_place(location: CaseLocation) -> None:
    """Finish a committed journal, if there is one, and keep it as the last change."""
    files = pending(location)
    if files:
        replace_files(files, _committed(location))
        for folder in {path.parent for path in files}:
            _flush(folder)
    _keep(_closed(location))


def _closed(location: CaseLocation) -> Path:
    """Take the journal away, by one rename, so that half of it never counts."""
    done = location.seeds / DONE
    with suppress(FileNotFoundError):
        (location.seeds / JOURNAL).rename(done)
    return done


def _keep(done: Path) -> None:
    """Make a closed journal, if there is one, the last change."""
    if done.is_symlink():
        discard(done)
    elif done.exists():
        discard(done.with_name(LAST))
        done.rename(done.with_name(LAST))


def _tidy(location: CaseLocation) -> None:
    """Remove what interrupted writers left: journals never committed, files never put in place."""
    discard(location.seeds / STAGED)
    _keep(location.seeds / DONE)
    for folder in (location.seeds, location.priors, *location.priors.glob(f"{FOLDER}/*")):
        for path in folder.glob(".*.tmp"):
            discard(path)


def _flush(folder: Path) -> None:
    """Make renames in a folder last; a system that cannot open folders sees to that by itself."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def committed(location: CaseLocation) -> Mapping[Path, bytes | None]:
    """Return what is :func:`pending`, as readers see it: who crosses an editor takes the change back in a moment."""
    for _ in range(CROSSINGS):
        try:
            return pending(location)
        except InterruptedUpdateError:
            time.sleep(CROSSING)
    return pending(location)


def pending(location: CaseLocation) -> Mapping[Path, bytes | None]:
    """Return what is committed and perhaps not in place, by path (None: no file); empty nearly always.

    Raises
    ------
    InterruptedUpdateError
        If a file was edited after an update was interrupted, so that neither version may be dropped.
    """
    changes: dict[Path, bytes | None] = {}
    try:
        for path, (before, after) in _committed(location).items():
            content = None if after is None else _sealed(location.seeds / JOURNAL, path, location, after)
            if digest_of(path) not in {before, after}:
                raise InterruptedUpdateError(path, location.seeds / JOURNAL)
            changes[path] = content
    except (FileNotFoundError, NotADirectoryError):  # there is none, or it is gone by now: then all is in place
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError, LookupError):
        raise DamagedJournalError(location.seeds / JOURNAL) from None
    return changes


def _committed(location: CaseLocation) -> Mapping[Path, tuple[str | None, str | None]]:
    """Return the digests of each file of the journal before and after its change (None: no file)."""
    return _digests(location, json.loads(_own(location.seeds / JOURNAL / CHANGE, location.seeds).read_bytes()))


def _digests(location: CaseLocation, change: Mapping[str, Any]) -> dict[Path, tuple[str | None, str | None]]:
    """Return the digests of each file before and after a change; a file of any other place is a ValueError."""
    places = {}
    for name, (kind, before, after) in change["files"].items():
        if kind not in {SEEDS, PRIORS} or not _is_plain(name):
            raise ValueError(name)
        home = location.root / kind / location.name
        _own((home / name).parent, home)
        places[home / name] = before, after
    return places


def _sealed(folder: Path, path: Path, location: CaseLocation, seal: str) -> bytes:
    """Return what a folder of a journal has of a file, which must be what was written there."""
    content = _own(folder / place_of(path, location)[1], location.seeds).read_bytes()
    if digest(content) != seal:
        raise ValueError(path)
    return content


def _is_plain(name: str) -> bool:
    """Tell whether a name leads to a file of a case, or to a table of one of its assessors."""
    parts = PurePath(name).parts
    inside = len(parts) == 1 or (len(parts) == 3 and parts[0] == FOLDER)  # noqa: PLR2004 - assessors, NAME, TABLE
    return inside and "/".join(parts) == name and not any(part.startswith(".") for part in parts)


def content_of(path: Path) -> bytes | None:
    """Return what is in a file, or None where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def digest_of(path: Path) -> str | None:
    """Return the digest of a file, or None where there is none."""
    return digest_if_any(content_of(path))
