"""``detente calibrate``: learn from what became of forecast outcomes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.settings import Settings

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path


@click.command("calibrate")
@click.argument("cases", metavar="CASE...", nargs=-1, required=True)
@options.workspace
@click.option("--as-of", type=options.IsoDate(), help="Count what was resolved by this day (default: all there is).")
@click.option("--prior-of", help="Case whose prior of the discrimination is taken (default: the first).")
@click.option(
    "--bias-sd",
    type=click.FloatRange(0, 2),
    default=0.7,
    show_default=True,
    help="Prior deviation of the level bias; 0 leaves it out.",
)
@click.option("--draws", type=click.IntRange(100), default=2000, show_default=True, help="Draws a chain.")
@click.option("--tune", type=click.IntRange(100), default=1000, show_default=True, help="Warm-up draws a chain.")
@click.option("--chains", type=click.IntRange(2), default=4, show_default=True, help="Chains.")
@click.option(
    "--target-accept", type=click.FloatRange(0.5, 0.999), default=0.9, show_default=True, help="NUTS acceptance rate."
)
@options.random_seed
@click.option("--write", "target", help="Write the result into priors.yaml of this case.")
@options.as_json
@options.quiet
@options.verbose
@options.no_color
def command(
    cases: tuple[str, ...],
    workspace: Path,
    as_of: dt.date | None,
    prior_of: str | None,
    bias_sd: float,
    draws: int,
    tune: int,
    chains: int,
    target_accept: float,
    random_seed: int,
    target: str | None,
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    no_color: bool,
) -> int:
    """Learn the discrimination, and a level bias, from the resolved outcomes of any number of cases.

    Each CASE is forecast as of its own information cut-off, bulletins not taken in, and its outcomes are those of
    seeds/CASE/resolutions.csv whose window had closed. What is learned is a prior for another case: the cases it was
    learned from cannot be scored with it. The exit code is 4 when a diagnostic failed; nothing is written then.

    \b
    Examples:
      detente calibrate my-case
      detente calibrate my-case other-case --as-of 2024-12-31 --write next-case
    """
    from detente.case import find_case, read_whole_case
    from detente.case.transaction import alone, commit
    from detente.cli.main import EXIT_DIAGNOSTICS
    from detente.cli.progress import told
    from detente.evaluation.calibrate import block, calibrate, check_target, priors_file, read_lesson

    lessons = [read_lesson(find_case(name, workspace)) for name in cases]
    prior_case = read_whole_case(find_case(prior_of, workspace))[0] if prior_of else lessons[0].whole
    location = find_case(target, workspace) if target else None
    if location is not None:  # what cannot be written is said before an hour is spent on it
        check_target(location, [*cases, *(prior_case.priors.learned_from or ())])
    settings = Settings(
        as_of=as_of, draws=draws, tune=tune, chains=chains, target_accept=target_accept, random_seed=random_seed
    )
    with told(quiet=quiet, verbose=verbose) as tell:
        found = calibrate(lessons, settings, prior_case=prior_case, bias_sd=bias_sd, progress=tell)
    if as_json:
        click.echo(json.dumps(found.to_json() | {"priors_yaml": block(found)}, ensure_ascii=False, indent=1))
    else:
        from rich.console import Console

        from detente.report.calibration import print_calibration

        print_calibration(found, Console(no_color=no_color or None, highlight=False))
    failed = [check for check in found.diagnostics.checks if check.status == "fail"]
    for check in failed:
        click.echo(f"diagnostics failed: {check.name}: {check.finding}; {check.advice}", err=True)
    if failed:
        return EXIT_DIAGNOSTICS
    if location is not None:
        with alone(location):
            files = priors_file(location, found)
            commit(location, files)
        for path in files:
            click.echo(f"wrote {path}", err=as_json)
    return 0
