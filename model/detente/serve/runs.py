"""The page of the runs: reports to read and send, two of them compared, a track, and runs in the background."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import FileResponse, RedirectResponse, Response

from detente.case.locating import is_case_name
from detente.report.prose import capital, chance, date
from detente.report.tables import Column, Table, table
from detente.serve.editing import ReadOnlyError
from detente.serve.web import Visit, failure

if TYPE_CHECKING:
    from pathlib import Path

    from detente.report.history import StoredRun

SENT = {
    "report.html": "text/html; charset=utf-8",
    "report.md": "text/markdown; charset=utf-8",
    "report.pdf": "application/pdf",
    "forecast.json": "application/json",
    "posterior.nc": "application/octet-stream",
    "track.md": "text/markdown; charset=utf-8",
    "track.csv": "text/csv; charset=utf-8",
}
"""Files of a run that are served, and what each is; figures stand in the report."""
POLICY = "sandbox allow-scripts allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src"
"""Of a report: a page by itself, in an origin of its own.  It may run its own script and reach nothing of ours."""
TRACK = "track"
CAPTION = "Every probability of the two runs"


def show(visit: Visit) -> Response:
    """Show the runs, and what was asked to be compared."""
    from detente.report.history import stored_runs

    home = _home(visit)
    runs = stored_runs(home, visit.name)[::-1]
    compared, error = _compared(visit, {run.folder for run in runs})
    return visit.page(
        "runs.j2",
        runs=_table(visit, runs) if runs else None,
        folders=[run.folder for run in runs],
        labelled={run.folder: date(run.as_of) for run in runs},
        reports=[(run.folder, date(run.as_of)) for run in runs],
        compared=compared,
        error=error,
        job=visit.site.jobs.latest(visit.name),
        tracked=(home / TRACK / "track.csv").is_file(),
        can_run=not visit.desk.read_only,
    )


def start(visit: Visit) -> Response:
    """Start a run, or a track, in the background."""
    if visit.desk.read_only:
        raise ReadOnlyError
    kind = visit.form.get("kind")
    words = {
        "nuts": ("run", visit.name),
        "exact": ("run", visit.name, "--engine", "exact"),
        TRACK: (TRACK, visit.name),
    }.get(kind or "")
    if words is None:
        return failure(visit, "There is no such run.", 400)
    visit.site.jobs.start(visit.name, words, ("--workspace", str(visit.desk.workspace), "--verbose"))
    return RedirectResponse(visit.address("runs") + "#job", 303)


def cancel(visit: Visit) -> Response:
    """Cancel the run at work."""
    if visit.desk.read_only:
        raise ReadOnlyError
    visit.site.jobs.cancel(visit.name)
    return RedirectResponse(visit.address("runs") + "#job", 303)


def progress(visit: Visit) -> Response:
    """Show how the run at work stands."""
    job = visit.site.jobs.latest(visit.name)
    answer = visit.part("job.j2", job=job, can_run=not visit.desk.read_only)
    if job is not None and job.code is not None:
        answer.headers["HX-Refresh"] = "true"  # there is a new report to list
    return answer


def send(visit: Visit) -> Response:
    """Send a file of a run."""
    from detente.report.render import script_source

    folder, file = (str(visit.request.path_params[key]) for key in ("folder", "file"))
    home = _home(visit)
    path = home / folder / file
    is_within = path.resolve().is_relative_to(home.resolve())  # a link must not lead out of the reports
    if file not in SENT or not is_case_name(folder) or not path.is_file() or not is_within:
        return failure(visit, f"There is no {file} of the run {folder}.", 404)
    headers = {"Content-Security-Policy": f"{POLICY} '{script_source()}'"} if file.endswith(".html") else {}
    saved = f"{visit.name}-{folder}-{file}" if visit.asked("save") else None
    return FileResponse(path, media_type=SENT[file], headers=headers, filename=saved)


def _home(visit: Visit) -> Path:
    return visit.desk.workspace / "reports" / visit.location.name


def _table(visit: Visit, runs: tuple[StoredRun, ...]) -> Table[StoredRun]:
    def report(run: StoredRun) -> str:
        return visit.address("runs", run.folder, "report.html")

    return table(
        "Every run, latest cut-off first",
        runs,
        Column("Information to", lambda run: date(run.as_of), address=report),
        Column("Leading explanation", lambda r: f"{capital(r.leader)}: {chance(r.hypotheses[r.leading]).full}"),
        Column("Engine", lambda run: "exact" if run.engine == "exact" else "sampled (NUTS)", "short"),
        Column("Diagnostics", lambda run: "failed" if run.failed else "passed", "short"),
        Column("To send", lambda _: "Save the report", "short", address=lambda run: f"{report(run)}?save=1"),
    )  # fmt: skip


def _compared(visit: Visit, known: set[str]) -> tuple[list[Any], str]:
    """Return the parts of a comparison of two runs, tables and lines, and what is wrong with the choice."""
    from detente.compare import compare
    from detente.report.listing import comparison
    from detente.report.reading import read_dossier

    before, after = visit.asked("before"), visit.asked("after")
    if not before or not after:
        return [], ""
    if before == after or not {before, after} <= known:
        return [], "Choose two different runs."
    home = _home(visit)
    runs = [read_dossier(home / folder).forecast for folder in (before, after)]
    parts = comparison(compare(*runs), None)
    return [replace(part, caption=CAPTION) if isinstance(part, Table) else part for part in parts], ""
