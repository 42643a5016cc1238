"""The page of the assessors: who has judged what; and, once all have, how far they are apart.

The first round is blind: while somebody has yet to judge an item that counts, nobody's numbers are shown, for whoever
sees another's drifts towards it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING

from detente.case.editing import row_at, rows_of
from detente.report.prose import count
from detente.report.tables import Column, Table, table
from detente.serve.web import Visit, failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from detente.case import Case
    from detente.case.assessors import Assessor
    from detente.serve.desk import Snapshot

JUDGED = frozenset({"likelihoods.csv", "intensities.csv", "priors.csv"})
"""Tables of judgements; in one without a column `assessor` they are the case's own."""


def show(visit: Visit) -> Response:
    """Show the panel; only who has judged how much while the first round is on."""
    case = visit.case
    if not case.assessors:
        return failure(visit, f"{visit.name} names no assessor.", 404)
    if is_blind(case):
        return visit.page("assessors.j2", blind=_progress(case), s=None)
    from detente.analysis.assessors import panel_view
    from detente.dossier import Dossier
    from detente.report.sections import assessors
    from detente.serve.web import draw

    section = assessors.build(Dossier(visit.snapshot.forecast, panel=panel_view(case)))
    drawn = draw((section.figure,)) if section is not None else {}
    return visit.page("assessors.j2", blind=None, s=section, drawn=drawn)


def is_blind(case: Case) -> bool:
    """Tell whether an assessor is in his first round and has yet to judge an item that counts."""
    return len(case.assessors) > 1 and any(one.id and one.round == 1 and _left(case, one) for one in case.assessors)


def whose(file: str, row: Mapping[str, str]) -> str:
    """Return the name of the assessor who judged a row; blank where it is the case's own."""
    return row.get("assessor", "").strip() or PurePath(file).parent.name


def is_withheld(snapshot: Snapshot, file: str, line: int) -> bool:
    """Tell whether a row is an assessor's, or may be, and may not be shown since the first round is blind.

    While a case has problems it cannot be told whether that round is over, so it is taken not to be.
    """
    content = snapshot.contents.get(file)
    if content is None or not file.endswith(".csv"):
        return False
    if not (_names_several(snapshot) if snapshot.case is None else is_blind(snapshot.case)):
        return False
    row = row_at(content, line)
    return bool(whose(file, row or {})) or (row is None and b"assessor" in content.partition(b"\n")[0])


def _names_several(snapshot: Snapshot) -> bool:
    """Tell whether the tables, as far as they can be read, have rows of more than one person."""
    people = set()
    for file, content in snapshot.contents.items():
        if file.endswith(".csv") and (PurePath(file).parent.name or b"assessor" in content.partition(b"\n")[0]):
            with suppress(UnicodeDecodeError):
                people |= {whose(file, row) for _, row in rows_of(content)}
        elif file in JUDGED:
            people.add("")
    return len(people) > 1


def _left(case: Case, one: Assessor) -> int:
    """Return how many items in force an assessor has yet to judge, under some explanation."""
    under = one.likelihoods
    return sum(set(under.get(item.id, ())) < set(case.hypothesis_ids) for item in case.evidence_in_force)


def _progress(case: Case) -> Table[Assessor]:
    items = len(case.evidence_in_force)
    return table(
        "How far each has come",
        [one for one in case.assessors if one.id],
        Column("Assessor", lambda one: one.name),
        Column("Items judged", lambda one: f"{items - _left(case, one)} of {count(items, 'item')}"),
        Column("Round", lambda one: str(one.round)),
    )
