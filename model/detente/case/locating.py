"""Find a case: in the workspace, or among those bundled with the program."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from detente.case.values import ID_PATTERN
from detente.case.writing import finish_folders
from detente.errors import DetenteError, absent, quoted, reason, suggestion
from detente.frozen import Immutable

SEEDS, PRIORS = "seeds", "priors"
FOLDER = "assessors"
"""Folder of a case's priors that holds a folder for each assessor."""

LONGEST_NAME = 100
"""Longest name of a case: file systems take 255 bytes, and names of temporary files are longer."""
_ID = re.compile(ID_PATTERN, re.ASCII)


class CaseNotFoundError(DetenteError):
    """No case of that name, or no way to tell which one was meant."""

    def __init__(self, name: str | None, known: Sequence[str], workspace: Path, bundled: Sequence[str] = ()) -> None:
        """Name the cases there are, those bundled with the program too, and the nearest to what was asked for."""
        listed = f"cases: {', '.join(known)}" if known else "no cases"
        more = f"; bundled: {', '.join(bundled)}" if set(bundled) - set(known) else ""
        seeds = workspace.resolve() / "seeds"
        where = f"the folder {seeds}/"
        if name is not None:
            near = suggestion(name, (*known, *bundled))
            text = f"there is no case {quoted(name)} in {where} ({listed}{more}){near}"
        elif known:
            text = f"name a case: {where} holds {len(known)} ({listed}{more})"
        else:
            here = f"{where} holds no case" if seeds.is_dir() else f"{seeds.parent} has no folder seeds/"
            start = "go to one, name it with --workspace DIR, or begin with `detente new my-case`"
            text = f"{here}, so it is no workspace: {start}{more}"
        super().__init__(text)


class WorkspaceError(DetenteError):
    """A workspace that cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        """Say which folder, and what is the matter with it."""
        super().__init__(f"{path}: {reason}")


class CaseLocation(Immutable):
    """Where a case's files are: ``root/seeds/<name>`` and ``root/priors/<name>``."""

    name: str
    root: Path
    bundled: bool = False

    @property
    def seeds(self) -> Path:
        """The folder of its facts."""
        return self.root / SEEDS / self.name

    @property
    def priors(self) -> Path:
        """The folder of its judgements."""
        return self.root / PRIORS / self.name


def place_of(path: Path, location: CaseLocation) -> tuple[str, str]:
    """Return the folder of a file of a case, seeds or priors, and its name in there: ``assessors/ann/priors.csv``."""
    for kind, home in ((PRIORS, location.priors), (SEEDS, location.seeds)):
        if path.is_relative_to(home):
            return kind, path.relative_to(home).as_posix()
    return SEEDS, path.name


def is_case_name(name: str) -> bool:
    """Tell whether a text can name a case: an id, so that it never leads out of the workspace."""
    return len(name) <= LONGEST_NAME and _ID.fullmatch(name) is not None


def find_case(case: str | None = None, workspace: Path = Path()) -> CaseLocation:
    """Find a case by its name; without one, the only case of the workspace.

    A name the workspace does not have is looked for among the bundled cases.

    Raises
    ------
    WorkspaceError
        If the workspace is no folder, or cannot be read.
    CaseNotFoundError
        If there is no such case, or none was named and the workspace does not have exactly one.
    """
    if not workspace.is_dir():
        raise WorkspaceError(workspace, absent(workspace, "folder"))
    own = known_cases(workspace)
    if case is None:
        if len(own) == 1:
            return CaseLocation(own[0], workspace)
        raise CaseNotFoundError(None, own, workspace, bundled_cases())
    location = CaseLocation(case, workspace)
    if case in own or (is_case_name(case) and finish_folders((location.priors, location.seeds))):
        return location
    bundled = bundled_cases()
    if case in bundled:
        return CaseLocation(case, bundled_root(), bundled=True)
    raise CaseNotFoundError(case, own, workspace, bundled)


def known_cases(workspace: Path) -> tuple[str, ...]:
    """Return the names of the cases of a workspace, in alphabetical order: the folders in ``seeds`` named by an id."""
    seeds = workspace / SEEDS
    try:
        return tuple(sorted(path.name for path in seeds.iterdir() if is_case_name(path.name) and path.is_dir()))
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise WorkspaceError(seeds, f"cannot be read: {reason(error)}") from error


def enclosing_workspace(folder: Path) -> Path | None:
    """Return the nearest folder above one that is a workspace with a case in it; None where the folder is one itself.

    A home folder is looked at last, and none above it.
    """
    if (folder / SEEDS).is_dir():
        return None
    for above in folder.parents:
        with suppress(OSError, WorkspaceError):
            if any((above / SEEDS / name / "case.yaml").is_file() for name in known_cases(above)):
                return above
        with suppress(RuntimeError):
            if above == Path.home():
                return None
    return None


def bundled_cases() -> tuple[str, ...]:
    """Return the names of the cases that come with the program."""
    return known_cases(bundled_root())


def bundled_root() -> Path:
    """Return the folder of the bundled cases: inside an installed package, or the root of a source checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "bundled"
    return inside if inside.is_dir() else package.parents[1]
