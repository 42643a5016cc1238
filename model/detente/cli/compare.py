"""``detente compare``: what moved between two runs, and what moved it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.errors import IncomparableError

if TYPE_CHECKING:
    from pathlib import Path

    from detente.cli.screen import Screen


@options.command("compare")
def compare_command(
    before: str = options.argument(),
    after: str = options.argument(),
    workspace: Path = options.workspace,
    outcome: str | None = options.option("Also show what moved this outcome, by the horizon.", metavar="ID"),
    screen: Screen = options.screen("as_json"),
) -> None:
    """Show every probability of two runs, and what moved it from one to the other.

    A run is a run folder, or CASE/AS-OF; the order given is kept. Each step is exact, and the steps add up to the
    whole change.

    \b
    Example:
      detente compare my-case/2023-02-08 my-case/2023-02-13 --outcome leaders_met
    """
    from detente.compare import compare
    from detente.report.listing import comparison
    from detente.report.reading import as_stored, find_run, others_of, read_dossier

    first = find_run(before, workspace)
    folders = [first, find_run(after, workspace, beside=first)]
    runs = [read_dossier(folder).forecast for folder in folders]
    known = [one.id for one in runs[1].inputs.outcomes]
    if outcome is not None and outcome not in known:
        raise click.UsageError(f"there is no outcome {outcome} (outcomes: {', '.join(known)})")
    with as_stored(*folders):
        try:
            compared = compare(*runs)
        except IncomparableError as error:
            old, new = (run.inputs.hypothesis_ids for run in runs)
            raise IncomparableError(old, new, others_of(*folders)) from error
        screen.answer(compared.to_json, comparison(compared, outcome))
