"""``detente update``: take a bulletin into a case, show what it moves, and run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detente.cli import options
from detente.errors import BulletinError, Problem

if TYPE_CHECKING:
    from detente.forecast.headlines import Headlines
    from detente.update import Update


@click.command("update")
@click.argument("case")
@click.argument("bulletin", type=click.Path(allow_dash=True, path_type=Path))
@options.workspace
@click.option("--dry-run", is_flag=True, help="Check the bulletin and show the change it makes; change nothing.")
@click.option("--quick", is_flag=True, help="Stop after the exact answer: no sampling, no report.")
@click.option("--engine", type=click.Choice(["nuts", "exact"]), default="nuts", show_default=True, help="As in run.")
@options.as_json
@options.quiet
@options.verbose
@options.no_color
def command(
    case: str,
    bulletin: Path,
    workspace: Path,
    dry_run: bool,
    quick: bool,
    engine: str,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    no_color: bool,
) -> int:
    """Take a bulletin into CASE: new facts and judgements in one file.

    The bulletin (- is stdin) is checked whole. Then the case's files are changed, all or none, prior and posterior of
    everything are shown, and the case is run; the report says what changed and what moved it.

    \b
    Examples:
      detente update my-case seeds/my-case/bulletins/2026-03-10.yaml --dry-run
      detente update my-case seeds/my-case/bulletins/2026-03-10.yaml --quick
    """
    from detente.case import find_case
    from detente.cli.change import describe
    from detente.update import update

    source, label = read_source(bulletin)
    found = update(find_case(case, workspace), source, label, dry_run=dry_run, when_waiting=_say_waiting)
    if not as_json:
        click.echo(describe(found))
    if dry_run:
        click.echo("dry run: nothing was changed", err=True)
        return 0
    if quick or not as_json:
        show_answer(found, as_json=as_json)
    if quick:
        return 0
    from detente.cli.rerun import rerun

    return rerun(found, workspace, engine, as_json=as_json, quiet=quiet, verbose=verbose, no_color=no_color)


def read_source(bulletin: Path) -> tuple[bytes, str]:
    """Return a bulletin's bytes, from a file or from stdin, and what to call it."""
    if str(bulletin) == "-":
        return sys.stdin.buffer.read(), "stdin"
    try:
        if not bulletin.exists() or bulletin.is_file():
            return bulletin.read_bytes(), str(bulletin)
        reason = "must be a file"
    except OSError as error:
        reason = f"cannot be read: {(error.strerror or str(error)).lower()}"
    raise BulletinError([Problem(str(bulletin), 0, reason)])


def show_answer(found: Update, *, as_json: bool) -> None:
    """Print prior and posterior of every hypothesis and outcome by the exact engine."""
    from detente.cli.change import headline_table
    from detente.forecast.headlines import headlines

    before = headlines(found.before) if found.was_possible else None
    after = headlines(found.after)
    if as_json:
        click.echo(json.dumps(_machine(found, before, after), indent=1))
    else:
        click.echo(f"\n{headline_table(found.after, before, after)}")


def _machine(found: Update, before: Headlines | None, after: Headlines) -> dict[str, object]:
    def plain(one: Headlines | None, as_of: object) -> dict[str, object] | None:
        if one is None:
            return None
        return {"as_of": str(as_of), "hypotheses": dict(one.hypotheses), "outcomes": dict(one.outcomes)}

    return {
        "case": found.after.id,
        "bulletin": str(found.bulletin.date),
        "before": plain(before, found.before.information_cutoff),
        "after": plain(after, found.after.information_cutoff),
    }


def _say_waiting() -> None:
    click.echo("another update of this case is at work: waiting for it", err=True)
