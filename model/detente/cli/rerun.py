"""The run that follows an update: its report says what changed, and which items moved it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from detente.update import Update


def rerun(
    found: Update, workspace: Path, engine: str, *, as_json: bool, quiet: bool, verbose: bool, no_color: bool
) -> int:
    """Run a case that was just updated, write the run folder, and print the summary; return the exit code."""
    from detente.cli.main import EXIT_DIAGNOSTICS, EXIT_INTERRUPTED
    from detente.cli.progress import told
    from detente.cli.run import run_folder, show_run, write_forecast
    from detente.update import change

    case = found.after
    folder = run_folder(workspace, case)
    settings = Settings(engine="exact" if engine == "exact" else "nuts")
    try:
        with told(quiet=quiet, verbose=verbose) as tell:
            tell("attributing the change", None)
            result = write_forecast(case, settings, folder, options.processors(), tell, change(found))
    except KeyboardInterrupt:
        click.echo(f"interrupted: the case is updated, its run is not: detente run {case.id}", err=True)
        return EXIT_INTERRUPTED
    if as_json:
        click.echo(result.to_text(), nl=False)
    else:
        click.echo()
        show_run(result, folder, no_color=no_color)
    return EXIT_DIAGNOSTICS if result.forecast.diagnostics.status == "fail" else 0
