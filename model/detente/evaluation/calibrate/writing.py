"""Write what was learned into the priors of another case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.case import read_whole_case
from detente.case.editing import replace_block
from detente.case.rewriting import discrimination_lines
from detente.errors import BundledCaseError, CalibrationError, WriteBackError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from detente.case import Case, CaseLocation
    from detente.evaluation.calibrate.result import Calibration


def block(found: Calibration) -> str:
    """Return the discrimination as it may be pasted into ``priors.yaml``."""
    return "\n".join(discrimination_lines(found.learned, found.learned_from))


def check_target(location: CaseLocation, learned_from: Sequence[str]) -> Case:
    """Make sure that a case can be given what was learned from others, and return it whole.

    Raises
    ------
    BundledCaseError
        If it comes with the program.
    CalibrationError
        If it is one of those learned from, or its discrimination is the posterior of a run.
    CaseError
        If its files have problems.
    """
    name = location.name
    if location.bundled:
        raise BundledCaseError(name)
    if name in learned_from:
        raise CalibrationError(
            f"{name} is one of the cases learned from, and its forecasts could no longer be scored: "
            "write to another case"
        )
    whole, _ = read_whole_case(location)
    if whole.priors.baseline is not None:
        raise CalibrationError(
            f"priors/{name}/priors.yaml: the discrimination is the posterior of {whole.priors.baseline.run}: "
            "write to the priors before they were carried forward"
        )
    return whole


def priors_file(location: CaseLocation, found: Calibration) -> Mapping[Path, bytes]:
    """Return the new ``priors.yaml`` of a case, checked by reading it again.

    Raises
    ------
    WriteBackError
        If it cannot be edited in place.
    """
    whole = check_target(location, found.learned_from)
    path = location.priors / "priors.yaml"
    text = replace_block(path.read_bytes().decode(), "discrimination", block(found).split("\n"))
    files = {path: text.encode()}
    changed = {"discrimination": found.learned, "learned_from": found.learned_from}
    wanted = whole.priors.model_copy(update=changed)
    read_again, _ = read_whole_case(location, {one.name: content for one, content in files.items()})
    if read_again.priors != wanted:
        raise WriteBackError(path)
    return files
