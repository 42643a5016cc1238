"""``detente sensitivity``: how fragile a forecast is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detente.cli import options

if TYPE_CHECKING:
    import datetime as dt


@click.command("sensitivity")
@click.argument("case", required=False)
@options.workspace
@options.as_of
@options.target
@options.workers
@options.random_seed
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write sensitivity.json and sensitivity.csv here (default: reports/CASE/AS-OF in the workspace).",
)
@options.as_json
@options.quiet
@options.verbose
@options.no_color
def command(
    case: str | None,
    workspace: Path,
    as_of: dt.date | None,
    target: str | None,
    workers: int,
    random_seed: int,
    out: Path | None,
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    no_color: bool,
) -> None:
    """Leave out, move, sweep and split: what the answer rests on, and what would tip it.

    Items, clusters, actors and sources are left out one at a time; every elicited number is moved to its low and its
    high; the prior, likelihoods, correlations and grades that tip the answer are found; the variance is split by cause.
    Power-scaling is added where reports/CASE/AS-OF has the draws of a run with NUTS on the same inputs.

    \b
    Examples:
      detente sensitivity my-case
      detente sensitivity my-case --target leaders_met --json
    """
    from detente.analysis.sensitivity import sensitivity
    from detente.analysis.sensitivity.power import draws_of
    from detente.case import find_case, read_case
    from detente.case.writing import replace_files
    from detente.cli.pool import pool
    from detente.cli.progress import told
    from detente.cli.run import run_folder
    from detente.report.run_folder import check_writable
    from detente.report.sections.sensitivity import sensitivity_csv

    loaded, _ = read_case(find_case(case, workspace), as_of)
    run = run_folder(workspace, loaded)
    folder = out or run
    if out is not None or not as_json:
        check_writable(folder)
    with told(quiet=quiet, verbose=verbose) as tell, pool(workers) as executor:
        draws = draws_of(run, loaded)
        found = sensitivity(loaded, target, random_seed=random_seed, executor=executor, draws=draws, progress=tell)
    text = json.dumps(found.to_json(), ensure_ascii=False, indent=1) + "\n"
    if out is not None or not as_json:
        files = {"sensitivity.json": text, "sensitivity.csv": sensitivity_csv(found)}
        replace_files({folder / name: content.encode() for name, content in files.items()})
    if as_json:
        click.echo(text, nl=False)
        return
    from rich.console import Console

    from detente.report.terminal import print_sensitivity

    print_sensitivity(found, Console(no_color=no_color or None, highlight=False))
    click.echo(f"all of it: {folder / 'sensitivity.csv'}")
