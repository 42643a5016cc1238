"""``detente sensitivity`` and ``detente watch``: how fragile a forecast is, and what to look out for next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import json_text, say, say_beside

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from detente.analysis.results import Sensitivity, Watch
    from detente.cli.screen import Screen
    from detente.parallel import Workers


@click.command("sensitivity")
@click.argument("case", required=False)
@options.workspace
@options.as_of
@options.target
@options.workers
@options.random_seed
@options.out("Folder for sensitivity.json and sensitivity.csv (default: reports/CASE/AS-OF in the workspace).")
@options.screen(options.as_json, options.quiet, options.verbose, options.no_color)
def sensitivity_command(
    case: str | None,
    workspace: Path,
    as_of: dt.date | None,
    target: str | None,
    workers: Workers,
    random_seed: int,
    out: Path | None,
    screen: Screen,
) -> None:
    """Show what a forecast rests on, and what would tip it.

    Items, clusters, actors and sources are left out one at a time; every judgement is moved over its range; the
    prior, likelihoods, correlations and grades that would change the leading hypothesis are found; the variance is
    split by cause. Power-scaling is added if reports/CASE/AS-OF holds the draws of a sampled run on the same inputs.

    \b
    Example:
      detente sensitivity turkey-syria --target leaders_met
    """
    from detente.analysis.sensitivity import sensitivity
    from detente.analysis.sensitivity.power import draws_of
    from detente.case import find_case, read_case
    from detente.report.run_folder import check_writable, home_of
    from detente.report.sections.sensitivity import sensitivity_csv
    from detente.report.terminal import print_sensitivity

    loaded, places = read_case(find_case(case, workspace), as_of)
    say_beside(places.beside)
    home = home_of(loaded, workspace)
    folder = out or home
    if screen.writes(out):
        check_writable(folder)
    with screen.progress() as tell, workers.executor() as executor:
        draws = draws_of(home, loaded)
        fragility = sensitivity(loaded, target, random_seed=random_seed, executor=executor, draws=draws, progress=tell)
    _deliver("sensitivity", fragility, sensitivity_csv(fragility), folder, screen, writes=screen.writes(out))
    if not screen.as_json:
        print_sensitivity(fragility, loaded, screen.console())
        say(f"everything: {folder / 'sensitivity.csv'}")


@click.command("watch")
@click.argument("case", required=False)
@options.workspace
@options.as_of
@options.target
@click.option("--by", type=options.IsoDate(), help="Only what will have been seen, or not, by this day.")
@click.option(
    "--best", type=click.IntRange(1, 8), default=5, show_default=True, help="Number of indicators in the best set."
)
@options.workers
@options.random_seed
@options.out("Folder for watch.json and watch.csv (default: reports/CASE/AS-OF in the workspace).")
@options.screen(options.as_json, options.quiet, options.verbose, options.no_color)
def watch_command(
    case: str | None,
    workspace: Path,
    as_of: dt.date | None,
    target: str | None,
    by: dt.date | None,
    best: int,
    workers: Workers,
    random_seed: int,
    out: Path | None,
    screen: Screen,
) -> None:
    """Rank what to look out for next by how much it is expected to tell.

    Candidates are the indicators in priors/CASE/watch.csv, the next transitions of every process, and items expected
    by a day still to come. Each is shown with its probability, the forecast if it is seen and if it is not, and the
    bits of information it is expected to give.

    \b
    Example:
      detente watch turkey-syria --by 2023-05-01
    """
    from detente.analysis.watch import watch
    from detente.case import find_case, read_case
    from detente.report.run_folder import check_writable, home_of
    from detente.report.sections.watch import watch_csv
    from detente.report.terminal import print_watch

    loaded, places = read_case(find_case(case, workspace), as_of)
    say_beside(places.beside)
    folder = out or home_of(loaded, workspace)
    if screen.writes(out):
        check_writable(folder)
    with screen.progress() as tell, workers.executor() as executor:
        ahead = watch(loaded, target, by=by, size=best, random_seed=random_seed, executor=executor, progress=tell)
    _deliver("watch", ahead, watch_csv(ahead), folder, screen, writes=screen.writes(out))
    if not screen.as_json:
        print_watch(ahead, loaded, screen.console())
        say(f"everything: {folder / 'watch.csv'}")


def _deliver(name: str, result: Sensitivity | Watch, table: str, folder: Path, screen: Screen, *, writes: bool) -> None:
    """Write a result as JSON and as a table, and print it for a program, where that was asked for."""
    from detente.case.folders import renew_folder

    text = json_text(result.to_json()) + "\n"
    if writes:
        renew_folder(folder, {f"{name}.json": text.encode(), f"{name}.csv": table.encode()})
    if screen.as_json:
        click.echo(text, nl=False)
