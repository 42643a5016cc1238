"""``detente priors``: show the priors and what they imply, or carry a posterior forward as the next prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.cli.cases import read_as_of
from detente.cli.screen import Screen, say, say_next

if TYPE_CHECKING:
    from pathlib import Path

    from detente.case import CaseRecord
    from detente.roll import Rolled


@click.group("priors")
def priors_command() -> None:
    """Show the priors of a case, or make the posterior of a run the next prior.

    \b
    Example:
      detente priors show my-case
    """


@options.command("show", priors_command)
def show(
    case: str | None = options.case, workspace: Path = options.workspace, screen: Screen = options.screen("no_color")
) -> None:
    """Print the priors with their reasons, and what they imply before any evidence.

    \b
    Example:
      detente priors show my-case
    """
    from detente.report.listing import prior_parts

    screen.answer(lambda: None, prior_parts(read_as_of(case, workspace)), between="")


@options.command("roll", priors_command)
def roll_command(
    run: str = options.argument(),
    workspace: Path = options.workspace,
    tolerance: float = options.valued(options.FiniteRange(0, 1), 0.01, "Largest difference allowed in a probability."),
    *,
    anyway: bool = options.switch("Write the priors even if a probability differs by more."),
    dry_run: bool = options.switch("Show the differences and write nothing."),
    screen: Screen = options.screen("no_color"),
) -> None:
    """Make the posterior of a run the prior of a new baseline, in priors/CASE/.

    Weights, discrimination, correlations and intensities are matched to the posterior, and evidence counts from the
    run's cut-off on. Every probability is shown with the old priors and with the new. Numbers are written with three
    significant digits, comments and the order of rows stay, and `detente undo` puts the earlier files back.

    \b
    Example:
      detente priors roll my-case/2023-02-08 --dry-run
    """
    from detente.case import find_case
    from detente.report.listing import departure_table
    from detente.report.reading import find_run, read_dossier
    from detente.roll import roll_forward

    def tell(case: CaseRecord, rolled: Rolled) -> None:
        for day, departures in rolled.departures.items():
            screen.show(departure_table(case, day, departures))
            say("")

    forecast = read_dossier(find_run(run, workspace)).forecast
    location = find_case(forecast.case, workspace)
    written = roll_forward(location, forecast, None if anyway else tolerance, tell, dry_run=dry_run)
    if dry_run:
        say("dry run: nothing was changed", err=True)
    for path in written:
        say(f"wrote {path}")
    if written:
        say_next(workspace, "run", location.name)
