"""Take a bulletin into a case: check it, change the files all at once or not at all, and attribute the change."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.case import check_cutoff, cut, read_bulletin, read_record, take_in
from detente.case.changes import changed_files
from detente.case.clock import doubtful_days
from detente.case.files import digests
from detente.case.loading import cutoff_faults
from detente.case.locating import place_of
from detente.case.transaction import alone, commit, digest_of
from detente.errors import (
    BulletinError,
    BundledCaseError,
    CaseError,
    ChangedOnDiskError,
    DetenteError,
    Problem,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from detente.analysis.attribution import ChangeSinceLast
    from detente.case import Bulletin, Case, CaseLocation, CaseRecord
    from detente.case.evidence import EvidenceItem
    from detente.forecast.outcomes import Headlines

ATTEMPTS = 20
"""How often a bulletin is prepared anew because an editor saved a file of the case meanwhile."""


@dataclass(frozen=True)
class Update:
    """A bulletin, and the case before and after it, each as of its own cut-off.

    ``doubts`` say which of its dates are likely slips; ``unread`` is what is wrong with files that no forecast reads.
    ``was_possible`` is False if the case could not be forecast before it: the bulletin may supply what was missing.
    """

    bulletin: Bulletin
    before: Case
    after: Case
    was_possible: bool
    doubts: tuple[str, ...] = ()
    unread: tuple[Problem, ...] = ()

    @property
    def silent(self) -> tuple[EvidenceItem, ...]:
        """Items already on file that count from now on: what was expected did not come."""
        known = {item.id for item in self.before.evidence} - {item.id for item in self.before.evidence_in_force}
        return tuple(item for item in self.after.evidence_in_force if item.id in known)

    def headlines(self) -> tuple[Headlines | None, Headlines]:
        """Return the headlines before (None if there was no forecast) and after, by the exact engine."""
        from detente.forecast.outcomes import headlines

        return (headlines(self.before) if self.was_possible else None), headlines(self.after)


def update(
    location: CaseLocation,
    source: str | bytes,
    label: str,
    *,
    dry_run: bool = False,
    when_waiting: Callable[[], None] | None = None,
    beside: Mapping[Path, bytes] | None = None,
    confirm: Callable[[Update], None] | None = None,
) -> Update:
    """Take a bulletin into the files of a case, all at once or not at all, after any other update in progress.

    Parameters
    ----------
    location
        Where the case is.
    source
        The bulletin's text, or its bytes.
    label
        What error messages call the bulletin.
    dry_run
        Check the bulletin and change nothing.
    when_waiting
        Called once if another update is in progress.
    beside
        New contents of other files of the case, which change with it.
    confirm
        Called before anything is changed; what it raises stops the update.

    Raises
    ------
    BundledCaseError
        If the case belongs to the program, and is to be changed.
    CaseError
        If the case has problems.
    BulletinError
        If the bulletin has, or was taken in already.
    CutoffError
        If the case could not be forecast after it.
    OutputError
        If a file cannot be written.
    ChangedOnDiskError
        If an editor saves files of the case again and again meanwhile.
    """
    if dry_run:
        return _prepared(location, source, label, beside or {})[0]
    if location.bundled:
        raise BundledCaseError(location.name)
    with alone(location, when_waiting):
        for attempt in range(ATTEMPTS):
            read = digests(location)
            try:
                updated, files = _prepared(location, source, label, beside or {})
                if confirm is not None and attempt == 0:
                    confirm(updated)
                commit(location, files, label, read=read)
            except DetenteError:
                if all(digest_of(path) == was for path, was in read.items()):
                    raise
            else:
                return updated
    raise ChangedOnDiskError(location.seeds)


def _prepared(
    location: CaseLocation, source: str | bytes, label: str, beside: Mapping[Path, bytes]
) -> tuple[Update, Mapping[Path, bytes]]:
    """Return what a bulletin changes, and the files with it."""
    instead = {place_of(path, location)[1]: content for path, content in beside.items()}
    case, places = read_record(location, instead, without_answers=True)
    bulletin = read_bulletin(source, label, case)
    whole = take_in(case, bulletin)
    updated = dataclasses.replace(_checked(case, bulletin, whole, label), unread=places.beside)
    try:
        files = changed_files(location, case, bulletin, whole, beside, without_answers=bool(places.beside))
    except CaseError as error:  # each of its rows is right, but the rest of the case says otherwise
        contradictions = [Problem(label, 0, f"contradicts the case: {problem}") for problem in error.problems]
        raise BulletinError(contradictions) from error
    return updated, files


def change(updated: Update) -> ChangeSinceLast | None:
    """Return what an update changed, item by item; None if the case could not be forecast before it."""
    from detente.analysis.attribution import ChangeSinceLast, attribute
    from detente.forecast.outcomes import headlines

    if not updated.was_possible:
        return None
    before = headlines(updated.before)
    return ChangeSinceLast(
        since=updated.before.information_cutoff,
        hypotheses=before.hypotheses,
        outcomes={name: windows["horizon"] for name, windows in before.outcomes.items()},
        contributions=attribute(updated.before, updated.after),
    )


def _checked(case: CaseRecord, bulletin: Bulletin, whole: CaseRecord, label: str) -> Update:
    if case.truth is not None and bulletin.date >= case.truth.date:
        known = f"it is known from {case.truth.date} on which hypothesis is true (resolutions.csv)"
        remedy = "leave the bulletin in the folder bulletins, where `detente score` finds it, or take that row out"
        raise BulletinError([Problem(label, 0, f"date: {known}, and the cut-off must stay before that: {remedy}")])
    before, after = cut(case), cut(whole)
    check_cutoff(after)
    return Update(bulletin, before, after, not cutoff_faults(before), doubtful_days(bulletin, case))
