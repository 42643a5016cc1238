"""Write several files or folders all or none, as far as a file system allows.

Everything is written in full beside its target, under a temporary name, and flushed to the disk; only then is it
renamed, which either happens or does not.  What fails half-way, or is interrupted, is undone: new names are taken away
and old contents put back.
"""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from detente.errors import ChangedOnDiskError, OutputError

EXCHANGE = 2
"""The flag of renameat2 by which two names swap what they stand for."""
CANNOT = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM}
"""What a kernel or a file system answers that knows no such swap."""


def create_folders(folders: Mapping[Path, Mapping[str, bytes]]) -> None:
    """Create each folder with its files, all or none; none of the folders may be there before.

    Folders above them are made where they are missing; a file's name may lead into a folder below.

    Raises
    ------
    OutputError
        If something is there already, or cannot be written.  Nothing is left behind.
    """
    with ExitStack() as undo:
        staged = {}
        for folder, files in folders.items():
            with explained(folder):
                if os.path.lexists(folder):
                    raise FileExistsError("it is there already")
                _make_parents(folder, undo)
                clear_beside(folder)
                staged[folder] = _beside(folder)
                undo.callback(shutil.rmtree, staged[folder], ignore_errors=True)
                staged[folder].mkdir()
                for name, content in files.items():
                    (staged[folder] / name).parent.mkdir(parents=True, exist_ok=True)
                    write_file(staged[folder] / name, content)
        for folder, temporary in staged.items():
            with explained(folder):
                temporary.rename(folder)
                undo.callback(shutil.rmtree, folder, ignore_errors=True)
        undo.pop_all()


def replace_files(files: Mapping[Path, bytes | None], was: Mapping[Path, Collection[str | None]] | None = None) -> None:
    """Write each file anew, or create it with the folders above it, all or none; the permissions of a file stay.

    Parameters
    ----------
    files
        The new content of each file; None takes it away.
    was
        Of a file, the digests its content may have until now (None: no file).  Where an editor saves another content,
        and be it while this function is at work, that stays.

    Raises
    ------
    OutputError
        If something cannot be written.  Every file is as it was.
    ChangedOnDiskError
        If a file has another content than ``was`` allows.  Every file is as it was.
    """
    with ExitStack() as clear, ExitStack() as undo:
        staged = {}
        for path, content in files.items():
            with explained(path):
                clear_beside(path)
                staged[path] = _beside(path)
                clear.callback(_remove, staged[path])
                if content is None:
                    continue
                _make_parents(path, undo)
                write_file(staged[path], content)
                if path.exists():
                    shutil.copymode(path, staged[path])
        for path, temporary in staged.items():
            with explained(path):
                put, allowed = files[path], (was or {}).get(path)
                if put is None:
                    _take_away(path, temporary, allowed, undo)
                else:
                    _replace(path, temporary, put, allowed, undo)
        undo.pop_all()


def _take_away(path: Path, temporary: Path, allowed: Collection[str | None] | None, undo: ExitStack) -> None:
    """Take a file away, if it is there and its content is allowed to go, as :func:`_replace` does."""
    with suppress(FileNotFoundError):
        path.rename(temporary)
        undo.callback(_give_back, path, temporary)
        _refuse_unless(temporary.read_bytes(), allowed, path)


def _replace(path: Path, temporary: Path, put: bytes, allowed: Collection[str | None] | None, undo: ExitStack) -> None:
    """Put a new file, whose content is ``put``, in the place of one whose content is allowed to go.

    Between a look at a file and its replacement an editor may save it.  So the two are swapped in one step, and what
    came out is looked at: no content goes that was not seen.  It stays under the temporary name, should all be undone.
    """
    if path.is_file() and exchange(temporary, path):
        undo.callback(_swap_back, path, temporary, put)
        _refuse_unless(temporary.read_bytes(), allowed, path)
        return
    before = path.read_bytes() if path.exists() else None
    _refuse_unless(before, allowed, path)
    temporary.replace(path)
    undo.callback(_put_back, path, put, before)


def _swap_back(path: Path, temporary: Path, put: bytes) -> None:
    """Give a file the content back that a swap took out of it, unless it has been saved again since: that stays then.

    ``put`` is what was put in; if something else comes out, it is newer than what has just been put back.  An editor
    that saves again may have moved the file away first.
    """
    while True:
        back = temporary.read_bytes()
        try:
            is_back = exchange(temporary, path)
        except FileNotFoundError:
            is_back = False
        if not is_back:
            _give_back(path, temporary)
            return
        if temporary.read_bytes() == put:
            return
        put = back


def _give_back(path: Path, temporary: Path) -> None:
    """Give a file that has a temporary name its own back, unless another has been saved under that since."""
    with explained(path):
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return
        except OSError:  # a file system without links
            if not path.exists():
                temporary.rename(path)


def _put_back(path: Path, put: bytes, before: bytes | None) -> None:
    """Give a file its earlier content back (None: no file) where no swap can, unless it has been saved since."""
    with explained(path):
        if not path.exists() or path.read_bytes() != put:
            return
        if before is None:
            path.unlink()
            return
        again = _beside(path)
        write_file(again, before)
        shutil.copymode(path, again)
        again.replace(path)


def _refuse_unless(content: bytes | None, allowed: Collection[str | None] | None, path: Path) -> None:
    if allowed is not None and digest_if_any(content) not in allowed:
        raise ChangedOnDiskError(path)


def exchange(one: Path, other: Path) -> bool:
    """Swap two files or folders in one step; False where the system cannot."""
    if sys.platform != "linux":
        return False
    import ctypes

    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    sys.audit("os.rename", str(one), str(other), -1, -1)
    here = -100  # AT_FDCWD: relative paths start from the current folder
    if call(here, os.fsencode(one), here, os.fsencode(other), EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(other))


def digest(content: bytes) -> str:
    """Return the digest of a file's content."""
    return hashlib.sha256(content).hexdigest()


def digest_if_any(content: bytes | None) -> str | None:
    """Return the digest of a file's content; None where there is no file."""
    return None if content is None else digest(content)


def refuse_links(path: Path, home: Path) -> None:
    """Refuse a path that a link below a folder of ours leads out of it.

    Raises
    ------
    OutputError
        If it, or a folder between the two, is a link: a case from somebody else may have one planted in it.
    """
    below = (path, *path.parents)
    for part in below[: below.index(home)] if home in below else ():
        if part.is_symlink():
            raise OutputError(part, OSError(errno.ELOOP, "it is a link, and nothing is written through one"))


def write_file(path: Path, content: bytes) -> None:
    """Write a new file through to the disk."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _beside(path: Path) -> Path:
    """Return a hidden name in the same folder that no other process uses."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def finish_folders(folders: Sequence[Path]) -> bool:
    """Put in place what a killed :func:`create_folders` had written in full; tell whether there was anything.

    It renames the folders in their order, once all of them are written: so where the first are there and each of the
    others is still under its hidden name, nothing is missing but renames.
    """
    made = [folder for folder in folders if folder.is_dir()]
    hidden = {folder: next(_abandoned(folder), None) for folder in folders[len(made) :]}
    if not made or not hidden or made != list(folders[: len(made)]) or None in hidden.values():
        return False
    for folder, temporary in hidden.items():
        with explained(folder):
            if temporary is not None:
                temporary.rename(folder)
    return True


def is_abandoned(process: str) -> bool:
    """Tell whether the process of a number, as hidden names have it, is gone, or is this one."""
    if not process.isdigit() or int(process) == os.getpid():
        return True
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False


def _abandoned(path: Path) -> Iterator[Path]:
    """Yield what killed processes left beside a path."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        number = left.name.removeprefix(f".{path.name}.").removesuffix(".tmp")
        if number.isdigit() and is_abandoned(number):
            yield left


def clear_beside(path: Path) -> None:
    """Remove what killed processes left beside a path."""
    for left in _abandoned(path):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _make_parents(path: Path, undo: ExitStack) -> None:
    """Make the missing folders above a path; undone, they go again where nobody else has used them."""
    for parent in reversed([folder for folder in path.parents if not folder.exists()]):
        parent.mkdir()
        undo.callback(_remove, parent)


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an error of the operating system into one line about a path."""
    try:
        yield
    except OSError as error:
        raise OutputError(path, error) from error
