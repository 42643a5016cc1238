"""``detente tidy``: a table that a spreadsheet saved, written as detente writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import say
from detente.errors import BundledCaseError, CaseError, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from detente.case import CaseLocation

ORIGINAL = ".orig"
"""What is added to the name of a file that is kept as it was."""


@options.command("tidy")
def tidy_command(
    file: Path = options.read_file,
    encoding: str | None = options.option(
        "Encoding of a file that is not UTF-8, such as windows-1252 or windows-1254."
    ),
    *,
    dry_run: bool = options.switch("Say what would be converted, and change nothing."),
) -> None:
    """Convert a table that a spreadsheet saved: semicolons, decimal commas, days as DD.MM.YYYY, per cent signs.

    The file is replaced in one step; lines in which nothing has to change keep every byte. A file of a case can be had
    back with `detente undo`; of any other the original is kept beside it.

    \b
    Example:
      detente tidy priors/my-case/likelihoods.csv
    """
    from detente.case.dialect import tidied
    from detente.case.writing import clear_beside
    from detente.report.prose import listed

    for path in (file, _kept(file)):
        clear_beside(path)
    raw, known, was = _read(file, encoding)
    converted = tidied(raw.decode())
    met = [*converted.met, *([known] if known else [])]
    for line, name, cell in converted.unclear:
        say(f"{file}:{line}: {name}: {quoted(cell)} can be read in two ways: left as it is", err=True)
    if not met:
        say(f"{file}: nothing to convert")
        return
    if dry_run:
        say(f"{file}: has {listed(met)}; dry run: nothing was changed")
        return
    say(f"{file}: {listed(met)} converted; {_write(file, converted.text.encode(), was)}")


def _read(file: Path, encoding: str | None) -> tuple[bytes, str, str]:
    """Return a file in UTF-8, the name of the encoding that it was in where that is another, and its digest."""
    from detente.case.files import decode, read_raw
    from detente.case.findings import Findings
    from detente.case.writing import digest

    findings = Findings(str(file))
    if file.suffix != ".csv":
        findings.add(0, "is not a table: tidy converts files that end in .csv")
        raise CaseError(findings.problems)
    raw = read_raw(file, findings) or b""
    was = digest(raw)
    known = encoding or ("UTF-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "")
    try:
        text = raw.decode(known or "utf-8")
        raw = text.encode() if known else raw
    except LookupError:
        raise click.UsageError(f"--encoding {encoding}: there is no such encoding") from None
    except UnicodeDecodeError as error:
        if known:
            line = raw.count(b"\n", 0, error.start) + 1
            findings.add(line, f"the text is not {known}: give another --encoding")
    if findings.problems or decode(raw, findings) is None:
        raise CaseError(findings.problems)
    return raw, known, was


def _write(file: Path, content: bytes, was: str) -> str:
    """Replace a file, through the journal of its case if it is one's, and say how to have it back."""
    from detente.case.files import paths
    from detente.case.transaction import alone, commit
    from detente.case.writing import replace_files

    location = _case_of(file)
    if location is not None:
        path = next(one for one in paths(location).values() if one.resolve() == file.resolve())
        with alone(location):
            commit(location, {path: content}, "tidy", read={path: was})
        return f"`detente undo {location.name}` takes that back"
    kept = _kept(file)
    replace_files({kept: file.read_bytes(), file: content}, {file: {was}})
    return f"the original is {kept}"


def _kept(file: Path) -> Path:
    """Return where the original of a file is kept that is none of a case's."""
    return file.with_name(f"{file.name}{ORIGINAL}")


def _case_of(file: Path) -> CaseLocation | None:
    """Return the case one of whose files this is, a table of one of its assessors too."""
    from detente.case.files import paths
    from detente.case.locating import PRIORS, SEEDS, CaseLocation, bundled_root, is_case_name

    for home in file.resolve().parents[:3]:
        if home.parent.name in {SEEDS, PRIORS} and is_case_name(home.name):
            location = CaseLocation(home.name, home.parents[1])
            if location.seeds.is_dir() and file.resolve() in {path.resolve() for path in paths(location).values()}:
                if location.root == bundled_root().resolve() and not (location.root / "pyproject.toml").exists():
                    raise BundledCaseError(home.name)
                return location
    return None
