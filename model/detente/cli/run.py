"""``detente run``: forecast a case and write its report."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.settings import Settings

if TYPE_CHECKING:
    import datetime as dt

    from detente.analysis.attribution import ChangeSinceLast
    from detente.case import Case
    from detente.case.locating import CaseLocation
    from detente.dossier import Dossier
    from detente.inference import Progress


@click.command("run")
@click.argument("case", required=False)
@options.workspace
@options.as_of
@click.option(
    "--engine",
    type=click.Choice(["nuts", "exact"]),
    default="nuts",
    show_default=True,
    help="Sample the PyMC model, or integrate it in closed form and quadrature.",
)
@click.option("--draws", type=click.IntRange(100), default=1000, show_default=True, help="Draws a chain.")
@click.option("--tune", type=click.IntRange(100), default=1000, show_default=True, help="Warm-up draws a chain.")
@click.option("--chains", type=click.IntRange(2), default=4, show_default=True, help="Chains.")
@click.option(
    "--target-accept", type=click.FloatRange(0.5, 0.999), default=0.9, show_default=True, help="NUTS acceptance rate."
)
@options.random_seed
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the run folder here (default: reports/CASE/AS-OF in the workspace).",
)
@click.option(
    "--sensitivity/--no-sensitivity",
    "assesses",
    default=True,
    help="Also work out, for the report, how fragile the forecast is and what to watch.",
)
@options.workers
@options.as_json
@options.quiet
@options.verbose
@options.no_color
def command(
    case: str | None,
    workspace: Path,
    as_of: dt.date | None,
    engine: str,
    draws: int,
    tune: int,
    chains: int,
    target_accept: float,
    random_seed: int,
    out: Path | None,
    workers: int,
    *,
    assesses: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    no_color: bool,
) -> int:
    """Sample the posterior of a case, project its outcomes, and write the report.

    CASE is a folder of seeds/ and priors/; it may be left out when the workspace has one. A bundled case that the
    workspace does not have is used as it is. The exit code is 4 when a diagnostic failed.

    \b
    Examples:
      detente run my-case
      detente run my-case --as-of 2023-02-08 --engine exact --json
    """
    from detente.case import find_case, read_case
    from detente.cli.main import EXIT_DIAGNOSTICS
    from detente.cli.progress import told
    from detente.dossier import Dossier
    from detente.forecast import forecast

    location = find_case(case, workspace)
    if location.bundled and not quiet:
        click.echo(f"{location.name} is not in this workspace: using the copy bundled with detente", err=True)
    loaded, _ = read_case(location, as_of)
    if loaded.recorded_until is not None and not quiet:
        click.echo(_unrecorded(location, loaded), err=True)
    writes = out is not None or not as_json
    settings = Settings(
        engine="exact" if engine == "exact" else "nuts",
        draws=draws,
        tune=tune,
        chains=chains,
        target_accept=target_accept,
        random_seed=random_seed,
        in_full=writes,
    )
    with told(quiet=quiet, verbose=verbose) as tell:
        if writes:
            folder = out or run_folder(workspace, loaded)
            result = write_forecast(loaded, settings, folder, workers if assesses else 0, tell)
        else:
            result = Dossier(forecast(loaded, settings, tell))
    if as_json:
        click.echo(result.to_text(), nl=False)
    else:
        show_run(result, out or run_folder(workspace, loaded), no_color=no_color)
    failed = [check for check in result.forecast.diagnostics.checks if check.status == "fail"]
    for check in failed:
        click.echo(f"diagnostics failed: {check.name}: {check.finding}; {check.advice}", err=True)
    return EXIT_DIAGNOSTICS if failed else 0


def _unrecorded(location: CaseLocation, case: Case) -> str:
    """Say that the tables end before the cut-off, and which bulletins would fill the time between."""
    from contextlib import suppress

    from detente.case import read_bulletins, read_whole_case
    from detente.errors import DetenteError
    from detente.report.prose import count

    waiting = 0
    with suppress(DetenteError):  # what is wrong with a bulletin is said when it is taken in
        found = read_bulletins(location.seeds / "bulletins", read_whole_case(location)[0], may_be_none=True)
        waiting = sum(bulletin.date <= case.information_cutoff for bulletin in found)
    said = f"{case.id}: its tables end on {case.recorded_until}, and what follows is taken as days without an event"
    if waiting:
        said += f"; {count(waiting, 'bulletin')} up to {case.information_cutoff} can be taken in with detente update"
    return said


def run_folder(workspace: Path, case: Case) -> Path:
    """Return where the run of a case as of its cut-off belongs."""
    return workspace / "reports" / case.id / case.information_cutoff.isoformat()


def write_forecast(
    case: Case, settings: Settings, folder: Path, workers: int, tell: Progress, change: ChangeSinceLast | None = None
) -> Dossier:
    """Forecast, assess (unless there is nobody to do it) and write; whether that can be done is tried first.

    That is: the folder can be written, and what scores there are can be read.
    """
    from detente.cli.fragility import assessing
    from detente.dossier import Dossier
    from detente.forecast import forecast
    from detente.report.run_folder import check_writable, write_run
    from detente.report.scored import read_record

    check_writable(folder)
    read_record(folder.parent, case.id)
    if workers:
        with assessing(case, settings.random_seed, workers) as add:
            dossier = add(forecast(case, settings, tell), tell)
    else:
        dossier = Dossier(forecast(case, settings, tell))
    dossier = dataclasses.replace(dossier, change=change)
    tell("writing the report", None)
    write_run(dossier, folder)
    return dossier


def show_run(result: Dossier, folder: Path, *, no_color: bool) -> None:
    """Print a run's summary and where its report is."""
    from rich.console import Console

    from detente.report.terminal import print_summary

    print_summary(result, Console(no_color=no_color or None, highlight=False))
    click.echo(f"report: {folder / 'report.html'}")
