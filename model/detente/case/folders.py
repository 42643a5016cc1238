"""Renew the files of a folder, all or none: a reader finds the earlier folder or the new one, and no mixture.

The new folder is made beside the old one, under a hidden name: what stays is linked into it, what is new is written.
Then the two names are swapped in one step, where the system can do that, else by two renames.
"""

from __future__ import annotations

import glob
import os
import shutil
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from detente.case.writing import exchange, explained, is_abandoned, replace_files, write_file
from detente.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MOST_KEPT = 500
"""Entries of a folder that are linked into a new one; where there are more, each file is replaced by itself."""


def renew_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder: see :func:`renew_folders`."""
    renew_folders({folder: files})


def renew_folders(folders: Mapping[Path, Mapping[str, bytes]]) -> None:
    """Write files into folders, made where they are missing; what else is in them stays.

    In a folder of many other files, the current one, and one that cannot be moved, each file is replaced by itself.

    Parameters
    ----------
    folders
        Of each folder, contents by name; a name may lead into a folder below.

    Raises
    ------
    OutputError
        If something cannot be written.  Everything is as it was.
    """
    if not all(map(_can_move, folders)):
        replace_files({folder / name: content for folder, files in folders.items() for name, content in files.items()})
        return
    with ExitStack() as stages:  # every folder is written in full before the first one is put in place
        for folder, files in folders.items():
            stage = stages.enter_context(staged(folder, kept=lambda name, files=files: name not in files))  # type: ignore[misc] # its own
            for name, content in files.items():
                with explained(folder):
                    (stage / name).parent.mkdir(parents=True, exist_ok=True)
                    write_file(stage / name, content)
                    if (folder / name).exists():
                        shutil.copymode(folder / name, stage / name)


@contextmanager
def staged(folder: Path, kept: Callable[[str], bool]) -> Iterator[Path]:
    """Yield a hidden folder that takes the place of ``folder`` once the block has ended well.

    ``kept`` tells of each of its files, by its path below, whether it stays.

    Raises
    ------
    OutputError
        If something cannot be written.  Everything is as it was.
    """
    home = Path(os.path.realpath(folder))
    stage = home.with_name(f".{home.name}.new.{os.getpid()}")
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        clear_leftovers(home)
        stage.mkdir()
        if home.is_dir():
            _link(home, stage, kept)
            shutil.copymode(home, stage)
        yield stage
        _swap(stage, home)
    except OSError as error:
        raise OutputError(folder, error) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def clear_leftovers(folder: Path) -> None:
    """Drop what killed processes left behind, and put back an earlier folder that one had moved aside."""
    name = glob.escape(folder.name)
    for old in folder.parent.glob(f".{name}.old.*"):
        if is_abandoned(old.name.rpartition(".")[2]):
            if folder.exists():
                shutil.rmtree(old, ignore_errors=True)
            else:
                old.rename(folder)
    for new in folder.parent.glob(f".{name}.new.*"):
        if is_abandoned(new.name.rpartition(".")[2]):
            shutil.rmtree(new, ignore_errors=True)


def _can_move(folder: Path) -> bool:
    """Tell whether a folder may be swapped for another: one of ours, that nobody works in."""
    home = Path(os.path.realpath(folder))
    above = next((path for path in home.parents if path.exists()), home.parent)
    if Path.cwd().is_relative_to(home) or os.path.ismount(home) or not os.access(above, os.W_OK):
        return False
    count = 0
    for _, folders, files in os.walk(home):
        count += len(folders) + len(files)
        if count > MOST_KEPT:
            return False
    return True


def _link(source: Path, target: Path, kept: Callable[[str], bool], below: str = "") -> None:
    """Link the files of a folder that stay into another, folder by folder."""
    for path in sorted(source.iterdir()):
        name = f"{below}{path.name}"
        if path.is_dir() and not path.is_symlink():
            inner = [f"{name}/{one.name}" for one in path.iterdir()]
            if kept(name) and (not inner or any(map(kept, inner))):
                (target / path.name).mkdir()
                _link(path, target / path.name, kept, f"{name}/")
                shutil.copymode(path, target / path.name)
        elif kept(name):
            try:
                os.link(path, target / path.name, follow_symlinks=False)
            except OSError:  # a file system without links
                shutil.copy2(path, target / path.name, follow_symlinks=False)


def _swap(stage: Path, home: Path) -> None:
    """Put the new folder in the place of the earlier one."""
    if not home.exists():
        stage.rename(home)
        return
    if exchange(stage, home):
        return
    earlier = home.with_name(f".{home.name}.old.{os.getpid()}")
    home.rename(earlier)
    try:
        stage.rename(home)
    except BaseException:
        with suppress(OSError):
            earlier.rename(home)
        raise
    shutil.rmtree(earlier, ignore_errors=True)
