"""The case: facts and judgements, read into frozen objects and checked against each other, and its bulletins."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detente.case.bulletins import Bulletin, read_bulletin, read_bulletins
    from detente.case.changes import take_in, take_in_all
    from detente.case.loading import check_cutoff, cut, load_case, read_case, read_record
    from detente.case.locating import CaseLocation, bundled_cases, find_case
    from detente.case.schema import Case, CaseRecord, refuse_in_sample

__all__ = [
    "Bulletin",
    "Case",
    "CaseLocation",
    "CaseRecord",
    "bundled_cases",
    "check_cutoff",
    "cut",
    "find_case",
    "load_case",
    "read_bulletin",
    "read_bulletins",
    "read_case",
    "read_record",
    "refuse_in_sample",
    "take_in",
    "take_in_all",
]

_NAMES = {
    "bulletins": ("Bulletin", "read_bulletin", "read_bulletins"),
    "changes": ("take_in", "take_in_all"),
    "loading": ("check_cutoff", "cut", "load_case", "read_case", "read_record"),
    "locating": ("CaseLocation", "bundled_cases", "find_case"),
    "schema": ("Case", "CaseRecord", "refuse_in_sample"),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a name on first use, so that who reads a case does not load what takes bulletins in."""
    if name not in _HOME:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
