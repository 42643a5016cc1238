"""Write the learned discrimination into the priors of another case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from detente.case import read_record
from detente.case.changes import discrimination_lines
from detente.case.editing import replace_block
from detente.errors import BundledCaseError, CalibrationError, WriteBackError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from detente.case import CaseLocation, CaseRecord
    from detente.case.priors import BetaPrior


class LearnedDiscrimination(Protocol):
    """A discrimination that was learned, from cases or from a set."""

    @property
    def learned(self) -> BetaPrior:
        """The discrimination as a prior for another case."""

    @property
    def learned_from(self) -> tuple[str, ...]:
        """The cases and sets behind it."""


def block(calibration: LearnedDiscrimination) -> str:
    """Return the learned discrimination as lines of ``priors.yaml``."""
    return "\n".join(discrimination_lines(calibration.learned, calibration.learned_from))


def check_target(location: CaseLocation, learned_from: Sequence[str]) -> CaseRecord:
    """Check that a case can take a discrimination learned from others, and return it whole.

    Raises
    ------
    BundledCaseError
        If it comes with the program.
    CalibrationError
        If it is one of the cases learned from, or its discrimination is the posterior of a run.
    CaseError
        If its files have problems.
    """
    name = location.name
    if location.bundled:
        raise BundledCaseError(name)
    if name in learned_from:
        raise CalibrationError(
            f"{name} is one of the cases learned from, so its own forecasts could no longer be scored: "
            "write to another case"
        )
    whole, _ = read_record(location)
    if whole.priors.baseline is not None:
        raise CalibrationError(
            f"priors/{name}/priors.yaml: the discrimination is the posterior of the run {whole.priors.baseline.run}: "
            "write to the priors that this run started from"
        )
    return whole


def priors_file(location: CaseLocation, calibration: LearnedDiscrimination) -> Mapping[Path, bytes]:
    """Return the new ``priors.yaml`` of a case, verified by reading it back.

    Raises
    ------
    WriteBackError
        If it cannot be edited in place.
    """
    whole = check_target(location, calibration.learned_from)
    path = location.priors / "priors.yaml"
    text = replace_block(path.read_bytes().decode(), "discrimination", block(calibration).split("\n"))
    files = {path: text.encode()}
    changed = {"discrimination": calibration.learned, "learned_from": calibration.learned_from}
    wanted = whole.priors.model_copy(update=changed)
    read_again, _ = read_record(location, {one.name: content for one, content in files.items()})
    if read_again.priors != wanted:
        raise WriteBackError(path)
    return files
