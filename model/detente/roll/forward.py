"""Carry a posterior forward: the priors of a run's case become its posterior, in the case's files, all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.case import read_record
from detente.case.changes import priors_files
from detente.case.files import digests
from detente.case.transaction import alone, commit
from detente.errors import BundledCaseError, RollError
from detente.roll.matching import roll

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from detente.case import Case, CaseLocation, CaseRecord
    from detente.forecast import Forecast
    from detente.roll.matching import Rolled


def roll_forward(
    location: CaseLocation,
    forecast: Forecast,
    tolerance: float | None,
    tell: Callable[[CaseRecord, Rolled], None],
    *,
    dry_run: bool = False,
) -> tuple[Path, ...]:
    """Write the posterior of a run as the priors of its case; the files before are kept in the journal, for undo.

    Parameters
    ----------
    location
        Where the case is.
    forecast
        The run.
    tolerance
        The largest difference allowed in a probability; None allows any.
    tell
        Called with the case and what was matched, before anything is written or refused.
    dry_run
        Write nothing.

    Returns
    -------
    tuple
        What was written.

    Raises
    ------
    BundledCaseError
        If the case belongs to the program.
    RollError
        If the judgements are no longer those of the run, or a probability differs by more than the tolerance.
    WriteBackError
        If a file is laid out in a way that cannot be edited in place.
    OutputError
        If a file cannot be written.
    """
    if location.bundled:
        raise BundledCaseError(location.name)
    with alone(location):
        read = digests(location)
        whole, _ = read_record(location, without_answers=True)
        if whole.is_pooled:
            raise RollError(
                f"the judgements of {whole.id} are the pool of {len(whole.assessors)} assessors', and a posterior is "
                "of one set of numbers: write what all settle on into the case's own tables, without an assessor, and "
                f"`own: decides` into {location.priors / 'assessors.yaml'}; run it again, and roll that run"
            )
        then, run = whole.as_of(forecast.as_of), f"{forecast.case}/{forecast.as_of}"
        if (then.priors, then.likelihoods, then.intensities) != _judged(forecast.inputs, whole):
            raise RollError(f"the judgements of {forecast.case} were edited since that run: run it again")
        rolled = roll(whole, forecast.as_of, run)
        tell(whole, rolled)
        if tolerance is not None and rolled.largest > tolerance:
            raise RollError(
                f"a probability differs by {100 * rolled.largest:.1f} points, more than the {100 * tolerance:g} "
                "allowed: nothing was written; allow more with --tolerance, or write with --anyway"
            )
        files = priors_files(location, rolled.inputs)
        if dry_run:
            return ()
        commit(location, files, f"priors roll {run}", read=read)
    return tuple(files)


def _judged(inputs: Case, whole: CaseRecord) -> tuple[object, object, object]:
    """Return the judgements a run had, with those on items that it did not know yet as they are now."""
    return inputs.priors, {**whole.likelihoods, **inputs.likelihoods}, inputs.intensities
