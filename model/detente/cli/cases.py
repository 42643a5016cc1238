"""The case that a command is about: found, refused where it must not be changed, read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.cli.screen import say
from detente.errors import BundledCaseError, Problem

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from pathlib import Path

    from detente.case import Case, CaseLocation, CaseRecord


def find_own(case: str | None, workspace: Path) -> CaseLocation:
    """Find a case whose files may be changed.

    Raises
    ------
    BundledCaseError
        If it comes with the program.
    """
    from detente.case import find_case

    location = find_case(case, workspace)
    if location.bundled:
        raise BundledCaseError(location.name)
    return location


def read_as_of(case: str | None, workspace: Path, as_of: dt.date | None = None) -> Case:
    """Find and read a case as it was known on a day, and say what is wrong with its answers."""
    from detente.case import find_case, read_case

    read, places = read_case(find_case(case, workspace), as_of)
    say_beside(places.beside)
    return read


def read_whole(location: CaseLocation) -> CaseRecord:
    """Read all of a case, and say what is wrong with its answers."""
    from detente.case import read_record

    whole, places = read_record(location, without_answers=True)
    say_beside(places.beside)
    return whole


def say_beside(problems: Iterable[Problem]) -> None:
    """Say on stderr what is wrong with the answers of a case, which no forecast reads."""
    for problem in problems:
        say(f"{problem} (no forecast reads it; detente score does)", err=True)
