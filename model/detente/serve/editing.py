"""Edits from the browser: shown as a difference with the answer beside it, then written, or taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from detente import exact
from detente.case.transaction import take_back
from detente.edit import Draft, Edit, NoSuchRowError, RowEdit, carried, difference, draft, path_of, write
from detente.errors import BundledCaseError, ChangedOnDiskError, DetenteError
from detente.report.names import labels
from detente.report.prose import Chance, capital, chance, decibans, name
from detente.serve.assessors import is_withheld
from detente.serve.forms import PRIORS, row_form, value_edit
from detente.serve.web import Visit, failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from detente.case import Case, CaseLocation
    from detente.exact import ExactPosterior
    from detente.serve.desk import Snapshot

OF_ITEMS = frozenset({"evidence", "likelihoods", "assessors", "inputs_sha256"})
"""What of a case its record of steps does not depend on."""


@dataclass(frozen=True)
class Moved:
    """A probability as the files have it, and as the edit would make it; ``before`` is None where there was none."""

    name: str
    before: Chance | None
    after: Chance


@dataclass(frozen=True)
class Weighed:
    """What one item does: its weight for the leading explanation, and the answer without it."""

    item: str
    towards: str
    weight: str
    without: Chance


@dataclass(frozen=True)
class Preview:
    """An edit not yet written, and what it would do."""

    draft: Draft
    moved: tuple[Moved, ...]
    weighed: Weighed | None


def preview(location: CaseLocation, snapshot: Snapshot, edit: Edit, item: str = "") -> Preview:
    """Return what an edit would do to a case, and to one item of it; the raises are those of :func:`draft`."""
    made = draft(location, edit)
    if made.record is None:
        return Preview(made, (), None)
    case = made.record.as_of(made.record.information_cutoff)
    before = None if snapshot.case is None else snapshot.posterior
    if before is None or snapshot.case is None:
        posterior = exact.posterior(case)
    elif not made.changes:
        posterior = before
    else:
        posterior = exact.posterior(case, like=before.factors if _differ_in_items(snapshot.case, case) else None)
    return Preview(made, moved(case, before, posterior), weighed(case, posterior, item))


def _differ_in_items(before: Case, after: Case) -> bool:
    """Tell whether two cases have the same processes, judged alike, and the same priors."""
    kept = {*type(after).__struct_fields__} - OF_ITEMS
    return all(getattr(before, name) == getattr(after, name) for name in kept)


def moved(case: Case, before: ExactPosterior | None, after: ExactPosterior) -> tuple[Moved, ...]:
    """Return every explanation, likeliest first."""
    rows = []
    for place, hypothesis in enumerate(case.hypotheses):
        was = None if before is None else chance(float(before.probability[place]))
        rows.append(Moved(capital(hypothesis.label), was, chance(float(after.probability[place]))))
    return tuple(sorted(rows, key=lambda row: -row.after.probability))


def weighed(case: Case, posterior: ExactPosterior, item: str) -> Weighed | None:
    """Return what one item does; None where it does not count."""
    places = [place for place, one in enumerate(case.evidence_in_force) if one.id == item]
    if not places:
        return None
    lead = int(np.argmax(posterior.probability))
    return Weighed(
        item=name(item),
        towards=labels(case)[case.hypothesis_ids[lead]],
        weight=decibans(float(posterior.item_weight_db[places[0], lead])),
        without=chance(float(posterior.without_item[places[0], lead])),
    )


WITHHELD = (
    "The first round is blind: this row is shown once everybody has judged every item.",
    "While the case has problems it cannot be told whether the blind first round is over: mend this row in its file.",
)
"""Why a row is not shown, where the case can be read, and where it cannot."""
CELL = "cell."
"""What the names of a form's fields for cells begin with."""


class ReadOnlyError(DetenteError):
    """A change where the workbench was started to read."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("This workbench was started with --read-only: nothing can be changed here.")


def check_writable(visit: Visit) -> None:
    """Refuse where nothing may be changed.

    Raises
    ------
    ReadOnlyError, BundledCaseError
        If the workbench only reads, or the case comes with the program.
    """
    if visit.desk.read_only:
        raise ReadOnlyError
    if visit.location.bundled:
        raise BundledCaseError(visit.name)


def save(visit: Visit) -> Response:
    """Write the edit of a form whose difference was shown, and go back to the page it was made on."""
    check_writable(visit)
    edit = edit_of(visit.form)
    try:
        if draft(visit.location, edit).seal == visit.form.get("seal"):
            write(visit.location, edit)
            return visit.back(visit.address())
    except ChangedOnDiskError:
        return show_preview(visit, 409)
    except DetenteError:
        return show_preview(visit, 400)
    return show_preview(visit)  # what was shown is something else: show this


def show_preview(visit: Visit, status: int = 200) -> Response:
    """Show what a form would change: the difference of the file, and the answer before and after.

    It is shown on the file as it is now, where the form was made from another content and its own row is the same.
    """
    edit, item = edit_of(visit.form), visit.form.get("item", "")
    since: tuple[str, ...] = ()
    seen, message = None, ""
    try:
        try:
            seen = preview(visit.location, visit.snapshot, edit, item)
        except ChangedOnDiskError:
            since, again = _since(visit, edit)
            if again is None:
                raise
            edit = again
            seen = preview(visit.location, visit.snapshot, edit, item)
    except ChangedOnDiskError:
        message = "changed"
    except DetenteError as error:
        message = str(error)
    content: dict[str, Any] = {"form": visit.form, "edit": edit, "seen": seen, "since": since, "message": message}
    return visit.part("draft.j2", **content) if visit.is_fragment else visit.page("preview.j2", status, **content)


def undo(visit: Visit) -> Response:
    """Take the last change back."""
    check_writable(visit)
    take_back(visit.location)
    return visit.back(visit.address())


def row(visit: Visit) -> Response:
    """Show one row of any table as a form."""
    file, line = visit.request.path_params["file"], int(visit.request.path_params["line"])
    if is_withheld(visit.snapshot, file, line):
        return failure(visit, WITHHELD[visit.snapshot.case is None], 403)
    form = row_form(visit.snapshot, file, line, f"{file}, line {line}")
    if form is None:
        return failure(visit, str(NoSuchRowError(path_of(visit.location, file), f"row on line {line}")), 404)
    problems = [one for one in visit.snapshot.problems if one.file.split("/", 2)[-1] == file and one.line == line]
    return visit.page("row.j2", form=form, problems=problems)


def edit_of(form: Mapping[str, str]) -> Edit:
    """Return the edit that a form asks for."""
    if form.get("file") == PRIORS:
        return value_edit(form)
    line = form.get("line", "")
    cells = {key.removeprefix(CELL): value for key, value in form.items() if key.startswith(CELL)}
    return RowEdit(form.get("file", ""), form.get("was", ""), int(line) if line.isdecimal() else 0, cells)


def _since(visit: Visit, edit: Edit) -> tuple[tuple[str, ...], Edit | None]:
    """Return how a file differs from what a form was made from, and the form's edit of the file as it is now."""
    path = path_of(visit.location, edit.file)
    shown = visit.desk.content(edit.was)
    try:
        now = path.read_bytes()
    except OSError:
        return (), None
    return ((), None) if shown is None else (difference(shown, now), carried(edit, shown, now))
