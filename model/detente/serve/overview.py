"""The page of a case: its answer as of today's files, the problems beside their rows, and the priors to move."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from detente.case.transaction import CHANGE, LAST
from detente.case.windows import AFTER_ELECTION, BEFORE_ELECTION, HORIZON, by_deadline
from detente.report.names import labels
from detente.report.prose import capital, chance, date, listed, percent
from detente.report.tables import Column, Columns, Table, table
from detente.serve.assessors import is_withheld
from detente.serve.forms import TABLES, prior_forms
from detente.serve.web import Visit, failure, quote_part

if TYPE_CHECKING:
    from detente.case import Case
    from detente.errors import Problem
    from detente.serve.desk import Snapshot

CERTAIN = 1 - 1e-9
NOTHING = {"explanations": (), "outcomes": None}
"""What the page shows in place of an answer while there is none."""
PATIENCE = 0.7
"""Seconds for which the page waits for its answer; what takes longer follows when it is there."""


@dataclass(frozen=True)
class Noted:
    """A problem, the row it is about as the file has it, and where that row can be edited."""

    problem: Problem
    row: str
    address: str


def front(visit: Visit) -> Response:
    """Go to the only case of the workspace, or list the cases."""
    own, _ = visit.desk.cases()
    return RedirectResponse(f"/case/{quote_part(own[0])}", 303) if len(own) == 1 else show_cases(visit)


def show_cases(visit: Visit) -> Response:
    """List the cases."""
    own, bundled = visit.desk.cases()
    template = visit.site.templates.get_template("cases.j2")
    return HTMLResponse(template.render(own=own, bundled=bundled))


def show(visit: Visit) -> Response:
    """Show the case."""
    snapshot = visit.snapshot
    if visit.asked("wait") and snapshot.case is not None:
        _ = snapshot.answer
    return visit.page(
        "case.j2",
        **(_answer(visit.case, snapshot) if snapshot.answered_within(PATIENCE) else NOTHING),
        noted=[_noted(visit, problem) for problem in snapshot.problems],
        priors=prior_forms(snapshot) if snapshot.record is not None else (),
        last=last_change(snapshot),
    )


def strip(visit: Visit) -> Response:
    """Show the headline alone, as the head of every page has it."""
    snapshot = visit.snapshot
    return visit.part("strip.j2", snapshot=snapshot, headline=snapshot.headline() if snapshot.case else ())


def pulse(visit: Visit) -> Response:
    """Say nothing while the files are as the page has them, and otherwise tell the page that they changed."""
    state = visit.desk.state(visit.location)
    if state == visit.asked("seen"):
        return Response(status_code=204)
    answer = visit.part("pulse.j2", state=state)
    answer.headers["HX-Trigger"] = "files-changed"
    return answer


def missing(visit: Visit) -> Response:
    """Say that there is no such page."""
    return failure(visit, "There is no such page.", 404)


def _answer(case: Case, snapshot: Snapshot) -> dict[str, Any]:
    """Return the explanations and the outcomes as tables."""
    called, answer = labels(case), snapshot.answer.hypotheses
    explanations = table(
        "Which explanation holds",
        sorted(answer, key=lambda key: -answer[key]),
        Column("Explanation", lambda key: capital(called[key])),
        Column("Before", lambda key: percent(case.priors.hypotheses.weights[key]), "short"),
        Column("Now", lambda key: chance(answer[key]).full),
    )
    return {"explanations": explanations, "outcomes": _outcomes(case, snapshot)}


def _outcomes(case: Case, snapshot: Snapshot) -> Table[Any] | None:
    outcomes, called = snapshot.answer.outcomes, labels(case)
    if not outcomes:
        return None
    known = dict.fromkeys(window for windows in outcomes.values() for window in windows)
    heads = {
        BEFORE_ELECTION: "Before the election",
        AFTER_ELECTION: "After it, if not before it",
        **{by_deadline(day): f"By {date(day)}" for day in case.deadlines_ahead},
        HORIZON: f"By {date(case.horizon)}",
    }

    def worded(window: str, key: str) -> str | None:
        probability = outcomes[key].get(window)
        if probability is None:
            return None
        return "happened" if probability > CERTAIN else chance(probability).full

    return table(
        "What will happen",
        outcomes,
        Column("Outcome", lambda key: called[key]),
        Columns([window for window in heads if window in known], heads.__getitem__, worded),
    )


def _noted(visit: Visit, problem: Problem) -> Noted:
    """Return a problem with the row it is about, as the file has it."""
    file = problem.file.split("/", 2)[-1]
    content = visit.snapshot.contents.get(file)
    if content is None or not problem.line or is_withheld(visit.snapshot, file, problem.line):
        return Noted(problem, "", "")
    lines = content.decode(errors="replace").splitlines()
    row = lines[problem.line - 1] if problem.line <= len(lines) else ""
    address = (
        visit.address("row", str(problem.line), *file.split("/"))
        if file.rpartition("/")[2] in TABLES and problem.line > 1
        else ""
    )
    return Noted(problem, row, address)


def last_change(snapshot: Snapshot) -> str:
    """Say what the last change was that can be taken back; empty where there is none."""
    try:
        change = json.loads((snapshot.location.seeds / LAST / CHANGE).read_bytes())
        what, files = str(change["what"]), [str(name) for name in change["files"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    elsewhere = [name for name in files if name not in what]
    return f"{what}, in {listed(elsewhere)}" if elsewhere else what
