"""Start a case: a commented skeleton, or a copy of a bundled case under a new name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping
from itertools import chain, count
from pathlib import Path

from detente.case.dialect import spared
from detente.case.files import FILES, SHEETS
from detente.case.locating import (
    FOLDER,
    LONGEST_NAME,
    CaseLocation,
    CaseNotFoundError,
    WorkspaceError,
    bundled_cases,
    bundled_root,
    is_case_name,
    known_cases,
)
from detente.case.writing import create_folders, finish_folders
from detente.errors import DetenteError, OutputError, quoted

SKELETON = CaseLocation("skeleton", Path(__file__).parent / "skeleton")

NAMELESS = "my-case"
"""The id of a text of which nothing can stay."""
LONGEST_ITEM_ID = 48
_NAME_LINE = re.compile(rb"^case:[ \t]*[a-z0-9_-]+", re.MULTILINE)


class CaseNameError(DetenteError):
    """A name that no case can have."""

    def __init__(self, name: str, instead: str) -> None:
        """Say what a name is made of, and which one to take."""
        super().__init__(
            f"{quoted(name)} cannot name a case: use lower-case words joined by - or _ (such as `{instead}`)"
        )


class CaseExistsError(DetenteError):
    """A new case under a name that is taken."""

    def __init__(self, name: str, folder: Path) -> None:
        """Say what is there already."""
        super().__init__(f"{folder}: the case `{name}` exists already: choose another name")


def new_case(name: str, workspace: Path = Path(), example: str | None = None) -> tuple[Path, ...]:
    """Write a new case, all of its files or none, and return their paths.

    Parameters
    ----------
    name
        Its id.
    workspace
        Folder that holds, or will hold, ``seeds`` and ``priors``.
    example
        A bundled case to copy; None takes the skeleton.

    Raises
    ------
    CaseNameError
        If the name is no id.
    CaseExistsError
        If the workspace has something of that name already.
    CaseNotFoundError
        If no such case is bundled.
    WorkspaceError
        If the workspace is no folder.
    OutputError
        If a file cannot be written.
    """
    if example is not None and example not in bundled_cases():
        raise CaseNotFoundError(example, known_cases(workspace), workspace, bundled_cases())
    template = SKELETON if example is None else CaseLocation(example, bundled_root(), bundled=True)
    return write_new(name, workspace, _files(template.seeds, name), _files(template.priors, name))


def write_new(
    name: str, workspace: Path, facts: Mapping[str, bytes], judgements: Mapping[str, bytes]
) -> tuple[Path, ...]:
    """Write files as a new case, all or none, and return their paths; see :func:`new_case` for what may be wrong."""
    if not is_case_name(name):
        raise CaseNameError(name, slug(name)[:LONGEST_NAME].rstrip("-"))
    if workspace.exists() and not workspace.is_dir():
        raise WorkspaceError(workspace, "is not a folder")
    target = CaseLocation(name, workspace)
    written = {target.priors: judgements, target.seeds: facts}  # a case is its seeds: they come last
    if finish_folders([*written]):
        return tuple(path for folder in (target.seeds, target.priors) for path in sorted(folder.rglob("*")))
    for folder in (target.seeds, target.priors):
        if folder.exists():
            raise CaseExistsError(name, folder)
    create_folders(written)
    return tuple(folder / file for folder in (target.seeds, target.priors) for file in written[folder])


def slug(text: str) -> str:
    """Return the id nearest to a text, or ``my-case`` where nothing of it can stay.

    >>> slug("North & South!"), slug("Ünlü"), slug("...")
    ('north-south', 'unlu', 'my-case')
    """
    plain = (
        unicodedata.normalize("NFKD", text.replace("\N{LATIN SMALL LETTER DOTLESS I}", "i"))
        .encode("ascii", "ignore")
        .decode()
        .lower()
    )
    return "-".join(re.findall(r"[a-z0-9]+", plain)) or NAMELESS


def id_of_claim(claim: str) -> str:
    """Return an id for an item, made of the first words of its claim.

    >>> id_of_claim("They signed, in haste."), id_of_claim("签署")
    ('they_signed_in_haste', 'item')
    """
    words = slug(claim)
    if words == NAMELESS:
        return "item"
    if len(words) > LONGEST_ITEM_ID:
        words = words[:LONGEST_ITEM_ID].rsplit("-", 1)[0]
    return words.replace("-", "_")


def free(name: str, taken: Container[str]) -> str:
    """Return a name, with a number behind it where it is taken.

    >>> free("talks", {"talks", "talks_2"})
    'talks_3'
    """
    numbered = (f"{name}_{number}" for number in count(2))
    return next(one for one in chain([name], numbered) if one not in taken)


def _files(folder: Path, name: str) -> Mapping[str, bytes]:
    """Return the files of a template's folder, bulletins too, with the new name in ``case.yaml``."""
    known = [folder / file for names in FILES.values() for file in names]
    known += [sheet for name in SHEETS for sheet in folder.glob(f"{FOLDER}/*/{name}")]
    try:
        paths = sorted([path for path in known if path.is_file()]) + sorted(folder.glob("bulletins/*.yaml"))
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    except OSError as error:
        raise OutputError(folder, error) from error
    files |= {path: spared(content.decode()).encode() for path, content in files.items() if path.endswith(".csv")}
    if "case.yaml" in files:
        files["case.yaml"] = _NAME_LINE.sub(b"case: " + name.encode(), files["case.yaml"], count=1)
    return files
