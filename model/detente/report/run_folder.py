"""Write a run folder: everything in a temporary folder beside its place, then moved there in one step."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from detente.errors import DetenteError, OutputError
from detente.report.reading import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detente.case import Case
    from detente.dossier import Dossier

DRAWS = "posterior.nc"
WRITTEN = {
    FILE, DRAWS, "report.html", "report.md", "report.pdf", "figures",
    "sensitivity.json", "sensitivity.csv", "watch.json", "watch.csv",
}  # fmt: skip
"""What commands write into a run folder; a new run replaces it, and keeps whatever else is there."""


class NoRunFolderError(DetenteError):
    """A folder that a run would take the place of, and must not."""

    def __init__(self, folder: Path, reason: str) -> None:
        """Say why not, and what helps."""
        super().__init__(f"{folder}: {reason}: name a new folder, or one with an earlier run in it")


def home_of(case: Case, workspace: Path) -> Path:
    """Return where the run of a case as of its cut-off belongs."""
    return workspace / "reports" / case.id / case.information_cutoff.isoformat()


def check_run_folder(folder: Path, case: str) -> None:
    """Raise early where a run could not be written, or where its case's scores cannot be read.

    Raises
    ------
    OutputError
        The nearest existing folder above it refuses new files.
    NoRunFolderError
        It holds files but no run, or it is the current folder or one above it.
    ScoresFileError
        What is in the place of the scores is something else.
    """
    from detente.report.scores import read_record

    check_writable(folder)
    if Path.cwd().is_relative_to(folder.resolve()):
        raise NoRunFolderError(folder, "is the current folder or one above it")
    foreign = _foreign(folder)
    if foreign and not (folder / FILE).exists():
        raise NoRunFolderError(folder, f"holds other files ({foreign[0].name}) and no run")
    read_record(folder.parent, case)


def check_writable(folder: Path) -> None:
    """Raise early, before anything is computed, where ``folder`` could not be written.

    Raises
    ------
    OutputError
        The nearest existing folder above it refuses new files.
    """
    above = next((path for path in (folder, *folder.parents) if path.exists()), Path())
    try:
        if not above.is_dir():
            raise NotADirectoryError(20, "not a folder")
        with tempfile.TemporaryFile(dir=above):
            pass
    except OSError as error:
        raise OutputError(folder, error) from error


def write_run(dossier: Dossier, folder: Path) -> tuple[str, ...]:
    """Write ``forecast.json``, ``posterior.nc``, the report and its figures as ``folder``, replacing an earlier run.

    In a folder of the case's name the report shows what earlier runs said and how past forecasts were scored, and the
    overview of all runs is renewed; a line is returned on each of those runs that cannot be read.

    Raises
    ------
    OutputError
        Something could not be written; an earlier run stands as it was.
    """
    from detente.report.history import earlier
    from detente.report.index import write_index
    from detente.report.render import render
    from detente.report.scores import read_record

    forecast = dossier.forecast
    is_home = folder.parent.name == forecast.case
    if is_home:
        past = read_record(folder.parent, forecast.case)
        dossier = dataclasses.replace(dossier, history=earlier(forecast, folder.parent), track_record=past)
    rendered = render(dossier)
    with _staged(folder) as stage:
        (stage / FILE).write_text(dossier.to_text(), encoding="utf-8")
        for name, content in rendered.files.items():
            path = stage / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if forecast.sampled is not None:
            # Written in memory first: HDF5 itself takes the process down with it when a disk is full.
            (stage / DRAWS).write_bytes(bytes(forecast.draws_tree().to_netcdf(engine="h5netcdf")))
    return write_index(folder.parent, forecast.case) if is_home else ()


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """Yield an empty hidden folder that takes the place of ``folder`` once the block has ended well."""
    stage = folder.with_name(f".{folder.name}.new.{os.getpid()}")
    earlier = folder.with_name(f".{folder.name}.old.{os.getpid()}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(folder)
        stage.mkdir()
        yield stage
        for path in _foreign(folder):
            if path.is_dir() and not path.is_symlink():
                shutil.copytree(path, stage / path.name, symlinks=True)
            else:
                shutil.copy2(path, stage / path.name, follow_symlinks=False)
        if folder.exists():
            folder.rename(earlier)
        try:
            stage.rename(folder)
        except BaseException:
            with suppress(OSError):
                earlier.rename(folder)
            raise
        shutil.rmtree(earlier, ignore_errors=True)
    except OSError as error:
        raise OutputError(folder, error) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _foreign(folder: Path) -> list[Path]:
    """Return what is in a folder and was not written by any command."""
    return sorted(path for path in folder.iterdir() if path.name not in WRITTEN) if folder.is_dir() else []


def _clear_leftovers(folder: Path) -> None:
    """Drop what killed runs left behind, and put back an earlier run that one had moved aside."""
    for old in folder.parent.glob(f".{folder.name}.old.*"):
        if _is_abandoned(old):
            if folder.exists():
                shutil.rmtree(old, ignore_errors=True)
            else:
                old.rename(folder)
    for new in folder.parent.glob(f".{folder.name}.new.*"):
        if _is_abandoned(new):
            shutil.rmtree(new, ignore_errors=True)


def _is_abandoned(hidden: Path) -> bool:
    """Tell whether the process whose number the name ends in is gone, or is this one."""
    number = hidden.name.rpartition(".")[2]
    if not number.isdigit() or int(number) == os.getpid():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
