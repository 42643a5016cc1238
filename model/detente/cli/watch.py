"""``detente watch``: what to look out for next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detente.cli import options

if TYPE_CHECKING:
    import datetime as dt


@click.command("watch")
@click.argument("case", required=False)
@options.workspace
@options.as_of
@options.target
@click.option("--by", type=options.IsoDate(), help="Only what will have been seen, or not, by this date.")
@click.option("--best", type=click.IntRange(1, 8), default=5, show_default=True, help="Size of the best set.")
@options.workers
@options.random_seed
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write watch.json and watch.csv here (default: reports/CASE/AS-OF in the workspace).",
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
    by: dt.date | None,
    best: int,
    workers: int,
    random_seed: int,
    out: Path | None,
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    no_color: bool,
) -> None:
    """Rank what could be seen next by how much it would tell.

    Candidates are the indicators of priors/CASE/watch.csv, every next step of a process by sensible dates, and every
    silence whose date is still ahead. Each has its chance, the forecast if it is seen and if not, and the bits it is
    expected to tell about the hypotheses and about the target.

    \b
    Examples:
      detente watch my-case
      detente watch my-case --by 2023-05-01 --target leaders_met
    """
    from detente.analysis.watch import watch
    from detente.case import find_case, read_case
    from detente.case.writing import replace_files
    from detente.cli.pool import pool
    from detente.cli.progress import told
    from detente.cli.run import run_folder
    from detente.report.run_folder import check_writable
    from detente.report.sections.watch import watch_csv

    loaded, _ = read_case(find_case(case, workspace), as_of)
    folder = out or run_folder(workspace, loaded)
    if out is not None or not as_json:
        check_writable(folder)
    with told(quiet=quiet, verbose=verbose) as tell, pool(workers) as executor:
        found = watch(loaded, target, by=by, size=best, random_seed=random_seed, executor=executor, progress=tell)
    text = json.dumps(found.to_json(), ensure_ascii=False, indent=1) + "\n"
    if out is not None or not as_json:
        files = {"watch.json": text, "watch.csv": watch_csv(found)}
        replace_files({folder / name: content.encode() for name, content in files.items()})
    if as_json:
        click.echo(text, nl=False)
        return
    from rich.console import Console

    from detente.report.terminal import print_watch

    print_watch(found, Console(no_color=no_color or None, highlight=False))
    click.echo(f"all of it: {folder / 'watch.csv'}")
