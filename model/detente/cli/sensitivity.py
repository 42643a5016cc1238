"""``detente sensitivity`` and ``detente watch``: how fragile a forecast is, and what to look out for next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import json_text, say

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from detente.analysis.results import Sensitivity, Watch
    from detente.cli.screen import Screen


@click.command("sensitivity")
@click.argument("case", required=False)
@options.workspace
@options.as_of
@options.target
@options.workers
@options.random_seed
@options.out("Write sensitivity.json and sensitivity.csv here (default: reports/CASE/AS-OF in the workspace).")
@options.screen(options.as_json, options.quiet, options.verbose, options.no_color)
def sensitivity_command(
    case: str | None,
    workspace: Path,
    as_of: dt.date | None,
    target: str | None,
    workers: int,
    random_seed: int,
    out: Path | None,
    screen: Screen,
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
    from detente.parallel import pool
    from detente.report.run_folder import check_writable, home_of
    from detente.report.sections.sensitivity import sensitivity_csv
    from detente.report.terminal import print_sensitivity

    loaded, _ = read_case(find_case(case, workspace), as_of)
    home = home_of(loaded, workspace)
    folder = out or home
    if screen.writes(out):
        check_writable(folder)
    with screen.progress() as tell, pool(workers) as executor:
        draws = draws_of(home, loaded)
        fragility = sensitivity(loaded, target, random_seed=random_seed, executor=executor, draws=draws, progress=tell)
    _deliver("sensitivity", fragility, sensitivity_csv(fragility), folder, screen, writes=screen.writes(out))
    if not screen.as_json:
        print_sensitivity(fragility, loaded, screen.console())
        say(f"all of it: {folder / 'sensitivity.csv'}")


@click.command("watch")
@click.argument("case", required=False)
@options.workspace
@options.as_of
@options.target
@click.option("--by", type=options.IsoDate(), help="Only what will have been seen, or not, by this date.")
@click.option("--best", type=click.IntRange(1, 8), default=5, show_default=True, help="Size of the best set.")
@options.workers
@options.random_seed
@options.out("Write watch.json and watch.csv here (default: reports/CASE/AS-OF in the workspace).")
@options.screen(options.as_json, options.quiet, options.verbose, options.no_color)
def watch_command(
    case: str | None,
    workspace: Path,
    as_of: dt.date | None,
    target: str | None,
    by: dt.date | None,
    best: int,
    workers: int,
    random_seed: int,
    out: Path | None,
    screen: Screen,
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
    from detente.parallel import pool
    from detente.report.run_folder import check_writable, home_of
    from detente.report.sections.watch import watch_csv
    from detente.report.terminal import print_watch

    loaded, _ = read_case(find_case(case, workspace), as_of)
    folder = out or home_of(loaded, workspace)
    if screen.writes(out):
        check_writable(folder)
    with screen.progress() as tell, pool(workers) as executor:
        ahead = watch(loaded, target, by=by, size=best, random_seed=random_seed, executor=executor, progress=tell)
    _deliver("watch", ahead, watch_csv(ahead), folder, screen, writes=screen.writes(out))
    if not screen.as_json:
        print_watch(ahead, loaded, screen.console())
        say(f"all of it: {folder / 'watch.csv'}")


def _deliver(name: str, result: Sensitivity | Watch, table: str, folder: Path, screen: Screen, *, writes: bool) -> None:
    """Write a result as JSON and as a table, and print it for a program, where that was asked for."""
    from detente.case.writing import replace_files

    text = json_text(result.to_json()) + "\n"
    if writes:
        replace_files({folder / f"{name}.json": text.encode(), folder / f"{name}.csv": table.encode()})
    if screen.as_json:
        click.echo(text, nl=False)
