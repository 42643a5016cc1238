"""Take a bulletin in: a pure function of a case; `update` writes the result, replays keep it to themselves."""

from __future__ import annotations

import hashlib
from functools import reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detente.case.bulletins import Bulletin
    from detente.case.evidence import EvidenceItem
    from detente.case.schema import CaseRecord


def take_in(case: CaseRecord, bulletin: Bulletin) -> CaseRecord:
    """Return the case with everything a bulletin brings; its cut-off moves to the bulletin's date, never back.

    Parameters
    ----------
    case
        A whole case, as :func:`detente.case.read_record` returns it.
    bulletin
        A bulletin that was checked against this case (:func:`detente.case.read_bulletin`).
    """
    election = case.election
    if election is not None and bulletin.schedule:
        election = election.model_copy(update={"schedule": (*election.schedule, *bulletin.schedule)})
    withdrawn = {retraction.id: retraction.because for retraction in bulletin.retractions}
    digest = hashlib.sha256(f"{case.inputs_sha256}\n{bulletin!r}".encode())
    return case.changed(
        information_cutoff=max(case.information_cutoff, bulletin.date),
        clusters={**case.clusters, **bulletin.clusters},
        election=election,
        evidence=(*(_withdraw(item, withdrawn, bulletin) for item in case.evidence), *bulletin.evidence),
        likelihoods={**case.likelihoods, **bulletin.likelihoods},
        events=(*case.events, *bulletin.events),
        polls=(*case.polls, *bulletin.polls),
        inputs_sha256=digest.hexdigest(),
    )


def take_in_all(case: CaseRecord, bulletins: Iterable[Bulletin]) -> CaseRecord:
    """Return the case with several bulletins taken in, one after the other."""
    return reduce(take_in, bulletins, case)


def _withdraw(item: EvidenceItem, withdrawn: dict[str, str], bulletin: Bulletin) -> EvidenceItem:
    if item.id not in withdrawn:
        return item
    return item.model_copy(update={"retracted_on": bulletin.date, "retracted_because": withdrawn[item.id]})
