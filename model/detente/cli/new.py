"""The command ``detente new``: write a commented case that forecasts at once."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from detente.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command("new")
@click.argument("case")
@click.option("--example", metavar="CASE", help="Copy this bundled case in place of the skeleton.")
@options.workspace
def command(case: str, example: str | None, workspace: Path) -> None:
    """Write a new case: commented files to fill in, which check and forecast as they are.

    Nothing is ever overwritten, and either all files are written or none.

    \b
    Example:
      $ detente new my-case
      wrote seeds/my-case/case.yaml
      ...
      next: detente check my-case
    """
    from detente.case.template import new_case

    for path in new_case(case, workspace, example):
        click.echo(f"wrote {path}")
    where = "" if str(workspace) == "." else f" --workspace {shlex.quote(str(workspace))}"
    click.echo(f"next: detente check {case}{where}")
