"""``detente priors``: show the priors and what they imply, or carry a posterior forward as the next prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.screen import say

if TYPE_CHECKING:
    from pathlib import Path

    from detente.case import Case, CaseRecord
    from detente.cli.screen import Screen


@click.group("priors", context_settings={"help_option_names": ["-h", "--help"]})
def priors_command() -> None:
    """Show the priors of a case, or make the posterior of a run the next prior.

    \b
    Example:
      detente priors show my-case
    """


@priors_command.command("show")
@click.argument("case", required=False)
@options.workspace
@options.screen(options.no_color)
def show(case: str | None, workspace: Path, screen: Screen) -> None:
    """Print the priors with their reasons, and what they imply before any evidence.

    \b
    Example:
      detente priors show my-case
    """
    from detente.case import find_case, read_case
    from detente.report.listing import prior_parts

    loaded, _ = read_case(find_case(case, workspace))
    for part in prior_parts(loaded):
        screen.show(part)
        say("")


@priors_command.command("roll")
@click.argument("run")
@options.workspace
@click.option(
    "--tolerance",
    type=options.FiniteRange(0, 1),
    default=0.01,
    show_default=True,
    help="Largest difference allowed in a probability.",
)
@click.option("--anyway", is_flag=True, help="Write the priors even if a probability differs by more.")
@click.option("--dry-run", is_flag=True, help="Show the differences and write nothing.")
@options.screen(options.no_color)
def roll_command(run: str, workspace: Path, tolerance: float, screen: Screen, *, anyway: bool, dry_run: bool) -> None:
    """Make the posterior of a run the prior of a new baseline, in priors/CASE/.

    Weights, discrimination, correlations and intensities are matched to the posterior, and evidence counts from the
    run's cut-off on. Every probability is shown with the old priors and with the new.

    \b
    Example:
      detente priors roll my-case/2023-02-08 --dry-run
    """
    from detente.case import find_case, read_record
    from detente.case.changes import priors_files
    from detente.case.transaction import alone, commit
    from detente.errors import BundledCaseError, RollError
    from detente.report.listing import departure_table
    from detente.report.reading import find_run, read_dossier
    from detente.roll import roll

    forecast = read_dossier(find_run(run, workspace)).forecast
    location = find_case(forecast.case, workspace)
    if location.bundled:
        raise BundledCaseError(location.name)
    with alone(location):
        whole, _ = read_record(location)
        then = whole.as_of(forecast.as_of)
        if (then.priors, then.likelihoods, then.intensities) != _judged(forecast.inputs, whole):
            raise RollError(f"the judgements of {forecast.case} were edited since that run: run it again")
        rolled = roll(whole, forecast.as_of, f"{forecast.case}/{forecast.as_of}")
        for day, departures in rolled.departures.items():
            screen.show(departure_table(whole, day, departures))
            say("")
        if rolled.largest > tolerance and not anyway:
            raise RollError(
                f"a probability differs by {100 * rolled.largest:.1f} points, more than the {100 * tolerance:g} "
                "allowed: nothing was written; allow more with --tolerance, or write with --anyway"
            )
        if dry_run:
            say("dry run: nothing was changed", err=True)
            return
        files = priors_files(location, rolled.inputs)
        commit(location, files, f"priors roll {run}")
    for path in files:
        say(f"wrote {path}")


def _judged(inputs: Case, whole: CaseRecord) -> tuple[object, object, object]:
    """Return the judgements a run had, with those on items that it did not know yet as they are now."""
    return inputs.priors, {**whole.likelihoods, **inputs.likelihoods}, inputs.intensities
