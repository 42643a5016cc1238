"""``detente run``: forecast a case and write its report."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.cases import read_whole
from detente.cli.screen import Screen, say, show_failed
from detente.errors import EXIT_DIAGNOSTICS

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from detente.case import Case
    from detente.case.locating import CaseLocation
    from detente.dossier import Dossier
    from detente.parallel import Workers
    from detente.settings import EngineName, Settings


@options.command("run")
def run_command(
    case: str | None = options.case,
    workspace: Path = options.workspace,
    as_of: dt.date | None = options.as_of,
    engine: EngineName = options.engine(
        "Sample the PyMC model, or integrate it by quadrature (two seconds).", "nuts", "exact"
    ),
    settings: Settings = options.sampler(draws=1000),
    out: Path | None = options.out("Folder for the run (default: reports/CASE/AS-OF in the workspace)."),
    *,
    assesses: bool = options.option(
        "Work out, for the report, what the forecast rests on and what to watch.",
        "--sensitivity/--no-sensitivity",
        default=True,
    ),
    workers: Workers = options.workers,
    screen: Screen = options.screen(),
) -> int:
    """Forecast a case: which hypothesis explains the record, and which outcomes will follow.

    The summary is printed, and the report written to reports/CASE/AS-OF. CASE may be left out if the workspace has
    only one; a bundled case that the workspace does not have is used as it is. The exit code is 4 if a diagnostic
    failed.

    \b
    Example:
      detente run turkey-syria --engine exact
    """
    from detente.case import check_cutoff, cut, find_case
    from detente.report.run_folder import check_run_folder, home_of, write_run
    from detente.run import run

    location = find_case(case, workspace)
    if location.bundled and not screen.quiet:
        say(f"{location.name} is not in this workspace: using the copy bundled with detente", err=True)
    whole = read_whole(location)
    loaded = cut(whole, as_of)
    check_cutoff(loaded)
    if (wanted := as_of or whole.information_cutoff) > loaded.information_cutoff and not screen.quiet:
        until = f"the forecast is as of {loaded.information_cutoff}, and silence counts up to then"
        say(f"{loaded.id}: {wanted} has not come: {until}", err=True)
    if loaded.recorded_until is not None and not screen.quiet:
        say(_unrecorded(location, loaded), err=True)
    writes = screen.writes(out)
    settings = settings.changed(engine=engine, in_full=writes)
    folder = out or home_of(loaded, workspace)
    beside: tuple[str, ...] = ()
    if writes:
        check_run_folder(folder, loaded.id)
    assesses = assesses and writes
    with screen.progress() as tell, workers.executor() if assesses else nullcontext() as executor:
        dossier = run(loaded, settings, assesses=assesses, executor=executor, progress=tell)
        if writes:
            tell("writing the report", None)
            beside = write_run(dossier, folder)
    for line in beside:
        say(line, err=True)
    show_run(dossier, folder, screen)
    return EXIT_DIAGNOSTICS if show_failed(dossier.forecast.diagnostics) else 0


def show_run(dossier: Dossier, folder: Path, screen: Screen) -> None:
    """Print a run: its numbers for a program, else its summary and where its report is."""
    if screen.as_json:
        click.echo(dossier.to_text(), nl=False)
        return
    from detente.report.terminal import print_summary

    print_summary(dossier, screen.console())
    say(f"report: {folder / 'report.html'}")


def _unrecorded(location: CaseLocation, case: Case) -> str:
    """Say that the tables end before the cut-off, and which bulletins would fill the time between."""
    from detente.report.prose import count
    from detente.run import waiting_bulletins

    waiting = waiting_bulletins(location, case)
    until = f"{case.id}: its tables end on {case.recorded_until}, and what follows is taken as days without an event"
    if not waiting:
        return until
    return f"{until}; {count(waiting, 'bulletin')} up to {case.information_cutoff} can be taken in with detente update"
