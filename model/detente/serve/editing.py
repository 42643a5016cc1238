"""Edits from the browser: shown as a difference with the answer beside it, then written, or taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.case.transaction import take_back
from detente.edit import NoSuchRowError, RowEdit, carried, difference, draft, path_of, write
from detente.errors import BundledCaseError, ChangedOnDiskError, DetenteError
from detente.serve.assessors import is_withheld
from detente.serve.forms import row_form
from detente.serve.previews import preview
from detente.serve.priors import FILE, value_edit
from detente.serve.web import Visit, failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from detente.edit import Edit

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


def show_preview(visit: Visit) -> Response:
    """Show what a form would change: the difference of the file, and the answer before and after."""
    return _shown(visit, edit_of(visit.form))


def save(visit: Visit) -> Response:
    """Write the edit of a form whose difference was shown, and go back to the page it was made on."""
    check_writable(visit)
    edit = edit_of(visit.form)
    try:
        if draft(visit.location, edit).seal == visit.form.get("seal"):
            write(visit.location, edit)
            return visit.back(visit.address())
    except ChangedOnDiskError:
        return _shown(visit, edit, 409)
    except DetenteError:
        return _shown(visit, edit, 400)
    return _shown(visit, edit, 200)  # what was shown is something else: show this


def _shown(visit: Visit, edit: Edit, status: int = 200) -> Response:
    """Show an edit, on the file as it is now where it was made from another content and its own row is the same."""
    since: tuple[str, ...] = ()
    seen, message = None, ""
    try:
        try:
            seen = preview(visit.location, visit.snapshot, edit, visit.form.get("item", ""))
        except ChangedOnDiskError:
            since, again = _since(visit, edit)
            if again is None:
                raise
            edit = again
            seen = preview(visit.location, visit.snapshot, edit, visit.form.get("item", ""))
    except ChangedOnDiskError:
        message = "changed"
    except DetenteError as error:
        message = str(error)
    content = {"form": visit.form, "edit": edit, "seen": seen, "since": since, "message": message}
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
    if form.get("file") == FILE:
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
