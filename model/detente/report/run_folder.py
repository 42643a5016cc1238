"""Write a run folder: everything in a temporary folder beside its place, then moved there in one step."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from detente.case.folders import staged
from detente.case.writing import refuse_links
from detente.errors import DetenteError, OutputError
from detente.report.reading import FILE

if TYPE_CHECKING:
    from collections.abc import Buffer

    from detente.case import Case
    from detente.dossier import Dossier
    from detente.forecast.result import Forecast

REPORTS, DRAWS = "reports", "posterior.nc"
WRITTEN = {
    FILE, DRAWS, "report.html", "report.md", "report.pdf", "brief.html", "brief.md", "brief.pdf", "figures",
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
    return workspace / REPORTS / case.id / case.information_cutoff.isoformat()


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
    foreign = sorted(path for path in folder.iterdir() if path.name not in WRITTEN) if folder.is_dir() else []
    if foreign and not (folder / FILE).exists():
        raise NoRunFolderError(folder, f"holds other files ({foreign[0].name}) and no run")
    read_record(folder.parent, case)


def check_writable(folder: Path) -> None:
    """Raise early, before anything is computed, where ``folder`` could not be written.

    Raises
    ------
    OutputError
        The nearest existing folder above it refuses new files, or a link below ``reports`` leads elsewhere.
    """
    for home in folder.parents:
        if home.name == REPORTS:
            refuse_links(folder, home)
            break
    above = next((path for path in (folder, *folder.parents) if path.exists()), Path())
    try:
        if not above.is_dir():
            raise NotADirectoryError(20, "not a folder")
        with tempfile.TemporaryFile(dir=above):
            pass
    except OSError as error:
        raise OutputError(folder, error) from error


class ErrorHoldingFile(io.FileIO):
    """A file that hides errors of writing from HDF5, which would end the process on a full disk.

    ``failed`` is the first of them; from then on nothing is written.
    """

    failed: OSError | None = None

    def write(self, data: Buffer, /) -> int:
        """Write all of some data."""
        left = memoryview(data).cast("B")
        size = len(left)
        while left and self.failed is None:
            try:
                left = left[super().write(left) :]
            except OSError as error:
                self.failed = error
        return size

    def truncate(self, size: int | None = None, /) -> int:
        """Set the size."""
        try:
            return super().truncate(size)
        except OSError as error:
            self.failed = error
            return size or 0


def _write_draws(forecast: Forecast, path: Path) -> None:
    """Write the draws of a forecast, which may be larger than what memory has room for twice."""
    tree = forecast.draws_tree()
    with ErrorHoldingFile(path, "w+") as file:
        try:
            tree.to_netcdf(file, engine="h5netcdf")
        finally:
            if file.failed is not None:
                raise file.failed


def write_run(dossier: Dossier, folder: Path) -> tuple[str, ...]:
    """Write ``forecast.json``, ``posterior.nc``, the report and its figures as ``folder``, replacing an earlier run.

    In a folder of the case's name the report shows what earlier runs said and how past forecasts were scored, and the
    overview of all runs is renewed; a line is returned on each of those runs that cannot be read.

    Raises
    ------
    OutputError
        Something could not be written; an earlier run stands as it was.
    """
    from detente.report.history import earlier, write_index
    from detente.report.render import rendering
    from detente.report.scores import read_record

    forecast = dossier.forecast
    is_home = folder.parent.name == forecast.case
    if is_home:
        past = read_record(folder.parent, forecast.case)
        dossier = dossier.changed(history=earlier(forecast, folder.parent), track_record=past)
    with staged(folder, kept=lambda name: name.split("/")[0] not in WRITTEN) as stage:
        with (stage / FILE).open("w", encoding="utf-8") as file:
            file.writelines(dossier.to_pieces())
        if forecast.sampled is not None:
            _write_draws(forecast, stage / DRAWS)
        for name, pieces in rendering(dossier):
            path = stage / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as rendered:
                rendered.writelines(pieces)
    return write_index(folder.parent, forecast.case) if is_home else ()
